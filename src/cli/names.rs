//! The names in a file, for shells that complete them. Says nothing: a file that cannot be used has no names, or those
//! that can be read of it.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter as _};

use super::{
    args::FileOptions,
    file::{Choice, ChosenFile, MaestroFiles, choose, text_variables},
    plan_file::is_saved,
    understood::{Needs, Reading},
    words,
};
use maestro_core::{diagnostic::Diagnostics, source::Sources};
use maestro_file::document::element::Content;

/// The names that a file defines.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub services: Vec<String>,
    pub instances: Vec<String>,
    pub ships: Vec<String>,
    pub volumes: Vec<String>,
}

impl Names {
    /// The names in the file that these options mean, as far as it can be read.
    pub(super) fn of(options: &FileOptions) -> Self {
        let names = choose(options).ok().and_then(|choice| match &choice.file {
            ChosenFile::Maestro(files) => Self::in_file(&choice, files),
            ChosenFile::Compose { .. } => Self::in_project(&choice),
        });
        let mut names = names.unwrap_or_default();
        // Shells take what is offered to them for what would be typed: a name with a `$` in it could do something.
        for list in [&mut names.services, &mut names.instances, &mut names.ships, &mut names.volumes] {
            list.retain(|name| {
                !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c))
            });
        }
        names
    }

    fn in_file(choice: &Choice, files: &MaestroFiles) -> Option<Self> {
        let mut names = Self::default();
        let variables = text_variables(std::env::vars_os());
        let reading = reading(&variables);
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let document = reading.document(choice, files, &mut sources, &mut diagnostics).ok()??;
        for service in document.services {
            names.instances.extend(service.instances.into_iter().map(|instance| instance.name.value));
            names.services.push(service.name.value);
        }
        if let Some(Content::Mapping(volumes)) =
            document.resources.get("volumes").map(|one| &one.value.content)
        {
            names.volumes.extend(volumes.keys().cloned());
        }
        names.ships.extend(document.ships.unwrap_or_default().into_iter().map(|ship| ship.name.value));
        Some(names)
    }

    fn in_project(choice: &Choice) -> Option<Self> {
        let variables = text_variables(std::env::vars_os());
        let reading = reading(&variables);
        let environment = reading.understood(choice).ok()?.environment?;
        let services = environment.services.into_iter().map(|service| service.name);
        Some(Self {
            // Whoever names a service makes its profiles active.
            services: services.chain(environment.inactive).collect(),
            instances: environment.instances.into_iter().map(|instance| instance.name).collect(),
            ships: environment.ships.into_iter().map(|ship| ship.name).collect(),
            volumes: environment.volumes.into_iter().map(|volume| volume.name).collect(),
        })
    }
}

/// How a file is read for its names.
fn reading(variables: &BTreeMap<String, String>) -> Reading<'_> {
    Reading { variables, allow_outside: false, needs: Needs::Declarations }
}

/// Services and instances that begin like this.
pub(super) fn things(current: &OsStr) -> Vec<CompletionCandidate> {
    let Names { services, instances, .. } = Names::of(&options_of(typed()));
    candidates(current, services.into_iter().chain(instances))
}

/// Services, instances and files of saved plans that begin like this.
pub(super) fn things_and_plans(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut all = things(current);
    all.extend(PathCompleter::file().filter(is_saved).complete(current));
    all
}

/// Services that begin like this.
pub(super) fn services(current: &OsStr) -> Vec<CompletionCandidate> {
    candidates(current, Names::of(&options_of(typed())).services)
}

/// Instances that begin like this.
pub(super) fn instances(current: &OsStr) -> Vec<CompletionCandidate> {
    candidates(current, Names::of(&options_of(typed())).instances)
}

/// Volumes, and instances that have one, that begin like this.
pub(super) fn volumes(current: &OsStr) -> Vec<CompletionCandidate> {
    let Names { volumes, instances, .. } = Names::of(&options_of(typed()));
    candidates(current, volumes.into_iter().chain(instances))
}

/// Ships that begin like this.
pub(super) fn ships(current: &OsStr) -> Vec<CompletionCandidate> {
    candidates(current, Names::of(&options_of(typed())).ships)
}

/// The words that a shell wants to complete. Behind `logs` a `-f` names no file.
fn typed() -> impl Iterator<Item = OsString> {
    words::completed(std::env::args_os().collect()).into_iter()
}

fn candidates(current: &OsStr, names: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let Some(begin) = current.to_str() else { return Vec::new() };
    names.into_iter().filter(|name| name.starts_with(begin)).map(CompletionCandidate::new).collect()
}

/// What a command line says about the file, as it is typed: quotes and `~` are the shell's, and still there.
pub(super) fn options_of(words: impl Iterator<Item = OsString>) -> FileOptions {
    let words: Vec<String> = words.filter_map(|word| word.into_string().ok()).collect();
    let mut found = FileOptions::default();
    for (at, word) in words.iter().enumerate() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value)),
            _ if word.starts_with("-f") && word.len() > 2 => {
                word.split_at_checked(2).map_or(("", None), |(option, value)| (option, Some(value)))
            }
            _ => (word.as_str(), words.get(at + 1).map(String::as_str)),
        };
        let Some(value) = value.map(unquoted) else { continue };
        let compose = &mut found.compose;
        match option {
            // Standard input is the shell's.
            "-f" | "--file" if value != "-" => found.files.push(value.into()),
            "--profile" => compose.profiles.push(value),
            "--env-file" => compose.env_files.push(value.into()),
            "--project-name" => compose.project_name = Some(value),
            "--project-directory" => compose.project_directory = Some(value.into()),
            _ => {}
        }
    }
    found
}

/// A word as the shell would hand it over.
fn unquoted(word: &str) -> String {
    let one = shlex::split(word).filter(|words| words.len() == 1).map(|words| words.concat());
    let word = one.unwrap_or_else(|| word.to_owned());
    match (word.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest).display().to_string(),
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_file_is_the_one_that_is_typed() {
        let files = |line: &str| {
            let options = options_of(line.split('|').map(OsString::from));
            options.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(files("maestro|start|w"), "");
        assert_eq!(files("maestro|--|maestro|-f|a b.yaml|start"), "a b.yaml");
        assert_eq!(files("maestro|start|-fx.yaml"), "x.yaml");
        assert_eq!(files("maestro|start|--file='a b.yaml'"), "a b.yaml");
        assert_eq!(files("maestro|-f|-|start"), "");
        assert_eq!(files("maestro|-f|a.yaml|--file|b.yaml|start"), "a.yaml b.yaml");
        assert!(!files("maestro|-f|~/x.yaml").starts_with('~'));
    }

    #[test]
    fn options_of_compose_files_are_heeded() {
        let line = "maestro --profile dev --env-file=x.env --project-directory ~/shop --project-name x start";
        let compose = options_of(line.split(' ').map(OsString::from)).compose;
        assert_eq!(compose.profiles, ["dev"]);
        assert_eq!(compose.env_files, [Path::new("x.env")]);
        assert_eq!(compose.project_name.as_deref(), Some("x"));
        assert!(compose.project_directory.is_some_and(|directory| directory.ends_with("shop")));
    }
}
