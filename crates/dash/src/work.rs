//! What the list has keys for.

use super::keys::DashKey;

/// What can be done with an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Details,
    Log,
    Shell,
    Restart,
}

impl Work {
    /// What a key is for.
    pub(crate) fn of(key: DashKey) -> Option<Self> {
        let works = [
            (DashKey::Enter, Self::Details),
            (DashKey::Char('l'), Self::Log),
            (DashKey::Char('s'), Self::Shell),
            (DashKey::Char('r'), Self::Restart),
        ];
        works.into_iter().find(|(of, _)| *of == key).map(|(_, work)| work)
    }

    /// Whether it may change something.
    pub(crate) fn changes(self) -> bool {
        matches!(self, Self::Shell | Self::Restart)
    }
}
