//! The list of instances in a frame.

use maestro_core::model::filter::StateWord;
use maestro_report::{
    status::{EntryState, Grouping},
    style::Tone,
    text::{fit, width},
};
use ratatui::{
    style::Modifier,
    text::{Line, Span},
};

use super::{
    bars,
    columns::{Column, Columns, cell},
    tones::style,
};
use crate::{
    age,
    facts::{DashRow, DashShip, DashState},
    list::ListLine,
    model::{DashModel, SILENT_AT_MOST},
    usage::Used,
    words,
};

/// From so many columns on, a state is cut rather than told without its reason.
const ENOUGH: usize = 20;

/// All lines but the last.
pub(super) fn lines(model: &DashModel, columns: usize) -> Vec<Line<'static>> {
    let Some(state) = &model.state else {
        return vec![bars::title(model, words::ASKED, "", columns)];
    };
    let mut lines = head(model, state, columns);
    let view = Columns::of(state, columns, place(model.list.by));
    lines.push(headings(model, &view));
    let height = model.list_height();
    let mut selected = None;
    let end = lines.len() + height;
    for (line, is_selected) in model.list.in_sight(state, height) {
        lines.push(match line {
            ListLine::Heading { name, ready, instances, silent } => {
                heading(model, name, (ready, instances), silent, columns)
            }
            ListLine::Row(row) => {
                if is_selected {
                    selected = Some(row);
                }
                one(model, row, is_selected, &view)
            }
        });
    }
    lines.resize(end, Line::default());
    lines.push(about(model, selected, columns));
    lines
}

/// What is told above the list.
fn head(model: &DashModel, state: &DashState, columns: usize) -> Vec<Line<'static>> {
    let colour = model.options.colour;
    let filter = &model.list.filter;
    let right = match (&model.run, filter.is_empty()) {
        (Some(run), _) if run.exit_code.is_none() => words::running(&run.typed),
        (_, false) => words::filtered(filter),
        (_, true) => String::new(),
    };
    let mut lines = vec![bars::title(model, &words::title(state), &right, columns)];
    let warned = |text: &str| Line::styled(fit(text, columns).into_owned(), style(Tone::Warning, colour));
    if state.has_mistakes {
        lines.push(warned(&format!("! {}", words::MISTAKES)));
    }
    if model.silent_lines() > 0 {
        let silent: Vec<(&DashShip, &String)> =
            state.ships.iter().filter_map(|ship| Some((ship, ship.silent.as_ref()?))).collect();
        let told = silent.iter().take(SILENT_AT_MOST);
        lines.extend(told.map(|(ship, reason)| warned(&words::unreachable(&ship.name, reason))));
        if let Some(more @ 1..) = silent.len().checked_sub(SILENT_AT_MOST) {
            lines.push(warned(&words::more_unreachable(more)));
        }
    }
    lines
}

fn place(by: Grouping) -> fn(&DashRow) -> &str {
    match by {
        Grouping::Ship => |row| row.service.as_deref().unwrap_or("-"),
        Grouping::Service => |row| &row.ship,
    }
}

fn headings(model: &DashModel, view: &Columns) -> Line<'static> {
    let place = match model.list.by {
        Grouping::Ship => "SERVICE",
        Grouping::Service => "SHIP",
    };
    let mut text = " ".repeat(super::columns::MARGIN);
    for (column, width) in &view.each {
        text += &cell(column.heading(view.is_wide, place), *width, column.is_right());
        text.push(' ');
    }
    Line::styled(text.trim_end().to_owned(), style(Tone::Dim, model.options.colour))
}

