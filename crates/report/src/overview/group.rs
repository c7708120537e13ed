//! Things to which the same happens.

use super::sign::Sign;
use maestro_core::plan::changes::ChangeKind;

/// Things to which the same happens.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub sign: Sign,
    /// Their names, harmless.
    pub names: Vec<String>,
    /// What happens to them: `replace`.
    pub word: &'static str,
    /// How, and why where no row says it.
    pub details: Vec<String>,
    /// What differs.
    pub rows: Vec<Row>,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    /// What: `env.DEBUG`.
    pub field: String,
    /// How: `0 → 1`.
    pub text: String,
    /// Where the file says it: `shop.yaml:12`.
    pub place: Option<String>,
    /// Those of the group that it is about; empty if it is about all.
    pub only: Vec<String>,
}

/// What happens, in a word or two.
pub(crate) fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::RemoveLeftovers => "remove leftovers",
        ChangeKind::Create
        | ChangeKind::Start { .. }
        | ChangeKind::Replace
        | ChangeKind::Update
        | ChangeKind::Restart { .. }
        | ChangeKind::Move { .. }
        | ChangeKind::Reload
        | ChangeKind::Rename
        | ChangeKind::Pull
        | ChangeKind::Check
        | ChangeKind::Stop
        | ChangeKind::Kill
        | ChangeKind::Pause
        | ChangeKind::Unpause
        | ChangeKind::Remove => kind.word(),
    }
}
