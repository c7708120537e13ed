//! A text that is kept current on a terminal, on the alternate screen: what stood there before comes back at the end, with
//! the last text below it.

use std::io::{self, Write};

use super::ansi::ansi;
use crossterm::{
    cursor::{Hide, MoveTo, Show},
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate,
        EnterAlternateScreen, LeaveAlternateScreen,
    },
};

/// Keeps a text current on a terminal until it is dropped.
#[derive(Debug)]
pub struct Screen<W: Write> {
    out: W,
    /// The text that is shown, line ends included; none before the first.
    shown: Option<String>,
}

impl<W: Write> Screen<W> {
    /// A screen that shows nothing yet. `out` must be a terminal.
    pub fn new(out: W) -> Self {
        Self { out, shown: None }
    }

    /// Shows `text` in place of what was shown before. Its lines have to fit; of more than `rows` the first are shown.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn show(&mut self, text: &str, rows: Option<u16>) -> io::Result<()> {
        let mut bytes = String::new();
        if self.shown.is_none() {
            ansi(&mut bytes, EnterAlternateScreen);
            ansi(&mut bytes, Hide);
        }
        ansi(&mut bytes, BeginSynchronizedUpdate);
        ansi(&mut bytes, DisableLineWrap);
        ansi(&mut bytes, MoveTo(0, 0));
        let most = rows.map_or(usize::MAX, usize::from);
        for (at, line) in text.lines().take(most).enumerate() {
            bytes.push_str(if at == 0 { "" } else { "\r\n" });
            bytes.push_str(line);
            ansi(&mut bytes, Clear(ClearType::UntilNewLine));
        }
        ansi(&mut bytes, Clear(ClearType::FromCursorDown));
        ansi(&mut bytes, EnableLineWrap);
        ansi(&mut bytes, EndSynchronizedUpdate);
        self.shown = Some(text.to_owned());
        self.out.write_all(bytes.as_bytes())?;
        self.out.flush()
    }
}

impl<W: Write> Drop for Screen<W> {
    fn drop(&mut self) {
        let Some(shown) = self.shown.take() else { return };
        let mut bytes = String::new();
        ansi(&mut bytes, Show);
        ansi(&mut bytes, LeaveAlternateScreen);
        for line in shown.lines() {
            bytes.push_str(line);
            bytes.push_str("\r\n");
        }
        // The terminal may be gone.
        let _ = self.out.write_all(bytes.as_bytes()).and_then(|()| self.out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal shows of these bytes.
    fn seen(bytes: &[u8]) -> Vec<String> {
        let mut terminal = avt::Terminal::with_scrollback(20, 6, None).unwrap();
        terminal.feed(std::str::from_utf8(bytes).unwrap());
        let lines = terminal.screen().visible_lines().map(|line| line.text().trim_end().to_owned());
        let mut lines: Vec<String> = lines.collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    }

    #[test]
    fn a_text_replaces_the_one_before_and_the_last_stays() {
        let mut bytes = b"$ maestro\r\n".to_vec();
        let mut screen = Screen::new(&mut bytes);
        screen.show("one\ntwo long\nthree\n", Some(6)).unwrap();
        screen.show("1\n2\n", Some(6)).unwrap();
        assert_eq!(seen(&*screen.out), ["1", "2"]);
        screen.show("a\nb\nc\nd", Some(2)).unwrap();
        assert_eq!(seen(&*screen.out), ["a", "b"]);
        drop(screen);
        assert_eq!(seen(&bytes), ["$ maestro", "a", "b", "c", "d"]);
    }

    #[test]
    fn without_a_text_the_terminal_stays_as_it_is() {
        let mut bytes = Vec::new();
        drop(Screen::new(&mut bytes));
        assert_eq!(bytes, b"");
    }
}
