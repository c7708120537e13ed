//! What an environment is made of that a project describes.

use crate::{
    compose::{files::ProjectFiles, project::Project},
    document::site::SiteDocument,
};
use maestro_core::source::Sources;

/// What an environment is made of.
#[derive(Clone, Copy)]
pub struct ProjectParts<'a> {
    /// The project.
    pub project: &'a Project,
    /// Its site file.
    pub site: Option<&'a SiteDocument>,
    /// Reads files that the project and its site file name.
    pub files: &'a dyn ProjectFiles,
    /// The texts that the project was read from.
    pub sources: &'a Sources,
    /// Whether containers may be made. Otherwise neither the names of images nor what configs and secrets name is needed:
    /// a tag may be a variable that is not set, a secret may lie on another machine.
    pub makes_containers: bool,
}

impl<'a> ProjectParts<'a> {
    /// A project without a site file, of which containers may be made.
    #[must_use]
    pub fn new(project: &'a Project, files: &'a dyn ProjectFiles, sources: &'a Sources) -> Self {
        Self { project, site: None, files, sources, makes_containers: true }
    }
}
