//! Keys as a terminal sends them.

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DashKey {
    /// A character.
    Char(char),
    /// A letter with Ctrl, in lower case.
    Ctrl(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// The arrow to the left.
    Left,
    /// The arrow to the right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
}

impl DashKey {
    /// The key of an escape sequence without its introducer, `A` or `5~`; none if it means nothing here.
    pub(crate) fn of_sequence(sequence: &str) -> Option<Self> {
        Some(match sequence {
            "A" => Self::Up,
            "B" => Self::Down,
            "C" => Self::Right,
            "D" => Self::Left,
            "H" | "1~" | "7~" => Self::Home,
            "F" | "4~" | "8~" => Self::End,
            "5~" => Self::PageUp,
            "6~" => Self::PageDown,
            _ => return None,
        })
    }

    /// The key of a character.
    pub(crate) fn of_char(c: char) -> Option<Self> {
        Some(match c {
            '\r' | '\n' => Self::Enter,
            '\t' => Self::Tab,
            '\u{7f}' | '\u{8}' => Self::Backspace,
            '\u{1}'..='\u{1a}' => Self::Ctrl(char::from(u8::try_from(u32::from(c)).ok()? + b'a' - 1)),
            c if c.is_control() => return None,
            c => Self::Char(c),
        })
    }
}
