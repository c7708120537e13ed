//! Draws problems: what is wrong, the lines of the file, why, and the way out.

mod grouped;
mod json;

pub use json::json;

use std::{borrow::Cow, collections::HashMap};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::text;
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Label, Severity},
    source::{FileId, Sources, Span},
    value::secret::{
        Known, MASK,
        text::{Shown, known, sentence},
    },
};

/// More problems than this are counted, but not drawn.
const MOST: usize = 100;

/// Draws the problems in the order of their places, and a last line that counts them.
///
/// Nothing that a file contains reaches the terminal as a control character.
#[must_use]
pub fn draw(diagnostics: &Diagnostics, sources: &Sources, colour: bool) -> String {
    draw_with(diagnostics, sources, colour, "nothing was contacted")
}

/// Draws the problems of a file of which the valid part is used: `outcome` says so in the last line.
#[must_use]
pub fn draw_with(diagnostics: &Diagnostics, sources: &Sources, colour: bool, outcome: &str) -> String {
    let all = diagnostics.sorted();
    if all.is_empty() {
        return String::new();
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut drawn = String::new();
    let mut files = Files::new(sources, known(diagnostics.secrets(), sources.texts()));
    let groups = grouped::groups(&all);
    for group in groups.iter().take(MOST) {
        let note = group.note(sources);
        let noted = note.map(|note| Diagnostic {
            notes: [&group.first.notes[..], &[note]].concat(),
            ..group.first.clone()
        });
        drawn += &draw_one(noted.as_ref().unwrap_or(group.first), &mut files, &renderer);
        drawn += "\n\n";
    }
    if let Some(more) = groups.len().checked_sub(MOST).filter(|&more| more > 0) {
        drawn.extend(["… and ", &more.to_string(), " more, which are shown once these are gone\n\n"]);
    }
    drawn + &summary(&all, sources, outcome) + "\n"
}

/// How many of the problems `config --fix` can correct, and how to call it; none if there are none. `left` counts the
/// problems after it: one change may correct several.
#[must_use]
pub fn fixes(
    diagnostics: &Diagnostics,
    invocation: &str,
    left: impl FnOnce() -> Option<usize>,
) -> Option<String> {
    let problems = diagnostics.sorted();
    let all = problems.len();
    let own = problems.iter().filter(|problem| problem.safe_suggestion().is_some()).count();
    // Changes may bring other mistakes to light, which say nothing about those that are told here.
    let gone = if own == 0 || own == all { own } else { left().map_or(0, |left| all.saturating_sub(left)) };
    let what = match gone.max(own) {
        0 => return None,
        1 if all == 1 => "it".to_owned(),
        count if count == all => "them".to_owned(),
        count => format!("{count} of them"),
    };
    Some(format!("`{invocation} config --fix` corrects {what}"))
}

/// Draws problems that were found elsewhere than in reading the file, in their order, without a last line.
#[must_use]
pub fn draw_each(problems: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut files = Files::new(sources, known([], sources.texts()));
    let drawn = problems.iter().map(|problem| draw_one(problem, &mut files, &renderer) + "\n\n");
    drawn.collect()
}

/// The files as they may be shown, and what no text may show.
struct Files<'a> {
    sources: &'a Sources,
    /// For sentences, which may quote a part of a secret.
    known: Known,
    /// For the lines of the files.
    whole: Known,
    shown: HashMap<FileId, Shown>,
}

impl<'a> Files<'a> {
    fn new(sources: &'a Sources, whole: Known) -> Self {
        Self { sources, known: whole.with_parts(), whole, shown: HashMap::new() }
    }

    /// A file without its secrets. Its harmful characters are replaced by others of their own length first.
    fn shown(&mut self, file: FileId) -> &Shown {
        let text = &self.sources.file(file).text;
        self.shown.entry(file).or_insert_with(|| Shown::with(&text::harmless_in_place(text), &self.whole))
    }
}

