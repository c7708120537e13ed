//! What replacing a container and starting it again share: what is known of it, and the steps around its stop and start.

use std::time::Duration;

use crate::{
    model::{InstanceId, check::LifecycleState},
    observed::Container,
    plan::{
        StepId, Wait,
        action::{Action, ContainerAction, WaitAction},
        builder::{Builder, NodeResult},
        reason::{Flag, Reason},
    },
};

/// Starts a container of an instance, and runs the commands that the file has for that.
pub(in crate::plan) fn start_of(builder: &Builder<'_>, id: InstanceId, container: &str) -> Action {
    let hooks = builder.environment.instance(id).hooks.post_start.clone();
    Action::Container(ContainerAction::Start { container: container.to_owned(), hooks })
}

/// What is needed to replace one container.
pub(in crate::plan) struct Parts<'a> {
    /// The old container.
    pub old: &'a Container,
    /// Why it is replaced.
    pub reason: Reason,
    /// What the instance requires.
    pub before: NodeResult,
    /// Containers that hold what the new one needs, and go first.
    pub first: Vec<StepId>,
    /// Containers that must exist before the new one can be made.
    pub created: Vec<StepId>,
    /// What a restart asks for.
    pub again: Again,
}

/// What a restart asks for beside `update`.
#[derive(Debug, Clone, Default)]
pub(in crate::plan) struct Again {
    /// Stop and start the same container (`--reuse`).
    pub reuse: bool,
    /// Why images are pulled though they are there.
    pub refresh: Option<Reason>,
    /// Time before each stop (`--step-delay`).
    pub before_stop: Duration,
    /// Time between a stop and the start that follows it (`--stop-start-delay`).
    pub before_start: Duration,
}

/// Stops the old container, between its checks.
pub(super) fn stop(
    builder: &mut Builder<'_>,
    id: InstanceId,
    parts: &Parts<'_>,
    mut after: Vec<Wait>,
) -> StepId {
    let old = parts.old;
    if !parts.again.before_stop.is_zero() {
        let action = Action::Wait(WaitAction::Pause { duration: parts.again.before_stop });
        after = vec![Wait::Step(builder.step(id, action, Reason::Flag(Flag::StepDelay), after))];
    }
    let checked = builder.checks(id, LifecycleState::PreStop, Some(&old.id), after.iter().copied());
    after.extend(checked.map(Wait::Step));
    let instance = builder.environment.instance(id);
    let action = Action::Container(ContainerAction::Stop {
        hooks: instance.hooks.pre_stop.clone(),
        container: old.name.clone(),
        id: old.id.clone(),
        timeout: instance.stop_timeout,
    });
    let stopped = builder.step(id, action, parts.reason.clone(), after);
    builder.checks(id, LifecycleState::Stopped, Some(&old.id), [Wait::Step(stopped)]).unwrap_or(stopped)
}

/// What a start waits for that follows a stop.
pub(super) fn wait_to_start(
    builder: &mut Builder<'_>,
    id: InstanceId,
    parts: &Parts<'_>,
    stopped: StepId,
) -> Wait {
    if parts.again.before_start.is_zero() {
        return Wait::Step(stopped);
    }
    let action = Action::Wait(WaitAction::Pause { duration: parts.again.before_start });
    Wait::Step(builder.step(id, action, Reason::Flag(Flag::StopStartDelay), [Wait::Step(stopped)]))
}

/// Plans the wait until a started container is ready, where there is something to wait for; tells the last step.
pub(in crate::plan) fn ready(
    builder: &mut Builder<'_>,
    id: InstanceId,
    container: &str,
    started: StepId,
) -> StepId {
    let checks = builder.environment.instance(id).lifecycle.running.clone();
    if checks.is_empty() && builder.detach {
        return started;
    }
    let action = Action::Wait(WaitAction::Ready { container: container.to_owned(), checks });
    builder.step(id, action, Reason::AwaitsReady, [Wait::Step(started)])
}
