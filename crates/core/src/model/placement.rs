//! Placement: the ship that each instance of a service runs on.
//!
//! It is a pure function of what the file says and of where instances were found. Without the second argument, the same file
//! gives the same placement everywhere. With it, an instance stays where it is as long as the service stays balanced.

mod board;
mod service;
mod spread;
mod whereabouts;

use std::collections::{BTreeMap, BTreeSet};

use board::Board;
pub use service::{Demand, Found, Hold, InstanceCount, PlacedService, Placement, PlacementScope};
use spread::Spread;
pub use whereabouts::{DataMoves, Whereabouts};

/// Places the instances of all services: first of those that have one ship, then of the others in the order of the file.
///
/// Each instance goes to the ship with the fewest instances of its service; among equals to the one where the least memory,
/// then the least processor time, is declared so far; then to the first of the file. A published port that another instance has
/// on a ship makes it the last choice. An instance that was found stays, unless its ship is drained, or no candidate any more, or
/// two instances fuller than another one.
#[must_use]
pub fn place_all(services: &[PlacedService], scope: &PlacementScope) -> Vec<Placement> {
    let mut board = Board::new(services, scope);
    let mut placements = vec![Placement::default(); services.len()];
    // Those with one ship have no choice.
    let (mut order, chosen): (Vec<usize>, Vec<usize>) =
        (0..services.len()).partition(|at| services[*at].candidates.len() <= 1);
    order.extend(chosen);
    for at in order {
        let service = &services[at];
        placements[at] = place(service, at, &board, scope);
        for ship in &placements[at].ships {
            board.add(*ship, &service.demand);
        }
    }
    placements
}

fn place(service: &PlacedService, at: usize, board: &Board, scope: &PlacementScope) -> Placement {
    let is_silent = service.candidates.iter().any(|ship| scope.silent.contains(ship));
    let found = if is_silent { with_silent(service, at, board, scope) } else { service.found.clone() };
    let mut spread = Spread::new(service, at, board, &scope.drained);
    if found.is_empty() {
        spread.fill();
        return spread.into_placement();
    }
    let home = spread.clone().placed_anew();
    spread.keep(&found, scope.rebalances);
    spread.fill();
    // What a silent ship has is not known, so nothing is known of the balance.
    if !is_silent {
        spread.balance(&home);
    }
    spread.into_placement()
}

/// Where instances are if some ships do not answer. An instance that was not found is on the ship where the file alone places it,
/// unless another one is elsewhere, or it ran before: then it may be on a silent ship.
fn with_silent(
    service: &PlacedService,
    at: usize,
    board: &Board,
    scope: &PlacementScope,
) -> BTreeMap<usize, Found> {
    let home = Spread::new(service, at, board, &BTreeSet::new()).placed_anew();
    let mut found = service.found.clone();
    let differs = found.iter().any(|(number, one)| home.get(*number).is_some_and(|home| *home != one.ship));
    let silent = service.candidates.iter().copied().find(|ship| scope.silent.contains(ship));
    for (number, home) in home.into_iter().enumerate() {
        let (ship, hold) = match silent {
            _ if scope.silent.contains(&home) => (home, Hold::Silent),
            Some(silent) if differs || service.recorded.contains(&number) => (silent, Hold::Silent),
            Some(_) | None => (home, Hold::Free),
        };
        found.entry(number).or_insert(Found { ship, hold });
    }
    found
}

#[cfg(test)]
mod tests;
