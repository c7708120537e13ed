//! From frames to the bytes that a terminal is sent.

use std::{convert::Infallible, fmt::Write as _};

use crossterm::{
    Command,
    cursor::{Hide, MoveTo, Show},
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType as Cleared, DisableLineWrap, EnableLineWrap,
        EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    },
};
use ratatui::{
    Terminal,
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
    style::{Color, Modifier},
};

use super::{draw::draw, model::DashModel};

/// Has the wheel of the mouse sent as arrows, and keeps what was before. The mouse selects text as usual: it is not taken.
const WHEEL: &str = "\u{1b}[?1007s\u{1b}[?1007h";
/// The wheel as it was.
const WHEEL_AS_BEFORE: &str = "\u{1b}[?1007r";

/// Draws frames: only what differs from the frame before is sent, all at once.
#[derive(Debug)]
pub struct DashScreen {
    terminal: Terminal<Bytes>,
    /// Where the cursor is; none while it is hidden.
    cursor: Option<Position>,
}

impl DashScreen {
    /// A screen of so many columns and rows.
    #[must_use]
    pub fn new((columns, rows): (u16, u16)) -> Self {
        let size = Size::new(columns, rows);
        let backend =
            Bytes { out: String::new(), size, style: None, cursor: Position::ORIGIN, is_shown: false };
        let Ok(terminal) = Terminal::new(backend);
        Self { terminal, cursor: None }
    }

    /// What makes a terminal ready: another screen, so that what stands on the first comes back at the end.
    #[must_use]
    pub fn enter() -> String {
        let mut out = String::new();
        ansi(&mut out, EnterAlternateScreen);
        out.push_str(WHEEL);
        ansi(&mut out, Hide);
        out
    }

    /// What gives the terminal back as it was.
    #[must_use]
    pub fn leave() -> String {
        let mut out = String::from("\u{1b}[0m");
        ansi(&mut out, EndSynchronizedUpdate);
        ansi(&mut out, EnableLineWrap);
        ansi(&mut out, Show);
        out.push_str(WHEEL_AS_BEFORE);
        ansi(&mut out, LeaveAlternateScreen);
        out
    }

    /// The bytes of the next frame; empty if nothing has changed.
    pub fn frame(&mut self, model: &DashModel) -> String {
        let backend = self.terminal.backend_mut();
        backend.size = Size::new(model.size.0, model.size.1);
        backend.out.clear();
        backend.style = None;
        let Ok(_) = self.terminal.draw(|frame| draw(model, frame));
        let backend = self.terminal.backend_mut();
        let drawn = std::mem::take(&mut backend.out);
        let cursor = backend.is_shown.then_some(backend.cursor);
        if drawn.is_empty() && cursor == self.cursor {
            return drawn;
        }
        self.cursor = cursor;
        let mut out = String::new();
        ansi(&mut out, BeginSynchronizedUpdate);
        ansi(&mut out, DisableLineWrap);
        out.push_str(&drawn);
        out.push_str("\u{1b}[0m");
        ansi(&mut out, EnableLineWrap);
        match cursor {
            Some(Position { x, y }) => {
                ansi(&mut out, MoveTo(x, y));
                ansi(&mut out, Show);
            }
            None => ansi(&mut out, Hide),
        }
        ansi(&mut out, EndSynchronizedUpdate);
        out
    }

    /// Has the next frame drawn whole: something else may have been drawn.
    pub fn forget(&mut self) {
        let Ok(()) = self.terminal.clear();
    }
}

/// Collects what is drawn.
#[derive(Debug)]
struct Bytes {
    out: String,
    size: Size,
    /// The colour and the modifiers of what was drawn last in this frame.
    style: Option<(Color, Modifier)>,
    /// Where the frame has the cursor, and whether it is seen.
    cursor: Position,
    is_shown: bool,
}

impl Backend for Bytes {
    type Error = Infallible;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Result<(), Infallible> {
        let mut behind = None;
        for (x, y, cell) in content {
            if behind != Some((x, y)) {
                ansi(&mut self.out, MoveTo(x, y));
            }
            let style = (cell.fg, cell.modifier);
            if self.style != Some(style) {
                self.out.push_str(&sequence(style));
                self.style = Some(style);
            }
            self.out.push_str(cell.symbol());
            // What is wider than one column may be found otherwise by a terminal.
            behind = cell.symbol().is_ascii().then_some((x + 1, y));
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.is_shown = false;
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.is_shown = true;
        Ok(())
    }

    /// Nothing is asked of the terminal: its answer would come between keys.
    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.cursor = position.into();
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.out.push_str("\u{1b}[0m");
        ansi(&mut self.out, Clear(Cleared::All));
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> Result<(), Infallible> {
        self.clear()
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// What switches to a colour and modifiers.
fn sequence((colour, modifier): (Color, Modifier)) -> String {
    let mut codes = String::from("\u{1b}[0");
    let modifiers =
        [(Modifier::BOLD, 1), (Modifier::DIM, 2), (Modifier::UNDERLINED, 4), (Modifier::REVERSED, 7)];
    for (_, code) in modifiers.into_iter().filter(|(one, _)| modifier.contains(*one)) {
        // Writing into a string cannot fail.
        let _ = write!(codes, ";{code}");
    }
    codes.push_str(match colour {
        Color::Red => ";31m",
        Color::Green => ";32m",
        Color::Yellow => ";33m",
        // No other is drawn.
        _ => "m",
    });
    codes
}

fn ansi(out: &mut String, command: impl Command) {
    // Writing into a string cannot fail.
    let _ = command.write_ansi(out);
}
