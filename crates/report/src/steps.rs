//! Each step of a plan, by what it changes: with its number, what it waits for, and its reason where that is not the
//! reason of the change.

use std::collections::BTreeSet;

use super::{
    barriers,
    explain::{barrier, reason},
    labels,
    overview::{Sign, of_target, word},
    style::Tone,
    text::{harmless, pad, width},
    verify,
    waits::numbers,
    wrap::{COLUMNS, wrapped},
};
use maestro_core::{
    model::{Environment, ShipId},
    plan::{
        BarrierId, Plan, Step, StepId, Wait,
        changes::{Change, ChangeTarget},
        reason::BarrierKind,
    },
};

/// Where what a step waits for stands, if there is room.
const WAITS_AT: usize = 50;

/// These changes, step by step.
pub(super) fn text(plan: &Plan, environment: &Environment, changes: &[Change<'_>], colour: bool) -> String {
    let digits = plan.steps.len().to_string().len().max(2);
    let lister = Lister { plan, environment, digits };
    let mut text = String::new();
    for change in changes {
        if let (
            ChangeTarget::Network { .. } | ChangeTarget::Volume { .. } | ChangeTarget::Revision { .. },
            [only],
        ) = (change.target, &change.steps[..])
        {
            text.push_str(&lister.alone(*only, change));
            continue;
        }
        text.push_str(&lister.head(change, colour));
        for (at, id) in change.steps.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| change.steps[before]);
            text.push_str(&lister.step(*id, before, change));
        }
        text.push_str(&lister.restoring(change));
    }
    text.push_str(&lister.verifications());
    text
}

struct Lister<'a> {
    plan: &'a Plan,
    environment: &'a Environment,
    /// Columns of a step's number.
    digits: usize,
}

