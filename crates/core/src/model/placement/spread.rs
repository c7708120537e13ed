//! The instances of one service over its ships, while they are placed.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    board::{Board, PortsOfShip},
    service::{Found, Hold, InstanceCount, PlacedService, Placement},
};
use crate::model::ShipId;

/// A ship that may get instances.
#[derive(Debug, Clone)]
struct Candidate {
    ship: ShipId,
    is_open: bool,
    ports: PortsOfShip,
    /// Memory and processor time that other services declare there.
    resources: (i64, i64),
    /// Its group for each label that the service is spread over.
    groups: Vec<usize>,
    load: usize,
}

/// Ways of choosing a ship that are worse than all others, from the best on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Suitability {
    Suits,
    /// Another instance, which may move, has a port there.
    TakesKeptPort,
    /// Another instance has a port there.
    TakesPort,
}

/// The instances of a service over its candidates.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    candidates: Vec<Candidate>,
    max_per_ship: usize,
    has_ports: bool,
    /// Of each instance the candidate that it is on, and how firmly.
    instances: Vec<Option<(usize, Hold)>>,
    each: Option<usize>,
    /// Where an interrupted run has begun a move to, by instance.
    begun: BTreeMap<usize, ShipId>,
}

impl Spread {
    /// No instance is placed yet. `at` is the service's number.
    pub(super) fn new(service: &PlacedService, at: usize, board: &Board, drained: &BTreeSet<ShipId>) -> Self {
        let groups: Vec<Vec<usize>> = service.spread.iter().map(|values| numbered(values)).collect();
        let candidate = |(number, ship): (usize, &ShipId)| Candidate {
            ship: *ship,
            is_open: !drained.contains(ship),
            ports: board.ports(*ship, at, &service.demand),
            resources: board.resources(*ship),
            groups: groups.iter().filter_map(|groups| groups.get(number).copied()).collect(),
            load: 0,
        };
        let candidates: Vec<Candidate> = service.candidates.iter().enumerate().map(candidate).collect();
        let open = candidates.iter().filter(|candidate| candidate.is_open).count();
        let (total, each) = match service.count {
            InstanceCount::Total(total) => (total, None),
            InstanceCount::PerShip(each) => (each.saturating_mul(open), Some(each)),
        };
        // Where all its ships are drained, there is no better place.
        let (total, is_nowhere) = if open == 0 {
            (each.map_or(total, |each| each.saturating_mul(candidates.len())), true)
        } else {
            (total, false)
        };
        let total = if candidates.is_empty() { 0 } else { total };
        let candidates =
            candidates.into_iter().map(|one| Candidate { is_open: one.is_open || is_nowhere, ..one });
        Self {
            candidates: candidates.collect(),
            max_per_ship: service.max_per_ship.unwrap_or(usize::MAX),
            has_ports: service.demand.fixed_ports().next().is_some(),
            instances: vec![None; total],
            each,
            begun: service.begun.clone(),
        }
    }

    /// The ships of a service of which nothing runs.
    pub(super) fn placed_anew(mut self) -> Vec<ShipId> {
        self.fill();
        self.into_placement().ships
    }

    /// Leaves instances where they were found, as far as they may stay.
    pub(super) fn keep(&mut self, found: &BTreeMap<usize, Found>, rebalances: bool) {
        self.make_room_on_drained(found);
        for (number, Found { ship, hold }) in found {
            let at = self.candidates.iter().position(|candidate| candidate.ship == *ship);
            let (Some(at), Some(place)) = (at, self.instances.get_mut(*number)) else { continue };
            let stays = match hold {
                Hold::Free | Hold::Data => self.candidates[at].is_open && !rebalances,
                Hold::Fixed | Hold::Silent => true,
            };
            if stays {
                *place = Some((at, *hold));
                self.candidates[at].load += 1;
            }
        }
        for at in 0..self.candidates.len() {
            self.make_room(at);
        }
    }

