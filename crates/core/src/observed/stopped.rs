//! Instances that were stopped on purpose. Containers do not tell who stopped them, so an engine keeps a volume without
//! content whose label lists them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::container::{LABEL_ENVIRONMENT, volume_name};

/// Label with the names of the instances, as a JSON array.
const LABEL_STOPPED: &str = "maestro.stopped";
/// Bytes that the names may have: some 10,000 of them.
const LARGEST: usize = 1024 * 1024;
/// The longest nonce that is one, in bytes.
const LONGEST_NONCE: usize = 64;

/// What an engine keeps of the instances of an environment that were stopped on purpose. A run that was killed while it
/// replaced an entry leaves two, which count together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoppedOnPurpose {
    /// Their names.
    pub instances: BTreeSet<String>,
    /// The volumes that say so.
    pub volumes: BTreeSet<String>,
}

/// The labels by which the entries of an environment are found.
#[must_use]
pub fn labels_of(environment: &str) -> BTreeMap<String, String> {
    [(LABEL_ENVIRONMENT.to_owned(), environment.to_owned()), (LABEL_STOPPED.to_owned(), String::new())].into()
}

/// The volume that the run of this nonce makes for these instances: its name and its labels.
#[must_use]
pub fn entry(
    environment: &str,
    nonce: &str,
    instances: &BTreeSet<String>,
) -> (String, BTreeMap<String, String>) {
    let mut labels = labels_of(environment);
    labels.insert(LABEL_STOPPED.to_owned(), serde_json::json!(instances).to_string());
    (format!("{}-{nonce}", volume_name("stopped", environment)), labels)
}

impl StoppedOnPurpose {
    /// Takes in a volume; one that is no such entry is left out: somebody else or a later release made it.
    pub fn add(&mut self, environment: &str, name: &str, labels: &BTreeMap<String, String>) {
        let nonce = name.strip_prefix(&volume_name("stopped", environment));
        let is_named = nonce.and_then(|rest| rest.strip_prefix('-')).is_some_and(|nonce| {
            (1..=LONGEST_NONCE).contains(&nonce.len()) && nonce.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        let is_ours = labels.get(LABEL_ENVIRONMENT).is_some_and(|of| of == environment);
        let names = labels.get(LABEL_STOPPED).filter(|names| names.len() <= LARGEST);
        let names = names.and_then(|names| serde_json::from_str::<BTreeSet<String>>(names).ok());
        if let Some(names) = names.filter(|_| is_named && is_ours) {
            self.instances.extend(names);
            self.volumes.insert(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_were_written_and_count_together() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        let mut found = StoppedOnPurpose::default();
        for (nonce, stopped) in [("n1", names(&["a-1", "b-1"])), ("n2", names(&["b-1", "c-1"]))] {
            let (name, labels) = entry("my shop", nonce, &stopped);
            found.add("my shop", &name, &labels);
            // What is another environment's, or named otherwise, is no entry.
            found.add("shop", &name, &labels);
            found.add("my shop", "data", &labels);
            found.add("my shop", &format!("{name}-old"), &labels);
        }
        assert_eq!(found.instances, names(&["a-1", "b-1", "c-1"]));
        assert_eq!(found.volumes.len(), 2);
        let (name, mut labels) = entry("shop", "n1", &names(&["a-1"]));
        labels.insert(LABEL_STOPPED.to_owned(), "a-1".to_owned());
        let mut unread = StoppedOnPurpose::default();
        unread.add("shop", &name, &labels);
        assert_eq!(unread, StoppedOnPurpose::default());
    }
}
