//! Where instances were found, for the next placement.

use std::collections::{BTreeMap, BTreeSet};

use super::service::{Found, Hold, PlacementScope};
use crate::model::{Environment, Instance, Ship, ShipId};

/// Which instances leave a ship although data of theirs stays there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DataMoves {
    /// None.
    #[default]
    None,
    /// All (`--move`).
    All,
    /// This one, whose data is copied.
    Of(String),
}

/// Where the instances of services with a choice of ships were found, and what a command asks of placement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// The ship of each instance that was found, by their names, and whether it keeps data there.
    pub found: BTreeMap<String, (String, bool)>,
    /// The ship on which an interrupted run has created a container for an instance that is elsewhere.
    pub begun: BTreeMap<String, String>,
    /// Instances that ran before, as records of ships that answered tell. They are asked for if a ship does not answer.
    pub recorded: BTreeSet<String>,
    /// Ships that were asked and did not answer.
    pub silent: BTreeSet<String>,
    /// Ships that are to be emptied, beside those of the file.
    pub drained: BTreeSet<String>,
    /// Which instances leave data behind.
    pub data_moves: DataMoves,
    /// Whether instances are placed as if they did not run yet, as far as they can move.
    pub rebalances: bool,
}

impl Whereabouts {
    /// Nothing was asked: the file alone places instances.
    pub const UNKNOWN: &'static Self = &Self {
        found: BTreeMap::new(),
        begun: BTreeMap::new(),
        recorded: BTreeSet::new(),
        silent: BTreeSet::new(),
        drained: BTreeSet::new(),
        data_moves: DataMoves::None,
        rebalances: false,
    };

    /// Where the instances of a service were found, by their numbers from 0.
    #[must_use]
    pub fn of_service(&self, service: &str, ships: &[Ship]) -> BTreeMap<usize, Found> {
        let found = numbered(&self.found, service).filter_map(|(number, name, (ship, keeps_data))| {
            let hold = if *keeps_data { self.hold(name) } else { Hold::Free };
            Some((number, Found { ship: ship_named(ships, ship)?, hold }))
        });
        found.collect()
    }

    /// Where interrupted runs have begun moves of a service's instances to, likewise.
    #[must_use]
    pub fn begun_of_service(&self, service: &str, ships: &[Ship]) -> BTreeMap<usize, ShipId> {
        let begun = numbered(&self.begun, service);
        begun.filter_map(|(number, _, ship)| Some((number, ship_named(ships, ship)?))).collect()
    }

    /// Where each instance was found.
    #[must_use]
    pub fn found_on(&self, ships: &[Ship]) -> BTreeMap<String, ShipId> {
        let found = self.found.iter();
        found.filter_map(|(name, (ship, _))| Some((name.clone(), ship_named(ships, ship)?))).collect()
    }

    /// The numbers from 0 of a service's instances that ran before.
    #[must_use]
    pub fn recorded_of_service(&self, service: &str) -> BTreeSet<usize> {
        let names = self.recorded.iter().filter_map(|name| name.strip_prefix(service)?.strip_prefix('-'));
        names.filter_map(|number| number.parse::<usize>().ok()?.checked_sub(1)).collect()
    }

    fn hold(&self, instance: &str) -> Hold {
        match &self.data_moves {
            DataMoves::All => Hold::Data,
            DataMoves::Of(name) if name == instance => Hold::Data,
            DataMoves::None | DataMoves::Of(_) => Hold::Fixed,
        }
    }

    /// What holds for all services, without the instances whose ship the file names.
    #[must_use]
    pub fn scope(&self, ships: &[Ship]) -> PlacementScope {
        let those = |is_one: &dyn Fn(&Ship) -> bool| {
            ships.iter().enumerate().filter(|(_, ship)| is_one(ship)).map(|(at, _)| ShipId(at)).collect()
        };
        PlacementScope {
            drained: those(&|ship| ship.drain),
            silent: those(&|ship| self.silent.contains(&ship.name)),
            pinned: Vec::new(),
            rebalances: self.rebalances,
        }
    }

    /// Whether an environment that was placed without it is placed as it says: then nothing has to be placed again.
    #[must_use]
    pub fn agrees(&self, environment: &Environment) -> bool {
        let is_plain = self.silent.is_empty() && self.drained.is_empty() && !self.rebalances;
        let is_elsewhere = |instance: &Instance| self.is_in_place(environment, instance) == Some(false);
        is_plain && !environment.instances.iter().any(is_elsewhere)
    }

    /// Whether an instance was found on the ship that it is placed on; none if it was not found.
    #[must_use]
    pub fn is_in_place(&self, environment: &Environment, instance: &Instance) -> Option<bool> {
        let (ship, _) = self.found.get(&instance.name)?;
        Some(*ship == environment.ship(instance.ship).name)
    }
}

fn ship_named(ships: &[Ship], name: &str) -> Option<ShipId> {
    ships.iter().position(|one| one.name == name).map(ShipId)
}

/// What is known of the instances of a service, with their numbers from 0 and their names.
fn numbered<'a, T>(
    all: &'a BTreeMap<String, T>,
    service: &str,
) -> impl Iterator<Item = (usize, &'a str, &'a T)> {
    let prefix = format!("{service}-");
    let from = all.range(prefix.clone()..);
    from.map_while(move |(name, known)| Some((name.strip_prefix(&prefix)?, name, known))).filter_map(
        |(number, name, known)| {
            let number: usize = number.parse().ok()?;
            Some((number.checked_sub(1)?, name.as_str(), known))
        },
    )
}
