//! The status for programs. Texts are as they came: print them by [`crate::json`].

use serde_json::{Value, json};

use super::{
    entry::{EntrySubject, Status, differs, has_other_peers, is_ready, orphan_container},
    finding::{Findings, InstanceDetails},
    words,
};
use crate::explain::{self, engine};
use maestro_core::{
    model::{Environment, Instance, InstanceId},
    observed::{Container, ContainerState, InstanceState, Observed, ShipState},
    plan::{
        Orphan,
        command::Command,
        moves::{OnOldShip, on_old_ship},
    },
};

/// What `status` holds, all of it.
#[must_use]
pub fn status_json(
    environment: &Environment,
    observed: &Observed,
    status: &Status,
    orphans: &[Orphan],
    findings: &Findings,
) -> Value {
    let by_label = observed.by_label(environment);
    let moved = on_old_ship(environment, &by_label);
    let (mut instances, mut strays) = (Vec::new(), Vec::new());
    for entry in &status.entries {
        match entry.subject {
            EntrySubject::Instance(id) => instances.push(match moved.get(&id) {
                Some(old) => on_other_ship(environment, id, *old, findings.get(&id)),
                None => instance(environment, &by_label, id, findings.get(&id)),
            }),
            EntrySubject::Orphan(place) => {
                strays.extend(orphans.get(place).and_then(|one| orphan(environment, observed, one)));
            }
        }
    }
    let unreachable = status.silent.iter().filter_map(|silent| {
        let ShipState::Unreachable { reason } = observed.ship(silent.ship) else { return None };
        let ship = environment.ship(silent.ship);
        Some(json!({
            "ship": ship.name,
            "endpoint": ship.addresses(),
            "reason": engine::ship(reason),
        }))
    });
    json!({
        "version": 2,
        "environment": environment.name,
        "instances": instances,
        "orphans": strays,
        "unreachable": unreachable.collect::<Vec<_>>(),
    })
}

fn instance(
    environment: &Environment,
    observed: &Observed,
    id: InstanceId,
    finding: Option<&InstanceDetails>,
) -> Value {
    let instance = environment.instance(id);
    let state = observed.instance(environment, id);
    let ship = environment.ship(instance.ship);
    let reason = finding.and_then(|finding| finding.ready.as_ref()?.as_ref().err()).map(words::reason);
    let container = match state {
        InstanceState::Ours(one) | InstanceState::Unmanaged(one) => {
            let differs = differs(environment, observed, id, state);
            container(one, differs, has_other_peers(environment, id, state), finding)
        }
        InstanceState::Absent | InstanceState::Unreachable { .. } | InstanceState::Unknown => Value::Null,
    };
    json!({
        "instance": instance.name,
        "service": environment.service(instance.service).name,
        "ship": ship.name,
        "address": ship.address,
        "state": word_of(instance, state),
        "ready": is_ready(instance, state, finding),
        "reason": reason,
        "container": container,
        "ports": instance.ports,
    })
}

/// An instance whose container is on another ship than the one that the file names, which is its `ship`.
fn on_other_ship(
    environment: &Environment,
    id: InstanceId,
    OnOldShip { ship, container: one }: OnOldShip<'_>,
    finding: Option<&InstanceDetails>,
) -> Value {
    let (instance, here) = (environment.instance(id), environment.ship(ship));
    let there = environment.ship(instance.ship);
    let state = InstanceState::Ours(one);
    json!({
        "instance": instance.name,
        "service": environment.service(instance.service).name,
        "ship": there.name,
        "address": there.address,
        "state": "on-old-ship",
        "ready": is_ready(instance, state, finding),
        "reason": format!("its container is on ship {}, and the file places it on ship {}", here.name, there.name),
        "old_ship": here.name,
        "container_state": state_word(state),
        "container": container(one, true, false, finding),
        "ports": instance.ports,
    })
}

fn container(
    container: &Container,
    differs: bool,
    other_peers: bool,
    finding: Option<&InstanceDetails>,
) -> Value {
    json!({
        "id": container.id,
        "name": container.name,
        "image": container.image,
        "status": container.status,
        "differs": differs,
        "differing": finding.map(|finding| finding.differing.clone()).unwrap_or_default(),
        "other_peers": other_peers,
        "exit_code": finding.and_then(|finding| finding.exit_code),
        "took": finding.and_then(|finding| finding.took).map(|took| took.as_secs_f64()),
        "out_of_memory": finding.is_some_and(|finding| finding.is_out_of_memory),
        "restarts": finding.and_then(|finding| finding.restarts),
        "health": finding.and_then(|finding| finding.health.clone()),
        "start_error": finding.map(|finding| &finding.error).filter(|error| !error.is_empty()),
    })
}

fn orphan(environment: &Environment, observed: &Observed, orphan: &Orphan) -> Option<Value> {
    let container = orphan_container(observed, orphan)?;
    Some(json!({
        "container": orphan.container,
        "container_id": orphan.id,
        "ship": environment.ship(orphan.ship).name,
        "state": "orphan",
        "container_state": state_word(InstanceState::Ours(container)),
        "status": container.status,
        "image": container.image,
        "reason": explain::orphan::sentence(&orphan.reason, Command::Apply),
    }))
}

/// The same word, with `completed` for a job that has done its work.
fn word_of<'a>(instance: &Instance, state: InstanceState<'a>) -> &'a str {
    match state {
        InstanceState::Ours(container) if container.has_completed(instance) => "completed",
        state => state_word(state),
    }
}

/// A stable word for programs.
fn state_word(state: InstanceState<'_>) -> &str {
    match state {
        InstanceState::Absent => "absent",
        InstanceState::Unreachable { .. } => "unreachable",
        InstanceState::Unknown => "not-asked",
        InstanceState::Unmanaged(_) => "unmanaged",
        InstanceState::Ours(container) => match &container.state {
            ContainerState::Created => "created",
            ContainerState::Running => "up",
            ContainerState::Paused => "paused",
            ContainerState::Restarting => "restarting",
            ContainerState::Exited => "down",
            ContainerState::Removing => "removing",
            ContainerState::Dead => "dead",
            ContainerState::Other(word) => word,
        },
    }
}
