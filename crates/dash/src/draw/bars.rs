//! The first and the last line of a frame.

use maestro_report::{
    style::Tone,
    text::{fit, width},
};
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::tones::style;
use crate::{
    model::{DashModel, Page, Prompt},
    words,
};

/// The last line, and the column of the cursor if somebody types there.
pub(super) struct Last {
    pub(super) line: Line<'static>,
    pub(super) cursor: Option<usize>,
}

/// The title on the left, and something about it on the right if there is room.
pub(super) fn title(model: &DashModel, left: &str, right: &str, columns: usize) -> Line<'static> {
    let colour = model.options.colour;
    let left = fit(left, columns).into_owned();
    let free = columns - width(&left);
    if right.is_empty() || free < 4 {
        return Line::styled(left, style(Tone::Bold, colour));
    }
    let right = fit(right, free - 2).into_owned();
    let gap = " ".repeat(free - width(&right));
    Line::from(vec![
        Span::styled(left, style(Tone::Bold, colour)),
        Span::raw(gap),
        Span::styled(right, style(Tone::Dim, colour)),
    ])
}

/// What is asked or told, or the keys.
pub(super) fn last(model: &DashModel, columns: usize) -> Last {
    let colour = model.options.colour;
    let typed = |sign: &str, text: &str| {
        let whole = format!("{sign}{text}");
        // The end of a long text is seen, where somebody types.
        let shown: String = whole.chars().skip(whole.chars().count().saturating_sub(columns - 1)).collect();
        Last { cursor: Some(width(&shown)), line: Line::raw(shown) }
    };
    let bold = |text: &str, tone| Last {
        line: Line::styled(fit(text, columns).into_owned(), style(tone, colour).add_modifier(Modifier::BOLD)),
        cursor: None,
    };
    match &model.prompt {
        Prompt::Filter(_) => typed("filter: ", &model.list.filter),
        Prompt::Search(text) => typed("search: ", text),
        Prompt::Ask(question) => bold(&words::question(question), Tone::Warning),
        Prompt::None => match &model.notice {
            Some(notice) => bold(notice, Tone::Plain),
            None => Last { line: keys(model, columns), cursor: None },
        },
    }
}

fn keys(model: &DashModel, columns: usize) -> Line<'static> {
    let keys = match &model.page {
        Page::List => words::LIST_KEYS,
        Page::Plan(_) => words::PLAN_KEYS,
        Page::Log(_) => words::LOG_KEYS,
        Page::Run(_) if model.is_running() => words::RUN_KEYS,
        Page::Run(_) | Page::Details(_) | Page::Help(_) => words::TEXT_KEYS,
    };
    let keys = keys.iter().filter(|(_, _, changes)| !(*changes && model.options.read_only));
    let keys: Vec<(&str, &str)> = keys.map(|(key, what, _)| (*key, *what)).collect();
    let of = |(key, what): &(&str, &str)| width(key) + 1 + width(what);
    // The last one stays if not all have room.
    let mut shown = keys.clone();
    let gap = if shown.iter().map(|key| of(key) + 2).sum::<usize>() <= columns + 2 { 2 } else { 1 };
    while shown.len() > 2 && shown.iter().map(|key| of(key) + gap).sum::<usize>() > columns + gap {
        shown.remove(shown.len() - 2);
    }
    let mut spans = Vec::new();
    for (at, (key, what)) in shown.into_iter().enumerate() {
        if at > 0 {
            spans.push(Span::raw(" ".repeat(gap)));
        }
        spans.push(Span::styled(key.to_owned(), Style::new().add_modifier(Modifier::BOLD)));
        spans.push(Span::styled(format!(" {what}"), style(Tone::Dim, model.options.colour)));
    }
    Line::from(spans)
}
