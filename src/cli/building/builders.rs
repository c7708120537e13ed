//! Which ship builds an image for which others.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::work::Looked;
use maestro_core::model::ShipId;
use maestro_run::operations::builds::BuildState;

/// The ships that have images as this run built them, or found them built, by image and by the ship that needs it. Clones
/// share them.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Builders(Arc<Mutex<BTreeMap<(String, ShipId), ShipId>>>);

impl Builders {
    /// The other ship that has the image for this one.
    pub(in crate::cli) fn of(&self, image: &str, for_ship: ShipId) -> Option<ShipId> {
        self.all().get(&(image.to_owned(), for_ship)).copied()
    }

    /// Lets one ship of each kind of machine build an image, one that has it as it is to be if there is one: the others get
    /// it from there. Keeps only what the chosen ships have.
    pub(in crate::cli) fn choose(&self, looked: &mut Vec<Looked<'_>>) {
        let mut builders: BTreeMap<(String, String), ShipId> = BTreeMap::new();
        let is_built = |looked: &&Looked<'_>| matches!(looked.state, Ok(BuildState::Unchanged));
        let answers = |looked: &&Looked<'_>| looked.state.is_ok();
        let best = looked.iter().filter(is_built).chain(looked.iter().filter(answers)).chain(looked.iter());
        for one in best {
            builders.entry(key(one)).or_insert(one.ship);
        }
        let mut all = self.all();
        for one in looked.iter() {
            let builder = builders[&key(one)];
            if builder != one.ship {
                all.insert((one.image().to_owned(), one.ship), builder);
            }
        }
        let chosen: BTreeSet<(String, ShipId)> =
            builders.into_iter().map(|((image, _), ship)| (image, ship)).collect();
        looked.retain(|one| chosen.contains(&(one.image().to_owned(), one.ship)));
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<(String, ShipId), ShipId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is built once: an image for a kind of machine.
fn key(looked: &Looked<'_>) -> (String, String) {
    (looked.image().to_owned(), looked.machine.clone())
}
