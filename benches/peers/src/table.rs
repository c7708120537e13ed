//! Results as rows of text: for a terminal, and as the cells of a page.

use std::fmt::Write as _;

use crate::{
    measure::Taken,
    row::{Cell, Row},
    statistics::{Goal, Spread, Verdict, ratio},
    tool::Tool,
};

/// What of a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Time from the beginning to the end.
    Time,
    /// Time of a core.
    Cpu,
    /// Resident memory, at its most.
    Memory,
}

impl Kind {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Time, Self::Cpu, Self::Memory];

    /// What stands above its table.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Time => "Time",
            Self::Cpu => "CPU time of the client",
            Self::Memory => "Peak memory of the client",
        }
    }

    fn of(self, taken: &Taken) -> f64 {
        match self {
            Self::Time => taken.seconds,
            Self::Cpu => taken.cpu,
            Self::Memory => taken.memory,
        }
    }

    fn goal(self, row: &Row) -> Option<Goal> {
        match self {
            Self::Time => row.case.goal,
            Self::Cpu | Self::Memory => Some(Goal::Smallest),
        }
    }

    /// A figure in words, with three digits that count.
    #[must_use]
    pub fn words(self, figure: f64) -> String {
        match self {
            Self::Time | Self::Cpu if figure < 1.0 => format!("{} ms", digits(figure * 1e3)),
            Self::Time | Self::Cpu => format!("{} s", digits(figure)),
            Self::Memory => format!("{} MB", digits(figure / 1e6)),
        }
    }
}

/// Three digits that count, for figures below 1000.
fn digits(figure: f64) -> String {
    let places = usize::from(figure < 9.995) + usize::from(figure < 99.95);
    format!("{figure:.places$}")
}

/// Figures of a tool in a case; none if there are none, or not all.
#[must_use]
pub fn spread(row: &Row, tool: Tool, kind: Kind) -> Option<Spread> {
    let cell = row.cells.get(&tool).filter(|cell| cell.failure.is_none())?;
    Spread::of(cell.runs.iter().map(|taken| kind.of(taken)))
}

/// A table's header.
#[must_use]
pub fn header() -> Vec<String> {
    let mut cells = vec![String::new()];
    cells.extend(Tool::ALL.map(|tool| tool.title().to_owned()));
    cells.extend(["× floor", "goal"].map(str::to_owned));
    cells
}

/// The cells of a case.
#[must_use]
pub fn cells(row: &Row, kind: Kind) -> Vec<String> {
    let median = |tool| spread(row, tool, kind).map(|spread| spread.median);
    let (own, floor) = (median(Tool::Maestro), median(Tool::Floor));
    let peers: Vec<f64> = Tool::ALL.into_iter().filter(|one| one.is_peer()).filter_map(median).collect();
    let mut cells = vec![row.case.title.clone()];
    cells.extend(Tool::ALL.map(|tool| cell(row, tool, kind)));
    let times = own.zip(floor).and_then(|(own, floor)| ratio(own, floor));
    cells.push(times.map_or_else(String::new, |times| format!("{times:.2}")));
    cells.push(kind.goal(row).map_or_else(String::new, |goal| verdict(goal, goal.judge(own, floor, &peers))));
    cells
}

/// Whether Maestro reached its goal; none if there is none, or nothing to compare with.
#[must_use]
pub fn judged(row: &Row, kind: Kind) -> Option<bool> {
    let median = |tool| spread(row, tool, kind).map(|spread| spread.median);
    let peers: Vec<f64> = Tool::ALL.into_iter().filter(|one| one.is_peer()).filter_map(median).collect();
    let verdict = kind.goal(row)?.judge(median(Tool::Maestro), median(Tool::Floor), &peers);
    (verdict != Verdict::Unknown).then_some(verdict == Verdict::Met)
}

fn verdict(goal: Goal, verdict: Verdict) -> String {
    let goal = match goal {
        Goal::OfFloor(limit) => format!("≤ {limit}"),
        Goal::Smallest => "smallest of the tools".to_owned(),
    };
    match verdict {
        Verdict::Met => format!("{goal}: met"),
        Verdict::Missed => format!("{goal}: MISSED"),
        Verdict::Unknown => String::new(),
    }
}

fn cell(row: &Row, tool: Tool, kind: Kind) -> String {
    match row.cells.get(&tool) {
        None => "–".to_owned(),
        Some(Cell { failure: Some(_), .. }) => "failed, see below".to_owned(),
        Some(_) => match spread(row, tool, kind) {
            None => "–".to_owned(),
            Some(Spread { count: 1, median, .. }) => kind.words(median),
            Some(Spread { lower, median, upper, .. }) => within(kind, lower, median, upper),
        },
    }
}

