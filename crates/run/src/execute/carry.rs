//! Carrying an image to the ships of a plan. The steps that carry the same image from the same engine are one reading of it:
//! the first of them that begins starts it for all, and each waits for its own ship.

mod carrying;

use std::sync::Arc;

use tokio::{sync::watch, task::JoinHandle};

use super::{
    Run, about,
    outcome::{NotDone, failed, interruptible},
};
pub use carrying::Carrying;
use carrying::News;

use crate::carry::{CarryNews, CarryRequest, carry};
use maestro_core::{
    event::{Cause, CopiedAmount, Event, Failure, PullOutcome, StepProgress},
    fault::{ArchiveFault, CarryFault, ConnectionFault, EngineFault},
    observed::carriable::CarrySource,
    plan::{
        StepId,
        action::{Action, ImageAction},
    },
};
use maestro_engine::Engine;

const MEGABYTE: u64 = 1_000_000;

/// Carries the image of a step, and tells how far it is.
pub(super) async fn run(run: &Run, id: StepId, image: &str, missing: u64) -> Result<PullOutcome, NotDone> {
    let not_carried = |fault| failed(Failure::of(Cause::NotCarried { image: image.to_owned(), fault }));
    let Some(mut news) = task(run, id) else {
        let silent = EngineFault::from(ConnectionFault::NotConnected);
        return Err(not_carried(CarryFault::Read(ArchiveFault::Engine(silent))));
    };
    let (subject, action) = about(run, id);
    let mut told = 0;
    loop {
        let now = news.borrow_and_update().clone();
        match now {
            Some(CarryNews::Ended(Ok(bytes))) => return Ok(PullOutcome::Carried { bytes }),
            Some(CarryNews::Ended(Err(fault))) => return Err(not_carried(fault)),
            // Less than a megabyte more is no progress.
            Some(CarryNews::Sent(bytes)) if bytes / MEGABYTE > told => {
                told = bytes / MEGABYTE;
                let total_bytes = Some(missing).filter(|missing| *missing >= bytes);
                let progress = StepProgress::Copied(CopiedAmount { bytes, total_bytes, is_verifying: false });
                let event = Event::StepProgress { step: id.0, subject: subject.clone(), action, progress };
                run.events.send(event).ok();
            }
            Some(CarryNews::Sent(_)) | None => {}
        }
        if interruptible(run, id, news.changed()).await?.is_err() {
            return Err(not_carried(CarryFault::Read(ArchiveFault::Interrupted)));
        }
    }
}

/// The task that carries the image of a step, which may have to be started; none if its engine is not known.
fn task(run: &Run, id: StepId) -> Option<watch::Receiver<Option<CarryNews>>> {
    let (from, image) = carried(&run.plan.step(id).action)?;
    let key = (from.clone(), image.clone());
    run.carrying.news_of(key, id, || started(run, id))
}

/// Starts the task that carries the image of a step.
fn started(run: &Run, id: StepId) -> Option<(News, JoinHandle<()>)> {
    let ImageAction::Carry { from, id: image_id, image, .. } = action(&run.plan.step(id).action)? else {
        return None;
    };
    let source = source(run, from)?;
    let steps = (0..run.plan.steps.len()).map(StepId);
    let alike: Vec<StepId> =
        steps.filter(|step| carried(&run.plan.step(*step).action) == Some((from, image))).collect();
    let engines = alike.iter().map(|step| run.engines[run.plan.step(*step).ship.0].clone());
    let engines: Vec<Option<Arc<dyn Engine>>> = engines.collect();
    let (steps, to) = alike.into_iter().zip(engines).filter_map(|(step, to)| Some((step, to?))).unzip();
    let steps: Vec<StepId> = steps;
    let request = CarryRequest { from: source, id: image_id.clone(), reference: image.clone(), to };
    let (senders, receivers): (Vec<_>, Vec<_>) = steps.iter().map(|_| watch::channel(None)).unzip();
    let running = tokio::spawn(async move {
        let tell = |target: usize, told: CarryNews| drop(senders[target].send_replace(Some(told)));
        carry(&request, &tell).await;
    });
    Some((steps.into_iter().zip(receivers).collect(), running))
}

fn action(action: &Action) -> Option<&ImageAction> {
    match action {
        Action::Image(action) => Some(action),
        Action::Container(_)
        | Action::Service(_)
        | Action::Network(_)
        | Action::Volume(_)
        | Action::Record(_)
        | Action::Wait(_) => None,
    }
}

/// The engine and the image of an action that carries one.
fn carried(of: &Action) -> Option<(&CarrySource, &String)> {
    match action(of)? {
        ImageAction::Carry { from, image, .. } => Some((from, image)),
        ImageAction::Pull { .. } | ImageAction::Remove { .. } => None,
    }
}

/// The engine that an image is carried from.
fn source(run: &Run, from: &CarrySource) -> Option<Arc<dyn Engine>> {
    if let Some(engine) = run.sources.get(from) {
        return Some(Arc::clone(engine));
    }
    match from {
        CarrySource::Ship { id, .. } => run.engines[id.0].clone(),
        CarrySource::ThisMachine => None,
    }
}
