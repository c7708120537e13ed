//! Images as archives: read from one engine and loaded into another.

use async_trait::async_trait;

use super::{ArchiveBytes, ArchiveInput, EngineError};
use maestro_core::model::registry::ImageOrigin;

/// The images of an engine as archives (`docker save`, `docker load`).
#[async_trait]
pub trait ImageArchives: Send + Sync {
    /// What an image consists of, by its id or a reference; none if the engine does not have it (two `GET`s).
    async fn stored_image(&self, image: &str) -> Result<Option<StoredImage>, EngineError>;

    /// The layers of each image that the engine has, lowest first (a `GET`, and one for each image).
    async fn image_layers(&self) -> Result<Vec<Vec<String>>, EngineError>;

    /// How the engine keeps its images, and for which platform it runs them (a `GET`).
    async fn image_store(&self) -> Result<ImageStore, EngineError>;

    /// Reads an image, by its id, as an archive without names of images (a `GET`). The bytes end early if the engine fails
    /// while it reads: only the archive's own end shows that all of it came. Takes as long as it takes; an engine that
    /// sends nothing for minutes fails.
    async fn save_image(&self, id: &str) -> Result<ArchiveBytes, EngineError>;

    /// Loads the image of an archive: the id that the engine gave it, if it tells one. The engine has loaded nothing if
    /// the archive breaks off. Takes as long as it takes; an engine that takes nothing for minutes fails. Without an
    /// answer, the image may or may not be there.
    async fn load_image(&self, archive: ArchiveInput) -> Result<Option<String>, EngineError>;

    /// Gives an image a reference, which another image loses by it.
    async fn tag_image(&self, id: &str, reference: &str) -> Result<(), EngineError>;
}

/// What an image consists of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredImage {
    /// The engine's id. Classic stores take the digest of its configuration, containerd's that of its manifest.
    pub id: String,
    /// The digests that registries know it under: `name@sha256:…`. With containerd's store each image has one.
    pub digests: Vec<String>,
    /// The digests of its layers without compression, lowest first.
    pub layers: Vec<String>,
    /// The bytes of each layer; none if the engine's history of the image does not tell.
    pub layer_bytes: Option<Vec<u64>>,
    /// Its bytes.
    pub size: u64,
    /// When it was built, in the engine's words.
    pub created: String,
    /// Its platform.
    pub platform: Platform,
}

impl StoredImage {
    /// Where it came from, as far as the engine tells.
    #[must_use]
    pub fn origin(&self) -> ImageOrigin {
        ImageOrigin::of(&self.id, self.digests.iter().map(String::as_str))
    }

    /// Whether two engines have the same image, though they may have other ids for it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
            || self.has_layers()
                && (&self.layers, &self.created, &self.platform)
                    == (&other.layers, &other.created, &other.platform)
    }

    /// Whether it has all that containers are made from: containerd's store lists an image that lacks a layer.
    #[must_use]
    pub fn has_layers(&self) -> bool {
        !self.layers.is_empty()
    }
}

/// An operating system and a processor, in the words of images: `linux`, `amd64`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Platform {
    /// The operating system.
    pub os: String,
    /// The processor's architecture.
    pub architecture: String,
}

impl Platform {
    /// Both in one word: `linux/amd64`; empty if one of them is not known.
    #[must_use]
    pub fn word(&self) -> String {
        let Self { os, architecture } = self;
        if os.is_empty() || architecture.is_empty() { String::new() } else { format!("{os}/{architecture}") }
    }
}

/// How an engine keeps its images.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageStore {
    /// Whether it is containerd's store.
    pub is_containerd: bool,
    /// The platform of the engine.
    pub platform: Platform,
}
