//! What an image is built from, read from what the file says; problems point at its words.

use std::path::{Path, PathBuf};

use crate::{BuildContext, ContextError, DigestCache, Dockerfile, IgnoreError, IgnoreFault, context::clean};
use maestro_core::{
    diagnostic::{Diagnostic, Severity},
    model::image_build::{BuildContextSource, DockerfileSource, ImageBuild},
    source::{FileId, Sources, Span},
};

/// Keys of BuildKit without which another image would be built. The others only change how it is built or described.
const NEEDED: [&str; 5] = ["additional_contexts", "entitlements", "privileged", "secrets", "ssh"];

/// What an image is built from, as it is now.
#[derive(Debug)]
pub struct BuildSource {
    /// The files.
    pub context: BuildContext,
    /// The digest of all that the image is built from.
    pub digest: String,
    /// The Dockerfile, among the sources.
    pub dockerfile: FileId,
}

/// What becomes of an image that cannot be built here: its context is not on this machine, or it needs BuildKit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBuiltHere {
    /// That is an error.
    Refused,
    /// The image is used as it is, with a warning: somebody else builds it.
    UsedAsItIs,
}

impl BuildSource {
    /// Reads the files of a context. The digests of files that did not change come from `caches`, a directory. What was
    /// read is none if the image is not built; the diagnostics say why, or are warnings beside it.
    pub fn read(
        build: &ImageBuild,
        sources: &mut Sources,
        caches: Option<&Path>,
        otherwise: NotBuiltHere,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let is_used = otherwise == NotBuiltHere::UsedAsItIs;
        let used = |problem: Diagnostic| if is_used { used_as_it_is(problem, &build.image) } else { problem };
        let mut problems: Vec<_> =
            build.of_buildkit.iter().map(|key| of_buildkit(key.value, key.span)).collect();
        if is_used && build.of_buildkit.iter().any(|key| NEEDED.contains(&key.value)) {
            return (None, problems.into_iter().map(used).collect());
        }
        let directory = match &build.context.value {
            BuildContextSource::Directory(directory) => directory,
            BuildContextSource::Remote(remote) => {
                problems.push(used(is_remote(remote, build.context.span)));
                return (None, problems);
            }
        };
        match read(build, directory, caches) {
            Ok((context, digest, text)) => {
                let name = match &build.dockerfile.value {
                    DockerfileSource::Path(path) => clean(&directory.join(path)).display().to_string(),
                    DockerfileSource::Inline(_) => "dockerfile_inline".to_owned(),
                };
                let dockerfile = sources.add(name, String::from_utf8_lossy(&text).into_owned());
                (Some(Self { context, digest, dockerfile }), problems)
            }
            Err(error) => {
                let refused = refused(&error, build, sources).into_iter();
                if matches!(error, ContextError::Missing(_)) {
                    problems.extend(refused.map(used));
                } else {
                    problems.extend(refused);
                }
                (None, problems)
            }
        }
    }
}

/// The problem as a warning: the image is not built.
fn used_as_it_is(problem: Diagnostic, image: &str) -> Diagnostic {
    let note = format!("{image} is not built: it is used as it is");
    Diagnostic { severity: Severity::Warning, ..problem }.note(note)
}

fn read(
    build: &ImageBuild,
    directory: &PathBuf,
    caches: Option<&Path>,
) -> Result<(BuildContext, String, Vec<u8>), ContextError> {
    let dockerfile = match &build.dockerfile.value {
        DockerfileSource::Path(path) => Dockerfile::at(directory, path)?,
        DockerfileSource::Inline(text) => Dockerfile::Text(text.clone().into_bytes()),
    };
    let context = BuildContext::read(directory, dockerfile)?;
    // A cache in the context would change it.
    let is_apart = |caches: &&Path| directory.canonicalize().is_ok_and(|whole| !caches.starts_with(whole));
    let caches = caches.filter(is_apart);
    let mut cache = caches.map_or_else(DigestCache::default, |caches| DigestCache::load(caches, directory));
    let files = context.digest(&mut cache)?;
    // Without it the next run reads all files again.
    cache.save().ok();
    let text = context.dockerfile().map_err(ContextError::unreadable(directory))?;
    Ok((context, build.digest(&files), text))
}

fn is_remote(remote: &str, span: Span) -> Diagnostic {
    Diagnostic::error("build-remote", format!("the context `{remote}` is no directory of this machine"))
        .at(span, "not fetched")
        .help("clone it, and write the directory here")
}

fn of_buildkit(key: &'static str, span: Span) -> Diagnostic {
    let text = format!("`{key}` needs BuildKit, and Maestro builds with the engine's own builder");
    let problem = if NEEDED.contains(&key) {
        Diagnostic::error("build-key", text)
            .help("build the image with `docker buildx build`, and name it in `image`")
    } else {
        Diagnostic::warning("build-key", text)
    };
    problem.at(span, "ignored")
}

fn refused(error: &ContextError, build: &ImageBuild, sources: &mut Sources) -> Vec<Diagnostic> {
    let (context, dockerfile) = (build.context.span, build.dockerfile.span);
    let problem = |code, text: String, span, label: &str| Diagnostic::error(code, text).at(span, label);
    let problem = match error {
        ContextError::Missing(path) => {
            let text = format!("the build context {} does not exist", path.display());
            problem("build-context", text, context, "no such directory")
                .help("write the directory that the Dockerfile and its files are in")
        }
        ContextError::NotADirectory(path) => {
            let text = format!("the build context {} is not a directory", path.display());
            problem("build-context", text, context, "a file")
                .help("write the directory here, and the Dockerfile's name in `build.dockerfile`")
        }
        ContextError::NoDockerfile(path) => {
            let text = format!("there is no Dockerfile at {}", path.display());
            problem("build-dockerfile", text, dockerfile, "no such file")
                .help("write its path from the context in `build.dockerfile`")
        }
        ContextError::Unreadable { path, error } => {
            let text = format!("{} cannot be read: {error}", path.display());
            problem("build-context", text, context, "the build needs it")
                .help("make it readable, or leave it out in `.dockerignore`")
        }
        ContextError::NameIsNotText(path) => {
            let text = format!("the name of {} is not UTF-8", path.display());
            problem("build-context", text, context, "in this context")
                .help("rename it, or leave it out in `.dockerignore`")
        }
        ContextError::BadPatterns { path, patterns } => {
            let text = std::fs::read(path)
                .map(|text| String::from_utf8_lossy(&text).into_owned())
                .unwrap_or_default();
            let file = sources.add(path.display().to_string(), text.clone());
            return patterns.iter().map(|error| bad_pattern(error, &text, file)).collect();
        }
    };
    vec![problem]
}

fn bad_pattern(error: &IgnoreError, text: &str, file: FileId) -> Diagnostic {
    let start: usize = text.split_inclusive('\n').take(error.line - 1).map(str::len).sum();
    let line = text[start..].lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let range = start + indent..start + indent + line.trim().len();
    let (label, help) = match error.fault {
        IgnoreFault::NothingIncluded => {
            ("nothing follows `!`", "write what is not ignored behind `!`, or remove the line")
        }
        IgnoreFault::OpenClass => {
            ("`[` is not closed, or has nothing in it", "write `\\[` for the character itself")
        }
        IgnoreFault::BadRange => {
            ("not a range", "write ranges as `[a-z]`, and `\\-` for the character itself")
        }
        IgnoreFault::OpenEscape => ("nothing follows `\\`", "remove the `\\`"),
    };
    Diagnostic::error("ignore-pattern", format!("`{}` is not a valid pattern", error.pattern))
        .at(Span::new(file, range), label)
        .help(help)
}