    /// With a number for each ship, those that cannot leave a drained ship come on top of it.
    fn make_room_on_drained(&mut self, found: &BTreeMap<usize, Found>) {
        if self.each.is_none() {
            return;
        }
        let is_drained = |ship: ShipId| self.candidates.iter().any(|one| one.ship == ship && !one.is_open);
        let stays = |one: &&Found| matches!(one.hold, Hold::Fixed | Hold::Silent) && is_drained(one.ship);
        let more = found.values().filter(stays).count();
        self.instances.resize(self.instances.len() + more, None);
    }

    /// Gives those a place elsewhere of which a ship has too many.
    fn make_room(&mut self, at: usize) {
        let candidate = &self.candidates[at];
        let most_with_ports = match candidate.ports {
            _ if !self.has_ports => usize::MAX,
            PortsOfShip::Taken => 0,
            PortsOfShip::Free | PortsOfShip::Kept => 1,
        };
        let rules: [(usize, &[Hold]); 2] =
            [(most_with_ports, &[Hold::Free]), (self.max_per_ship, &[Hold::Free, Hold::Data, Hold::Fixed])];
        for (most, holds) in rules {
            for hold in holds {
                while self.candidates[at].load > most {
                    let Some(number) = self.last_on(at, |of| of == *hold) else { break };
                    self.instances[number] = None;
                    self.candidates[at].load -= 1;
                }
            }
        }
    }

    /// The last instance on a candidate that is held like that.
    fn last_on(&self, at: usize, is_held: impl Fn(Hold) -> bool) -> Option<usize> {
        self.instances.iter().rposition(|place| place.is_some_and(|(on, hold)| on == at && is_held(hold)))
    }

    /// Places the instances that have no place yet, one after the other.
    pub(super) fn fill(&mut self) {
        for number in 0..self.instances.len() {
            if self.instances[number].is_some() {
                continue;
            }
            let all: Vec<usize> = (0..self.candidates.len()).collect();
            let begun = self.begun.get(&number).copied();
            let best = self.emptiest(&all, Suitability::TakesPort, begun);
            let Some(at) = best.or_else(|| self.emptiest_above()) else { continue };
            self.instances[number] = Some((at, Hold::Free));
            self.candidates[at].load += 1;
        }
    }

    /// The best of these candidates that has room, if one is as suitable as that.
    fn emptiest(&self, among: &[usize], worst: Suitability, begun: Option<ShipId>) -> Option<usize> {
        let has_room = |at: &&usize| {
            let candidate = &self.candidates[**at];
            candidate.is_open && candidate.load < self.max_per_ship && self.suitability(**at) <= worst
        };
        let loads = self.group_loads();
        among
            .iter()
            .filter(has_room)
            .copied()
            .min_by_key(|at| (self.suitability(*at), self.rank(*at, &loads, begun)))
    }

    /// The best candidate where none has room.
    fn emptiest_above(&self) -> Option<usize> {
        let loads = self.group_loads();
        let open = (0..self.candidates.len()).filter(|at| self.candidates[*at].is_open);
        open.min_by_key(|at| self.rank(*at, &loads, None))
    }

    fn suitability(&self, at: usize) -> Suitability {
        let candidate = &self.candidates[at];
        match candidate.ports {
            _ if !self.has_ports => Suitability::Suits,
            PortsOfShip::Taken => Suitability::TakesPort,
            PortsOfShip::Free | PortsOfShip::Kept if candidate.load > 0 => Suitability::TakesPort,
            PortsOfShip::Free => Suitability::Suits,
            PortsOfShip::Kept => Suitability::TakesKeptPort,
        }
    }

    /// What is compared of candidates, in this order: how many instances their groups have, how many they have, whether an
    /// interrupted run has begun a move there, and what is declared there.
    fn rank(
        &self,
        at: usize,
        loads: &[BTreeMap<usize, usize>],
        begun: Option<ShipId>,
    ) -> (Vec<usize>, usize, bool, (i64, i64), usize) {
        let candidate = &self.candidates[at];
        let of_groups = candidate.groups.iter().zip(loads).map(|(group, loads)| loads[group]).collect();
        (of_groups, candidate.load, begun != Some(candidate.ship), candidate.resources, at)
    }

