//! What the files say: an environment, whichever format they are in, and all that was found out about them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{
    contents,
    error::Problem,
    file::{self, Choice, ChosenFile, MaestroFiles},
};
use maestro_core::{
    diagnostic::Diagnostics,
    model::{Environment, InstanceId},
    source::Sources,
};
use maestro_file::{
    compose::{self, LoadedProject, Project, ProjectFiles, ProjectRequest, read_env_files},
    document::{
        self,
        file::Document,
        load::{NamedFile, load_beside},
        several::load_several,
        template::Includes,
    },
    resolve::{
        CountPlace, Programs, ProjectParts, Salvaged, Surroundings, activate, inherit, places_in_document,
        places_in_project, resolve, resolve_project, salvage,
    },
};

/// What was understood of files.
pub(super) struct Understood {
    /// The files.
    pub sources: Sources,
    /// What they describe; none if there are errors, unless the valid part of it is asked for.
    pub environment: Option<Environment>,
    /// What is left out of it.
    pub partial: Option<Partial>,
    /// The project, if they are Compose files that make one.
    pub project: Option<Project>,
    /// Where they would say the numbers of instances that hold for this run alone.
    pub count_places: Vec<CountPlace>,
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
    /// What is needed of them.
    pub needs: Needs<'a>,
}

/// What a command needs of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs<'a> {
    /// What is valid of a file of Maestro with mistakes, no images and contents of a Compose file, and no contents that
    /// programs print: it has to work in an outage. With the command's name.
    ValidPart(&'a str),
    /// All but contents that programs print.
    Declarations,
    /// These contents too: it creates containers, or compares them with the file, and the programs run.
    Contents,
}

