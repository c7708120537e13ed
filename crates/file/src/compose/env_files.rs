//! Env files that the command line names, for files of either format.

use std::collections::BTreeMap;

use super::{dotenv::ProjectVariables, files::ProjectFiles, loader::Loader};
use maestro_core::{diagnostic::Diagnostics, source::Sources};

/// The variables of env files that the process does not have, later files over earlier ones. `here` is the absolute path of
/// the working directory, from which their paths count.
pub fn read_env_files(
    paths: &[String],
    variables: &BTreeMap<String, String>,
    (files, here): (&dyn ProjectFiles, &str),
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, String> {
    let mut loader = Loader::new(files, here, variables.get("HOME").cloned());
    loader.sources = std::mem::take(sources);
    let known: ProjectVariables =
        variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let paths: Vec<_> = paths.iter().map(|path| (loader.absolute(here, path), None)).collect();
    let found = loader.env_files(&paths, &known);
    let Loader { sources: read, diagnostics: told, .. } = loader;
    *sources = read;
    for problem in told.sorted() {
        diagnostics.push(problem.clone());
    }
    found.into_iter().filter(|(name, _)| !known.contains_key(name)).collect()
}
