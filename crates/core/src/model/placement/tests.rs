//! Properties of placement, and examples of each rule.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    model::{ShipId, container::Port},
    value::Protocol,
};

fn ships(numbers: impl IntoIterator<Item = usize>) -> Vec<ShipId> {
    numbers.into_iter().map(ShipId).collect()
}

fn service(candidates: &[ShipId], count: usize) -> PlacedService {
    PlacedService {
        candidates: candidates.to_vec(),
        count: InstanceCount::Total(count),
        max_per_ship: None,
        spread: Vec::new(),
        demand: Demand::default(),
        found: BTreeMap::new(),
        begun: BTreeMap::new(),
        recorded: BTreeSet::new(),
    }
}

fn port(host: u16) -> Port {
    Port {
        name: "http".into(),
        container: 80,
        host,
        count: 1,
        choice: 1,
        protocol: Protocol::Tcp,
        bind: None,
        ipv6: false,
    }
}

fn found(placed: &[ShipId], hold: Hold) -> BTreeMap<usize, Found> {
    placed.iter().enumerate().map(|(number, ship)| (number, Found { ship: *ship, hold })).collect()
}

fn numbers(placement: &Placement) -> Vec<usize> {
    placement.ships.iter().map(|ship| ship.0).collect()
}

/// The ships of a service alone.
fn placed(service: &PlacedService, scope: &PlacementScope) -> Vec<usize> {
    numbers(&place_all(std::slice::from_ref(service), scope)[0])
}

fn loads(placed: &[usize], ships: &[ShipId]) -> Vec<usize> {
    ships.iter().map(|ship| placed.iter().filter(|one| **one == ship.0).count()).collect()
}

fn is_balanced(placed: &[usize], ships: &[ShipId]) -> bool {
    let loads = loads(placed, ships);
    loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1
}

fn moved(before: &[usize], after: &[usize]) -> usize {
    before.iter().zip(after).filter(|(before, after)| before != after).count()
}

/// A placement that some changes of the file have led to.
fn history(all: &[ShipId], count: usize, left_out: &[usize]) -> Vec<usize> {
    let scope = PlacementScope::default();
    let mut now = placed(&service(all, count), &scope);
    for out in left_out {
        let some: Vec<ShipId> = all.iter().copied().filter(|ship| ship.0 != *out || all.len() == 1).collect();
        let before: Vec<ShipId> = ships(now.iter().copied());
        now = placed(&PlacedService { found: found(&before, Hold::Free), ..service(&some, count) }, &scope);
    }
    now
}

