//! What is to be said about a file: data only, drawn by `report::diagnostics`.

mod suggestion;
mod written;

pub use suggestion::{Applicability, Edit, Help, Scope, Suggestion, replaced};
pub use written::{CALL, Written, written_note};

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::Arc,
};

use crate::source::Span;

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file works, but a reader could be surprised.
    Warning,
    /// The file cannot be used.
    Error,
}

/// A place and what is to be seen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// One problem: what is wrong, where, why, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name of this kind of problem, for example `unknown-key`.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The place that is wrong; absent only where there is no text at all to point at.
    pub primary: Option<Label>,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// Why it is wrong, or what else must be known.
    pub notes: Vec<String>,
    /// What to do or type next.
    pub help: Vec<Help>,
}

impl Diagnostic {
    fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A problem that makes the file unusable.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// Something that works but could surprise.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Points at the place that is wrong.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Points at another place that explains the problem.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds why it is wrong.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds what to do or type next.
    #[must_use]
    pub fn help(mut self, help: impl Into<Help>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The last help is to write `replacement` instead of `span`, which can only be meant in this way.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        let last = self.help.pop().map(|help| help.fix(span, replacement));
        self.help.extend(last);
        self
    }

    /// The last help is to leave out the entry at `span`.
    #[must_use]
    pub fn leave_out(mut self, span: Span) -> Self {
        let last = self.help.pop().map(|help| help.leave_out(span));
        self.help.extend(last);
        self
    }

    /// The last help is to write `replacement` instead of `span`, if that is meant.
    #[must_use]
    pub fn replace(mut self, span: Span, replacement: impl Into<String>) -> Self {
        let last = self.help.pop().map(|help| help.replace(span, replacement));
        self.help.extend(last);
        self
    }
}

/// What templates wrote at a place: ranges of their text, and the values there.
type WrittenParts = Vec<(Range<usize>, String)>;

/// All that was found out about a file so far.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// Kind and place of each.
    places: HashSet<(&'static str, Span)>,
    /// Places of which nothing more is to be said.
    quiet: Vec<Span>,
    /// The places of errors.
    error_places: HashSet<Span>,
    /// The places of warnings that explain an error there.
    causes: HashSet<Span>,
    /// The texts that templates wrote, one for each file.
    rendered: Vec<Arc<dyn Written>>,
    /// Where in which of these texts the values of places are that show only an expression; several for the turns of a loop.
    written: HashMap<Span, (usize, WrittenParts)>,
    /// Values that no text may show.
    secrets: Vec<String>,
}

/// The longest text, in bytes, whose mistake may come from a part of it.
const LONGEST: usize = 200;

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, more: T) {
        more.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }
}

impl Diagnostics {
    /// Keeps one more problem.
    ///
    /// One of the same kind at the same place is dropped: a mapping that is used through aliases, a service's key that
    /// counts for each of its instances, or a line of a loop is one mistake, not many.
    pub fn push(&mut self, mut diagnostic: Diagnostic) {
        if diagnostic.primary.as_ref().is_some_and(|at| !self.places.insert((diagnostic.code, at.span))) {
            self.tell_iteration(&diagnostic);
            return;
        }
        if diagnostic.primary.as_ref().is_some_and(|label| self.is_quiet(label.span)) {
            return;
        }
        if let Some(at) = diagnostic.primary.as_ref().map(|label| label.span)
            && !self.keep_errors_alone(diagnostic.severity, at)
        {
            return;
        }
        self.join_causes(&mut diagnostic);
        let has_backtick = self.has_backtick(&diagnostic);
        if !self.explain_template(&mut diagnostic) {
            return;
        }
        self.keep_suggestions_of_written_text(&mut diagnostic);
        diagnostic.hide_what_was_written(has_backtick);
        if diagnostic.primary.is_some() || !self.found.contains(&diagnostic) {
            self.found.push(diagnostic);
        }
    }

    /// Keeps a warning that is the cause of any error at its place. The first such error makes the warning an error; what the
    /// error says follows from it and is dropped.
    pub fn push_cause(&mut self, warning: Diagnostic) {
        self.causes.extend(warning.primary.as_ref().map(|label| label.span));
        self.push(warning);
    }

    /// The text that the templates of a file wrote; those of other files are kept.
    pub fn rendered_from(&mut self, rendered: Arc<dyn Written>) {
        self.rendered.push(rendered);
    }

