//! What keeps two runs that both believe to hold the lease from losing an instance: before a container is stopped or
//! removed the lease is looked at, and nothing is removed in favour of a container that is not there any more.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::Run;
use maestro_core::{
    fault::{ConnectionFault, StepFault},
    model::{InstanceId, ShipId},
    plan::{Step, action::Action},
};
use maestro_engine::EngineError;

/// Tells whether this run may change an engine.
#[async_trait]
pub trait Guard: Send + Sync {
    /// Whether this run still holds the lease on the engine of that ship.
    async fn holds(&self, ship: ShipId) -> Result<bool, EngineError>;

    /// Whether the engine of that ship may still be creating containers that a killed run has asked for.
    fn follows_a_killed_run(&self, ship: ShipId) -> bool;
}

/// The containers that this run has made.
#[derive(Default)]
pub struct Made {
    /// Their ids, by ship and instance.
    ids: Mutex<BTreeMap<(ShipId, InstanceId), String>>,
    /// Names that containers got in place of planned ones, by ship and planned name.
    names: Mutex<Names>,
}

/// Names by ship and planned name.
type Names = BTreeMap<(ShipId, String), String>;

impl Made {
    fn ids(&self) -> MutexGuard<'_, BTreeMap<(ShipId, InstanceId), String>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what a step has made.
    pub(super) fn note(&self, step: &Step, id: Option<&String>) {
        if let (Action::Create { .. }, Some(instance), Some(id)) = (&step.action, step.instance, id) {
            self.ids().insert((step.ship, instance), id.clone());
        }
    }

    /// The ship and the id of the container that was made for a step's instance, on whichever ship.
    fn successor(&self, step: &Step) -> Option<(ShipId, String)> {
        let ids = self.ids();
        let mut made = ids.iter().filter(|((_, instance), _)| Some(*instance) == step.instance);
        made.next().map(|((ship, _), id)| (*ship, id.clone()))
    }

    /// The id of the container that was made for a step's instance.
    pub(super) fn of(&self, step: &Step) -> Option<String> {
        self.on(step.ship, step.instance?)
    }

    /// The id of the container that was made for an instance on a ship.
    pub(super) fn on(&self, ship: ShipId, instance: InstanceId) -> Option<String> {
        self.ids().get(&(ship, instance)).cloned()
    }
}

/// Whether the lease has to be held for an action: what it ends or removes may be all that is left of an instance.
fn is_guarded(action: &Action) -> bool {
    matches!(
        action,
        Action::Stop { .. }
            | Action::Kill { .. }
            | Action::Remove { .. }
            | Action::RemoveVolume { .. }
            | Action::Discard { .. }
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
