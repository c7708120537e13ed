//! The containers that a run has made.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use maestro_core::{
    model::{InstanceId, ShipId},
    plan::{Step, action::ActionKind},
};

/// The containers that this run has made.
#[derive(Default)]
pub struct CreatedContainers {
    /// Their ids, by ship and instance.
    ids: Mutex<BTreeMap<(ShipId, InstanceId), String>>,
    /// Names that containers got in place of planned ones, by ship and planned name.
    names: Mutex<Names>,
}

/// Names by ship and planned name.
type Names = BTreeMap<(ShipId, String), String>;

impl CreatedContainers {
    fn ids(&self) -> MutexGuard<'_, BTreeMap<(ShipId, InstanceId), String>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what a step has made.
    pub(super) fn note(&self, step: &Step, id: Option<&String>) {
        if let (ActionKind::Create, Some(instance), Some(id)) = (step.action.kind(), step.instance, id) {
            self.ids().insert((step.ship, instance), id.clone());
        }
    }

    /// The ship and the id of the container that was made for a step's instance, on whichever ship.
    pub(super) fn successor(&self, step: &Step) -> Option<(ShipId, String)> {
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
