//! Text that templates wrote, and the way back to the files.

use super::{Places, tags::Tags};
use maestro_core::diagnostic::Written;
use maestro_core::source::{FileId, Sources, Span};
use maestro_core::value::secret::{looks_secret, masked, text::places};
use minijinja::{OutputSpan, OutputSpanKind};
use std::ops::Range;
use std::sync::OnceLock;

/// The text that remains once all templates are filled in; knows what wrote each byte.
#[derive(Debug, Clone)]
pub struct Rendered {
    text: String,
    /// In the order of the text, without gaps.
    pieces: Vec<Piece>,
    /// The macros and loops of the files.
    tags: Tags,
    /// Whether expressions that are wrong were left out.
    is_patched: bool,
    /// The places of secrets in the text; looked for when something asks first.
    secrets: OnceLock<Vec<Range<usize>>>,
}

#[derive(Debug, Clone)]
struct Piece {
    /// Where the piece begins in the text.
    start: usize,
    /// What wrote it.
    origin: Span,
    /// Whether an expression wrote it.
    produced: bool,
    /// Whether it is the text at `origin`, byte by byte.
    is_exact: bool,
    /// Whether it is made from a variable whose name is a secret's, be it cut, turned or changed.
    is_secret: bool,
}

impl Rendered {
    /// A file without templates.
    #[must_use]
    pub fn as_written(file: FileId, text: String) -> Self {
        let origin = Span::new(file, 0..text.len());
        Self {
            text,
            pieces: vec![Piece { start: 0, origin, produced: false, is_exact: true, is_secret: false }],
            tags: Tags::default(),
            is_patched: false,
            secrets: OnceLock::new(),
        }
    }

    pub(super) fn new(text: String, spans: &[OutputSpan], places: &Places, sources: &Sources) -> Self {
        let mut pieces = Vec::with_capacity(spans.len());
        for span in spans {
            let output = span.output_range();
            let origin = places.span(Some(span.name()), span.source_range());
            let written = &sources.file(origin.file).text;
            // Raw text is promised to be the source itself; were it ever not, it would count as produced.
            let raw = span.kind() == OutputSpanKind::Raw
                && written.get(origin.start..origin.end) == text.get(output.clone());
            let origin = if raw { origin } else { whole_tag(written, origin) };
            let is_secret = !raw && written.get(origin.start..origin.end).is_some_and(names_a_secret);
            pieces.push(Piece { start: output.start, origin, produced: !raw, is_exact: raw, is_secret });
        }
        if pieces.first().is_none_or(|piece| piece.start > 0) {
            let origin = Span::new(places.main, 0..0);
            pieces.insert(0, Piece { start: 0, origin, produced: true, is_exact: false, is_secret: false });
        }
        let mut tags = Tags::default();
        for &(file, _) in places.files.values() {
            tags.read(file, &sources.file(file).text);
        }
        Self { text, pieces, tags, is_patched: false, secrets: OnceLock::new() }
    }

    /// The text with these changes. What is new in it belongs to the place that it replaces.
    pub(in crate::document) fn repaired(&self, edits: &[(Range<usize>, String)]) -> Self {
        let mut edits: Vec<_> = edits.iter().collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let (mut text, mut pieces, mut from) = (String::new(), Vec::new(), 0);
        for (range, with) in edits {
            if range.start < from || range.end > self.text.len() {
                continue;
            }
            self.copy(from..range.start, &mut text, &mut pieces);
            if !with.is_empty() {
                let origin = self.span(range.clone());
                pieces.push(Piece {
                    start: text.len(),
                    origin,
                    produced: false,
                    is_exact: false,
                    is_secret: false,
                });
                text.push_str(with);
            }
            from = range.end;
        }
        self.copy(from..self.text.len(), &mut text, &mut pieces);
        if pieces.is_empty() {
            pieces.push(Piece {
                start: 0,
                origin: self.span(0..0),
                produced: false,
                is_exact: false,
                is_secret: false,
            });
        }
        Self { text, pieces, tags: self.tags.clone(), is_patched: self.is_patched, secrets: OnceLock::new() }
    }

