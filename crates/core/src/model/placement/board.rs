//! What the instances that are placed already take of the ships.

use std::collections::BTreeMap;

use super::service::{Demand, PlacedService, PlacementScope};
use crate::model::{ShipId, container::Port};

/// What instances take of the ships.
#[derive(Debug)]
pub(super) struct Board {
    taken: BTreeMap<ShipId, Taken>,
    /// Ports of instances that were found and are placed later, with the number of their service.
    kept: BTreeMap<ShipId, Vec<(usize, Port)>>,
}

#[derive(Debug, Default)]
struct Taken {
    memory: i64,
    cpus: i64,
    ports: Vec<Port>,
}

/// Whether a ship's ports are free for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PortsOfShip {
    Free,
    /// An instance has one that is placed later, and may move.
    Kept,
    Taken,
}

impl Board {
    pub(super) fn new(services: &[PlacedService], scope: &PlacementScope) -> Self {
        let mut board = Self { taken: BTreeMap::new(), kept: BTreeMap::new() };
        for (ship, demand) in &scope.pinned {
            board.add(*ship, demand);
        }
        for (at, service) in services.iter().enumerate() {
            let fixed: Vec<&Port> = service.demand.fixed_ports().collect();
            for found in service.found.values().filter(|found| !scope.drained.contains(&found.ship)) {
                let ports = fixed.iter().map(|port| (at, (*port).clone()));
                board.kept.entry(found.ship).or_default().extend(ports);
            }
        }
        board
    }

    pub(super) fn add(&mut self, ship: ShipId, demand: &Demand) {
        let taken = self.taken.entry(ship).or_default();
        taken.memory = taken.memory.saturating_add(demand.memory);
        taken.cpus = taken.cpus.saturating_add(demand.cpus);
        taken.ports.extend(demand.fixed_ports().cloned());
    }

    pub(super) fn resources(&self, ship: ShipId) -> (i64, i64) {
        self.taken.get(&ship).map_or((0, 0), |taken| (taken.memory, taken.cpus))
    }

    pub(super) fn ports(&self, ship: ShipId, at: usize, demand: &Demand) -> PortsOfShip {
        let meets = |other: &Port| demand.fixed_ports().any(|port| port.meets(other));
        if self.taken.get(&ship).is_some_and(|taken| taken.ports.iter().any(meets)) {
            return PortsOfShip::Taken;
        }
        let mut kept = self.kept.get(&ship).into_iter().flatten();
        if kept.any(|(of, port)| *of > at && meets(port)) { PortsOfShip::Kept } else { PortsOfShip::Free }
    }
}
