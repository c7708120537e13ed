//! What an engine keeps for copied files: the volumes that hold them, and records of reloads. Labels of a container
//! cannot change, so a volume without content records what a container has since its files were copied again.

use std::collections::BTreeMap;

use super::mounts::is_made_up;
use crate::model::{
    container::{LABEL_CONFIG, LABEL_CONFIG_OWN, LABEL_ENVIRONMENT, LABEL_INSTANCE, volume_name},
    file_label::{LABEL_FILES, label},
    shared::SharedSpec,
    swarm::is_stored_name,
};

/// Label with the id of the container that was reloaded.
const LABEL_CONTAINER: &str = "maestro.reloaded";
/// Label with the number of the reload.
const LABEL_NUMBER: &str = "maestro.reloaded.number";
/// Labels of a container that a reload replaces.
const REPLACED: [&str; 3] = [LABEL_CONFIG, LABEL_CONFIG_OWN, LABEL_FILES];
/// Value of [`LABEL_FILES`] on a volume that holds copied files.
const HOLDS_FILES: &str = "volume";
/// Its value on a config or secret of a Swarm.
const STORED: &str = "stored";

/// The volumes that an engine keeps for copied files of an environment. Read from labels, all of it is untrusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptFiles {
    /// Records of reloads.
    pub records: Vec<ReloadRecord>,
    /// Names of anonymous volumes that hold copied files; on a Swarm, of configs and secrets.
    pub volumes: Vec<String>,
}

/// What a container has since a reload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReloadRecord {
    /// The environment.
    pub environment: String,
    /// The instance.
    pub instance: String,
    /// The id of the container.
    pub container: String,
    /// Counts the reloads of the container.
    pub number: u64,
    /// The labels that a container with these files would have.
    pub labels: BTreeMap<String, String>,
}

/// The labels by which an environment's volumes of copied files, and its records, are found.
#[must_use]
pub fn labels_of(environment: &str) -> BTreeMap<String, String> {
    [(LABEL_ENVIRONMENT, environment), (LABEL_FILES, "")].map(text).into()
}

/// The labels of an anonymous volume that holds copied files.
#[must_use]
pub fn volume_labels(environment: &str, instance: &str) -> BTreeMap<String, String> {
    [(LABEL_ENVIRONMENT, environment), (LABEL_INSTANCE, instance), (LABEL_FILES, HOLDS_FILES)]
        .map(text)
        .into()
}

/// The labels of a config or secret of a Swarm.
#[must_use]
pub fn stored_labels(environment: &str) -> BTreeMap<String, String> {
    [(LABEL_ENVIRONMENT, environment), (LABEL_FILES, STORED)].map(text).into()
}

