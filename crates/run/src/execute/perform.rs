//! One step: whether it may be done, doing it, and what is told of it.

use tokio::time::Instant;

use super::{
    Run, Watched, about, carry, cause, change, image,
    outcome::{Done, NotDone, failed},
    safety, volume_copy, wait,
};
use maestro_core::{
    event::{Event, Remark},
    fault::ConnectionFault,
    plan::{
        StepId,
        action::{Action, ContainerAction, ImageAction, VolumeAction},
    },
};
use maestro_engine::{Engine, EngineError};

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
    let (mut container, mut outcome) = (None, None);
    match &*run.made.named(step.ship, &step.action) {
        Action::Wait(action) => wait::run(run, watched, id, engine, action).await?,
        Action::Image(ImageAction::Pull { image, notes_age }) => {
            outcome = Some(image::pull(run, id, engine, image).await?);
            if *notes_age {
                // A name that is given notes the time, a pull need not. Ignore the error: the image is pulled again next time.
                engine.tag_image(image, image).await.ok();
            }
        }
        Action::Image(ImageAction::Carry { image, missing, .. }) => {
            outcome = Some(carry::run(run, id, image, *missing).await?);
        }
        Action::Volume(VolumeAction::Copy { name, environment, options, from }) => {
            volume_copy::run(run, id, (name, environment), options, *from).await?;
        }
        Action::Container(_)
        | Action::Service(_)
        | Action::Image(ImageAction::Remove { .. })
        | Action::Network(_)
        | Action::Volume(_)
        | Action::Record(_) => {
            container = change::run(run, id, engine).await?;
        }
    }
    run.made.note(step, container.as_ref());
    let took = begin.elapsed();
    if let Action::Container(ContainerAction::Stop { id: stopped, timeout, .. }) = &step.action
        && !timeout.is_zero()
        // How long a Swarm took says nothing of a program.
        && engine.manager().is_none()
        && took >= *timeout
        && was_killed(engine, stopped).await
    {
        run.events.send(Event::Remark { subject, remark: Remark::Killed { timeout: *timeout } }).ok();
    }
    Ok(Done { container, outcome, took })
}

/// The exit code of a program that SIGKILL ended.
const KILLED: i64 = 137;

/// Whether a container that took its whole timeout to stop was killed: an engine that is slow takes as long.
async fn was_killed(engine: &dyn Engine, container: &str) -> bool {
    match engine.inspect(container).await {
        Ok(Some(seen)) => seen.exit_code.is_none_or(|code| code == KILLED),
        Ok(None) | Err(_) => true,
    }
}
