//! `configs` and `secrets` of a service: files that are copied into its containers before their first start.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use super::ProjectResolver;
use crate::{
    compose::{clean_path, element::Element, project::ProjectSection, service::ComposeService},
    document::{
        files::{FileKind, FileSection, FileSource},
        signal::check_signal,
    },
    resolve::carried::{self, Content, FilePlace, Files, MODE, inside, place_of},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest_name},
    model::{
        carried::{CarriedFile, CarriedFiles, ContentSource, FileAccess, FileOrigin, FileSpecs},
        container::{ContainerSpec, Mount},
        swarm::{StoredKind, SwarmFile},
    },
    source::{Span, Spanned},
};

/// Sections whose entries are files.
const SECTIONS: [ProjectSection; 2] = [ProjectSection::Secrets, ProjectSection::Configs];

/// The most bytes of a config or secret that every version of a Swarm takes.
const LARGEST: usize = 500 * 1024 - 1;

/// The key of a use that says what happens when a content changes.
const ON_CHANGE: &str = "x-on-change";

/// Contents of configs and secrets, each read once. What cannot be read has none, and was told.
pub(super) type Contents = HashMap<(&'static str, String), Option<Content>>;

/// The files of a service.
#[derive(Debug, Default)]
pub(super) struct ServiceFiles {
    /// Those that are copied.
    pub carried: CarriedFiles,
    /// All of these as a specification has them.
    pub specs: FileSpecs,
    /// Those that are mounted from the host, since they cannot be copied to their places.
    pub mounted: Vec<Mount>,
}

impl<'p, 'd> ProjectResolver<'p, 'd> {
    /// The files of a service whose containers have that specification.
    pub(super) fn files(
        &mut self,
        service: ComposeService<'p>,
        spec: &ContainerSpec,
        is_on_swarm: bool,
    ) -> ServiceFiles {
        let uses = SECTIONS
            .into_iter()
            .flat_map(|section| service.element.each(section.key()).map(move |e| (section, e)));
        let mut copied = Files::default();
        let mut mounted = Vec::new();
        for (section, element) in uses {
            let Some(source) = element.spanned_text("source") else { continue };
            let Some(declared) = self.project.entry(section, source.value) else { continue };
            let target = inside(kind(section), element.text_of("target"), source.value);
            if is_on_swarm {
                // A Swarm mounts it, wherever it is. What somebody else makes needs no content.
                if declared.is_external() {
                    continue;
                }
                let Some(content) = self.content(section, &source, declared) else { continue };
                let Some(access) = self.access(element) else { continue };
                self.tell_unstorable(&source, kind(section), &content);
                let origin = origin(section, source.value, declared);
                copied.add(owner(spec), target, (access, false, None), content, Some(origin));
                continue;
            }
            match (place_of(&target, spec), declared.text_of("file")) {
                (FilePlace::Copied { own_volume }, _) => {
                    let Some(content) = self.content(section, &source, declared) else { continue };
                    let Some(access) = self.access(element) else { continue };
                    let on_change = self.on_change(element);
                    let origin = origin(section, source.value, declared);
                    copied.add(owner(spec), target, (access, own_volume, on_change), content, Some(origin));
                }
                (_, Some(path)) => {
                    mounted.push(Mount { source: path.to_owned(), target, mode: "ro".to_owned() });
                }
                (place, None) => {
                    carried::tell_place(source.span, &target, place, self.diagnostics);
                }
            }
        }
        let (specs, carried) = copied.finish();
        ServiceFiles { carried, specs, mounted }
    }

    /// The configs and secrets of a service that a Swarm runs, by their paths.
    pub(super) fn swarm_files(&mut self, service: ComposeService<'p>) -> BTreeMap<String, SwarmFile> {
        let mut all = BTreeMap::new();
        for section in SECTIONS {
            for element in service.element.each(section.key()) {
                let Some(source) = element.spanned_text("source") else { continue };
                let Some(declared) = self.project.entry(section, source.value) else { continue };
                let Some(access) = self.access(element) else { continue };
                let is_external = declared.is_external();
                let name = declared.text_of("name").unwrap_or(source.value);
                let file = SwarmFile {
                    kind: match kind(section) {
                        FileKind::Config => StoredKind::Config,
                        FileKind::Secret => StoredKind::Secret,
                    },
                    name: source.value.to_owned(),
                    external: is_external.then(|| name.to_owned()),
                    access,
                };
                all.insert(inside(kind(section), element.text_of("target"), source.value), file);
            }
        }
        all
    }

    /// Tells a content that no Swarm stores.
    fn tell_unstorable(&mut self, source: &Spanned<&str>, kind: FileKind, content: &Content) {
        let Content::Known(content) = content else { return };
        let (word, bytes) = (kind.word(), content.bytes().len());
        let (label, help) = match bytes {
            0 => ("it is empty".to_owned(), "write at least a line feed into it"),
            size if size > LARGEST => (
                format!("it has {} KiB", size >> 10),
                "mount it from the nodes with `volumes`, or put it into the image",
            ),
            _ => return,
        };
        let text = format!("a Swarm stores no {word} like `{}`: it takes 1 byte to 500 KiB", source.value);
        self.diagnostics.push(Diagnostic::error("not-on-a-swarm", text).at(source.span, label).help(help));
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
                Some(CarriedFile::new(owner(spec), &target, access, own_volume, content.into()))
            }
            place => {
                carried::tell_place(path.span, &target, place, self.diagnostics);
                None
            }
        }
    }

    /// Whether the site file says where the content of that secret comes from.
    pub(super) fn has_site_secret(&self, name: &str) -> bool {
        self.site_file(FileKind::Secret, name).is_some()
    }

    /// The content of a config or secret.
    pub(super) fn content(
        &mut self,
        section: ProjectSection,
        source: &Spanned<&str>,
        declared: &Element,
    ) -> Option<Content> {
        let key = (section.key(), source.value.to_owned());
        if let Some(known) = self.contents.get(&key) {
            return known.clone();
        }
        let content = match self.site_file(kind(section), source.value) {
            Some(file) => self.site_content(file),
            None => self.new_content(section, source, declared).map(|bytes| Content::Known(bytes.into())),
        };
        let content = content.or((!self.makes_containers).then_some(Content::Unread));
        if let (ProjectSection::Secrets, Some(Content::Known(secret))) = (section, &content) {
            self.diagnostics.hide(carried::hidden_text(secret));
        }
        self.contents.insert(key, content.clone());
        content
    }

    /// What the site file says of a config or secret.
    fn site_file(&self, kind: FileKind, name: &str) -> Option<&'d FileSection> {
        self.site?.files.iter().find(|file| file.kind == kind && file.name.value == name)
    }

    fn site_content(&mut self, file: &FileSection) -> Option<Content> {
        let word = file.kind.word();
        let bytes = match file.source.as_ref()? {
            FileSource::File(path) => {
                let whole = self.surroundings.directory.join(&path.value);
                let whole = Spanned::new(whole.to_str()?, path.span);
                self.read(word, &whole)
            }
            FileSource::Environment(variable) => {
                let variable = Spanned::new(variable.value.as_str(), variable.span);
                self.variable(word, &variable)
            }
            FileSource::Content(text) => Some(text.value.as_bytes().to_vec()),
            FileSource::Command(command) => {
                let (programs, directory) = (self.surroundings.programs, self.surroundings.directory);
                return carried::printed(word, command, (programs, directory), self.diagnostics);
            }
        };
        bytes.map(|bytes| Content::Known(bytes.into()))
    }

    /// Tells configs and secrets of the site file that no service uses.
    pub(super) fn tell_unknown_files(&mut self) {
        for file in self.site.iter().flat_map(|site| &site.files) {
            let (name, word) = (&file.name, file.kind.word());
            let section = SECTIONS.into_iter().find(|section| kind(*section) == file.kind);
            let used = section.into_iter().flat_map(|section| self.project.entries(section));
            let used: Vec<&str> = used.map(|(name, _)| name).collect();
            if used.contains(&name.value.as_str()) {
                continue;
            }
            let help = match nearest_name(&name.value, used) {
                Some(near) => Help::from(format!("did you mean `{near}`?")).replace(name.span, near),
                None => format!("remove it, or list it under `{}` of a service", file.kind.key()).into(),
            };
            let text = format!("no service of the Compose file uses the {word} `{}`", name.value);
            let problem = Diagnostic::warning("no-effect", text).at(name.span, "its content is not needed");
            self.diagnostics.push(problem.help(help));
        }
    }

    fn new_content(
        &mut self,
        section: ProjectSection,
        source: &Spanned<&str>,
        declared: &Element,
    ) -> Option<Vec<u8>> {
        if let Some(path) = declared.spanned_text("file") {
            return self.read(word(section), &path);
        }
        if let Some(variable) = declared.spanned_text("environment") {
            return self.variable(word(section), &variable);
        }
        if let Some(content) = declared.spanned_text("content") {
            return Some(content.value.as_bytes().to_vec());
        }
        let what = format!("`{}` without a content", section.key());
        let instead = format!(
            "name a file with `file`, or say in the site file where it comes from: `{}: {{{}: {{command: [op, read, \"op://shop/token\"]}}}}`",
            section.key(),
            source.value
        );
        self.unsupported(source.span, &what, &instead);
        None
    }

    fn variable(&mut self, word: &str, variable: &Spanned<&str>) -> Option<Vec<u8>> {
        if let Some(value) = self.project.environment.get(variable.value) {
            return Some(value.as_bytes().to_vec());
        }
        if !self.makes_containers {
            return None;
        }
        let help = format!("set it before: `export {0}=…`, or write it into `.env`", variable.value);
        self.diagnostics.push(carried::unset(word, variable, help));
        None
    }

    pub(super) fn read(&mut self, word: &str, path: &Spanned<&str>) -> Option<Vec<u8>> {
        let error = match self.files.read(Path::new(path.value)) {
            Ok(bytes) => return Some(bytes),
            Err(_) if !self.makes_containers => return None,
            Err(error) => error,
        };
        let shown = Path::new(path.value).strip_prefix(&self.project.directory);
        let shown = shown.ok().filter(|shown| !shown.as_os_str().is_empty());
        let shown = shown.map_or(path.value.into(), Path::to_string_lossy);
        self.diagnostics.push(carried::unreadable(&error, word, &shown, path.span));
        None
    }

    /// Owner and permissions of a file in a container.
    fn access(&mut self, element: &Element) -> Option<FileAccess> {
        let (uid, gid) = (self.id(element, "uid"), self.id(element, "gid"));
        let mode = element.spanned_integer("mode").map_or(Some(MODE), |mode| self.mode(&mode));
        Some(FileAccess { uid: uid?, gid: gid?, mode: mode? })
    }

    /// The signal of `x-on-change`, for which docker compose has no word.
    fn on_change(&mut self, element: &Element) -> Option<String> {
        let written = element.get(ON_CHANGE)?;
        let Some(signal) = written.spanned_text("signal") else {
            let problem =
                Diagnostic::error("missing-key", format!("`{ON_CHANGE}` does not say which signal is sent"));
            let help = format!("write for example `{ON_CHANGE}: {{signal: HUP}}`");
            self.diagnostics.push(problem.at(written.span, "no `signal` here").help(help));
            return None;
        };
        let signal = Spanned::new(signal.value.to_owned(), signal.span);
        check_signal(self.diagnostics, &signal, "signal: HUP").then_some(signal.value)
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
}

