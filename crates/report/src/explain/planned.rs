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
        BlockedReason::ServiceMoved { from, data } => {
            format!("{}; `--move` moves it without its data", service_moved(environment, *from, data))
        }
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
pub fn before_service_moves(environment: &Environment, from: ShipId) -> &'static str {
    if environment.ship(from).swarm { ON_NODES } else { SAME_NODE }
}

/// Where the containers of a service are that the file has on a Swarm, with its data, or the other way round.
#[must_use]
pub fn service_moved(environment: &Environment, from: ShipId, data: &[String]) -> String {
    let (ship, data) = (environment.ship(from), data.join(", "));
    if ship.swarm {
        return format!("its tasks are on Swarm {}, and their nodes keep its data: {data}", ship.name);
    }
    format!("its containers are on ship {}, and their data stays there: {data}", ship.name)
}

/// Where the container of an instance is that the file has elsewhere, with its data.
fn moved(environment: &Environment, from: ShipId, data: &[String]) -> String {
    let (from, data) = (&environment.ship(from).name, data.join(", "));
    format!(
        "its container is on ship {from}, and its data stays there: {data}; `maestro volume move` \
         moves it with its named volumes, `--move` without the data"
    )
}
