//! Images, as an engine tells of them and pulls them.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{
    EngineError,
    pull::{PullError, Pulled, Pushed, RemoteImage},
};
use maestro_core::{
    model::registry::RegistryLogin,
    observed::{description::ImageDefaults, pull::PullAmount},
};

/// The images of an engine, and the registries that it pulls from.
#[async_trait]
pub trait Images: Send + Sync {
    /// The ids of all images, by reference (`name:tag` and `name@digest`) (a `GET`).
    async fn images(&self) -> Result<BTreeMap<String, String>, EngineError>;

    /// What an image adds to every container by itself; none if there is no such image (a `GET`).
    async fn image_defaults(&self, image_id: &str) -> Result<Option<ImageDefaults>, EngineError>;

    /// Sends an image to its registry, as that user of it. As with a pull, its timeout runs anew with every sign of progress.
    /// What the registry has already is not sent.
    async fn push(
        &self,
        image: &str,
        login: Option<&RegistryLogin>,
        progress: &mut (dyn FnMut(PullAmount) + Send),
    ) -> Result<Pushed, PullError>;

    /// Removes a name of an image, or by its id an image without names, and what only it needed. One that a container has
    /// is a conflict; what is not there is no error.
    async fn remove_image(&self, image: &str) -> Result<(), EngineError>;

    /// How many bytes the layers of all images take, each counted once (a `GET`). An engine may look at all of its disk
    /// for that.
    async fn image_bytes(&self) -> Result<u64, EngineError>;

    /// Asks the image's registry, as that user of it, what image it would give; nothing is fetched (a `GET`).
    async fn remote_image(
        &self,
        image: &str,
        login: Option<&RegistryLogin>,
    ) -> Result<RemoteImage, PullError>;

    /// Fetches an image, for that platform (`linux/arm64`) or else the engine's own, as that user of its registry. Its
    /// timeout runs anew with every sign of progress, which is told. An engine ends what its client gave up.
    async fn pull(
        &self,
        image: &str,
        platform: Option<&str>,
        login: Option<&RegistryLogin>,
        progress: &mut (dyn FnMut(PullAmount) + Send),
    ) -> Result<Pulled, PullError>;
}
