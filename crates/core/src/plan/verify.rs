//! Verification: an instance that runs and is left alone is only counted as ready if it is known to be. What an earlier
//! run found out is kept nowhere, so every `start` and `apply` finds it out anew, at the least cost that tells it.

use super::{
    Wait,
    action::{Action, WaitAction},
    builder::{Builder, NodeResult},
    reason::{Doubt, Reason},
};
use crate::{
    model::{Instance, InstanceId, graph::Direction},
    observed::{Age, Container, ContainerState},
};

/// Why a running container is not known to be ready; none if the list of containers says enough.
#[must_use]
pub fn doubt(instance: &Instance, container: &Container) -> Option<Doubt> {
    let restarts = instance.container.restart.as_ref().is_some_and(|policy| policy.name != "no");
    match (&container.state, container.age()) {
        (ContainerState::Restarting, _) if instance.swarm.is_some() => Some(Doubt::TasksMissing),
        (ContainerState::Restarting, _) => Some(Doubt::Restarting),
        (ContainerState::Paused, _) => Some(Doubt::Paused),
        _ if container.is_unhealthy() => Some(Doubt::Unhealthy),
        _ if !instance.lifecycle.running.is_empty() => Some(Doubt::HasChecks),
        (ContainerState::Running, Age::New) => Some(Doubt::New),
        // Only an inspect tells how often the engine has restarted it.
        (ContainerState::Running, Age::Young) if restarts => Some(Doubt::Young),
        _ => None,
    }
}

impl Builder<'_> {
    /// Verifies an instance that runs and is left alone, if that is needed. What requires it waits for that.
    ///
    /// A verification waits for what is going to be started before it, but not for other verifications, so that one
    /// instance which is not ready does not hide another.
    pub(super) fn verify(&mut self, id: InstanceId, container: &Container, before: NodeResult) -> NodeResult {
        let instance = self.environment.instance(id);
        let mut waits = before.waits.clone();
        if let Some(doubt) = doubt(instance, container) {
            let after: Vec<Wait> = waits.iter().copied().filter(|wait| !self.quiet.contains(wait)).collect();
            let is_quiet = after.is_empty();
            let action = Action::Wait(WaitAction::Verify {
                container: container.name.clone(),
                id: container.id.clone(),
                checks: instance.lifecycle.running.clone(),
                age: container.age(),
            });
            let step = Wait::Step(self.step(id, action, Reason::Doubted(doubt), after));
            if is_quiet {
                self.quiet.insert(step);
            }
            waits.push(step);
        }
        // It runs, whatever became of what it requires.
        let result = NodeResult { waits, started: Some(before.waits), blocked: None };
        self.pass_on(id, result, Direction::NeedsFirst)
    }
}