/// The config or secret of that name.
fn origin(section: ProjectSection, name: &str, declared: &Element) -> FileOrigin {
    let text = |key| declared.text_of(key).map(str::to_owned);
    let source = match (text("file"), text("environment")) {
        (Some(path), _) => ContentSource::File(path),
        (None, Some(variable)) => ContentSource::Variable(variable),
        (None, None) => ContentSource::Written,
    };
    FileOrigin { name: name.to_owned(), is_secret: section == ProjectSection::Secrets, source }
}

/// Where the files of a service are written, under the names that differences have.
pub(super) fn places(service: ComposeService<'_>) -> impl Iterator<Item = (String, Span)> {
    SECTIONS.into_iter().flat_map(move |section| {
        service.element.each(section.key()).filter_map(move |element| {
            let source = element.spanned_text("source")?;
            let target = inside(kind(section), element.text_of("target"), source.value);
            Some((format!("files.{target}"), source.span))
        })
    })
}

/// The environment and the service of a specification.
fn owner(spec: &ContainerSpec) -> (&str, &str) {
    (&spec.owner.environment, &spec.owner.service)
}

fn kind(section: ProjectSection) -> FileKind {
    if section == ProjectSection::Secrets { FileKind::Secret } else { FileKind::Config }
}

/// What one entry of a section is.
fn word(section: ProjectSection) -> &'static str {
    kind(section).word()
}
