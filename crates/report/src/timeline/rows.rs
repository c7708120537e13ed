//! The rows of a timeline: one for each instance on a ship, and one for what the instances of a ship share.

use std::collections::{BTreeMap, BTreeSet};

use maestro_core::timeline::{StepOutcome, TimedStep, Timeline};

/// A row with its steps. Steps that overlap stand in lanes below one another.
pub(super) struct TimelineRow<'a> {
    pub ship: &'a str,
    pub instance: Option<&'a str>,
    /// Whether it did not get to its end because of something else.
    pub is_blocked: bool,
    pub lanes: Vec<Vec<&'a TimedStep>>,
}

impl TimelineRow<'_> {
    pub(super) fn steps(&self) -> impl Iterator<Item = &TimedStep> {
        self.lanes.iter().flatten().copied()
    }

    /// When its first step began, and its last one ended.
    pub(super) fn span(&self) -> (u64, u64) {
        let from = self.steps().map(|step| step.from).min().unwrap_or(0);
        (from, self.steps().map(|step| step.to).max().unwrap_or(from))
    }

    /// How long it took, waits included; what instances share has nothing to wait for.
    pub(super) fn took(&self) -> u64 {
        let (from, to) = self.span();
        match self.instance {
            Some(_) => to - from,
            None => self.steps().map(TimedStep::took).sum(),
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.steps().any(|step| step.outcome == StepOutcome::Failed)
    }

    pub(super) fn is_critical(&self) -> bool {
        self.steps().any(|step| step.is_critical)
    }
}

/// Rows by ship, and how many are left out because there are more than `at_most`: those stay that failed, that are part of
/// the longest chain, and that took longest.
pub(super) fn rows(timeline: &Timeline, at_most: usize) -> (Vec<TimelineRow<'_>>, usize) {
    let mut ships: Vec<&str> = Vec::new();
    let mut grouped: BTreeMap<(usize, Option<&str>), Vec<&TimedStep>> = BTreeMap::new();
    let mut number: BTreeMap<&str, usize> = BTreeMap::new();
    for step in &timeline.steps {
        let ship = *number.entry(&step.ship).or_insert_with(|| {
            ships.push(&step.ship);
            ships.len() - 1
        });
        grouped.entry((ship, step.instance.as_deref())).or_default().push(step);
    }
    let mut rows: Vec<(usize, TimelineRow<'_>)> = grouped
        .into_iter()
        .map(|((ship, instance), steps)| {
            (
                ship,
                TimelineRow {
                    ship: ships[ship],
                    instance,
                    is_blocked: instance.is_some_and(|name| timeline.blocked.contains(name)),
                    lanes: lanes(steps),
                },
            )
        })
        .collect();
    let left = rows.len().saturating_sub(at_most);
    if left > 0 {
        rows.sort_by_key(|(_, row)| std::cmp::Reverse((row.has_failed(), row.is_critical(), row.took())));
        rows.truncate(at_most);
    }
    rows.sort_by_key(|(ship, row)| (*ship, row.span().0, row.instance));
    (rows.into_iter().map(|(_, row)| row).collect(), left)
}

fn lanes(mut steps: Vec<&TimedStep>) -> Vec<Vec<&TimedStep>> {
    steps.sort_by_key(|step| (step.from, step.to, step.step));
    let mut lanes: Vec<Vec<&TimedStep>> = Vec::new();
    for step in steps {
        let free = lanes.iter_mut().find(|lane| lane.last().is_none_or(|last| last.to <= step.from));
        match free {
            Some(lane) => lane.push(step),
            None => lanes.push(vec![step]),
        }
    }
    lanes
}

/// A time in which an instance waited for another step.
pub(super) struct Waiting<'a> {
    pub(super) step: &'a TimedStep,
    pub(super) other: &'a TimedStep,
    pub(super) milliseconds: u64,
}

/// Each time in which an instance did nothing but wait for a step of another, or of what its ship shares.
pub(super) fn waits(timeline: &Timeline) -> Vec<Waiting<'_>> {
    let by_number: BTreeMap<usize, &TimedStep> =
        timeline.steps.iter().map(|step| (step.step, step)).collect();
    let (rows, _) = rows(timeline, usize::MAX);
    let mut waits = Vec::new();
    for row in &rows {
        let mut own: Vec<&TimedStep> = row.steps().collect();
        own.sort_by_key(|step| (step.from, step.to));
        let numbers: BTreeSet<usize> = own.iter().map(|step| step.step).collect();
        // Until then it had something to do itself.
        let mut busy = timeline.run.prepared;
        for step in own {
            let other = step.waited_for.filter(|number| !numbers.contains(number));
            if let Some(other) = other.and_then(|number| by_number.get(&number))
                && other.to > busy
            {
                let step = by_number[&step.step];
                waits.push(Waiting { step, other, milliseconds: other.to - busy });
            }
            busy = busy.max(step.to);
        }
    }
    waits
}
