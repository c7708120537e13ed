//! Ships of which nothing is known, in sentences: those for the same reason in one.

use indexmap::IndexMap;

use super::{alike::ShipWords, explain, labels::count, overview::names, text::harmless};
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
    let mut groups: IndexMap<String, (String, Vec<ShipId>)> = IndexMap::new();
    for id in ships {
        let ShipState::Unreachable { reason } = observed.ship(id) else { continue };
        let ship = environment.ship(id);
        let text = harmless(&explain::ship::unreachable(&ship.name, reason)).into_owned();
        let key = ShipWords::of(ship).taken_out_of(&text);
        groups.entry(key).or_insert_with(|| (text, Vec::new())).1.push(id);
    }
    let texts = groups.into_values().map(|(text, ships)| {
        let others = ships.iter().skip(1).map(|ship| harmless(&environment.ship(*ship).name).into_owned());
        let others = names(others);
        if others.is_empty() {
            return text;
        }
        format!("{text}; the same on {} ({} in all)", others.join(", "), count(ships.len(), "ship"))
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
