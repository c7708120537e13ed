//! What is asked for on a command line, and what the process's variables add to it.

use std::collections::BTreeMap;

use super::{
    dotenv::ProjectVariables,
    files::ProjectFiles,
    loader::{Loader, STANDARD_INPUT, directory_of},
};
use maestro_core::diagnostic::Diagnostic;
use maestro_core::source::Span;

/// Names of Compose files that are looked for where none is named, the most preferred first.
pub const DEFAULT_NAMES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// Names of files that are merged over one that was found.
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Whether a file is called as Compose files are: `compose.yaml`, `docker-compose.prod.yml`.
#[must_use]
pub fn is_compose_name(name: &str) -> bool {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.is_some_and(|stem| {
        ["compose", "docker-compose"].contains(&stem)
            || stem.starts_with("compose.")
            || stem.starts_with("docker-compose.")
    })
}

/// Which project is meant. Paths are as typed: relative ones count from the working directory.
#[derive(Debug, Clone, Default)]
pub struct ProjectRequest {
    /// The absolute path of the working directory.
    pub working_directory: String,
    /// The process's variables.
    pub variables: BTreeMap<String, String>,
    /// The files, later ones merged over earlier ones; if there are none, they are looked for. `-` is standard input, which
    /// [`ProjectFiles`] have under that path.
    pub files: Vec<String>,
    /// The directory that paths in files count from; that of the first file if none is given.
    pub directory: Option<String>,
    /// Files of variables; `.env` if there are none.
    pub env_files: Vec<String>,
    /// The project's name.
    pub name: Option<String>,
    /// Profiles whose services take part; `*` is all.
    pub profiles: Vec<String>,
    /// Services that a command names: their profiles take part as well.
    pub services: Vec<String>,
}

impl ProjectRequest {
    /// The absolute paths of the project's files, whether they are there or not; empty if none is named or found.
    #[must_use]
    pub fn find_files(&self, files: &dyn ProjectFiles) -> Vec<String> {
        let home = self.variables.get("HOME").filter(|home| !home.is_empty()).cloned();
        let mut loader = Loader::new(files, &self.working_directory, home);
        let located = locate(&mut loader, self);
        located.into_iter().flat_map(|located| located.files).map(|(path, _)| path).collect()
    }
}

/// A project's files and what they see, all paths absolute.
pub(super) struct Located {
    pub files: Vec<(String, Option<Span>)>,
    pub directory: String,
    pub environment: ProjectVariables,
}

/// Finds the files of a project. None if there are none, which is told.
pub(super) fn locate(loader: &mut Loader<'_>, request: &ProjectRequest) -> Option<Located> {
    let here = request.working_directory.as_str();
    let mut environment: ProjectVariables =
        request.variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    environment.entry("PWD".to_owned()).or_insert_with(|| here.to_owned());
    let given = request.directory.as_ref().map(|directory| loader.absolute(here, directory));
    let path = |file: &String| {
        if file == STANDARD_INPUT { file.clone() } else { loader.absolute(here, file) }
    };
    let mut files: Vec<String> = request.files.iter().map(path).collect();
    let directory = |files: &[String]| {
        let file = files.first().filter(|file| *file != STANDARD_INPUT);
        let of_file = || file.map_or_else(|| here.to_owned(), |file| directory_of(file));
        given.clone().unwrap_or_else(of_file)
    };
    let mut env_files = env_files(loader, request, &environment);
    let first_directory = directory(&files);
    if !env_files.is_empty() || files.is_empty() {
        add_variables(loader, &env_files, &first_directory, &mut environment);
    }
    if files.is_empty() {
        files = from_variable(loader, here, &environment);
    }
    if files.is_empty() {
        files = found_upwards(loader, &first_directory);
    }
    if files.is_empty() {
        let diagnostic = Diagnostic::error("unreadable-file", "there is no Compose file here");
        loader.diagnostics.push(diagnostic.help("name one with `-f FILE`, or change to its directory"));
        return None;
    }
    let directory = directory(&files);
    if env_files.is_empty() && (directory != first_directory || !request.files.is_empty()) {
        env_files.clear();
        add_variables(loader, &env_files, &directory, &mut environment);
    }
    let files = files.into_iter().map(|file| (file, None)).collect();
    Some(Located { files, directory, environment })
}

/// The env files that are named.
fn env_files(loader: &Loader<'_>, request: &ProjectRequest, environment: &ProjectVariables) -> Vec<String> {
    let here = request.working_directory.as_str();
    let named = environment.get("COMPOSE_ENV_FILES").map(String::as_str).unwrap_or_default();
    let written: Vec<&str> = match request.env_files.as_slice() {
        [] => named.split(',').filter(|name| !name.is_empty()).collect(),
        files => files.iter().map(String::as_str).collect(),
    };
    written.into_iter().map(|name| loader.absolute(here, name)).collect()
}

/// Reads the env files, or `.env` of the directory. Variables of the process win.
fn add_variables(
    loader: &mut Loader<'_>,
    env_files: &[String],
    directory: &str,
    environment: &mut ProjectVariables,
) {
    let is_disabled = environment
        .get("COMPOSE_DISABLE_ENV_FILE")
        .is_some_and(|value| ["1", "t", "true"].contains(&value.to_lowercase().as_str()));
    let default = format!("{directory}/.env");
    let has_default = env_files.is_empty() && !is_disabled && loader.files.is_file(default.as_ref());
    let default = has_default.then_some(default);
    let paths: Vec<(String, Option<Span>)> =
        default.iter().chain(env_files).map(|path| (path.clone(), None)).collect();
    for (name, value) in loader.env_files(&paths, environment) {
        environment.entry(name).or_insert(value);
    }
}

/// The files that `COMPOSE_FILE` names.
fn from_variable(loader: &Loader<'_>, here: &str, environment: &ProjectVariables) -> Vec<String> {
    let separator = environment.get("COMPOSE_PATH_SEPARATOR").filter(|separator| !separator.is_empty());
    let separator = separator.map_or(":", String::as_str);
    let Some(files) = environment.get("COMPOSE_FILE") else { return Vec::new() };
    files.split(separator).filter(|file| !file.is_empty()).map(|file| loader.absolute(here, file)).collect()
}

/// The file of the nearest directory that has one, this one or one above it, and what overrides it there.
fn found_upwards(loader: &mut Loader<'_>, start: &str) -> Vec<String> {
    let mut directory = start.to_owned();
    loop {
        let in_directory = |loader: &Loader<'_>, names: &[&str]| -> Vec<String> {
            let paths = names.iter().map(|name| format!("{}/{name}", directory.trim_end_matches('/')));
            paths.filter(|path| loader.files.is_file(path.as_ref())).collect()
        };
        let candidates = in_directory(loader, &DEFAULT_NAMES);
        if let Some(file) = candidates.first().cloned() {
            tell_of_others(loader, &candidates);
            let overrides = in_directory(loader, &OVERRIDES);
            tell_of_others(loader, &overrides);
            return std::iter::once(file).chain(overrides.into_iter().next()).collect();
        }
        if directory == "/" {
            return Vec::new();
        }
        directory = directory_of(&directory);
    }
}

/// Warns of files that are not read because another one is preferred.
fn tell_of_others(loader: &mut Loader<'_>, candidates: &[String]) {
    let [used, others @ ..] = candidates else { return };
    if !others.is_empty() {
        let message = format!("{used} is read, and not {}", others.join(", "));
        let diagnostic = Diagnostic::warning("several-files", message);
        loader.diagnostics.push(diagnostic.help("remove the others, or name all that count with `-f`"));
    }
}
