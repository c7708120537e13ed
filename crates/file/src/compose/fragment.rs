//! A part of a project that stands in a file of another format: values in forms of Compose, and the networks and volumes that
//! they name.

use super::{
    canonical::Canonical,
    consistent,
    dotenv::ProjectVariables,
    element::{Content, Element, Members},
    keys::TOP,
    normal, path,
    paths::{clean_target, items_mut, values_mut},
    project::Project,
};
use maestro_core::diagnostic::Diagnostics;

/// A part of a project.
#[derive(Debug)]
pub(crate) struct Fragment {
    /// The name of the project, which its networks and volumes are named after.
    pub name: String,
    /// The absolute path of the directory from which paths count.
    pub directory: String,
    /// The home directory, which is `~` in paths.
    pub home: Option<String>,
    /// `networks`, `volumes` and `services`, as they are written.
    pub model: Element,
}

impl Fragment {
    /// The project with all values in their long form. What is wrong is told; then it may lack values.
    pub(crate) fn project(self, diagnostics: &mut Diagnostics) -> Project {
        let span = self.model.span;
        let empty = || Element::new(span, Content::Mapping(Members::new()));
        let what = "a file of Maestro";
        let mut model = Canonical::new(diagnostics).section(self.model, TOP, what).unwrap_or_else(empty);
        for service in values_mut(&mut model, "services") {
            for mount in items_mut(service.get_mut("volumes")) {
                clean_target(mount.get_mut("target"));
                let is_path = mount.text_of("type") == Some("bind");
                let Some(source) = mount.get_mut("source").filter(|_| is_path) else { continue };
                let written = source.as_text().filter(|text| !text.is_empty());
                let whole =
                    written.map(|written| path::absolute(&self.directory, self.home.as_deref(), written));
                source.content = whole.map_or(Content::Null, Content::Text);
            }
        }
        normal::name_resources(&mut model, &self.name, diagnostics);
        consistent::check_names(&model, diagnostics);
        Project {
            name: self.name,
            directory: self.directory,
            files: Vec::new(),
            environment: ProjectVariables::new(),
            disabled: Members::new(),
            model,
            site: None,
        }
    }
}
