//! Leases and records as configs: all managers have them, so they outlive the loss of one. A config has a name and labels as
//! a volume has. The declared volumes of services are none of these: each node makes them.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Swarm;
use crate::{EngineError, SwarmConfig, Volume, Volumes};
use maestro_core::{fault::EngineFault, model::volume::VolumeOptions, value::sha256};

/// The longest name of a config, in bytes.
const LONGEST: usize = 64;
/// What the names of all entries begin with.
const OWN: &str = "maestro-";
/// Label with the whole name of an entry whose config has a shorter one.
const LABEL_NAME: &str = "maestro.entry";
/// How often an entry may vanish between the answer that it exists and the look at it.
const ROUNDS: usize = 8;

/// The config's name: the entry's, or its beginning and a hash.
fn config_name(entry: &str) -> String {
    if entry.len() <= LONGEST {
        return entry.to_owned();
    }
    let hash = sha256::digits(entry.as_bytes(), 12);
    format!("{}-{hash}", entry.get(..LONGEST - 13).unwrap_or("maestro"))
}

fn entry(config: SwarmConfig) -> Volume {
    let mut labels = config.labels;
    let name = labels.remove(LABEL_NAME).unwrap_or(config.name);
    Volume { name, labels, created: config.created }
}

impl Swarm {
    async fn config(&self, name: &str) -> Result<Option<SwarmConfig>, EngineError> {
        let name = config_name(name);
        let configs = self.told(self.manager.configs(&BTreeMap::new()).await).await?;
        Ok(configs.into_iter().find(|config| config.name == name))
    }
}

#[async_trait]
impl Volumes for Swarm {
    async fn volume(&self, name: &str) -> Result<Option<Volume>, EngineError> {
        Ok(self.config(name).await?.map(entry))
    }

    async fn volumes(&self, labels: &BTreeMap<String, String>) -> Result<Vec<Volume>, EngineError> {
        let configs = self.told(self.manager.configs(labels).await).await?;
        // Others are what services read.
        Ok(configs.into_iter().map(entry).filter(|entry| entry.name.starts_with(OWN)).collect())
    }

    async fn create_volume(&self, name: &str, options: &VolumeOptions) -> Result<Volume, EngineError> {
        let own = config_name(name);
        let mut labels = options.labels.clone();
        if own != name {
            labels.insert(LABEL_NAME.to_owned(), name.to_owned());
        }
        for _ in 0..ROUNDS {
            match self.manager.create_config(&own, &labels).await {
                Ok(()) => {
                    let labels = options.labels.clone();
                    return Ok(Volume { name: name.to_owned(), labels, created: None });
                }
                Err(EngineError::Conflict(_)) => {}
                Err(error) => return self.told(Err(error)).await,
            }
            match self.volume(name).await {
                Ok(Some(entry)) => return Ok(entry),
                // Its owner has removed it meanwhile.
                Ok(None) => {}
                Err(error) => return Err(error),
            }
        }
        Err(EngineError::Refused(EngineFault::VolumeUnstable(name.to_owned())))
    }

    async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        match self.config(name).await? {
            Some(config) => self.manager.remove_config(&config.id).await,
            None => Ok(()),
        }
    }
}
