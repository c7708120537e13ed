//! The file that a command line names, and the variables of the process, before anything is understood.

mod choice;
mod pipes;
mod read_files;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::error::Problem;
pub(super) use choice::{Choice, ChosenFile, MaestroFiles, choose};
use maestro_core::value::file;
use maestro_file::document;
use maestro_report::{problem::CommandProblem, text::harmless};
#[cfg(test)]
pub(super) use pipes::Pipes;
pub(super) use read_files::{ReadFiles, Stamp};

/// Templates and engines see text; a variable that is none is left out.
pub(super) fn text_variables(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> BTreeMap<String, String> {
    variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// A file that is enough to start something.
const MINIMAL: &str = "name: hello
services:
  web:
    image: nginx
    instances:
      web-1:
        ports: {http: \"80:8080\"}";

/// One byte more than a file may have: the loader says what is wrong with a larger one.
const LARGEST: u64 = document::limits::MAX_BYTES as u64 + 1;

/// What stands for standard input.
pub(super) const STANDARD_INPUT: &str = "-";

/// The content of a file.
fn content(path: &Path) -> Result<Vec<u8>, Problem> {
    let content = if path == Path::new(STANDARD_INPUT) {
        let mut bytes = Vec::new();
        io::stdin().take(LARGEST).read_to_end(&mut bytes).map(|_| bytes)
    } else {
        file::read_at_most(path, document::limits::MAX_BYTES as u64)
    };
    content.map_err(|error| unreadable(&shown(path), &error))
}

/// The directory that the paths in a file count from.
pub(super) fn directory_of(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

/// The path of a file as it is shown.
pub(super) fn shown(path: &Path) -> String {
    if path == Path::new(STANDARD_INPUT) {
        return "standard input".to_owned();
    }
    let shorter = path.strip_prefix("./").ok().filter(|rest| !rest.as_os_str().is_empty());
    shorter.unwrap_or(path).display().to_string()
}

fn unreadable(name: &str, error: &io::Error) -> Problem {
    let name = harmless(name);
    let help = match error.kind() {
        io::ErrorKind::NotFound => way_out(),
        io::ErrorKind::PermissionDenied => "make it readable, or run this as its owner".to_owned(),
        io::ErrorKind::IsADirectory => "name a file, not a directory".to_owned(),
        io::ErrorKind::FileTooLarge => {
            "name the file that you meant with `-f FILE`; large values belong in files of their own, named by `env_file` or `configs`"
                .to_owned()
        }
        _ => "name a readable file with `-f FILE`".to_owned(),
    };
    let text = match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file {name}"),
        io::ErrorKind::PermissionDenied => format!("{name} may not be read"),
        io::ErrorKind::IsADirectory => format!("{name} is a directory"),
        io::ErrorKind::FileTooLarge => format!("{name} is too large: {error}"),
        _ => format!("{name} cannot be read: {error}"),
    };
    Problem::bad_input(CommandProblem::new(text).help(help))
}

/// What to do where there is no file.
fn way_out() -> String {
    match yaml_files() {
        files if files.is_empty() => {
            format!(
                "name the file with `-f FILE`, change to its directory, or write one, for example:\n{MINIMAL}"
            )
        }
        files => {
            let verb = if files.len() == 1 { "is" } else { "are" };
            format!("name the file with `-f FILE`; here {verb} {}", files.join(", "))
        }
    }
}

fn yaml_files() -> Vec<String> {
    let entries = std::fs::read_dir(".").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut files: Vec<String> = names
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "yaml" || end == "yml"))
        .map(|name| harmless(&name).into())
        .collect();
    files.sort();
    files.truncate(10);
    files
}
