//! A frame of the dashboard.

mod bars;
mod columns;
mod list;
mod pages;
mod tones;

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    model::{DashModel, LEAST, Page},
    words,
};

/// Draws what the dashboard shows.
pub fn draw(model: &DashModel, frame: &mut Frame<'_>) {
    let area = frame.area();
    let (columns, rows) = (area.width, area.height);
    if columns < LEAST.0 || rows < LEAST.1 {
        let text = words::too_small((columns, rows), LEAST);
        frame.render_widget(Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: true }), area);
        return;
    }
    let columns = usize::from(columns);
    let mut lines: Vec<Line<'_>> = match &model.page {
        Page::List => list::lines(model, columns),
        Page::Details(page) | Page::Help(page) => pages::text(model, page, columns),
        Page::Run(page) => pages::run(model, page, columns),
        Page::Plan(page) => pages::plan(model, page, columns),
        Page::Log(page) => pages::log(model, page, columns),
    };
    lines.truncate(usize::from(rows) - 1);
    let last = bars::last(model, columns);
    let body = Rect { height: rows - 1, ..area };
    frame.render_widget(Paragraph::new(lines), body);
    let foot = Rect { y: area.y + rows - 1, height: 1, ..area };
    frame.render_widget(Paragraph::new(last.line), foot);
    if let Some(column) = last.cursor {
        frame.set_cursor_position((
            foot.x + u16::try_from(column).unwrap_or(u16::MAX).min(foot.width - 1),
            foot.y,
        ));
    }
}
