//! Why nothing may be done for an instance.

use crate::explain::{engine, ship, unmanaged, volume_copy};
use maestro_core::{
    model::{Environment, ShipId},
    plan::BlockedReason,
};

/// Why nothing may be done for an instance, as a clause.
#[must_use]
pub fn sentence(reason: &BlockedReason, environment: &Environment) -> String {
    match reason {
        BlockedReason::NotAsked => "its ship was not contacted".to_owned(),
        BlockedReason::Unreachable { reason } => ship::clause(reason),
        BlockedReason::Unmanaged { id, image, environment } => {
            unmanaged::same_name(id, image, environment.as_deref())
        }
        BlockedReason::SharedVolume { paths } => {
            format!(
                "with `update.order: start-first` the old and the new container would both write to its anonymous volumes ({})",
                paths.join(", ")
            )
        }
        BlockedReason::Moved { from, data } => moved(environment, *from, data),
        BlockedReason::ServiceMoved { from, is_beside, data } => {
            let whose = if environment.ship(*from).swarm && !is_beside { "containers" } else { "tasks" };
            format!(
                "{}; `--move` moves it, and {whose} on other machines start without this data",
                service_moved(environment, (*from, *is_beside), data)
            )
        }
        BlockedReason::OnUnknownSwarm { service } => on_unknown_swarm(service),
        BlockedReason::Elsewhere { ship, reason } => format!(
            "it may have data on ship {}, which is unreachable ({})",
            environment.ship(*ship).name,
            engine::ship(reason)
        ),
        BlockedReason::RunsElsewhere { ship, reason } => format!(
            "its container is on ship {}, which has become unreachable ({})",
            environment.ship(*ship).name,
            engine::ship(reason)
        ),
        BlockedReason::UnmanagedNetwork { network, environment } => {
            unmanaged::network(network, environment.as_deref())
        }
        BlockedReason::UnmanagedVolume { volume, environment } => {
            unmanaged::volume(volume, environment.as_deref())
        }
        BlockedReason::ExternalMissing { kind, name } => unmanaged::missing(*kind, name),
        BlockedReason::Volume(refusal) => volume_copy::sentence(refusal, environment, "its new ship"),
        BlockedReason::Behind { other } => {
            format!("{} is blocked", environment.instance(*other).name)
        }
    }
}

/// How a task has a volume of a ship.
pub const SAME_NODE: &str = "named volumes are there for tasks on the same machine: write \
     `deploy: {placement: {constraints: [node.hostname == NODE]}}` with that machine's name from `docker node ls`";
/// What to do about named volumes of a service that leaves a Swarm.
const ON_NODES: &str =
    "named volumes are on the nodes that ran its tasks: run the service there, or copy them";

/// What to do about data that a service leaves behind: on a ship, or on the nodes of a Swarm.
#[must_use]
pub fn before_service_moves(environment: &Environment, (from, is_beside): (ShipId, bool)) -> &'static str {
    if environment.ship(from).swarm && !is_beside { ON_NODES } else { SAME_NODE }
}

/// Where the containers of a service are that the file has on a Swarm, with its data, or the other way round.
#[must_use]
pub fn service_moved(
    environment: &Environment,
    (from, is_beside): (ShipId, bool),
    data: &[String],
) -> String {
    let (ship, data) = (environment.ship(from), data.join(", "));
    if is_beside {
        let name = &ship.name;
        return format!("its containers are on a manager of {name}, and their data stays there: {data}");
    }
    if ship.swarm {
        return format!("its tasks are on Swarm {}, and their nodes keep its data: {data}", ship.name);
    }
    format!("its containers are on ship {}, and their data stays there: {data}", ship.name)
}

/// Which service runs where the file has containers.
#[must_use]
pub fn on_unknown_swarm(service: &str) -> String {
    format!(
        "its ship is a node of a Swarm and runs tasks of service {service}, which no Swarm of the file has; both would \
         use the same volumes and ports"
    )
}

/// What to do about a service of a Swarm that the file does not have.
#[must_use]
pub fn name_the_swarm(service: &str) -> String {
    format!(
        "add the Swarm to the file (`ships: {{NAME: {{host: ADDRESS, swarm: true}}}}`), so that the service moves from \
         it; or remove the service (`docker service rm {service}` on a manager)"
    )
}

/// How the file has containers again on the ship from which a service moves.
#[must_use]
pub fn back_from_move(environment: &Environment, (from, is_beside): (ShipId, bool)) -> String {
    if is_beside {
        return "the file have that manager's engine as a ship again, and the service there".to_owned();
    }
    format!("the file say `ship: {}` again", environment.ship(from).name)
}

/// Where the container of an instance is that the file has elsewhere, with its data.
fn moved(environment: &Environment, from: ShipId, data: &[String]) -> String {
    let (from, data) = (&environment.ship(from).name, data.join(", "));
    format!(
        "its container is on ship {from}, and its data stays there: {data}; `maestro volume move` \
         moves it with its named volumes, `--move` without the data"
    )
}