    /// Copies a part of the text, with what wrote it.
    fn copy(&self, range: Range<usize>, text: &mut String, pieces: &mut Vec<Piece>) {
        let mut at = range.start;
        while at < range.end {
            let index = self.piece_at(at);
            let piece = &self.pieces[index];
            let end = self.pieces.get(index + 1).map_or(self.text.len(), |next| next.start).min(range.end);
            let origin = if piece.is_exact {
                let place = |at: usize| (piece.origin.start + (at - piece.start)).min(piece.origin.end);
                Span { start: place(at), end: place(end), ..piece.origin }
            } else {
                piece.origin
            };
            pieces.push(Piece { start: text.len(), origin, ..piece.clone() });
            text.push_str(&self.text[at..end]);
            at = end.max(at + 1);
        }
    }

    /// The text, YAML one hopes.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place in the files that the user wrote, for a range of the text.
    ///
    /// Text of the file maps exactly; what an expression produced maps to its `{{ … }}`.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Span {
        let first = self.piece_at(range.start);
        let piece = &self.pieces[first];
        let start = if piece.is_exact {
            (piece.origin.start + (range.start - piece.start)).min(piece.origin.end)
        } else {
            piece.origin.start
        };
        // The end counts only where it lies behind the start in the same file: a loop's next turn does not.
        let last = self.piece_at(range.end.saturating_sub(1).max(range.start));
        let end = [last, first].into_iter().find_map(|index| {
            let piece = &self.pieces[index];
            let end = if piece.is_exact {
                (piece.origin.start + range.end.saturating_sub(piece.start)).min(piece.origin.end)
            } else {
                piece.origin.end
            };
            (piece.origin.file == self.pieces[first].origin.file && end >= start).then_some(end)
        });
        Span::new(piece.origin.file, start..end.unwrap_or(start))
    }

    /// Whether an expression wrote some of the text in `range`.
    #[must_use]
    pub fn produced(&self, range: Range<usize>) -> bool {
        let first = self.piece_at(range.start);
        let pieces = self.pieces[first..].iter();
        pieces
            .take_while(|piece| piece.start < range.end || piece.start <= range.start)
            .any(|piece| piece.produced)
    }

    /// The text in `range` as a diagnostic may quote it. Where any of what an expression wrote looks secret, all that it
    /// wrote is hidden: a quote or a line break in a secret would otherwise end it too early.
    pub(in crate::document) fn shown(&self, range: Range<usize>) -> String {
        let secrets = self.secrets();
        let first = secrets.partition_point(|place| place.end <= range.start);
        let inside = secrets[first..].iter().take_while(|place| place.start < range.end);
        let inside = inside
            .map(|place| place.start.max(range.start) - range.start..place.end.min(range.end) - range.start);
        masked(&self.text[range.clone()], inside.collect())
    }

    /// The secrets that templates wrote.
    pub(in crate::document) fn secrets_of_templates(&self) -> Vec<String> {
        self.secrets().iter().map(|place| self.text[place.clone()].to_owned()).collect()
    }

    /// Whether any of it is not simply the text of the file.
    /// The same, with expressions left out that are wrong.
    pub(super) fn patched(self) -> Self {
        Self { is_patched: true, ..self }
    }

    /// Whether expressions that are wrong were left out: what the file says is not sure then.
    pub(in crate::document) fn is_patched(&self) -> bool {
        self.is_patched
    }

    pub(in crate::document) fn has_templates(&self) -> bool {
        self.pieces.iter().any(|piece| piece.produced)
    }

    fn secrets(&self) -> &[Range<usize>] {
        self.secrets.get_or_init(|| {
            let mut whole: Vec<Range<usize>> = Vec::new();
            let pieces = (0..self.pieces.len()).filter(|&at| self.pieces[at].is_secret);
            let written = pieces.map(|at| self.written_by(at)).filter(|place| !place.is_empty());
            let mut all: Vec<Range<usize>> = places(&self.text).into_iter().chain(written).collect();
            all.sort_unstable_by_key(|place| (place.start, place.end));
            for place in all {
                let pieces = self.piece_at(place.start)..=self.piece_at(place.end.saturating_sub(1));
                let written = pieces.filter(|&at| self.pieces[at].produced).map(|at| self.written_by(at));
                let all =
                    written.fold(place, |all, piece| all.start.min(piece.start)..all.end.max(piece.end));
                match whole.last_mut() {
                    Some(last) if all.start <= last.end => last.end = last.end.max(all.end),
                    _ => whole.push(all),
                }
            }
            whole
        })
    }

    /// The text of a piece.
    fn written_by(&self, at: usize) -> Range<usize> {
        let end = self.pieces.get(at + 1).map_or(self.text.len(), |next| next.start);
        self.pieces[at].start..end
    }

    /// The last piece that begins at `at` or before it.
    fn piece_at(&self, at: usize) -> usize {
        self.pieces.partition_point(|piece| piece.start <= at).saturating_sub(1)
    }
}

