//! A run as lines of text, for what draws them itself.

use maestro_core::event::Summary;

use super::{ending, frame, run_state::RunState};

/// What is going on: at most so many rows, none wider than so many columns.
#[must_use]
pub fn now(run: &RunState, (columns, rows): (usize, usize)) -> Vec<String> {
    frame::lines(run, (columns, rows), false)
}

/// The whole table, and below it all that is told at the end.
#[must_use]
pub fn ended(run: &RunState, summary: &Summary, columns: usize) -> Vec<String> {
    let mut lines = frame::all(run, columns, false);
    for paragraph in ending::paragraphs(run, summary, false) {
        lines.push(String::new());
        lines.extend(paragraph.lines().map(str::to_owned));
    }
    lines
}
