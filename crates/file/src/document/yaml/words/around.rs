//! The place where the parser stopped, what is said about it, and the ranges around it.

use maestro_core::diagnostic::Diagnostic;
use std::ops::Range;

/// What is known about the place where the parser stopped; offsets are those of `text`.
pub(in crate::document::yaml) struct Around<'a> {
    pub(in crate::document::yaml) text: &'a str,
    pub(in crate::document::yaml) at: usize,
    pub(in crate::document::yaml) last_scalar: Range<usize>,
    /// Where the innermost open `[` or `{` is.
    pub(in crate::document::yaml) bracket: Option<usize>,
}

/// A problem whose places are still ranges of the text.
pub(in crate::document::yaml) struct YamlProblem {
    pub(in crate::document::yaml) problem: Diagnostic,
    pub(in crate::document::yaml) range: Range<usize>,
    pub(in crate::document::yaml) label: String,
    pub(in crate::document::yaml) others: Vec<(Range<usize>, String)>,
    /// The change of the text that takes the problem away.
    pub(in crate::document::yaml) edits: Vec<(Range<usize>, String)>,
    /// Whether a program may make the change.
    pub(in crate::document::yaml) is_safe: bool,
}

impl YamlProblem {
    pub(in crate::document::yaml) fn new(
        code: &'static str,
        message: impl Into<String>,
        range: Range<usize>,
    ) -> Self {
        Self {
            problem: Diagnostic::error(code, message),
            range,
            label: String::new(),
            others: Vec::new(),
            edits: Vec::new(),
            is_safe: true,
        }
    }

    pub(in crate::document::yaml) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(in crate::document::yaml) fn also(mut self, range: Range<usize>, label: impl Into<String>) -> Self {
        self.others.push((range, label.into()));
        self
    }

    /// The text can only be meant with this change.
    pub(in crate::document::yaml) fn safe(mut self, range: Range<usize>, with: &str) -> Self {
        self.edits.push((range, with.to_owned()));
        self
    }

    /// The text may be meant with this change.
    pub(in crate::document::yaml) fn unsure(mut self, range: Range<usize>, with: &str) -> Self {
        self.is_safe = false;
        self.safe(range, with)
    }

    /// Removes the whole line that begins at `start`.
    pub(in crate::document::yaml) fn remove_line(self, text: &str, start: usize) -> Self {
        let end = text[start..].find('\n').map_or(text.len(), |newline| start + newline + 1);
        self.safe(start..end, "")
    }

    pub(in crate::document::yaml) fn note(mut self, note: impl Into<String>) -> Self {
        self.problem = self.problem.note(note);
        self
    }

    pub(in crate::document::yaml) fn help(mut self, help: impl Into<String>) -> Self {
        self.problem = self.problem.help(help);
        self
    }
}

/// `range` cut to its first line; an empty one moved to the character before it, so that there is something to see.
pub(in crate::document::yaml) fn visible(text: &str, range: Range<usize>) -> Range<usize> {
    if range.is_empty() {
        let before = text.get(..range.start).unwrap_or("").trim_end();
        // At the beginning of a block the parser gives an empty range too: then the line behind it is meant.
        let line = text.get(range.start..).unwrap_or("").lines().next().unwrap_or("").trim_end();
        return if line.is_empty() {
            let last = before.chars().next_back().map_or(0, char::len_utf8);
            before.len() - last..before.len()
        } else {
            range.start..range.start + line.len()
        };
    }
    let line = text[range.clone()].lines().next().unwrap_or("").trim_end().len();
    range.start..range.start + line.max(1)
}

/// Where the line around `at` is, without its end.
pub(in crate::document::yaml) fn line_range(text: &str, at: usize) -> Range<usize> {
    let at = at.min(text.len());
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    start..end
}

pub(in crate::document::yaml) fn character_at(around: &Around<'_>) -> Range<usize> {
    let rest = &around.text[around.at.min(around.text.len())..];
    match rest.chars().next() {
        Some(character) if !character.is_whitespace() => around.at..around.at + character.len_utf8(),
        _ => visible(around.text, around.at.min(around.text.len())..around.at.min(around.text.len())),
    }
}

pub(in crate::document::yaml) fn word_at(around: &Around<'_>) -> Range<usize> {
    let rest = &around.text[around.at..];
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    around.at..around.at + length.max(1).min(rest.len())
}

pub(in crate::document::yaml) fn rest_of_line(around: &Around<'_>) -> Range<usize> {
    let rest = around.text[around.at..].lines().next().unwrap_or("").trim_end();
    around.at..around.at + rest.len()
}

/// The blanks that a line begins with.
pub(super) fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// A number of spaces in words.
pub(super) fn spaces(count: usize) -> String {
    match count {
        1 => "1 space".into(),
        _ => format!("{count} spaces"),
    }
}
