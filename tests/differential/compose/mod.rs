//! docker compose as Debian packages it and this program bring up the same Compose files.

mod differences;
mod keys;
pub(crate) mod request;

use self::differences::DIFFERENCES;
use crate::{
    comparison::{Compared, both, compare},
    fields,
    programs::{Program, docker_compose, files, stem},
};

/// Files that Maestro refuses, with words of its answer.
const REFUSED: &[(&str, &str)] = &[("windows", "`isolation` is not supported yet")];

#[test]
#[ignore = "needs docker compose"]
fn files_that_maestro_refuses_are_listed_and_docker_compose_runs_them() {
    let found: Vec<String> = files("compose/refused").iter().map(|file| stem(file)).collect();
    let listed: Vec<&str> = REFUSED.iter().map(|(file, _)| *file).collect();
    assert_eq!(found, listed);
    let runs = both(&docker_compose(), &files("compose/refused"), Program::run_project);
    for (Compared { file, ours, theirs }, (_, words)) in runs.iter().zip(REFUSED) {
        assert!(!ours.succeeded && ours.said.contains(words), "{}: {}", file.display(), ours.said);
        assert!(theirs.succeeded, "{}: {}", file.display(), theirs.said);
    }
}

#[test]
#[ignore = "needs docker compose"]
fn the_same_compose_file_asks_the_same_of_an_engine() {
    let runs = both(&docker_compose(), &files("compose/files"), Program::run_project);
    compare("docker compose", DIFFERENCES, &runs, fields::of_project);
}
