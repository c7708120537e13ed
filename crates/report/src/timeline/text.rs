//! A timeline on a terminal: a bar for each instance.

use super::{
    rows::{TimelineRow, rows},
    words,
};
use crate::{
    labels::count,
    style::Tone,
    text::{fit, harmless, pad, width},
    wrap::wrapped,
};
use maestro_core::timeline::{StepKind, StepOutcome, Timeline};

/// Rows of a terminal are read, not searched.
const ROWS_AT_MOST: usize = 60;
const NAME_AT_MOST: usize = 24;
const WAITS_AT_MOST: usize = 5;
/// Without a terminal.
const COLUMNS: usize = 100;
/// A bar needs that much.
const BAR_AT_LEAST: usize = 20;

/// The timeline as text of so many columns.
#[must_use]
pub fn text(timeline: &Timeline, columns: Option<usize>, colour: bool) -> String {
    let columns = columns.unwrap_or(COLUMNS);
    let head = format!("{}: {}", words::title(timeline), words::sum(timeline));
    let mut text = wrapped("", &head, 4) + "\n\n";
    let (rows, left) = rows(timeline, ROWS_AT_MOST);
    let names: Vec<String> = rows.iter().map(name).collect();
    let wide = names.iter().map(|name| width(name)).max().unwrap_or(0).min(NAME_AT_MOST);
    let bar = columns.saturating_sub(wide + 13).max(BAR_AT_LEAST);
    let scale = Scale { end: timeline.run.end.max(1), cells: bar };
    text.extend([format!("{}  {}\n", " ".repeat(wide + 2), scale.axis())]);
    let mut ship = "";
    let has_ships = rows.iter().any(|row| row.ship != rows[0].ship);
    for (row, name) in rows.iter().zip(&names) {
        if has_ships && row.ship != ship {
            ship = row.ship;
            text.extend([format!("{}\n", Tone::Dim.paint(&fit(&harmless(ship), columns), colour))]);
        }
        let (sign, tone) = match (row.has_failed(), row.is_blocked) {
            (true, _) => ("✗", Tone::Failed),
            (false, true) => ("!", Tone::Warning),
            (false, false) => ("✓", Tone::Ok),
        };
        let name = pad(name, wide);
        let name_tone = if row.is_critical() { Tone::Bold } else { Tone::Plain };
        text.extend([format!(
            "{} {}  {}{:>9}\n",
            tone.paint(sign, colour),
            name_tone.paint(&name, colour),
            scale.bar(row, timeline.run.prepared),
            words::duration(row.took()),
        )]);
    }
    if left > 0 {
        text.extend([format!("and {} more\n", count(left, "row"))]);
    }
    let blocked = if rows.iter().any(|row| row.is_blocked) { "  ! blocked" } else { "" };
    text.extend([format!("\n█ engine  ▓ image or data  ▄ stop  ░ until ready  · waits{blocked}\n")]);
    if let Some(chain) = words::chain(timeline) {
        text.extend([format!("{}\n", wrapped("", &chain, 4))]);
    }
    for wait in words::waits(timeline, WAITS_AT_MOST) {
        text.extend([format!("{}\n", wrapped("  ", &words::waited(&wait), 4))]);
    }
    let sums = words::sums(timeline);
    if !sums.is_empty() {
        text.extend([format!("{}\n", wrapped("", &sums, 4))]);
    }
    text
}

fn name(row: &TimelineRow<'_>) -> String {
    row.instance.map_or_else(|| "(shared)".to_owned(), |name| harmless(name).into_owned())
}

/// From times to places on a line.
struct Scale {
    end: u64,
    cells: usize,
}

impl Scale {
    /// The cell in which a time is.
    fn cell(&self, time: u64) -> usize {
        let cells = u64::try_from(self.cells).unwrap_or(u64::MAX);
        let at = u128::from(time) * u128::from(cells) / u128::from(self.end);
        usize::try_from(at).unwrap_or(self.cells).min(self.cells.saturating_sub(1))
    }

    /// Times over their places.
    fn axis(&self) -> String {
        let steps = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000];
        let room = u64::try_from(self.cells / 12).unwrap_or(1).max(1);
        let step = steps.into_iter().find(|step| self.end / step <= room).unwrap_or(self.end.max(1));
        let mut axis = String::new();
        let mut time = 0;
        while time <= self.end {
            let at = self.cell(time);
            let label = tick(time);
            if at >= width(&axis) && at + width(&label) <= self.cells {
                axis = pad(&axis, at) + &label;
            }
            time += step;
        }
        axis
    }

    fn bar(&self, row: &TimelineRow<'_>, prepared: u64) -> String {
        let mut cells = vec![' '; self.cells];
        let (from, to) = row.span();
        if row.instance.is_some() {
            // What it waited before its first step as well.
            for cell in &mut cells[self.cell(prepared.min(from))..=self.cell(to)] {
                *cell = '·';
            }
        }
        let mut steps: Vec<_> = row.steps().collect();
        // What takes long is drawn last: it is not to be hidden by what is short.
        steps.sort_by_key(|step| step.took());
        for step in steps {
            let sign = match step.kind {
                StepKind::Transfer => '▓',
                StepKind::Engine => '█',
                StepKind::Stop => '▄',
                StepKind::Ready => '░',
            };
            let (first, last) = (self.cell(step.from), self.cell(step.to.saturating_sub(1).max(step.from)));
            for cell in &mut cells[first..=last] {
                *cell = sign;
            }
        }
        for step in row.steps().filter(|step| step.outcome == StepOutcome::Failed) {
            cells[self.cell(step.to)] = '✗';
        }
        cells.into_iter().collect()
    }
}

fn tick(milliseconds: u64) -> String {
    match (milliseconds / 1000, milliseconds % 1000) {
        (seconds, 0) if seconds < 60 => format!("{seconds} s"),
        (seconds, rest) if seconds < 60 => format!("{seconds}.{} s", rest / 100),
        (seconds, _) => format!("{}:{:02}", seconds / 60, seconds % 60),
    }
}
