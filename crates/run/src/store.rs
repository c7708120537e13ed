//! What Maestro keeps on an engine: leases, revisions, and records of volumes that containers left behind. Each entry is a
//! volume without content whose labels say it all, because volumes are what every engine keeps without running anything.

use std::collections::BTreeMap;

use maestro_core::{
    fault::EngineFault,
    observed::{
        ShipState,
        kept_files::{self, KeptFiles},
        left_behind::{self, LeftBehind},
        revision::{self, Record},
        stopped::{self, StoppedOnPurpose},
    },
    timeline::record::{self, RunPart},
};
use maestro_engine::{Engine, EngineError, Volume, observe::unknown};

/// How often an entry may vanish between the answer that it exists and the look at its labels.
const ROUNDS: usize = 8;

/// The entries on one engine, by name.
#[derive(Clone, Copy)]
pub struct LabelStore<'a> {
    engine: &'a dyn Engine,
}

/// What is recorded on an engine of an environment's revisions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// The revisions, oldest first.
    pub records: Vec<Record>,
    /// Names of entries that bear a record's labels and are none: somebody else made or changed them. They count for
    /// nothing, and nothing is done about them.
    pub left_aside: Vec<String>,
}

impl<'a> LabelStore<'a> {
    /// The entries on an engine.
    #[must_use]
    pub fn on(engine: &'a dyn Engine) -> Self {
        Self { engine }
    }

    /// The entry of a name (a `GET`).
    ///
    /// # Errors
    /// As the engine answers.
    pub async fn entry(self, name: &str) -> Result<Option<Volume>, EngineError> {
        self.engine.volume(name).await
    }

    /// The entries that have all of these labels; an empty value stands for any (a `GET`).
    ///
    /// # Errors
    /// As the engine answers.
    pub async fn entries(self, labels: &BTreeMap<String, String>) -> Result<Vec<Volume>, EngineError> {
        self.engine.volumes(labels).await
    }

    /// Makes an entry, or tells the one that has this name, with the labels of its maker: of several callers at once, one
    /// makes it and all are told the same.
    ///
    /// After a restart, engines answer the creation of an existing volume without its labels, so an answer without labels
    /// says nothing: the volume itself is asked for.
    ///
    /// # Errors
    /// As the engine answers. [`EngineError::ResponseLost`] if the entry may have been made.
    pub async fn put(self, name: &str, labels: &BTreeMap<String, String>) -> Result<Volume, EngineError> {
        for _ in 0..ROUNDS {
            let answer = self.engine.create_volume(name, &labels.clone().into()).await?;
            if !answer.labels.is_empty() || labels.is_empty() {
                return Ok(answer);
            }
            match self.entry(name).await {
                Ok(Some(entry)) => return Ok(entry),
                // Its owner has removed it meanwhile.
                Ok(None) => {}
                // The entry may be this caller's.
                Err(EngineError::Unreachable(fault)) => return Err(EngineError::ResponseLost(fault)),
                Err(error) => return Err(error),
            }
        }
        Err(EngineError::Refused(EngineFault::VolumeUnstable(name.to_owned())))
    }

    /// Removes an entry; one that does not exist is left alone.
    ///
    /// # Errors
    /// As the engine answers.
    pub async fn remove(self, name: &str) -> Result<(), EngineError> {
        self.engine.remove_volume(name).await
    }

    /// The recorded revisions of an environment (a `GET`).
    ///
    /// # Errors
    /// As the engine answers.
    pub async fn revisions(self, environment: &str) -> Result<Records, EngineError> {
        let mut found = Records::default();
        for Volume { name, labels, created } in self.entries(&revision::labels_of(environment)).await? {
            match Record::from_labels(&labels, created).and_then(|record| record.named(&name)) {
                Some(record) => found.records.push(record),
                None => found.left_aside.push(name),
            }
        }
        found.records.sort_by_key(|record| record.number);
        // A number far beyond those before it would leave none for revisions to come.
        let mut last = 0;
        let is_absurd = |record: &mut Record| {
            let is_absurd = record.number.saturating_sub(last) > revision::LARGEST_STEP;
            last = if is_absurd { last } else { record.number };
            is_absurd
        };
        let absurd: Vec<Record> = found.records.extract_if(.., is_absurd).collect();
        found.left_aside.extend(absurd.iter().map(Record::volume));
        found.left_aside.sort_unstable();
        Ok(found)
    }

