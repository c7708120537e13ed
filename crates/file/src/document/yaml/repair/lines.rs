//! The lines of a file, as the search for a slip in its form needs them.

use std::ops::Range;

/// A line that is not blank.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Where it begins.
    pub start: usize,
    /// How many blanks it begins with.
    pub indent: usize,
    /// Its text without blanks around it.
    pub text: &'a str,
}

impl<'a> Line<'a> {
    /// Where its text is.
    pub fn range(&self) -> Range<usize> {
        let begin = self.start + self.indent;
        begin..begin + self.text.len()
    }

    pub fn end(&self) -> usize {
        self.range().end
    }

    pub fn is_comment(&self) -> bool {
        self.text.starts_with('#')
    }

    pub fn is_item(&self) -> bool {
        self.text == "-" || self.text.starts_with("- ")
    }

    /// Its text in front of a comment.
    pub fn code(&self) -> &'a str {
        self.text.split(" #").next().unwrap_or_default().trim_end()
    }

    /// How the line is named in a sentence: by its key, never by its value, which may be secret.
    pub fn label(&self) -> &'a str {
        let name = self.text.split([':', ' ']).next().unwrap_or_default();
        match self.entry() {
            Some((name, _)) => name,
            None if self.is_item() => "-",
            None if is_name(name) && self.text[name.len()..].trim_start().starts_with(':') => name,
            None => "…",
        }
    }

    /// The name and the value of `name: value` or `name:`.
    pub fn entry(&self) -> Option<(&'a str, &'a str)> {
        let code = self.code();
        let (name, value) = match code.strip_suffix(':') {
            Some(name) if !name.contains(": ") => (name, ""),
            Some(_) | None => code.split_once(": ")?,
        };
        is_name(name.trim_matches(['"', '\''])).then_some((name, value.trim()))
    }
}

/// Whether this can be the name of a key.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || "_./".contains(c))
        && text.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c))
}

/// All lines that are not blank.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '\t']);
        let (indent, text) = (line.len() - content.len(), content.trim_end());
        if !text.is_empty() {
            found.push(Line { start, indent, text });
        }
        start += line.len();
    }
    found
}

/// The lines that belong below the one at `row`: those that follow it and are indented further.
pub(super) fn below<'l, 'a>(lines: &'l [Line<'a>], row: usize) -> &'l [Line<'a>] {
    let rest = lines.get(row + 1..).unwrap_or_default();
    let end = rest.iter().position(|line| line.indent <= lines[row].indent).unwrap_or(rest.len());
    &rest[..end]
}

/// A number of spaces in words.
pub(super) fn spaces(count: usize) -> String {
    match count {
        1 => "1 space".into(),
        _ => format!("{count} spaces"),
    }
}
