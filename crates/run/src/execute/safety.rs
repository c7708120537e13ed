//! What keeps two runs that both believe to hold the lease from losing an instance: before a container is stopped or
//! removed the lease is looked at, and nothing is removed in favour of a container that does not exist any more.

use super::Run;
use maestro_core::{
    fault::{ConnectionFault, StepFault},
    model::ShipId,
    plan::{
        Step,
        action::{Action, ActionKind},
    },
};
use maestro_engine::EngineError;

/// Whether the lease has to be held for an action: what it ends or removes may be all that is left of an instance.
fn is_guarded(action: &Action) -> bool {
    matches!(
        action.kind(),
        ActionKind::Stop
            | ActionKind::Kill
            | ActionKind::Remove
            | ActionKind::RemoveVolume
            | ActionKind::CopyVolume
            | ActionKind::Discard
    )
}

/// Whether the lease is still held, as far as a step needs it.
pub(super) async fn holds(run: &Run, step: &Step) -> Result<bool, EngineError> {
    match run.guard.as_deref().filter(|_| is_guarded(&step.action)) {
        Some(guard) => guard.holds(step.ship).await,
        None => Ok(true),
    }
}

/// Refuses to remove a container whose successor, which this run has made, was removed by somebody else.
pub(super) async fn has_successor(run: &Run, step: &Step) -> Result<(), EngineError> {
    let Some((ship, id)) = run.made.successor(step) else { return Ok(()) };
    if is_there(run, ship, &id).await? {
        return Ok(());
    }
    Err(EngineError::Conflict(StepFault::SuccessorGone.into()))
}

/// Refuses to discard a successor whose predecessor, on that ship, was removed by somebody else.
pub(super) async fn has_predecessor(run: &Run, ship: ShipId, keep: &str) -> Result<(), EngineError> {
    if is_there(run, ship, keep).await? {
        return Ok(());
    }
    Err(EngineError::Conflict(StepFault::PredecessorGone.into()))
}

async fn is_there(run: &Run, ship: ShipId, id: &str) -> Result<bool, EngineError> {
    let Some(engine) = &run.engines[ship.0] else {
        let ship = run.environment.ship(ship).name.clone();
        return Err(EngineError::Unreachable(ConnectionFault::OtherShip(ship).into()));
    };
    Ok(engine.inspect(id).await?.is_some())
}
