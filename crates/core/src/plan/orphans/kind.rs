//! What kind of orphan a container is.

use crate::{
    model::{
        Environment, Service, ShipId,
        container::{LABEL_INSTANCE, LABEL_SERVICE},
        name::is_beside_name,
        one_off::LABEL_ONE_OFF,
    },
    observed::{Container, Observed, ShipState},
    plan::reason::OrphanReason,
};

/// The containers beside a Swarm, as far as no ship of the file has them too.
pub(super) fn beside(observed: &Observed, swarm: ShipId) -> impl Iterator<Item = &Container> {
    let is_on_ship = |container: &Container| {
        let ships = (0..observed.ships.len()).filter_map(|ship| observed.holdings(ShipId(ship)));
        ships.flat_map(|holdings| holdings.containers.values()).any(|one| one.id == container.id)
    };
    let beside = observed.holdings(swarm).into_iter().flat_map(|holdings| &holdings.beside);
    beside.filter(move |container| !is_on_ship(container))
}

/// Why a container is an orphan; none if that cannot be known.
pub(super) fn reason(
    environment: &Environment,
    observed: &Observed,
    ship: ShipId,
    (container, is_beside): (&Container, bool),
) -> Option<OrphanReason> {
    let label = container.labels.get(LABEL_INSTANCE)?;
    if let Some(instance) = container.labels.get(LABEL_ONE_OFF) {
        let runs = container.state.is_up();
        return Some(OrphanReason::OneOff { instance: instance.clone(), runs });
    }
    let service = container.labels.get(LABEL_SERVICE);
    let service = environment.services.iter().find(|known| Some(&known.name) == service);
    if let Some(reason) = service.and_then(|service| of_other_kind(environment, service, (ship, is_beside))) {
        return Some(reason);
    }
    let Some(instance) = environment.instance_named(label) else {
        return Some(match service.filter(|service| service.has_no_longer(label)) {
            Some(Service { name, instances, .. }) => {
                OrphanReason::Surplus { service: name.clone(), replicas: instances.len() }
            }
            None => OrphanReason::NotDeclared,
        });
    };
    if instance.ship == ship {
        // It has another name than the file says, or an earlier run has left it beside the instance's own.
        return None;
    }
    let engine = |ship: ShipId| observed.holdings(ship).and_then(|holdings| holdings.engine_id.as_ref());
    let (own, other) = (engine(instance.ship), engine(ship));
    // Names may have changed since it was made.
    let is_elsewhere =
        own.is_some() && other.is_some() && own != other && !is_beside_name(&container.name, label);
    match observed.ship(instance.ship) {
        ShipState::Answering(_)
            if container.name == *label || container.name == instance.container_name() || is_elsewhere =>
        {
            let ship = environment.ship(instance.ship).name.clone();
            Some(OrphanReason::OnOtherShip { instance: label.clone(), ship })
        }
        // It may be the very ship, under another name; or an earlier run has left it beside the instance's own.
        ShipState::Answering(_) | ShipState::NotAsked | ShipState::Unreachable { .. } => None,
    }
}

/// Whether the file has a service on a Swarm of which a ship that is none has a container, or the other way round.
fn of_other_kind(
    environment: &Environment,
    service: &Service,
    (ship, is_beside): (ShipId, bool),
) -> Option<OrphanReason> {
    let instance = environment.instance(*service.instances.first()?);
    let name = service.name.clone();
    match (instance.swarm.is_some(), environment.ship(ship).swarm && !is_beside) {
        (true, false) if is_beside => Some(OrphanReason::BesideSwarm { service: name }),
        (true, false) => {
            let ship = environment.ship(instance.ship).name.clone();
            Some(OrphanReason::OnSwarm { service: name, ship })
        }
        (false, true) => Some(OrphanReason::OffSwarm { service: name }),
        (true, true) | (false, false) => None,
    }
}
