//! Pages of text in a frame.

use maestro_report::{style::Tone, text::fit};
use ratatui::{
    style::Modifier,
    text::{Line, Span},
};

use super::{
    bars,
    tones::{of_line, style},
};
use crate::{
    log::{LogLine, LogPage},
    model::DashModel,
    page::{PlanPage, TextPage},
    words,
};

/// A text under its title.
pub(super) fn text(model: &DashModel, page: &TextPage, columns: usize) -> Vec<Line<'static>> {
    under(model, page, "", columns)
}

/// A plan.
pub(super) fn plan(model: &DashModel, page: &PlanPage, columns: usize) -> Vec<Line<'static>> {
    under(model, &page.text, "", columns)
}

/// A run.
pub(super) fn run(model: &DashModel, page: &TextPage, columns: usize) -> Vec<Line<'static>> {
    let end = model.run.as_ref().and_then(|run| run.exit_code);
    let right = end.map(|code| format!("exit code {code}")).unwrap_or_default();
    under(model, page, &right, columns)
}

fn under(model: &DashModel, page: &TextPage, right: &str, columns: usize) -> Vec<Line<'static>> {
    let colour = model.options.colour;
    let height = model.page_height();
    let total = page.lines.as_ref().map_or(0, Vec::len);
    let place = if total > height {
        let first = page.top.min(total - height);
        format!("{right}  {}–{} of {total}", first + 1, first + height)
    } else {
        right.to_owned()
    };
    let mut lines = vec![bars::title(model, &page.title, place.trim_start(), columns)];
    if page.lines.as_ref().is_none_or(Vec::is_empty) {
        lines.push(Line::styled(words::AWAITED, style(Tone::Dim, colour)));
    }
    lines.extend(
        page.in_sight(height)
            .iter()
            .map(|line| Line::styled(fit(line, columns).into_owned(), style(of_line(line), colour))),
    );
    lines
}

/// A log.
pub(super) fn log(model: &DashModel, page: &LogPage, columns: usize) -> Vec<Line<'static>> {
    let height = model.page_height();
    let colour = model.options.colour;
    let first = page.first(height);
    let place = if page.is_following() {
        "following".to_owned()
    } else {
        format!("{}–{} of {}", first + 1, (first + height).min(page.len()), page.len())
    };
    let title = format!("{} log", page.name);
    let mut lines = vec![bars::title(model, &title, &place, columns)];
    if page.len() == 0 {
        lines.push(Line::styled(words::NOTHING_LOGGED, style(Tone::Dim, colour)));
    }
    lines.extend(page.in_sight(height).map(|(at, line)| logged(model, page, (at, line), columns)));
    lines
}

fn logged(model: &DashModel, page: &LogPage, (at, line): (usize, &LogLine), columns: usize) -> Line<'static> {
    let colour = model.options.colour;
    let shown: String = line.text.chars().skip(page.left).collect();
    let shown = fit(&shown, columns).into_owned();
    if line.is_note {
        return Line::styled(shown, style(Tone::Warning, colour));
    }
    let mut spans = Vec::new();
    let mut end = 0;
    for (from, to) in page.hits(&shown) {
        spans.push(Span::raw(shown[end..from].to_owned()));
        let hit = style(Tone::Bold, colour).add_modifier(Modifier::UNDERLINED);
        let hit = if page.hit == Some(at) { hit.add_modifier(Modifier::REVERSED) } else { hit };
        spans.push(Span::styled(shown[from..to].to_owned(), hit));
        end = to;
    }
    spans.push(Span::raw(shown[end..].to_owned()));
    Line::from(spans)
}
