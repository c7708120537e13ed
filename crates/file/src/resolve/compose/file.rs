//! `configs` and `secrets` of a service: files that are copied into its containers before their first start.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use super::ProjectResolver;
use crate::{
    compose::{clean_path, element::Element, project::ProjectSection, service::ComposeService},
    document::files::FileKind,
    resolve::carried::{self, FilePlace, MODE, inside, place_of},
};
use maestro_core::{
    diagnostic::Diagnostic,
    model::{
        carried::{CarriedFile, CarriedFiles, FileAccess, FileContent},
        container::{ContainerSpec, Mount},
    },
    source::{Span, Spanned},
};

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
            let target = inside(kind(section), element.text_of("target"), source.value);
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
                (place, None) => {
                    carried::tell_place(source.span, &target, place, self.diagnostics);
                }
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
                carried::tell_place(path.span, &target, place, self.diagnostics);
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
            self.diagnostics.hide(carried::hidden_text(secret));
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

    fn variable(&mut self, section: ProjectSection, variable: &Spanned<&str>) -> Option<FileContent> {
        if let Some(value) = self.project.environment.get(variable.value) {
            return Some(value.as_bytes().to_vec().into());
        }
        let help = format!("set it before: `export {0}=…`, or write it into `.env`", variable.value);
        self.diagnostics.push(carried::unset(word(section), variable, help));
        None
    }

    pub(super) fn read(&mut self, word: &str, path: &Spanned<&str>) -> Option<FileContent> {
        let error = match self.files.read(Path::new(path.value)) {
            Ok(bytes) => return Some(bytes.into()),
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
