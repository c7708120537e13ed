//! Where the instances of services that have a choice of ships are, for their next placement.

use std::collections::{BTreeMap, HashMap};

use super::moves::Predecessor;
use crate::{
    model::{
        Environment, ShipId,
        container::{LABEL_ENVIRONMENT, LABEL_INSTANCE},
        placement::Whereabouts,
    },
    observed::{Container, ContainerState, Observed, ShipState},
};

/// Finds the instances of services that have a choice of ships on all ships that answered, by their labels. Of several
/// containers of one instance the one counts that runs, then the one that has run before, then the one that is where the file
/// alone places it.
#[must_use]
pub fn whereabouts(environment: &Environment, observed: &Observed) -> Whereabouts {
    let mut found: BTreeMap<&str, Predecessor<'_>> = BTreeMap::new();
    let mut begun = BTreeMap::new();
    let declared: HashMap<&str, ShipId> =
        environment.instances.iter().map(|instance| (instance.name.as_str(), instance.ship)).collect();
    for ship in environment.ship_ids() {
        let containers = observed.holdings(ship).into_iter().flat_map(|all| all.containers.values());
        for container in containers {
            let Some(instance) = placed_instance(environment, container) else { continue };
            if container.state == ContainerState::Created {
                begun.insert(instance.to_owned(), environment.ship(ship).name.clone());
            }
            let one = Predecessor { ship, container };
            let own = declared.get(instance).copied();
            match found.get(instance) {
                Some(known) if rank(known, own) <= rank(&one, own) => {}
                _ => drop(found.insert(instance, one)),
            }
        }
    }
    let name = |ship: ShipId| environment.ship(ship).name.clone();
    let silent = environment.choices().into_iter();
    let silent = silent.filter(|ship| matches!(observed.ship(*ship), ShipState::Unreachable { .. }));
    Whereabouts {
        found: found
            .into_iter()
            .map(|(instance, one)| (instance.to_owned(), (name(one.ship), !one.data().is_empty())))
            .collect(),
        begun,
        silent: silent.map(name).collect(),
        ..Whereabouts::default()
    }
}

/// The instance that a container is of, if its service has a choice of ships.
fn placed_instance<'a>(environment: &Environment, container: &'a Container) -> Option<&'a str> {
    let of = container.labels.get(LABEL_ENVIRONMENT)?;
    let instance = container.labels.get(LABEL_INSTANCE).filter(|_| *of == environment.name)?;
    let (service, _) = instance.rsplit_once('-')?;
    let has_choice = environment.services.iter().any(|one| one.name == service && one.candidates.len() > 1);
    has_choice.then_some(instance)
}

fn rank(one: &Predecessor<'_>, own: Option<ShipId>) -> (bool, bool, bool, ShipId) {
    let state = &one.container.state;
    (!state.is_up(), *state == ContainerState::Created, Some(one.ship) != own, one.ship)
}
