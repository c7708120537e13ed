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
        BlockedReason::MovedToSwarm { from, data } => {
            format!("{}; `--move` moves it without its data", moved_to_swarm(environment, *from, data))
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

/// Where the containers of a service are that the file has on a Swarm, with its data.
#[must_use]
pub fn moved_to_swarm(environment: &Environment, from: ShipId, data: &[String]) -> String {
    let from = &environment.ship(from).name;
    format!("its containers are on ship {from}, and their data stays there: {}", data.join(", "))
}

/// Where the container of an instance is that the file has elsewhere, with its data.
fn moved(environment: &Environment, from: ShipId, data: &[String]) -> String {
    let (from, data) = (&environment.ship(from).name, data.join(", "));
    format!(
        "its container is on ship {from}, and its data stays there: {data}; `maestro volume move` \
         moves it with its named volumes, `--move` without the data"
    )
}
