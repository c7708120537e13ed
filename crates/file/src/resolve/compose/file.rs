//! `configs` and `secrets` of a service: files that are copied into its containers before their first start.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::Path,
};

use super::ProjectResolver;
use crate::compose::{clean_path, element::Element, project::ProjectSection, service::ComposeService};
use maestro_core::{
    diagnostic::Diagnostic,
    model::{
        carried::{CarriedFile, CarriedFiles, FileAccess, FileContent, directory},
        container::{ContainerSpec, Mount, Setting},
    },
    source::{Span, Spanned},
    value::setting::is_read_only,
};

/// Permissions of a file for which nothing is said.
pub(super) const MODE: u32 = 0o444;

/// Secrets longer than this are not looked for in outputs. In bytes.
const HIDDEN_AT_MOST: usize = 16 << 10;

/// Sections whose entries are files.
const SECTIONS: [ProjectSection; 2] = [ProjectSection::Secrets, ProjectSection::Configs];

/// Contents of configs and secrets, each read once. What cannot be read has none, and was told.
pub(super) type Contents = HashMap<(&'static str, String), Option<FileContent>>;

/// The files of a service.
#[derive(Debug, Default)]
pub(super) struct ServiceFiles {
    /// Those that are copied.
    pub carried: CarriedFiles,
    /// Those that are mounted from the host, since they cannot be copied to their places.
    pub mounted: Vec<Mount>,
}

/// How a file gets to its place in a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FilePlace<'s> {
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

impl<'p> ProjectResolver<'p, '_> {
    /// The files of a service whose containers have that specification.
    pub(super) fn files(&mut self, service: ComposeService<'p>, spec: &ContainerSpec) -> ServiceFiles {
        let uses = SECTIONS
            .into_iter()
            .flat_map(|section| service.element.each(section.key()).map(move |e| (section, e)));
        let mut carried: BTreeMap<String, CarriedFile> = BTreeMap::new();
        let mut mounted = Vec::new();
        for (section, element) in uses {
            let Some(source) = element.spanned_text("source") else { continue };
            let Some(declared) = self.project.entry(section, source.value) else { continue };
            let target = inside(section, element.text_of("target"), source.value);
            match (place_of(&target, spec), declared.text_of("file")) {
                (FilePlace::Copied { own_volume }, _) => {
                    let Some(content) = self.content(section, &source, declared) else { continue };
                    let Some(access) = self.access(element) else { continue };
                    let file = CarriedFile::new(owner(spec), &target, access, own_volume, content);
                    carried.insert(target, file);
                }
                (_, Some(path)) => {
                    mounted.push(Mount { source: path.to_owned(), target, mode: "ro".to_owned() });
                }
                (place, None) => self.cannot_be_copied(source.span, &target, place),
            }
        }
        ServiceFiles { carried: carried.into_values().collect(), mounted }
    }

    /// A file of this machine as one that is copied to a place in a container. None if it cannot be read, which is told.
    pub(super) fn carried_path(
        &mut self,
        path: &Spanned<&str>,
        target: &str,
        mode: u32,
        spec: &ContainerSpec,
    ) -> Option<CarriedFile> {
        let target = clean_path(target);
        match place_of(&target, spec) {
            FilePlace::Copied { own_volume } => {
                let content = self.read("mount", path)?;
                let access = FileAccess { uid: 0, gid: 0, mode };
                Some(CarriedFile::new(owner(spec), &target, access, own_volume, content))
            }
            place => {
                self.cannot_be_copied(path.span, &target, place);
                None
            }
        }
    }

    /// The content of a config or secret.
    fn content(
        &mut self,
        section: ProjectSection,
        source: &Spanned<&str>,
        declared: &Element,
    ) -> Option<FileContent> {
        let key = (section.key(), source.value.to_owned());
        if let Some(known) = self.contents.get(&key) {
            return known.clone();
        }
        let content = self.new_content(section, source, declared);
        if let Some(secret) = content.as_ref().filter(|_| section == ProjectSection::Secrets) {
            self.hide(secret);
        }
        self.contents.insert(key, content.clone());
        content
    }

    fn new_content(
        &mut self,
        section: ProjectSection,
        source: &Spanned<&str>,
        declared: &Element,
    ) -> Option<FileContent> {
        if let Some(path) = declared.spanned_text("file") {
            return self.read(word(section), &path);
        }
        if let Some(variable) = declared.spanned_text("environment") {
            return self.variable(section, &variable);
        }
        if let Some(content) = declared.spanned_text("content") {
            return Some(content.value.as_bytes().to_vec().into());
        }
        let what = format!("`{}` without a content", section.key());
        self.unsupported(source.span, &what, "write its content to a file, and name it with `file`");
        None
    }

    /// No output repeats a secret, whoever says it: a program may print its secrets before it ends.
    fn hide(&mut self, secret: &FileContent) {
        let text = std::str::from_utf8(secret.bytes()).ok().filter(|text| text.len() <= HIDDEN_AT_MOST);
        self.diagnostics.hide(text.map(|text| text.trim().to_owned()));
    }

    fn variable(&mut self, section: ProjectSection, variable: &Spanned<&str>) -> Option<FileContent> {
        if let Some(value) = self.project.environment.get(variable.value) {
            return Some(value.as_bytes().to_vec().into());
        }
        let (word, variable, span) = (word(section), variable.value, variable.span);
        let text = format!("the variable `{variable}` of this {word} is not set");
        self.diagnostics.push(
            Diagnostic::error("unset-variable", text)
                .at(span, "nothing gives it a value")
                .help(format!("set it before: `export {variable}=…`, or write it into `.env`")),
        );
        None
    }

    fn read(&mut self, word: &str, path: &Spanned<&str>) -> Option<FileContent> {
        let error = match self.files.read(Path::new(path.value)) {
            Ok(bytes) => return Some(bytes.into()),
            Err(error) => error,
        };
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
        let shown = Path::new(path.value).strip_prefix(&self.project.directory);
        let shown = shown.ok().filter(|shown| !shown.as_os_str().is_empty());
        let shown = shown.map_or(path.value.into(), Path::to_string_lossy);
        let text = format!("the file `{shown}` of this {word} cannot be read");
        self.diagnostics.push(Diagnostic::error("unreadable-file", text).at(path.span, label).help(help));
        None
    }

    /// Owner and permissions of a file in a container.
    fn access(&mut self, element: &Element) -> Option<FileAccess> {
        let (uid, gid) = (self.id(element, "uid"), self.id(element, "gid"));
        let mode = element.spanned_integer("mode").map_or(Some(MODE), |mode| self.mode(&mode));
        Some(FileAccess { uid: uid?, gid: gid?, mode: mode? })
    }

    fn id(&mut self, element: &Element, key: &str) -> Option<u32> {
        let Some(written) = element.spanned_text(key).filter(|written| !written.value.is_empty()) else {
            return Some(0);
        };
        let id = written.value.parse().ok();
        if id.is_none() {
            let text = format!("`{}` is no id of a user or group", written.value);
            self.diagnostics.push(
                Diagnostic::error("bad-value", text)
                    .at(written.span, "a number is needed")
                    .help(format!("write the number that the name has in the image: `{key}: \"1000\"`")),
            );
        }
        id
    }

    fn mode(&mut self, written: &Spanned<i64>) -> Option<u32> {
        let mode = u32::try_from(written.value).ok().filter(|mode| *mode <= 0o7777);
        if mode.is_none() {
            self.diagnostics.push(
                Diagnostic::error("bad-value", "these are no permissions of a file")
                    .at(written.span, "at most four octal digits are needed")
                    .help("write for example `mode: 0440`"),
            );
        }
        mode
    }

    fn cannot_be_copied(&mut self, span: Span, target: &str, place: FilePlace<'_>) {
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
        self.diagnostics.push(Diagnostic::error("bad-target", text).at(span, label).help(help));
    }
}

/// Where the files of a service are written, under the names that differences have.
pub(super) fn places(service: ComposeService<'_>) -> impl Iterator<Item = (String, Span)> {
    SECTIONS.into_iter().flat_map(move |section| {
        service.element.each(section.key()).filter_map(move |element| {
            let source = element.spanned_text("source")?;
            let target = inside(section, element.text_of("target"), source.value);
            Some((format!("files.{target}"), source.span))
        })
    })
}

/// The environment and the service of a specification.
fn owner(spec: &ContainerSpec) -> (&str, &str) {
    (&spec.owner.environment, &spec.owner.service)
}

/// What one entry of a section is.
fn word(section: ProjectSection) -> &'static str {
    if section == ProjectSection::Secrets { "secret" } else { "config" }
}

/// Where a file is in the container.
fn inside(section: ProjectSection, target: Option<&str>, source: &str) -> String {
    let target = target.filter(|target| !target.is_empty()).unwrap_or(source);
    let folder = if section == ProjectSection::Secrets { "/run/secrets" } else { "" };
    clean_path(&if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") })
}

/// How a file gets to its place. The innermost mount around it decides.
fn place_of<'s>(target: &str, spec: &'s ContainerSpec) -> FilePlace<'s> {
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
