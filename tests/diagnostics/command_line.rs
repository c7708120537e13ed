//! Mistakes on the command line.

use std::path::Path;

use crate::program::{Engine, here, snapshots};

const FILE: &str = "name: shop\nservices:\n  web:\n    image: nginx\n    instances: {web-1: {}, web-2: {}}\n  \
                    database:\n    image: postgres:17\n    instances: {db-1: {}}\n";

/// Compares what is said to this command line, beside a good file, with the snapshot of that name.
fn told(name: &str, arguments: &[&str]) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("maestro.yaml"), FILE).unwrap();
    told_in(directory.path(), name, arguments);
}

fn told_in(directory: &Path, name: &str, arguments: &[&str]) {
    let said = Engine::new().run(directory, arguments).refused();
    snapshots().bind(|| insta::assert_snapshot!(format!("cli-{name}"), said));
}

#[test]
fn an_unknown_thing_and_the_nearest() {
    told("unknown_things", &["start", "databse", "web-1", "queue"]);
}

#[test]
fn a_pattern_that_is_none_and_one_that_matches_nothing() {
    told("bad_pattern", &["status", "-C", "web-[1"]);
    told("nothing_matches", &["status", "-C", "api-*"]);
}

#[test]
fn a_file_that_is_not_there() {
    told("no_such_file", &["-f", "prod.yaml", "status"]);
    told_in(tempfile::tempdir().unwrap().path(), "no_file", &["status"]);
}

#[test]
fn a_directory_in_place_of_a_file() {
    told_in(&here(), "directory", &["-f", "good", "status"]);
    told_in(&here(), "current_directory", &["-f", ".", "status"]);
}

#[test]
fn no_command() {
    let said = Engine::new().run(&here(), &[] as &[&str]).refused();
    assert!(said.contains("Usage: maestro") && said.contains("status"), "{said}");
}

#[test]
fn an_unknown_command() {
    told("unknown_command", &["strat"]);
    told("foreign_command", &["up"]);
}

#[test]
fn an_unknown_option() {
    told("unknown_option", &["start", "--refesh-images"]);
    told("ambiguous_option", &["start", "--re"]);
    told("unknown_word", &["--output", "yaml", "status"]);
    told("out_of_range", &["start", "-c", "0"]);
    told("no_generation", &["rollback", "0"]);
    told("no_number", &["rollback", "yesterday"]);
}