proptest! {
    #[test]
    fn instances_are_balanced_and_more_of_them_move_none(number in 1_usize..20, replicas in 0_usize..60) {
        let all = ships(0..number);
        let scope = PlacementScope::default();
        let now = placed(&service(&all, replicas), &scope);
        prop_assert_eq!(&now, &(0..replicas).map(|at| at % number).collect::<Vec<_>>());
        let more = placed(&service(&all, replicas + 1), &scope);
        prop_assert_eq!(&more[..replicas], &now[..]);
    }

    #[test]
    fn a_ship_more_or_less_moves_few(
        number in 1_usize..16,
        count in 0_usize..50,
        changed in 0_usize..16,
        left_out in prop::collection::vec(0_usize..16, 0..5),
    ) {
        let scope = PlacementScope::default();
        let all = ships(0..=number);
        let changed = changed % all.len();
        let fewer: Vec<ShipId> = all.iter().copied().filter(|ship| ship.0 != changed).collect();
        for (before, after) in [(&all, &fewer), (&fewer, &all)] {
            let start = history(before, count, &left_out);
            let start = placed(
                &PlacedService { found: found(&ships(start), Hold::Free), ..service(before, count) },
                &scope,
            );
            prop_assert!(is_balanced(&start, before), "{:?}", start);
            let next = PlacedService { found: found(&ships(start.clone()), Hold::Free), ..service(after, count) };
            let now = placed(&next, &scope);
            prop_assert!(is_balanced(&now, after), "{:?} {:?}", start, now);
            let most = count.div_ceil(before.len().max(after.len())) + 1;
            prop_assert!(moved(&start, &now) <= most, "{:?} {:?}", start, now);
            // The same arguments give the same result, and with its own result nothing moves.
            prop_assert_eq!(&placed(&next, &scope), &now);
            let again = PlacedService { found: found(&ships(now.clone()), Hold::Free), ..next };
            prop_assert_eq!(&placed(&again, &scope), &now);
        }
    }

    #[test]
    fn what_is_placed_stays_with_all_rules(
        number in 1_usize..8,
        counts in prop::collection::vec(0_usize..12, 1..5),
        values in prop::collection::vec(prop::option::of(0_u8..3), 8),
        max in prop::option::of(1_usize..5),
        takes in prop::collection::vec((0_i64..3, 0_u16..3), 5),
        drained in prop::option::of(0_usize..8),
    ) {
        let all = ships(0..number);
        let drained: BTreeSet<ShipId> = drained.filter(|at| *at < number && number > 1).map(ShipId).into_iter().collect();
        let scope = PlacementScope { drained: drained.clone(), ..PlacementScope::default() };
        let label = |at: &ShipId| values[at.0].map(|value| value.to_string());
        let of = |at: usize, count: usize, found| PlacedService {
            max_per_ship: max,
            spread: vec![all.iter().map(label).collect()],
            demand: Demand {
                memory: takes[at].0,
                cpus: 0,
                ports: (takes[at].1 > 0).then(|| port(takes[at].1)).into_iter().collect(),
            },
            found,
            ..service(&all, count)
        };
        let services: Vec<_> = counts.iter().enumerate().map(|(at, count)| of(at, *count, BTreeMap::new())).collect();
        let now = place_all(&services, &scope);
        let again: Vec<_> = now.iter().enumerate().map(|(at, one)| of(at, counts[at], found(&one.ships, Hold::Free))).collect();
        let then = place_all(&again, &scope);
        for (at, one) in now.iter().enumerate() {
            prop_assert_eq!(one.ships.len(), counts[at]);
            prop_assert!(one.ships.iter().all(|ship| !drained.contains(ship)));
            let has_room = max.is_none_or(|max| counts[at] <= max * (number - drained.len()));
            prop_assert_eq!(one.above_max == 0, has_room);
            if has_room && takes[at].1 == 0 {
                prop_assert_eq!(one, &then[at]);
            }
        }
    }
}

#[test]
fn without_ships_there_are_no_instances() {
    assert!(placed(&service(&[], 3), &PlacementScope::default()).is_empty());
}

#[test]
fn one_on_each_ship_stays_if_a_ship_is_added_before_them() {
    let found = found(&ships([1, 2]), Hold::Free);
    let each = PlacedService { count: InstanceCount::PerShip(1), found, ..service(&ships(0..3), 0) };
    assert_eq!(placed(&each, &PlacementScope::default()), [1, 2, 0]);
}

#[test]
fn the_ship_with_the_least_declared_comes_first_among_equals() {
    let scope = PlacementScope {
        pinned: vec![(ShipId(0), Demand { memory: 10, ..Demand::default() })],
        ..PlacementScope::default()
    };
    let heavy =
        PlacedService { demand: Demand { memory: 20, ..Demand::default() }, ..service(&ships([1, 2]), 1) };
    let placements = place_all(&[heavy, service(&ships(0..3), 3)], &scope);
    assert_eq!(placements.iter().map(numbers).collect::<Vec<_>>(), [vec![1], vec![2, 0, 1]]);
}

