//! What problems say of text that templates wrote: the value, the iteration of a loop, the line of a macro.

use std::{ops::Range, sync::Arc};

use super::{Diagnostic, Diagnostics, Edit, Label, WrittenParts};
use crate::source::Span;

/// The label of the call of a macro whose line is wrong.
pub const CALL: &str = "called here";

/// Text that templates wrote. Looking for the secrets in it takes time, so it is asked only once something is told.
pub trait Written: std::fmt::Debug + Send + Sync {
    /// A value as a problem may quote it: `value` itself, unless some of it is secret; it stands in `range` of the text.
    fn quoted(&self, range: Range<usize>, value: &str) -> String;

    /// The secrets in the text.
    fn secrets(&self) -> Vec<&str>;

    /// The place in a macro that wrote the text at `range`; the place of that text is the call.
    fn macro_line(&self, _range: Range<usize>) -> Option<Span> {
        None
    }

    /// Whether the text at `place` of a macro is `value` as it stands, so that nothing has to be said of what was written.
    fn is_as_it_stands(&self, _place: Span, _value: &str) -> bool {
        false
    }

    /// The `-` of a tag that took the indentation of the text at this place away.
    fn trimming_dash(&self, _span: Span) -> Option<Span> {
        None
    }

    /// Whether a loop wrote the text at `range`.
    fn in_loop(&self, _range: Range<usize>) -> bool {
        false
    }
}

impl Diagnostics {
    /// The `-` of a tag of a template that took the indentation of the text at this place away.
    #[must_use]
    pub fn trimming_dash(&self, span: Span) -> Option<Span> {
        self.rendered.iter().find_map(|rendered| rendered.trimming_dash(span))
    }

    /// Whether a template wrote a backtick at the place of the problem.
    pub(super) fn has_backtick(&self, diagnostic: &Diagnostic) -> bool {
        let written = diagnostic.primary.as_ref().and_then(|label| self.written.get(&label.span));
        written.is_some_and(|(_, written)| written.iter().any(|(_, value)| value.contains('`')))
    }

    /// Drops changes of what a template wrote: the file has an expression there.
    pub(super) fn keep_suggestions_of_written_text(&self, diagnostic: &mut Diagnostic) {
        let is_written = |edit: &Edit| self.written.contains_key(&edit.span);
        for help in &mut diagnostic.help {
            help.suggestion.take_if(|suggestion| suggestion.edits.iter().any(is_written));
        }
    }

    /// Says what a template wrote at the place of the problem, in which iteration of a loop, and at which line of a macro.
    /// False if the same was told of that line.
    pub(super) fn explain_template(&mut self, diagnostic: &mut Diagnostic) -> bool {
        let Some(label) = diagnostic.primary.clone() else { return true };
        let Some((rendered, written)) = self.written_there(label.span) else { return true };
        let notes = written_notes(&**rendered, written);
        if notes.iter().any(|note| diagnostic.notes.contains(note)) {
            return true;
        }
        let is_one = notes.iter().all(|note| *note == notes[0]);
        let chosen = if is_one { Some(0) } else { quoted_note(&notes, &diagnostic.message) };
        let Some(at) = chosen else { return true };
        let range = written[at].0.clone();
        let iteration = !is_one && rendered.in_loop(range.clone());
        let iteration = if iteration {
            format!("{ITERATION}{} of {} of the loop", at + 1, written.len())
        } else {
            String::new()
        };
        let note = notes[at].clone() + &iteration;
        let line = rendered.macro_line(range);
        if line.is_none_or(|line| !iteration.is_empty() || !rendered.is_as_it_stands(line, &written[at].1)) {
            diagnostic.notes.insert(0, note);
        }
        let Some(line) = line else { return true };
        diagnostic.primary = Some(Label { span: line, text: label.text });
        diagnostic.secondary.insert(0, Label { span: label.span, text: CALL.to_owned() });
        self.places.insert((diagnostic.code, line))
    }

    /// What templates wrote at a place, and the text that has it.
    fn written_there(&self, span: Span) -> Option<(&Arc<dyn Written>, &WrittenParts)> {
        let (at, written) = self.written.get(&span)?;
        Some((self.rendered.get(*at)?, written))
    }

