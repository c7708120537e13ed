//! `configs` and `secrets` of a service. docker compose mounts the files of both read-only.

use super::ProjectResolver;
use crate::compose::{element::Element, project::ProjectSection, service::ComposeService};
use maestro_core::model::container::Mount;

impl<'p> ProjectResolver<'p, '_> {
    /// The files of a service, as mounts.
    pub(super) fn files(&mut self, service: ComposeService<'p>) -> Vec<Mount> {
        let sections = [ProjectSection::Secrets, ProjectSection::Configs];
        let uses = sections
            .into_iter()
            .flat_map(|section| service.element.each(section.key()).map(move |element| (section, element)));
        uses.filter_map(|(section, element)| self.file(section, element)).collect()
    }

    fn file(&mut self, section: ProjectSection, element: &Element) -> Option<Mount> {
        let source = element.spanned_text("source")?;
        let declared = self.project.entry(section, source.value)?;
        let target = inside(section, element.text_of("target"), source.value);
        let Some(file) = declared.spanned_text("file") else {
            let what = format!("`{}` without a `file`", section.key());
            self.unsupported(source.span, &what, "write its content to a file, and name it with `file`");
            return None;
        };
        Some(Mount { source: file.value.to_owned(), target, mode: "ro".to_owned() })
    }
}

/// Where a file is in the container.
fn inside(section: ProjectSection, target: Option<&str>, source: &str) -> String {
    let target = target.filter(|target| !target.is_empty()).unwrap_or(source);
    if target.starts_with('/') {
        return target.to_owned();
    }
    if section == ProjectSection::Secrets { format!("/run/secrets/{target}") } else { format!("/{target}") }
}