fn heading(
    model: &DashModel,
    name: &str,
    (ready, instances): (usize, usize),
    silent: Option<&str>,
    columns: usize,
) -> Line<'static> {
    let colour = model.options.colour;
    if let Some(reason) = silent {
        let text = fit(&words::unreachable(name, reason), columns).into_owned();
        return Line::styled(text, style(Tone::Warning, colour));
    }
    let name = fit(name, columns / 2).into_owned();
    let told = if instances == 0 { String::new() } else { format!(" · {}", words::ready(ready, instances)) };
    Line::from(vec![
        Span::styled(name, style(Tone::Bold, colour)),
        Span::styled(told, style(Tone::Dim, colour)),
    ])
}

fn one(model: &DashModel, row: &DashRow, is_selected: bool, view: &Columns) -> Line<'static> {
    let colour = model.options.colour;
    let tone = style(row.standing.tone(), colour);
    let mut spans = vec![
        Span::raw(if is_selected { "> " } else { "  " }),
        Span::styled(row.standing.sign(), tone),
        Span::raw(" "),
    ];
    let used = model.used.of(&row.name).filter(|_| row.is_instance());
    for (at, (column, width)) in view.each.iter().enumerate() {
        let text = cell(&content(model, *column, row, used, *width), *width, column.is_right());
        let styled = match column {
            Column::State if row.standing != EntryState::Ready => tone,
            Column::Drift => style(Tone::Warning, colour),
            Column::Health if row.health.as_deref() == Some("unhealthy") => style(Tone::Failed, colour),
            Column::Place | Column::CpuBars | Column::MemoryBars | Column::Age => style(Tone::Dim, colour),
            Column::State
            | Column::Name
            | Column::Health
            | Column::Cpu
            | Column::Memory
            | Column::Restarts => style(Tone::Plain, colour),
        };
        spans.push(Span::styled(text, styled));
        if at + 1 < view.each.len() {
            spans.push(Span::raw(" "));
        }
    }
    let line = Line::from(spans);
    if is_selected {
        line.patch_style(style(Tone::Plain, colour).add_modifier(Modifier::REVERSED))
    } else {
        line
    }
}

fn content(model: &DashModel, column: Column, row: &DashRow, used: Option<&Used>, room: usize) -> String {
    let up = used.filter(|_| row.is_up);
    match column {
        Column::Name => row.name.clone(),
        Column::Place => place(model.list.by)(row).to_owned(),
        Column::State => shortened(&row.state, room).to_owned(),
        Column::Health => row.health.clone().unwrap_or_else(|| "-".to_owned()),
        Column::Cpu => up.and_then(Used::cpu).unwrap_or_else(|| "-".to_owned()),
        Column::CpuBars => up.map(|used| used.cpu_bars(room)).unwrap_or_default(),
        Column::Memory => up.and_then(Used::memory).unwrap_or_else(|| "-".to_owned()),
        Column::MemoryBars => up.map(|used| used.memory_bars(room)).unwrap_or_default(),
        Column::Restarts => {
            used.and_then(|used| used.restarts).map_or_else(|| "-".to_owned(), |times| times.to_string())
        }
        Column::Drift => drift(row).to_owned(),
        Column::Age => age::short(&row.age),
    }
}

/// The whole state if there is room, or its first words without the reason.
fn shortened(state: &str, room: usize) -> &str {
    let end = if width(state) <= room || room >= ENOUGH { None } else { state.find([',', ':', ';', '(']) };
    end.map_or(state, |end| state[..end].trim_end())
}

fn drift(row: &DashRow) -> &'static str {
    if row.states.contains(&StateWord::Differs) {
        "differs"
    } else if row.states.contains(&StateWord::OnOldShip) {
        "moves"
    } else {
        ""
    }
}

/// The whole state of the selected row, for which its column may have no room.
fn about(model: &DashModel, selected: Option<&DashRow>, columns: usize) -> Line<'static> {
    let text = selected.map(|row| {
        let service = row.service.as_ref().map(|service| format!(" (service {service})")).unwrap_or_default();
        format!("{}{service} on {}: {}", row.name, row.ship, row.state)
    });
    Line::styled(fit(&text.unwrap_or_default(), columns).into_owned(), style(Tone::Dim, model.options.colour))
}
