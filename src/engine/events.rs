//! What an engine remembers of its last events: what may still be under way after a client was killed.

use std::time::Duration;

use async_trait::async_trait;

use super::EngineError;

/// What happened on an engine.
#[async_trait]
pub trait Events: Send + Sync {
    /// What happened to containers in the last `window`, as far as the engine remembers (a `GET`).
    async fn past(&self, window: Duration) -> Result<Past, EngineError>;
}

/// What an engine remembers of what happened to containers lately.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Past {
    /// Oldest first.
    pub events: Vec<PastEvent>,
    /// How long ago the oldest moment is since which the engine remembers every event; at most the time that was asked for.
    pub remembers: Duration,
}

/// Something that happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastEvent {
    /// The container's id.
    pub id: String,
    /// Its name at that time. Untrusted.
    pub name: String,
    /// The environment whose label it bears, if it bears one.
    pub environment: Option<String>,
    /// What happened.
    pub what: Happened,
    /// How long ago, by the engine's clock.
    pub ago: Duration,
}

/// What happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It got a signal: the beginning of a stop, or a kill.
    Signalled {
        /// Whether no program can ignore the signal.
        is_kill: bool,
    },
    /// It ended, or was started anew.
    Settled,
}
