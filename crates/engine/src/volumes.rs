//! Volumes. Their labels may say who made them: of several callers, one makes the volume and all learn whose it is.

use std::{collections::BTreeMap, time::SystemTime};

use async_trait::async_trait;

use super::{Engine, EngineError};
use maestro_core::fault::EngineFault;

/// How often a volume may vanish between the answer that it exists and the look at its labels.
const ROUNDS: usize = 8;

/// The volumes of an engine.
#[async_trait]
pub trait Volumes: Send + Sync {
    /// One volume, by name; none if there is none (a `GET`).
    async fn volume(&self, name: &str) -> Result<Option<Volume>, EngineError>;

    /// The volumes that have all of these labels; an empty value stands for any (a `GET`).
    async fn volumes(&self, labels: &BTreeMap<String, String>) -> Result<Vec<Volume>, EngineError>;

    /// Makes a volume with these labels, or tells the one that has this name: of several callers at once all are told
    /// the same, so it may be asked again when its answer is lost. The labels are those of the volume's maker, or empty:
    /// an engine that was restarted leaves them out of this answer ([`make_or_tell`]).
    async fn create_volume(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<Volume, EngineError>;

    /// Removes a volume; one that is not there is left alone.
    async fn remove_volume(&self, name: &str) -> Result<(), EngineError>;
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// The labels that it was made with.
    pub labels: BTreeMap<String, String>,
    /// When it was made, by its engine's clock and to the second; none if that is not told.
    pub created: Option<SystemTime>,
}

/// Makes a volume with these labels, or tells the one that has this name, with the labels of its maker.
///
/// After a restart, engines answer the creation of an existing volume without its labels, so an answer without labels
/// says nothing: the volume itself is asked for.
///
/// # Errors
/// As the engine answers. [`EngineError::ResponseLost`] if the volume may have been made.
pub async fn make_or_tell(
    engine: &dyn Engine,
    name: &str,
    labels: &BTreeMap<String, String>,
) -> Result<Volume, EngineError> {
    for _ in 0..ROUNDS {
        let answer = engine.create_volume(name, labels).await?;
        if !answer.labels.is_empty() || labels.is_empty() {
            return Ok(answer);
        }
        match engine.volume(name).await {
            Ok(Some(volume)) => return Ok(volume),
            // Its owner has removed it meanwhile.
            Ok(None) => {}
            // The volume may be this caller's.
            Err(EngineError::Unreachable(fault)) => return Err(EngineError::ResponseLost(fault)),
            Err(error) => return Err(error),
        }
    }
    Err(EngineError::Refused(EngineFault::VolumeUnstable(name.to_owned())))
}
