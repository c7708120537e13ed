//! Leaves expressions out that are wrong, so that the rest of a file can be read.

use maestro_core::diagnostic::Diagnostic;
use maestro_core::source::{FileId, Span};
use std::ops::Range;

/// So many expressions of a file are left out.
const MOST: usize = 10;

/// A file whose wrong expressions are replaced, each by a value of the same length: places stay as they are.
pub(super) struct Recovery {
    file: FileId,
    text: String,
    /// The values in which something was replaced.
    values: Vec<Span>,
}

impl Recovery {
    pub(super) fn new(file: FileId, text: String) -> Self {
        Self { file, text, values: Vec::new() }
    }

    /// The text to fill in.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_patched(&self) -> bool {
        !self.values.is_empty()
    }

    /// The values about which nothing more is to be said.
    pub(super) fn values(self) -> impl Iterator<Item = Span> {
        self.values.into_iter()
    }

    /// Replaces the expressions of the problem. False if the rest of the file depends on what they write, or if one of them
    /// is elsewhere.
    pub(super) fn leave_out(&mut self, problem: &Diagnostic) -> bool {
        let places = problem.primary.iter().chain(&problem.secondary).map(|label| label.span);
        let found: Option<Vec<_>> =
            places.map(|at| expression(&self.text, at.start).filter(|_| at.file == self.file)).collect();
        let Some(found) = found.filter(|found| !found.is_empty()) else { return false };
        if self.values.len() >= MOST || problem.code == "template-endless" {
            return false;
        }
        let mut is_new = false;
        for (value, inside) in found {
            let filler = format!("{:<width$}", "1", width = inside.len());
            is_new |= self.text[inside.clone()] != filler;
            self.text.replace_range(inside, &filler);
            self.values.push(Span::new(self.file, value));
        }
        is_new
    }
}

/// The value and the inside of the expression around `at`, if it writes a value, or a part of one, and no more.
fn expression(text: &str, at: usize) -> Option<(Range<usize>, Range<usize>)> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line = start..text[start..].find('\n').map_or(text.len(), |end| start + end);
    // The place may be that of the whole expression, its braces too.
    let opened = text[line.clone()].match_indices("{{").map(|(found, _)| line.start + found);
    let opened = opened.take_while(|opened| *opened <= at).last()?;
    let closed = opened + text[opened..line.end].find("}}")?;
    let (before, behind) = (&text[line.start..opened], &text[closed + 2..line.end]);
    let is_key = behind.contains(": ") || behind.trim_end().ends_with(':');
    let is_in_macro = text[..opened].matches(" macro ").count() > text[..opened].matches("endmacro").count();
    if closed < at || before.trim().is_empty() || is_key || is_in_macro {
        return None;
    }
    let signs = |c: char| c == '-' || c == '+';
    let inside = opened + 2 + usize::from(text[opened + 2..].starts_with(signs));
    let end = closed - usize::from(text[..closed].ends_with(signs));
    let begins =
        ["- ", ": ", ", ", "[", "{"].iter().filter_map(|sign| Some(before.rfind(sign)? + sign.len()));
    let value = line.start + begins.max().unwrap_or_default();
    (inside < end).then_some((value..closed + 2, inside..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_left_out_where_it_writes_a_value() {
        let table = [
            ("image: nginx:{{ X }}", Some(" X ")),
            ("image: \"{{- X -}}\"", Some(" X ")),
            ("a: {{ b }}{{ X | upper }}", Some(" X | upper ")),
            ("ports: {http: {{X}}}", Some("X")),
            ("{{ X }}", None),
            ("  {{ X }}: {}", None),
            ("a: {{ X", None),
            ("{% set a = X %}", None),
            ("a: {{ b }} X", None),
            ("{% macro m(a) %}\n  image: {{ X }}\n{% endmacro %}", None),
        ];
        for (text, inside) in table {
            let at = text.find('X').unwrap();
            assert_eq!(expression(text, at).map(|(_, inside)| &text[inside]), inside, "{text}");
        }
    }
}
