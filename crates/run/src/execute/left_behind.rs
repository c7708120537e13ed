//! Recording and removing the anonymous volumes that removed containers leave behind.

use maestro_core::{fault::StepFault, observed::left_behind::LeftBehind};
use maestro_engine::{Engine, EngineError, volumes::make_or_tell};

/// Records a volume that is going to be left behind. One that is recorded already is left as it is.
pub(super) async fn write(engine: &dyn Engine, left: &LeftBehind) -> Result<(), EngineError> {
    let volume = make_or_tell(engine, &left.record(), &left.labels()).await?;
    let is_it = LeftBehind::from_labels(&volume.name, &volume.labels)
        .is_some_and(|found| found.environment == left.environment);
    if is_it {
        return Ok(());
    }
    Err(EngineError::Conflict(StepFault::OtherRecord(volume.name).into()))
}

/// Removes a volume that is recorded as left behind, then its record. An engine refuses to remove one that a container
/// has.
pub(super) async fn remove(engine: &dyn Engine, left: &LeftBehind) -> Result<(), EngineError> {
    let record = engine.volume(&left.record()).await?;
    let found = record.and_then(|record| LeftBehind::from_labels(&record.name, &record.labels));
    if found.is_none_or(|found| found.environment != left.environment || found.volume != left.volume) {
        return Err(EngineError::Conflict(StepFault::NotLeftBehind(left.volume.clone()).into()));
    }
    engine.remove_volume(&left.volume).await?;
    engine.remove_volume(&left.record()).await
}

/// Whether the volume and its record are gone.
pub(super) async fn is_removed(engine: &dyn Engine, left: &LeftBehind) -> bool {
    let is_gone = async |name: &str| matches!(engine.volume(name).await, Ok(None));
    is_gone(&left.volume).await && is_gone(&left.record()).await
}
