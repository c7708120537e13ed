//! An anonymous volume that a removed container has left behind. It bears no label that says whose it was, so a volume
//! without content records it: its labels name the volume, the instance and the path.

use std::collections::BTreeMap;

use super::mounts::is_made_up;
use crate::model::container::{LABEL_ENVIRONMENT, LABEL_INSTANCE, volume_name};

/// Label with the name of the volume that is left.
const LABEL_VOLUME: &str = "maestro.left-behind";
/// Label with the path at which it was mounted.
const LABEL_PATH: &str = "maestro.left-behind.path";

/// An anonymous volume that a container of an environment leaves, or has left. Read from labels, all of it is untrusted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeftBehind {
    /// The volume's name, which an engine made up.
    pub volume: String,
    /// The environment.
    pub environment: String,
    /// The instance.
    pub instance: String,
    /// The path inside the container.
    pub path: String,
}

/// The labels by which an environment's records are found.
#[must_use]
pub fn labels_of(environment: &str) -> BTreeMap<String, String> {
    [(LABEL_ENVIRONMENT.to_owned(), environment.to_owned()), (LABEL_VOLUME.to_owned(), String::new())].into()
}

impl LeftBehind {
    /// The name of the volume that records it.
    #[must_use]
    pub fn record(&self) -> String {
        format!("{}-{}", volume_name("left-behind", &self.environment), self.volume)
    }

    /// The labels of that volume.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<String, String> {
        let labels = [
            (LABEL_ENVIRONMENT, &self.environment),
            (LABEL_INSTANCE, &self.instance),
            (LABEL_VOLUME, &self.volume),
            (LABEL_PATH, &self.path),
        ];
        labels.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// What a volume of that name with these labels records; none if it is no such record.
    #[must_use]
    pub fn from_labels(name: &str, labels: &BTreeMap<String, String>) -> Option<Self> {
        let label = |name: &str| labels.get(name).cloned();
        let found = Self {
            volume: label(LABEL_VOLUME).filter(|volume| is_made_up(volume))?,
            environment: label(LABEL_ENVIRONMENT)?,
            instance: label(LABEL_INSTANCE).unwrap_or_default(),
            path: label(LABEL_PATH).unwrap_or_default(),
        };
        (found.record() == name).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let left = LeftBehind {
            volume: "0123456789abcdef".repeat(4),
            environment: "a b".to_owned(),
            instance: "db-1".to_owned(),
            path: "/data".to_owned(),
        };
        let (name, labels) = (left.record(), left.labels());
        assert_eq!(LeftBehind::from_labels(&name, &labels), Some(left.clone()));
        assert_eq!(LeftBehind::from_labels("other", &labels), None);
        // No record makes anybody remove a volume with a name of its own.
        let named = LeftBehind { volume: "data".to_owned(), ..left };
        assert_eq!(LeftBehind::from_labels(&named.record(), &named.labels()), None);
    }
}
