//! One frame of the live table: what runs now, how long so far and at most, and how many lines that needs.

use std::time::Duration;

use super::{
    labels::seconds,
    lines::clock,
    run_state::{RowState, RunState},
    style::Tone,
    text::{fit, harmless, pad, width},
};

/// What turns while a step runs, a sign every 100 ms.
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// One sign of it lasts so long.
pub(crate) const TURN: Duration = Duration::from_millis(100);
/// The columns of names, as long as there is room for the rest.
const NAME_AT_MOST: usize = 24;
const SHIP_AT_MOST: usize = 14;
/// What the status gets at least.
const STATUS_AT_LEAST: usize = 20;
/// Names of instances that cannot be told apart say nothing.
const NAME_AT_LEAST: usize = 8;

/// The columns of a bar.
const BAR: usize = 10;

/// How a first Ctrl-C ends a run.
const HINT: &str = "Ctrl-C stops after this";

/// The lines of a frame: at most `rows`, none wider than `columns`.
pub(crate) fn lines(run: &RunState, (columns, rows): (usize, usize), colour: bool) -> Vec<String> {
    let shown: Vec<usize> = (0..run.len()).filter(|row| run.is_in_table(*row)).collect();
    let shared = run.shared();
    let frame = Frame::new(run, &shown, columns, colour);
    let mut lines = vec![frame.header()];
    let unchanged = (run.unchanged() > 0).then(|| format!("{} unchanged", run.unchanged()));
    let room = rows.saturating_sub(1 + usize::from(shared.is_some()) + usize::from(unchanged.is_some()));
    let (visible, hidden) = if shown.len() <= room {
        (shown, Vec::new())
    } else {
        most_interesting(run, &shown, rows.saturating_sub(2 + usize::from(shared.is_some())))
    };
    lines.extend(visible.into_iter().map(|row| frame.row(row)));
    if let Some(shared) = shared {
        lines.push(frame.cut(&format!("  {} {shared}", frame.spinner())));
    }
    let rest: Vec<String> = hidden_counts(run, &hidden).into_iter().chain(unchanged).collect();
    if !rest.is_empty() {
        lines.push(Tone::Dim.paint(&frame.cut(&format!("  · {}", rest.join(", "))), colour));
    }
    lines.truncate(rows.max(1));
    lines
}

/// The whole table, for the history of the terminal.
pub(crate) fn all(run: &RunState, columns: usize, colour: bool) -> Vec<String> {
    let shown: Vec<usize> = (0..run.len()).filter(|row| run.is_in_table(*row)).collect();
    let frame = Frame::new(run, &shown, columns, colour);
    shown.iter().map(|row| frame.row(*row)).collect()
}

/// The rows that matter most now, in the order of the table, and the others.
fn most_interesting(run: &RunState, shown: &[usize], room: usize) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<(RowState, usize)> = shown.iter().map(|row| (run.kind(*row), *row)).collect();
    order.sort_unstable();
    let (visible, hidden) = order.split_at(room.min(order.len()));
    let rows = |part: &[(RowState, usize)]| {
        let mut rows: Vec<usize> = part.iter().map(|(_, row)| *row).collect();
        rows.sort_unstable();
        rows
    };
    (rows(visible), rows(hidden))
}

/// `47 more done`, `46 waiting`.
fn hidden_counts(run: &RunState, hidden: &[usize]) -> Vec<String> {
    let kinds = [
        (RowState::Done, "done"),
        (RowState::Active, "active"),
        (RowState::Waiting, "waiting"),
        (RowState::Blocked, "blocked"),
        (RowState::Failed, "failed"),
    ];
    let counts = kinds.iter().filter_map(|(kind, word)| {
        let number = hidden.iter().filter(|row| run.kind(**row) == *kind).count();
        (number > 0).then_some((number, word))
    });
    let counts = counts.enumerate().map(|(at, (number, word))| {
        let more = if at == 0 { "more " } else { "" };
        format!("{number} {more}{word}")
    });
    counts.collect()
}

struct Frame<'a> {
    run: &'a RunState,
    columns: usize,
    name: usize,
    /// Nothing if all is on one ship.
    ship: usize,
    colour: bool,
}

impl<'a> Frame<'a> {
    fn new(run: &'a RunState, shown: &[usize], columns: usize, colour: bool) -> Self {
        let widest = |of: &dyn Fn(usize) -> String, most: usize| {
            shown.iter().map(|row| width(&of(*row))).max().unwrap_or(0).min(most)
        };
        let mut name = widest(&|row| name_of(run, row), NAME_AT_MOST);
        let mut ship = if run.ships().1 > 1 { widest(&|row| ship_of(run, row), SHIP_AT_MOST) } else { 0 };
        // Sign, gaps and time.
        let fixed = 4 + 2 + 2 + 12 + STATUS_AT_LEAST;
        while name + ship + fixed > columns && (ship > 4 || name > NAME_AT_LEAST) {
            if ship > 4 { ship -= 1 } else { name -= 1 }
        }
        Self { run, columns, name, ship, colour }
    }