    /// From here on a problem at `span` says that a template wrote `value` there, which the file does not show. It stands
    /// in that range of the text that was rendered last.
    pub fn written_at(&mut self, span: Span, range: Range<usize>, value: &str) {
        let written = self.written.entry(span).or_default();
        written.0 = self.rendered.len().saturating_sub(1);
        written.1.push((range, value.to_owned()));
    }

    /// No problem shows these values, not even one that was found before: they are hidden when it is drawn.
    pub fn hide(&mut self, secrets: impl IntoIterator<Item = String>) {
        self.secrets.extend(secrets);
    }

    /// From here on nothing is said about these places: their mistake is known, and others follow from it.
    pub fn quiet_at(&mut self, places: impl IntoIterator<Item = Span>) {
        self.quiet.extend(places);
    }

    fn is_quiet(&self, span: Span) -> bool {
        self.quiet
            .iter()
            .any(|quiet| quiet.file == span.file && (quiet.start..quiet.end).contains(&span.start))
    }

    /// The place of the cause that is all of a text, but for its quotes.
    fn cause_of(&self, at: Span) -> Option<Span> {
        let inner = (at.start + 1 < at.end).then(|| Span::new(at.file, at.start + 1..at.end - 1));
        [Some(at), inner].into_iter().flatten().find(|place| self.causes.contains(place))
    }

    /// Makes the causes of an error that lie within its place parts of it.
    fn join_causes(&mut self, diagnostic: &mut Diagnostic) {
        let Some(at) = diagnostic.primary.as_ref().map(|label| label.span) else { return };
        if diagnostic.severity != Severity::Error || self.causes.is_empty() || at.end - at.start > LONGEST {
            return;
        }
        let causes = &self.causes;
        let is_within = |span: Span| span.file == at.file && at.start <= span.start && span.end <= at.end;
        let is_cause = |problem: &mut Diagnostic| {
            let place = problem.primary.as_ref().map(|label| label.span);
            problem.severity == Severity::Warning
                && place.is_some_and(|place| causes.contains(&place) && is_within(place))
        };
        let joined: Vec<Diagnostic> = self.found.extract_if(.., is_cause).collect();
        for (at, cause) in joined.into_iter().enumerate() {
            if let Some(label) = cause.primary {
                diagnostic.secondary.push(Label { text: cause.message, ..label });
            }
            for help in cause.help {
                diagnostic.help.insert(at, help);
            }
        }
    }

    /// Drops warnings about a place that has an error. False if the new problem is such a warning, or an error whose cause
    /// was told.
    fn keep_errors_alone(&mut self, severity: Severity, at: Span) -> bool {
        match severity {
            Severity::Warning => !self.error_places.contains(&at),
            Severity::Error if let Some(place) = self.cause_of(at) => {
                let is_cause = |problem: &&mut Diagnostic| {
                    problem.primary.as_ref().is_some_and(|label| label.span == place)
                };
                let cause = self.found.iter_mut().find(is_cause);
                let is_told = cause.is_some();
                if let Some(cause) = cause {
                    cause.severity = Severity::Error;
                }
                !is_told
            }
            Severity::Error => {
                if self.error_places.insert(at) {
                    let is_here =
                        |problem: &Diagnostic| problem.primary.as_ref().is_some_and(|label| label.span == at);
                    self.found.retain(|problem| problem.severity == Severity::Error || !is_here(problem));
                }
                true
            }
        }
    }

    /// The values that no text may show: those that [`hide`](Self::hide) was told, and those that templates wrote.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let written = self.rendered.iter().flat_map(|rendered| rendered.secrets());
        self.secrets.iter().map(String::as_str).chain(written)
    }

    /// Whether the file is unusable.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether there are errors of other kinds than these.
    #[must_use]
    pub fn has_errors_beside(&self, codes: &[&str]) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error && !codes.contains(&d.code))
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All problems: errors and warnings in the order of their places.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<_> = self.found.iter().collect();
        all.sort_by_key(|d| d.primary.as_ref().map(|label| label.span));
        all
    }
}

/// The candidate that is most like `name`, if any is like it enough to be worth naming.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (similarity(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= 0.6)
        // Ties go to the first: `max_by` would take the last.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate)
}

