//! The engines on which a lease is taken.

use std::{collections::BTreeSet, sync::Arc};

use maestro_core::model::ShipId;
use maestro_engine::Engine;

/// An engine that a lease is wanted on.
#[derive(Clone)]
pub struct LeaseTarget {
    /// A ship that leads there.
    pub ship: ShipId,
    /// Tells it from all others; needed where there are several.
    pub identity: Option<String>,
    /// The engine.
    pub engine: Arc<dyn Engine>,
}

/// Each engine once, in the order in which every run takes them: so of two runs that want several, the one that is
/// first on the first that both want gets them all.
#[must_use]
pub fn in_order(mut places: Vec<LeaseTarget>) -> Vec<LeaseTarget> {
    // The sort is stable: without identities it is the order of the file.
    places.sort_by(|one, other| one.identity.cmp(&other.identity));
    let mut known = BTreeSet::new();
    places.retain(|place| place.identity.as_ref().is_none_or(|identity| known.insert(identity.clone())));
    places
}
