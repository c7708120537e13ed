//! Copies files into running containers whose programs read them again at a signal.

use crate::store::LabelStore;
use maestro_core::{fault::StepFault, model::carried::CarriedFiles, observed::kept_files::ReloadRecord};
use maestro_engine::{Engine, EngineError};

/// Copies the files, sends the signals and records what the container has. The record comes last: a run that is killed
/// before it does all of this again.
///
/// # Errors
/// As the engine answers; a conflict if the container does not run, or the record's name is taken by another volume.
pub(super) async fn run(
    engine: &dyn Engine,
    (files, signals): (&CarriedFiles, &[String]),
    record: &ReloadRecord,
    replaced: &[String],
) -> Result<(), EngineError> {
    engine.copy_files(&record.container, files).await?;
    for signal in signals {
        engine.signal(&record.container, signal).await?;
    }
    let store = LabelStore::on(engine);
    let kept = store.put(&record.volume(), &record.volume_labels()).await?;
    if kept.labels != record.volume_labels() {
        return Err(EngineError::Conflict(StepFault::OtherRecord(kept.name).into()));
    }
    for earlier in replaced {
        store.remove(earlier).await?;
    }
    Ok(())
}
