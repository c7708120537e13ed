//! The way out of a problem, as a sentence and, where one is known, as a change of the text.

use std::ops::Range;

use super::Diagnostic;
use crate::source::{Sources, Span};

/// What to do or type next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Help {
    /// The sentence.
    pub text: String,
    /// The change that the sentence speaks of, if it is known.
    pub suggestion: Option<Suggestion>,
}

/// A change of the text that takes the problem away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suggestion {
    /// What to replace. No two of them overlap.
    pub edits: Vec<Edit>,
    /// Whether a program may make the change.
    pub applicability: Applicability,
}

/// One replacement of a [`Suggestion`]. An empty span is an insertion, an empty replacement a removal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The text to replace.
    pub span: Span,
    /// The new text.
    pub replacement: String,
    /// What else changes with the text.
    pub scope: Scope,
}

/// What an [`Edit`] changes besides its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Nothing.
    Text,
    /// The line or the comma of the entry of a mapping or a list that the span is.
    Entry,
    /// The indentation of the lines of the span, which stay as they are otherwise: the first one gets that of the line of
    /// `like` and `deeper` spaces more, and the others move with it. The replacement, if it is not empty, becomes a line
    /// before them, indented like the line of `like`.
    Lines {
        /// What stands in a line that is indented rightly.
        like: Span,
        /// Additional spaces.
        deeper: usize,
    },
    /// The replacement becomes new lines behind the line in which the span ends, indented like the line of `like` and by
    /// `deeper` spaces more.
    NewLines {
        /// What stands in a line that is indented rightly.
        like: Span,
        /// Additional spaces.
        deeper: usize,
    },
}

impl Edit {
    /// The edit whose span covers all that it replaces.
    #[must_use]
    pub fn exact(&self, sources: &Sources) -> Self {
        let span = sources.clamp(self.span);
        let text = &sources.file(span.file).text;
        let range = span.start..span.end;
        let (range, replacement) = match self.scope {
            Scope::Text => (range, self.replacement.clone()),
            Scope::Entry => (entry(text, range), self.replacement.clone()),
            Scope::Lines { like, deeper } => {
                let like = indentation(sources.before(like), sources.text(like));
                let (range, lines) = indented(text, range, like + deeper);
                match self.replacement.as_str() {
                    "" => (range, lines),
                    above => (range, format!("{}{above}\n{lines}", " ".repeat(like))),
                }
            }
            Scope::NewLines { like, deeper } => {
                let right = indentation(sources.before(like), sources.text(like)) + deeper;
                let end = range.start + text[range.clone()].trim_end().len();
                let end = text[end..].find('\n').map_or(text.len(), |newline| end + newline);
                let lines = self.replacement.split('\n').map(|line| match line.trim() {
                    "" => "\n".to_owned(),
                    _ => format!("\n{}{line}", " ".repeat(right)),
                });
                (end..end, lines.collect())
            }
        };
        Self { span: Span::new(span.file, range), replacement, scope: Scope::Text }
    }
}

/// How many spaces the last line of `before`, which goes on with `rest`, begins with.
fn indentation(before: &str, rest: &str) -> usize {
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let spaces = line.len() - line.trim_start_matches(' ').len();
    if spaces < line.len() { spaces } else { spaces + rest.len() - rest.trim_start_matches(' ').len() }
}

/// The lines of `range`, moved so that the first one is indented by `right` spaces.
fn indented(text: &str, range: Range<usize>, right: usize) -> (Range<usize>, String) {
    let start = text[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
    let end = start + text[start..range.end].trim_end().len();
    let end = text[end..].find('\n').map_or(text.len(), |newline| end + newline);
    let lines = &text[start..end];
    let now = indentation("", lines);
    let (more, less) = (" ".repeat(right.saturating_sub(now)), now.saturating_sub(right));
    let moved: Vec<String> = lines
        .split('\n')
        .map(|line| match line.trim() {
            "" => line.to_owned(),
            // A comment may stand further left than what is moved.
            _ => format!("{more}{}", &line[less.min(indentation("", line))..]),
        })
        .collect();
    (start..end, moved.join("\n"))
}

/// An entry with the line that holds nothing else, or with its comma.
fn entry(text: &str, range: Range<usize>) -> Range<usize> {
    // A key without a value ends before its colon.
    let colon = usize::from(text[range.end..].starts_with(':'));
    let range = range.start..range.end + colon;
    let (before, behind) = (&text[..range.start], &text[range.end..]);
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let rest = behind.find('\n').map_or(behind.len(), |newline| newline + 1);
    let comment = behind[..rest].trim_start();
    if before[line..].trim().is_empty() && (comment.is_empty() || comment.starts_with('#')) {
        return line..range.end + rest;
    }
    let after = behind.trim_start_matches(' ');
    if let Some(next) = after.strip_prefix(',') {
        let next = next.trim_start_matches(' ');
        return range.start..text.len() - next.len();
    }
    let earlier = before.trim_end();
    let start = earlier.strip_suffix(',').map_or(range.start, str::len);
    start..range.end
}

impl Diagnostic {
    /// The change that `config --fix` makes for it.
    #[must_use]
    pub fn safe_suggestion(&self) -> Option<&Suggestion> {
        let first = self.help.iter().find_map(|help| help.suggestion.as_ref());
        first.filter(|suggestion| suggestion.applicability == Applicability::Safe)
    }
}

/// Whether a program may make a change by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// The text can have been meant in this way only.
    Safe,
    /// Somebody has to decide whether this was meant.
    NeedsDecision,
}

