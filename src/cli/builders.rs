//! Which ship has an image as it was built.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use maestro_core::model::ShipId;

/// The ships that have images as this run built them, or found them built, by image and by the ship that needs it. Clones
/// share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Builders(Arc<Mutex<BTreeMap<(String, ShipId), ShipId>>>);

impl Builders {
    /// The other ship that has the image for this one.
    pub(super) fn of(&self, image: &str, for_ship: ShipId) -> Option<ShipId> {
        self.all().get(&(image.to_owned(), for_ship)).copied()
    }

    /// Notes which other ship has the image for this one.
    pub(super) fn note(&self, image: &str, for_ship: ShipId, builder: ShipId) {
        self.all().insert((image.to_owned(), for_ship), builder);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<(String, ShipId), ShipId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