impl Reading<'_> {
    /// Reads and understands the files that are meant.
    pub(super) fn understood(self, choice: &Choice) -> Result<Understood, Problem> {
        match &choice.file {
            ChosenFile::Maestro(files) => self.file(choice, files),
            ChosenFile::Compose { request, site, .. } => self.project(choice, request, site.as_deref()),
        }
    }

    fn file(self, choice: &Choice, files: &MaestroFiles) -> Result<Understood, Problem> {
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let directory = file::directory_of(&files.first);
        let variables = self.with_env_files(choice, files, &mut sources, &mut diagnostics);
        let reading = Reading { variables: &variables, ..self };
        let document = reading.document(choice, files, &mut sources, &mut diagnostics)?;
        let document = document.map(|mut document| {
            activate(&mut document, &files.profiles, &files.named);
            let given = |(name, _): &(&String, &String)| !self.variables.contains_key(*name);
            let given = variables.iter().filter(given).map(|(name, value)| (name.clone(), value.clone()));
            inherit(&mut document, &given.collect());
            document
        });
        let read = |path: &Path| choice.files.read(&directory.join(path));
        let surroundings = self.surroundings(&directory, &variables, choice);
        let mut environment = document
            .as_ref()
            .and_then(|document| resolve(document, &mut sources, &read, surroundings, &mut diagnostics));
        let mut partial = None;
        if let (true, Needs::ValidPart(command), Some(document)) =
            (diagnostics.has_errors(), self.needs, &document)
            && let Some(salvaged) = salvage(document, &mut sources, &read, surroundings, &diagnostics)
        {
            environment = Some(salvaged.environment);
            let Salvaged { left_out, unordered, .. } = salvaged;
            partial = Some(Partial { command: command.to_owned(), left_out, unordered });
        }
        let count_places =
            document.map_or_else(Vec::new, |document| places_in_document(&document, &choice.scales));
        Ok(Understood { sources, environment, partial, project: None, count_places, diagnostics })
    }

    /// What files of Maestro say together.
    pub(super) fn document(
        self,
        choice: &Choice,
        files: &MaestroFiles,
        sources: &mut Sources,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Document>, Problem> {
        let directory = file::directory_of(&files.first);
        let paths = std::iter::once(&files.first).chain(&files.later);
        let shown: Vec<String> = paths.clone().map(|path| file::shown(path)).collect();
        let includes = self.includes(&directory);
        let read = paths
            .zip(&shown)
            .map(|(path, name)| Ok(NamedFile { name, bytes: choice.content(path)?, includes }));
        let read = read.collect::<Result<_, Problem>>()?;
        let yaml = load_several(read, self.variables, sources, diagnostics);
        for included in sources.names() {
            choice.files.read_files().keep(Path::new(included));
        }
        Ok(yaml.and_then(|yaml| document::file::read(&yaml, diagnostics)))
    }

    /// The variables of the process, and those of env files that it does not have.
    fn with_env_files(
        self,
        choice: &Choice,
        files: &MaestroFiles,
        sources: &mut Sources,
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<String, String> {
        let mut variables = self.variables.clone();
        if !files.env_files.is_empty() {
            let paths: Vec<String> = files.env_files.iter().map(|path| path.display().to_string()).collect();
            let here = std::env::current_dir().unwrap_or_default().display().to_string();
            let place: (&dyn ProjectFiles, &str) = (&choice.files, &here);
            variables.extend(read_env_files(&paths, self.variables, place, sources, diagnostics));
        }
        variables
    }

    /// A project of Compose files is used whole or not at all. What is asked in an outage needs no images.
    fn project(
        self,
        choice: &Choice,
        request: &ProjectRequest,
        site: Option<&Path>,
    ) -> Result<Understood, Problem> {
        let loaded = compose::load(request, &choice.files);
        let LoadedProject { mut sources, project, remainder, mut diagnostics } = loaded;
        // Errors in what is left of a project with errors are told with those.
        let is_whole = project.is_some();
        let Some(project) = project.or(remainder) else {
            let count_places = Vec::new();
            return Ok(Understood {
                sources,
                environment: None,
                partial: None,
                project: None,
                count_places,
                diagnostics,
            });
        };
        let directory = site.map_or_else(|| PathBuf::from(&project.directory), file::directory_of);
        let document = match site {
            Some(path) => {
                // Those of `.env` are for Compose files alone.
                let variables = if request.env_files.is_empty() {
                    self.variables.clone()
                } else {
                    project.environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
                };
                let file = NamedFile {
                    name: &file::shown(path),
                    bytes: choice.content(path)?,
                    includes: self.includes(&directory),
                };
                let yaml = load_beside(file, &variables, &mut sources, &mut diagnostics);
                yaml.and_then(|yaml| document::site::read(&yaml, &mut diagnostics))
            }
            None => project.site(&mut diagnostics),
        };
        let surroundings = self.surroundings(&directory, self.variables, choice);
        let parts = ProjectParts {
            site: document.as_ref(),
            makes_containers: !matches!(self.needs, Needs::ValidPart(_)),
            ..ProjectParts::new(&project, &choice.files, &sources)
        };
        let environment = resolve_project(parts, surroundings, &mut diagnostics);
        let count_places = places_in_project(&project, document.as_ref(), &choice.scales);
        let project = Some(project).filter(|_| is_whole);
        Ok(Understood { sources, environment, partial: None, project, count_places, diagnostics })
    }

    fn surroundings<'s>(
        self,
        directory: &'s Path,
        variables: &'s BTreeMap<String, String>,
        choice: &'s Choice,
    ) -> Surroundings<'s> {
        let programs = match self.needs {
            Needs::Contents => Programs::Run(&contents::printed),
            Needs::ValidPart(_) | Needs::Declarations => Programs::Skipped,
        };
        let (scales, whereabouts) = (&choice.scales, &choice.whereabouts);
        Surroundings { programs, scales, whereabouts, ..Surroundings::new(directory, variables) }
    }

    fn includes(self, directory: &Path) -> Includes<'_> {
        if self.allow_outside { Includes::Anywhere(directory) } else { Includes::Inside(directory) }
    }
}
