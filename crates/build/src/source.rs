//! What an image is built from, read from what the file says; problems point at its words.

use std::path::Path;

use crate::{
    BuildContext, ContextError, DigestCache, Dockerfile, IgnoreError, IgnoreFault, buildkit, context::clean,
    instruction,
};
use maestro_core::{
    diagnostic::{Diagnostic, Severity},
    model::image_build::{BuildContextSource, DockerfileSource, ImageBuild},
    source::{FileId, Sources, Span},
};

/// What an image is built from, as it is now.
#[derive(Debug)]
pub struct BuildSource {
    /// The files.
    pub context: BuildContext,
    /// The digest of all that the image is built from.
    pub digest: String,
    /// The Dockerfile, among the sources.
    pub dockerfile: FileId,
    /// Whether BuildKit builds it.
    pub of_buildkit: bool,
}

/// What becomes of an image that cannot be built here: its context is not on this machine, or BuildKit is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBuiltHere {
    /// That is an error.
    Refused,
    /// The image is used as it is, with a warning: somebody else builds it.
    UsedAsItIs,
}

/// What this machine says of a build.
#[derive(Clone, Copy)]
pub struct BuildMeans<'a> {
    /// Where the digests of files that did not change come from: a directory.
    pub caches: Option<&'a Path>,
    /// What becomes of an image that cannot be built here.
    pub otherwise: NotBuiltHere,
    /// Asked where only BuildKit builds the image, or another one without it.
    pub has_buildkit: &'a dyn Fn() -> bool,
    /// The digest of a build that was read before; none if it could not be read.
    pub digest_of: &'a dyn Fn(&ImageBuild) -> Option<String>,
}

impl BuildSource {
    /// Reads the files of a context. What was read is none if the image is not built; the diagnostics say why, or are
    /// warnings beside it.
    pub fn read(
        build: &ImageBuild,
        sources: &mut Sources,
        means: BuildMeans<'_>,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let BuildMeans { caches: _, otherwise, has_buildkit, digest_of: _ } = means;
        let is_used = otherwise == NotBuiltHere::UsedAsItIs;
        let used = |problem: Diagnostic| if is_used { used_as_it_is(problem, &build.image) } else { problem };
        let mut problems = buildkit::problems_of_keys(build, has_buildkit);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            let problems = problems.into_iter().map(|problem| match problem.severity {
                Severity::Error => used(problem),
                Severity::Warning => problem,
            });
            return (None, problems.collect());
        }
        let directory = match &build.context.value {
            BuildContextSource::Directory(directory) => directory,
            BuildContextSource::Remote(remote) => {
                problems.push(used(is_remote(remote, build.context.span)));
                return (None, problems);
            }
            BuildContextSource::Image(other) => {
                problems.push(used(is_remote(&other.image, build.context.span)));
                return (None, problems);
            }
        };
        let others = match digests_of_images(build, means.digest_of) {
            Ok(others) => others,
            Err(problem) => {
                problems.push(used(*problem));
                return (None, problems);
            }
        };
        let (context, digest, text) = match read(build, directory, means.caches, others) {
            Ok(read) => read,
            Err((error, place)) => {
                let refused = refused(&error, place, build.dockerfile.span, sources).into_iter();
                if matches!(error, ContextError::Missing(_)) {
                    problems.extend(refused.map(used));
                } else {
                    problems.extend(refused);
                }
                return (None, problems);
            }
        };
        let name = match &build.dockerfile.value {
            DockerfileSource::Path(path) => shown(&clean(&directory.join(path))),
            DockerfileSource::Inline(_) => "dockerfile_inline".to_owned(),
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let needed = instruction::of_buildkit(&text);
        let is_asked =
            needed.is_some() || instruction::frontend(&text).is_some() || buildkit::is_needed_by_keys(build);
        let dockerfile = sources.add(name, text);
        let of_buildkit = is_asked && has_buildkit();
        if let Some((words, range)) = needed.filter(|_| !of_buildkit) {
            problems.push(used(buildkit::missing(&format!("`{words}`"), Span::new(dockerfile, range))));
            return (None, problems);
        }
        (Some(Self { context, digest, dockerfile, of_buildkit }), problems)
    }
}