/// The median, and the quartiles in its unit.
fn within(kind: Kind, lower: f64, median: f64, upper: f64) -> String {
    let unit =
        |figure| kind.words(figure).rsplit_once(' ').map_or_else(String::new, |(_, unit)| unit.to_owned());
    let bare = |figure| match kind.words(figure) {
        words if unit(figure) == unit(median) => {
            words.rsplit_once(' ').map_or(words.clone(), |(bare, _)| bare.to_owned())
        }
        words => words,
    };
    format!("{} ({}–{})", kind.words(median), bare(lower), bare(upper))
}

/// Whether a kind of figures has any.
fn has_any(rows: &[Row]) -> bool {
    rows.iter().any(|row| !row.cells.is_empty())
}

/// All tables, for a terminal.
#[must_use]
pub fn text(rows: &[Row]) -> String {
    let mut text = String::new();
    for kind in Kind::ALL.into_iter().filter(|_| has_any(rows)) {
        let mut table = vec![header()];
        kind.title().clone_into(&mut table[0][0]);
        table.extend(rows.iter().map(|row| cells(row, kind)));
        text.push_str(&aligned(&table));
        text.push('\n');
    }
    for failure in failures(rows) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{failure}");
    }
    text
}

/// What failed and why, a line each. A case that was to be run and has no figures has failed as well.
#[must_use]
pub fn failures(rows: &[Row]) -> Vec<String> {
    let told = |row: &Row| {
        let title = row.case.title.clone();
        let line = move |(tool, cell): (&Tool, &Cell)| {
            let reason = match &cell.failure {
                Some(reason) => reason,
                None if cell.runs.is_empty() => "it was not run",
                None => return None,
            };
            Some(format!("{title}: {} failed: {reason}", tool.title()))
        };
        row.cells.iter().filter_map(line).collect::<Vec<_>>()
    };
    rows.iter().flat_map(told).collect()
}

fn aligned(table: &[Vec<String>]) -> String {
    let columns = table.first().map_or(0, Vec::len);
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in table {
        let mut line = String::new();
        for (at, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let gap = if at == 0 { "" } else { "  " };
            // Writing to a String cannot fail.
            let _ = write!(line, "{gap}{cell:width$}");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::case::{Case, Work};

    /// Rows as a run could have made them.
    pub(crate) fn rows() -> Vec<Row> {
        let taken = |seconds: f64| Taken { seconds, cpu: seconds / 10.0, memory: 4e6 + seconds * 1e6 };
        let cell =
            |seconds: &[f64]| Cell { runs: seconds.iter().map(|&one| taken(one)).collect(), failure: None };
        let case = |name: &str, title: &str, goal| Case {
            name: name.to_owned(),
            title: title.to_owned(),
            work: Work::Start,
            goal,
            tools: Tool::ALL.to_vec(),
        };
        let failed = Cell { failure: Some("exit code 1: no such network".to_owned()), ..Cell::default() };
        vec![
            Row {
                case: case("status-2", "status of 2", Some(Goal::OfFloor(1.3))),
                cells: BTreeMap::from([
                    (Tool::Maestro, cell(&[0.0021, 0.0019, 0.0023])),
                    (Tool::Floor, cell(&[0.0018, 0.0019, 0.0017])),
                    (Tool::Compose, cell(&[0.067, 0.061, 0.07])),
                    (Tool::MaestroNg, cell(&[0.37, 0.36, 1.4])),
                ]),
            },
            Row {
                case: case("chain-10", "start of a chain of 10", Some(Goal::OfFloor(1.0))),
                cells: BTreeMap::from([
                    (Tool::Maestro, cell(&[3.61])),
                    (Tool::Floor, cell(&[3.0])),
                    (Tool::Compose, failed),
                ]),
            },
            Row {
                case: case("chain-10-slow", "start of a chain of 10, looked at once a second", None),
                cells: BTreeMap::from([(Tool::Compose, cell(&[17.0, 16.9]))]),
            },
        ]
    }

    #[test]
    fn tables_say_what_was_measured_and_what_of_it_is_as_it_should_be() {
        insta::assert_snapshot!(text(&rows()));
    }

    #[test]
    fn three_digits_count() {
        let words =
            [0.000_123, 0.0123, 0.123, 0.9996, 1.0, 12.345, 99.96].map(|figure| Kind::Time.words(figure));
        assert_eq!(words, ["0.12 ms", "12.3 ms", "123 ms", "1000 ms", "1.00 s", "12.3 s", "100 s"]);
        assert_eq!(Kind::Memory.words(9_500_000.0), "9.50 MB");
    }

    #[test]
    fn a_goal_is_judged_only_where_there_is_something_to_compare_with() {
        let judged: Vec<Option<bool>> = rows().iter().map(|row| judged(row, Kind::Time)).collect();
        assert_eq!(judged, [Some(true), Some(false), None]);
    }
}
