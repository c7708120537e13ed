//! Which engine has an image as it was built.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use maestro_core::{model::ShipId, observed::carriable::CarrySource};

/// The engines that have images as this run built them, or found them built, by image and by the ship that needs it. Clones
/// share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Builders(Arc<Mutex<BTreeMap<(String, ShipId), CarrySource>>>);

impl Builders {
    /// The other engine that has the image for this ship.
    pub(super) fn of(&self, image: &str, for_ship: ShipId) -> Option<CarrySource> {
        self.all().get(&(image.to_owned(), for_ship)).cloned()
    }

    /// Notes which other engine has the image for this ship.
    pub(super) fn note(&self, image: &str, for_ship: ShipId, builder: &CarrySource) {
        self.all().insert((image.to_owned(), for_ship), builder.clone());
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<(String, ShipId), CarrySource>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
