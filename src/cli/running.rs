//! Containers that run, of instances that a command names.

use std::{collections::BTreeSet, sync::Arc};

pub(super) use super::running_container::{NotRunning, RunningContainer};
use super::{
    containers::Looked,
    error::{End, Problem},
    fleet::Fleet,
    session::Session,
    tasks::{self, TaskNames},
};
use maestro_core::{
    model::{InstanceId, ShipId, selection::typed_name},
    observed::{Container, ContainerState, InstanceState, ShipState},
    plan::moves::on_old_ship,
};
use maestro_engine::observe::Question;
use maestro_report::{explain::ship as explain, logs::LogName, programs};
use maestro_run::operations::tasks::Tasks;

/// Each instance and orphan that is named, in the order of the file: its container if that runs.
pub(super) struct Found {
    pub containers: Vec<Result<RunningContainer, NotRunning>>,
    pub fleet: Fleet,
}

/// Finds the containers of what is named.
pub(super) async fn find(session: &Session, things: &[String]) -> Result<Found, Problem> {
    let names = TaskNames::of(&session.environment, things);
    let Looked { instances, orphans, fleet } =
        Looked::silently_at(session, &names.things, Question::default()).await?;
    let routes = session.routes();
    let mut tasks = Tasks::new(&session.environment, &routes);
    let mut containers = Vec::new();
    for (id, found) in instances.iter().zip(of_instances(session, &fleet, &instances)) {
        match tasks::service(session, &fleet, *id) {
            Some(service) => {
                let of = (*id, service, &names);
                containers.extend(tasks::containers(session, &fleet, &mut tasks, of).await);
            }
            None => containers.push(found),
        }
    }
    for orphan in &orphans {
        let name = LogName {
            instance: orphan.container.clone(),
            typed: orphan.container.clone(),
            service: None,
            ship: session.environment.ship(orphan.ship).name.clone(),
        };
        let container = match fleet.observed.ship(orphan.ship) {
            ShipState::Answering(holdings) => holdings.container(&orphan.id),
            ShipState::Unreachable { .. } | ShipState::NotAsked => None,
        };
        containers.push(match container {
            Some(container) => up(session, &fleet, name, orphan.ship, container),
            None => Err(NotRunning { why: programs::absent(&name, &session.invocation), end: End::Failed }),
        });
    }
    if containers.is_empty() {
        let names = things.iter().map(|name| programs::no_instances(name, &session.invocation));
        containers.extend(names.map(|why| Err(NotRunning { why, end: End::Failed })));
    }
    Ok(Found { containers, fleet })
}

fn of_instances(
    session: &Session,
    fleet: &Fleet,
    instances: &BTreeSet<InstanceId>,
) -> Vec<Result<RunningContainer, NotRunning>> {
    let environment = &session.environment;
    let by_label = fleet.observed.by_label(environment);
    let on_old_ship = on_old_ship(environment, &by_label);
    let each = instances.iter().map(|&id| {
        let instance = environment.instance(id);
        let old = on_old_ship.get(&id);
        let ship = old.map_or(instance.ship, |old| old.ship);
        let name = LogName {
            instance: instance.name.clone(),
            typed: typed_name(environment, id),
            service: Some(environment.service(instance.service).name.clone()),
            ship: environment.ship(ship).name.clone(),
        };
        if let Some(old) = old {
            return up(session, fleet, name, ship, old.container);
        }
        let (why, end) = match by_label.instance(environment, id) {
            InstanceState::Ours(container) => return up(session, fleet, name, ship, container),
            InstanceState::Unmanaged(_) => (programs::unmanaged(&name), End::Refused),
            InstanceState::Absent => (programs::absent(&name, &session.invocation), End::Failed),
            InstanceState::Unreachable { reason } => {
                (format!("{}: {}", name.instance, explain::unreachable(&name.ship, reason)), End::Unreachable)
            }
            InstanceState::Unknown => {
                (format!("{}: ship {} was not asked", name.instance, name.ship), End::Unreachable)
            }
        };
        Err(NotRunning { why, end })
    });
    each.collect()
}

/// A container, if it runs.
fn up(
    session: &Session,
    fleet: &Fleet,
    name: LogName,
    ship: ShipId,
    container: &Container,
) -> Result<RunningContainer, NotRunning> {
    let engine = fleet.engines.get(ship.0).and_then(Option::as_ref);
    let why = match (&container.state, engine) {
        (ContainerState::Running, Some(engine)) => {
            let (engine, id) = (Arc::clone(engine), container.id.clone());
            let is_on_host = container.on_host_network;
            return Ok(RunningContainer { name, ship, engine, id, is_on_host, is_task: false });
        }
        (ContainerState::Paused, Some(_)) => programs::paused(&name, &session.invocation),
        (ContainerState::Restarting, Some(_)) => {
            programs::restarting(&name, &container.status, &session.invocation)
        }
        (
            ContainerState::Running
            | ContainerState::Paused
            | ContainerState::Restarting
            | ContainerState::Created
            | ContainerState::Exited
            | ContainerState::Dead
            | ContainerState::Removing
            | ContainerState::Other(_),
            _,
        ) => programs::down(&name, &container.status, &session.invocation),
    };
    Err(NotRunning { why, end: End::Failed })
}
