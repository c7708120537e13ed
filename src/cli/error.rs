//! How a command ends: the one place of exit codes and of the words for what went wrong before a plan was made.

use std::process::ExitCode;

use serde_json::Value;

use maestro_core::{event::Summary, model::selection::SelectionError};
use maestro_report::{problem, text::harmless};

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
            Self::Signal(_) => 7,
            Self::BadInput => 6,
            Self::Refused => 5,
            Self::Locked | Self::Stale => 4,
            Self::Failed => 3,
            Self::Unreachable => 2,
            Self::Pending => 1,
            Self::Done => 0,
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
            Self::Signal(number) => 128_u8.saturating_add(number),
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
    /// Text that is ready to be shown.
    Progress(String, End),
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
    pub(super) fn bad_input(text: impl Into<String>) -> Self {
        Self::Progress(text.into(), End::BadInput)
    }

    /// The same with another text.
    pub(super) fn map_text(self, map: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Progress(text, end) => Self::Progress(map(&text), end),
            other @ (Self::File { .. } | Self::Selection(_) | Self::Output(_)) => other,
        }
    }

    /// The document for programs, and how the command ends.
    pub(super) fn document(self) -> (Option<Value>, End) {
        let (problems, outcome, end) = match self {
            Self::File { problems, .. } => (problems, Some(UNTOUCHED.to_owned()), End::BadInput),
            other => {
                let (text, end) = other.told();
                let Some(text) = text else { return (None, end) };
                let (problems, outcome) = problem::of_text(&text);
                (problems, outcome, end)
            }
        };
        (Some(problem::document(&problems, outcome.as_deref(), Some(end.code()))), end)
    }

    /// The text to show, without colour, and how the command ends.
    pub(super) fn told(self) -> (Option<String>, End) {
        match self {
            Self::Progress(text, end) => (Some(text), end),
            Self::File { drawn, .. } => (Some(drawn), End::BadInput),
            Self::Selection(errors) => {
                let texts: Vec<String> = errors.iter().map(selection).collect();
                (Some(format!("{}\n{UNTOUCHED}", texts.join("\n"))), End::BadInput)
            }
            // Whoever reads the output has closed it (`maestro … | head`) and knows.
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => (None, End::Done),
            Self::Output(error) => {
                (Some(format!("error: the output cannot be written: {error}")), End::Failed)
            }
        }
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

/// The error and its help, for people.
pub(super) fn selection(error: &SelectionError) -> String {
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
    format!("error: {}\n  help: {help}", harmless(&error.to_string()))
}
