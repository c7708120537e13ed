//! Whether a container's labels are its own.
//!
//! `docker commit` copies a container's labels into the image, and every container of an image inherits the image's
//! labels. So labels alone do not show that Maestro made a container. A container is an environment's own only if its
//! labels are more than those of its image. New containers prove this without a question: their label
//! [`LABEL_IMAGE_ID`] is the id of the image that they run. An older container, or one whose label names another image,
//! is compared with the labels of its image.

use std::collections::BTreeMap;

use crate::model::container::{
    LABEL_CONFIG, LABEL_ENVIRONMENT, LABEL_IMAGE_ID, LABEL_INSTANCE, LABEL_SERVICE,
};

/// What all labels of Maestro's begin with.
const PREFIX: &str = "maestro.";
/// The labels that Maestro gives to a container.
const GIVEN: [&str; 5] = [LABEL_ENVIRONMENT, LABEL_SERVICE, LABEL_INSTANCE, LABEL_CONFIG, LABEL_IMAGE_ID];

/// A container that bears an environment's labels without being known as its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookalike {
    /// The container's name.
    pub name: String,
    /// The engine's id of the container.
    pub id: String,
    /// The image reference that it was made from.
    pub image: String,
    /// The instance that its labels name, if they name one.
    pub instance: Option<String>,
    /// Why it is not known as the environment's own.
    pub why: Why,
}

/// Why a container is not known as an environment's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its labels are those of its image.
    Inherited,
    /// Its image is gone or was not told, so its labels cannot be compared.
    ImageUnknown,
}

/// What a container's labels and the id of its image show by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnershipProof {
    /// They do not name the environment.
    Unrelated,
    /// They name the environment and are the container's own.
    Own,
    /// They name the environment; the labels of the image decide.
    AskImage,
}

/// Looks at the labels of a container of that image.
#[must_use]
pub fn proof(labels: &BTreeMap<String, String>, image_id: &str, environment: &str) -> OwnershipProof {
    if labels.get(LABEL_ENVIRONMENT).is_none_or(|of| of != environment) {
        return OwnershipProof::Unrelated;
    }
    let is_proven = !image_id.is_empty() && labels.get(LABEL_IMAGE_ID).is_some_and(|id| id == image_id);
    if is_proven { OwnershipProof::Own } else { OwnershipProof::AskImage }
}

/// Compares a container's labels with those of its image, where they are known. None if they are its own.
#[must_use]
pub fn compared(labels: &BTreeMap<String, String>, image: Option<&BTreeMap<String, String>>) -> Option<Why> {
    let Some(image) = image else { return Some(Why::ImageUnknown) };
    GIVEN.iter().all(|label| labels.get(*label) == image.get(*label)).then_some(Why::Inherited)
}

/// Takes away the labels that would make a container look like an environment's own.
pub fn disown(labels: &mut BTreeMap<String, String>) {
    labels.retain(|name, _| !name.starts_with(PREFIX));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// What a container of `shop` bears; without an image's id it is an older one.
    fn made(image_id: Option<&str>) -> BTreeMap<String, String> {
        let mut labels = labels(&[
            (LABEL_ENVIRONMENT, "shop"),
            (LABEL_SERVICE, "web"),
            (LABEL_INSTANCE, "web-1"),
            (LABEL_CONFIG, "c"),
        ]);
        labels.extend(image_id.map(|id| (LABEL_IMAGE_ID.to_owned(), id.to_owned())));
        labels
    }

    #[test]
    fn the_id_of_its_own_image_proves_it() {
        assert_eq!(proof(&made(Some("sha256:1")), "sha256:1", "shop"), OwnershipProof::Own);
        assert_eq!(proof(&made(Some("sha256:1")), "sha256:1", "other"), OwnershipProof::Unrelated);
        assert_eq!(proof(&labels(&[]), "sha256:1", "shop"), OwnershipProof::Unrelated);
        for (label, image) in [(Some("sha256:1"), "sha256:2"), (None, "sha256:1"), (Some(""), "")] {
            assert_eq!(proof(&made(label), image, "shop"), OwnershipProof::AskImage, "{label:?} {image}");
        }
    }

    #[test]
    fn labels_of_the_image_alone_are_inherited() {
        for id in [None, Some("sha256:1")] {
            let container = made(id);
            assert_eq!(compared(&container, Some(&made(id))), Some(Why::Inherited));
            assert_eq!(compared(&container, Some(&labels(&[("team", "x")]))), None);
            assert_eq!(compared(&container, None), Some(Why::ImageUnknown));
        }
        // An image that somebody labelled by hand.
        let some = labels(&[(LABEL_ENVIRONMENT, "shop"), (LABEL_INSTANCE, "web-1"), ("team", "x")]);
        assert_eq!(compared(&some, Some(&some)), Some(Why::Inherited));
        // An older release made a container from a committed image: its hash is its own.
        let mut own = made(Some("sha256:1"));
        own.insert(LABEL_CONFIG.into(), "d".into());
        assert_eq!(compared(&own, Some(&made(Some("sha256:1")))), None);
    }

    #[test]
    fn a_disowned_container_keeps_what_others_gave_it() {
        let mut container = made(Some("sha256:1"));
        container.insert("team".into(), "x".into());
        disown(&mut container);
        assert_eq!(container, labels(&[("team", "x")]));
    }
}