impl Lister<'_> {
    /// `~ api-1 on alpha  replace`, and the reason.
    fn head(&self, change: &Change<'_>, colour: bool) -> String {
        let sign = Sign::of(change.kind);
        let name = of_target(change.target, self.environment);
        let name = match self.ship(change) {
            Some(ship) => format!("{name} on {}", harmless(&self.environment.ship(ship).name)),
            None => name,
        };
        let reason = harmless(&reason::sentence(change.reason, self.plan.command)).into_owned();
        let start = format!("  {} {name}  {}  ", sign.text(), word(change.kind));
        let line = wrapped(&start, &format!("reason: {reason}"), 10);
        format!("{}\n", sign.tone().paint(&line, colour && sign != Sign::Keep))
    }

    /// A step that is a change of its own.
    fn alone(&self, id: StepId, change: &Change<'_>) -> String {
        let step = self.plan.step(id);
        let on = self.ship(change).map(|ship| format!(" on {}", harmless(&self.environment.ship(ship).name)));
        let reason = reason::sentence(change.reason, self.plan.command);
        let what = labels::action(&step.action);
        let what = format!("{what}{} ({})", on.unwrap_or_default(), harmless(&reason));
        self.line(id, &what, &self.waits(step, None))
    }

    /// The ship to name; none where the environment has no other.
    fn ship(&self, change: &Change<'_>) -> Option<ShipId> {
        let is_shared = matches!(change.target, ChangeTarget::Ship(_));
        (self.environment.ships.len() > 1 && !is_shared).then(|| change.target.ship(self.environment))
    }

    /// A step with its number; `before` is the step before it of the same change.
    fn step(&self, id: StepId, before: Option<StepId>, change: &Change<'_>) -> String {
        let step = self.plan.step(id);
        let mut what = labels::action(&step.action);
        if step.reason != *change.reason && !step.reason.follows() {
            let reason = reason::sentence(&step.reason, self.plan.command);
            what = format!("{what} ({})", harmless(&reason));
        }
        self.line(id, &what, &self.waits(step, before))
    }

    fn line(&self, id: StepId, what: &str, waits: &str) -> String {
        let start = format!("    {:>digits$}  ", id.0 + 1, digits = self.digits);
        let indent = width(&start);
        let whole = format!("{start}{what}");
        let aligned = format!("{}  {waits}", pad(&whole, WAITS_AT.max(width(&whole))));
        let line = match waits {
            "" => wrapped(&start, what, indent + 2),
            _ if width(&aligned) <= COLUMNS => aligned,
            waits => wrapped(&start, &format!("{what}; {waits}"), indent + 2),
        };
        line.trim_end().to_owned() + "\n"
    }

    /// What a step waits for beside the step before it.
    fn waits(&self, step: &Step, before: Option<StepId>) -> String {
        let is_before = |wait: &&Wait| before.is_some_and(|before| **wait == Wait::Step(before));
        let others: Vec<Wait> = step.after.iter().filter(|wait| !is_before(wait)).copied().collect();
        if step.after.is_empty() && before.is_some() && step.compensation.is_none() {
            return "at once".to_owned();
        }
        let mut parts = Vec::new();
        let numbers = numbers(&others);
        if !numbers.is_empty() {
            parts.push(format!("after {numbers}"));
        }
        parts.extend(others.iter().filter_map(|wait| match wait {
            Wait::Barrier(id) => Some(self.barrier(*id)),
            Wait::Step(_) => None,
        }));
        parts.join(", ")
    }

    /// `once service db is ready (5)`.
    fn barrier(&self, id: BarrierId) -> String {
        let kind = self.plan.barrier(id).kind;
        let what = barrier::sentence(kind, self.plan.command, self.environment);
        let what = harmless(&what);
        if kind == BarrierKind::AllDone {
            return format!("once {what}");
        }
        let steps: Vec<Wait> = self.steps_of(id).into_iter().map(Wait::Step).collect();
        format!("once {what} ({})", numbers(&steps))
    }

    /// The steps that a barrier stands for, those of barriers before it included.
    fn steps_of(&self, barrier: BarrierId) -> BTreeSet<StepId> {
        let mut steps = BTreeSet::new();
        let mut seen = BTreeSet::from([barrier]);
        let mut left = vec![barrier];
        while let Some(barrier) = left.pop() {
            for wait in &self.plan.barrier(barrier).after {
                match *wait {
                    Wait::Step(step) => {
                        steps.insert(step);
                    }
                    Wait::Barrier(other) if seen.insert(other) => left.push(other),
                    Wait::Barrier(_) => {}
                }
            }
        }
        steps
    }

    /// What is done if one of the steps fails.
    fn restoring(&self, change: &Change<'_>) -> String {
        let mut text = String::new();
        let mut last = None;
        for (at, id) in change.restoring.iter().enumerate() {
            let step = self.plan.step(*id);
            let mut before = at.checked_sub(1).map(|before| change.restoring[before]);
            if let Some(compensation) = step.compensation.filter(|_| step.compensation != last) {
                let head = barriers::head(self.plan.compensation(compensation), self.environment);
                text.push_str(&(wrapped("      ", &head, 8) + "\n"));
                (last, before) = (step.compensation, None);
            }
            let what = labels::action(&step.action);
            text.push_str(&self.line(*id, &what, &self.waits(step, before)));
        }
        text
    }

    /// The verifications that others wait for.
    fn verifications(&self) -> String {
        let silent = verify::silent(self.plan);
        let all = self.plan.steps.iter().enumerate();
        let shown = all.filter(|(at, step)| step.is_verification() && !silent.contains(at));
        let lines: String = shown
            .map(|(at, step)| {
                let name = step.instance.map(|id| harmless(&self.environment.instance(id).name));
                let what = format!("{}: {}", name.unwrap_or_default(), labels::action(&step.action));
                self.line(StepId(at), &what, &self.waits(step, None))
            })
            .collect();
        if lines.is_empty() {
            return lines;
        }
        format!(
            "  {}\n{lines}",
            Tone::Plain.paint("= unchanged, checked because others wait for them", false)
        )
    }
}
