//! What targets share: a place for the file to lie in, variables, and what is looked at in every text that is shown.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use maestro_core::{
    diagnostic::{Diagnostics, Severity},
    source::Sources,
};
use maestro_report::diagnostics;

/// The value of a variable with the name of a secret, which no message may show.
pub const CANARY: &str = "canary-7f3a";

/// Where the good files of the tests lie, with what they include.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/diagnostics/good")
}

/// The process's variables.
pub fn variables() -> BTreeMap<String, String> {
    let pairs = [("TAG", "1.2"), ("LIST", "a,b"), ("EMPTY", ""), ("DB_PASSWORD", CANARY), ("N", "3")];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Nothing that is shown steers a terminal.
pub fn assert_harmless(text: &str) {
    let steers = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
    };
    assert!(!text.contains(steers), "this reaches a terminal: {text:?}");
}

/// All problems have a place within their file, are drawn, and show no secret.
pub fn assert_told(diagnostics: &Diagnostics, sources: &Sources) {
    for problem in diagnostics.sorted() {
        assert!(
            problem.primary.is_some() || problem.severity == Severity::Warning,
            "a mistake without a place: {problem:?}"
        );
        for label in problem.primary.iter().chain(&problem.secondary) {
            assert_eq!(sources.clamp(label.span), label.span, "outside of the text: {problem:?}");
        }
    }
    let drawn = diagnostics::draw(diagnostics, sources, false);
    assert_harmless(&drawn);
    drop(diagnostics::draw(diagnostics, sources, true));
}
