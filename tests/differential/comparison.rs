//! What both programs asked, compared field by field with a table of differences.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::PathBuf,
    thread,
};

use crate::{
    differences::Difference,
    fields::Fields,
    programs::{Program, Run, stem},
};

/// Side of a difference on which nothing is said.
const NOTHING: &str = "–";

/// A file and what both programs did with it.
pub(crate) struct Compared {
    pub(crate) file: PathBuf,
    pub(crate) ours: Run,
    pub(crate) theirs: Run,
}

/// Runs Maestro and another program on each file, a few at a time: they mostly wait.
pub(crate) fn both(
    other: &Program,
    files: &[PathBuf],
    run: fn(&Program, &std::path::Path) -> Run,
) -> Vec<Compared> {
    let mut runs = Vec::new();
    for files in files.chunks(4) {
        thread::scope(|scope| {
            let begun: Vec<_> = files
                .iter()
                .map(|file| {
                    scope.spawn(|| Compared {
                        file: file.clone(),
                        ours: run(&Program::Maestro, file),
                        theirs: run(other, file),
                    })
                })
                .collect();
            runs.extend(begun.into_iter().map(|run| run.join().unwrap()));
        });
    }
    runs
}

/// Fails for a difference that is not in the table, and for one in the table that does not occur. `fields` makes a list
/// of fields of what a program asked, for each container.
pub(crate) fn compare(
    other: &str,
    differences: &[Difference],
    runs: &[Compared],
    fields: fn(&Run) -> BTreeMap<String, Fields>,
) {
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut unlisted = String::new();
    for Compared { file, ours, theirs } in runs {
        let stem = stem(file);
        for (name, run) in [("Maestro", ours), (other, theirs)] {
            if !(run.succeeded && run.asked.unknown.is_empty()) {
                writeln!(unlisted, "{stem}: {name} fails: {}{:?}", run.said, run.asked.unknown).unwrap();
            }
        }
        let (ours, theirs) = (fields(ours), fields(theirs));
        if !theirs.keys().eq(ours.keys()) {
            writeln!(unlisted, "{stem}: containers {:?} → {:?}", theirs.keys(), ours.keys()).unwrap();
            continue;
        }
        for (container, theirs) in &theirs {
            let ours = &ours[container];
            for field in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
                let side = |fields: &Fields| fields.get(field).map_or(NOTHING, String::as_str).to_owned();
                let (theirs, ours) = (side(theirs), side(ours));
                if theirs == ours {
                    continue;
                }
                let listed = |difference: &Difference| difference.is(&stem, field, &theirs, &ours);
                match differences.iter().position(listed) {
                    Some(at) => drop(used.insert(at)),
                    None => writeln!(unlisted, "{stem}: {container}: {field}: {theirs} → {ours}").unwrap(),
                }
            }
        }
    }
    let idle = differences.iter().enumerate().filter(|(at, _)| !used.contains(at));
    let idle: Vec<&str> = idle.map(|(_, difference)| difference.field).collect();
    assert!(unlisted.is_empty(), "differences that are not listed, {other} → Maestro:\n{unlisted}");
    assert!(idle.is_empty(), "listed, but these differences do not occur: {idle:?}");
}
