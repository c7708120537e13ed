//! A container that runs, as commands that look into it know it, or why there is none.

use std::sync::Arc;

use super::error::End;
use maestro_core::model::ShipId;
use maestro_engine::Engine;
use maestro_report::logs::LogName;

/// A container that runs.
pub(super) struct RunningContainer {
    /// What it is to the user.
    pub name: LogName,
    pub ship: ShipId,
    pub engine: Arc<dyn Engine>,
    /// The container's id.
    pub id: String,
    /// Whether it is on its ship's own network.
    pub is_on_host: bool,
    /// Whether it is a task of a service on a Swarm.
    pub is_task: bool,
}

/// Why there is no container that runs, and how a command ends because of that.
pub(super) struct NotRunning {
    pub why: String,
    pub end: End,
}
