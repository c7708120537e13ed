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

/// An image that was sent to its registry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pushed {
    /// What it is there by its content: `sha256:…`, where the engine tells it.
    pub digest: Option<String>,
}

/// An image as its registry has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteImage {
    /// What it is by its content: `sha256:…`. Of an image for several platforms, that of their list.
    pub digest: String,
    /// The platforms that it is built for (`linux/arm64`); empty where the registry does not tell them.
    pub platforms: Vec<String>,
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
