//! `configs` and `secrets` of an instance: its own, or those of its service.

use std::path::Path;

use super::{
    Resolver, Section, Surroundings,
    carried::{self, Content, FilePlace, Files, MODE, inside, place_of},
};
use crate::document::files::{FileKind, FileSection, FileSource, FileUse};
use maestro_core::{
    model::{
        carried::{CarriedFiles, ContentSource, FileAccess, FileOrigin},
        container::ContainerSpec,
    },
    source::Spanned,
};

/// The uses of an instance: of each kind its own, else those of its service.
pub(super) fn uses(section: Section<'_>) -> Vec<&FileUse> {
    let sides = [&section.instance.settings.files, &section.service.settings.files];
    let of_kind = |kind: FileKind| {
        let each = sides.map(|side| side.iter().filter(|file| file.kind == kind).collect::<Vec<_>>());
        each.into_iter().find(|files| !files.is_empty()).unwrap_or_default()
    };
    FileKind::ALL.into_iter().flat_map(of_kind).collect()
}

/// Where a file is in the container.
pub(super) fn target(file: &FileUse) -> String {
    let target = file.target.as_ref().map(|target| target.value.as_str());
    inside(file.kind, target, &file.source.value)
}

impl Resolver<'_, '_> {
    /// The files of an instance, which its specification gets too.
    pub(super) fn instance_files(&mut self, section: Section<'_>, spec: &mut ContainerSpec) -> CarriedFiles {
        let mut files = Files::default();
        for file in uses(section) {
            let target = target(file);
            let place = match place_of(&target, spec) {
                FilePlace::Copied { own_volume } => own_volume,
                place => {
                    let span = file.target.as_ref().map_or(file.source.span, |target| target.span);
                    carried::tell_place(span, &target, place, self.diagnostics);
                    continue;
                }
            };
            let Some(content) = self.content_of(file.kind, &file.source) else { continue };
            let access = FileAccess { uid: file.uid, gid: file.gid, mode: file.mode.unwrap_or(MODE) };
            let owner = (spec.owner.environment.as_str(), spec.owner.service.as_str());
            let origin = self.origin(file);
            files.add(owner, target, (access, place, file.on_change.clone()), content, origin);
        }
        let (specs, files) = files.finish();
        spec.files = specs;
        files
    }

    /// The content of a config or secret, which is looked for once. None if there is none, which was told.
    pub(super) fn content_of(&mut self, kind: FileKind, source: &Spanned<String>) -> Option<Content> {
        let key = (kind, source.value.clone());
        if let Some(known) = self.file_contents.get(&key) {
            return known.clone();
        }
        let content = self.new_content_of(kind, source);
        if let (FileKind::Secret, Some(Content::Known(secret))) = (kind, &content) {
            self.diagnostics.hide(carried::hidden_text(secret));
        }
        self.file_contents.insert(key, content.clone());
        content
    }

    fn declared(&self, file: &FileUse) -> Option<&FileSection> {
        let mut files = self.document.files.iter();
        files.find(|known| known.kind == file.kind && known.name.value == file.source.value)
    }

    fn origin(&self, file: &FileUse) -> Option<FileOrigin> {
        let source = match self.declared(file)?.source.as_ref()? {
            FileSource::File(path) => ContentSource::File(path.value.clone()),
            FileSource::Environment(variable) => ContentSource::Variable(variable.value.clone()),
            FileSource::Content(_) => ContentSource::Written,
            FileSource::Command(command) => ContentSource::Command(command.value.clone()),
        };
        let (name, is_secret) = (file.source.value.clone(), file.kind == FileKind::Secret);
        Some(FileOrigin { name, is_secret, source })
    }

    fn new_content_of(&mut self, kind: FileKind, source: &Spanned<String>) -> Option<Content> {
        let of_kind = self.document.files.iter().filter(|known| known.kind == kind);
        let names: Vec<&str> = of_kind.clone().map(|known| known.name.value.as_str()).collect();
        let Some(known) = of_kind.clone().find(|known| known.name.value == source.value) else {
            let code = if kind == FileKind::Secret { "unknown-secret" } else { "unknown-config" };
            self.unknown(code, kind.word(), source, &names);
            return None;
        };
        let word = kind.word();
        let bytes = match known.source.as_ref()? {
            FileSource::File(path) => self.file_of_machine(word, path),
            FileSource::Environment(variable) => {
                let value = self.surroundings.variables.get(&variable.value);
                if value.is_none() {
                    let help = format!("set it before: `export {}=…`", variable.value);
                    self.diagnostics.push(carried::unset(word, variable, help));
                }
                value.map(|value| value.as_bytes().to_vec())
            }
            FileSource::Content(text) => Some(text.value.as_bytes().to_vec()),
            FileSource::Command(command) => {
                let Surroundings { programs, directory, .. } = self.surroundings;
                return carried::printed(word, command, (programs, directory), self.diagnostics);
            }
        };
        bytes.map(|bytes| Content::Known(bytes.into()))
    }

    fn file_of_machine(&mut self, word: &str, path: &Spanned<String>) -> Option<Vec<u8>> {
        match (self.read_file)(Path::new(&path.value)) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.diagnostics.push(carried::unreadable(&error, word, &path.value, path.span));
                None
            }
        }
    }
}
