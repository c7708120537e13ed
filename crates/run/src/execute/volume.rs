//! Actions on named volumes, and on the anonymous ones that removed containers leave behind.

use std::collections::BTreeMap;

use crate::{archives::transfer::copy_mark, store::LabelStore};
use maestro_core::{
    fault::StepFault,
    model::{
        ShipId,
        container::LABEL_ENVIRONMENT,
        network::{LABEL_PROJECT, is_of_environment},
    },
    observed::{copy_mark::KeptVolume, left_behind::LeftBehind, restore_mark::RestoreMark},
    plan::action::VolumeAction,
};
use maestro_engine::{Engine, EngineError};

/// Makes a named volume, or removes one that is left behind.
///
/// # Errors
/// As the engine answers; a conflict if a volume that is to be removed is not recorded as this environment's.
pub(super) async fn run(
    engine: &dyn Engine,
    action: &VolumeAction,
    ships: impl Fn(ShipId) -> String,
) -> Result<(), EngineError> {
    match action {
        VolumeAction::Create { name, environment, options } => {
            let mut options = options.clone();
            options.labels.insert(LABEL_ENVIRONMENT.to_owned(), environment.clone());
            engine.create_volume(name, &options).await.map(drop)
        }
        VolumeAction::Remove { left } => remove(engine, left).await,
        VolumeAction::RemoveNamed { name, environment } => remove_named(engine, name, environment).await,
        VolumeAction::RemoveLeftover { name, environment } => {
            remove_leftover(engine, name, environment).await
        }
        VolumeAction::DiscardCopy { name, environment } => discard_copy(engine, name, environment).await,
        VolumeAction::TakeCopy { name, environment } => {
            match copy_mark(engine, &mark(name, environment)).await? {
                Some(copy) => LabelStore::on(engine).remove(&copy.mark.record()).await,
                None => Ok(()),
            }
        }
        VolumeAction::Reuse { name, environment } => {
            LabelStore::on(engine).remove(&KeptVolume::record_of(environment, name)).await
        }
        VolumeAction::Keep { name, environment, to } => {
            let (environment, volume) = (environment.clone(), name.clone());
            let kept = KeptVolume { environment, volume, to: ships(*to) };
            keep(engine, &kept).await
        }
        // It takes two engines.
        VolumeAction::Copy { .. } => Ok(()),
    }
}

/// Observes whether the change was made.
pub(super) async fn verify(engine: &dyn Engine, action: &VolumeAction) -> bool {
    match action {
        VolumeAction::Create { name, .. } => matches!(engine.volume(name).await, Ok(Some(_))),
        VolumeAction::Remove { left } => is_removed(engine, left).await,
        VolumeAction::RemoveNamed { name, .. } | VolumeAction::RemoveLeftover { name, .. } => {
            matches!(engine.volume(name).await, Ok(None))
        }
        VolumeAction::DiscardCopy { name, environment } | VolumeAction::TakeCopy { name, environment } => {
            matches!(copy_mark(engine, &mark(name, environment)).await, Ok(None))
        }
        VolumeAction::Reuse { name, environment } => {
            matches!(engine.volume(&KeptVolume::record_of(environment, name)).await, Ok(None))
        }
        VolumeAction::Keep { name, environment, .. } => {
            let record = KeptVolume::record_of(environment, name);
            matches!(engine.volume(&record).await, Ok(Some(_)))
        }
        VolumeAction::Copy { .. } => false,
    }
}

/// Removes a volume that is recorded as left behind, then its record. An engine refuses to remove a volume that a
/// container has.
async fn remove(engine: &dyn Engine, left: &LeftBehind) -> Result<(), EngineError> {
    let store = LabelStore::on(engine);
    let record = store.entry(&left.record()).await?;
    let found = record.and_then(|record| LeftBehind::from_labels(&record.name, &record.labels));
    if found.is_none_or(|found| found.environment != left.environment || found.volume != left.volume) {
        return Err(EngineError::Conflict(StepFault::NotLeftBehind(left.volume.clone()).into()));
    }
    engine.remove_volume(&left.volume).await?;
    store.remove(&left.record()).await
}

