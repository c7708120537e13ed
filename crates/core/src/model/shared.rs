//! A specification that the model, plans and records hold together, with its hash, which is made once.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    ops::{Deref, DerefMut},
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    container::{ContainerSpec, LABEL_CONFIG, LABEL_CONFIG_OWN},
    endpoint_label::{self, LABEL_ENDPOINTS},
    file_label::{self, LABEL_FILES},
};

/// A [`ContainerSpec`] that costs nothing to clone. Whoever changes it gets one of his own.
#[derive(Debug, Clone)]
pub struct SharedSpec(Arc<Hashed>);

#[derive(Debug, Clone)]
struct Hashed {
    spec: ContainerSpec,
    hash: OnceLock<String>,
    without_peers: OnceLock<String>,
}

impl SharedSpec {
    /// [`ContainerSpec::hash`], which is made when it is asked for first.
    #[must_use]
    pub fn hash(&self) -> &str {
        self.0.hash.get_or_init(|| self.0.spec.hash())
    }

    /// [`ContainerSpec::hash_without_peers`], computed once.
    #[must_use]
    pub fn hash_without_peers(&self) -> &str {
        self.0.without_peers.get_or_init(|| self.0.spec.hash_without_peers())
    }

    /// The specification for a comparison with a container that has these labels: a content that was not read counts as
    /// that of the container.
    #[must_use]
    pub fn with_contents_of(&self, labels: &BTreeMap<String, String>) -> Cow<'_, Self> {
        if self.files.values().all(|file| file.digest.is_some()) {
            return Cow::Borrowed(self);
        }
        let has = file_label::labelled(labels);
        let mut filled = self.clone();
        for (target, file) in &mut filled.files {
            let same = || has.get(target).and_then(|has| has.digest.clone());
            file.digest = file.digest.take().or_else(same);
        }
        Cow::Owned(filled)
    }

    /// Holds once what both have alike. What it says stays the same.
    pub fn share_with(&mut self, other: &Self) {
        self.env.share_with(&other.env);
        if self == other {
            *self = other.clone();
        }
    }

    /// All labels of a container that is made from it: those of the file and those that mark it as ours.
    #[must_use]
    pub fn all_labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.named_labels();
        labels.insert(LABEL_CONFIG.into(), self.hash().to_owned());
        labels.insert(LABEL_CONFIG_OWN.into(), self.hash_without_peers().to_owned());
        labels.extend(file_label::label(self.hash(), &self.files).map(|files| (LABEL_FILES.into(), files)));
        let endpoints = endpoint_label::label(self.hash(), &self.attachments);
        labels.extend(endpoints.map(|endpoints| (LABEL_ENDPOINTS.into(), endpoints)));
        labels
    }
}

impl From<ContainerSpec> for SharedSpec {
    fn from(spec: ContainerSpec) -> Self {
        Self(Arc::new(Hashed { spec, hash: OnceLock::new(), without_peers: OnceLock::new() }))
    }
}

impl Deref for SharedSpec {
    type Target = ContainerSpec;

    fn deref(&self) -> &ContainerSpec {
        &self.0.spec
    }
}

impl DerefMut for SharedSpec {
    fn deref_mut(&mut self) -> &mut ContainerSpec {
        let own = Arc::make_mut(&mut self.0);
        own.hash = OnceLock::new();
        own.without_peers = OnceLock::new();
        &mut own.spec
    }
}

impl PartialEq for SharedSpec {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.spec == other.0.spec
    }
}

impl Serialize for SharedSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.spec.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SharedSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ContainerSpec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        carried::{FileAccess, FileSpec},
        container::{ContainerOwner, Network},
    };

    #[test]
    fn a_content_that_was_not_read_is_that_of_the_container() {
        let file = |digest: Option<&str>| {
            let access = FileAccess { uid: 0, gid: 0, mode: 0o444 };
            FileSpec { digest: digest.map(str::to_owned), access, own_volume: false }
        };
        let with = |files: &[(&str, Option<&str>)]| {
            let mut spec = spec();
            spec.files = files.iter().map(|(target, digest)| ((*target).to_owned(), file(*digest))).collect();
            spec
        };
        let labels = with(&[("/a", Some("1")), ("/b", Some("2"))]).all_labels();
        let same = |files: &[(&str, Option<&str>)]| {
            with(files).with_contents_of(&labels).hash() == labels[LABEL_CONFIG]
        };
        assert!(same(&[("/a", None), ("/b", Some("2"))]) && same(&[("/a", None), ("/b", None)]));
        assert!(!same(&[("/a", None), ("/b", Some("3"))]) && !same(&[("/a", None), ("/c", None)]));
    }

    #[test]
    fn what_is_alike_is_held_once() {
        let of = |image: &str| {
            let mut spec = spec();
            spec.image = image.to_owned();
            spec.env = [("PEER".to_owned(), Some("a".to_owned()))].into();
            spec
        };
        let (declared, mut same, mut other) = (of("a"), of("a"), of("b"));
        same.share_with(&declared);
        other.share_with(&declared);
        assert!(Arc::ptr_eq(&same.0, &declared.0) && !Arc::ptr_eq(&other.0, &declared.0));
        assert_eq!(other, of("b"));
    }

    fn spec() -> SharedSpec {
        let owner = ContainerOwner { environment: "shop".into(), service: "web".into() };
        let network = Network::Environment { name: "maestro-shop".into(), links: Vec::new() };
        SharedSpec::from(ContainerSpec::new("web-1", "web:1", network, owner))
    }

    #[test]
    fn who_changes_it_has_one_of_his_own_with_another_hash() {
        let first = spec();
        let before = first.hash().to_owned();
        let mut second = first.clone();
        assert_eq!(first, second);
        second.env.insert("A".into(), None);
        assert_ne!(first, second);
        assert_eq!(first.hash(), before);
        assert_eq!(second.hash(), ContainerSpec::clone(&second).hash());
        assert_ne!(second.hash(), before);
    }
}
