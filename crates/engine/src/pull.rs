//! What a fetch of an image says: how far it is, what came of it, or what went wrong.

use super::EngineError;
use maestro_core::model::registry::Fault;

/// An image that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pulled {
    /// What it is by its content: `sha256:…`, where the engine tells it.
    pub digest: Option<String>,
    /// Whether the engine had the very same already, where it tells that.
    pub was_there: bool,
}

/// Why an image was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    /// Something between us and the engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Something between the engine and the registry, in the engine's own words: untrusted.
    #[error("{words}")]
    Registry {
        /// What kind of thing.
        fault: Fault,
        /// The engine's words.
        words: String,
    },
}
