//! Contents that programs print: `command: [op, read, …]` of a config or secret. A caller says whether and how they run.

use std::{fmt, path::Path, time::Duration};

use maestro_core::{
    diagnostic::Diagnostic,
    source::{Span, Spanned},
    value::shortened,
};

/// Code of a problem with a program.
pub(super) const FAILED: &str = "program-failed";
/// Lines of a program's messages that are shown, the last ones.
const LINES: usize = 5;
/// Characters of a program's messages that are shown.
const CHARACTERS: usize = 600;

/// Runs a program with its arguments, from that directory, and returns what it prints.
pub type RunProgram<'a> = &'a dyn Fn(&[String], &Path) -> Result<Vec<u8>, ProgramFault>;

/// Whether the programs run that print contents.
#[derive(Clone, Copy, Default)]
pub enum Programs<'a> {
    /// They do not, so their contents stay unknown.
    #[default]
    Skipped,
    /// They do, each once.
    Run(RunProgram<'a>),
}

impl fmt::Debug for Programs<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Skipped => "Skipped",
            Self::Run(_) => "Run",
        })
    }
}

/// Why there is no content. What the program printed as content is never part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramFault {
    /// There is no such program.
    Missing,
    /// It cannot be run.
    NotRun(String),
    /// It ended without success.
    Failed {
        /// How it ended: `exit status: 1`.
        how: String,
        /// Its messages: what it wrote to standard error.
        messages: String,
    },
    /// It still ran after that time, and was killed.
    TimedOut {
        /// The limit.
        limit: Duration,
        /// Its messages.
        messages: String,
    },
    /// It printed more than so many bytes.
    TooLong(u64),
    /// It was not run: another one did not end in time.
    NotTried,
}

/// A program that gave no content. `word` is what it was for: `secret`.
pub(super) fn failed(fault: &ProgramFault, word: &str, command: &Spanned<Vec<String>>) -> Diagnostic {
    let program = command.value.first().map(String::as_str).unwrap_or_default();
    let (label, messages, help) = match fault {
        ProgramFault::Missing => (
            "there is no such program".to_owned(),
            None,
            "install it on this machine, or name it with its path".to_owned(),
        ),
        ProgramFault::NotRun(why) => (
            format!("it cannot be run: {why}"),
            None,
            "name a program that you may run: its file needs the permission to be executed".to_owned(),
        ),
        ProgramFault::Failed { how, messages } => (
            format!("it ended with {how}"),
            Some(messages),
            "run it by hand: it has to print the content and to end with exit code 0".to_owned(),
        ),
        ProgramFault::TimedOut { limit, messages } => (
            format!("it still ran after {} s and was killed", limit.as_secs()),
            Some(messages),
            "run it by hand: if it waits for an answer, log in first, so that it asks nothing".to_owned(),
        ),
        ProgramFault::TooLong(most) => (
            format!("it printed more than {} MiB, the most that is read", most >> 20),
            None,
            "let it print the content alone".to_owned(),
        ),
        ProgramFault::NotTried => (
            "it was not run: another program did not end in time".to_owned(),
            None,
            "correct the other one first: a run waits for one program only".to_owned(),
        ),
    };
    let text = format!("`{program}` gave no content of this {word}");
    let problem = Diagnostic::error(FAILED, text).at(command.span, label);
    let problem = match messages.and_then(|messages| last_lines(messages)) {
        Some(lines) => problem.note(format!("it said: {lines}")),
        None => problem,
    };
    problem.help(help)
}

/// The last lines of a program's messages, on one line; none if it said nothing.
fn last_lines(messages: &str) -> Option<String> {
    let lines: Vec<&str> = messages.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(LINES)..].join(" · ");
    (!last.is_empty()).then(|| shortened(&last, CHARACTERS).into_owned())
}

/// A command without a program.
pub(super) fn empty(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error("bad-command", format!("the command of this {word} is empty"))
        .at(span, "no program is named")
        .help("write the program and its arguments: `command: [op, read, \"op://shop/token\"]`")
}
