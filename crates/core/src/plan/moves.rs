//! Moved instances: the file has an instance on another ship than the one that its container is on.
//!
//! A move is one plan. The new container is made, the old one stops, the new one starts, and the old one is removed
//! when the new one is ready; if that fails, the old one comes back. Data is not copied, so an instance that may have
//! data on its old ship moves only if the user says so.

use std::collections::{BTreeSet, HashMap};

pub use super::moved::Move;
use super::{
    CompensationId, Step, StepId, Wait,
    action::{Action, ContainerAction, StopMethod, WaitAction},
    builder::{Builder, NodeResult},
    left_of_moves::{has_moved_away, has_taken_copy},
    move_reason::move_reason,
    reason::Reason,
    volumes::{holds_files, removal},
};
use crate::{
    model::{Check, Environment, InstanceId, ShipId, check::LifecycleState, name::is_beside_name},
    observed::{Container, ContainerState, Holdings, InstanceState, Observed, mounts::Source},
};

/// The old container of an instance that moves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Predecessor<'a> {
    pub ship: ShipId,
    pub container: &'a Container,
}

/// An instance whose container is on another ship than the one that the file names.
#[derive(Debug, Clone, Copy)]
pub struct OnOldShip<'a> {
    /// The ship that the container is on.
    pub ship: ShipId,
    /// The container.
    pub container: &'a Container,
}

/// Lists the instances whose container is still on another ship than the one that the file names. `observed` has its
/// containers [by label](Observed::by_label).
#[must_use]
pub fn on_old_ship<'a>(
    environment: &Environment,
    observed: &'a Observed,
) -> HashMap<InstanceId, OnOldShip<'a>> {
    let moves = Moves::find(environment, observed).by_instance.into_iter();
    let is_elsewhere = |id| match observed.instance(environment, id) {
        InstanceState::Absent => true,
        InstanceState::Ours(container) => !container.state.is_up(),
        InstanceState::Unmanaged(_) | InstanceState::Unreachable { .. } | InstanceState::Unknown => false,
    };
    moves
        .filter(|(id, _)| is_elsewhere(*id))
        .map(|(id, Predecessor { ship, container })| (id, OnOldShip { ship, container }))
        .collect()
}

/// Lists the selected instances that have no container on their ship and may have one on a ship that does not answer,
/// with that ship.
#[must_use]
pub fn maybe_elsewhere(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
) -> Vec<(InstanceId, ShipId)> {
    let observed = &*observed.by_label(environment);
    let moves = Moves::find(environment, observed);
    let is_missing = |id: &InstanceId| {
        let is_absent = matches!(observed.instance(environment, *id), InstanceState::Absent);
        is_absent && moves.get(*id).is_none()
    };
    let Some((silent, _)) = observed.silent().next() else { return Vec::new() };
    selected.iter().copied().filter(is_missing).map(|id| (id, silent)).collect()
}

/// The old containers of all instances that move.
#[derive(Debug, Default)]
pub(super) struct Moves<'a> {
    by_instance: HashMap<InstanceId, Predecessor<'a>>,
}

impl<'a> Moves<'a> {
    /// Finds them on all ships that answered.
    pub(super) fn find(environment: &Environment, observed: &'a Observed) -> Self {
        let mut found: HashMap<InstanceId, Predecessor<'a>> = HashMap::new();
        for (id, containers) in observed.elsewhere(environment) {
            let instance = &environment.instance(id).name;
            let rank = |one: &Predecessor<'_>| {
                (
                    is_beside_name(&one.container.name, instance),
                    !one.container.state.is_up(),
                    one.ship,
                    one.container.name.clone(),
                )
            };
            let moved = containers
                .into_iter()
                .filter(|(ship, container)| is_moved(environment, observed, id, *ship, container))
                .map(|(ship, container)| Predecessor { ship, container });
            found.extend(moved.min_by_key(rank).map(|one| (id, one)));
        }
        Self { by_instance: found }
    }

    pub(super) fn get(&self, id: InstanceId) -> Option<Predecessor<'a>> {
        self.by_instance.get(&id).copied()
    }

    /// Whether a container is the old one of an instance that moves.
    pub(super) fn contains(&self, container: &str) -> bool {
        self.by_instance.values().any(|one| one.container.id == container)
    }
}

