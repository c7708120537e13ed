//! One step: the calls to the engine, and what is found out when an answer is lost.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::{
    Run, Watched, about, cause, earlier, left_behind, log, names,
    outcome::{Done, NotDone, failed, interruptible},
    outdated, pull, record, safety,
    subject::env_of,
    volumes,
};
use crate::lifecycle::{self, CheckTarget, Deaths, NotReached};
use maestro_core::{
    event::{Cause, Event, Failure, Remark},
    fault::{ConnectionFault, StepFault},
    model::{
        Check,
        check::{self, State},
        container::{LABEL_CONFIG, LABEL_ENVIRONMENT, LABEL_INSTANCE},
        variables::Variables,
    },
    observed::{Age, description::Description},
    plan::{
        StepId,
        action::{
            Action, ContainerAction, ImageAction, NetworkAction, RecordAction, VolumeAction, WaitAction,
        },
    },
};
use maestro_engine::{Engine, EngineError, Membership, ownership};

/// Does a step.
pub(super) async fn perform(run: &Run, watched: &Watched, id: StepId) -> Result<Done, NotDone> {
    let step = run.plan.step(id);
    let (subject, action) = about(run, id);
    let held = safety::holds(run, step).await;
    if held == Ok(false) {
        return Err(NotDone::LeaseLost);
    }
    let begin = Instant::now();
    run.events.send(Event::StepStarted { step: id.0, subject: subject.clone(), action }).ok();
    let Some(engine) = run.engines[step.ship.0].as_deref() else {
        let error = EngineError::Unreachable(ConnectionFault::NotConnected.into());
        return Err(failed(cause::failure(&step.action, &error)));
    };
    if let Err(error) = held {
        // The step itself was not asked for.
        let error = EngineError::Unreachable(error.fault().clone());
        return Err(failed(cause::failure(&step.action, &error)));
    }
    let action = run.made.named(step.ship, &step.action);
    let container = match &*action {
        Action::Wait(wait) => {
            self::wait(run, watched, id, engine, wait).await?;
            None
        }
        Action::Image(ImageAction::Pull { image }) => {
            let outcome = Some(pull::pull(run, id, engine, image).await?);
            return Ok(Done { container: None, outcome, took: begin.elapsed() });
        }
        Action::Container(_) | Action::Network(_) | Action::Volume(_) | Action::Record(_) => {
            change(run, id, engine).await?
        }
    };
    run.made.note(step, container.as_ref());
    let took = begin.elapsed();
    if let Action::Container(ContainerAction::Stop { timeout, .. }) = step.action
        && !timeout.is_zero()
        && took >= timeout
    {
        run.events.send(Event::Remark { subject, remark: Remark::Killed { timeout } }).ok();
    }
    Ok(Done { container, outcome: None, took })
}

/// Waits for a state, or for time to pass.
async fn wait(
    run: &Run,
    watched: &Watched,
    id: StepId,
    engine: &dyn Engine,
    wait: &WaitAction,
) -> Result<(), NotDone> {
    let deaths = watched.on(run, run.plan.step(id).ship);
    match wait {
        WaitAction::Pause { duration } => interruptible(run, tokio::time::sleep(*duration)).await,
        WaitAction::Ready { container, checks } => {
            reach(run, id, (engine, deaths), container, State::Running, checks).await
        }
        WaitAction::Verify { id: seen, checks, age, .. } => {
            verify(run, id, (engine, deaths), seen, checks, *age).await
        }
        WaitAction::Check { container, id: seen, state, checks } => {
            let container = seen.as_deref().unwrap_or(container);
            reach(run, id, (engine, None), container, *state, checks).await
        }
    }
}

/// Asks the engine for a step's change, and observes whether it happened if the answer is lost. Returns the container's
/// id, if the engine tells it.
async fn change(run: &Run, id: StepId, engine: &dyn Engine) -> Result<Option<String>, NotDone> {
    match names::ask(run, id, engine, &run.plan.step(id).action).await {
        (_, Ok(container)) => Ok(container),
        (change, Err(EngineError::ResponseLost(fault))) => match find_out(run, id, engine, &change).await {
            Some(container) => Ok(container),
            None => Err(failed(Failure::of(Cause::AnswerLost(fault)))),
        },
        (_, Err(error)) => Err(refused(run, id, engine, &error).await),
    }
}

/// An engine refused a change. Of a port that is taken it is asked who holds it.
async fn refused(run: &Run, id: StepId, engine: &dyn Engine, error: &EngineError) -> NotDone {
    let failure = cause::failure(&run.plan.step(id).action, error);
    failed(cause::with_holder(failure, engine).await)
}