/// The name that somebody chose which is most like `name`. None if two are alike to the same degree, or if the numbers differ:
/// `node3` is no slip for `node1`.
pub fn nearest_name<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let own = digits(name);
    let may_be = |other: &&str| {
        let other = digits(other);
        own == other || own.is_empty() || other.is_empty()
    };
    let candidates: Vec<&str> = candidates.into_iter().filter(may_be).collect();
    let near = nearest(name, candidates.iter().copied())?;
    let score = |other: &str| similarity(&name.to_lowercase(), &other.to_lowercase());
    let slips = |other: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
    let is_rival =
        |other: &&&str| **other != near && score(other) >= score(near) && slips(other) <= slips(near);
    candidates.iter().find(is_rival).is_none().then_some(near)
}

fn similarity(a: &str, b: &str) -> f64 {
    // A shortened word (`vol`, `env_file`) is likelier than an edit distance alone says.
    let squeezed = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let (a, b) = (squeezed(a), squeezed(b));
    if a.len() >= 3 && b.len() >= 3 && (a.starts_with(&b) || b.starts_with(&a)) {
        return 0.9;
    }
    // In a short name one slip is a large part of it: `dv` for `db`.
    if a.len().min(b.len()) >= 2 && a.len().max(b.len()) <= 3 && strsim::damerau_levenshtein(&a, &b) == 1 {
        return 0.6;
    }
    strsim::normalized_damerau_levenshtein(&a, &b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn spans() -> (Span, Span) {
        let file = Sources::default().add("a.yaml", "a: 1\n");
        (Span::new(file, 0..1), Span::new(file, 3..4))
    }

    #[test]
    fn one_mistake_is_told_once() {
        let (first, second) = spans();
        let mut diagnostics = Diagnostics::default();
        for (code, text, span) in
            [("a", "of web", first), ("a", "of db", first), ("b", "of db", first), ("a", "of db", second)]
        {
            diagnostics.push(Diagnostic::error(code, text).at(span, ""));
        }
        let told: Vec<_> = diagnostics.sorted().iter().map(|d| (d.code, d.message.as_str())).collect();
        assert_eq!(told, [("a", "of web"), ("b", "of db"), ("a", "of db")]);
    }

    /// A text whose secrets were counted: how often it was looked for them.
    #[derive(Debug, Default)]
    struct Text(std::sync::atomic::AtomicUsize);

    impl Written for Text {
        fn quoted(&self, _: Range<usize>, value: &str) -> String {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if value == "secret" || value.contains(char::is_uppercase) {
                "***".to_owned()
            } else {
                value.to_owned()
            }
        }

        fn secrets(&self) -> Vec<&str> {
            vec!["secret"]
        }
    }

    #[test]
    fn what_a_template_wrote_is_noted_at_its_place() {
        let (first, second) = spans();
        let mut diagnostics = Diagnostics::default();
        diagnostics.rendered_from(Arc::new(Text::default()));
        for value in ["1", "2", "2"] {
            diagnostics.written_at(first, 0..1, value);
        }
        diagnostics.push(Diagnostic::error("a", "`2` is bad").at(first, ""));
        diagnostics.push(Diagnostic::error("a", "`2` is bad").at(second, ""));
        // Which turn of the loop is meant cannot be told.
        diagnostics.push(Diagnostic::error("b", "this is bad").at(first, ""));
        let notes: Vec<_> = diagnostics.sorted().iter().map(|d| d.notes.join(", ")).collect();
        assert_eq!(notes, ["the template wrote `2` here", "", ""]);
    }

    #[test]
    fn nothing_is_quoted_of_a_secret_that_a_template_wrote() {
        let (first, second) = spans();
        let mut diagnostics = Diagnostics::default();
        diagnostics.rendered_from(Arc::new(Text::default()));
        diagnostics.hide(["other".to_owned()]);
        diagnostics.written_at(first, 0..1, "secret");
        let problem = || Diagnostic::error("a", "`rest of it` is bad").help("write `rest_of_it`");
        diagnostics.push(problem().at(first, "not `rest`"));
        diagnostics.push(problem().at(second, "not `rest`"));
        let told: Vec<_> =
            diagnostics.sorted().iter().map(|d| (d.message.as_str(), d.help[0].text.as_str())).collect();
        assert_eq!(told, [("`***` is bad", "write `***`"), ("`rest of it` is bad", "write `rest_of_it`")]);
        assert_eq!(
            diagnostics.sorted()[0].primary.as_ref().map(|label| label.text.as_str()),
            Some("not `***`")
        );
        assert_eq!(diagnostics.secrets().collect::<Vec<_>>(), ["other", "secret"]);
    }

    proptest::proptest! {
        /// The value has capital letters, what is said about it has none.
        #[test]
        fn no_part_of_a_secret_is_shown_whatever_quotes_it_has(value in "[A-Z`'\" {}.]{0,12}[A-Z][A-Z`'\" {}.]{0,12}") {
            let (first, second) = spans();
            let mut diagnostics = Diagnostics::default();
            diagnostics.rendered_from(Arc::new(Text::default()));
            diagnostics.written_at(first, 0..1, &value);
            let problem = Diagnostic::error("a", format!("`{value}` is no number, unlike `5`"))
                .at(first, format!("`x` and `{value}`"))
                .also(second, format!("of `{value}` here"))
                .note(format!("it has `{value}`"))
                .help(format!("write `{value}`, or `{value}`"));
            diagnostics.push(problem);
            let problem = diagnostics.sorted()[0];
            let labels = problem.primary.iter().chain(&problem.secondary).map(|label| &label.text);
            let texts = [&problem.message].into_iter().chain(labels).chain(&problem.notes);
            for text in texts.chain(problem.help.iter().map(|help| &help.text)) {
                let is_shown = text.contains(|c: char| c.is_ascii_uppercase());
                proptest::prop_assert!(!is_shown || value.contains("{{"), "{}", text);
            }
        }
    }

    #[test]
    fn what_templates_wrote_is_searched_for_secrets_only_for_a_problem_at_its_place() {
        let (first, second) = spans();
        let text = Arc::new(Text::default());
        let mut diagnostics = Diagnostics::default();
        diagnostics.rendered_from(text.clone());
        (0..1000).for_each(|_| diagnostics.written_at(first, 0..1, "1"));
        diagnostics.push(Diagnostic::error("a", "`1` is bad").at(second, ""));
        assert_eq!(text.0.load(std::sync::atomic::Ordering::Relaxed), 0);
        // A mistake in a loop is one mistake.
        (0..9).for_each(|_| diagnostics.push(Diagnostic::error("a", "`1` is bad").at(first, "")));
        assert_eq!(text.0.load(std::sync::atomic::Ordering::Relaxed), 1000);
    }

    #[test]
    fn an_error_whose_cause_was_told_makes_that_an_error() {
        let (here, there) = spans();
        let mut diagnostics = Diagnostics::default();
        diagnostics.push_cause(Diagnostic::warning("unset-variable", "not set").at(here, ""));
        assert!(!diagnostics.has_errors());
        diagnostics.push(Diagnostic::error("bad-value", "`` is no port").at(here, ""));
        diagnostics.push(Diagnostic::error("bad-port", "`` is no port").at(here, ""));
        diagnostics.push(Diagnostic::error("bad-value", "another").at(there, ""));
        let (part, whole) = (Span::new(here.file, 50..52), Span::new(here.file, 48..60));
        diagnostics.push_cause(Diagnostic::warning("unset-variable", "not set").at(part, "").help("set it"));
        diagnostics.push(Diagnostic::error("bad-mount", "empty").at(whole, "").help("write it"));
        let joined = diagnostics.sorted().into_iter().find(|d| d.code == "bad-mount").unwrap();
        assert_eq!(joined.secondary, [Label { span: part, text: "not set".to_owned() }]);
        assert_eq!(joined.help, ["set it".into(), "write it".into()] as [Help; 2]);
        diagnostics.found.retain(|d| d.code != "bad-mount");
        let told: Vec<_> = diagnostics.sorted().iter().map(|d| (d.severity, d.message.as_str())).collect();
        assert_eq!(told, [(Severity::Error, "not set"), (Severity::Error, "another")]);
    }

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("imgae", ["image", "ports"]), Some("image"));
        assert_eq!(nearest("volume", ["volumes", "volumes_from"]), Some("volumes"));
        assert_eq!(nearest("webb", ["server", "web"]), Some("web"));
        assert_eq!(nearest("bd", ["web", "db"]), Some("db"));
        assert_eq!(nearest("healthcheck", ["image", "ports"]), None);
    }

    #[test]
    fn a_name_with_another_number_is_another_name() {
        assert_eq!(nearest_name("alha", ["alpha", "beta"]), Some("alpha"));
        assert_eq!(nearest_name("node-1", ["node1", "node2"]), Some("node1"));
        assert_eq!(nearest_name("webb", ["web-1", "web-2"]), None);
        assert_eq!(nearest_name("dba", ["db", "db-1", "web"]), Some("db"));
        assert_eq!(nearest_name("node3", ["node1", "node2"]), None);
        assert_eq!(nearest_name("sx1", ["s1-1", "s2-1"]), None);
    }
}
