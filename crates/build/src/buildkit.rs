//! What needs BuildKit, which is built with `docker buildx`, where that is missing.

use maestro_core::{
    diagnostic::Diagnostic,
    model::image_build::{BuildContextSource, ImageBuild},
    source::Span,
};

/// Keys of BuildKit without which another image would be built. The others only change how it is built or described.
const NEEDED: [&str; 5] = ["additional_contexts", "entitlements", "privileged", "secrets", "ssh"];
/// What a further context begins with that is the image of another service.
const OF_SERVICE: &str = "service:";

/// Whether the image is built with BuildKit if that is there: keys say so, or layers are kept in its ways (`type=registry`).
pub(crate) fn is_needed_by_keys(build: &ImageBuild) -> bool {
    !build.of_buildkit.is_empty() || build.cache_from.iter().any(|from| from.contains('='))
}

/// Errors for keys without which another image would be built, and warnings for others, if BuildKit is missing; errors for
/// what is not carried out at all.
pub(crate) fn problems_of_keys(build: &ImageBuild, has_buildkit: impl FnOnce() -> bool) -> Vec<Diagnostic> {
    let contexts = build.buildkit.contexts.values().filter_map(|context| match &context.value {
        BuildContextSource::Remote(remote) if remote.starts_with(OF_SERVICE) => {
            Some(of_service(remote, context.span))
        }
        BuildContextSource::Remote(_) | BuildContextSource::Directory(_) => None,
    });
    let mut problems: Vec<_> = contexts.collect();
    if is_needed_by_keys(build) && !has_buildkit() {
        problems.extend(build.of_buildkit.iter().map(|key| {
            let words = format!("`{}`", key.value);
            if NEEDED.contains(&key.value) { missing(&words, key.span) } else { ignored(&words, key.span) }
        }));
    }
    problems
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

fn of_service(context: &str, span: Span) -> Diagnostic {
    let name = &context[OF_SERVICE.len()..];
    Diagnostic::error("build-key", format!("the context `{context}` is the image of another service"))
        .at(span, "not carried out")
        .help(format!("write the directory that `{name}` is built from, or an image of a registry as `docker-image://NAME`"))
}
