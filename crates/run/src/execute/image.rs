//! Actions on an image: pulled with the credentials and the retries that the environment declares.

use super::{
    Run, about, cause,
    outcome::{NotDone, failed, interruptible},
    pull::{PullAgain, PullTries, PullTry},
};
use maestro_core::{
    event::{Cause, Event, Failure, PullOutcome, Remark, StepProgress},
    fault::StepFault,
    model::registry::{Retry, entry_for},
    plan::StepId,
};
use maestro_engine::{Engine, EngineError, pull::Pulled};

/// Pulls an image and tells what that has changed.
pub(super) async fn pull(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    image: &str,
) -> Result<PullOutcome, NotDone> {
    let found = run.credentials.find(&run.environment, image).await;
    let retry =
        entry_for(&run.environment.registries, image).map_or_else(Retry::default, |r| r.retry.clone());
    let instance = run.plan.step(id).instance.map(|instance| run.environment.instance(instance));
    let spec = instance.map(|instance| &*instance.container).filter(|spec| spec.image == image);
    let platform = spec.and_then(|spec| spec.platform());
    let (subject, action) = about(run, id);
    let mut told = |progress| {
        let progress = StepProgress::Pulled(progress);
        let event = Event::StepProgress { step: id.0, subject: subject.clone(), action, progress };
        run.events.send(event).ok();
    };
    let login = found.login.as_ref();
    let mut tries = PullTries { engine, image, platform, login, retry: &retry, tried: 0 };
    loop {
        match tries.next(&mut told).await {
            PullTry::Pulled(pulled) => {
                // It went well without; a failure tells it itself where it matters.
                if let Some(problem) = found.trouble {
                    let remark = Remark::NoLogin(problem);
                    run.events.send(Event::Remark { subject: subject.clone(), remark }).ok();
                }
                return Ok(outcome(&pulled));
            }
            PullTry::Engine(error) => return Err(failed(cause::failure(&run.plan.step(id).action, &error))),
            PullTry::Refused { fault, words } => {
                let refusal = Box::new(found.refusal(image, fault));
                let tries = tries.tried;
                return Err(failed(Failure::of(Cause::NotPulled { refusal, words, tries })));
            }
            PullTry::Again(again) => {
                run.events.send(told_again(run, id, again)).ok();
                interruptible(run, id, tokio::time::sleep(again.pause)).await?;
            }
        }
    }
}

/// Removes an image with all its names. One that somebody else has given another name meanwhile stays.
///
/// # Errors
/// As the engine answers; a conflict if the image has another name or a container.
pub(super) async fn remove(engine: &dyn Engine, id: &str, names: &[String]) -> Result<(), EngineError> {
    let images = engine.images().await?;
    let has = images.iter().filter(|(name, of)| *of == id && *name != id).map(|(name, _)| name);
    if let Some(name) = has.clone().find(|name| !names.contains(name)) {
        let fault = StepFault::ImageNamed { id: id.to_owned(), name: name.clone() };
        return Err(EngineError::Conflict(fault.into()));
    }
    for tag in has.filter(|name| !name.contains('@')) {
        engine.remove_image(tag).await?;
    }
    // With its last tag it is gone.
    engine.remove_image(id).await
}

/// Observes whether an image is removed.
pub(super) async fn is_removed(engine: &dyn Engine, id: &str) -> bool {
    engine.images().await.is_ok_and(|images| images.values().all(|of| of != id))
}

fn told_again(run: &Run, id: StepId, again: PullAgain) -> Event {
    let (subject, action) = about(run, id);
    let PullAgain { attempt, attempts, pause, fault } = again;
    Event::StepRetried {
        step: id.0,
        subject,
        action,
        attempt,
        attempts,
        milliseconds: super::milliseconds(pause),
        fault,
    }
}

/// What has changed by it.
fn outcome(pulled: &Pulled) -> PullOutcome {
    if pulled.was_there {
        return PullOutcome::UpToDate;
    }
    PullOutcome::Pulled { digest: pulled.digest.clone().filter(|digest| digest.starts_with("sha256:")) }
}
