//! Images that registries have now, and what ships would have once they are pulled.

use super::{Holdings, Observed, ShipState};
use crate::model::{ShipId, container::tagged_image, registry::ImageOrigin};

/// An image that a registry has for a tag now, while the tag stands for another on the ship.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FreshImage {
    /// The ship.
    pub ship: ShipId,
    /// The reference, with its tag.
    pub reference: String,
    /// What the registry has: `sha256:…`.
    pub digest: String,
}

impl Holdings {
    /// Whether the tag of a reference stands for what a registry knows by that digest.
    #[must_use]
    pub fn is_fresh(&self, reference: &str, digest: &str) -> bool {
        let known = self.image_id(reference);
        known.is_some() && self.id_by_digest(digest).any(|id| Some(id) == known)
    }

    /// Where the image came from that the engine has by that name; none if it has none.
    #[must_use]
    pub fn origin(&self, reference: &str) -> Option<ImageOrigin> {
        let id = self.image_id(reference)?;
        let names = self.images.iter().flatten().filter(|(_, of)| *of == id).map(|(name, _)| name.as_str());
        Some(ImageOrigin::of_name(id, names.filter(|name| name.contains('@')), reference))
    }

    /// The ids of images that a registry knows by that digest.
    fn id_by_digest(&self, digest: &str) -> impl Iterator<Item = &str> {
        let images = self.images.iter().flatten();
        let of_digest = images.filter(move |(name, _)| name.split('@').nth(1) == Some(digest));
        of_digest.map(|(_, id)| id.as_str())
    }
}

impl Observed {
    /// The same, as if these images had been pulled. One that its ship does not have gets its digest for an id.
    #[must_use]
    pub fn with_fresh(&self, fresh: &[FreshImage]) -> Self {
        let mut observed = self.clone();
        for FreshImage { ship, reference, digest } in fresh {
            let ShipState::Answering(holdings) = &mut observed.ships[ship.0] else { continue };
            let id = holdings.id_by_digest(digest).next().unwrap_or(digest).to_owned();
            if let Some(images) = &mut holdings.images {
                images.insert(tagged_image(reference), id);
            }
        }
        observed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holdings() -> Holdings {
        let images = [("web:1", "1"), ("web@sha256:a", "1"), ("web@sha256:b", "2")];
        let images = images.map(|(name, id)| (name.to_owned(), id.to_owned()));
        Holdings { images: Some(images.into()), ..Holdings::default() }
    }

    #[test]
    fn a_tag_is_fresh_if_it_stands_for_the_digest() {
        for (reference, digest, expected) in [
            ("web:1", "sha256:a", true),
            ("web:1", "sha256:b", false),
            ("web:1", "sha256:c", false),
            ("web:2", "sha256:a", false),
        ] {
            assert_eq!(holdings().is_fresh(reference, digest), expected, "{reference} {digest}");
        }
    }

    #[test]
    fn what_came_from_no_registry_is_local() {
        let mut holdings = holdings();
        let images = holdings.images.as_mut().unwrap();
        let more = [
            ("own:1", "3"),
            ("copy:1", "1"),
            ("odd:1", "sha256:c"),
            ("odd@sha256:c", "sha256:c"),
            ("even:1", "sha256:c"),
        ];
        images.extend(more.map(|(name, id)| (name.to_owned(), id.to_owned())));
        for (reference, expected) in [
            ("web:1", Some(ImageOrigin::Registry)),
            ("own:1", Some(ImageOrigin::Local)),
            ("copy:1", Some(ImageOrigin::Local)),
            ("odd:1", Some(ImageOrigin::Untold)),
            ("even:1", Some(ImageOrigin::Untold)),
            ("none:1", None),
        ] {
            assert_eq!(holdings.origin(reference), expected, "{reference}");
        }
    }

    #[test]
    fn a_fresh_image_takes_the_tag() {
        let observed = Observed {
            ships: vec![ShipState::Answering(holdings()), ShipState::NotAsked],
            recorded: 0,
            ..Observed::default()
        };
        let fresh = |ship, digest: &str| FreshImage {
            ship: ShipId(ship),
            reference: "web:1".to_owned(),
            digest: digest.to_owned(),
        };
        for (digest, id) in [("sha256:b", "2"), ("sha256:c", "sha256:c")] {
            let pulled = observed.with_fresh(&[fresh(0, digest), fresh(1, digest)]);
            assert_eq!(pulled.holdings(ShipId(0)).unwrap().image_id("web:1"), Some(id));
        }
    }
}