/// Removes a named volume if it still is that environment's: volumes are removed by name. An engine refuses to remove a
/// volume that a container has.
async fn remove_named(engine: &dyn Engine, name: &str, environment: &str) -> Result<(), EngineError> {
    let Some(found) = engine.volume(name).await? else { return Ok(()) };
    // docker compose may have made it for the project, whose name the environment has.
    let project = BTreeMap::from([(LABEL_PROJECT.to_owned(), environment.to_owned())]);
    if !is_of_environment(&found.labels, &project, environment) {
        return Err(EngineError::Conflict(StepFault::VolumeReplaced(name.to_owned()).into()));
    }
    engine.remove_volume(name).await?;
    forget(engine, name, environment).await
}

/// Removes what is recorded of a volume that does not exist any more: that it is not whole, or kept by a move.
///
/// # Errors
/// As the engine answers.
pub async fn forget(engine: &dyn Engine, name: &str, environment: &str) -> Result<(), EngineError> {
    let store = LabelStore::on(engine);
    for record in [mark(name, environment).record(), KeptVolume::record_of(environment, name)] {
        store.remove(&record).await?;
    }
    Ok(())
}

fn mark(name: &str, environment: &str) -> RestoreMark {
    RestoreMark { environment: environment.to_owned(), volume: name.to_owned() }
}

/// Removes a volume that its mark says is a copy which no instance has taken, then the mark.
async fn discard_copy(engine: &dyn Engine, name: &str, environment: &str) -> Result<(), EngineError> {
    let Some(copy) = copy_mark(engine, &mark(name, environment)).await? else { return Ok(()) };
    engine.remove_volume(name).await?;
    LabelStore::on(engine).remove(&copy.mark.record()).await
}

/// Records that a volume is kept. An older record says where its instance went before.
async fn keep(engine: &dyn Engine, kept: &KeptVolume) -> Result<(), EngineError> {
    let store = LabelStore::on(engine);
    let record = kept.record();
    let there = store.entry(&record).await?;
    if there.is_some_and(|there| there.labels != kept.labels()) {
        store.remove(&record).await?;
    }
    let entry = store.put(&record, &kept.labels()).await?;
    if entry.labels == kept.labels() {
        return Ok(());
    }
    Err(EngineError::Conflict(StepFault::OtherRecord(entry.name).into()))
}

/// Removes what is left of copied files, if it is this environment's. An engine refuses to remove a volume that a
/// container has: then it is none of these.
async fn remove_leftover(engine: &dyn Engine, name: &str, environment: &str) -> Result<(), EngineError> {
    let Some(found) = LabelStore::on(engine).entry(name).await? else { return Ok(()) };
    if found.labels.get(LABEL_ENVIRONMENT).is_none_or(|of| of != environment) {
        return Err(EngineError::Conflict(StepFault::NotLeftBehind(name.to_owned()).into()));
    }
    match engine.remove_volume(name).await {
        Err(EngineError::Conflict(_)) => Ok(()),
        result => result,
    }
}

/// Observes whether the volume and its record are removed.
async fn is_removed(engine: &dyn Engine, left: &LeftBehind) -> bool {
    let is_gone = async |name: &str| matches!(engine.volume(name).await, Ok(None));
    is_gone(&left.volume).await && is_gone(&left.record()).await
}

/// Records a volume that is going to be left behind. One that is recorded already is left as it is.
///
/// # Errors
/// As the engine answers; a conflict if the record's name is taken by another volume.
pub(super) async fn record(engine: &dyn Engine, left: &LeftBehind) -> Result<(), EngineError> {
    let volume = LabelStore::on(engine).put(&left.record(), &left.labels()).await?;
    let is_it = LeftBehind::from_labels(&volume.name, &volume.labels)
        .is_some_and(|found| found.environment == left.environment);
    if is_it {
        return Ok(());
    }
    Err(EngineError::Conflict(StepFault::OtherRecord(volume.name).into()))
}
