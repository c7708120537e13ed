//! Every suggestion is tried: the file with the change has not the same mistake again, and no new one.

use std::{collections::BTreeMap, path::Path};

use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, Severity, replaced},
    source::Sources,
};
use maestro_file::{
    document,
    resolve::{Surroundings, resolve},
};

use crate::program::{fixtures, here};

/// So many fixtures have a suggestion; the number may only rise.
const FIXTURES_WITH_A_SUGGESTION: usize = 223;

/// What is wrong with a file, as the program finds it.
pub struct Checked {
    pub sources: Sources,
    pub diagnostics: Diagnostics,
}

impl Checked {
    pub fn new(bytes: &[u8], directory: &Path) -> Self {
        let variables = [("TAG", "1.27"), ("SHIP", "node3"), ("DB_PASSWORD", "hunter2")];
        let variables: BTreeMap<String, String> =
            variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let document::Loaded { mut sources, yaml, mut diagnostics } =
            document::load("maestro.yaml", bytes.to_vec(), directory, &variables);
        let document = yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics));
        if let Some(document) = document {
            let read = |path: &Path| std::fs::read(directory.join(path));
            let surroundings = Surroundings::new(directory, &variables);
            resolve(&document, &mut sources, &read, surroundings, &mut diagnostics);
        }
        Self { sources, diagnostics }
    }

    /// Each problem with each of its ways out that is a change of the file itself.
    pub fn suggestions(&self) -> Vec<(&Diagnostic, &Help)> {
        let of_file = |help: &&Help| {
            let edits = help.suggestion.iter().flat_map(|suggestion| &suggestion.edits);
            help.suggestion.is_some()
                && edits.into_iter().all(|edit| self.sources.file(edit.span.file).name == "maestro.yaml")
        };
        let each = self.diagnostics.sorted().into_iter();
        each.flat_map(|problem| problem.help.iter().filter(of_file).map(move |help| (problem, help)))
            .collect()
    }

    /// The file with the change that a help proposes.
    pub fn with(&self, help: &Help) -> String {
        let edits = help.suggestion.iter().flat_map(|suggestion| &suggestion.edits);
        let exact: Vec<_> = edits.map(|edit| edit.exact(&self.sources)).collect();
        let Some(first) = exact.first() else { return String::new() };
        let text = &self.sources.file(first.span.file).text;
        let edits: Vec<_> =
            exact.iter().map(|edit| (edit.span.start..edit.span.end, edit.replacement.as_str())).collect();
        replaced(text, &edits)
    }

    pub fn errors(&self) -> Vec<String> {
        let all = self.diagnostics.sorted().into_iter();
        all.filter(|problem| problem.severity == Severity::Error).map(|problem| self.told(problem)).collect()
    }

    /// The kind, the place and the message of a problem.
    fn told(&self, problem: &Diagnostic) -> String {
        let line = problem.primary.as_ref().map_or(0, |label| self.sources.location(label.span).line);
        format!("{line}: {}: {}", problem.code, problem.message)
    }

    /// Whether the file could not be read to its end.
    fn is_torn(&self) -> bool {
        self.diagnostics.sorted().iter().any(|problem| TORN.contains(&problem.code))
    }
}

/// Mistakes that hide others.
const TORN: &[&str] = &["two-documents", "no-such-format"];

#[test]
fn every_suggestion_of_every_fixture_works() {
    let mut failed = Vec::new();
    let mut with_suggestion = 0;
    let directory = here().join("bad");
    for name in fixtures("bad") {
        let bytes = std::fs::read(directory.join(format!("{name}.yaml"))).unwrap();
        let before = Checked::new(&bytes, &directory);
        let suggestions = before.suggestions();
        with_suggestion += usize::from(!suggestions.is_empty());
        for (problem, help) in suggestions {
            let changed = before.with(help);
            let after = Checked::new(changed.as_bytes(), &directory);
            if let Err(why) = is_better(&before, problem, &after) {
                failed.push(format!("{name}: {}: `{}`: {why}\n{changed}", before.told(problem), help.text));
            }
        }
    }
    println!("{with_suggestion} fixtures have a suggestion");
    assert!(failed.is_empty(), "{} fail:\n{}", failed.len(), failed.join("\n"));
    assert!(
        with_suggestion >= FIXTURES_WITH_A_SUGGESTION,
        "only {with_suggestion} fixtures have a suggestion"
    );
}

/// Mistakes in how something is written.
const FORM: &[&str] = &[
    "wrong-type",
    "unknown-key",
    "duplicate-key",
    "missing-space",
    "missing-colon",
    "bad-indentation",
    "syntax",
    "unclosed-quote",
    "unclosed-bracket",
    "unknown-tag",
    "unknown-alias",
    "lost-instance",
    "lost-key",
    "template-syntax",
];

/// Whether the mistake is gone, and no other came in its place.
pub fn is_better(before: &Checked, problem: &Diagnostic, after: &Checked) -> Result<(), String> {
    let (old, new) = (before.errors(), after.errors());
    let told = before.told(problem);
    let is_warning = problem.severity == Severity::Warning;
    let warnings: Vec<String> =
        after.diagnostics.sorted().into_iter().map(|problem| after.told(problem)).collect();
    let count = |all: &[String]| all.iter().filter(|other| **other == told).count();
    let before_too: Vec<String> =
        before.diagnostics.sorted().into_iter().map(|problem| before.told(problem)).collect();
    if count(&warnings) >= count(&before_too) {
        return Err("it is told again".to_owned());
    }
    if before.is_torn() {
        return Ok(());
    }
    let without_line =
        |told: &String| told.split_once(": ").map_or(String::new(), |(_, rest)| rest.to_owned());
    let known: Vec<String> = old.iter().map(without_line).collect();
    // A mistake that was hidden behind this one may show; one in how the text is written comes from the change.
    let is_form =
        |told: &&String| FORM.iter().any(|code| without_line(told).starts_with(&format!("{code}: ")));
    let fresh: Vec<&String> =
        new.iter().filter(|told| !known.contains(&without_line(told))).filter(is_form).collect();
    if !fresh.is_empty() || is_warning && new.len() > old.len() {
        return Err(format!("new: {fresh:?}"));
    }
    Ok(())
}
