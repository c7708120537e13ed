//! What differs from the file, as a plan sees it.

use std::{collections::BTreeSet, sync::Arc};

use super::run::{TO_APPLY, applying};
use crate::operations::fleet::{Connect, Fleet};
use maestro_core::{
    model::{Environment, ShipId},
    watch::InstanceDrift,
};

/// What a comparison with the file says.
pub(super) struct Compared {
    /// The instances that differ.
    pub drift: Vec<InstanceDrift>,
    /// Whether `apply` would change anything.
    pub changes: bool,
}

/// Compares all with the file, as a plan does.
pub(super) async fn compare(
    environment: Arc<Environment>,
    routes: Arc<dyn Connect>,
    taken_down: BTreeSet<ShipId>,
) -> Compared {
    let ships = environment.ship_ids().collect();
    let fleet = Fleet::connect_and_observe_on(&environment, &*routes, &ships, TO_APPLY).await;
    let plan = applying(&environment, &fleet.observed, &taken_down);
    let drift = plan.differing.iter().map(|one| InstanceDrift {
        instance: one.instance,
        fields: one.differences.iter().map(|difference| difference.field.clone()).collect(),
    });
    Compared { drift: drift.collect(), changes: plan.changes() }
}
