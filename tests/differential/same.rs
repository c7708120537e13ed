//! The comparison.

use std::{fs, path::Path};

use crate::{
    comparison::{Compared, both, compare},
    differences::{DIFFERENCES, ONLY_OURS, table},
    fields,
    programs::{Program, files, maestro_ng, stem},
};

#[test]
#[ignore = "needs MaestroNG"]
fn the_same_file_asks_the_same_of_an_engine() {
    let runs = both(&maestro_ng(), &files("files"), Program::run);
    compare("MaestroNG", DIFFERENCES, &runs, fields::of);
}

#[test]
#[ignore = "needs MaestroNG"]
fn files_that_maestro_ng_cannot_run_are_listed_and_run_here() {
    let maestro_ng = maestro_ng();
    let found: Vec<String> = files("only_ours").iter().map(|file| stem(file)).collect();
    let listed: Vec<&str> = ONLY_OURS.iter().map(|(file, ..)| *file).collect();
    assert_eq!(found, listed);
    let runs = both(&maestro_ng, &files("only_ours"), Program::run);
    for (Compared { file, ours, theirs }, (_, words, _)) in runs.iter().zip(ONLY_OURS) {
        assert!(ours.succeeded && !ours.asked.started.is_empty(), "{}: {}", file.display(), ours.said);
        assert!(!theirs.succeeded && theirs.said.contains(words), "{}: {}", file.display(), theirs.said);
    }
}

#[test]
fn the_page_of_differences_is_written_from_the_table() {
    let text = table();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/differences.md");
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "docs/differences.md is old: MAESTRO_UPDATE_DOCS=1 cargo test --test differential"
    );
}