/// Whether that container is what an instance moves away from: its own ship answers, is another engine, and has no
/// container of it that runs. If it has one, only a stopped container is left of a move. One that is down is the remains of an
/// earlier move if the other one runs, or has its data.
fn is_moved(
    environment: &Environment,
    observed: &Observed,
    id: InstanceId,
    ship: ShipId,
    container: &Container,
) -> bool {
    let own = environment.instance(id).ship;
    let (Some(here), Some(there)) = (observed.holdings(own), observed.holdings(ship)) else { return false };
    if own == ship || is_one_engine(here, there, container) {
        return false;
    }
    match observed.instance(environment, id) {
        InstanceState::Absent => true,
        InstanceState::Ours(now) if now.state.is_up() => !container.state.is_up(),
        InstanceState::Ours(now) => {
            // It was made for a move whose run was ended.
            now.state == ContainerState::Created
                || container.state.is_up()
                || has_moved_away(environment, here, now)
                || has_taken_copy(environment, there, container)
        }
        InstanceState::Unmanaged(_) | InstanceState::Unreachable { .. } | InstanceState::Unknown => false,
    }
}

/// Whether two ships are one engine: it says so, or has the very container.
fn is_one_engine(here: &Holdings, there: &Holdings, container: &Container) -> bool {
    let is_same = here.engine_id.is_some() && here.engine_id == there.engine_id;
    is_same || here.containers.get(&container.name).is_some_and(|other| other.id == container.id)
}

