//! What is there of the instances of a run that ends before its time: asked of the engines, since answers may be lost.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::future::join_all;

use super::Run;
use maestro_core::{
    event::{Event, Life, Standing, StandingContainer, Subject, Summary},
    model::{InstanceId, ShipId, name::is_successor_name},
    observed::{Container, ContainerState},
    plan::Step,
};
use maestro_engine::ownership;

/// How long a ship may take to say what it has.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether a run ended before its time and left something undone.
pub(super) fn is_told(summary: &Summary) -> bool {
    (summary.interrupted || summary.lease_lost) && summary.not_started + summary.cancelled > 0
}

/// Tells what is there of each instance that the plan changes; `ready` are those that were seen to be ready. None if the
/// plan changes no instance.
pub(super) async fn event(run: &Run, ready: &BTreeSet<InstanceId>) -> Option<Event> {
    let changes = |step: &&Step| !step.is_verification();
    let mut places: Vec<(ShipId, InstanceId)> = Vec::new();
    for step in run.plan.steps.iter().filter(changes) {
        if let Some(instance) = step.instance
            && !places.contains(&(step.ship, instance))
        {
            places.push((step.ship, instance));
        }
    }
    if places.is_empty() {
        return None;
    }
    let ships: BTreeSet<ShipId> = places.iter().map(|(ship, _)| *ship).collect();
    let asked = ships.into_iter().map(|ship| async move { Some((ship, containers(run, ship).await?)) });
    let found: BTreeMap<ShipId, Vec<Container>> = join_all(asked).await.into_iter().flatten().collect();
    let instances = places.into_iter().map(|(ship, instance)| {
        let containers = found.get(&ship).map(|all| of_instance(run, (ship, instance), all));
        Standing {
            subject: Subject {
                ship: run.environment.ship(ship).name.clone(),
                ..Subject::of(&run.environment, instance)
            },
            is_known: containers.is_some(),
            is_ready: ready.contains(&instance),
            containers: containers.unwrap_or_default(),
        }
    });
    Some(Event::Interrupted { instances: instances.collect() })
}

/// The containers of a ship; none if it does not say.
async fn containers(run: &Run, ship: ShipId) -> Option<Vec<Container>> {
    let engine = run.engines[ship.0].as_deref()?;
    let asked = ownership::containers(engine, &run.environment.name);
    Some(tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?.0)
}

/// An instance's own containers, the old one first.
fn of_instance(
    run: &Run,
    (ship, id): (ShipId, InstanceId),
    containers: &[Container],
) -> Vec<StandingContainer> {
    let instance = &run.environment.instance(id).name;
    let made = run.made.on(ship, id);
    let own = containers.iter().filter(|one| one.belongs_to(&run.environment.name, instance));
    let mut own: Vec<StandingContainer> = own
        .map(|one| StandingContainer {
            name: one.name.clone(),
            is_new: made.as_ref() == Some(&one.id) || is_successor_name(&one.name, instance),
            life: life(&one.state),
        })
        .collect();
    own.sort_by(|a, b| (a.is_new, &a.name).cmp(&(b.is_new, &b.name)));
    own
}

fn life(state: &ContainerState) -> Life {
    match state {
        ContainerState::Running => Life::Running,
        ContainerState::Paused => Life::Paused,
        ContainerState::Restarting => Life::Restarting,
        ContainerState::Created => Life::Created,
        ContainerState::Exited
        | ContainerState::Dead
        | ContainerState::Removing
        | ContainerState::Other(_) => Life::Stopped,
    }
}
