//! An instance that moves to another ship.

use crate::model::{InstanceId, ShipId};

/// An instance that goes from one ship to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The instance.
    pub instance: InstanceId,
    /// The ship that its old container is on.
    pub from: ShipId,
    /// The old container's id.
    pub container: String,
    /// What stays on that ship and may hold data: `volume data (/data)`.
    pub data: Vec<String>,
}