impl<T: Into<String>> From<T> for Help {
    fn from(text: T) -> Self {
        Self { text: text.into(), suggestion: None }
    }
}

impl Help {
    /// The change can only be meant in this way: `replacement` instead of `span`.
    #[must_use]
    pub fn fix(self, span: Span, replacement: impl Into<String>) -> Self {
        self.with(span, replacement.into(), Applicability::Safe)
    }

    /// The change may be meant: `replacement` instead of `span`.
    #[must_use]
    pub fn replace(self, span: Span, replacement: impl Into<String>) -> Self {
        self.with(span, replacement.into(), Applicability::NeedsDecision)
    }

    /// The entry at `span`, a key with its value, may be left out.
    #[must_use]
    pub fn leave_out(self, span: Span) -> Self {
        let mut help = self.with(span, String::new(), Applicability::NeedsDecision);
        for edit in help.suggestion.iter_mut().filter_map(|suggestion| suggestion.edits.last_mut()) {
            edit.scope = Scope::Entry;
        }
        help
    }

    /// The entry at `span`, a key with its value, has no effect of its own and is left out.
    #[must_use]
    pub fn drop_entry(self, span: Span) -> Self {
        let mut help = self.with(span, String::new(), Applicability::Safe);
        for edit in help.suggestion.iter_mut().filter_map(|suggestion| suggestion.edits.last_mut()) {
            edit.scope = Scope::Entry;
        }
        help
    }

    /// The entries at `spans` are indented too little: their lines belong `deeper` spaces further than the line of `like`.
    #[must_use]
    pub fn indent(mut self, spans: &[Span], like: Span, deeper: usize, applicability: Applicability) -> Self {
        for &span in spans {
            self = self.with(span, String::new(), applicability);
            for edit in self.suggestion.iter_mut().filter_map(|suggestion| suggestion.edits.last_mut()) {
                edit.scope = Scope::Lines { like, deeper };
            }
        }
        self
    }

    /// The entries at `spans`, lines that follow one another, belong below the new key `above`, written in front of them.
    #[must_use]
    pub fn indent_below(self, above: &str, spans: &[Span], applicability: Applicability) -> Self {
        let Some(&first) = spans.first() else { return self };
        let mut help = self.indent(spans, first, 2, applicability);
        for edit in help.suggestion.iter_mut().filter_map(|suggestion| suggestion.edits.first_mut()) {
            above.clone_into(&mut edit.replacement);
        }
        help
    }

    /// `lines` belong behind the line in which `span` ends, indented like the line of `like` and `deeper` spaces further.
    #[must_use]
    pub fn add_lines(self, span: Span, lines: impl Into<String>, like: Span, deeper: usize) -> Self {
        let mut help = self.with(span, lines.into(), Applicability::NeedsDecision);
        for edit in help.suggestion.iter_mut().filter_map(|suggestion| suggestion.edits.last_mut()) {
            edit.scope = Scope::NewLines { like, deeper };
        }
        help
    }

    /// A word of a fixed set is misspelt: `near` instead of `written` at `span`.
    #[must_use]
    pub fn did_you_mean(span: Span, written: &str, near: &str) -> Self {
        let help = Self::from(format!("did you mean `{near}`?"));
        // One or two slips in a word that is long enough: there is nothing else that it can be.
        let slips = strsim::damerau_levenshtein(&written.to_lowercase(), &near.to_lowercase());
        if slips <= 2 && near.len() >= 2 + slips { help.fix(span, near) } else { help.replace(span, near) }
    }

    /// Several replacements belong together; the more careful applicability holds for all.
    fn with(mut self, span: Span, replacement: String, applicability: Applicability) -> Self {
        let edit = Edit { span, replacement, scope: Scope::Text };
        match &mut self.suggestion {
            Some(suggestion) => {
                suggestion.edits.push(edit);
                suggestion.applicability = suggestion.applicability.max(applicability);
            }
            None => self.suggestion = Some(Suggestion { edits: vec![edit], applicability }),
        }
        self
    }
}