impl Written for Rendered {
    fn quoted(&self, range: Range<usize>, value: &str) -> String {
        let shown = self.shown(range.clone());
        let is_open = self.text.get(range) == Some(shown.as_str());
        if is_open { value.to_owned() } else { shown.trim_matches(['"', '\'']).to_owned() }
    }

    fn secrets(&self) -> Vec<&str> {
        Rendered::secrets(self).iter().map(|place| &self.text[place.clone()]).collect()
    }

    fn macro_line(&self, range: Range<usize>) -> Option<Span> {
        let piece = &self.pieces[self.piece_at(range.start)];
        let start = self.text.get(..range.start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[start..].lines().next().unwrap_or_default();
        let within = range.start - start..range.end.min(start + line.len()) - start;
        if piece.produced { self.tags.place_of(piece.origin, line, within) } else { None }
    }

    fn is_as_it_stands(&self, place: Span, value: &str) -> bool {
        self.tags.text(place) == Some(value)
    }

    fn trimming_dash(&self, span: Span) -> Option<Span> {
        self.tags.trimming_dash(span)
    }

    fn in_loop(&self, range: Range<usize>) -> bool {
        self.tags.in_loop(self.pieces[self.piece_at(range.start)].origin)
    }
}

/// Whether an expression takes a variable of the environment whose name is a secret's.
fn names_a_secret(expression: &str) -> bool {
    expression.match_indices("env").any(|(at, word)| {
        let rest = expression[at + word.len()..].trim_start_matches([' ', '.', '[', '(', '"', '\'']);
        let rest = rest.strip_prefix("get").filter(|rest| rest.trim_start().starts_with('(')).unwrap_or(rest);
        let rest = rest.trim_start_matches([' ', '(', '"', '\'']);
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        looks_secret(&rest[..end])
    })
}

/// The whole `{{ … }}` or `{% … %}` around an expression, which is what people look for.
fn whole_tag(text: &str, inside: Span) -> Span {
    // An expression that was left out stands for characters of other lengths.
    let start = (0..=inside.start.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    let end = (inside.end.min(text.len())..=text.len()).find(|&at| text.is_char_boundary(at));
    let inside = Span::new(inside.file, start.unwrap_or_default()..end.unwrap_or(text.len()));
    let (Some(before), Some(after)) = (text.get(..inside.start), text.get(inside.end..)) else {
        return inside;
    };
    for (opening, closing) in [("{{", "}}"), ("{%", "%}")] {
        let start = before.rfind(opening).filter(|&at| !before[at..].contains(closing));
        if let (Some(start), Some(end)) = (start, after.find(closing)) {
            return Span::new(inside.file, start..inside.end + end + closing.len());
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::source::Sources;

    #[test]
    fn a_tag_is_whole_whatever_characters_stand_in_it() {
        let text = "timeout: {{ äöX }} {{۸1}}";
        let file = Sources::default().add("a.yaml", text);
        let tag = |inside: Range<usize>| {
            let span = whole_tag(text, Span::new(file, inside));
            &text[span.start..span.end]
        };
        let first = text.find('ä').unwrap();
        assert_eq!(tag(first..first + 1), "{{ äöX }}");
        assert_eq!(tag(first + 1..first + 3), "{{ äöX }}");
        let second = text.find('۸').unwrap();
        assert_eq!(tag(second..second + 1), "{{۸1}}");
        assert_eq!(tag(0..3), "tim");
    }
}
