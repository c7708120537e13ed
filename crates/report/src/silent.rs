//! Ships of which nothing is known, in sentences: those for the same reason in one.

use super::{alike::groups, explain, labels::count, overview::names, text::harmless};
use maestro_core::{
    model::{Environment, ShipId},
    observed::{Observed, ShipState},
};

/// A sentence for each reason why some of these ships are unreachable: of the first one, with the others' names.
#[must_use]
pub fn sentences(
    environment: &Environment,
    observed: &Observed,
    ships: impl IntoIterator<Item = ShipId>,
) -> Vec<String> {
    let told = ships.into_iter().filter_map(|ship| {
        let ShipState::Unreachable { reason } = observed.ship(ship) else { return None };
        let text = explain::ship::unreachable(&environment.ship(ship).name, reason);
        Some((ship, harmless(&text).into_owned()))
    });
    let name = |(ship, _): &(ShipId, String)| harmless(&environment.ship(*ship).name).into_owned();
    let groups = groups(environment, told, |(ship, text)| (*ship, text));
    let texts = groups.into_iter().filter_map(|group| {
        let (first, others) = group.split_first()?;
        let others = names(others.iter().map(name));
        if others.is_empty() {
            return Some(first.1.clone());
        }
        Some(format!(
            "{}; the same on {} ({} in all)",
            first.1,
            others.join(", "),
            count(group.len(), "ship")
        ))
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use maestro_core::{
        fault::{ConnectionFault, ShipFault},
        model::Endpoint,
    };

    #[test]
    fn the_same_reason_is_told_once() {
        let mut environment = samples::empty(&["a", "b", "c", "d"], &[]);
        let mut observed = samples::observed(&environment, &[]);
        for (at, ship) in environment.ships.iter_mut().enumerate().skip(1) {
            let address = format!("tcp://10.0.0.{at}:2375");
            ship.endpoint = Endpoint::Tcp { host: format!("10.0.0.{at}"), port: 2375 };
            let fault = match at {
                2 => ConnectionFault::TooOld { address, version: "1.24".into(), oldest: "1.41".into() },
                _ => ConnectionFault::PortRefused { address },
            };
            observed.ships[at] = ShipState::Unreachable { reason: ShipFault::NoAnswer(fault.into()) };
        }
        let told = sentences(&environment, &observed, environment.ship_ids());
        insta::assert_snapshot!(told.join("\n"), @r"
        ship b: nothing listens on tcp://10.0.0.1:2375; does Docker run there, and listen on TCP?; the same on d (2 ships in all)
        ship c: the engine at tcp://10.0.0.2:2375 is too old: it speaks version 1.24 of Docker's API at most, and 1.41 (Docker 20.10) is the oldest that Maestro speaks; update Docker there
        ");
    }
}
