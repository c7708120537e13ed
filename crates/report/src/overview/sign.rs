//! The sign before a line of a plan.

use crate::style::Tone;
use maestro_core::plan::changes::ChangeKind;

/// A sign before a line. `plan --help` explains all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// It comes.
    Add,
    /// It is changed.
    Change,
    /// It goes from one ship to another.
    Move,
    /// It goes.
    Remove,
    /// It stays as it is.
    Keep,
    /// Something is in its way.
    Blocked,
    /// Its ship does not answer.
    Skipped,
}

impl Sign {
    /// As it is printed.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Change => "~",
            Self::Move => ">",
            Self::Remove => "-",
            Self::Keep => "=",
            Self::Blocked => "!",
            Self::Skipped => "?",
        }
    }

    pub(crate) fn tone(self) -> Tone {
        match self {
            Self::Add => Tone::Ok,
            Self::Change | Self::Move | Self::Blocked | Self::Skipped => Tone::Warning,
            Self::Remove => Tone::Failed,
            Self::Keep => Tone::Dim,
        }
    }

    /// The sign of what happens to a thing.
    pub(crate) fn of(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Create | ChangeKind::Start { .. } | ChangeKind::Pull => Self::Add,
            ChangeKind::Replace
            | ChangeKind::Update
            | ChangeKind::Restart { .. }
            | ChangeKind::Reload
            | ChangeKind::Rename
            | ChangeKind::Check
            | ChangeKind::Pause
            | ChangeKind::Unpause => Self::Change,
            ChangeKind::Move { .. } => Self::Move,
            ChangeKind::Stop | ChangeKind::Kill | ChangeKind::Remove | ChangeKind::RemoveLeftovers => {
                Self::Remove
            }
        }
    }
}
