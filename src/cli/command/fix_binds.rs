//! `config --fix-binds`: mounts of files of the project that a ship does not have become configs.

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
    path::Path,
};

use super::fix::{print_diff, write_unless_dry};
use crate::cli::{
    args::{ConfigArgs, Global},
    error::{End, Problem},
    file::{Choice, ChosenFile, STANDARD_INPUT, text_variables},
    understood::{Needs, Reading, Understood},
};
use maestro_core::{
    diagnostic::{Diagnostic, Edit, Severity, replaced},
    source::{Sources, Span},
    value::secret::text::known,
};
use maestro_file::{
    compose::{FilesOnDisk, ProjectFiles},
    document::{
        Yaml,
        carry::{self, CarriedMount, FoundFile, MOST_FILES, Stays},
        load::load_with,
        template::Includes,
    },
};
use maestro_report::{problem::CommandProblem, text::harmless};

/// Code of a mount of a path that is not on its ship.
const LOCAL_PATH: &str = "local-path";

/// The file that is changed.
struct Fixing<'a> {
    global: &'a Global,
    choice: Choice,
    name: String,
    text: String,
    /// What was changed.
    done: Vec<String>,
    /// The mounts that stay, and why.
    stays: Vec<String>,
}

/// Makes configs of mounts, or with `--dry-run` only shows the changes, and tells what stays.
pub(in crate::cli) fn run(global: &Global, choice: Choice, args: &ConfigArgs) -> Result<End, Problem> {
    let path = choice.path().to_owned();
    if path == Path::new(STANDARD_INPUT) {
        let problem = CommandProblem::new("`--fix-binds` changes a file, and standard input is none");
        return Err(Problem::bad_input(problem.help("name the file with `-f FILE`")));
    }
    let (name, bytes, _) = choice.read()?;
    let original = String::from_utf8(bytes).map_err(|_| {
        Problem::bad_input(CommandProblem::new(format!("{} is no text in UTF-8", harmless(&name))))
    })?;
    let text = original.clone();
    let mut fixing = Fixing { global, choice, name, text, done: Vec::new(), stays: Vec::new() };
    while fixing.step()? {}
    let Fixing { name, text, done, stays, .. } = fixing;
    let mut errors = io::stderr();
    if done.is_empty() {
        writeln!(errors, "{}: no mount that can become a config", harmless(&name))?;
    } else {
        let hidden = known([], [original.as_str(), text.as_str()]);
        print_diff((&original, &text), &hidden)?;
        write_unless_dry(&path, &name, &text, args)?;
    }
    for one in done.iter().chain(&stays) {
        writeln!(errors, "{}", harmless(one))?;
    }
    Ok(if stays.is_empty() { End::Done } else { End::BadInput })
}

