//! Logs of several instances, as text and as JSON.

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use regex::Regex;
use serde_json::json;

use maestro_core::fault::ShipFault;

use super::{
    explain, json,
    style::Tone,
    text::{harmless, harmless_line, pad, width},
};

/// The colours of names: none that means something elsewhere.
const COLOURS: [AnsiColor; 8] = [
    AnsiColor::Cyan,
    AnsiColor::Blue,
    AnsiColor::Magenta,
    AnsiColor::BrightCyan,
    AnsiColor::BrightBlue,
    AnsiColor::BrightMagenta,
    AnsiColor::BrightGreen,
    AnsiColor::BrightYellow,
];
/// What matches `--grep`.
const MATCH: Style = Style::new().bold().underline();

/// Whose log it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogName {
    /// The instance, or the container of an orphan.
    pub instance: String,
    /// What a user types for it.
    pub typed: String,
    /// The instance's service; none of an orphan.
    pub service: Option<String>,
    /// The ship.
    pub ship: String,
}

/// A line of a log, or a piece of a long one.
#[derive(Debug, Clone, Copy)]
pub struct LogEntry<'a> {
    /// When the engine got it, if that is known.
    pub time: Option<Timestamp>,
    /// Whether it was written to standard error.
    pub stderr: bool,
    /// The line. Untrusted.
    pub text: &'a str,
    /// Whether the next entry of the same log is its rest.
    pub goes_on: bool,
}

/// How lines of logs are shown as text.
#[derive(Debug)]
pub struct LogLayout {
    /// The names before the lines, as they are written; empty if there are to be none.
    names: Vec<String>,
    /// Whether the time stands before each line.
    times: bool,
    /// Only lines that match are shown.
    pattern: Option<Regex>,
    colour: bool,
    /// The log whose line is not at its end yet.
    unfinished: Option<usize>,
}

impl LogLayout {
    /// Lines of these logs, with the time before them if `times`; only those that match `pattern`.
    #[must_use]
    pub fn new(names: &[LogName], times: bool, pattern: Option<Regex>, colour: bool) -> Self {
        let column = names.iter().map(|name| width(&harmless(&name.instance))).max().unwrap_or(0);
        let names = names.iter().map(|name| {
            let text = format!("{} |", pad(&harmless(&name.instance), column));
            if colour { painted(colour_of(&name.instance), &text) } else { text }
        });
        Self { names: names.collect(), times, pattern, colour, unfinished: None }
    }

    /// The same without names.
    #[must_use]
    pub fn without_names(self) -> Self {
        Self { names: Vec::new(), ..self }
    }

    /// Writes a line of the log of that number behind `out`. The pieces of a long line stand in one line, unless another
    /// line comes between them.
    pub fn write(&mut self, out: &mut String, log: usize, entry: &LogEntry<'_>) {
        if !self.is_wanted(entry.text) {
            return;
        }
        let is_rest = self.unfinished == Some(log);
        if !is_rest {
            self.end_line(out);
            if let Some(name) = self.names.get(log) {
                out.push_str(name);
                out.push(' ');
            }
            if let Some(time) = entry.time.filter(|_| self.times) {
                out.push_str(&Tone::Dim.paint(&format!("{time:.9}"), self.colour));
                out.push(' ');
            }
        }
        self.write_text(out, entry.text);
        self.unfinished = entry.goes_on.then_some(log);
        if !entry.goes_on {
            out.push('\n');
        }
    }

    /// Ends a line whose rest has not come.
    pub fn end_line(&mut self, out: &mut String) {
        if self.unfinished.take().is_some() {
            out.push('\n');
        }
    }

    /// Whether a line is shown.
    #[must_use]
    pub fn is_wanted(&self, text: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
    }

    fn write_text(&self, out: &mut String, text: &str) {
        let Some(pattern) = self.pattern.as_ref().filter(|_| self.colour) else {
            out.push_str(&harmless_line(text));
            return;
        };
        let mut end = 0;
        for found in pattern.find_iter(text).filter(|found| !found.is_empty()) {
            out.push_str(&harmless(&text[end..found.start()]));
            out.push_str(&painted(MATCH, &harmless(found.as_str())));
            end = found.end();
        }
        out.push_str(&harmless_line(&text[end..]));
    }
}

/// A line of a log as an object on a line of its own.
///
/// # Errors
/// None in fact.
pub fn object(name: &LogName, entry: &LogEntry<'_>) -> Result<String, serde_json::Error> {
    json::line(&json!({
        "version": 1,
        "instance": name.instance,
        "service": name.service,
        "ship": name.ship,
        "time": entry.time.map(|time| time.to_string()),
        "stderr": entry.stderr,
        "line": entry.text,
        "goes_on": entry.goes_on,
    }))
}

