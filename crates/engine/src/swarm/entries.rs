//! Leases and records as configs: all managers have them, so they outlive the loss of one. A config has a name and labels as
//! a volume has; long labels are in its content, compressed. The declared volumes of services are none of these: each node
//! makes them.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Swarm;
use crate::{EngineError, Services as _, SwarmConfig, Volume, Volumes};
use maestro_core::{
    fault::{EngineFault, StepFault},
    model::{file_label::LABEL_FILES, swarm::StoredKind, volume::VolumeOptions},
    value::sha256,
};

/// The longest name of a config, in bytes.
const LONGEST: usize = 64;
/// What the names of all entries begin with.
const OWN: &str = "maestro-";
/// Label with the whole name of an entry whose config has a shorter one.
const LABEL_NAME: &str = "maestro.entry";
/// Label of a config whose content has the long labels; its value is how.
const LABEL_CONTENT: &str = "maestro.entry.labels";
/// A JSON object of texts, compressed.
const CONTENT: &str = "json+zstd";
/// Bytes of a label that are so many that it is in the content.
const LONG: usize = 1024;
/// Bytes that a config may have, by the oldest engines.
const LARGEST: usize = 500 * 1024;
/// Bytes that a content may have once it is decompressed: more than any record has.
const LARGEST_READ: usize = 8 * 1024 * 1024;
/// As `zstd` compresses by default.
const LEVEL: i32 = 3;
/// How often an entry may vanish between the answer that it exists and the look at it.
const ROUNDS: usize = 8;

type Labels = BTreeMap<String, String>;

/// The config's name: the entry's, or its beginning and a hash.
fn config_name(entry: &str) -> String {
    if entry.len() <= LONGEST {
        return entry.to_owned();
    }
    let hash = sha256::digits(entry.as_bytes(), 12);
    format!("{}-{hash}", entry.get(..LONGEST - 13).unwrap_or("maestro"))
}

/// The labels of a config and its content: long labels are in the content.
///
/// # Errors
/// If they are larger than a config may be.
fn written(labels: Labels) -> Result<(Labels, Vec<u8>), EngineError> {
    let (long, mut labels): (Labels, Labels) = labels.into_iter().partition(|(_, value)| value.len() > LONG);
    if long.is_empty() {
        // A config has a content; a line feed is the shortest.
        return Ok((labels, b"\n".to_vec()));
    }
    let json = serde_json::to_vec(&long).map_err(|error| EngineError::Refused(error.to_string().into()))?;
    let content =
        zstd::bulk::compress(&json, LEVEL).map_err(|error| EngineError::Refused(error.to_string().into()))?;
    if content.len() > LARGEST {
        let (size, limit) = (content.len() >> 10, LARGEST >> 10);
        return Err(EngineError::Refused(StepFault::RecordTooLarge { size, limit }.into()));
    }
    labels.insert(LABEL_CONTENT.to_owned(), CONTENT.to_owned());
    Ok((labels, content))
}

/// All labels of a config that was [`written`] so. What cannot be read is left out: then the entry tells less.
fn read(mut labels: Labels, content: &[u8]) -> Labels {
    if labels.remove(LABEL_CONTENT).as_deref() == Some(CONTENT)
        && let Ok(json) = zstd::bulk::decompress(content, LARGEST_READ)
        && let Ok(long) = serde_json::from_slice::<Labels>(&json)
    {
        labels.extend(long);
    }
    labels
}

fn entry(config: SwarmConfig) -> Volume {
    let mut labels = read(config.labels, &config.content);
    let name = labels.remove(LABEL_NAME).unwrap_or(config.name);
    Volume { name, labels, created: config.created }
}

impl Swarm {
    async fn config(&self, name: &str) -> Result<Option<SwarmConfig>, EngineError> {
        let name = config_name(name);
        let configs = self.told(self.manager.stored(StoredKind::Config, &BTreeMap::new()).await).await?;
        Ok(configs.into_iter().find(|config| config.name == name))
    }