    /// What is kept of an environment's runs, each under its own name (a `GET`). What bears their labels and is no such part
    /// is left out: somebody else or a later release made it.
    ///
    /// # Errors
    /// As the engine answers.
    pub async fn runs(self, environment: &str) -> Result<Vec<RunPart>, EngineError> {
        let entries = self.entries(&record::labels_of(environment)).await?.into_iter();
        let parts = entries.filter_map(|Volume { name, labels, created }| {
            RunPart::from_labels(&labels, created).filter(|part| part.volume() == name)
        });
        Ok(parts.collect())
    }

    /// The anonymous volumes that an environment's containers have left behind (a `GET`).
    ///
    /// # Errors
    /// As the engine answers.
    pub async fn left_behind(self, environment: &str) -> Result<Vec<LeftBehind>, EngineError> {
        let entries = self.entries(&left_behind::labels_of(environment)).await?;
        let records = entries.iter().filter_map(|one| LeftBehind::from_labels(&one.name, &one.labels));
        Ok(records.filter(|left| left.environment == environment).collect())
    }

    /// What is kept for copied files of an environment (a `GET`).
    ///
    /// # Errors
    /// As the engine answers.
    pub async fn files(self, environment: &str) -> Result<KeptFiles, EngineError> {
        let mut files = KeptFiles::default();
        for entry in self.entries(&kept_files::labels_of(environment)).await? {
            files.add(&entry.name, &entry.labels);
        }
        Ok(files)
    }

    /// The instances of an environment that were stopped on purpose (a `GET`).
    ///
    /// # Errors
    /// As the engine answers.
    pub async fn stopped(self, environment: &str) -> Result<StoppedOnPurpose, EngineError> {
        let mut stopped = StoppedOnPurpose::default();
        for entry in self.entries(&stopped::labels_of(environment)).await? {
            stopped.add(environment, &entry.name, &entry.labels);
        }
        Ok(stopped)
    }

    /// Asks for the recorded revisions, as part of what is known of a ship.
    pub async fn observe_revisions(self, environment: &str, state: &mut ShipState) {
        let ShipState::Answering(holdings) = state else { return };
        match self.revisions(environment).await {
            Ok(Records { records, left_aside }) => {
                holdings.revisions = Some(records);
                holdings.left_aside = left_aside;
            }
            Err(error) => *state = unknown(error),
        }
    }

    /// Asks for what is kept for copied files, as part of what is known of a ship, after its containers were described.
    pub async fn observe_files(self, environment: &str, state: &mut ShipState) {
        let ShipState::Answering(holdings) = state else { return };
        match self.files(environment).await {
            Ok(files) => holdings.keep_files(files),
            Err(error) => *state = unknown(error),
        }
    }

    /// Asks for the volumes that were left behind, as part of what is known of a ship.
    pub async fn observe_left_behind(self, environment: &str, state: &mut ShipState) {
        let ShipState::Answering(holdings) = state else { return };
        match self.left_behind(environment).await {
            Ok(left) => holdings.left_behind = left,
            Err(error) => *state = unknown(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_engine::Volumes as _;
    use maestro_fake::Fake;

    fn labelled(by: &str) -> BTreeMap<String, String> {
        [("by".to_owned(), by.to_owned())].into()
    }

    #[tokio::test]
    async fn the_maker_is_known_after_a_restart_of_the_engine() {
        let fake = Fake::new("one");
        let store = LabelStore::on(&fake);
        store.put("v", &labelled("ann")).await.unwrap();
        fake.reboot();
        assert!(fake.create_volume("v", &labelled("eve").into()).await.unwrap().labels.is_empty());
        for by in ["ann", "eve"] {
            assert_eq!(store.put("v", &labelled(by)).await.unwrap().labels, labelled("ann"));
        }
    }

    #[tokio::test]
    async fn an_entry_without_labels_is_told_without() {
        let fake = Fake::new("one");
        fake.create_volume("v", &BTreeMap::new().into()).await.unwrap();
        assert!(LabelStore::on(&fake).put("v", &labelled("ann")).await.unwrap().labels.is_empty());
    }
}
