//! The images of the engine in memory, and those that its registry has.

use super::{
    Fake,
    state::{Inside, PLATFORM},
};
use maestro_core::{
    model::{
        container::tagged_image,
        registry::{self, PullFault, repository_of},
    },
    observed::description::ImageDefaults,
};
use maestro_engine::{
    EngineError,
    pull::{PullError, Pulled, Pushed, RemoteImage},
};

/// What each image takes of the disk.
pub(super) const IMAGE_SIZE: u64 = 5 << 20;

impl Fake {
    /// Puts an image on the engine.
    pub fn add_image(&self, image: &str) {
        let mut inside = self.inside();
        let id = inside.new_id();
        inside.images.insert(id.clone(), id.clone());
        inside.images.insert(tagged_image(image), id);
    }

    /// Takes an image off the engine, by its reference or id, with all its names; containers that were made from it stay.
    pub fn lose_image(&self, image: &str) {
        let mut inside = self.inside();
        let id = inside.images.get(&tagged_image(image)).or_else(|| inside.images.get(image)).cloned();
        inside.images.retain(|_, of| Some(&*of) != id.as_ref());
    }

    /// Lets an image be pulled; each time it is another one by the same name.
    pub fn allow_pull(&self, image: &str) {
        let mut inside = self.inside();
        let id = inside.new_id();
        let image = tagged_image(image);
        let by_digest = format!("{}@{}", repository_of(&image), inside.digest_of(&image, &id));
        inside.pullable.insert(by_digest, id.clone());
        inside.pullable.insert(image, id);
    }

    /// Says what an image is built for: that on the engine, and that which can be pulled.
    pub fn built_for(&self, image: &str, platforms: &[&str]) {
        let mut inside = self.inside();
        let image = tagged_image(image);
        let ids = [inside.images.get(&image).cloned(), inside.pullable.get(&image).cloned()];
        let platforms: Vec<String> = platforms.iter().map(|platform| (*platform).to_owned()).collect();
        inside.platforms.extend(ids.into_iter().flatten().map(|id| (id, platforms.clone())));
    }

    /// Lets an image add that to its containers from now on.
    pub fn image_adds(&self, image: &str, defaults: ImageDefaults) {
        let mut inside = self.inside();
        if let Some(id) = inside.images.get(&tagged_image(image)).cloned() {
            inside.defaults.insert(id, defaults);
        }
    }

    /// Says by which digest a registry knows an image that is on the engine, and lets it be pulled by that.
    pub fn publish(&self, image: &str, digest: &str) {
        let mut inside = self.inside();
        if let Some(id) = inside.images.get(&tagged_image(image)).cloned() {
            inside.images.insert(digest.to_owned(), id.clone());
            inside.pullable.insert(digest.to_owned(), id);
        }
    }
}

impl Inside {
    /// What the registry says of an image.
    pub(super) fn offered(&self, image: &str) -> Result<RemoteImage, PullError> {
        let refused = |fault, words: &str| Err(PullError::Registry { fault, words: words.into() });
        match self.pull_faults.front() {
            Some((fault, words)) => refused(*fault, words),
            None => match self.pullable.get(image) {
                Some(id) => Ok(RemoteImage {
                    digest: self.digest_of(image, id),
                    platforms: self.platforms.get(id).cloned().unwrap_or_else(|| vec![PLATFORM.to_owned()]),
                }),
                None => refused(registry::PullFault::NoSuchImage, "manifest unknown"),
            },
        }
    }

    /// The digest by which the registry knows an image: one that was published, or one of its own.
    pub(super) fn digest_of(&self, image: &str, id: &str) -> String {
        let repository = repository_of(image);
        let of_image = |(name, of): (&String, &String)| {
            let (known, digest) = name.split_once('@')?;
            (of == id && repository_of(known) == repository).then(|| digest.to_owned())
        };
        self.pullable.iter().find_map(of_image).unwrap_or_else(|| format!("sha256:{id}"))
    }

    /// An image comes from the registry, and what it is by its content with it.
    pub(super) fn pulled(&mut self, image: &str, id: &str) -> Pulled {
        let digest = self.digest_of(image, id);
        let name = format!("{}@{digest}", repository_of(image));
        self.images.insert(id.to_owned(), id.to_owned());
        self.images.insert(name, id.to_owned());
        let before =
            if image.contains('@') { None } else { self.images.insert(image.to_owned(), id.to_owned()) };
        Pulled { digest: Some(digest), was_there: before.is_some_and(|before| before == id) }
    }

    /// The registry has an image of the engine from now on, and the engine knows its digest.
    pub(super) fn push(&mut self, image: &str) -> Result<Pushed, PullError> {
        let refused = |fault, words: &str| Err(PullError::Registry { fault, words: words.into() });
        if let Some((fault, words)) = self.pull_faults.pop_front() {
            return refused(fault, &words);
        }
        let Some(id) = self.images.get(image).cloned() else {
            return refused(
                PullFault::Other,
                &format!("An image does not exist locally with the tag: {image}"),
            );
        };
        let digest = self.digest_of(image, &id);
        let name = format!("{}@{digest}", repository_of(image));
        self.pullable.insert(image.to_owned(), id.clone());
        self.pullable.insert(name.clone(), id.clone());
        self.images.insert(name, id);
        Ok(Pushed { digest: Some(digest) })
    }

    /// Removes a name of an image, or an image by its id: with its last tag, an image goes.
    pub(super) fn remove_image(&mut self, image: &str) -> Result<(), EngineError> {
        let name = tagged_image(image);
        let Some(id) = self.images.get(image).or_else(|| self.images.get(&name)).cloned() else {
            return Ok(());
        };
        let is_tag = |name: &String| *name != id && !name.contains('@');
        let tags: Vec<String> = self
            .images
            .iter()
            .filter(|(name, of)| **of == id && is_tag(name))
            .map(|(name, _)| name.clone())
            .collect();
        let is_last = tags.iter().all(|tag| *tag == name);
        if image != id && !is_last {
            self.images.remove(&name);
            return Ok(());
        }
        if tags.len() > 1 {
            let words = format!(
                "conflict: unable to delete {id} (must be forced) - image is referenced in multiple repositories"
            );
            return Err(EngineError::Conflict(words.into()));
        }
        if let Some(user) = self.containers.values().find(|kept| kept.shown.image_id == id) {
            let words =
                format!("conflict: unable to remove {image}: container {} is using it", user.shown.id);
            return Err(EngineError::Conflict(words.into()));
        }
        self.images.retain(|_, of| *of != id);
        Ok(())
    }

    /// What all images take, each as much.
    pub(super) fn image_bytes(&self) -> u64 {
        let ids: std::collections::BTreeSet<&String> = self.images.values().collect();
        ids.len() as u64 * IMAGE_SIZE
    }
}

impl Inside {
    /// The id of an image by a reference, with its tag or without, or by the id itself.
    pub(super) fn image_id(&self, image: &str) -> Option<String> {
        let named = self.images.get(&tagged_image(image)).or_else(|| self.images.get(image));
        named.or_else(|| self.images.values().find(|id| *id == image)).cloned()
    }
}