    /// Adds the iteration of a loop in which a problem comes again to the problem that was told of another one.
    pub(super) fn tell_iteration(&mut self, again: &Diagnostic) {
        let Some(span) = again.primary.as_ref().map(|label| label.span) else { return };
        let Some((at, written)) = self.written.get(&span) else { return };
        let Some(rendered) = self.rendered.get(*at) else { return };
        let is_here = |problem: &&mut Diagnostic| {
            let call = problem.secondary.iter().filter(|label| label.text == CALL);
            problem.code == again.code && problem.primary.iter().chain(call).any(|label| label.span == span)
        };
        let Some(first) = self.found.iter_mut().find(is_here) else { return };
        let Some(told) = first.notes.iter().position(|note| note.contains(ITERATION)) else { return };
        if first.notes.get(told + 1).is_some_and(|note| note.starts_with(AGAIN) && note.ends_with(MORE)) {
            return;
        }
        let notes = written_notes(&**rendered, written);
        let Some(at) = quoted_note(&notes, &again.message) else { return };
        let number = (at + 1).to_string();
        if first.notes[told].contains(&format!("{ITERATION}{number} of ")) {
            return;
        }
        match first.notes.get_mut(told + 1).filter(|note| note.starts_with(AGAIN)) {
            None => first.notes.insert(told + 1, format!("{AGAIN} {number}")),
            Some(note) if note[AGAIN.len()..].split(", ").count() >= MOST_ITERATIONS => {
                note.push_str(MORE);
            }
            Some(note) if note[AGAIN.len()..].split(',').any(|known| known.trim() == number) => {}
            Some(note) => note.extend([", ", &number]),
        }
    }
}

/// The note for a place where the text that a template wrote is not to be seen.
#[must_use]
pub fn written_note(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim_end();
    match line.char_indices().nth(100) {
        Some((at, _)) => format!("the template wrote `{}…` here", &line[..at]),
        None => format!("the template wrote `{line}` here"),
    }
}

/// What templates wrote at one place, as notes.
fn written_notes(rendered: &dyn Written, written: &[(Range<usize>, String)]) -> Vec<String> {
    written.iter().map(|(range, value)| written_note(&rendered.quoted(range.clone(), value))).collect()
}

/// A loop or a macro wrote several things at one place: the one that the message speaks of. A message names what it is about
/// last (``instance `web-1` has no key `imgae` ``).
fn quoted_note(notes: &[String], message: &str) -> Option<usize> {
    let quoted = |note: &String| {
        let value = note.strip_prefix(WROTE).and_then(|rest| rest.rsplit_once('`'));
        let value = value.map(|(value, _)| value).filter(|value| !value.is_empty());
        message.rfind(&format!("`{}`", value?))
    };
    let places = notes.iter().enumerate().rev().filter_map(|(at, note)| Some((at, quoted(note)?)));
    places.max_by_key(|(_, place)| *place).map(|(at, _)| at)
}

/// What stands before the number of the iteration that a problem was found in first.
const ITERATION: &str = ", in iteration ";

/// How the note about the other iterations begins.
const AGAIN: &str = "the same mistake is in other iterations:";

/// What stands for the iterations that are not listed.
const MORE: &str = " …";

/// So many other iterations are listed.
const MOST_ITERATIONS: usize = 10;

/// How a note about the text that a template wrote begins.
const WROTE: &str = "the template wrote `";

/// Whether a note says that a template wrote a secret.
fn is_hidden(note: &str) -> bool {
    note.starts_with(WROTE) && note.contains("***")
}

impl Diagnostic {
    /// If a template wrote a secret, hides all that the problem quotes: it may be a part of the secret, such as the rest of
    /// a value that a quote in it has ended early. A value with a backtick ends a quotation early as well.
    pub(super) fn hide_what_was_written(&mut self, has_backtick: bool) {
        if !self.notes.iter().any(|note| is_hidden(note)) {
            return;
        }
        for help in &mut self.help {
            help.suggestion = None;
        }
        let labels = self.primary.iter_mut().chain(&mut self.secondary).map(|label| &mut label.text);
        let helps = self.help.iter_mut().map(|help| &mut help.text);
        let notes = self.notes.iter_mut().filter(|note| !note.starts_with(WROTE));
        for text in [&mut self.message].into_iter().chain(helps).chain(labels).chain(notes) {
            *text = without_quoted(text, has_backtick);
        }
    }
}

/// A sentence without what it quotes. Where what it quotes may have backticks, nothing from the first to the last is
/// shown.
fn without_quoted(text: &str, has_backtick: bool) -> String {
    if let (Some(first), Some(last)) = (text.find('`'), text.rfind('`'))
        && (has_backtick || text.matches('`').count() % 2 == 1)
    {
        return format!("{}`***`{}", &text[..first], &text[last + 1..]);
    }
    let is_word = |part: &str| part.contains(char::is_alphanumeric) && !part.contains("{{");
    let parts = text.split('`').enumerate();
    let hidden = parts.map(|(at, part)| if at % 2 == 1 && is_word(part) { "***" } else { part });
    hidden.collect::<Vec<_>>().join("`")
}
