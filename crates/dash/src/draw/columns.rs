//! The columns of the list: which of them a window has room for, and how wide they are.

use maestro_report::text::{pad, width};

use crate::facts::{DashRow, DashState};

/// A column of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    /// The service or the ship, whichever the list is not grouped by.
    Place,
    State,
    Health,
    Cpu,
    CpuBars,
    Memory,
    MemoryBars,
    Restarts,
    Drift,
    Age,
}

/// What stands before the first column: the cursor, the sign, and blanks.
pub(super) const MARGIN: usize = 4;
/// The least room for the state.
const STATE_AT_LEAST: usize = 11;
const NAME_AT_MOST: usize = 28;
const NAME_AT_LEAST: usize = 12;

/// Columns that are left out, the first first, until there is room.
const LEFT_OUT: [Column; 9] = [
    Column::Place,
    Column::MemoryBars,
    Column::CpuBars,
    Column::Health,
    Column::Drift,
    Column::Restarts,
    Column::Memory,
    Column::Age,
    Column::Cpu,
];

const ALL: [Column; 11] = [
    Column::Name,
    Column::Place,
    Column::State,
    Column::Health,
    Column::Cpu,
    Column::CpuBars,
    Column::Memory,
    Column::MemoryBars,
    Column::Restarts,
    Column::Drift,
    Column::Age,
];

impl Column {
    pub(super) fn is_right(self) -> bool {
        match self {
            Self::Cpu | Self::Memory | Self::Restarts | Self::Age => true,
            Self::Name
            | Self::Place
            | Self::State
            | Self::Health
            | Self::CpuBars
            | Self::MemoryBars
            | Self::Drift => false,
        }
    }

    /// Its heading; `is_wide` where there is room for whole words.
    pub(super) fn heading(self, is_wide: bool, place: &'static str) -> &'static str {
        match self {
            Self::Name => "INSTANCE",
            Self::Place => place,
            Self::State => "STATE",
            Self::Health => "HEALTH",
            Self::Cpu => "CPU",
            Self::Memory => "MEM",
            Self::CpuBars | Self::MemoryBars => "",
            Self::Restarts if is_wide => "RESTARTS",
            Self::Restarts => "RST",
            Self::Drift => "DRIFT",
            Self::Age => "AGE",
        }
    }

    fn width(self, is_wide: bool) -> usize {
        match self {
            Self::Name | Self::Place | Self::State => 0,
            Self::Health => 9,
            Self::Cpu | Self::Age => 6,
            Self::Memory => 5,
            Self::CpuBars | Self::MemoryBars | Self::Restarts if is_wide => 8,
            Self::CpuBars | Self::MemoryBars => 4,
            Self::Restarts => 3,
            Self::Drift => 7,
        }
    }
}

/// The columns of a window.
pub(super) struct Columns {
    pub(super) each: Vec<(Column, usize)>,
    pub(super) is_wide: bool,
}

impl Columns {
    pub(super) fn of(state: &DashState, columns: usize, place: fn(&DashRow) -> &str) -> Self {
        let is_wide = columns >= 110;
        let widest = |of: &dyn Fn(&DashRow) -> usize| state.rows.iter().map(of).max().unwrap_or(0);
        let name = widest(&|row| width(&row.name)).clamp(NAME_AT_LEAST, NAME_AT_MOST);
        let has_health = state.rows.iter().any(|row| row.health.is_some());
        let fixed = |name: usize, column: Column| match column {
            Column::Name => name,
            Column::Place => widest(&|row| width(place(row))).clamp(7, 16),
            Column::State => STATE_AT_LEAST,
            other @ (Column::Health
            | Column::Cpu
            | Column::CpuBars
            | Column::Memory
            | Column::MemoryBars
            | Column::Restarts
            | Column::Drift
            | Column::Age) => other.width(is_wide),
        };
        let mut each: Vec<Column> =
            ALL.into_iter().filter(|column| has_health || *column != Column::Health).collect();
        let sum = |each: &[Column], name| {
            MARGIN + each.iter().map(|column| fixed(name, *column) + 1).sum::<usize>() - 1
        };
        let mut out = LEFT_OUT.into_iter();
        while sum(&each, NAME_AT_LEAST) > columns {
            let Some(next) = out.next() else { break };
            each.retain(|column| *column != next);
        }
        // A long name takes only room that is free, and the state has the rest.
        let name = name.min(NAME_AT_LEAST + columns.saturating_sub(sum(&each, NAME_AT_LEAST)));
        let rest = columns.saturating_sub(sum(&each, name));
        let each = each.into_iter().map(|column| {
            let width = fixed(name, column) + if column == Column::State { rest } else { 0 };
            (column, width)
        });
        Self { each: each.collect(), is_wide }
    }
}

/// A cell of a column, as wide as that.
pub(super) fn cell(text: &str, width_of: usize, is_right: bool) -> String {
    if !is_right || width(text) >= width_of {
        return pad(text, width_of);
    }
    " ".repeat(width_of - width(text)) + text
}
