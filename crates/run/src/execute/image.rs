//! Actions on an image: pulled with the credentials and the retries that the environment declares.

use std::time::Duration;

use super::{
    Run, about, cause,
    outcome::{NotDone, failed, interruptible},
};
use maestro_core::{
    event::{Cause, Event, Failure, PullOutcome, Remark, StepProgress},
    model::registry::{PullFault, Retry, entry_for},
    plan::{StepId, action::ImageAction},
};
use maestro_engine::{
    Engine,
    pull::{PullError, Pulled},
};

/// Pulls an image and tells what that has changed.
pub(super) async fn run(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    ImageAction::Pull { image }: &ImageAction,
) -> Result<PullOutcome, NotDone> {
    let found = run.credentials.find(&run.environment, image).await;
    let retry =
        entry_for(&run.environment.registries, image).map_or_else(Retry::default, |r| r.retry.clone());
    let instance = run.plan.step(id).instance.map(|instance| run.environment.instance(instance));
    let spec = instance.map(|instance| &*instance.container).filter(|spec| spec.image == *image);
    let platform = spec.and_then(|spec| spec.platform());
    let (subject, action) = about(run, id);
    let mut told = |progress| {
        let progress = StepProgress::Pulled(progress);
        let event = Event::StepProgress { step: id.0, subject: subject.clone(), action, progress };
        run.events.send(event).ok();
    };
    for tried in 1.. {
        let (fault, words) = match engine.pull(image, platform, found.login.as_ref(), &mut told).await {
            Ok(pulled) => {
                // It went well without; a failure tells it itself where it matters.
                if let Some(problem) = found.trouble {
                    let remark = Remark::NoLogin(problem);
                    run.events.send(Event::Remark { subject: subject.clone(), remark }).ok();
                }
                return Ok(outcome(&pulled));
            }
            Err(PullError::Engine(error)) => {
                return Err(failed(cause::failure(&run.plan.step(id).action, &error)));
            }
            Err(PullError::Registry { fault, words }) => (fault, words),
        };
        let Some(pause) = retry.pause(tried, fault) else {
            let refusal = Box::new(found.refusal(image, fault));
            return Err(failed(Failure::of(Cause::NotPulled { refusal, words, tries: tried })));
        };
        run.events.send(again(run, id, &retry, tried, pause, fault)).ok();
        interruptible(run, tokio::time::sleep(pause)).await?;
    }
    unreachable!("a retry that never ends")
}

fn again(run: &Run, id: StepId, retry: &Retry, tried: u32, pause: Duration, fault: PullFault) -> Event {
    let (subject, action) = about(run, id);
    Event::StepRetried {
        step: id.0,
        subject,
        action,
        attempt: tried + 1,
        attempts: retry.attempts,
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
