//! Whether a run may still change an engine.

use async_trait::async_trait;

use maestro_core::model::ShipId;
use maestro_engine::EngineError;

/// Tells whether this run may change an engine.
#[async_trait]
pub trait Guard: Send + Sync {
    /// Whether this run still holds the lease on the engine of that ship.
    async fn holds(&self, ship: ShipId) -> Result<bool, EngineError>;

    /// Whether the engine of that ship may still be creating containers that a killed run has asked for.
    fn follows_a_killed_run(&self, ship: ShipId) -> bool;
}