    /// A secret that holds a file; none for names of entries, which are configs.
    async fn secret(&self, name: &str) -> Result<Option<SwarmConfig>, EngineError> {
        if name.starts_with(OWN) {
            return Ok(None);
        }
        let labels = [(LABEL_FILES.to_owned(), String::new())].into();
        let secrets = self.told(self.manager.stored(StoredKind::Secret, &labels).await).await?;
        Ok(secrets.into_iter().find(|secret| secret.name == name))
    }
}

#[async_trait]
impl Volumes for Swarm {
    async fn volume(&self, name: &str) -> Result<Option<Volume>, EngineError> {
        match self.config(name).await? {
            Some(config) => Ok(Some(entry(config))),
            None => Ok(self.secret(name).await?.map(entry)),
        }
    }

    async fn volumes(&self, labels: &BTreeMap<String, String>) -> Result<Vec<Volume>, EngineError> {
        let configs = self.told(self.manager.stored(StoredKind::Config, labels).await).await?;
        // Others are what services read: those are told to who asks for files.
        let is_of_files = labels.contains_key(LABEL_FILES);
        let secrets = if is_of_files {
            self.told(self.manager.stored(StoredKind::Secret, labels).await).await?
        } else {
            Vec::new()
        };
        let all = configs.into_iter().map(entry).filter(|entry| is_of_files || entry.name.starts_with(OWN));
        Ok(all.chain(secrets.into_iter().map(entry)).collect())
    }

    async fn create_volume(&self, name: &str, options: &VolumeOptions) -> Result<Volume, EngineError> {
        let own = config_name(name);
        let mut labels = options.labels.clone();
        if own != name {
            labels.insert(LABEL_NAME.to_owned(), name.to_owned());
        }
        let (labels, content) = written(labels)?;
        for _ in 0..ROUNDS {
            match self.manager.store(StoredKind::Config, &own, &labels, &content).await {
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
        let (kind, found) = match self.config(name).await? {
            Some(config) => (StoredKind::Config, Some(config)),
            None => (StoredKind::Secret, self.secret(name).await?),
        };
        let Some(found) = found else {
            return if name.starts_with(OWN) { Ok(()) } else { self.remove_volume_beside(name).await };
        };
        match self.manager.remove_stored(kind, &found.id).await {
            Err(EngineError::Refused(fault))
                if fault.words().is_some_and(|words| words.contains("in use by")) =>
            {
                Err(EngineError::Conflict(fault))
            }
            result => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(long: &str) -> Labels {
        [("of".to_owned(), "shop".to_owned()), ("what".to_owned(), long.to_owned())].into()
    }

    #[test]
    fn long_labels_are_in_the_content() {
        for (long, is_content) in [("x".repeat(LONG), false), ("é\"x".repeat(300_000), true)] {
            let (short, content) = written(labels(&long)).unwrap();
            assert_eq!((short.contains_key("what"), content != b"\n"), (!is_content, is_content));
            assert!(content.len() < 2000);
            assert_eq!(read(short, &content), labels(&long));
        }
    }

    #[test]
    fn what_is_no_content_tells_nothing() {
        let (short, content) = written(labels(&"x".repeat(LONG + 1))).unwrap();
        let none: Labels = [("of".to_owned(), "shop".to_owned())].into();
        for bad in [&b"\n"[..], b"", &content[..content.len() / 2]] {
            assert_eq!(read(short.clone(), bad), none);
        }
        let bomb = zstd::bulk::compress(&vec![b' '; LARGEST_READ + 1], LEVEL).unwrap();
        assert_eq!(read(short, &bomb), none);
    }

    #[test]
    fn what_no_config_holds_is_refused() {
        let mut state = 1_u64;
        let mut letter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + u8::try_from(state >> 33 & 15).unwrap())
        };
        let noise: String = (0..2 * LARGEST + LARGEST / 8).map(|_| letter()).collect();
        let refused = written(labels(&noise)).unwrap_err();
        let EngineError::Refused(EngineFault::Step(fault)) = refused else { panic!("{refused:?}") };
        assert!(matches!(fault, StepFault::RecordTooLarge { limit: 500, .. }), "{fault:?}");
    }
}
