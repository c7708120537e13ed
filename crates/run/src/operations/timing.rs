//! Keeps the timing of a run on the engines that it changed, and reads what they keep.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::future::join_all;

use super::fleet::Fleet;
use crate::{lease::in_order, store::LabelStore};
use maestro_core::{
    model::{Environment, container::LABEL_ENVIRONMENT},
    plan::command::Command,
    timeline::{
        StepKind, Timeline,
        record::{KEPT, RunPart},
    },
};
use maestro_engine::{Engine, EngineError, ownership};

/// How long a run may take longer to keep its timing. It is lost rather than waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What an engine keeps of an environment's runs.
///
/// # Errors
/// As the engine answers.
pub async fn kept(engine: &dyn Engine, environment: &str) -> Result<Vec<RunPart>, EngineError> {
    LabelStore::on(engine).runs(environment).await
}

/// Keeps it on each engine that has a step in it, if the run changed something. An engine that refuses, or does not answer in
/// time, keeps nothing: the run itself is over. Where a command has removed all that there was of the environment, nothing is
/// kept either.
pub(super) async fn keep(timeline: &Timeline, command: Command, environment: &Environment, fleet: &Fleet) {
    if timeline.steps.iter().all(|step| step.kind == StepKind::Ready) {
        return;
    }
    let same_engine = fleet.same_engine();
    let mut ships: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for (ship, engine) in environment.ships.iter().zip(&same_engine) {
        ships.entry(*engine).or_default().insert(&ship.name);
    }
    let removes = matches!(command, Command::Clean | Command::Down);
    let places = in_order(fleet.places());
    let each = places.iter().filter_map(|place| {
        let part = RunPart::of(timeline, ships.get(same_engine.get(place.ship.0)?)?);
        let engine = &*place.engine;
        (!part.timeline.steps.is_empty()).then_some(async move {
            if removes && is_gone(engine, &environment.name).await? {
                return forget(engine, &environment.name).await;
            }
            keep_on(engine, part).await
        })
    });
    // Ignore the end: what could not be kept is left out of pictures.
    tokio::time::timeout(PATIENCE, join_all(each)).await.ok();
}

/// Whether an engine has no container of the environment.
pub(super) async fn is_gone(engine: &dyn Engine, environment: &str) -> Result<bool, EngineError> {
    let (containers, _) = ownership::containers(engine, environment).await?;
    let is_own =
        |labels: &BTreeMap<String, String>| labels.get(LABEL_ENVIRONMENT).is_some_and(|of| of == environment);
    Ok(!containers.iter().any(|container| is_own(&container.labels)))
}

/// Removes what an engine keeps of an environment's runs.
async fn forget(engine: &dyn Engine, environment: &str) -> Result<(), EngineError> {
    let store = LabelStore::on(engine);
    for old in store.runs(environment).await? {
        store.remove(&old.volume()).await?;
    }
    Ok(())
}

/// Keeps a part on one engine, and as many as there may be beside it.
async fn keep_on(engine: &dyn Engine, mut part: RunPart) -> Result<(), EngineError> {
    let store = LabelStore::on(engine);
    let mut kept: Vec<RunPart> = store.runs(&part.timeline.run.environment).await?;
    kept.sort_by_key(|other| (other.created, other.sequence));
    part.sequence = kept.iter().map(|other| other.sequence).max().unwrap_or(0).saturating_add(1);
    let Some(labels) = part.labels() else { return Ok(()) };
    store.put(&part.volume(), &labels).await?;
    let surplus = (kept.len() + 1).saturating_sub(KEPT);
    for old in &kept[..surplus] {
        store.remove(&old.volume()).await?;
    }
    Ok(())
}