    fn spinner(&self) -> &'static str {
        let turns = self.run.now().as_millis() / TURN.as_millis();
        SPINNER[usize::try_from(turns).unwrap_or(0) % SPINNER.len()]
    }

    fn cut(&self, text: &str) -> String {
        fit(text, self.columns).into_owned()
    }

    /// `shop: 12 of 31 steps · 3 of 4 ships busy · 00:14`
    fn header(&self) -> String {
        let counts = self.run.counts();
        let (busy, ships) = self.run.ships();
        let mut parts = vec![format!("{} of {} steps", counts.done, counts.total)];
        if ships > 1 {
            parts.push(format!("{busy} of {ships} ships busy"));
        }
        parts.push(clock(self.run.now()));
        let text = format!("{}: {}", harmless(self.run.environment()), parts.join(" · "));
        let free = self.columns.saturating_sub(width(&text));
        let hint = if free >= width(HINT) + 2 {
            format!("{}{HINT}", " ".repeat(free - width(HINT)))
        } else {
            String::new()
        };
        format!("{}{}", Tone::Bold.paint(&self.cut(&text), self.colour), Tone::Dim.paint(&hint, self.colour))
    }

    fn row(&self, row: usize) -> String {
        let (status, tone) = self.run.status(row);
        let (sign, sign_tone) = match self.run.kind(row) {
            RowState::Active => (self.spinner(), Tone::Warning),
            RowState::Done => ("✓", Tone::Ok),
            RowState::Failed => ("✗", Tone::Failed),
            RowState::Blocked => ("!", Tone::Warning),
            RowState::Waiting => ("·", Tone::Dim),
        };
        let time = self.time(row);
        let name = pad(&name_of(self.run, row), self.name);
        let start = if self.ship > 0 {
            format!("{name}  {}  ", pad(&ship_of(self.run, row), self.ship))
        } else {
            format!("{name}  ")
        };
        let room = self.columns.saturating_sub(4 + width(&start) + width(&time) + 2);
        let status = with_bar(status, self.run.part(row), room);
        let status = if time.is_empty() { fit(&status, room + 2).into_owned() } else { pad(&status, room) };
        let text = fit(status.trim_end(), self.columns.saturating_sub(4 + width(&start))).into_owned();
        let gap = self.columns.saturating_sub(4 + width(&start) + width(&text) + width(&time));
        let time = if time.is_empty() { time } else { format!("{}{time}", " ".repeat(gap)) };
        let line = format!(
            "  {} {start}{}{}",
            sign_tone.paint(sign, self.colour),
            tone.paint(&text, self.colour),
            Tone::Dim.paint(&time, self.colour)
        );
        // A window that is narrower than all columns cuts what is not painted.
        if self.columns < 4 + width(&start) {
            self.cut(&format!("  {sign} {start}"))
        } else {
            line.trim_end().to_owned()
        }
    }

    /// How long it took, or takes so far and at most.
    fn time(&self, row: usize) -> String {
        if self.columns < 4 + self.name + 2 + self.ship + 2 + STATUS_AT_LEAST {
            return String::new();
        }
        match self.run.kind(row) {
            RowState::Active => {
                let Some((so_far, most)) = self.run.active_time(row) else { return String::new() };
                let so_far = so_far.as_secs();
                most.map_or_else(
                    || format!("{so_far} s"),
                    |most| format!("{so_far} s of {} s", most.as_secs().max(1)),
                )
            }
            RowState::Done | RowState::Failed => self
                .run
                .took(row)
                .map(|took| seconds(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)))
                .unwrap_or_default(),
            RowState::Blocked | RowState::Waiting => String::new(),
        }
    }
}

/// A status with a bar at its right end, if a part of something has come and there is room for both.
fn with_bar(status: String, part: Option<u16>, room: usize) -> String {
    let room = room.saturating_sub(BAR + 2);
    match part {
        Some(part) if width(&status) <= room => format!("{}  {}", pad(&status, room), bar(part)),
        Some(_) | None => status,
    }
}

/// How much of all that many thousandths are: `██████▌░░░`.
fn bar(part: u16) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = usize::from(part.min(1000)) * BAR * 8 / 1000;
    let (full, last) = (eighths / 8, EIGHTHS[eighths % 8]);
    let rest = BAR - full - usize::from(!last.is_empty());
    format!("{}{last}{}", "█".repeat(full), "░".repeat(rest))
}

fn name_of(run: &RunState, row: usize) -> String {
    harmless(run.subject(row).instance.as_deref().unwrap_or("-")).into_owned()
}

fn ship_of(run: &RunState, row: usize) -> String {
    harmless(&run.subject(row).ship).into_owned()
}
