//! Changes on an engine: requested under the names that containers really have, and verified if the answer is lost.

use std::borrow::Cow;

use super::{
    Run, cause, container, image,
    names::{self, TRIES},
    network,
    outcome::{NotDone, Verified, failed},
    record, service, volume,
};
use maestro_core::{
    event::{Cause, Failure},
    fault::StepFault,
    plan::{
        StepId,
        action::{Action, ImageAction},
    },
};
use maestro_engine::{Engine, EngineError};

/// Asks the engine for a step's change, and observes whether it happened if the answer is lost. Returns the container's
/// id, if the engine tells it.
pub(super) async fn run(run: &Run, id: StepId, engine: &dyn Engine) -> Result<Option<String>, NotDone> {
    match with_free_name(run, id, engine, &run.plan.step(id).action).await {
        (_, Ok(container)) => Ok(container),
        (change, Err(EngineError::ResponseLost(fault))) => match verify(run, id, engine, &change).await {
            Verified::Done { container } => Ok(container),
            Verified::Unknown => Err(failed(Failure::of(Cause::AnswerLost(fault)))),
        },
        (_, Err(error)) => Err(refused(run, id, engine, &error).await),
    }
}

/// An engine refused a change. Of a port that is taken it is asked who holds it.
async fn refused(run: &Run, id: StepId, engine: &dyn Engine, error: &EngineError) -> NotDone {
    let failure = cause::failure(&run.plan.step(id).action, error);
    failed(cause::with_holder(failure, engine).await)
}

/// Asks for a change, of containers by the names that they really have. Tells with which names that was done.
async fn with_free_name<'a>(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    action: &'a Action,
) -> (Cow<'a, Action>, Result<Option<String>, EngineError>) {
    let ship = run.plan.step(id).ship;
    for _ in 0..TRIES {
        let actual = run.made.named(ship, action);
        let outcome = request(run, id, engine, &actual).await;
        let (Some(planned), Some(name), Err(EngineError::Conflict(fault))) =
            (names::given(action), names::given(&actual), &outcome)
        else {
            return (actual, outcome);
        };
        let is_passed_over = match engine.inspect(name).await {
            Ok(None) => true,
            // Another name than the planned one may be anybody's.
            Ok(Some(_)) => name != planned,
            Err(_) => false,
        };
        if !is_passed_over {
            return (actual, outcome);
        }
        let is_own = run.environment.instances.iter().any(|one| one.container_name() == planned);
        if is_own {
            let kept = StepFault::NameKept { name: name.to_owned(), fault: Box::new(fault.clone()) };
            return (actual, Err(EngineError::Conflict(kept.into())));
        }
        let next = names::next(run, name);
        run.made.rename(ship, planned, next);
    }
    let actual = run.made.named(ship, action);
    let outcome = request(run, id, engine, &actual).await;
    (actual, outcome)
}

/// Asks the engine for a change. Returns the id of a container that it created.
async fn request(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    action: &Action,
) -> Result<Option<String>, EngineError> {
    match action {
        Action::Container(action) => return container::run(run, id, engine, action).await,
        Action::Service(action) => return service::run(run, engine, action).await,
        Action::Network(action) => network::run(engine, action).await?,
        Action::Volume(action) => {
            let ship = |ship| run.environment.ship(ship).name.clone();
            volume::run(engine, action, ship).await?;
        }
        Action::Record(action) => record::run(engine, &run.environment.name, action).await?,
        Action::Image(ImageAction::Remove { id, names }) => image::remove(engine, id, names).await?,
        Action::Image(ImageAction::Pull { .. } | ImageAction::Carry { .. }) | Action::Wait(_) => {}
    }
    Ok(None)
}

/// The answer to a change was lost: observes whether it happened.
///
/// An engine finishes a create or start that its client gave up, so what does not exist now may still come: only what is
/// seen to be done counts.
async fn verify(run: &Run, id: StepId, engine: &dyn Engine, action: &Action) -> Verified {
    let is_done = match action {
        Action::Container(action) => return container::verify(run, id, engine, action).await,
        Action::Service(action) => return service::verify(engine, action).await,
        Action::Network(action) => network::verify(engine, action).await,
        Action::Volume(action) => volume::verify(engine, action).await,
        Action::Record(action) => record::verify(engine, action).await,
        Action::Image(ImageAction::Remove { id, .. }) => image::is_removed(engine, id).await,
        Action::Image(ImageAction::Pull { .. } | ImageAction::Carry { .. }) | Action::Wait(_) => false,
    };
    if is_done { Verified::Done { container: None } } else { Verified::Unknown }
}
