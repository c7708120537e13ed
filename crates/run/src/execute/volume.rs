//! Actions on the anonymous volumes that removed containers leave behind.

use crate::store::LabelStore;
use maestro_core::{fault::StepFault, observed::left_behind::LeftBehind, plan::action::VolumeAction};
use maestro_engine::{Engine, EngineError};

/// Removes a volume that is recorded as left behind, then its record. An engine refuses to remove a volume that a
/// container has.
///
/// # Errors
/// As the engine answers; a conflict if the volume is not recorded as this environment's.
pub(super) async fn run(
    engine: &dyn Engine,
    VolumeAction::Remove { left }: &VolumeAction,
) -> Result<(), EngineError> {
    let store = LabelStore::on(engine);
    let record = store.entry(&left.record()).await?;
    let found = record.and_then(|record| LeftBehind::from_labels(&record.name, &record.labels));
    if found.is_none_or(|found| found.environment != left.environment || found.volume != left.volume) {
        return Err(EngineError::Conflict(StepFault::NotLeftBehind(left.volume.clone()).into()));
    }
    engine.remove_volume(&left.volume).await?;
    store.remove(&left.record()).await
}

/// Observes whether the volume and its record are removed.
pub(super) async fn verify(engine: &dyn Engine, VolumeAction::Remove { left }: &VolumeAction) -> bool {
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
