//! What a fetch of an image says: how far it is, what came of it, or what went wrong.

use super::EngineError;
use maestro_core::{fault::EngineFault, model::registry::PullFault};

/// An image that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pulled {
    /// What it is by its content: `sha256:…`, where the engine tells it.
    pub digest: Option<String>,
    /// Whether the engine had the very same already, where it tells that.
    pub was_there: bool,
}

/// Why an image was not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullError {
    /// Something between us and the engine.
    Engine(EngineError),
    /// Something between the engine and the registry.
    Registry {
        /// What kind of thing.
        fault: PullFault,
        /// What the engine said.
        words: EngineFault,
    },
}

impl From<EngineError> for PullError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}
