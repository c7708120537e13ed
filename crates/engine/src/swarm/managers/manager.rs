//! One manager of a Swarm.

use std::sync::Arc;

use crate::{Engine, Services};

/// One manager: its engine, and the same as what tells of services.
pub struct Manager {
    /// Its address.
    pub address: String,
    /// Its engine.
    pub engine: Arc<dyn Engine>,
    /// The same engine.
    pub services: Arc<dyn Services>,
}
