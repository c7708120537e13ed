//! What needs BuildKit, which is built with `docker buildx`, where that is missing.

use maestro_core::{diagnostic::Diagnostic, model::image_build::ImageBuild, source::Span};

/// Keys of BuildKit without which another image would be built. The others only change how it is built or described.
const NEEDED: [&str; 5] = ["additional_contexts", "entitlements", "privileged", "secrets", "ssh"];

/// Whether the image is built with BuildKit if that is there: keys say so, or layers are kept in its ways (`type=registry`).
pub(crate) fn is_needed_by_keys(build: &ImageBuild) -> bool {
    !build.of_buildkit.is_empty() || build.cache_from.iter().any(|from| from.contains('='))
}

/// Errors for keys without which another image would be built, and warnings for others, if BuildKit is missing.
pub(crate) fn problems_of_keys(build: &ImageBuild, has_buildkit: impl FnOnce() -> bool) -> Vec<Diagnostic> {
    if !is_needed_by_keys(build) || has_buildkit() {
        return Vec::new();
    }
    let problems = build.of_buildkit.iter().map(|key| {
        let words = format!("`{}`", key.value);
        if NEEDED.contains(&key.value) { missing(&words, key.span) } else { ignored(&words, key.span) }
    });
    problems.collect()
}

/// Something needs BuildKit, and it is not there.
pub(crate) fn missing(words: &str, span: Span) -> Diagnostic {
    Diagnostic::error("build-key", text(words)).at(span, "not carried out").help(
        "install buildx on this machine (the package `docker-buildx-plugin`, on Debian `docker-buildx`): `docker buildx version` shows whether it is there",
    )
}

fn ignored(words: &str, span: Span) -> Diagnostic {
    Diagnostic::warning("build-key", text(words)).at(span, "ignored")
}

fn text(words: &str) -> String {
    format!("{words} needs BuildKit, and `docker buildx` is not on this machine")
}
