//! Configs and secrets, of either format: how a file gets to its place in a container, and what cannot be copied there.

use std::{collections::BTreeMap, io, path::Path};

use super::program::{self, Programs};
use crate::{compose::clean_path, document::files::FileKind};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Severity},
    model::{
        carried::{
            CarriedFile, CarriedFiles, FileAccess, FileContent, FileOrigin, FileSpec, FileSpecs, directory,
        },
        container::{ContainerSpec, Setting},
    },
    source::{Span, Spanned},
    value::setting::is_read_only,
};

/// Permissions of a file for which nothing is said.
pub(super) const MODE: u32 = 0o444;

/// Secrets longer than this are not looked for in outputs. In bytes.
const HIDDEN_AT_MOST: usize = 16 << 10;

/// What is known of a content.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// All of it.
    Known(FileContent),
    /// Nothing: its program is not run.
    Unread,
}

/// Files of a container, by their paths.
#[derive(Debug, Default)]
pub(super) struct Files {
    known: BTreeMap<String, CarriedFile>,
    unread: FileSpecs,
}

impl Files {
    /// Adds a file of the containers of an environment's service. A later one takes the place of an earlier one.
    pub(super) fn add(
        &mut self,
        owner: (&str, &str),
        target: String,
        (access, own_volume, on_change): (FileAccess, bool, Option<String>),
        content: Content,
        origin: Option<FileOrigin>,
    ) {
        self.known.remove(&target);
        self.unread.remove(&target);
        match content {
            Content::Known(content) => {
                let file = CarriedFile::new(owner, &target, access, own_volume, content);
                self.known.insert(target, file.on_change(on_change).of(origin));
            }
            Content::Unread => {
                self.unread.insert(target, FileSpec { digest: None, access, own_volume });
            }
        }
    }

    /// The files as a specification has them, and those whose contents are known.
    pub(super) fn finish(self) -> (FileSpecs, CarriedFiles) {
        let carried: CarriedFiles = self.known.into_values().collect();
        let mut specs = carried.specs();
        specs.extend(self.unread);
        (specs, carried)
    }
}

/// How a file gets to its place in a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FilePlace<'s> {
    /// It is copied.
    Copied {
        /// Into a volume of its directory.
        own_volume: bool,
    },
    /// It would be written into that mount, which others share.
    InMount(&'s str),
    /// It would disappear below that mount of memory when the container starts.
    InMemory(&'s str),
    /// Its directory is the root, which is read-only.
    InReadOnlyRoot,
}

/// Where a file is in the container.
pub(super) fn inside(kind: FileKind, target: Option<&str>, source: &str) -> String {
    let target = target.filter(|target| !target.is_empty()).unwrap_or(source);
    let folder = match kind {
        FileKind::Secret => "/run/secrets",
        FileKind::Config => "",
    };
    clean_path(&if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") })
}

/// How a file gets to its place. The innermost mount around it decides.
pub(super) fn place_of<'s>(target: &str, spec: &'s ContainerSpec) -> FilePlace<'s> {
    let covers = |mount: &str| {
        let mount = mount.trim_end_matches('/');
        target == mount || target.strip_prefix(mount).is_some_and(|rest| rest.starts_with('/'))
    };
    let innermost = |mounts: &mut dyn Iterator<Item = &'s str>| {
        mounts.filter(|mount| covers(mount)).max_by_key(|mount| mount.trim_end_matches('/').len())
    };
    let mounts = spec.mounts.iter().map(|mount| mount.target.as_str());
    let shared = innermost(&mut mounts.chain(spec.volumes.iter().map(String::as_str)));
    let memory = spec.settings.get(&Setting::Tmpfs).and_then(|memory| memory.entries());
    let memory = innermost(&mut memory.into_iter().flatten().map(|(path, _)| path.as_str()));
    let is_deeper = |memory: &str| shared.is_none_or(|shared| memory.len() > shared.len());
    let is_read_only = is_read_only(&spec.settings);
    match (shared, memory.filter(|memory| is_deeper(memory))) {
        (_, Some(memory)) if directory(target) == memory.trim_end_matches('/') || memory == target => {
            FilePlace::InMemory(memory)
        }
        (_, Some(_)) => FilePlace::Copied { own_volume: true },
        (Some(shared), None) => FilePlace::InMount(shared),
        (None, None) if is_read_only && directory(target) == "/" => FilePlace::InReadOnlyRoot,
        (None, None) => FilePlace::Copied { own_volume: is_read_only },
    }
}

