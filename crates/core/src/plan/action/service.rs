//! Actions on a service of a Swarm. It is stopped and removed as containers are.

use crate::model::swarm::{ServiceRequest, StoredFile};

/// An action on one service of a Swarm.
#[derive(Debug, Clone, PartialEq)]
pub enum ServiceAction {
    /// Creates a service.
    Create {
        /// Its name.
        name: String,
        /// What it is made of.
        request: Box<ServiceRequest>,
        /// Its configs and secrets, which are stored before.
        files: Vec<StoredFile>,
    },
    /// Makes a service into what the request says. The Swarm replaces its tasks as its update policy says.
    Update {
        /// Its name.
        name: String,
        /// Its observed id.
        id: String,
        /// What it is made of.
        request: Box<ServiceRequest>,
        /// Its configs and secrets, which are stored before.
        files: Vec<StoredFile>,
        /// Whether tasks are replaced that are made of the same.
        force: bool,
    },
}

impl ServiceAction {
    /// The service's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Create { name, .. } | Self::Update { name, .. } => name,
        }
    }
}
