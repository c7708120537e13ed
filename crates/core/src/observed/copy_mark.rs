//! What `volume move` records of volumes: on the new ship that a copy is not taken yet, on the old ship that the volume is
//! kept. Labels of a volume cannot change, so volumes without content record it.

use std::collections::BTreeMap;

use super::restore_mark::RestoreMark;
use crate::{
    model::container::{LABEL_ENVIRONMENT, volume_name},
    value::sha256,
};

/// Label with the ship that a volume is copied from.
const LABEL_FROM: &str = "maestro.restoring.from";
/// Label with the name of a volume whose instance has moved.
const LABEL_VOLUME: &str = "maestro.moved";
/// Label with the ship that the instance has moved to.
const LABEL_TO: &str = "maestro.moved.to";

/// The record that a volume is a copy which no instance has taken yet. To whoever knows restores alone, it is a restore that
/// was not completed. Read from labels, all of it is untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyMark {
    /// The volume, as one that is not whole.
    pub mark: RestoreMark,
    /// The ship that it is copied from.
    pub from: String,
}

impl CopyMark {
    /// The labels of the volume that records it.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.mark.labels();
        labels.insert(LABEL_FROM.to_owned(), self.from.clone());
        labels
    }

    /// What a volume of that name with these labels records; none if it is no such record.
    #[must_use]
    pub fn from_labels(name: &str, labels: &BTreeMap<String, String>) -> Option<Self> {
        let from = labels.get(LABEL_FROM)?.clone();
        Some(Self { mark: RestoreMark::from_labels(name, labels)?, from })
    }

    /// The record of a volume among all volumes of a ship, with their labels.
    #[must_use]
    pub fn among(
        volumes: &BTreeMap<String, BTreeMap<String, String>>,
        environment: &str,
        volume: &str,
    ) -> Option<Self> {
        let mark = RestoreMark { environment: environment.to_owned(), volume: volume.to_owned() };
        let record = mark.record();
        Self::from_labels(&record, volumes.get(&record)?).filter(|found| found.mark == mark)
    }
}

/// The record that an instance has moved away and its volume is kept. Read from labels, all of it is untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptVolume {
    /// The environment.
    pub environment: String,
    /// The volume's name.
    pub volume: String,
    /// The ship that has the copy.
    pub to: String,
}

impl KeptVolume {
    /// The name of the volume that records it of a volume.
    #[must_use]
    pub fn record_of(environment: &str, volume: &str) -> String {
        format!("{}-{}", volume_name("moved", environment), sha256::digits(volume.as_bytes(), 12))
    }

    /// The name of the volume that records it.
    #[must_use]
    pub fn record(&self) -> String {
        Self::record_of(&self.environment, &self.volume)
    }

    /// The labels of that volume.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<String, String> {
        let labels =
            [(LABEL_ENVIRONMENT, &self.environment), (LABEL_VOLUME, &self.volume), (LABEL_TO, &self.to)];
        labels.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// The record of a volume among all volumes of a ship, with their labels.
    #[must_use]
    pub fn among(
        volumes: &BTreeMap<String, BTreeMap<String, String>>,
        environment: &str,
        volume: &str,
    ) -> Option<Self> {
        let labels = volumes.get(&Self::record_of(environment, volume))?;
        let label = |name: &str| labels.get(name).cloned();
        let found = Self {
            environment: label(LABEL_ENVIRONMENT)?,
            volume: label(LABEL_VOLUME)?,
            to: label(LABEL_TO)?,
        };
        (found.environment == environment && found.volume == volume).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_were_written() {
        let mark = RestoreMark { environment: "shop".to_owned(), volume: "shop_data".to_owned() };
        let copy = CopyMark { mark: mark.clone(), from: "alpha".to_owned() };
        let there = BTreeMap::from([(mark.record(), copy.labels())]);
        assert_eq!(CopyMark::among(&there, "shop", "shop_data"), Some(copy.clone()));
        // It also is a restore that was not completed.
        assert_eq!(RestoreMark::from_labels(&mark.record(), &copy.labels()), Some(mark.clone()));
        assert_eq!(CopyMark::among(&there, "shop", "shop_other"), None);
        let restored = BTreeMap::from([(mark.record(), mark.labels())]);
        assert_eq!(CopyMark::among(&restored, "shop", "shop_data"), None);
        let kept = KeptVolume {
            environment: "shop".to_owned(),
            volume: "shop_data".to_owned(),
            to: "beta".to_owned(),
        };
        let there = BTreeMap::from([(kept.record(), kept.labels())]);
        assert_eq!(KeptVolume::among(&there, "shop", "shop_data"), Some(kept.clone()));
        let moved = BTreeMap::from([(KeptVolume::record_of("shop", "other"), kept.labels())]);
        assert_eq!(KeptVolume::among(&moved, "shop", "other"), None);
    }
}
