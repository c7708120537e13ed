//! Whatever is done to a good file, it is understood or complained about at a place that is in it.

use std::{collections::BTreeMap, path::Path};

use maestro_file::{
    document,
    resolve::{Surroundings, resolve},
};
use maestro_report as report;
use proptest::{prelude::*, sample::Index};

use crate::program::{fixtures, here};

/// Words that mean something somewhere.
const WORDS: &[&str] = &[
    "",
    " ",
    "\t",
    "\n",
    ":",
    ": ",
    "- ",
    "-",
    "{",
    "}",
    "[",
    "]",
    "'",
    "\"",
    "*a",
    "&a ",
    "<<: *a",
    "!!int ",
    "|",
    ">",
    "#",
    "---\n",
    "{{",
    "}}",
    "{%",
    "%}",
    "{{ env.TAG }}",
    "0",
    "-1",
    "80:80",
    "65536",
    "99999999999999999999",
    "1e9",
    ".inf",
    "null",
    "~",
    "yes",
    "é",
    "\u{202e}",
    "\u{0}",
    "services:",
    "web-1",
    "db",
    "node1",
    "requires: [web]",
    "links: {web-1: a}",
    "image:",
    "ship: node1",
    "volumes_from: web-1",
    "ports: {http: 80}",
];

/// One change to a text.
#[derive(Debug, Clone)]
enum Change {
    DeleteLine(Index),
    DuplicateLine(Index),
    MoveLine(Index, Index),
    Indent(Index, usize),
    Cut(Index, usize),
    Insert(Index, Vec<u8>),
    Word(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        at().prop_map(Change::DeleteLine),
        at().prop_map(Change::DuplicateLine),
        (at(), at()).prop_map(|(from, to)| Change::MoveLine(from, to)),
        (at(), 0..9_usize).prop_map(|(line, by)| Change::Indent(line, by)),
        (at(), 1..12_usize).prop_map(|(from, length)| Change::Cut(from, length)),
        (at(), prop::collection::vec(any::<u8>(), 1..4)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at(), at()).prop_map(|(at, word)| Change::Word(at, word)),
    ]
}

fn changed(text: &[u8], change: &Change) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    let mut bytes = text.to_vec();
    if lines.is_empty() {
        return bytes;
    }
    match change {
        Change::DeleteLine(at) => drop(lines.remove(at.index(lines.len()))),
        Change::DuplicateLine(at) => {
            let at = at.index(lines.len());
            lines.insert(at, lines[at].clone());
        }
        Change::MoveLine(from, to) => {
            let line = lines.remove(from.index(lines.len()));
            lines.insert(to.index(lines.len() + 1), line);
        }
        Change::Indent(at, by) => {
            let line = &mut lines[at.index(text.split_inclusive(|&byte| byte == b'\n').count())];
            let trimmed = line.trim_ascii_start().to_vec();
            *line = [vec![b' '; *by], trimmed].concat();
        }
        Change::Cut(from, length) => {
            let from = from.index(bytes.len());
            bytes.drain(from..(from + length).min(bytes.len()));
            return bytes;
        }
        Change::Insert(at, new) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, new.iter().copied());
            return bytes;
        }
        Change::Word(at, word) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, word.get(WORDS).bytes());
            return bytes;
        }
    }
    lines.concat()
}

/// Reads the file as a command does; says what is wrong with the result.
fn understood_or_told(bytes: Vec<u8>, directory: &Path) -> Result<(), String> {
    let variables: BTreeMap<String, String> =
        [("TAG", "1.27"), ("DB_PASSWORD", "hunter2")].map(|(name, value)| (name.into(), value.into())).into();
    let document::Loaded { mut sources, yaml, mut diagnostics } =
        document::load("maestro.yaml", bytes, directory, &variables);
    let environment =
        yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics)).and_then(|document| {
            let read = |path: &Path| std::fs::read(directory.join(path));
            let surroundings = Surroundings::new(directory, &variables);
            resolve(&document, &mut sources, &read, surroundings, &mut diagnostics)
        });
    if environment.is_some() == diagnostics.has_errors() {
        return Err(format!("environment: {}, {diagnostics:?}", environment.is_some()));
    }
    for problem in diagnostics.sorted() {
        let Some(label) = &problem.primary else { return Err(format!("no place: {problem:?}")) };
        for label in std::iter::once(label).chain(&problem.secondary) {
            if sources.clamp(label.span) != label.span {
                return Err(format!("out of its file: {problem:?}"));
            }
        }
        if problem.message.is_empty() || (problem.help.is_empty() && problem.notes.is_empty()) {
            return Err(format!("no way out: {problem:?}"));
        }
    }
    let drawn = report::diagnostics::draw(&diagnostics, &sources, false);
    if drawn.contains(|c: char| c.is_control() && c != '\n') {
        return Err(format!("a control character: {drawn:?}"));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_garbled_file_is_understood_or_complained_about(
        file: Index,
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let names = fixtures("good");
        let directory = here().join("good");
        let text = std::fs::read(directory.join(format!("{}.yaml", file.get(&names)))).unwrap();
        let garbled = changes.iter().fold(text, |text, change| changed(&text, change));
        let shown = String::from_utf8_lossy(&garbled).into_owned();
        if let Err(why) = understood_or_told(garbled, &directory) {
            prop_assert!(false, "{why}\n{shown}");
        }
    }
}

#[test]
fn every_line_of_every_good_file_can_be_missing() {
    let directory = here().join("good");
    for name in fixtures("good") {
        let text = std::fs::read_to_string(directory.join(format!("{name}.yaml"))).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for at in 0..lines.len() {
            let rest = [&lines[..at], &lines[at + 1..]].concat().concat();
            if let Err(why) = understood_or_told(rest.into_bytes(), &directory) {
                panic!("{name} without line {}: {why}", at + 1);
            }
        }
    }
}

/// Found by fuzzing: of an env file's line without a name, a part of a character was pointed at.
#[test]
fn every_bad_file_is_complained_about_at_places_within_it() {
    let directory = here().join("bad");
    for name in fixtures("bad") {
        let bytes = std::fs::read(directory.join(format!("{name}.yaml"))).unwrap();
        if let Err(why) = understood_or_told(bytes, &directory) {
            panic!("{name}: {why}");
        }
    }
}
