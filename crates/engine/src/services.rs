//! What a manager of a Swarm is asked: services, tasks, nodes and configs.

use std::{collections::BTreeMap, fmt, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use serde_json::Value;

use super::{Engine, EngineError, LogLine, LogOptions};
use maestro_core::{
    fault::SwarmFault,
    model::{registry::RegistryLogin, swarm::StoredKind},
    observed::service::{SwarmNode, SwarmService, Task},
};

/// A manager of a Swarm. Every call ends within the ship's timeout, except a log that is followed.
#[async_trait]
pub trait Services: Send + Sync {
    /// The part that the engine plays in a Swarm (a `GET`).
    async fn role(&self) -> Result<SwarmRole, EngineError>;

    /// All services (a `GET`).
    async fn services(&self) -> Result<Vec<SwarmService>, EngineError>;

    /// One service, by name or id; none if it does not exist (a `GET`).
    async fn service(&self, service: &str) -> Result<Option<SwarmService>, EngineError>;

    /// Creates a service, and tells its id. A name that is taken is a conflict. Nodes pull its image with that login.
    async fn create_service(
        &self,
        document: &Value,
        login: Option<&RegistryLogin>,
    ) -> Result<String, EngineError>;

    /// Updates the service of an id, if it still is of that version. Without a login, nodes pull its image with the one that it has.
    async fn update_service(
        &self,
        service: (&str, u64),
        document: &Value,
        login: Option<&RegistryLogin>,
    ) -> Result<(), EngineError>;

    /// Removes a service, whose tasks end after that; one that is not there is left alone.
    async fn remove_service(&self, id: &str) -> Result<(), EngineError>;

    /// The tasks of a service, or of all (a `GET`). Those of services that were removed are told by their service's id
    /// until they have ended.
    async fn tasks(&self, service: Option<&str>) -> Result<Vec<Task>, EngineError>;

    /// The nodes of the Swarm (a `GET`).
    async fn nodes(&self) -> Result<Vec<SwarmNode>, EngineError>;

    /// The networks that the Swarm's nodes share: names and labels by ids (a `GET`).
    async fn swarm_networks(&self) -> Result<BTreeMap<String, SwarmNetwork>, EngineError>;

    /// The configs or secrets that have all of these labels; an empty value stands for any (a `GET`).
    async fn stored(
        &self,
        kind: StoredKind,
        labels: &BTreeMap<String, String>,
    ) -> Result<Vec<SwarmConfig>, EngineError>;

    /// Makes a config or secret. A name that is taken is a conflict: of several callers at once, one makes it. Content has at
    /// least one byte; engines refuse contents of more than 500 KB, later ones configs of more than 1,000 KB.
    async fn store(
        &self,
        kind: StoredKind,
        name: &str,
        labels: &BTreeMap<String, String>,
        content: &[u8],
    ) -> Result<(), EngineError>;

    /// Removes a config or secret; one that is not there is left alone.
    async fn remove_stored(&self, kind: StoredKind, id: &str) -> Result<(), EngineError>;

    /// The engines of the managers whose addresses are known.
    fn engines(&self) -> Vec<Arc<dyn Engine>> {
        Vec::new()
    }

    /// What all tasks of a service wrote, or one task.
    async fn swarm_logs(
        &self,
        of: LogOf<'_>,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError>;
}

/// The part that an engine plays in a Swarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwarmRole {
    /// It is in none.
    None,
    /// It runs tasks, and tells and changes nothing.
    Worker,
    /// It tells and changes services.
    Manager {
        /// The id of the Swarm.
        swarm: String,
    },
}

impl SwarmRole {
    /// The id of the Swarm whose manager it is, or why it is no manager.
    ///
    /// # Errors
    /// If it is a worker, or in no Swarm.
    pub fn managed(self) -> Result<String, SwarmFault> {
        match self {
            Self::Manager { swarm } => Ok(swarm),
            Self::Worker => Err(SwarmFault::NotManager),
            Self::None => Err(SwarmFault::NoSwarm),
        }
    }
}

/// A network that a Swarm's nodes share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SwarmNetwork {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// A config or secret of a Swarm.
#[derive(Clone, PartialEq, Eq)]
pub struct SwarmConfig {
    /// The Swarm's id for it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was made; none if that is not told.
    pub created: Option<SystemTime>,
    /// Its content; empty for a secret, which nobody tells.
    pub content: Vec<u8>,
}

/// Without its content: that of a service may be secret.
impl fmt::Debug for SwarmConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SwarmConfig").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Whose log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogOf<'a> {
    /// That of a service, by its name or id.
    Service(&'a str),
    /// That of a task, by its id.
    Task(&'a str),
}