/// Asks the engine for a change. Tells the container's id, where it is learned.
pub(super) async fn ask(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    action: &Action,
) -> Result<Option<String>, EngineError> {
    match action {
        Action::Container(action) => return change_container(run, id, engine, action).await,
        Action::Network(NetworkAction::Create { name, environment, fixed }) => {
            let labels = BTreeMap::from([(LABEL_ENVIRONMENT.to_owned(), environment.clone())]);
            engine.create_network(name, &labels, *fixed).await?;
        }
        Action::Network(NetworkAction::Remove { name, environment }) => {
            remove_network(engine, name, environment).await?;
        }
        Action::Network(NetworkAction::Rejoin { container, id, network, links, aliases }) => {
            let (network, links, aliases) = (network.clone(), links.clone(), aliases.clone());
            let membership = Membership { network, links, aliases };
            engine.rejoin(id.as_ref().unwrap_or(container), &membership).await?;
        }
        Action::Volume(VolumeAction::Remove { left }) => left_behind::remove(engine, left).await?,
        Action::Record(RecordAction::Write { record }) => record::write(engine, record).await?,
        Action::Record(RecordAction::Forget { revision, volume }) => {
            record::forget(engine, &run.environment.name, *revision, volume).await?;
        }
        Action::Image(_) | Action::Wait(_) => {}
    }
    Ok(None)
}

/// Asks the engine to change a container. Returns the id of a container that it created.
async fn change_container(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    action: &ContainerAction,
) -> Result<Option<String>, EngineError> {
    match action {
        ContainerAction::Create { name, spec, volumes } => {
            let volumes = volumes::declared(run, id, engine, spec, volumes).await?;
            return earlier::create(run, id, engine, name, spec, &volumes).await.map(Some);
        }
        ContainerAction::Rename { container, id, to } => {
            engine.rename(id.as_ref().unwrap_or(container), to).await?;
        }
        ContainerAction::Discard { names, keep, keep_on, left, timeout } => {
            safety::has_predecessor(run, *keep_on, keep).await?;
            for discarded in to_discard(run, id, engine, names, (keep, left)).await? {
                engine.stop(&discarded, *timeout).await?;
                engine.remove(&discarded).await?;
            }
        }
        ContainerAction::Start { container } => engine.start(container).await?,
        ContainerAction::Stop { id, timeout, .. } => engine.stop(id, *timeout).await?,
        ContainerAction::Kill { id, .. } => engine.kill(id).await?,
        ContainerAction::Remove { id: container, leaves, .. } => {
            safety::has_successor(run, run.plan.step(id)).await?;
            for left in leaves {
                left_behind::write(engine, left).await?;
            }
            engine.remove(container).await?;
        }
    }
    Ok(None)
}

/// Removes a network if it still is that environment's: networks are removed by name.
async fn remove_network(engine: &dyn Engine, name: &str, environment: &str) -> Result<(), EngineError> {
    match engine.networks().await?.get(name) {
        Some(labels) if is_of(labels, environment) => engine.remove_network(name).await,
        Some(_) => Err(EngineError::Conflict(StepFault::NetworkReplaced(name.to_owned()).into())),
        None => engine.remove_network(name).await,
    }
}

fn is_of(labels: &BTreeMap<String, String>, environment: &str) -> bool {
    labels.get(LABEL_ENVIRONMENT).is_some_and(|of| of == environment)
}

/// The ids of this instance's containers that have one of these names, as far as this run has made them or has found
/// them as `left`, but for the one that stays. What another run makes meanwhile under such a name is its own.
async fn to_discard(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    names: &[String],
    (keep, left): (&str, &[String]),
) -> Result<BTreeSet<String>, EngineError> {
    let instance = run.plan.step(id).instance.map(|instance| &run.environment.instance(instance).name);
    let made = run.made.of(run.plan.step(id));
    let mut found = BTreeSet::new();
    for name in names {
        let Some(seen) = ownership::inspect(engine, &run.environment.name, name).await? else { continue };
        let Description { id, labels, .. } = *seen.description;
        let is_ours = labels.get(LABEL_ENVIRONMENT) == Some(&run.environment.name)
            && labels.get(LABEL_INSTANCE) == instance;
        let is_known = made.as_ref() == Some(&id) || left.contains(&id);
        if is_ours && is_known && id != keep {
            found.insert(id);
        }
    }
    Ok(found)
}