/// The digests of the images that are further contexts. An error if one of them is not built here.
fn digests_of_images(
    build: &ImageBuild,
    digest_of: &dyn Fn(&ImageBuild) -> Option<String>,
) -> Result<Vec<String>, Box<Diagnostic>> {
    let mut digests = Vec::new();
    for (name, context) in &build.buildkit.contexts {
        let BuildContextSource::Image(other) = &context.value else { continue };
        let Some(digest) = digest_of(other) else {
            let text = format!("{} needs {}, which is not built", build.image, other.image);
            return Err(Diagnostic::error("build-context", text).at(context.span, "not built").into());
        };
        digests.push(format!("{name}={digest}"));
    }
    Ok(digests)
}

/// The problem as a warning: the image is not built.
fn used_as_it_is(problem: Diagnostic, image: &str) -> Diagnostic {
    let note = format!("{image} is not built: it is used as it is");
    Diagnostic { severity: Severity::Warning, ..problem }.note(note)
}

/// Reads all contexts; an error comes with the place of its context.
fn read(
    build: &ImageBuild,
    directory: &Path,
    caches: Option<&Path>,
    others: Vec<String>,
) -> Result<(BuildContext, String, Vec<u8>), (ContextError, Span)> {
    let at = |span: Span| move |error: ContextError| (error, span);
    let place = build.context.span;
    let dockerfile = match &build.dockerfile.value {
        DockerfileSource::Path(path) => Dockerfile::at(directory, path).map_err(at(place))?,
        DockerfileSource::Inline(text) => Dockerfile::Text(text.clone().into_bytes()),
    };
    let (context, files) = digest(directory, dockerfile, caches).map_err(at(place))?;
    let mut digests = vec![files];
    for (name, further) in &build.buildkit.contexts {
        let files = match &further.value {
            BuildContextSource::Directory(directory) => {
                digest(directory, Dockerfile::Text(Vec::new()), caches).map_err(at(further.span))?.1
            }
            BuildContextSource::Remote(remote) => remote.clone(),
            BuildContextSource::Image(_) => continue,
        };
        digests.push(format!("{name}={files}"));
    }
    digests.extend(others);
    let text = context.dockerfile().map_err(ContextError::unreadable(directory)).map_err(at(place))?;
    Ok((context, build.digest(&digests.join("\0")), text))
}

/// The files of a directory, and their digest.
fn digest(
    directory: &Path,
    dockerfile: Dockerfile,
    caches: Option<&Path>,
) -> Result<(BuildContext, String), ContextError> {
    let context = BuildContext::read(directory, dockerfile)?;
    // A cache in the context would change it.
    let is_apart = |caches: &&Path| directory.canonicalize().is_ok_and(|whole| !caches.starts_with(whole));
    let caches = caches.filter(is_apart);
    let mut cache = caches.map_or_else(DigestCache::default, |caches| DigestCache::load(caches, directory));
    let files = context.digest(&mut cache)?;
    // Without it the next run reads all files again.
    cache.save().ok();
    Ok((context, files))
}

fn is_remote(remote: &str, span: Span) -> Diagnostic {
    Diagnostic::error("build-remote", format!("the context `{remote}` is no directory of this machine"))
        .at(span, "not fetched")
        .help("clone it, and write the directory here")
}

/// The problem of a context that is written at `context`.
fn refused(error: &ContextError, context: Span, dockerfile: Span, sources: &mut Sources) -> Vec<Diagnostic> {
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
            let file = sources.add(shown(path), text.clone());
            return patterns.iter().map(|error| bad_pattern(error, &text, file)).collect();
        }
    };
    vec![problem]
}

/// A path as it is shown: from the current directory, if it is below that.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    below.unwrap_or(path).display().to_string()
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
