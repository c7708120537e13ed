//! Writing down what an engine runs, as a volume without content whose labels say it.

use crate::{
    engine::{Engine, EngineError, ownership, volume::make_or_tell},
    plan::action::Record,
};

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
    Err(EngineError::Conflict(format!("a volume {} is there already, and says something else", volume.name)))
}

/// Whether a record is there, by this run's hand: its number is nobody else's.
pub(super) async fn is_written(engine: &dyn Engine, record: &Record) -> bool {
    let volume = engine.volume(&record.volume()).await.ok().flatten();
    volume.is_some_and(|volume| record.is_said_by(&volume.labels))
}
