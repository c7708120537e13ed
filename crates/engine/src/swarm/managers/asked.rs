//! Calls to whichever manager can be asked.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use serde_json::Value;

use super::{
    Managers,
    settled::{Settled, is_made},
};
use crate::{
    Engine, EngineError, EngineInfo, ImageStore, LogLine, LogOf, LogOptions, Services, SwarmConfig,
    SwarmNetwork, SwarmRole,
    pull::{PullError, RemoteImage},
};
use maestro_core::{
    model::{network::NetworkOptions, registry::RegistryLogin, swarm::StoredKind},
    observed::service::{SwarmNode, SwarmService, Task},
};

/// Asks one manager after the other until one has decided. What is asked may be asked twice.
macro_rules! ask {
    ($managers:ident, $manager:ident => $call:expr) => {{
        let mut tries = $managers.tries();
        loop {
            tries -= 1;
            let $manager = $managers.current().await?;
            match $call.await {
                Err(error) if tries > 0 && Settled::of(&error) != Settled::Decided => {
                    $managers.pass_over($manager, error).await?;
                }
                answer => break answer,
            }
        }
    }};
}

/// The same of a change that an error says is made, if it was asked for before and may have been made then.
macro_rules! ask_until_made {
    ($managers:ident, $manager:ident => $call:expr, $error:ident => $made:expr) => {{
        let mut tries = $managers.tries();
        let mut is_unknown = false;
        loop {
            tries -= 1;
            let $manager = $managers.current().await?;
            let $error = match $call.await {
                Ok(done) => break Ok(done),
                Err(error) => error,
            };
            match Settled::of(&$error) {
                Settled::Decided if is_unknown => break $made.ok_or($error),
                Settled::Decided => break Err($error),
                Settled::NotAsked | Settled::Unknown if tries == 0 => break Err($error),
                settled @ (Settled::NotAsked | Settled::Unknown) => {
                    is_unknown |= settled == Settled::Unknown;
                    $managers.pass_over($manager, $error).await?;
                }
            }
        }
    }};
}

/// What engines do of which managers are asked for a Swarm.
impl Managers {
    pub(in crate::swarm) async fn create_network(
        &self,
        name: &str,
        options: &NetworkOptions,
        fixed: bool,
    ) -> Result<(), EngineError> {
        ask_until_made!(self, manager => manager.engine.create_network(name, options, fixed), error => {
            let is_own = |known: &SwarmNetwork| known.name == name && known.labels == options.labels;
            let is_taken = matches!(error, EngineError::Conflict(_) | EngineError::Refused(_));
            let found = if is_taken { self.swarm_networks().await? } else { BTreeMap::new() };
            found.values().any(is_own).then_some(())
        })
    }

    pub(in crate::swarm) async fn remove_network(&self, name: &str) -> Result<(), EngineError> {
        ask_until_made!(self, manager => manager.engine.remove_network(name), error => {
            matches!(error, EngineError::NotFound(_)).then_some(())
        })
    }

    pub(in crate::swarm) async fn remote_image(
        &self,
        image: &str,
        login: Option<&RegistryLogin>,
    ) -> Result<RemoteImage, PullError> {
        self.current().await?.engine.remote_image(image, login).await
    }

    pub(in crate::swarm) async fn image_store(&self) -> Result<ImageStore, EngineError> {
        ask!(self, manager => manager.engine.image_store())
    }

    pub(in crate::swarm) async fn max_connections(&self) -> Option<usize> {
        self.current().await.ok()?.engine.max_connections().await
    }

    pub(in crate::swarm) async fn info(&self) -> Result<EngineInfo, EngineError> {
        ask!(self, manager => manager.engine.info())
    }

    pub(in crate::swarm) async fn clock(&self) -> Result<SystemTime, EngineError> {
        ask!(self, manager => manager.engine.clock())
    }
}

#[async_trait]
impl Services for Managers {
    async fn role(&self) -> Result<SwarmRole, EngineError> {
        ask!(self, manager => async {
            let role = manager.services.role().await?;
            match role.clone().managed() {
                // One alone is told for what it is.
                Err(fault) if self.all.len() > 1 => Err(EngineError::Unreachable(fault.into())),
                Ok(_) | Err(_) => Ok(role),
            }
        })
    }

    async fn services(&self) -> Result<Vec<SwarmService>, EngineError> {
        ask!(self, manager => manager.services.services())
    }

    async fn service(&self, service: &str) -> Result<Option<SwarmService>, EngineError> {
        ask!(self, manager => manager.services.service(service))
    }

    /// A name is taken once: of a creation that may have been made, another one tells.
    async fn create_service(
        &self,
        document: &Value,
        login: Option<&RegistryLogin>,
    ) -> Result<String, EngineError> {
        ask_until_made!(self, manager => manager.services.create_service(document, login), error => {
            let name = document.get("Name").and_then(Value::as_str).unwrap_or_default();
            let is_taken = matches!(error, EngineError::Conflict(_));
            let found = if is_taken { self.service(name).await? } else { None };
            found.filter(|service| is_made(service, document)).map(|service| service.id)
        })
    }

    /// A version is updated once: of an update that may have been made, the service tells.
    async fn update_service(
        &self,
        service: (&str, u64),
        document: &Value,
        login: Option<&RegistryLogin>,
    ) -> Result<(), EngineError> {
        ask_until_made!(self, manager => manager.services.update_service(service, document, login), error => {
            let found = if error.is_silence() { None } else { self.service(service.0).await? };
            found.is_some_and(|service| is_made(&service, document)).then_some(())
        })
    }

    async fn remove_service(&self, id: &str) -> Result<(), EngineError> {
        ask!(self, manager => manager.services.remove_service(id))
    }

    async fn tasks(&self, service: Option<&str>) -> Result<Vec<Task>, EngineError> {
        ask!(self, manager => manager.services.tasks(service))
    }

    async fn nodes(&self) -> Result<Vec<SwarmNode>, EngineError> {
        ask!(self, manager => manager.services.nodes())
    }

    async fn swarm_networks(&self) -> Result<BTreeMap<String, SwarmNetwork>, EngineError> {
        ask!(self, manager => manager.services.swarm_networks())
    }

    async fn stored(
        &self,
        kind: StoredKind,
        labels: &BTreeMap<String, String>,
    ) -> Result<Vec<SwarmConfig>, EngineError> {
        ask!(self, manager => manager.services.stored(kind, labels))
    }

    /// A name is taken once, so what may have been stored is a conflict at the next manager, which tells who stored it.
    async fn store(
        &self,
        kind: StoredKind,
        name: &str,
        labels: &BTreeMap<String, String>,
        content: &[u8],
    ) -> Result<(), EngineError> {
        ask!(self, manager => manager.services.store(kind, name, labels, content))
    }

    async fn remove_stored(&self, kind: StoredKind, id: &str) -> Result<(), EngineError> {
        ask!(self, manager => manager.services.remove_stored(kind, id))
    }

    fn engines(&self) -> Vec<Arc<dyn Engine>> {
        self.all.iter().map(|manager| Arc::clone(&manager.engine)).collect()
    }

    async fn swarm_logs(
        &self,
        of: LogOf<'_>,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        ask!(self, manager => manager.services.swarm_logs(of, options))
    }
}