fn text((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

impl ReloadRecord {
    /// The record of a container that gets the files of a specification.
    #[must_use]
    pub fn new(spec: &SharedSpec, container: &str, number: u64) -> Self {
        let files = label(spec.hash(), &spec.files).unwrap_or_default();
        let values = [spec.hash().to_owned(), spec.hash_without_peers().to_owned(), files];
        Self {
            environment: spec.owner.environment.clone(),
            instance: spec.name.clone(),
            container: container.to_owned(),
            number,
            labels: REPLACED.map(str::to_owned).into_iter().zip(values).collect(),
        }
    }

    /// The name of the volume that records it.
    #[must_use]
    pub fn volume(&self) -> String {
        let config = self.labels.get(LABEL_CONFIG).map(String::as_str).unwrap_or_default();
        let name = volume_name("reloaded", &self.environment);
        format!("{name}-{}-{}-{config}", self.container, self.number)
    }

    /// The labels of that volume.
    #[must_use]
    pub fn volume_labels(&self) -> BTreeMap<String, String> {
        let number = self.number.to_string();
        let own = [
            (LABEL_ENVIRONMENT, self.environment.as_str()),
            (LABEL_INSTANCE, self.instance.as_str()),
            (LABEL_CONTAINER, self.container.as_str()),
            (LABEL_NUMBER, number.as_str()),
        ];
        own.map(text).into_iter().chain(self.labels.clone()).collect()
    }

    /// What a volume of that name with these labels records; none if it is no such record.
    fn from_labels(name: &str, labels: &BTreeMap<String, String>) -> Option<Self> {
        let has = |name: &str| Some((name.to_owned(), labels.get(name)?.clone()));
        let found = Self {
            environment: labels.get(LABEL_ENVIRONMENT)?.clone(),
            instance: labels.get(LABEL_INSTANCE)?.clone(),
            container: labels.get(LABEL_CONTAINER)?.clone(),
            number: labels.get(LABEL_NUMBER)?.parse().ok()?,
            labels: REPLACED.into_iter().map(has).collect::<Option<_>>()?,
        };
        (found.volume() == name).then_some(found)
    }
}

impl KeptFiles {
    /// Takes in a volume that an engine has.
    pub fn add(&mut self, name: &str, labels: &BTreeMap<String, String>) {
        if let Some(record) = ReloadRecord::from_labels(name, labels) {
            self.records.push(record);
            return;
        }
        let is_ours = match labels.get(LABEL_FILES).map(String::as_str) {
            Some(HOLDS_FILES) => is_made_up(name),
            Some(STORED) => is_stored_name(name),
            Some(_) | None => false,
        };
        if is_ours {
            self.volumes.push(name.to_owned());
        }
    }

    /// The records of a container.
    pub fn records_of(&self, container: &str) -> impl Iterator<Item = &ReloadRecord> {
        self.records.iter().filter(move |record| record.container == container)
    }

    /// The number of a container's next reload.
    #[must_use]
    pub fn next_number(&self, container: &str) -> u64 {
        self.records_of(container).map(|record| record.number).max().unwrap_or_default().saturating_add(1)
    }

    /// Gives the labels of a container the values that they have since its last reload.
    pub fn bring_up_to_date(&self, container: &str, labels: &mut BTreeMap<String, String>) {
        let last = self.records_of(container).max_by_key(|record| record.number);
        if let Some(last) = last.filter(|last| labels.get(LABEL_ENVIRONMENT) == Some(&last.environment)) {
            labels.extend(last.labels.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::container::{ContainerOwner, ContainerSpec, Network};
    use crate::model::{
        carried::{FileAccess, FileSpec},
        file_label::labelled,
    };

    fn spec(digest: &str) -> SharedSpec {
        let owner = ContainerOwner { environment: "a b".into(), service: "web".into() };
        let network = Network::Environment { name: "maestro-shop".into(), links: Vec::new() };
        let mut spec = ContainerSpec::new("web-1", "web:1", network, owner);
        let access = FileAccess { uid: 0, gid: 0, mode: 0o444 };
        let file = FileSpec { digest: Some(digest.to_owned()), access, own_volume: false };
        spec.files = [("/etc/a".to_owned(), file)].into();
        spec.into()
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let record = ReloadRecord::new(&spec("1"), "0123", 7);
        let (name, labels) = (record.volume(), record.volume_labels());
        let mut kept = KeptFiles::default();
        kept.add(&name, &labels);
        kept.add("other", &labels);
        assert_eq!(kept.records, [record]);
        assert_eq!((kept.next_number("0123"), kept.next_number("4567")), (8, 1));
    }

    #[test]
    fn the_last_record_says_what_a_container_has() {
        let mut kept = KeptFiles::default();
        for (digest, number) in [("3", 2), ("2", 1)] {
            kept.records.push(ReloadRecord::new(&spec(digest), "0123", number));
        }
        let mut labels = spec("1").all_labels();
        labels.insert(LABEL_ENVIRONMENT.to_owned(), "a b".to_owned());
        let untouched = labels.clone();
        kept.bring_up_to_date("4567", &mut labels);
        assert_eq!(labels, untouched);
        kept.bring_up_to_date("0123", &mut labels);
        assert_eq!(labelled(&labels), spec("3").files);
        assert_eq!(labels[LABEL_CONFIG], spec("3").hash());
        // What is of another environment says nothing.
        let mut others = untouched.clone();
        others.insert(LABEL_ENVIRONMENT.to_owned(), "c".to_owned());
        let before = others.clone();
        kept.bring_up_to_date("0123", &mut others);
        assert_eq!(others, before);
    }

    #[test]
    fn only_a_volume_with_a_made_up_name_holds_files() {
        let labels = volume_labels("a b", "web-1");
        let mut kept = KeptFiles::default();
        kept.add("data", &labels);
        let name = "0123456789abcdef".repeat(4);
        kept.add(&name, &labels);
        assert_eq!((kept.volumes, kept.records.len()), (vec![name], 0));
    }
}
