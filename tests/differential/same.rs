//! The comparison.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    thread,
};

use crate::{
    differences::{DIFFERENCES, Difference, ONLY_OURS, table},
    fields,
    programs::{Program, Run, files, maestro_ng, stem},
};

/// Side of a difference on which nothing is said.
const NOTHING: &str = "–";

#[test]
#[ignore = "needs MaestroNG"]
fn the_same_file_asks_the_same_of_an_engine() {
    let maestro_ng = maestro_ng();
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut unlisted = String::new();
    for (file, ours, theirs) in both(&maestro_ng, &files("files")) {
        let stem = stem(&file);
        for (name, run) in [("Maestro", &ours), ("MaestroNG", &theirs)] {
            if !(run.succeeded && run.asked.unknown.is_empty()) {
                writeln!(unlisted, "{stem}: {name} fails: {}{:?}", run.said, run.asked.unknown).unwrap();
            }
        }
        let (ours, theirs) = (fields::of(&ours), fields::of(&theirs));
        let names = |all: &std::collections::BTreeMap<String, fields::Fields>| -> Vec<String> {
            all.keys().cloned().collect()
        };
        if names(&theirs) != names(&ours) {
            writeln!(unlisted, "{stem}: containers {:?} → {:?}", names(&theirs), names(&ours)).unwrap();
            continue;
        }
        for (container, theirs) in &theirs {
            let ours = &ours[container];
            for field in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
                let side =
                    |fields: &fields::Fields| fields.get(field).map_or(NOTHING, String::as_str).to_owned();
                let (theirs, ours) = (side(theirs), side(ours));
                if theirs == ours {
                    continue;
                }
                let listed = |difference: &Difference| difference.is(&stem, field, &theirs, &ours);
                match DIFFERENCES.iter().position(listed) {
                    Some(at) => drop(used.insert(at)),
                    None => writeln!(unlisted, "{stem}: {container}: {field}: {theirs} → {ours}").unwrap(),
                }
            }
        }
    }
    let idle = DIFFERENCES.iter().enumerate().filter(|(at, _)| !used.contains(at));
    let idle: Vec<&str> = idle.map(|(_, difference)| difference.field).collect();
    assert!(unlisted.is_empty(), "differences that are not listed, MaestroNG → Maestro:\n{unlisted}");
    assert!(idle.is_empty(), "listed, but these differences do not occur: {idle:?}");
}

/// Runs both programs on each file, a few at a time: they mostly wait.
fn both(maestro_ng: &Program, files: &[PathBuf]) -> Vec<(PathBuf, Run, Run)> {
    let mut runs = Vec::new();
    for files in files.chunks(4) {
        thread::scope(|scope| {
            let begun: Vec<_> = files
                .iter()
                .map(|file| scope.spawn(|| (file.clone(), Program::Maestro.run(file), maestro_ng.run(file))))
                .collect();
            runs.extend(begun.into_iter().map(|run| run.join().unwrap()));
        });
    }
    runs
}

#[test]
#[ignore = "needs MaestroNG"]
fn files_that_maestro_ng_cannot_run_are_listed_and_run_here() {
    let maestro_ng = maestro_ng();
    let found: Vec<String> = files("only_ours").iter().map(|file| stem(file)).collect();
    let listed: Vec<&str> = ONLY_OURS.iter().map(|(file, ..)| *file).collect();
    assert_eq!(found, listed);
    for ((file, ours, theirs), (_, words, _)) in both(&maestro_ng, &files("only_ours")).iter().zip(ONLY_OURS)
    {
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