#[test]
fn a_port_is_avoided_while_another_ship_is_free() {
    let publishes = |count| PlacedService {
        demand: Demand { ports: vec![port(80)], ..Demand::default() },
        ..service(&ships(0..3), count)
    };
    let scope =
        PlacementScope { pinned: vec![(ShipId(0), publishes(0).demand)], ..PlacementScope::default() };
    assert_eq!(placed(&publishes(2), &scope), [1, 2]);
    // A new service takes no port that an instance has which is placed later.
    let later = PlacedService { found: found(&ships([1]), Hold::Free), ..publishes(1) };
    let placements = place_all(&[publishes(1), later], &scope);
    assert_eq!(placements.iter().map(numbers).collect::<Vec<_>>(), [vec![2], vec![1]]);
    // One that runs where a pinned instance takes its port moves.
    let conflicting = PlacedService { found: found(&ships([0, 1]), Hold::Free), ..publishes(2) };
    assert_eq!(placed(&conflicting, &scope), [2, 1]);
}

#[test]
fn values_of_a_label_are_filled_evenly_first() {
    let zones = ["east", "east", "east", "west"].map(|zone| Some(zone.to_owned()));
    let spread = PlacedService { spread: vec![zones.to_vec()], ..service(&ships(0..4), 4) };
    assert_eq!(placed(&spread, &PlacementScope::default()), [0, 3, 1, 3]);
    // Three in the east and one in the west: one moves, which is placed in the west by the file alone.
    let found = found(&ships([0, 1, 2, 3]), Hold::Free);
    assert_eq!(placed(&PlacedService { found, ..spread }, &PlacementScope::default()), [0, 3, 2, 3]);
}

#[test]
fn more_than_fit_are_counted() {
    let most = PlacedService { max_per_ship: Some(2), ..service(&ships(0..2), 5) };
    let placement = &place_all(&[most], &PlacementScope::default())[0];
    assert_eq!((placement.ships.len(), placement.above_max), (5, 1));
}

#[test]
fn a_drained_ship_keeps_what_has_data() {
    let scope = PlacementScope { drained: [ShipId(0)].into(), ..PlacementScope::default() };
    let mut now = found(&ships([0, 1, 0]), Hold::Free);
    let with =
        |found: &BTreeMap<usize, Found>| PlacedService { found: found.clone(), ..service(&ships(0..3), 3) };
    assert_eq!(placed(&with(&now), &scope), [2, 1, 1]);
    now.insert(2, Found { ship: ShipId(0), hold: Hold::Fixed });
    assert_eq!(placed(&with(&now), &scope), [2, 1, 0]);
    now.insert(2, Found { ship: ShipId(0), hold: Hold::Data });
    assert_eq!(placed(&with(&now), &scope), [2, 1, 1]);
    // An added ship never draws data.
    let full = PlacedService { found: self::found(&ships([1, 1, 1]), Hold::Data), ..with(&now) };
    assert_eq!(placed(&full, &PlacementScope::default()), [1, 1, 1]);
    let rebalances = PlacementScope { rebalances: true, ..PlacementScope::default() };
    assert_eq!(placed(&full, &rebalances), [0, 1, 2]);
}

#[test]
fn nothing_is_started_elsewhere_that_may_run_on_a_silent_ship() {
    let scope = PlacementScope { silent: [ShipId(2)].into(), ..PlacementScope::default() };
    let with = |found: BTreeMap<usize, Found>| PlacedService { found, ..service(&ships(0..3), 4) };
    // As the file places them: the third is on the silent ship, the fourth was never there.
    assert_eq!(placed(&with(found(&ships([0, 1]), Hold::Free)), &scope), [0, 1, 2, 0]);
    // An earlier placement differs: the others may be on the silent ship.
    assert_eq!(placed(&with(found(&ships([1, 0]), Hold::Free)), &scope), [1, 0, 2, 2]);
    // It ran before, so it may be there as well.
    let recorded = PlacedService { recorded: [0, 3].into(), ..with(found(&ships([0, 1]), Hold::Free)) };
    assert_eq!(placed(&recorded, &scope), [0, 1, 2, 2]);
    // Drained or not: nothing tells what is there.
    let drained = PlacementScope { drained: [ShipId(2)].into(), ..scope };
    assert_eq!(placed(&with(found(&ships([0, 1]), Hold::Free)), &drained), [0, 1, 2, 0]);
}