impl Predecessor<'_> {
    /// What stays on its ship and may hold data.
    pub(super) fn data(&self) -> Vec<String> {
        self.data_beside(&BTreeSet::new())
    }

    /// The same without these volumes.
    pub(super) fn data_beside(&self, copied: &BTreeSet<String>) -> Vec<String> {
        let is_copied = |source: &Source| matches!(source, Source::Volume(name) if copied.contains(name));
        let mounts = self.container.mounts.iter().filter(|mounted| !is_copied(&mounted.source));
        let kept =
            mounts.filter(|mounted| mounted.may_hold_data() && !holds_files(self.container, &mounted.path));
        let words = kept.map(|mounted| {
            let source = match &mounted.source {
                Source::Path(path) => path.clone(),
                Source::Volume(name) => format!("volume {name}"),
                Source::Other(kind) => kind.clone(),
            };
            format!("{source} ({})", mounted.path)
        });
        let mut words: Vec<String> = words.collect();
        words.sort();
        words
    }

    pub(super) fn step(&self, id: InstanceId, action: Action, reason: Reason, after: Vec<Wait>) -> Step {
        Step { ship: self.ship, instance: Some(id), action, reason, after, compensation: None }
    }

    /// Plans its stop: when its successor is made, and what that requires is ready. Tells what the successor's start
    /// waits for.
    pub(super) fn stop(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        made: Option<StepId>,
        waits: impl Iterator<Item = Wait>,
    ) -> Vec<StepId> {
        let container = self.container;
        builder.plan.moves.push(Move {
            instance: id,
            from: self.ship,
            container: container.id.clone(),
            data: self.data(),
        });
        if !container.state.is_up() {
            return Vec::new();
        }
        let after = made.into_iter().map(Wait::Step).chain(waits).collect();
        let reason = move_reason(builder, id, self.ship);
        self.bring_down(builder, id, StopMethod::Stop, &reason, after)
    }

    /// Plans its stop or kill where it is, with the checks that mean the same there.
    pub(super) fn bring_down(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        how: StopMethod,
        reason: &Reason,
        mut after: Vec<Wait>,
    ) -> Vec<StepId> {
        let (container, instance) = (self.container, builder.environment.instance(id));
        let (timeout, lifecycle) = (instance.stop_timeout, &instance.lifecycle);
        let check = |state: LifecycleState| {
            let checks = same_on_any_ship(lifecycle.of(state));
            let (container, id) = (container.name.clone(), Some(container.id.clone()));
            (!checks.is_empty()).then_some(Action::Wait(WaitAction::Check { container, id, state, checks }))
        };
        let mut steps = Vec::new();
        let actions = [
            (
                check(LifecycleState::PreStop).filter(|_| how == StopMethod::Stop),
                Reason::Checked(LifecycleState::PreStop),
            ),
            (Some(how.action(container, timeout, &instance.hooks.pre_stop)), reason.clone()),
            (check(LifecycleState::Stopped), Reason::Checked(LifecycleState::Stopped)),
        ];
        for (action, reason) in actions {
            let Some(action) = action else { continue };
            let step = builder.add(self.step(id, action, reason, std::mem::take(&mut after)));
            after.push(Wait::Step(step));
            steps.push(step);
        }
        steps
    }

    /// Brings it back in the place of its successor; tells the last step. `left` is what an ended run has made for the
    /// move.
    pub(super) fn steps_back(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        left: Option<&String>,
        compensation: CompensationId,
        after: Option<StepId>,
    ) -> StepId {
        let discard = self.discard(builder, id, left, compensation, after);
        if !self.container.state.is_up() {
            return discard;
        }
        self.start_again(builder, id, compensation, Some(discard)).unwrap_or(discard)
    }

    /// Removes its successor; tells the step.
    pub(super) fn discard(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        left: Option<&String>,
        compensation: CompensationId,
        after: Option<StepId>,
    ) -> StepId {
        let old = self.container;
        let instance = builder.environment.instance(id);
        let (name, timeout) = (instance.container_name().to_owned(), instance.stop_timeout);
        let left = left.into_iter().cloned().collect();
        let discard = Action::Container(ContainerAction::Discard {
            names: vec![name],
            keep: old.id.clone(),
            keep_on: self.ship,
            left,
            timeout,
        });
        let step = builder.step(id, discard, Reason::NotReplaced, after.map(Wait::Step));
        builder.plan.steps[step.0].compensation = Some(compensation);
        step
    }

    /// Starts it again where it is; tells the last step.
    pub(super) fn start_again(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        compensation: CompensationId,
        after: Option<StepId>,
    ) -> Option<StepId> {
        let old = self.container;
        let checks = same_on_any_ship(&builder.environment.instance(id).lifecycle.running);
        let container = old.id.clone();
        // Hooks are for what the file declares, which this container may not be.
        let start = (
            Action::Container(ContainerAction::Start { container: container.clone(), hooks: Vec::new() }),
            Reason::RanBefore,
        );
        let ready = (Action::Wait(WaitAction::Ready { container, checks }), Reason::AwaitsReady);
        let mut last = after;
        for (action, reason) in [start, ready] {
            let step = self.step(id, action, reason, last.map(Wait::Step).into_iter().collect());
            last = Some(builder.add(Step { compensation: Some(compensation), ..step }));
        }
        last
    }

    /// Plans its removal.
    pub(super) fn remove(&self, builder: &mut Builder<'_>, id: InstanceId, after: &[Wait]) {
        let action = removal(builder, self.ship, self.container, &self.container.name);
        builder.add(self.step(id, action, Reason::MovedAndReady, after.to_owned()));
        for other in self.others(builder, id) {
            let action = removal(builder, other.ship, other.container, &other.container.name);
            builder.add(other.step(id, action, Reason::Leftover, after.to_owned()));
        }
    }

    /// What ended runs have left of the instance on ships that it is not on any more, beside this container.
    fn others<'a>(&self, builder: &Builder<'a>, id: InstanceId) -> Vec<Predecessor<'a>> {
        let Some(here) = builder.holdings(builder.environment.instance(id).ship) else { return Vec::new() };
        let is_left = |ship: ShipId, one: &Container| {
            let is_here = builder.holdings(ship).is_none_or(|there| is_one_engine(here, there, one));
            !one.state.is_up() && one.id != self.container.id && !is_here
        };
        let elsewhere = builder.elsewhere(id).iter();
        let mut others: Vec<_> = elsewhere
            .filter(|(ship, one)| is_left(*ship, one))
            .map(|&(ship, container)| Predecessor { ship, container })
            .collect();
        others.dedup_by(|a, b| a.container.id == b.container.id);
        others
    }

    /// Plans the end of a move whose run was ended when the new container ran already.
    pub(super) fn complete(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        before: NodeResult,
    ) -> NodeResult {
        let instance = builder.environment.instance(id);
        let action = Action::Wait(WaitAction::Ready {
            container: instance.container_name().to_owned(),
            checks: instance.lifecycle.running.clone(),
        });
        let ready = builder.step(id, action, Reason::MoveLeftOld, before.waits);
        let mut after = vec![Wait::Step(ready)];
        after.extend(self.take_copies(builder, id, ready).into_iter().map(Wait::Step));
        self.remove(builder, id, &after);
        NodeResult { waits: vec![Wait::Step(ready)], ..NodeResult::default() }
    }
}

/// The checks that mean the same on any ship: others ask at the address of the ship that the file names.
fn same_on_any_ship(checks: &[Check]) -> Vec<Check> {
    let is_inside = |check: &&Check| match check {
        Check::Rexec { .. } | Check::Docker { .. } | Check::Completion | Check::Sleep { .. } => true,
        Check::Tcp { .. } | Check::Http(_) | Check::Exec { .. } => false,
    };
    checks.iter().filter(is_inside).cloned().collect()
}
