//! A restart in batches: what it asks for beside `update`, and the batch of a container that is stopped and started as it is.

use std::time::Duration;

use super::{Parts, RollOuts};
use crate::{
    model::{InstanceId, check::State},
    plan::{
        StepId, Wait,
        action::{Action, ContainerAction, WaitAction},
        builder::Builder,
        reason::{Flag, Reason},
    },
};

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

impl<'a> RollOuts<'a> {
    /// Plans the stop and start of an instance's own container in its batch. Tells the step behind which it is ready.
    pub(in crate::plan) fn start_again(
        &mut self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        mut parts: Parts<'a>,
    ) -> StepId {
        let instance = builder.environment.instance(id);
        let update = builder.environment.service(instance.service).update;
        let roll_out = self.services.entry(instance.service).or_default();
        parts.before.waits.extend(roll_out.batch(builder, id, update));
        let mut after = parts.before.waits.clone();
        after.extend(parts.first.iter().copied().map(Wait::Step));
        let stopped = stop(builder, id, &parts, after);
        let started_after = wait_to_start(builder, id, &parts, stopped);
        let checked = builder.checks(id, State::PreStart, Some(&parts.old.id), [started_after]);
        let action = Action::Container(ContainerAction::Start { container: parts.old.name.clone() });
        let started = builder.step(id, action, Reason::Reused, [checked.map_or(started_after, Wait::Step)]);
        let ready = ready(builder, id, &parts.old.name, started);
        roll_out.ends.push(Wait::Step(ready));
        ready
    }
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
    let checked = builder.checks(id, State::PreStop, Some(&old.id), after.iter().copied());
    after.extend(checked.map(Wait::Step));
    let timeout = builder.environment.instance(id).stop_timeout;
    let action =
        Action::Container(ContainerAction::Stop { container: old.name.clone(), id: old.id.clone(), timeout });
    let stopped = builder.step(id, action, parts.reason.clone(), after);
    builder.checks(id, State::Stopped, Some(&old.id), [Wait::Step(stopped)]).unwrap_or(stopped)
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
