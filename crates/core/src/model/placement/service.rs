//! What placement is told, and what it returns.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ShipId, container::Port};

/// How many instances a service has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceCount {
    /// On all its ships together.
    Total(usize),
    /// On each of its ships.
    PerShip(usize),
}

/// What each instance of a service takes of its ship.
#[derive(Debug, Clone, Default)]
pub struct Demand {
    /// Bytes of memory: what is reserved, else the limit; 0 if the file declares neither.
    pub memory: i64,
    /// Billionths of a processor; 0 if the file declares none.
    pub cpus: i64,
    /// The ports that it publishes.
    pub ports: Vec<Port>,
}

/// How firmly an instance stays on the ship where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It moves wherever the service is better balanced.
    Free,
    /// It keeps data, and the user lets data stay behind: it leaves a drained ship, and moves where all is placed anew.
    Data,
    /// It keeps data on its ship and stays there. Only `max_per_ship` gives it another place.
    Fixed,
    /// Its ship does not answer: it may run there, so it gets no other place.
    Silent,
}

/// Where an instance was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The ship that its container is on.
    pub ship: ShipId,
    /// Whether it can move away.
    pub hold: Hold,
}

/// What the placement of a service depends on.
#[derive(Debug, Clone)]
pub struct PlacedService {
    /// Its ships, in the order of the file. Drained ships are among them.
    pub candidates: Vec<ShipId>,
    /// How many instances it has.
    pub count: InstanceCount,
    /// How many instances it may have on one ship.
    pub max_per_ship: Option<usize>,
    /// For each label that it is spread over, in order, the label's value on each candidate.
    pub spread: Vec<Vec<Option<String>>>,
    /// What each of its instances takes.
    pub demand: Demand,
    /// Where its instances were found, by their numbers from 0.
    pub found: BTreeMap<usize, Found>,
    /// Where an interrupted run has created a container for an instance that was to move.
    pub begun: BTreeMap<usize, ShipId>,
    /// Instances that ran before, as records of ships that answered tell.
    pub recorded: BTreeSet<usize>,
}

/// What holds for the placement of all services.
#[derive(Debug, Clone, Default)]
pub struct PlacementScope {
    /// Ships that get no instance and lose those that can move.
    pub drained: BTreeSet<ShipId>,
    /// Ships that were asked for instances and did not answer.
    pub silent: BTreeSet<ShipId>,
    /// Instances whose ship the file names, with what they take.
    pub pinned: Vec<(ShipId, Demand)>,
    /// Whether instances are placed as if they did not run yet, as far as they can move.
    pub rebalances: bool,
}

/// The placement of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    /// The ship of each instance; `NAME-1` is the first.
    pub ships: Vec<ShipId>,
    /// How many instances are above `max_per_ship`.
    pub above_max: usize,
}

impl Demand {
    /// The ports of a ship that only one instance can have.
    pub(super) fn fixed_ports(&self) -> impl Iterator<Item = &Port> {
        self.ports.iter().filter(|port| !port.is_chosen_by_engine())
    }
}
