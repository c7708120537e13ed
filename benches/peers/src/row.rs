//! What came of a case.

use std::collections::BTreeMap;

use crate::{case::Case, measure::Taken, tool::Tool};

/// What one tool did in one case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// What its runs took, in their order.
    pub runs: Vec<Taken>,
    /// Why it was given up.
    pub failure: Option<String>,
}

/// A case and what came of it. Who has no cell has no such thing or could not be had.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The case.
    pub case: Case,
    /// What each tool did.
    pub cells: BTreeMap<Tool, Cell>,
}
