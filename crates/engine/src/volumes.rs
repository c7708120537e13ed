//! Volumes. Their labels may say who made them: of several callers, one makes the volume and all learn whose it is.

use std::{collections::BTreeMap, time::SystemTime};

use async_trait::async_trait;

use super::EngineError;
use maestro_core::model::volume::VolumeOptions;

/// The volumes of an engine.
#[async_trait]
pub trait Volumes: Send + Sync {
    /// One volume, by name; none if there is none (a `GET`).
    async fn volume(&self, name: &str) -> Result<Option<Volume>, EngineError>;

    /// The volumes that have all of these labels; an empty value stands for any (a `GET`).
    async fn volumes(&self, labels: &BTreeMap<String, String>) -> Result<Vec<Volume>, EngineError>;

    /// Makes a volume, or tells the one that has this name: of several callers at once all are told
    /// the same, so it may be asked again when its answer is lost. The labels are those of the volume's maker, or empty:
    /// an engine that was restarted leaves them out of this answer.
    async fn create_volume(&self, name: &str, options: &VolumeOptions) -> Result<Volume, EngineError>;

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
