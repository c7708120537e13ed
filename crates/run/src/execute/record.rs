//! Writing down what an engine runs, as a volume without content whose labels say it.

use std::collections::BTreeMap;

use maestro_core::{fault::StepFault, observed::revision::Record};
use maestro_engine::{Engine, EngineError, ownership, volumes::make_or_tell};

/// Writes a record. What it says of images is asked for first: before a plan is carried out nobody knows what a pull
/// will bring.
pub(super) async fn write(engine: &dyn Engine, record: &Record) -> Result<(), EngineError> {
    let (containers, _) = ownership::containers(engine, &record.environment).await?;
    let images = engine.images().await?;
    let labels = record
        .completed(&containers, &images)
        .and_then(|record| record.labels())
        .map_err(EngineError::Refused)?;
    let volume = make_or_tell(engine, &record.volume(), &labels).await?;
    if volume.labels == labels {
        return Ok(());
    }
    Err(EngineError::Conflict(StepFault::OtherRecord(volume.name).into()))
}

/// Whether a record is there, by this run's hand: its number is nobody else's.
pub(super) async fn is_written(engine: &dyn Engine, record: &Record) -> bool {
    let volume = engine.volume(&record.volume()).await.ok().flatten();
    volume.is_some_and(|volume| record.is_said_by(&volume.labels))
}

/// Removes a record if the volume still is that record: volumes are removed by name.
pub(super) async fn forget(
    engine: &dyn Engine,
    environment: &str,
    number: u64,
    volume: &str,
) -> Result<(), EngineError> {
    let is_it = |labels: &BTreeMap<String, String>| {
        let record = Record::from_labels(labels, None);
        record.is_some_and(|record| record.number == number && record.environment == environment)
    };
    if engine.volume(volume).await?.is_some_and(|found| !is_it(&found.labels)) {
        let volume = volume.to_owned();
        return Err(EngineError::Conflict(StepFault::NotRecorded { volume, revision: number }.into()));
    }
    engine.remove_volume(volume).await
}
