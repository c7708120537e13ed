//! Reads the files of a project, each once, and keeps what is wrong with them.

use std::{collections::HashMap, path::Path, sync::Arc};

use super::{
    canonical::{Canonical, found},
    dotenv::{self, ProjectVariables},
    element::Element,
    files::ProjectFiles,
    form::Property,
    keys::TOP,
    path, read, words,
};
use crate::document::{
    COMPOSE_FORM, in_place_of_compose,
    load::decode,
    template::Rendered,
    yaml::{self, Dialect, Yaml},
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::{FileId, Sources, Span},
};

/// What stands for standard input among a project's files.
pub(super) const STANDARD_INPUT: &str = "-";

/// Reads files and keeps their texts and problems.
pub(super) struct Loader<'a> {
    pub files: &'a dyn ProjectFiles,
    pub sources: Sources,
    pub diagnostics: Diagnostics,
    /// The working directory, from which files are shown.
    pub here: String,
    /// The home directory, which is `~` in paths.
    pub home: Option<String>,
    /// Texts that were read.
    texts: HashMap<String, Option<FileId>>,
    /// Their trees.
    trees: HashMap<FileId, Option<Tree>>,
}

/// A Compose file as it is written.
#[derive(Clone)]
pub(super) struct Tree {
    /// Its text.
    pub rendered: Arc<Rendered>,
    /// Its values.
    pub yaml: Arc<Yaml>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(files: &'a dyn ProjectFiles, here: &str, home: Option<String>) -> Self {
        Self {
            files,
            sources: Sources::default(),
            diagnostics: Diagnostics::default(),
            here: here.to_owned(),
            home,
            texts: HashMap::new(),
            trees: HashMap::new(),
        }
    }

    /// The text of a file. A file that cannot be read is told: at the place that names it, if there is one.
    pub(super) fn text(&mut self, path: &str, named_at: Option<Span>, what: &str) -> Option<FileId> {
        if let Some(&known) = self.texts.get(path) {
            return known;
        }
        let shown = self.shown(path);
        let found = match self.files.read(Path::new(path)) {
            Ok(bytes) => decode(&shown, bytes, &mut self.sources, &mut self.diagnostics),
            Err(error) => {
                let message = match error.kind() {
                    std::io::ErrorKind::NotFound => format!("there is no file {shown}"),
                    _ => format!("{shown} cannot be read: {error}"),
                };
                let diagnostic = Diagnostic::error("unreadable-file", message);
                let help = format!("correct the path of this {what}, or write the file");
                self.diagnostics.push(match named_at {
                    Some(span) => diagnostic.at(span, "named here").help(help),
                    None => diagnostic.help(help),
                });
                None
            }
        };
        self.texts.insert(path.to_owned(), found);
        found
    }

    /// The tree of a Compose file; none if it cannot be read, which is told the first time.
    pub(super) fn tree(&mut self, file: FileId) -> Option<Tree> {
        if let Some(known) = self.trees.get(&file) {
            return known.clone();
        }
        let rendered = Arc::new(Rendered::as_written(file, self.sources.file(file).text.clone()));
        let yaml = yaml::parse_as(Dialect::Compose, &rendered, &mut self.diagnostics);
        let tree = yaml.map(|yaml| Tree { rendered, yaml: Arc::new(yaml) });
        self.trees.insert(file, tree.clone());
        tree
    }

    /// The values of a Compose file in their long form, variables filled in from `environment`.
    pub(super) fn values(
        &mut self,
        path: &str,
        named_at: Option<Span>,
        environment: &ProjectVariables,
    ) -> Option<Element> {
        let file = self.text(path, named_at, "Compose file")?;
        let Tree { rendered, yaml } = self.tree(file)?;
        if yaml.is_empty() {
            let diagnostic = Diagnostic::error("empty-file", "the file is empty")
                .at(Span::new(file, 0..0), "nothing is written here")
                .help("a Compose file has `services:`");
            self.diagnostics.push(diagnostic);
            return None;
        }
        if let Some(problem) = in_place_of_compose(&yaml, rendered.text(), file) {
            self.diagnostics.push(problem);
            return None;
        }
        let lookup = |name: &str| environment.get(name).cloned();
        let values = read::read(&yaml, rendered.text(), &lookup, &mut self.diagnostics);
        if values.members().is_none() && !values.is_null() {
            let problem =
                Diagnostic::error("wrong-type", "a Compose file must be a mapping of keys to values");
            self.diagnostics.push(problem.at(values.span, found(&values)).help(COMPOSE_FORM));
            return None;
        }
        if let Some(version) = values.members().and_then(|members| members.get("version")) {
            let diagnostic = Diagnostic::warning("obsolete-key", "`version` has no effect");
            self.diagnostics.push(diagnostic.at(version.key, "has no effect").help("leave it out"));
        }
        self.section(values, TOP, "a Compose file")
    }

    fn section(&mut self, values: Element, known: &'static [Property], what: &str) -> Option<Element> {
        Canonical::new(&mut self.diagnostics).section(values, known, what)
    }

    /// Reads env files, in which later files win, and returns what is not in `environment` yet.
    pub(super) fn env_files(
        &mut self,
        paths: &[(String, Option<Span>)],
        environment: &ProjectVariables,
    ) -> ProjectVariables {
        let mut found = ProjectVariables::new();
        for (path, named_at) in paths {
            let Some(file) = self.text(path, *named_at, "env file") else { continue };
            let text = self.sources.file(file).text.clone();
            let lookup = |name: &str| environment.get(name).cloned();
            let read = dotenv::read(&text, &mut found, &lookup);
            self.tell_of_env_file(read, file, &text);
        }
        found
    }

    /// Tells what is wrong in an env file.
    pub(super) fn tell_of_env_file(
        &mut self,
        read: Result<Vec<super::interpolation::Unset>, Vec<dotenv::EnvFault>>,
        file: FileId,
        text: &str,
    ) {
        match read {
            Ok(unset) => {
                for unset in unset {
                    self.diagnostics.push(words::unset(&unset.name, Span::new(file, unset.range)));
                }
            }
            Err(faults) => {
                for fault in &faults {
                    self.diagnostics.push(words::bad_env_file(fault, file, text));
                }
            }
        }
    }

    /// The absolute path of one that counts from `directory`; `~` is the home directory.
    pub(super) fn absolute(&self, directory: &str, written: &str) -> String {
        path::absolute(directory, self.home.as_deref(), written)
    }

    /// A path as it is shown: from the working directory, if it lies in there.
    fn shown(&self, path: &str) -> String {
        if path == STANDARD_INPUT {
            return "standard input".to_owned();
        }
        let inside = path.strip_prefix(&self.here).and_then(|rest| rest.strip_prefix('/'));
        inside.filter(|rest| !rest.is_empty()).unwrap_or(path).to_owned()
    }
}

/// The directory of a file.
pub(super) fn directory_of(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/".to_owned(),
        Some((directory, _)) => directory.to_owned(),
    }
}
