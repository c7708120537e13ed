//! Instances that the plan does nothing for.

use super::Text;
use crate::explain::{engine, planned, unmanaged, volume_copy};
use maestro_core::{
    event::Finding,
    model::{Environment, ShipId, selection::typed_instance},
    plan::{BlockedReason, reason::ResourceKind},
};

pub(super) fn text(finding: &Finding, environment: &Environment, reason: &BlockedReason) -> Text {
    let on = environment.ship(finding.ship);
    let name = finding.instances.first().map_or("", |id| environment.instance(*id).name.as_str());
    let typed = typed_instance(environment, name);
    let container = finding.instances.first().map_or("", |id| environment.instance(*id).container_name());
    let unreachable = |what: &str, why: String| Text {
        what: format!("ship {} {what}", on.name),
        why,
        next: format!("check the engine on {} ({})", on.name, on.addresses()),
    };
    match reason {
        BlockedReason::NotAsked => unreachable("is unreachable", "it was not contacted".to_owned()),
        BlockedReason::Unreachable { reason } => {
            let what = if reason.is_silence() { "does not answer" } else { "is unreachable" };
            unreachable(what, engine::ship(reason))
        }
        BlockedReason::Unmanaged { id, image, environment } => {
            foreign(on.swarm, container, (id, image, environment.as_deref()))
        }
        BlockedReason::UnmanagedNetwork { network, environment } => {
            unmanaged_network(&on.name, network, environment.as_deref())
        }
        BlockedReason::UnmanagedVolume { volume, environment } => {
            unmanaged_volume(&on.name, volume, environment.as_deref())
        }
        BlockedReason::ExternalMissing { kind, name } => missing(&on.name, *kind, name),
        BlockedReason::ServiceMoved { from, is_beside, data } => {
            service_moved(environment, (*from, *is_beside), data, &typed)
        }
        BlockedReason::Moved { from, data } => moved(&environment.ship(*from).name, &on.name, data, &typed),
        BlockedReason::OnUnknownSwarm { service } => on_unknown_swarm(service),
        BlockedReason::Elsewhere { ship, reason } => {
            elsewhere(&environment.ship(*ship).name, engine::ship(reason))
        }
        BlockedReason::RunsElsewhere { ship, reason } => {
            runs_elsewhere(&environment.ship(*ship).name, engine::ship(reason))
        }
        BlockedReason::SharedVolume { paths } => Text {
            what: "the old and the new container would both write to its anonymous volumes".to_owned(),
            why: format!(
                "`update.order` is start-first, and there are anonymous volumes at {}",
                paths.join(", ")
            ),
            next: "use `order: stop-first`, give the volumes a name in the file, or start with empty ones \
                   (`--renew-anonymous-volumes`)"
                .to_owned(),
        },
        BlockedReason::Volume(refusal) => Text {
            what: "its volumes cannot be used".to_owned(),
            why: volume_copy::sentence(refusal, environment, &on.name),
            next: volume_copy::next(refusal, environment, "maestro", &on.name, &typed),
        },
        BlockedReason::Behind { other } => {
            let other = &environment.instance(*other).name;
            Text {
                what: format!("{other} is blocked"),
                why: format!("{name} requires {other}"),
                next: format!("fix {other} first"),
            }
        }
    }
}

fn moved(from: &str, to: &str, data: &[String], name: &str) -> Text {
    Text {
        what: format!("its container is on ship {from}, with its data"),
        why: format!("it would start empty on ship {to}; what stays: {}", data.join(", ")),
        next: format!(
            "`maestro volume move {name}` moves it with its named volumes, `--move` without the data; or set `ship: \
             {from}` in the file again"
        ),
    }
}

fn service_moved(
    environment: &Environment,
    (from, is_beside): (ShipId, bool),
    data: &[String],
    name: &str,
) -> Text {
    let ship = environment.ship(from);
    let (where_from, takes_its_place) = match (ship.swarm, is_beside) {
        (_, true) => ("its containers are on a manager of", "its tasks"),
        (true, false) => ("its tasks are on Swarm", "its containers"),
        (false, false) => ("its containers are on ship", "its tasks"),
    };
    Text {
        what: format!("{where_from} {}, with their data", ship.name),
        why: format!("{takes_its_place} on other machines start without it; what stays: {}", data.join(", ")),
        next: format!(
            "{}, and then move it: `--move {name}`; or let {}",
            planned::before_service_moves(environment, (from, is_beside)),
            planned::back_from_move(environment, (from, is_beside))
        ),
    }
}

fn on_unknown_swarm(service: &str) -> Text {
    Text {
        what: format!("its ship runs tasks of service {service}"),
        why: planned::on_unknown_swarm(service),
        next: planned::name_the_swarm(service),
    }
}

fn foreign(is_service: bool, name: &str, (id, image, owner): (&str, &str, Option<&str>)) -> Text {
    if is_service {
        return foreign_service(name, image, owner);
    }
    Text {
        what: format!("an unmanaged container has the name {name}"),
        why: unmanaged::container(name, id, image, owner),
        next: format!(
            "rename it (`docker rename {name} {name}-old`), give this instance another name, or replace it with `--adopt`"
        ),
    }
}

fn foreign_service(name: &str, image: &str, owner: Option<&str>) -> Text {
    Text {
        what: format!("a service that Maestro did not create has the name {name}"),
        why: unmanaged::service(name, image, owner),
        next: format!("take it over with `--adopt`, or remove it (`docker service rm {name}`)"),
    }
}

fn elsewhere(ship: &str, why: String) -> Text {
    Text {
        what: format!("its container may still be on ship {ship}, which is unreachable"),
        why,
        next: format!("check the engine on ship {ship}, or start it here anyway with `--move`"),
    }
}

fn runs_elsewhere(ship: &str, why: String) -> Text {
    Text {
        what: format!("its container is on ship {ship}, which has become unreachable"),
        why,
        next: format!("check the engine on ship {ship}, then repeat the command"),
    }
}

fn unmanaged_volume(ship: &str, volume: &str, owner: Option<&str>) -> Text {
    Text {
        what: format!("ship {ship} has a volume {volume} of another environment"),
        why: unmanaged::volume(volume, owner),
        next: "give the volume another `name` in the file, set `external: true` to share it, or take it over with `--adopt`".to_owned(),
    }
}

fn missing(ship: &str, kind: ResourceKind, name: &str) -> Text {
    let resource = unmanaged::resource(kind);
    Text {
        what: format!("ship {ship} has no {resource} {name}"),
        why: "the file says that it is external, so somebody else creates it".to_owned(),
        next: format!("`docker {resource} create {name}` on that ship, or remove `external` in the file"),
    }
}

fn unmanaged_network(ship: &str, network: &str, owner: Option<&str>) -> Text {
    Text {
        what: format!("ship {ship} has an unmanaged network {network}"),
        why: unmanaged::network(network, owner),
        next: format!(
            "remove it if it is unused (`docker network rm {network}` on that ship), or use it with `--adopt`"
        ),
    }
}