/// Tells why a file cannot be copied to its place, if it cannot.
pub(super) fn tell_place(span: Span, target: &str, place: FilePlace<'_>, diagnostics: &mut Diagnostics) {
    let (label, help) = match place {
        FilePlace::Copied { .. } => return,
        FilePlace::InMount(mount) => (
            format!("`{mount}` is mounted there, and others may use it"),
            "write another `target`, which is outside of all `volumes`",
        ),
        FilePlace::InMemory(mount) => (
            format!("`{mount}` is memory, which is empty when the container starts"),
            "write another `target`, or mount the memory elsewhere",
        ),
        FilePlace::InReadOnlyRoot => (
            "`read_only` makes `/` read-only, and only directories can be volumes".to_owned(),
            "write a `target` in a directory: `target: /etc/app/NAME`",
        ),
    };
    let text = format!("the file `{target}` cannot be copied into the container");
    diagnostics.push(Diagnostic::error("bad-target", text).at(span, label).help(help));
}

/// A file of this machine that cannot be read. `word` is what it is for: `secret`.
pub(super) fn unreadable(error: &io::Error, word: &str, path: &str, span: Span) -> Diagnostic {
    let (label, help) = match error.kind() {
        io::ErrorKind::NotFound => {
            ("there is no such file".to_owned(), "correct the path, or write the file")
        }
        io::ErrorKind::PermissionDenied => (
            "it may not be read".to_owned(),
            "run this as the file's owner, or let its owner make it readable for you",
        ),
        io::ErrorKind::IsADirectory => ("this is a directory".to_owned(), "name a file in it"),
        _ => (error.to_string(), "name a readable file"),
    };
    let text = format!("the file `{path}` of this {word} cannot be read");
    Diagnostic::error("unreadable-file", text).at(span, label).help(help)
}

/// A variable that has no value.
pub(super) fn unset(word: &str, variable: &Spanned<impl AsRef<str>>, help: String) -> Diagnostic {
    let text = format!("the variable `{}` of this {word} is not set", variable.value.as_ref());
    Diagnostic::error("unset-variable", text).at(variable.span, "nothing gives it a value").help(help)
}

/// What a program prints, if it is run. No output repeats it. None if it failed, which is told.
pub(super) fn printed(
    word: &str,
    command: &Spanned<Vec<String>>,
    (programs, directory): (Programs<'_>, &Path),
    diagnostics: &mut Diagnostics,
) -> Option<Content> {
    let run = match programs {
        _ if command.value.first().is_none_or(String::is_empty) => {
            diagnostics.push(program::empty(word, command.span));
            return None;
        }
        Programs::Run(run) if !has_mistakes(diagnostics) => run,
        // With a mistake in the file nothing is done with the content.
        Programs::Run(_) | Programs::Skipped => return Some(Content::Unread),
    };
    match run(&command.value, directory) {
        Ok(bytes) => {
            let content = FileContent::from(bytes);
            diagnostics.hide(hidden_text(&content));
            Some(Content::Known(content))
        }
        Err(fault) => {
            diagnostics.push(program::failed(&fault, word, command));
            None
        }
    }
}

/// Whether anything but a program has failed.
fn has_mistakes(diagnostics: &Diagnostics) -> bool {
    let mut all = diagnostics.sorted().into_iter();
    all.any(|problem| problem.severity == Severity::Error && problem.code != program::FAILED)
}

/// What no output repeats of a secret, whoever says it: a program may print its secrets before it ends.
pub(super) fn hidden_text(secret: &FileContent) -> Option<String> {
    let text = std::str::from_utf8(secret.bytes()).ok().filter(|text| text.len() <= HIDDEN_AT_MOST);
    text.map(|text| text.trim().to_owned())
}
