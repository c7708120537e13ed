//! Placement: the ship that each instance of a service runs on. It is a pure function of the file, so the same file gives
//! the same placement everywhere.

use super::ShipId;

/// How many instances a service has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceCount {
    /// On all its ships together.
    Total(usize),
    /// On each of its ships.
    PerShip(usize),
}

/// Assigns the instances of a service to its ships round-robin, in the order of the file. Instance `NAME-1` is the first of the
/// result. More replicas move no instance. Without ships there are no instances.
#[must_use]
pub fn assign(ships: &[ShipId], count: InstanceCount) -> Vec<ShipId> {
    let total = match count {
        InstanceCount::Total(total) => total,
        InstanceCount::PerShip(each) => each.saturating_mul(ships.len()),
    };
    ships.iter().copied().cycle().take(total).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn instances_are_balanced_and_more_of_them_move_none(ships in 1_usize..20, replicas in 0_usize..100) {
            let ships: Vec<ShipId> = (0..ships).map(ShipId).collect();
            let placed = assign(&ships, InstanceCount::Total(replicas));
            prop_assert_eq!(placed.len(), replicas);
            let mut loads: BTreeMap<ShipId, usize> = ships.iter().map(|ship| (*ship, 0)).collect();
            for ship in &placed {
                *loads.get_mut(ship).unwrap() += 1;
            }
            prop_assert!(loads.values().max().unwrap() - loads.values().min().unwrap() <= 1);
            let more = assign(&ships, InstanceCount::Total(replicas + 1));
            prop_assert_eq!(&more[..replicas], &placed[..]);
        }

        #[test]
        fn one_on_each_ship_stays_where_it_is_if_a_ship_is_added(ships in 1_usize..20) {
            let all: Vec<ShipId> = (0..=ships).map(ShipId).collect();
            let before = assign(&all[..ships], InstanceCount::PerShip(1));
            let after = assign(&all, InstanceCount::PerShip(1));
            prop_assert_eq!(&after[..ships], &before[..]);
        }
    }

    #[test]
    fn without_ships_there_are_no_instances() {
        assert_eq!(assign(&[], InstanceCount::Total(3)), []);
    }
}
