//! A volume that is being restored, or whose restore was interrupted. Labels of a volume cannot change, so a volume without
//! content records it until all of the backup has been written.

use std::collections::BTreeMap;

use crate::{
    model::container::{LABEL_ENVIRONMENT, volume_name},
    value::sha256,
};

/// Label with the name of the volume that is not whole.
const LABEL_VOLUME: &str = "maestro.restoring";

/// The record that a volume is not whole. Read from labels, all of it is untrusted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RestoreMark {
    /// The environment whose run restores it.
    pub environment: String,
    /// The volume's name.
    pub volume: String,
}

impl RestoreMark {
    /// The name of the volume that records it.
    #[must_use]
    pub fn record(&self) -> String {
        let name = volume_name("restoring", &self.environment);
        format!("{name}-{}", sha256::digits(self.volume.as_bytes(), 12))
    }

    /// The labels of that volume.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<String, String> {
        let labels = [(LABEL_ENVIRONMENT, &self.environment), (LABEL_VOLUME, &self.volume)];
        labels.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// What a volume of that name with these labels records; none if it is no such record.
    #[must_use]
    pub fn from_labels(name: &str, labels: &BTreeMap<String, String>) -> Option<Self> {
        let label = |name: &str| labels.get(name).cloned();
        let found = Self { environment: label(LABEL_ENVIRONMENT)?, volume: label(LABEL_VOLUME)? };
        (found.record() == name).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let mark = RestoreMark { environment: "a b".to_owned(), volume: "shop_data".to_owned() };
        assert_eq!(RestoreMark::from_labels(&mark.record(), &mark.labels()), Some(mark.clone()));
        assert_eq!(RestoreMark::from_labels("other", &mark.labels()), None);
        let other = RestoreMark { volume: "shop_cache".to_owned(), ..mark.clone() };
        assert_ne!(other.record(), mark.record());
    }
}
