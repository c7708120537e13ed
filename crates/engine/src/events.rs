//! What happens on an engine: its last events, for what may still be under way after a client was killed, and events as
//! they come.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::EngineError;
pub use maestro_core::observed::event::{ContainerEvent, Happened};

/// Events as they come. An error is the last item.
pub type EventStream = BoxStream<'static, Result<ContainerEvent, EngineError>>;

/// What happened on an engine.
#[async_trait]
pub trait Events: Send + Sync {
    /// What happened to containers in the last `window`, as far as the engine remembers (a `GET`).
    async fn past(&self, window: Duration) -> Result<Past, EngineError>;

    /// What happens to containers from now on (a `GET`). The stream has no end of its own: it ends with an error when
    /// the connection breaks. A connection that is silent may be broken as well.
    async fn follow(&self) -> Result<EventStream, EngineError>;
}

/// What an engine remembers of what happened to containers lately.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Past {
    /// Oldest first.
    pub events: Vec<PastEvent>,
    /// How long ago the oldest moment is since which the engine remembers every event; at most the time that was asked for.
    pub remembers: Duration,
}

/// An event that an engine remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastEvent {
    /// The event.
    pub event: ContainerEvent,
    /// How long ago, by the engine's clock.
    pub ago: Duration,
}
