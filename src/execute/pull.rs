//! Fetching an image: as whom, and how often, as the environment says.

use std::time::Duration;

use super::{
    Run, about, explain,
    perform::{NotDone, failed, interruptible},
};
use crate::{
    engine::{
        Engine,
        pull::{PullError, Pulled},
    },
    event::{Event, Remark},
    model::registry::{Fault, Retry, entry_for},
    plan::StepId,
};

/// Fetches an image and tells what came of it, in a few words.
pub(super) async fn pull(run: &Run, id: StepId, engine: &dyn Engine, image: &str) -> Result<String, NotDone> {
    let found = run.credentials.find(&run.environment, image).await;
    let retry =
        entry_for(&run.environment.registries, image).map_or_else(Retry::default, |r| r.retry.clone());
    let (subject, action) = about(run, id);
    let mut told = |progress| {
        let event = Event::StepProgress { step: id.0, subject: subject.clone(), action, progress };
        run.events.send(event).ok();
    };
    for tried in 1.. {
        let (fault, words) = match engine.pull(image, found.login.as_ref(), &mut told).await {
            Ok(pulled) => {
                // It went well without; a failure tells it itself where it matters.
                if let Some(words) = found.trouble {
                    let remark = Remark::NoLogin(words);
                    run.events.send(Event::Remark { subject: subject.clone(), remark }).ok();
                }
                return Ok(outcome(&pulled));
            }
            Err(PullError::Engine(error)) => return Err(failed(explain::engine_error(run, id, &error))),
            Err(PullError::Registry { fault, words }) => (fault, words),
        };
        let Some(pause) = retry.pause(tried, fault) else {
            let failure = explain::PullFault { image, found: &found, fault, words: &words, tries: tried };
            return Err(failed(explain::pull_fault(run, id, &failure)));
        };
        run.events.send(again(run, id, &retry, tried, pause, fault)).ok();
        interruptible(run, tokio::time::sleep(pause)).await?;
    }
    unreachable!("a retry that never ends")
}

fn again(run: &Run, id: StepId, retry: &Retry, tried: u32, pause: Duration, fault: Fault) -> Event {
    let (subject, action) = about(run, id);
    Event::StepRetried {
        step: id.0,
        subject,
        action,
        attempt: tried + 1,
        attempts: retry.attempts,
        milliseconds: super::milliseconds(pause),
        because: explain::fault_clause(fault),
    }
}

/// What has changed by it.
fn outcome(pulled: &Pulled) -> String {
    if pulled.was_there {
        return "up to date".to_owned();
    }
    match pulled.digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:")) {
        Some(digest) => format!("fetched sha256:{}", digest.chars().take(12).collect::<String>()),
        None => "fetched".to_owned(),
    }
}
