//! Commands to a terminal.

use crossterm::Command;

/// Adds a command to what is written next.
pub(crate) fn ansi(bytes: &mut String, command: impl Command) {
    // Writing into a string cannot fail.
    let _ = command.write_ansi(bytes);
}
