//! From the events of a run, with their times, to its timeline.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
    time::Duration,
};

use super::{RunOutcome, StepKind, StepOutcome, TimedRun, TimedStep, Timeline};
use crate::{
    event::{Event, Subject},
    plan::{BarrierId, Plan, StepId, Wait, action::ActionKind},
};

/// Collects what events tell of the times of steps. It is told the events of one run of a plan, in their order.
#[derive(Debug)]
pub struct TimelineBuilder {
    plan: Arc<Plan>,
    prepared: Option<u64>,
    end: u64,
    outcome: RunOutcome,
    steps: BTreeMap<usize, TimedStep>,
    /// The steps in the order in which they began.
    order: Vec<usize>,
    blocked: BTreeSet<String>,
}

impl TimelineBuilder {
    /// A run of a plan of which nothing has been told yet.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let (steps, order, blocked) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        Self { plan, prepared: None, end: 0, outcome: RunOutcome::Interrupted, steps, order, blocked }
    }

    /// An event, and when it happened, counted from the begin of the command.
    pub fn event(&mut self, at: Duration, event: &Event) {
        let at = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        match event {
            Event::Started { .. } => self.prepared = Some(at),
            Event::StepStarted { step, subject, action } => self.begin(*step, subject, *action, at),
            Event::StepDone { step, .. } => self.ended(*step, at, StepOutcome::Done),
            // A step whose ship is not connected fails without a begin.
            Event::StepFailed { step, subject, action, .. } => {
                self.begin(*step, subject, *action, at);
                self.ended(*step, at, StepOutcome::Failed);
            }
            Event::StepCancelled { step, .. } => self.ended(*step, at, StepOutcome::Cancelled),
            Event::Finished { summary, .. } => {
                self.outcome = RunOutcome::of(summary);
                self.end = self.end.max(at);
            }
            Event::Blocked { subject, .. } => self.blocked.extend(subject.instance.clone()),
            Event::Unchanged { .. }
            | Event::Remark { .. }
            | Event::StepProgress { .. }
            | Event::StepRetried { .. }
            | Event::Interrupted { .. } => {}
        }
    }

    fn begin(&mut self, number: usize, subject: &Subject, action: ActionKind, at: u64) {
        let Entry::Vacant(place) = self.steps.entry(number) else { return };
        self.order.push(number);
        place.insert(TimedStep {
            step: number,
            instance: subject.instance.clone(),
            ship: subject.ship.clone(),
            action: action.word().to_owned(),
            kind: StepKind::from(action),
            from: at,
            to: at,
            outcome: StepOutcome::Cancelled,
            waited_for: None,
            is_critical: false,
        });
    }

    fn ended(&mut self, number: usize, at: u64, outcome: StepOutcome) {
        if let Some(step) = self.steps.get_mut(&number) {
            (step.to, step.outcome) = (at, outcome);
            self.end = self.end.max(at);
        }
    }

    /// The timeline; who ran it, and what was typed, is not known from events.
    #[must_use]
    pub fn finish(mut self, (id, by, command): (&str, String, String), environment: &str) -> Timeline {
        let mut last = LastOf { plan: &self.plan, steps: &self.steps, barriers: BTreeMap::new() };
        let waited: Vec<Option<usize>> = self.order.iter().map(|number| last.before(*number)).collect();
        let mut steps = Vec::with_capacity(self.order.len());
        for (number, waited_for) in self.order.iter().zip(waited) {
            if let Some(step) = self.steps.remove(number) {
                steps.push(TimedStep { waited_for, ..step });
            }
        }
        super::chain::mark(&mut steps);
        let run = TimedRun {
            id: id.to_owned(),
            environment: environment.to_owned(),
            command,
            by,
            prepared: self.prepared.unwrap_or(self.end).min(self.end),
            end: self.end,
            outcome: self.outcome,
            planned: self.plan.expected(),
        };
        Timeline { run, steps, blocked: self.blocked, left_out: 0 }
    }
}

/// Finds the last step to end of all that something waits for.
struct LastOf<'a> {
    plan: &'a Plan,
    steps: &'a BTreeMap<usize, TimedStep>,
    /// What was found for barriers: many steps wait for the same one.
    barriers: BTreeMap<BarrierId, Option<usize>>,
}

impl LastOf<'_> {
    /// The step that ended last of those that this one waited for.
    fn before(&mut self, number: usize) -> Option<usize> {
        let plan = self.plan;
        let step = plan.steps.get(number)?;
        let mut last = self.of(&step.after);
        if let Some(compensation) = step.compensation {
            // It began when one of these had failed and none was under way any more.
            for StepId(other) in &plan.compensation(compensation).of {
                last = self.later(last, Some(*other));
            }
        }
        last
    }

    fn of(&mut self, waits: &[Wait]) -> Option<usize> {
        let mut last = None;
        for wait in waits {
            let other = match wait {
                Wait::Step(id) => Some(id.0),
                Wait::Barrier(id) => self.barrier(*id),
            };
            last = self.later(last, other);
        }
        last
    }

    fn barrier(&mut self, id: BarrierId) -> Option<usize> {
        if let Some(known) = self.barriers.get(&id) {
            return *known;
        }
        let plan = self.plan;
        let last = self.of(&plan.barrier(id).after);
        self.barriers.insert(id, last);
        last
    }

    fn later(&self, one: Option<usize>, other: Option<usize>) -> Option<usize> {
        let end = |number: Option<usize>| number.and_then(|number| Some(self.steps.get(&number)?.to));
        if end(other) > end(one) { other } else { one }
    }
}
