//! Actions on the record of a revision: a volume without content whose labels say what an engine runs.

use std::collections::BTreeMap;

use crate::store::LabelStore;
use maestro_core::{fault::StepFault, observed::revision::Record, plan::action::RecordAction};
use maestro_engine::{Engine, EngineError, ownership};

/// Writes or removes a record.
///
/// # Errors
/// As the engine answers; a conflict if the record's name is taken by another volume, or the volume is another record.
pub(super) async fn run(
    engine: &dyn Engine,
    environment: &str,
    action: &RecordAction,
) -> Result<(), EngineError> {
    match action {
        RecordAction::Write { record } => write(engine, record).await,
        RecordAction::Forget { revision, volume } => forget(engine, environment, *revision, volume).await,
    }
}

/// Observes whether the record is written, by this run's hand as its number is nobody else's, or removed.
pub(super) async fn verify(engine: &dyn Engine, action: &RecordAction) -> bool {
    match action {
        RecordAction::Write { record } => {
            let volume = LabelStore::on(engine).entry(&record.volume()).await.ok().flatten();
            volume.is_some_and(|volume| record.is_said_by(&volume.labels))
        }
        RecordAction::Forget { volume, .. } => matches!(LabelStore::on(engine).entry(volume).await, Ok(None)),
    }
}

/// Writes a record. What it says of images is asked for first: before a plan is carried out nobody knows what a pull
/// will bring.
async fn write(engine: &dyn Engine, record: &Record) -> Result<(), EngineError> {
    let (mut containers, _) = ownership::containers(engine, &record.environment).await?;
    if record.instances.iter().flatten().any(|one| !one.spec.files.is_empty()) {
        let files = LabelStore::on(engine).files(&record.environment).await?;
        for container in &mut containers {
            files.bring_up_to_date(&container.id, &mut container.labels);
        }
    }
    let images = engine.images().await?;
    let labels = record
        .completed(&containers, &images)
        .and_then(|record| record.labels())
        .map_err(EngineError::Refused)?;
    let volume = LabelStore::on(engine).put(&record.volume(), &labels).await?;
    if volume.labels == labels {
        return Ok(());
    }
    Err(EngineError::Conflict(StepFault::OtherRecord(volume.name).into()))
}

/// Removes a record if the volume still is that record: volumes are removed by name.
async fn forget(
    engine: &dyn Engine,
    environment: &str,
    number: u64,
    volume: &str,
) -> Result<(), EngineError> {
    let is_it = |labels: &BTreeMap<String, String>| {
        let record = Record::from_labels(labels, None);
        record.is_some_and(|record| record.number == number && record.environment == environment)
    };
    let store = LabelStore::on(engine);
    if store.entry(volume).await?.is_some_and(|found| !is_it(&found.labels)) {
        let volume = volume.to_owned();
        return Err(EngineError::Conflict(StepFault::NotRecorded { volume, revision: number }.into()));
    }
    store.remove(volume).await
}
