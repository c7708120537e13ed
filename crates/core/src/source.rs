//! Files as the user wrote them, and places in them.

use std::ops::Range;

/// Names one file of a [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A range of bytes in one file: `start` included, `end` excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file that the bytes belong to.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The range `range` of `file`.
    #[must_use]
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        Self { file, start: range.start, end: range.end }
    }
}

/// A value and the place where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins `value` with the place where it was written.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(change(self.value), self.span)
    }
}

impl Spanned<String> {
    /// The place of a part of a value, where the value stands in the file as it is; otherwise the value's. At least one
    /// byte long.
    #[must_use]
    pub fn inside(&self, part: Range<usize>) -> Span {
        let Self { value, span } = self;
        let quote = match (span.end - span.start).checked_sub(value.len()) {
            Some(0) => 0,
            Some(2) => 1,
            _ => return *span,
        };
        let end = part.end.max(part.start + 1).min(value.len());
        let start = part.start.min(end.saturating_sub(1));
        let end = span.start + quote + end.max(start + 1);
        Span { file: span.file, start: span.start + quote + start, end }
    }
}

/// A place as people write it: lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Name of the file, as given on the command line or in a template.
    pub name: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.name, self.line, self.column)
    }
}

/// One file: its name and its text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Name to show, for example `maestro.yaml` or `standard input`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// All files that make up one environment: the file itself and what its templates include.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Keeps a file and names it.
    ///
    /// # Panics
    /// If more than 2³² files are added.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = u32::try_from(self.files.len()).expect("fewer than 2^32 files");
        self.files.push(SourceFile { name: name.into(), text: text.into() });
        FileId(id)
    }

    /// The texts of all files.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.text.as_str())
    }

    /// The names of all files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// The file of that id.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// `span` moved inside its file and onto character boundaries, so that it can always be cut out.
    #[must_use]
    pub fn clamp(&self, span: Span) -> Span {
        let text = &self.file(span.file).text;
        let floor = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start);
        Span::new(span.file, start..floor(span.end).max(start))
    }

    /// The text that `span` covers.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        let span = self.clamp(span);
        &self.file(span.file).text[span.start..span.end]
    }

    /// The line in front of `span`.
    #[must_use]
    pub fn before(&self, span: Span) -> &str {
        let span = self.clamp(span);
        let before = &self.file(span.file).text[..span.start];
        &before[before.rfind('\n').map_or(0, |newline| newline + 1)..]
    }

    /// Where `span` begins.
    #[must_use]
    pub fn location(&self, span: Span) -> Location {
        let span = self.clamp(span);
        let file = self.file(span.file);
        let before = &file.text[..span.start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Location {
            name: file.name.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_counts_lines_and_characters_from_one() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "é: 1\nname: ü\n");
        assert_eq!(sources.location(Span::new(id, 0..1)).to_string(), "a.yaml:1:1");
        assert_eq!(sources.location(Span::new(id, 3..4)).to_string(), "a.yaml:1:3");
        assert_eq!(sources.location(Span::new(id, 6..10)).to_string(), "a.yaml:2:1");
    }

    #[test]
    fn a_span_out_of_range_or_inside_a_character_is_clamped() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "é");
        assert_eq!(sources.text(Span::new(id, 1..9)), "é");
        assert_eq!(sources.text(Span::new(id, 7..9)), "");
    }
}
