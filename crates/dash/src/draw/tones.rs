//! How tones look in a frame.

use maestro_report::style::Tone;
use ratatui::style::{Color, Modifier, Style};

/// The style of a tone. Without colours, only what is bold or dim differs.
pub(super) fn style(tone: Tone, colour: bool) -> Style {
    let plain = Style::new();
    let (fg, modifier) = match tone {
        Tone::Ok => (Some(Color::Green), None),
        Tone::Failed => (Some(Color::Red), Some(Modifier::BOLD)),
        Tone::Warning => (Some(Color::Yellow), None),
        Tone::Dim => (None, Some(Modifier::DIM)),
        Tone::Bold => (None, Some(Modifier::BOLD)),
        Tone::Plain => (None, None),
    };
    let styled = modifier.map_or(plain, |modifier| plain.add_modifier(modifier));
    fg.filter(|_| colour).map_or(styled, |fg| styled.fg(fg))
}

/// The tone of a line of a report, by the sign that it begins with.
pub(super) fn of_line(line: &str) -> Tone {
    match line.trim_start().chars().next() {
        Some('✓') => Tone::Ok,
        Some('✗') => Tone::Failed,
        Some('!' | '~' | '?' | '>') => Tone::Warning,
        Some('·' | '=') => Tone::Dim,
        _ => Tone::Plain,
    }
}