    /// How many instances each group has, by label.
    fn group_loads(&self) -> Vec<BTreeMap<usize, usize>> {
        let labels = self.candidates.first().map_or(0, |candidate| candidate.groups.len());
        let mut loads = vec![BTreeMap::new(); labels];
        for candidate in &self.candidates {
            for (group, loads) in candidate.groups.iter().zip(&mut loads) {
                *loads.entry(*group).or_insert(0) += candidate.load;
            }
        }
        loads
    }

    /// Moves instances from the fullest to the emptiest: first between groups, then between ships. Of several instances one
    /// moves that the file alone would place there (`home`), else the last.
    pub(super) fn balance(&mut self, home: &[ShipId]) {
        let all = (0..self.candidates.len()).collect();
        self.balance_level(all, 0, home);
    }

    fn balance_level(&mut self, among: Vec<usize>, level: usize, home: &[ShipId]) {
        let labels = self.candidates.first().map_or(0, |candidate| candidate.groups.len());
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in among {
            let group = self.candidates[at].groups.get(level).copied().unwrap_or(at);
            groups.entry(group).or_default().push(at);
        }
        let groups: Vec<Vec<usize>> = groups.into_values().collect();
        while let Some((number, to)) = self.next_move(&groups, home) {
            if let Some((from, _)) = self.instances[number].replace((to, Hold::Free)) {
                self.candidates[from].load -= 1;
            }
            self.candidates[to].load += 1;
        }
        if level < labels {
            for group in groups {
                self.balance_level(group, level + 1, home);
            }
        }
    }

    /// The instance that moves next, and where to; none if these groups are balanced.
    fn next_move(&self, groups: &[Vec<usize>], home: &[ShipId]) -> Option<(usize, usize)> {
        let load = |group: &[usize]| group.iter().map(|at| self.candidates[*at].load).sum::<usize>();
        let targets = groups.iter().filter_map(|group| {
            let to = self.emptiest(group, Suitability::TakesKeptPort, None)?;
            Some((load(group), to))
        });
        let (least, to) = targets.min_by_key(|(load, to)| (*load, self.candidates[*to].resources, *to))?;
        let target = self.candidates[to].ship;
        let has_movable = |at: &usize| self.last_on(*at, |hold| hold == Hold::Free).is_some();
        let has_homeward = |at: usize| self.movable(at).any(|number| home.get(number) == Some(&target));
        let sources = groups.iter().filter_map(|group| {
            let movable = group.iter().copied().filter(has_movable);
            let fullest =
                movable.max_by_key(|at| (self.candidates[*at].load, has_homeward(*at), Reverse(*at)))?;
            Some((load(group), fullest))
        });
        let (most, from) = sources.max_by_key(|(load, from)| (*load, has_homeward(*from), Reverse(*from)))?;
        if most <= least + 1 {
            return None;
        }
        let homeward = self.movable(from).find(|number| home.get(*number) == Some(&target));
        homeward.or_else(|| self.movable(from).last()).map(|number| (number, to))
    }

    /// The instances on a candidate that may move to balance the service.
    fn movable(&self, at: usize) -> impl Iterator<Item = usize> {
        (0..self.instances.len()).filter(move |number| self.instances[*number] == Some((at, Hold::Free)))
    }

    /// What became of it.
    pub(super) fn into_placement(self) -> Placement {
        let above = self.candidates.iter().map(|one| one.load.saturating_sub(self.max_per_ship));
        let above_max = above.sum();
        let places = self.instances.into_iter().flatten();
        Placement { ships: places.map(|(at, _)| self.candidates[at].ship).collect(), above_max }
    }
}

/// The values of a label as numbers, from the first on.
fn numbered(values: &[Option<String>]) -> Vec<usize> {
    let number = |value: &Option<String>| values.iter().position(|other| other == value).unwrap_or_default();
    values.iter().map(number).collect()
}
