//! `stop` and `kill`: what runs is brought down, dependants first.

use std::collections::{BTreeSet, HashMap};

pub use super::action::StopMethod;
use super::{
    BlockedReason, Orphan, Plan, StepId, Wait,
    builder::{Builder, NodeResult, Treatment},
    command::Command,
    moves::{Moves, Predecessor},
    orphans,
    reason::{Reason, UnchangedReason},
    take_back::stop_spares,
};
use crate::{
    model::{Environment, InstanceId, check::LifecycleState, graph::Direction},
    observed::Observed,
};

/// What `stop` was asked for beside the names.
#[derive(Debug, Clone, Copy)]
pub struct StopOptions {
    /// How instances are brought down.
    pub how: StopMethod,
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
        StopMethod::Stop => Command::Stop,
        StopMethod::Kill => Command::Kill,
    };
    let observed = observed.by_label(environment);
    let mut builder = Builder::new(command, environment, &observed, options.adopt);
    add_stops(&mut builder, selected, options, &Reason::IsRunning, |_, _| Vec::new());
    orphans::stop_named(&mut builder, named, options.how);
    builder.plan
}

/// Adds the steps of a stop and tells, for each instance that runs, the step behind which it is down.
/// `first` may add what must succeed before an instance is stopped.
pub(super) fn add_stops(
    builder: &mut Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    options: StopOptions,
    reason: &Reason,
    mut first: impl FnMut(&mut Builder<'_>, InstanceId) -> Vec<Wait>,
) -> HashMap<InstanceId, StepId> {
    let mut stopped = HashMap::new();
    let old_ships = on_old_ships(builder);
    let ordered = !options.ignore_dependencies;
    builder.walk(selected, Direction::DependantsFirst, ordered, |builder, id, before| {
        if builder.is_held(id) {
            // A restart has found out that it cannot be made anew.
            return NodeResult { blocked: Some(id), ..NodeResult::default() };
        }
        let mut before = before;
        if before.blocked.is_none() {
            let spares = stop_spares(builder, id, options.how, &Reason::LeftoverRuns, &before.waits);
            before.waits.extend(spares);
        }
        let treatment = builder.treatment(id);
        if let Some(old) = still_there(&treatment, old_ships.get(id)) {
            return stop_on_old_ship(builder, id, old, options.how, before);
        }
        let container = match treatment {
            // Somebody else's container is no dependant of ours: what it would stand behind goes on.
            Treatment::Blocked(blocked @ BlockedReason::Unmanaged { .. }) => {
                builder.hold(id, blocked);
                return builder.pass_on(id, before, Direction::DependantsFirst);
            }
            Treatment::Blocked(blocked) => return builder.hold(id, blocked),
            Treatment::Present(container) if container.state.is_up() => container,
            treatment @ (Treatment::Present(_) | Treatment::Absent) => {
                if !matches!(builder.plan.command, Command::Restart | Command::Down) {
                    builder.unchanged(id, down(&treatment, old_ships.get(id)), None);
                }
                let passed = NodeResult { blocked: None, ..before };
                return builder.pass_on(id, passed, Direction::DependantsFirst);
            }
        };
        if let Some(other) = before.blocked {
            return builder.hold(id, BlockedReason::Behind { other });
        }
        let instance = builder.environment.instance(id);
        // Its hooks are for its own container, not for somebody else's that has its name.
        let hooks = if builder.is_foreign(id) { &[][..] } else { &instance.hooks.pre_stop };
        let action = options.how.action(container, instance.stop_timeout, hooks);
        let mut after = before.waits;
        after.extend(first(builder, id));
        // Its checks are about its own container, not about somebody else's that has its name.
        let is_checked = !builder.is_foreign(id);
        if is_checked && options.how == StopMethod::Stop {
            let checked =
                builder.checks(id, LifecycleState::PreStop, Some(&container.id), after.iter().copied());
            after.extend(checked.map(Wait::Step));
        }
        let mut step = builder.step(id, action, reason.clone(), after);
        if is_checked {
            let after = [Wait::Step(step)];
            step = builder.checks(id, LifecycleState::Stopped, Some(&container.id), after).unwrap_or(step);
        }
        stopped.insert(id, step);
        NodeResult { waits: vec![Wait::Step(step)], ..NodeResult::default() }
    });
    stopped
}

/// The instances that are on another ship than the one that the file names. A restart moves these when it starts them.
fn on_old_ships<'a>(builder: &Builder<'a>) -> Moves<'a> {
    if builder.plan.command == Command::Restart {
        return Moves::default();
    }
    Moves::find(builder.environment, builder.observed)
}

/// The old container of an instance that does not run on its own ship, if that runs.
fn still_there<'a>(treatment: &Treatment<'_>, old: Option<Predecessor<'a>>) -> Option<Predecessor<'a>> {
    let is_down = match treatment {
        Treatment::Absent => true,
        Treatment::Present(container) => !container.state.is_up(),
        Treatment::Blocked(_) => false,
    };
    old.filter(|old| is_down && old.container.state.is_up())
}

/// Why there is nothing to stop.
fn down(treatment: &Treatment<'_>, old: Option<Predecessor<'_>>) -> UnchangedReason {
    match (treatment, old) {
        (Treatment::Absent, None) => UnchangedReason::Absent,
        (Treatment::Absent, Some(old)) => UnchangedReason::DownOnShip(old.ship),
        (Treatment::Present(_) | Treatment::Blocked(_), _) => UnchangedReason::AlreadyDown,
    }
}

/// Stops an instance that still runs on another ship than the one that the file names.
fn stop_on_old_ship(
    builder: &mut Builder<'_>,
    id: InstanceId,
    old: Predecessor<'_>,
    how: StopMethod,
    before: NodeResult,
) -> NodeResult {
    if let Some(other) = before.blocked {
        return builder.hold(id, BlockedReason::Behind { other });
    }
    let environment = builder.environment;
    let (here, there) = (environment.ship(old.ship), environment.ship(environment.instance(id).ship));
    let reason = Reason::RunsElsewhere { here: here.name.clone(), there: there.name.clone() };
    let steps = old.bring_down(builder, id, how, &reason, before.waits);
    NodeResult { waits: steps.last().copied().map(Wait::Step).into_iter().collect(), ..NodeResult::default() }
}