fn draw_one(diagnostic: &Diagnostic, shown: &mut Files<'_>, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = shown.known.hide(&diagnostic.message).into_owned();
    let title = level.primary_title(harmless(&message)).id(diagnostic.code);
    // They quote what templates wrote.
    let notes: Vec<String> =
        diagnostic.notes.iter().map(|note| shown.known.hide(&sentence(note)).into_owned()).collect();
    let help: Vec<String> = diagnostic.help.iter().map(|help| shown_help(&help.text, &shown.known)).collect();
    let mut group = Group::with_title(title);
    // The file of the primary place comes first: its position is the one in the head.
    let mut files: Vec<FileId> = Vec::new();
    for label in diagnostic.primary.iter().chain(&diagnostic.secondary) {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    for file in files {
        group = group.element(snippet(diagnostic, file, shown));
    }
    for note in &notes {
        let note = if grouped::is_list(note) { harmless_lines(note) } else { harmless(note) };
        group = group.element(Level::NOTE.message(note));
    }
    for help in &help {
        // A whole file keeps its lines.
        let help = if help.starts_with("as a file:\n") { harmless_lines(help) } else { harmless(help) };
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}

/// The help without secrets. What it says to write is not to be written with the stars in it.
fn shown_help(help: &str, known: &Known) -> String {
    let shown = known.hide(help);
    if shown.contains(MASK) && !help.contains(MASK) {
        return format!("{shown} (`{MASK}` stands for what the file has there)");
    }
    shown.into_owned()
}

/// The lines of one file that the problem speaks of.
fn snippet(
    diagnostic: &Diagnostic,
    file: FileId,
    files: &mut Files<'_>,
) -> Snippet<'static, annotate_snippets::Annotation<'static>> {
    let sources = files.sources;
    let source = sources.file(file);
    let here = |label: &&Label| label.span.file == file;
    let primary = diagnostic.primary.iter().filter(here).map(|label| (AnnotationKind::Primary, label));
    let secondary = diagnostic.secondary.iter().filter(here).map(|label| (AnnotationKind::Context, label));
    let labels: Vec<_> = primary
        .chain(secondary)
        .map(|(kind, label)| {
            (kind, first_line(label.span, sources), files.known.hide(&label.text).into_owned())
        })
        .collect();
    // Only the lines from the first place to the last are handed over: the rest of a large file costs nothing.
    let first = labels.iter().map(|(_, span, _)| span.start).min().unwrap_or(0);
    let last = labels.iter().map(|(_, span, _)| span.end).max().unwrap_or(0);
    let begin = source.text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let end = source.text[last..].find('\n').map_or(source.text.len(), |newline| last + newline);
    let line = source.text[..begin].matches('\n').count() + 1;
    let shown = files.shown(file);
    let lines = shown.place(begin..end);
    let place = |span: Span| {
        let place = shown.place(span.start..span.end);
        place.start.max(lines.start) - lines.start..place.end.max(lines.start) - lines.start
    };
    Snippet::source(shown.text[lines.clone()].to_owned())
        .path(harmless(&source.name).into_owned())
        .line_start(line)
        .annotations(labels.into_iter().map(|(kind, span, label)| {
            let text = (!label.is_empty()).then(|| harmless(&label).into_owned());
            kind.span(place(span)).label(text)
        }))
}

/// A span that can be drawn: inside the file, and in one line.
fn first_line(span: Span, sources: &Sources) -> Span {
    let span = sources.clamp(span);
    let length = sources.text(span).find(['\n', '\r']).unwrap_or(span.end - span.start);
    Span::new(span.file, span.start..span.start + length)
}

/// Counts the problems and, if there are errors, says what follows from them.
fn summary(all: &[&Diagnostic], sources: &Sources, outcome: &str) -> String {
    let errors = all.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = all.len() - errors;
    let mut names: Vec<Cow<'_, str>> = Vec::new();
    for label in all.iter().filter_map(|d| d.primary.as_ref()) {
        let name = harmless(&sources.file(label.span.file).name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let counted = [(errors, "error"), (warnings, "warning")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
        .collect::<Vec<_>>()
        .join(" and ");
    let place = if names.is_empty() { String::new() } else { format!(" in {}", names.join(", ")) };
    let outcome = if errors > 0 { format!(": {outcome}") } else { String::new() };
    format!("{counted}{place}{outcome}")
}

/// A message whose lines are kept, with everything that a terminal could obey written out.
fn harmless_lines(message: &str) -> Cow<'_, str> {
    Cow::Owned(message.lines().map(harmless).collect::<Vec<_>>().join("\n"))
}

/// A message on one line, with everything that a terminal could obey written out.
fn harmless(message: &str) -> Cow<'_, str> {
    if message.contains(['\n', '\t']) {
        return Cow::Owned(text::harmless(&message.replace(['\n', '\t'], " ")).into_owned());
    }
    text::harmless(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_in_several_files_are_all_shown() {
        let mut sources = Sources::default();
        let first = sources.add("maestro.yaml", "a: 1\nb: 2\n");
        let second = sources.add("ships.yaml", "x: 1\ny: 2\n");
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(
            Diagnostic::warning("odd", "this is odd")
                .at(Span::new(second, 5..6), "here")
                .also(Span::new(first, 0..1), "because of this"),
        );
        diagnostics.push(Diagnostic::error("bad", "this is bad").note("why").help("what to do"));
        insta::assert_snapshot!(draw(&diagnostics, &sources, false), @r"
        error[bad]: this is bad
         |
         = note: why
         = help: what to do

        warning[odd]: this is odd
         --> ships.yaml:2:1
          |
        2 | y: 2
          | ^ here
          |
         ::: maestro.yaml:1:1
          |
        1 | a: 1
          | - because of this

        1 error and 1 warning in ships.yaml: nothing was contacted
        ");
    }

    #[test]
    fn the_same_mistake_is_drawn_once_with_all_its_lines() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "x\ny\nx\nx\n");
        let mut diagnostics = Diagnostics::default();
        for at in [0, 4, 6] {
            diagnostics.push(Diagnostic::error("bad", "`x` is bad").at(Span::new(file, at..at + 1), ""));
        }
        diagnostics.push(Diagnostic::error("bad", "`y` is odd").at(Span::new(file, 2..3), ""));
        let drawn = draw(&diagnostics, &sources, false);
        assert_eq!(drawn.matches("`x` is bad").count(), 1, "{drawn}");
        assert!(drawn.contains("note: the same mistake is in lines 3, 4"), "{drawn}");
        assert!(drawn.ends_with("4 errors in a.yaml: nothing was contacted\n"), "{drawn}");
    }

    #[test]
    fn two_that_are_the_same_are_told_one_by_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "a\nb\n");
        let mut diagnostics = Diagnostics::default();
        for at in [0, 2] {
            diagnostics
                .push(Diagnostic::error("bad", "no letter").at(Span::new(file, at..at + 1), "a letter"));
        }
        let drawn = draw(&diagnostics, &sources, false);
        assert_eq!(drawn.matches("no letter").count(), 2, "{drawn}");
    }

    #[test]
    fn mistakes_that_are_alike_are_drawn_once_with_what_differs() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "A\nB\nA\nC\nB\n");
        let mut diagnostics = Diagnostics::default();
        for (at, name) in [(0, "A"), (2, "B"), (4, "A"), (6, "C"), (8, "B")] {
            let span = Span::new(file, at..at + 1);
            let problem = Diagnostic::error("bad", format!("`{name}` is bad")).at(span, "capital");
            diagnostics.push(problem.help(format!("write `{}`", name.to_lowercase())));
        }
        insta::assert_snapshot!(draw(&diagnostics, &sources, false), @r"
        error[bad]: `A` is bad
         --> a.yaml:1:1
          |
        1 | A
          | ^ capital
          |
          = note: 4 more like this:
                  lines 2, 5: `B`: write `b`
                  line 3: the same
                  line 4: `C`: write `c`
          = help: write `a`

        5 errors in a.yaml: nothing was contacted
        ");
    }

    #[test]
    fn of_very_many_problems_the_first_are_drawn() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "x".repeat(MOST + 5));
        let mut diagnostics = Diagnostics::default();
        for at in 0..MOST + 5 {
            let text = format!("this is bad: {at}");
            diagnostics.push(Diagnostic::error("bad", text).at(Span::new(file, at..at + 1), ""));
        }
        let drawn = draw(&diagnostics, &sources, false);
        assert_eq!(drawn.matches("this is bad").count(), MOST);
        assert!(drawn.contains("… and 5 more") && drawn.contains("105 errors in a.yaml"), "{drawn}");
    }

    #[test]
    fn colour_is_only_there_when_wanted() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(Diagnostic::warning("odd", "this is odd"));
        assert!(draw(&diagnostics, &Sources::default(), true).contains('\u{1b}'));
        let plain = draw(&diagnostics, &Sources::default(), false);
        assert!(!plain.contains('\u{1b}') && plain.ends_with("\n1 warning\n"), "{plain}");
        assert_eq!(draw(&Diagnostics::default(), &Sources::default(), true), "");
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        let mut sources = Sources::default();
        let text = "a: \u{1b}[2J\u{202e}x\u{9b}1m\u{7}\r\n";
        let file = sources.add("\u{1b}]0;x\u{7}.yaml", text);
        let mut diagnostics = Diagnostics::default();
        let problem =
            Diagnostic::error("bad", text).at(Span::new(file, 0..text.len()), text).note(text).help(text);
        diagnostics.push(problem);
        let drawn = draw(&diagnostics, &sources, false);
        assert!(!drawn.contains(|c| text::is_harmful(c) && c != '\n'), "{drawn:?}");
    }

    proptest! {
        #[test]
        fn any_places_can_be_drawn(text: String, places in prop::collection::vec((0..60_usize, 0..60_usize), 1..5)) {
            let mut sources = Sources::default();
            let file = sources.add("a.yaml", &text);
            let mut diagnostics = Diagnostics::default();
            let mut problem = Diagnostic::error("bad", text.clone());
            for (start, length) in places {
                problem = problem.also(Span::new(file, start..start + length), text.clone());
                problem = problem.at(Span::new(file, start..start + length / 2), "");
            }
            diagnostics.push(problem);
            let drawn = draw(&diagnostics, &sources, false);
            prop_assert!(!drawn.contains(|c| text::is_harmful(c) && c != '\n'), "{:?}", drawn);
        }
    }
}
