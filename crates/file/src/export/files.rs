//! Configs and secrets: at the top of the file where each content comes from, at a service which files it has.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    secret,
    yaml::{Block, Value},
};
use maestro_core::model::{
    Environment, Instance,
    carried::{CarriedFile, ContentSource, FileOrigin},
};

/// Permissions of a file for which nothing is said.
const MODE: u32 = 0o444;

/// How one of the formats writes what differs between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A file of Maestro.
    Maestro,
    /// A Compose file.
    Compose,
}

/// The configs and secrets of an environment, by whether they are secrets and their names in the file.
#[derive(Debug)]
pub(super) struct FileNames<'e>(BTreeMap<(bool, String), &'e CarriedFile>);

impl<'e> FileNames<'e> {
    pub(super) fn of(environment: &'e Environment) -> Self {
        let mut names = Self(BTreeMap::new());
        for file in environment.instances.iter().flat_map(|instance| instance.files.iter()) {
            if let Some(origin) = &file.origin {
                let name = names.name(file, origin);
                names.0.entry((origin.is_secret, name)).or_insert(file);
            }
        }
        names
    }

    /// The name of a file: that of its origin; with a number if something else has it.
    fn name(&self, file: &CarriedFile, origin: &FileOrigin) -> String {
        let numbered = (2..).map(|number| format!("{}-{number}", origin.name));
        let mut names = std::iter::once(origin.name.clone()).chain(numbered);
        let is_free = |name: &String| {
            let known = self.0.get(&(origin.is_secret, name.clone()));
            known.is_none_or(|known| is_same(known, file))
        };
        names.find(is_free).unwrap_or_else(|| origin.name.clone())
    }

    /// Adds `configs` and `secrets` at the top of the file. Returns the variables that contents of secrets are read from.
    pub(super) fn add(&self, block: &mut Block) -> BTreeSet<String> {
        let mut variables = BTreeSet::new();
        for (is_secret, key) in [(false, "configs"), (true, "secrets")] {
            let mut files = Block::default();
            for ((_, name), file) in self.0.iter().filter(|((of_secret, _), _)| *of_secret == is_secret) {
                files.add(name, Value::flow([source(name, file, &mut variables)]));
            }
            if !files.is_empty() {
                block.add_block(key, files);
            }
        }
        variables
    }

    /// Adds `configs` and `secrets` of a service with that instance.
    pub(super) fn add_uses(&self, instance: &Instance, format: Format, block: &mut Block) {
        for (is_secret, key) in [(false, "configs"), (true, "secrets")] {
            let files = instance.files.iter().filter_map(|file| Some((file, file.origin.as_ref()?)));
            let files = files.filter(|(_, origin)| origin.is_secret == is_secret);
            let uses: Vec<Value> = files
                .map(|(file, origin)| file_use(&self.name(file, origin), file, origin, format))
                .collect();
            if !uses.is_empty() {
                block.add(key, Value::List(uses));
            }
        }
    }
}

/// The paths of an instance's files that are not written: those that are no config and no secret, and those whose contents
/// come from a program, which is not run for this.
pub(super) fn left_out(instance: &Instance) -> impl Iterator<Item = &str> {
    let is_written =
        |target: &str| instance.files.iter().any(|file| file.target == target && file.origin.is_some());
    instance.container.files.keys().map(String::as_str).filter(move |target| !is_written(target))
}

/// Whether two files are one config or secret.
fn is_same(one: &CarriedFile, other: &CarriedFile) -> bool {
    let is_written = one.origin.as_ref().is_some_and(|origin| origin.source == ContentSource::Written);
    one.origin == other.origin && (!is_written || one.content == other.content)
}

fn source(name: &str, file: &CarriedFile, variables: &mut BTreeSet<String>) -> (&'static str, Value) {
    match file.origin.as_ref().map(|origin| (&origin.source, origin.is_secret)) {
        Some((ContentSource::File(path), _)) => ("file", Value::text(path)),
        Some((ContentSource::Variable(variable), _)) => ("environment", Value::text(variable)),
        Some((ContentSource::Command(command), _)) => {
            ("command", Value::List(command.iter().map(|word| Value::text(word)).collect()))
        }
        // No secret is written into a file.
        Some((ContentSource::Written, true)) => {
            let variable = secret::variable_name(name, "secret");
            variables.insert(variable.clone());
            ("environment", Value::text(&variable))
        }
        Some((ContentSource::Written, false)) | None => {
            let text = String::from_utf8_lossy(file.content.bytes());
            ("content", secret::value(name, "content", &text))
        }
    }
}

fn file_use(name: &str, file: &CarriedFile, origin: &FileOrigin, format: Format) -> Value {
    let access = file.spec.access;
    let folder = if origin.is_secret { "/run/secrets/" } else { "/" };
    let is_usual = file.target == format!("{folder}{name}");
    let id = |key, id: u32| {
        let id = match format {
            Format::Maestro => Value::plain(&id.to_string()),
            Format::Compose => Value::quoted(&id.to_string()),
        };
        (key, id)
    };
    let entries = [
        (!is_usual).then(|| ("target", Value::text(&file.target))),
        (access.uid != 0).then(|| id("uid", access.uid)),
        (access.gid != 0).then(|| id("gid", access.gid)),
        (access.mode != MODE).then(|| ("mode", Value::quoted(&format!("{:04o}", access.mode)))),
    ];
    let entries: Vec<_> = entries.into_iter().flatten().collect();
    if entries.is_empty() {
        return Value::text(name);
    }
    Value::flow([("source", Value::text(name))].into_iter().chain(entries))
}
