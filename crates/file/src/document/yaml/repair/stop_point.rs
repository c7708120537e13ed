//! Where the parser stopped.

use super::lines::Line;
use granit_parser::ErrorKind;

/// Where the parser stopped, in lines.
pub(super) struct StopPoint<'a> {
    pub text: &'a str,
    pub at: usize,
    pub kind: &'a ErrorKind,
    /// The innermost open `[` or `{`.
    pub bracket: Option<usize>,
    pub lines: Vec<Line<'a>>,
    /// The lines that may have the slip, the last one first: from the one where the parser stopped to that of the value
    /// before it.
    pub rows: Vec<usize>,
}

impl StopPoint<'_> {
    pub fn row_of(&self, at: usize) -> usize {
        self.lines.partition_point(|line| line.start <= at).saturating_sub(1)
    }

    /// The line where the parser stopped.
    pub fn row(&self) -> usize {
        self.rows.first().copied().unwrap_or_default()
    }

    /// The nearest line before `row` that is no comment.
    pub fn before(&self, row: usize) -> Option<(usize, &Line<'_>)> {
        self.lines[..row].iter().enumerate().rev().find(|(_, line)| !line.is_comment())
    }
}
