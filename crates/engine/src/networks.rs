//! Networks, and how containers are on them.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;

use super::EngineError;
use maestro_core::model::{membership::Membership, network::NetworkOptions};

/// The networks of an engine.
#[async_trait]
pub trait Networks: Send + Sync {
    /// Networks by name, with their labels (a `GET`).
    async fn networks(&self) -> Result<HashMap<String, BTreeMap<String, String>>, EngineError>;

    /// Makes a network. With `fixed` its containers can keep their addresses when they
    /// [rejoin](Networks::rejoin) it, which takes the engine longer.
    async fn create_network(
        &self,
        name: &str,
        options: &NetworkOptions,
        fixed: bool,
    ) -> Result<(), EngineError>;

    /// Removes a network.
    async fn remove_network(&self, name: &str) -> Result<(), EngineError>;

    /// Takes a container, running or not, off a network and puts it back, or puts it there; one that is there as it
    /// should be is left alone. It keeps its address if the engine allows: then connections that it has outlive the
    /// fraction of a second without a network. If the engine refuses to put it back, it is off the network.
    async fn rejoin(&self, container: &str, membership: &Membership) -> Result<(), EngineError>;
}