/// The answer to a change was lost: looks whether it has happened. None if that cannot be said.
///
/// An engine finishes a create or start that its client gave up, so what is not there now may still come: only what is
/// seen to be done counts.
async fn find_out(run: &Run, id: StepId, engine: &dyn Engine, action: &Action) -> Option<Option<String>> {
    let is_done = match action {
        Action::Container(action) => return find_out_container(run, id, engine, action).await,
        Action::Network(NetworkAction::Create { name, environment, .. }) => {
            let networks = engine.networks().await.ok()?;
            networks.get(name).is_some_and(|labels| is_of(labels, environment))
        }
        Action::Network(NetworkAction::Remove { name, .. }) => {
            !engine.networks().await.ok()?.contains_key(name)
        }
        Action::Network(NetworkAction::Rejoin { container, id, network, links, aliases }) => {
            let seen = engine.inspect(id.as_ref().unwrap_or(container)).await.ok()??.description;
            let endpoint = seen.networks.get(network)?;
            let given = aliases.iter().filter(|alias| **alias != seen.name && **alias != seen.hostname);
            endpoint.links.iter().eq(links.iter().collect::<BTreeSet<_>>())
                && endpoint.aliases.iter().eq(given.collect::<BTreeSet<_>>())
        }
        Action::Volume(VolumeAction::Remove { left }) => left_behind::is_removed(engine, left).await,
        Action::Record(RecordAction::Write { record }) => record::is_written(engine, record).await,
        Action::Record(RecordAction::Forget { volume, .. }) => engine.volume(volume).await.ok()?.is_none(),
        Action::Image(_) | Action::Wait(_) => false,
    };
    is_done.then_some(None)
}

/// Whether a container was changed, with its id. None if that cannot be said.
async fn find_out_container(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    action: &ContainerAction,
) -> Option<Option<String>> {
    let name = match action {
        ContainerAction::Discard { names, keep, left, .. } => {
            return to_discard(run, id, engine, names, (keep, left)).await.ok()?.is_empty().then_some(None);
        }
        ContainerAction::Create { name, .. } | ContainerAction::Rename { to: name, .. } => name,
        ContainerAction::Start { container } => container,
        ContainerAction::Stop { id, .. }
        | ContainerAction::Kill { id, .. }
        | ContainerAction::Remove { id, .. } => id,
    };
    let seen = ownership::inspect(engine, &run.environment.name, name).await.ok()?;
    let made = seen.as_ref().map(|seen| &seen.description);
    let up = seen.as_ref().is_some_and(|seen| seen.state.is_up());
    let happened = match action {
        ContainerAction::Create { spec, .. } => {
            made.is_some_and(|made| made.labels.get(LABEL_CONFIG).is_some_and(|hash| hash == spec.hash()))
        }
        ContainerAction::Start { .. } => up,
        ContainerAction::Rename { container, id, to } => {
            let was_it =
                made.is_some_and(|made| id.as_ref().is_none_or(|id| *id == made.id) && made.name == *to);
            was_it && (id.is_some() || engine.inspect(container).await.ok()?.is_none())
        }
        ContainerAction::Remove { .. } => seen.is_none(),
        ContainerAction::Stop { .. } | ContainerAction::Kill { .. } | ContainerAction::Discard { .. } => !up,
    };
    happened.then(|| seen.map(|seen| seen.description.id))
}

/// Waits until a state is reached, or the user interrupts.
async fn reach(
    run: &Run,
    id: StepId,
    (engine, deaths): (&dyn Engine, Option<&Deaths>),
    container: &str,
    state: State,
    checks: &[Check],
) -> Result<(), NotDone> {
    let none = Variables::new();
    let target = CheckTarget { engine, container, env: env_of(run, id).unwrap_or(&none), deaths };
    let reached = interruptible(run, lifecycle::reached(target, state, checks)).await?;
    reached_or_told(run, id, target, reached).await
}

/// Verifies a container that is left alone. Without a lease another run may stop or replace it meanwhile.
async fn verify(
    run: &Run,
    id: StepId,
    (engine, deaths): (&dyn Engine, Option<&Deaths>),
    container: &str,
    checks: &[Check],
    age: Age,
) -> Result<(), NotDone> {
    let none = Variables::new();
    let target = CheckTarget { engine, container, env: env_of(run, id).unwrap_or(&none), deaths };
    let verified = interruptible(run, lifecycle::verified(target, checks, age)).await?;
    if let Err(error) = &verified
        && run.guard.is_none()
        && outdated::is_so(run, engine, container, error).await
    {
        return Err(NotDone::Outdated);
    }
    reached_or_told(run, id, target, verified).await
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
        Err(error) => {
            let failure = not_reached(run, id, engine, container, &error).await;
            let secrets = check::secrets_of(env);
            Err(failed(failure.map_texts(&|text| secrets.hide(text).into_owned())))
        }
    }
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
    let has_log =
        !matches!(run.plan.step(id).action, Action::Wait(WaitAction::Check { state: State::PreStart, .. }));
    let log = if has_log { log::last_lines(engine, container).await } else { failure.log.clone() };
    Failure { log, ..failure }
}
