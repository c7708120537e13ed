//! Movements in lists and texts, which are the same everywhere.

use super::keys::DashKey;

/// Where to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
}

impl Motion {
    /// What a key means.
    pub(crate) fn of(key: DashKey) -> Option<Self> {
        Some(match key {
            DashKey::Up | DashKey::Char('k') => Self::Up,
            DashKey::Down | DashKey::Char('j') => Self::Down,
            DashKey::PageUp | DashKey::Ctrl('b') => Self::PageUp,
            DashKey::PageDown | DashKey::Ctrl('f') | DashKey::Char(' ') => Self::PageDown,
            DashKey::Home => Self::First,
            DashKey::End => Self::Last,
            DashKey::Char(_)
            | DashKey::Ctrl(_)
            | DashKey::Enter
            | DashKey::Esc
            | DashKey::Tab
            | DashKey::Backspace
            | DashKey::Left
            | DashKey::Right => return None,
        })
    }

    /// From one place to another, of places up to `last`, with so many in sight.
    pub(crate) fn from(self, at: usize, last: usize, page: usize) -> usize {
        let step = page.saturating_sub(1).max(1);
        let to = match self {
            Self::Up => at.saturating_sub(1),
            Self::Down => at + 1,
            Self::PageUp => at.saturating_sub(step),
            Self::PageDown => at + step,
            Self::First => 0,
            Self::Last => last,
        };
        to.min(last)
    }
}
