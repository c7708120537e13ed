//! How a list of containers that is late shows a container which has ended.

use tokio::time::Instant;

use maestro_core::observed::ContainerState;

/// What a container was before it ended.
#[derive(Debug, Clone)]
pub(super) struct Before {
    pub(super) until: Instant,
    pub(super) state: ContainerState,
    pub(super) status: String,
}

impl Before {
    /// What the list still shows, if it is late.
    pub(super) fn shown(&self) -> Option<(ContainerState, String)> {
        (Instant::now() < self.until).then(|| (self.state.clone(), self.status.clone()))
    }
}