/// What is told of a log that its ship takes no connection for.
#[must_use]
pub fn not_followed(name: &LogName, limit: usize) -> String {
    format!(
        "{}: its log is not followed: the SSH server of ship {} forwards no connections, and allows {limit} logs at once; \
         `AllowStreamLocalForwarding yes` in its sshd_config lifts that",
        name.instance, name.ship
    )
}

/// What is told of a log that could not be read, or not to its end.
#[must_use]
pub fn failed(name: &LogName, has_begun: bool, why: &str) -> String {
    let LogName { instance, ship, .. } = name;
    if has_begun {
        format!("{instance}: its log ended early: {why}")
    } else if why.contains("does not support reading") {
        format!(
            "{instance}: its log cannot be read from ship {ship}: {why}; with `log_driver: local` in the file, its next \
             container keeps one"
        )
    } else {
        format!("{instance}: its log cannot be read from ship {ship}: {why}")
    }
}

/// What is told of a ship whose logs are followed and which does not answer any more.
#[must_use]
pub fn lost(ship: &str, reason: &ShipFault) -> String {
    format!("{}; its logs go on when it answers", explain::ship::unreachable(ship, reason))
}

/// What is told of a ship that answers again.
#[must_use]
pub fn back(ship: &str) -> String {
    format!("ship {ship} answers again")
}

/// The colour of a name: always the same, whoever stands beside it.
fn colour_of(name: &str) -> Style {
    let sum = name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    COLOURS[sum % COLOURS.len()].on_default()
}

fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(instance: &str) -> LogName {
        let (instance, typed) = (instance.to_owned(), instance.to_owned());
        LogName { instance, typed, service: Some("web".to_owned()), ship: "a".to_owned() }
    }

    fn entry(text: &str) -> LogEntry<'_> {
        LogEntry { time: "2026-11-29T08:00:00.5Z".parse().ok(), stderr: false, text, goes_on: false }
    }

    fn written(layout: &mut LogLayout, entries: &[(usize, LogEntry<'_>)]) -> String {
        let mut out = String::new();
        for (log, entry) in entries {
            layout.write(&mut out, *log, entry);
        }
        out
    }

    #[test]
    fn names_stand_in_a_column_and_nothing_steers_the_terminal() {
        let names = [name("web-1"), name("database-1")];
        let mut layout = LogLayout::new(&names, false, None, false);
        let lines = [(0, entry("up")), (1, entry("\u{1b}[2Jready\tnow\r")), (0, entry(""))];
        assert_eq!(
            written(&mut layout, &lines),
            "web-1      | up\ndatabase-1 | \\u{1b}[2Jready\tnow\nweb-1      | \n"
        );
        let mut layout = LogLayout::new(&names, true, None, false).without_names();
        assert_eq!(written(&mut layout, &lines[..1]), "2026-11-29T08:00:00.500000000Z up\n");
    }

    #[test]
    fn a_long_line_stays_one_unless_another_comes_between() {
        let names = [name("a"), name("b")];
        let mut layout = LogLayout::new(&names, false, None, false);
        let piece = LogEntry { goes_on: true, ..entry("xx") };
        let lines = [(0, piece), (0, piece), (0, entry("y")), (0, piece), (1, entry("z")), (0, entry("y"))];
        assert_eq!(written(&mut layout, &lines), "a | xxxxy\na | xx\nb | z\na | y\n");
    }

    #[test]
    fn only_what_matches_is_shown_and_marked() {
        let pattern = || Regex::new("e+").ok();
        let lines = [(0, entry("seen")), (0, entry("not")), (0, entry("me\u{7}"))];
        let mut layout = LogLayout::new(&[name("a")], false, pattern(), false).without_names();
        assert_eq!(written(&mut layout, &lines), "seen\nme\\u{7}\n");
        let mut layout = LogLayout::new(&[name("a")], false, pattern(), true).without_names();
        assert_eq!(written(&mut layout, &lines[..1]), "s\u{1b}[1m\u{1b}[4mee\u{1b}[0mn\n");
    }

    #[test]
    fn a_name_keeps_its_colour() {
        let alone = LogLayout::new(&[name("web-2")], false, None, true).names;
        let among = LogLayout::new(&[name("web-1"), name("web-2")], false, None, true).names;
        assert_eq!(alone[0], among[1]);
        assert_ne!(among[0].replace("web-1", "web-2"), among[1]);
    }

    #[test]
    fn an_object_tells_all() {
        let text = object(&name("web-1"), &LogEntry { stderr: true, ..entry("\u{1b}x") }).unwrap();
        assert_eq!(
            text,
            r#"{"version":1,"instance":"web-1","service":"web","ship":"a","time":"2026-11-29T08:00:00.5Z","stderr":true,"line":"\u001bx","goes_on":false}"#
        );
    }
}
