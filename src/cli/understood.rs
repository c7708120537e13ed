//! What the files say: an environment, whichever format they are in, and all that was found out about them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    error::Problem,
    file::{Choice, ChosenFile},
};
use maestro_core::{
    diagnostic::Diagnostics,
    model::{Environment, InstanceId},
    source::Sources,
    value::file,
};
use maestro_file::{
    compose::{self, LoadedProject, ProjectRequest},
    document::{self, template::Includes},
    resolve::{Salvaged, Surroundings, resolve, resolve_project, salvage},
};

/// What was understood of files.
pub(super) struct Understood {
    /// The files.
    pub sources: Sources,
    /// What they describe; none if there are errors, unless the valid part of it is asked for.
    pub environment: Option<Environment>,
    /// What is left out of it.
    pub partial: Option<Partial>,
    /// What is wrong with them.
    pub diagnostics: Diagnostics,
}

/// What is left out of a file with mistakes.
pub(super) struct Partial {
    /// The command that works in spite of the mistakes.
    pub command: String,
    /// Instances that cannot be read.
    pub left_out: Vec<String>,
    /// Valid instances that depend on one of those, or that one of those may depend on.
    pub unordered: BTreeSet<InstanceId>,
}

/// How files are read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    /// The process's variables.
    pub variables: &'a BTreeMap<String, String>,
    /// Whether templates include files from anywhere.
    pub allow_outside: bool,
    /// The command that uses the valid part of a file of Maestro with mistakes, if it does.
    pub in_spite_of_errors: Option<&'a str>,
}

impl Reading<'_> {
    /// Reads and understands the files that are meant.
    pub(super) fn understood(self, choice: &Choice) -> Result<Understood, Problem> {
        match &choice.file {
            ChosenFile::Maestro(_) => self.file(choice),
            ChosenFile::Compose { request, .. } => Ok(self.project(choice, request)),
        }
    }

    fn file(self, choice: &Choice) -> Result<Understood, Problem> {
        let (name, bytes, directory) = choice.read()?;
        let includes =
            if self.allow_outside { Includes::Anywhere(&directory) } else { Includes::Inside(&directory) };
        let document::Loaded { mut sources, yaml, mut diagnostics } =
            document::load::load_with(&name, bytes, includes, self.variables);
        let document = yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics));
        let read = |path: &Path| file::read(&directory.join(path));
        let surroundings = Surroundings { directory: &directory, variables: self.variables };
        let mut environment = document
            .as_ref()
            .and_then(|document| resolve(document, &mut sources, &read, surroundings, &mut diagnostics));
        let mut partial = None;
        if let (true, Some(command), Some(document)) =
            (diagnostics.has_errors(), self.in_spite_of_errors, &document)
            && let Some(salvaged) = salvage(document, &mut sources, &read, surroundings, &diagnostics)
        {
            environment = Some(salvaged.environment);
            let Salvaged { left_out, unordered, .. } = salvaged;
            partial = Some(Partial { command: command.to_owned(), left_out, unordered });
        }
        Ok(Understood { sources, environment, partial, diagnostics })
    }

    /// A project of Compose files is used whole or not at all.
    fn project(self, choice: &Choice, request: &ProjectRequest) -> Understood {
        let LoadedProject { sources, project, mut diagnostics } = compose::load(request, &choice.files);
        let environment = project.and_then(|project| {
            let directory = Path::new(&project.directory);
            let surroundings = Surroundings { directory, variables: self.variables };
            resolve_project(&project, surroundings, &mut diagnostics)
        });
        Understood { sources, environment, partial: None, diagnostics }
    }
}
