//! The names in a file, for shells that complete them. Says nothing: a file that cannot be used has no names, or those
//! that can be read of it.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter as _};

use super::{
    file::{DEFAULT_FILE, read, text_variables},
    plan_file::is_saved,
    words,
};
use maestro_core::diagnostic::Diagnostics;
use maestro_file::document;

/// The names that a file defines.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub services: Vec<String>,
    pub instances: Vec<String>,
    pub ships: Vec<String>,
}

impl Names {
    /// The names in that file, as far as it can be read.
    pub(super) fn of(file: &Path) -> Self {
        let mut names = Self::default();
        let variables = text_variables(std::env::vars_os());
        let Ok((name, bytes, directory)) = read(file) else { return names };
        let Some(yaml) = document::load(&name, bytes, &directory, &variables).yaml else { return names };
        let Some(document) = document::file::read(&yaml, &mut Diagnostics::default()) else { return names };
        for service in document.services {
            names.instances.extend(service.instances.into_iter().map(|instance| instance.name.value));
            names.services.push(service.name.value);
        }
        names.ships.extend(document.ships.unwrap_or_default().into_iter().map(|ship| ship.name.value));
        // Shells take what is offered to them for what would be typed: a name with a `$` in it could do something.
        for list in [&mut names.services, &mut names.instances, &mut names.ships] {
            list.retain(|name| {
                !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c))
            });
        }
        names
    }
}

/// Services and instances that begin like this.
pub(super) fn things(current: &OsStr) -> Vec<CompletionCandidate> {
    let Names { services, instances, .. } = Names::of(&file_of(typed()));
    candidates(current, services.into_iter().chain(instances))
}

/// Services, instances and files of saved plans that begin like this.
pub(super) fn things_and_plans(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut all = things(current);
    all.extend(PathCompleter::file().filter(is_saved).complete(current));
    all
}

/// Instances that begin like this.
pub(super) fn instances(current: &OsStr) -> Vec<CompletionCandidate> {
    candidates(current, Names::of(&file_of(typed())).instances)
}

/// Ships that begin like this.
pub(super) fn ships(current: &OsStr) -> Vec<CompletionCandidate> {
    candidates(current, Names::of(&file_of(typed())).ships)
}

/// The words that a shell wants to complete. Behind `logs` a `-f` names no file.
fn typed() -> impl Iterator<Item = OsString> {
    words::completed(std::env::args_os().collect()).into_iter()
}

fn candidates(current: &OsStr, names: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let Some(begin) = current.to_str() else { return Vec::new() };
    names.into_iter().filter(|name| name.starts_with(begin)).map(CompletionCandidate::new).collect()
}

/// The file that a command line names, as it is typed: quotes and `~` are the shell's, and still there.
pub(super) fn file_of(words: impl Iterator<Item = OsString>) -> PathBuf {
    let words: Vec<String> = words.filter_map(|word| word.into_string().ok()).collect();
    let mut file = None;
    for (at, word) in words.iter().enumerate() {
        let value = match word.as_str() {
            "-f" | "--file" => words.get(at + 1).cloned(),
            word => word
                .strip_prefix("--file=")
                .or_else(|| word.strip_prefix("-f").filter(|_| !word.starts_with("--")))
                .map(str::to_owned),
        };
        file = value.or(file);
    }
    let Some(file) = file else { return DEFAULT_FILE.into() };
    let unquoted = shlex::split(&file).filter(|words| words.len() == 1).map_or(file, |words| words.concat());
    match (unquoted.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        // Standard input is the shell's.
        _ if unquoted == "-" => DEFAULT_FILE.into(),
        _ => unquoted.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_the_one_that_is_typed() {
        let file = |line: &str| file_of(line.split('|').map(OsString::from)).display().to_string();
        assert_eq!(file("maestro|start|w"), "./maestro.yaml");
        assert_eq!(file("maestro|--|maestro|-f|a b.yaml|start"), "a b.yaml");
        assert_eq!(file("maestro|start|-fx.yaml"), "x.yaml");
        assert_eq!(file("maestro|start|--file='a b.yaml'"), "a b.yaml");
        assert_eq!(file("maestro|-f|-|start"), "./maestro.yaml");
        assert!(!file("maestro|-f|~/x.yaml").starts_with('~'));
    }
}
