//! A line that is typed.

use super::keys::DashKey;

/// What became of a line that is typed.
pub(crate) enum Edit {
    GoesOn,
    Done,
    GivenUp,
}

/// Takes a key.
pub(crate) fn edited(text: &mut String, key: DashKey) -> Edit {
    match key {
        DashKey::Char(c) => text.push(c),
        DashKey::Backspace => {
            text.pop();
        }
        DashKey::Ctrl('u') => text.clear(),
        DashKey::Enter => return Edit::Done,
        DashKey::Esc | DashKey::Ctrl('c') => return Edit::GivenUp,
        DashKey::Ctrl(_)
        | DashKey::Tab
        | DashKey::Up
        | DashKey::Down
        | DashKey::Left
        | DashKey::Right
        | DashKey::PageUp
        | DashKey::PageDown
        | DashKey::Home
        | DashKey::End => {}
    }
    Edit::GoesOn
}
