//! The old container of an instance that is made anew: why it goes, and how.

use std::collections::BTreeSet;

use super::Start;
use crate::{
    model::InstanceId,
    observed::{Container, ContainerState},
    plan::{
        StepId, Wait,
        action::{Action, ContainerAction},
        builder::{Builder, NodeResult},
        moves::Predecessor,
        reason::Reason,
        volumes::removal,
    },
};

impl Start<'_, '_> {
    pub(super) fn remove(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        old: &Container,
        first: impl Iterator<Item = Wait>,
    ) -> StepId {
        let container = old.name.clone();
        let mut after: Vec<Wait> = first.collect();
        if let Some(&stopped) = self.stopped.get(&id) {
            after.push(Wait::Step(stopped));
        } else if old.state.is_up() {
            let timeout = builder.environment.instance(id).stop_timeout;
            let stop = Action::Container(ContainerAction::Stop {
                hooks: Vec::new(),
                container: container.clone(),
                id: old.id.clone(),
                timeout,
            });
            after = vec![Wait::Step(builder.step(id, stop, Reason::Adopted, after))];
        }
        let reason = self.old_state(builder, id, old);
        let action = removal(builder, builder.environment.instance(id).ship, old, &container);
        builder.step(id, action, reason, after)
    }

    /// Plans the stop of an instance that moves, where it is now: once its successor is made, what that requires is ready,
    /// and what a restart stops of its dependants is down. Tells the steps.
    pub(super) fn stop_moved(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        moved: Option<Predecessor<'_>>,
        made: Option<StepId>,
        before: &NodeResult,
    ) -> Vec<StepId> {
        let Some(moved) = moved else { return Vec::new() };
        let dependants = if self.stopped.is_empty() { BTreeSet::new() } else { builder.dependants(id) };
        let down = dependants.iter().filter_map(|id| self.stopped.get(id)).copied().map(Wait::Step);
        moved.stop(builder, id, made, down.chain(before.waits.iter().copied()))
    }

    pub(super) fn old_state(&self, builder: &Builder<'_>, id: InstanceId, old: &Container) -> Reason {
        if builder.is_foreign(id) {
            return Reason::ReplacesUnmanaged;
        }
        if self.stopped.contains_key(&id) {
            return Reason::RestartedAnew;
        }
        if let Some(reason) = self.runs_again(builder, id) {
            return reason.clone();
        }
        match old.state {
            ContainerState::Created => Reason::NeverStarted,
            ContainerState::Dead => Reason::Dead,
            ContainerState::Running
            | ContainerState::Restarting
            | ContainerState::Paused
            | ContainerState::Exited
            | ContainerState::Removing
            | ContainerState::Other(_) => Reason::OldIsDown(old.status.clone()),
        }
    }
}
