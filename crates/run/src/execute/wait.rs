//! Waits, which change nothing: for a state of a container, or for time to pass.

use super::{
    Run, Watched, about, cause, log,
    outcome::{NotDone, failed, interruptible},
    outdated, service,
    subject::env_of,
};
use crate::lifecycle::{self, CheckTarget, NotReached};
use maestro_core::{
    event::{Cause, Event, Failure, Remark, StepProgress},
    fault::ProbeFault,
    model::{
        Check,
        check::{self, LifecycleState},
        variables::Variables,
    },
    observed::Age,
    plan::{
        StepId,
        action::{Action, WaitAction},
    },
};
use maestro_engine::Engine;

/// Waits until the state is reached, the time has passed, or the user interrupts.
pub(super) async fn run(
    run: &Run,
    watched: &Watched,
    id: StepId,
    engine: &dyn Engine,
    action: &WaitAction,
) -> Result<(), NotDone> {
    if let (Some(manager), WaitAction::Ready { container, .. } | WaitAction::Verify { id: container, .. }) =
        (engine.manager(), action)
    {
        return service::ready(run, id, manager, container).await;
    }
    let deaths = watched.on(run, run.plan.step(id).ship);
    let none = Variables::new();
    let env = env_of(run, id).unwrap_or(&none);
    let tried = teller(run, id, env);
    let target = |container, deaths| CheckTarget { engine, container, env, deaths, tried: Some(&tried) };
    match action {
        WaitAction::Pause { duration } => interruptible(run, id, tokio::time::sleep(*duration)).await,
        WaitAction::Ready { container, checks } => {
            reach(run, id, target(container, deaths), LifecycleState::Running, checks).await
        }
        WaitAction::Verify { id: seen, checks, age, .. } => {
            still_ready(run, id, target(seen, deaths), checks, *age).await
        }
        WaitAction::Check { container, id: seen, state, checks } => {
            let container = seen.as_deref().unwrap_or(container);
            reach(run, id, target(container, None), *state, checks).await
        }
    }
}

/// Waits until a state is reached, or the user interrupts.
async fn reach(
    run: &Run,
    id: StepId,
    target: CheckTarget<'_>,
    state: LifecycleState,
    checks: &[Check],
) -> Result<(), NotDone> {
    let reached = interruptible(run, id, lifecycle::reached(target, state, checks)).await?;
    reached_or_told(run, id, target, reached).await
}

/// Verifies a container that is left alone. Without a lease another run may stop or replace it meanwhile.
async fn still_ready(
    run: &Run,
    id: StepId,
    target: CheckTarget<'_>,
    checks: &[Check],
    age: Age,
) -> Result<(), NotDone> {
    let verified = interruptible(run, id, lifecycle::verified(target, checks, age)).await?;
    if let Err(error) = &verified
        && run.guard.is_none()
        && outdated::is_so(run, target.engine, target.container, error).await
    {
        return Err(NotDone::Outdated);
    }
    reached_or_told(run, id, target, verified).await
}

/// Tells of tries that do not pass, without the secrets of the container's environment.
fn teller<'a>(
    run: &'a Run,
    id: StepId,
    env: &'a Variables,
) -> impl Fn(u32, &ProbeFault) + Send + Sync + use<'a> {
    let (subject, action) = about(run, id);
    move |tries, last| {
        let secrets = check::secrets_of(env);
        let last = last.clone().map_texts(&|text| secrets.hide(text).into_owned());
        let progress = StepProgress::Tried { tries, last };
        run.events.send(Event::StepProgress { step: id.0, subject: subject.clone(), action, progress }).ok();
    }
}

/// The failure to tell if a state was not reached.
async fn reached_or_told(
    run: &Run,
    id: StepId,
    CheckTarget { engine, container, env, .. }: CheckTarget<'_>,
    reached: Result<(), NotReached>,
) -> Result<(), NotDone> {
    match reached {
        Ok(()) => Ok(()),
        Err(NotReached::Died { exit_code: 0 }) if may_end(run, id) => {
            let (subject, _) = about(run, id);
            run.events.send(Event::Remark { subject, remark: Remark::Ended }).ok();
            Ok(())
        }
        Err(error) => {
            let failure = not_reached(run, id, engine, container, &error).await;
            let secrets = check::secrets_of(env);
            Err(failed(failure.map_texts(&|text| secrets.hide(text).into_owned())))
        }
    }
}

/// Whether a step waits for an instance of which an end with exit code 0 is no failure.
fn may_end(run: &Run, id: StepId) -> bool {
    let step = run.plan.step(id);
    let is_start = matches!(&step.action, Action::Wait(WaitAction::Ready { .. } | WaitAction::Verify { .. }));
    is_start && step.instance.is_some_and(|instance| run.environment.instance(instance).may_end)
}

async fn not_reached(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    container: &str,
    error: &NotReached,
) -> Failure {
    let failure = match error {
        NotReached::Engine(error) => return cause::failure(&run.plan.step(id).action, error),
        NotReached::Died { exit_code } => {
            let (restarting, is_out_of_memory) = match engine.inspect(container).await {
                Ok(Some(seen)) => (seen.state.is_up(), seen.is_out_of_memory),
                Ok(None) | Err(_) => (false, false),
            };
            let log = log::last_lines(engine, container).await;
            let cause = Cause::Died { restarting, is_out_of_memory };
            return Failure { exit_code: Some(*exit_code), log, ..Failure::of(cause) };
        }
        NotReached::Check { what, within, tries, last, key } => {
            let (what, last) = (what.clone(), (**last).clone());
            Failure::of(Cause::CheckFailed { what, within: *within, tries: *tries, last, key })
        }
        NotReached::Restarted { times, exit_code } => {
            Failure { exit_code: *exit_code, ..Failure::of(Cause::Restarted { times: *times }) }
        }
        NotReached::Paused => Failure::of(Cause::Paused),
        NotReached::Unhealthy { last } => Failure::of(Cause::Unhealthy { last: last.clone() }),
        NotReached::Impossible { what, why } => {
            Failure::of(Cause::CheckImpossible { what: what.clone(), why: why.clone() })
        }
    };
    // Before a start there is no log, or that of a former life.
    let has_log = !matches!(
        run.plan.step(id).action,
        Action::Wait(WaitAction::Check { state: LifecycleState::PreStart, .. })
    );
    let log = if has_log { log::last_lines(engine, container).await } else { failure.log.clone() };
    Failure { log, ..failure }
}
