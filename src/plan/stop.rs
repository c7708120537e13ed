//! `stop` and `kill`: what runs is brought down, dependants first.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use super::{
    HeldReason, Orphan, Plan, StepId, Wait,
    action::Action,
    builder::{Builder, Outcome, Treatment},
    moves::{Moves, Predecessor},
    orphans,
    take_back::stop_spares,
};
use crate::{
    model::{Environment, InstanceId, check::State, graph::Direction},
    observed::{Container, Observed},
};

/// How instances are brought down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Asked to end, killed when their time is up.
    Stop,
    /// Killed at once.
    Kill,
}

impl How {
    /// What brings a container down, which may have another name than its instance.
    pub(super) fn action(self, container: &Container, timeout: Duration) -> Action {
        let (container, id) = (container.name.clone(), container.id.clone());
        match self {
            Self::Stop => Action::Stop { container, id, timeout },
            Self::Kill => Action::Kill { container, id },
        }
    }
}

/// What `stop` was asked for beside the names.
#[derive(Debug, Clone, Copy)]
pub struct StopOptions {
    /// How instances are brought down.
    pub how: How,
    /// Stop containers that this environment did not make as well (`--adopt`).
    pub adopt: bool,
    /// Stop everything at once (`--ignore-dependencies`).
    pub ignore_dependencies: bool,
}

/// Plans a stop of the selected instances.
#[must_use]
pub fn plan(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    options: StopOptions,
) -> Plan {
    plan_with(environment, observed, selected, &[], options)
}

/// Plans a stop of the selected instances and of these orphans.
#[must_use]
pub fn plan_with(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    named: &[Orphan],
    options: StopOptions,
) -> Plan {
    let command = match options.how {
        How::Stop => "stop",
        How::Kill => "kill",
    };
    let observed = observed.by_label(environment);
    let mut builder = Builder::new(command, environment, &observed, options.adopt);
    let cause = |_: &Builder<'_>, _| "it is running".to_owned();
    add_stops(&mut builder, selected, options, cause, |_, _| Vec::new());
    orphans::stop_named(&mut builder, named, options.how);
    builder.plan
}

/// Adds the steps of a stop and tells, for each instance that runs, the step behind which it is down.
/// `first` may add what must succeed before an instance is stopped.
pub(super) fn add_stops(
    builder: &mut Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    options: StopOptions,
    cause: impl Fn(&Builder<'_>, InstanceId) -> String,
    mut first: impl FnMut(&mut Builder<'_>, InstanceId) -> Vec<Wait>,
) -> HashMap<InstanceId, StepId> {
    let mut stopped = HashMap::new();
    let old_ships = on_old_ships(builder);
    let ordered = !options.ignore_dependencies;
    builder.walk(selected, Direction::DependantsFirst, ordered, |builder, id, before| {
        if builder.is_held(id) {
            // A restart has found out that it cannot be made anew.
            return Outcome { waits: Vec::new(), held: Some(id) };
        }
        let mut before = before;
        if before.held.is_none() {
            let cause = "a run that was ended has left it running";
            let spares = stop_spares(builder, id, options.how, cause, &before.waits);
            before.waits.extend(spares);
        }
        let treatment = builder.treatment(id);
        if let Some(old) = still_there(&treatment, old_ships.get(id)) {
            return stop_on_old_ship(builder, id, old, options.how, before);
        }
        let container = match treatment {
            // Somebody else's container is no dependant of ours: what it would stand behind goes on.
            Treatment::Held(reason @ HeldReason::Foreign { .. }) => {
                builder.hold(id, reason);
                return builder.pass_on(id, before, Direction::DependantsFirst);
            }
            Treatment::Held(reason) => return builder.hold(id, reason),
            Treatment::Present(container) if container.state.is_up() => container,
            treatment @ (Treatment::Present(_) | Treatment::Absent) => {
                if builder.plan.command != "restart" {
                    let because = down(builder, &treatment, old_ships.get(id));
                    builder.unchanged(id, because, None);
                }
                let passed = Outcome { held: None, ..before };
                return builder.pass_on(id, passed, Direction::DependantsFirst);
            }
        };
        if let Some(other) = before.held {
            return builder.hold(id, HeldReason::Behind { other });
        }
        let action = options.how.action(container, builder.environment.instance(id).stop_timeout);
        let cause = cause(builder, id);
        let mut after = before.waits;
        after.extend(first(builder, id));
        // Its checks are about its own container, not about somebody else's that has its name.
        let is_checked = !builder.is_foreign(id);
        if is_checked && options.how == How::Stop {
            let checked = builder.checks(id, State::PreStop, Some(&container.id), after.iter().copied());
            after.extend(checked.map(Wait::Step));
        }
        let mut step = builder.step(id, action, cause, after);
        if is_checked {
            let after = [Wait::Step(step)];
            step = builder.checks(id, State::Stopped, Some(&container.id), after).unwrap_or(step);
        }
        stopped.insert(id, step);
        Outcome { waits: vec![Wait::Step(step)], held: None }
    });
    stopped
}

/// The instances that are on another ship than the one that the file names. A restart moves these when it starts them.
fn on_old_ships<'a>(builder: &Builder<'a>) -> Moves<'a> {
    match builder.plan.command.as_str() {
        "restart" => Moves::default(),
        _ => Moves::find(builder.environment, builder.observed),
    }
}

/// The old container of an instance that does not run on its own ship, if that runs.
fn still_there<'a>(treatment: &Treatment<'_>, old: Option<Predecessor<'a>>) -> Option<Predecessor<'a>> {
    let is_down = match treatment {
        Treatment::Absent => true,
        Treatment::Present(container) => !container.state.is_up(),
        Treatment::Held(_) => false,
    };
    old.filter(|old| is_down && old.container.state.is_up())
}

/// Why there is nothing to stop, as a clause.
fn down(builder: &Builder<'_>, treatment: &Treatment<'_>, old: Option<Predecessor<'_>>) -> String {
    match (treatment, old) {
        (Treatment::Absent, None) => "absent".to_owned(),
        (Treatment::Absent, Some(old)) => {
            format!("already down, on ship {}", builder.environment.ship(old.ship).name)
        }
        (Treatment::Present(_) | Treatment::Held(_), _) => "already down".to_owned(),
    }
}

/// Stops an instance that still runs on another ship than the one that the file names.
fn stop_on_old_ship(
    builder: &mut Builder<'_>,
    id: InstanceId,
    old: Predecessor<'_>,
    how: How,
    before: Outcome,
) -> Outcome {
    if let Some(other) = before.held {
        return builder.hold(id, HeldReason::Behind { other });
    }
    let environment = builder.environment;
    let (here, there) = (environment.ship(old.ship), environment.ship(environment.instance(id).ship));
    let cause = format!("it is running on ship {}; the file has it on ship {}", here.name, there.name);
    let steps = old.bring_down(builder, id, how, &cause, before.waits);
    Outcome { waits: steps.last().copied().map(Wait::Step).into_iter().collect(), held: None }
}
