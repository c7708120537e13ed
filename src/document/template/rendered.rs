//! Text that templates wrote, and the way back to the files.

use super::Places;
use crate::source::{FileId, Sources, Span};
use crate::value::secret::may_be_secret;
use minijinja::{OutputSpan, OutputSpanKind};
use std::collections::BTreeMap;
use std::ops::Range;

/// The text that remains once all templates are filled in; knows what wrote each byte.
#[derive(Debug, Clone)]
pub struct Rendered {
    text: String,
    /// In the order of the text, without gaps.
    pieces: Vec<Piece>,
    /// Values of the environment that no diagnostic may show.
    secrets: Vec<String>,
}

#[derive(Debug, Clone)]
struct Piece {
    /// Where the piece begins in the text.
    start: usize,
    /// What wrote it.
    origin: Span,
    /// Whether an expression wrote it; otherwise it is the text at `origin`, byte by byte.
    produced: bool,
}

impl Rendered {
    /// A file without templates.
    #[must_use]
    pub fn as_written(file: FileId, text: String) -> Self {
        let origin = Span::new(file, 0..text.len());
        Self { text, pieces: vec![Piece { start: 0, origin, produced: false }], secrets: Vec::new() }
    }

    pub(super) fn new(
        text: String,
        spans: &[OutputSpan],
        places: &Places,
        sources: &Sources,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let mut pieces = Vec::with_capacity(spans.len());
        for span in spans {
            let output = span.output_range();
            let origin = places.span(Some(span.name()), span.source_range());
            let written = &sources.file(origin.file).text;
            // Raw text is promised to be the source itself; were it ever not, it would count as produced.
            let raw = span.kind() == OutputSpanKind::Raw
                && written.get(origin.start..origin.end) == text.get(output.clone());
            let origin = if raw { origin } else { whole_tag(written, origin) };
            pieces.push(Piece { start: output.start, origin, produced: !raw });
        }
        if pieces.first().is_none_or(|piece| piece.start > 0) {
            let origin = Span::new(places.main, 0..0);
            pieces.insert(0, Piece { start: 0, origin, produced: true });
        }
        let secrets = environment.iter().filter(|(name, value)| may_be_secret(name) && value.len() > 2);
        Self { text, pieces, secrets: secrets.map(|(_, value)| value.clone()).collect() }
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
        let start = if piece.produced {
            piece.origin.start
        } else {
            (piece.origin.start + (range.start - piece.start)).min(piece.origin.end)
        };
        // The end counts only where it lies behind the start in the same file: a loop's next turn does not.
        let last = self.piece_at(range.end.saturating_sub(1).max(range.start));
        let end = [last, first].into_iter().find_map(|index| {
            let piece = &self.pieces[index];
            let end = if piece.produced {
                piece.origin.end
            } else {
                (piece.origin.start + range.end.saturating_sub(piece.start)).min(piece.origin.end)
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

    /// The values of variables whose names speak of secrets.
    pub(in crate::document) fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// `text` without the values of variables whose names speak of secrets: what a template wrote is quoted in
    /// diagnostics, and those end up in logs.
    pub(in crate::document) fn without_secrets(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }

    /// The last piece that begins at `at` or before it.
    fn piece_at(&self, at: usize) -> usize {
        self.pieces.partition_point(|piece| piece.start <= at).saturating_sub(1)
    }
}

/// The whole `{{ … }}` or `{% … %}` around an expression, which is what people look for.
fn whole_tag(text: &str, inside: Span) -> Span {
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
