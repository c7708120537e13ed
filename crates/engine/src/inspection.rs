//! What an engine tells for people alone: no plan depends on it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use jiff::Timestamp;

use super::EngineError;
pub use maestro_core::observed::usage::Counted;

/// Everything that happens on an engine, as it comes. An error is the last item.
pub type Happenings = BoxStream<'static, Result<Happening, EngineError>>;

/// What an engine tells for people.
#[async_trait]
pub trait Inspection: Send + Sync {
    /// What a container has used up to now, without waiting for a second count (a `GET`). None if it does not exist or
    /// does not run.
    async fn usage(&self, container: &str) -> Result<Option<Counted>, EngineError>;

    /// The processes of a container (a `GET`). One that does not run is a conflict.
    async fn processes(&self, container: &str) -> Result<Processes, EngineError>;

    /// All that the engine says of a container, in its own words; none if it does not exist (a `GET`). Untrusted.
    async fn document(&self, container: &str) -> Result<Option<serde_json::Value>, EngineError>;

    /// An image by its id or a reference; none if the engine does not have it (a `GET`).
    async fn image(&self, image: &str) -> Result<Option<ImageFacts>, EngineError>;

    /// What happens to containers, networks and volumes, and what happened as far as the engine remembers (a `GET`).
    async fn happenings(&self, window: Window) -> Result<Happenings, EngineError>;
}

/// When what happened is of interest, by the engine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// From this moment on; none means from now on.
    pub since: Option<Timestamp>,
    /// The stream ends there; none means never.
    pub until: Option<Timestamp>,
}

/// The processes of a container as the engine's `ps` tells them. Untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Processes {
    /// The names of the columns.
    pub titles: Vec<String>,
    /// A row for each process.
    pub rows: Vec<Vec<String>>,
}

/// What an engine tells of an image.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageFacts {
    /// Its id: a digest of its configuration.
    pub id: String,
    /// The digests that registries know it under: `name@sha256:…`.
    pub digests: Vec<String>,
    /// Whether its id is a digest that a registry would know it under, as in containerd's store, which tells no digests of
    /// an image whose names have gone to others.
    pub id_is_digest: bool,
    /// What it is built for (`linux/amd64`); empty if it does not say.
    pub platform: String,
    /// When it was built; none if it does not say.
    pub created: Option<Timestamp>,
    /// When the engine last gave it a name; none if it never did. An engine that keeps images itself does not count a pull.
    pub tagged: Option<Timestamp>,
    /// How many bytes it takes on the ship.
    pub size: u64,
}

/// Something that happened on an engine. Untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Happening {
    /// When, by the engine's clock.
    pub time: Timestamp,
    /// What it happened to: `container`, `network`, `volume`.
    pub kind: String,
    /// What happened: `start`, `connect`, `exec_create: sh`.
    pub action: String,
    /// The id of what it happened to; a volume's is its name.
    pub id: String,
    /// What the engine says of it: its name, its labels, exit code and so on.
    pub attributes: BTreeMap<String, String>,
}