/// The text with all replacements made. Of two that overlap only the first is made.
#[must_use]
pub fn replaced(text: &str, edits: &[(Range<usize>, &str)]) -> String {
    let mut edits: Vec<_> = edits.iter().filter(|(range, _)| text.get(range.clone()).is_some()).collect();
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut result, mut from) = (String::with_capacity(text.len()), 0);
    for (range, replacement) in edits {
        if range.start >= from {
            result.push_str(&text[from..range.start]);
            result.push_str(replacement);
            from = range.end;
        }
    }
    result + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn one_careful_edit_makes_the_whole_suggestion_careful() {
        let file = Sources::default().add("a.yaml", "a: 1\n");
        let span = |at: usize| Span::new(file, at..at + 1);
        let help = Help::from("write `b: 2`").fix(span(0), "b").replace(span(3), "2").fix(span(4), "");
        let suggestion = help.suggestion.unwrap();
        assert_eq!((suggestion.edits.len(), suggestion.applicability), (3, Applicability::NeedsDecision));
    }

    #[test]
    fn an_entry_goes_with_its_line_or_its_comma() {
        let left = |text: &str, what: &str| {
            let mut sources = Sources::default();
            let file = sources.add("a.yaml", text);
            let at = text.find(what).unwrap();
            let help = Help::from("leave it out").leave_out(Span::new(file, at..at + what.len()));
            let edit = help.suggestion.unwrap().edits[0].exact(&sources);
            replaced(text, &[(edit.span.start..edit.span.end, "")])
        };
        assert_eq!(left("a: 1\n  b: 2 # text\nc: 3\n", "b: 2"), "a: 1\nc: 3\n");
        assert_eq!(left("{a: 1, b: 2}\n", "a: 1"), "{b: 2}\n");
        assert_eq!(left("{a: 1, b: 2}\n", "b: 2"), "{a: 1}\n");
        assert_eq!(left("{a: 1}\n", "a: 1"), "{}\n");
        assert_eq!(left("a: 1", "a: 1"), "");
        assert_eq!(left("a:\n  b:\n  c:\n", "b"), "a:\n  c:\n");
        assert_eq!(left("{a: , b: 1}", "a"), "{b: 1}");
    }

    #[test]
    fn lines_move_together_and_blank_ones_stay() {
        let text = "a:\n    x:\nb:\n  c: |\n    text\n\n    more\nd: 1\n";
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let at = |what: &str| text.find(what).unwrap();
        let span = Span::new(file, at("b:")..at("d:"));
        let like = Span::new(file, at("x")..at("x") + 1);
        let help = Help::from("indent it").indent(&[span], like, 2, Applicability::Safe);
        let edit = help.suggestion.unwrap().edits[0].exact(&sources);
        assert_eq!(
            replaced(text, &[(edit.span.start..edit.span.end, edit.replacement.as_str())]),
            "a:\n    x:\n      b:\n        c: |\n          text\n\n          more\nd: 1\n"
        );
    }

    /// A help about places, which it asks for by what stands there.
    type HelpAt<'a> = dyn Fn(&dyn Fn(&str) -> Span) -> Help + 'a;

    #[test]
    fn lines_get_a_key_above_them_move_left_or_go_behind_others() {
        let applied = |text: &str, help: &HelpAt<'_>| {
            let mut sources = Sources::default();
            let file = sources.add("a.yaml", text);
            let span = |what: &str| {
                let at = text.find(what).unwrap();
                Span::new(file, at..at + what.len())
            };
            let edits = help(&span).suggestion.unwrap().edits;
            let edits: Vec<_> = edits.iter().map(|edit| edit.exact(&sources)).collect();
            let edits: Vec<_> = edits
                .iter()
                .map(|edit| (edit.span.start..edit.span.end, edit.replacement.as_str()))
                .collect();
            replaced(text, &edits)
        };
        let safe = Applicability::Safe;
        let below = |span: &dyn Fn(&str) -> Span| {
            Help::from("").indent_below("env:", &[span("A: 1"), span("B: 2")], safe)
        };
        assert_eq!(applied("w:\n  A: 1 # x\n  B: 2\n", &below), "w:\n  env:\n    A: 1 # x\n    B: 2\n");
        let left = |span: &dyn Fn(&str) -> Span| {
            Help::from("").indent(&[span("b:\n      c: 1")], span("a"), 0, safe)
        };
        assert_eq!(applied("  a:\n    b:\n      c: 1\n", &left), "  a:\n  b:\n    c: 1\n");
        let behind = |span: &dyn Fn(&str) -> Span| {
            Help::from("").leave_out(span("b: 2")).add_lines(span("x: 1"), "b:\n  2", span("x"), 0)
        };
        assert_eq!(applied("a:\n  x: 1 # y\nb: 2\n", &behind), "a:\n  x: 1 # y\n  b:\n    2\n");
    }

    #[test]
    fn edits_are_made_in_the_order_of_their_places_and_never_twice() {
        assert_eq!(replaced("abcdef", &[(4..5, "E"), (0..1, ""), (2..2, "+")]), "b+cdEf");
        assert_eq!(replaced("abcdef", &[(0..3, "x"), (2..4, "y")]), "xdef");
        assert_eq!(replaced("é", &[(1..2, "x"), (0..9, "y")]), "é");
    }
}
