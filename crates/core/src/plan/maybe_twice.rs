//! Instances that may run on a ship that does not answer, and are started all the same.

use std::collections::BTreeMap;

use super::{builder::Builder, move_refusal::silent_ship, reason::Note};
use crate::model::{InstanceId, ShipId};

/// Instances that are started though their old container may still run on a ship that does not answer.
#[derive(Debug, Default)]
pub(super) struct MaybeTwice {
    by_ship: BTreeMap<ShipId, Vec<InstanceId>>,
}

impl MaybeTwice {
    /// Notes an instance that has no container on its own ship and on none that answered.
    pub(super) fn note(&mut self, builder: &Builder<'_>, id: InstanceId) {
        if let Some((ship, _)) = silent_ship(builder, id) {
            self.by_ship.entry(ship).or_default().push(id);
        }
    }

    /// Tells the user, once a ship.
    pub(super) fn remark(self, builder: &mut Builder<'_>) {
        let environment = builder.environment;
        for (ship, instances) in self.by_ship {
            let Some(&first) = instances.first() else { continue };
            let instances = instances.iter().map(|id| environment.instance(*id).name.clone()).collect();
            builder.remark(
                first,
                Note::MayRunOnSilentShip { ship: environment.ship(ship).name.clone(), instances },
            );
        }
    }
}