impl Fixing<'_> {
    /// Makes configs of the first mount that can become some. False if there is none.
    fn step(&mut self) -> Result<bool, Problem> {
        let before = self.understood(&self.text.clone())?;
        let mut stays = BTreeSet::new();
        let problems = before.diagnostics.sorted().into_iter().filter(|one| one.code == LOCAL_PATH);
        for problem in problems {
            let why = match self.carried(&before.sources, problem) {
                Err(why) => why,
                Ok((text, carried)) => {
                    let after = self.understood(&text)?;
                    let (before, after) = (mistakes(&before), mistakes(&after));
                    if after.len() < before.len() && after.iter().all(|one| before.contains(one)) {
                        let CarriedMount { source, configs, .. } = carried;
                        self.done.push(format!("`{source}` becomes {}", listed(&configs)));
                        self.text = text;
                        return Ok(true);
                    }
                    Stays::NotWrittenHere
                }
            };
            stays.insert(format!("not changed: {}: {}", problem.message, sentence(&why)));
        }
        self.stays = stays.into_iter().collect();
        Ok(false)
    }

    fn understood(&mut self, text: &str) -> Result<Understood, Problem> {
        let path = self.choice.path().to_owned();
        self.choice.files.replace(&path, text.as_bytes());
        let variables = text_variables(std::env::vars_os());
        let allow_outside = self.global.file.allow_outside;
        let reading = Reading { variables: &variables, allow_outside, needs: Needs::Declarations };
        reading.understood(&self.choice)
    }

    /// The text in which a mount has become configs.
    fn carried(&self, sources: &Sources, problem: &Diagnostic) -> Result<(String, CarriedMount), Stays> {
        let at = problem.primary.as_ref().ok_or(Stays::NotWrittenHere)?.span;
        if sources.file(at.file).text != self.text {
            return Err(Stays::NotWrittenHere);
        }
        let (yaml, sources) = self.tree().ok_or(Stays::NotWrittenHere)?;
        let at = Span::new(yaml.span(yaml.root()).file, at.start..at.end);
        let directory = std::path::absolute(self.choice.path()).map_err(|error| unreadable(&error))?;
        let directory = directory.parent().unwrap_or(Path::new("/")).to_owned();
        let carried = carry::carried(&yaml, &sources, at, &|path| files(&directory, path))?;
        let exact: Vec<Edit> = carried.edits.iter().map(|edit| edit.exact(&sources)).collect();
        let ranges: Vec<_> =
            exact.iter().map(|edit| (edit.span.start..edit.span.end, edit.replacement.as_str())).collect();
        Ok((replaced(&self.text, &ranges), carried))
    }

    /// The file as a tree.
    fn tree(&self) -> Option<(Yaml, Sources)> {
        match &self.choice.file {
            ChosenFile::Compose { .. } => carry::tree_of_compose(&self.name, &self.text),
            ChosenFile::Maestro(_) => {
                let path = std::path::absolute(self.choice.path()).ok()?;
                let includes = Includes::Inside(path.parent()?);
                let variables = text_variables(std::env::vars_os());
                let loaded = load_with(&self.name, self.text.clone().into_bytes(), includes, &variables);
                Some((loaded.yaml?, loaded.sources))
            }
        }
    }
}

/// The mistakes of files, without their places.
fn mistakes(understood: &Understood) -> Vec<(&'static str, &str)> {
    let errors = understood.diagnostics.sorted().into_iter().filter(|one| one.severity == Severity::Error);
    errors.map(|problem| (problem.code, problem.message.as_str())).collect()
}

fn unreadable(error: &io::Error) -> Stays {
    Stays::Unreadable(error.to_string())
}

/// The files at a path that counts from a directory, and is inside of it.
fn files(directory: &Path, path: &str) -> io::Result<Vec<FoundFile>> {
    let whole = directory.join(path);
    if !whole.canonicalize()?.starts_with(directory.canonicalize()?) {
        return Err(io::Error::other("it is outside of the project's directory"));
    }
    if whole.is_file() {
        let is_executable = FilesOnDisk.is_executable(&whole);
        return Ok(vec![FoundFile { below: String::new(), is_executable }]);
    }
    let all = FilesOnDisk.below(&whole)?;
    let found = all.iter().filter_map(|file| {
        let below = file.strip_prefix(&whole).ok()?.to_str()?.to_owned();
        Some(FoundFile { below, is_executable: FilesOnDisk.is_executable(file) })
    });
    Ok(found.collect())
}

fn listed(configs: &[String]) -> String {
    let names: Vec<String> = configs.iter().map(|name| format!("`{name}`")).collect();
    let word = if names.len() == 1 { "config" } else { "configs" };
    format!("{word} {}", names.join(", "))
}

fn sentence(why: &Stays) -> String {
    match why {
        Stays::NotWrittenHere => "it is not written as text of this file alone".to_owned(),
        Stays::HasVariables => "variables stand in it".to_owned(),
        Stays::NoFiles => "there is no file".to_owned(),
        Stays::TooMany(files) => format!("it has {files} files, and at most {MOST_FILES} become configs"),
        Stays::Unreadable(why) => format!("its files cannot be listed: {why}"),
        Stays::HidesConfigs => "its instance would not have the configs of its service any more".to_owned(),
    }
}
