//! How a command ends: the one place of exit codes and of the words for what went wrong before a plan was made.

use std::process::ExitCode;

use serde_json::Value;

use maestro_core::{event::Summary, model::selection::SelectionError};
use maestro_engine::EngineError;
use maestro_report::{
    problem::{self, CommandProblem},
    text::harmless,
};

/// What became of a command that ended before it contacted an engine.
pub(super) const UNTOUCHED: &str = "nothing was contacted";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum End {
    /// All is done.
    #[default]
    Done,
    /// A step failed.
    Failed,
    /// The input is bad; nothing was contacted.
    BadInput,
    /// There is something to do (`plan --detailed-exitcode`).
    Pending,
    /// A ship is unreachable, or an outcome unknown.
    Unreachable,
    /// Another run holds the lease.
    Locked,
    /// Something has changed since a plan was saved.
    Stale,
    /// Refused for safety: something is there that is not ours.
    Refused,
    /// A program in a container ended with that exit code, which is passed on.
    Exited(u8),
    /// A signal of that number ended it.
    Signal(u8),
}

impl End {
    /// What a run came to; of several, the one that matters most.
    pub(super) fn of(summary: &Summary, signal: Option<u8>) -> Self {
        match signal {
            Some(signal) => Self::Signal(signal),
            None if summary.blocked_unmanaged + summary.blocked_data > 0 => Self::Refused,
            None if summary.lease_lost || summary.outdated > 0 => Self::Locked,
            None if summary.failed > 0 => Self::Failed,
            None if summary.unreachable + summary.unknown + summary.skipped > 0 => Self::Unreachable,
            None => Self::Done,
        }
    }

    /// Of two ends the one that matters more.
    pub(super) fn worse(self, other: Self) -> Self {
        let rank = |end: Self| match end {
            Self::Signal(_) => (7, 0),
            Self::BadInput => (6, 0),
            Self::Refused => (5, 0),
            Self::Locked | Self::Stale => (4, 0),
            Self::Exited(code @ 1..) => (3, code),
            Self::Failed => (3, 0),
            Self::Unreachable => (2, 0),
            Self::Pending => (1, 0),
            Self::Done | Self::Exited(0) => (0, 0),
        };
        if rank(other) > rank(self) { other } else { self }
    }

    pub(super) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::BadInput => 2,
            Self::Pending => 3,
            Self::Unreachable => 4,
            Self::Locked | Self::Stale => 5,
            Self::Refused => 6,
            Self::Exited(code) => code,
            Self::Signal(number) => 128_u8.saturating_add(number),
        }
    }
}

/// How a program ended; no system knows other exit codes than those up to 255.
impl From<i64> for End {
    fn from(code: i64) -> Self {
        Self::Exited(u8::try_from(code).unwrap_or(u8::MAX))
    }
}

/// How a command ends that an engine did not do.
impl From<&EngineError> for End {
    fn from(error: &EngineError) -> Self {
        match error {
            EngineError::Unreachable(_) | EngineError::ResponseLost(_) => Self::Unreachable,
            EngineError::NotFound(_) | EngineError::Conflict(_) | EngineError::Refused(_) => Self::Failed,
        }
    }
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        Self::from(end.code())
    }
}

/// What ends a command before it has done anything.
#[derive(Debug)]
pub(super) enum Problem {
    /// What is wrong, what became of the command in a clause, and how it ends.
    Command {
        /// All that is wrong.
        problems: Vec<CommandProblem>,
        /// What became of the command.
        outcome: Option<&'static str>,
        /// How it ends.
        end: End,
    },
    /// Problems of the file, as text that is ready to be shown, and for programs.
    File {
        /// For people.
        drawn: String,
        /// For programs.
        problems: Vec<Value>,
    },
    /// Names on the command line that mean nothing.
    Selection(Vec<SelectionError>),
    /// The output cannot be written.
    Output(std::io::Error),
}

impl Problem {
    /// Bad input, found before an engine was contacted.
    pub(super) fn bad_input(problem: CommandProblem) -> Self {
        Self::Command { problems: vec![problem], outcome: Some(UNTOUCHED), end: End::BadInput }
    }

    /// A problem that says itself what became of the command.
    pub(super) fn ended(problem: CommandProblem, end: End) -> Self {
        Self::Command { problems: vec![problem], outcome: None, end }
    }

    /// The same with other texts.
    pub(super) fn map_text(self, map: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Command { problems, outcome, end } => {
                let problems = problems.into_iter().map(|problem| problem.map(&map)).collect();
                Self::Command { problems, outcome, end }
            }
            other @ (Self::File { .. } | Self::Selection(_) | Self::Output(_)) => other,
        }
    }

    /// What is wrong first, in one line.
    pub(super) fn first(&self) -> String {
        match self {
            Self::Command { problems, .. } => problems.first().map(|problem| problem.message.clone()),
            Self::File { problems, .. } => {
                problems.iter().find_map(|problem| problem["message"].as_str()).map(str::to_owned)
            }
            Self::Selection(_) | Self::Output(_) => None,
        }
        .unwrap_or_else(|| "it cannot be read".to_owned())
    }

    /// What is wrong, how it was left and how the command ends. None if whoever reads the output has closed it and knows, and
    /// for problems of the file, which are drawn where its text is.
    fn facts(self) -> Option<(Vec<CommandProblem>, Option<&'static str>, End)> {
        match self {
            Self::Command { problems, outcome, end } => Some((problems, outcome, end)),
            Self::Selection(errors) => {
                Some((errors.iter().map(selection).collect(), Some(UNTOUCHED), End::BadInput))
            }
            // `maestro … | head`
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => None,
            Self::Output(error) => {
                let problem = CommandProblem::new(format!("the output cannot be written: {error}"));
                Some((vec![problem], None, End::Failed))
            }
            Self::File { .. } => None,
        }
    }

    /// How the command ends for it.
    pub(super) fn end(&self) -> End {
        match self {
            Self::Command { end, .. } => *end,
            Self::File { .. } | Self::Selection(_) => End::BadInput,
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => End::Done,
            Self::Output(_) => End::Failed,
        }
    }

    /// The document for programs, and how the command ends.
    pub(super) fn document(self) -> (Option<Value>, End) {
        if let Self::File { problems, .. } = self {
            let end = End::BadInput;
            return (Some(problem::document(&problems, Some(UNTOUCHED), Some(end.code()))), end);
        }
        let Some((problems, outcome, end)) = self.facts() else { return (None, End::Done) };
        let problems: Vec<Value> = problems.iter().map(CommandProblem::json).collect();
        (Some(problem::document(&problems, outcome, Some(end.code()))), end)
    }

    /// The text to show, without colour, and how the command ends.
    pub(super) fn told(self) -> (Option<String>, End) {
        if let Self::File { drawn, .. } = self {
            return (Some(drawn), End::BadInput);
        }
        let Some((problems, outcome, end)) = self.facts() else { return (None, End::Done) };
        let texts = problems.iter().map(CommandProblem::text).chain(outcome.map(str::to_owned));
        (Some(texts.collect::<Vec<_>>().join("\n")), end)
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}

impl From<Vec<SelectionError>> for Problem {
    fn from(errors: Vec<SelectionError>) -> Self {
        Self::Selection(errors)
    }
}

/// The error and its help.
pub(super) fn selection(error: &SelectionError) -> CommandProblem {
    let help = match error {
        SelectionError::Unknown { nearest: Some(near), .. } => format!("did you mean `{}`?", harmless(near)),
        SelectionError::Unknown { known, .. } if known.is_empty() => {
            "the file defines no services yet".to_owned()
        }
        SelectionError::Unknown { known, .. } => {
            let shown: Vec<_> = known.iter().take(20).map(|name| harmless(name)).collect();
            let more = if known.len() > 20 { " …" } else { "" };
            format!("there are: {}{more}", shown.join(", "))
        }
        SelectionError::Ambiguous { name, service, .. } => {
            let (name, service) = (harmless(name), service.iter().map(|name| harmless(name)));
            let service = service.collect::<Vec<_>>().join(", ");
            format!(
                "write `service/{name}` for its instances ({service}), or `instance/{name}` for the instance alone"
            )
        }
        SelectionError::Pattern { .. } => {
            "`*` stands for any characters, `?` for one, `[a-c]` for one of these".to_owned()
        }
        SelectionError::Nothing => {
            "`maestro status` shows the names of all instances (`-C`) and ships (`-S`)".to_owned()
        }
    };
    CommandProblem::new(harmless(&error.to_string())).help(help)
}
