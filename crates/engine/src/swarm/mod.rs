//! A Swarm as an engine whose containers are the Swarm's services: it lists, inspects, stops and removes them. What plans,
//! leases and reports know of containers thus holds for services. How a service is made and updated is in [`update`].

mod beside;
mod containers;
mod entries;
mod managers;
mod refused;
mod status;
mod stored;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

pub use managers::{Chosen, Manager, Managers};
pub use stored::store;

use super::{Engine, EngineError, EngineInfo, Services, SwarmNetwork, SwarmRole};
use maestro_core::{
    fault::SwarmFault,
    model::{registry::RegistryLogin, swarm::ServiceRequest},
    observed::service::{SwarmService, Task},
};

/// How long it waits between two looks at tasks.
const PAUSE: Duration = Duration::from_millis(100);
/// How often an update is asked for while others change the service.
const TRIES: usize = 5;

/// A Swarm.
pub struct Swarm {
    manager: Managers,
    /// How long one call may take.
    timeout: Duration,
}

impl Swarm {
    /// The Swarm of a manager: both are the same engine.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, services: Arc<dyn Services>, timeout: Duration) -> Self {
        Self::of(vec![Manager { address: String::new(), engine, services }], timeout)
    }

    /// The Swarm of several managers, in the order in which they are asked.
    #[must_use]
    pub fn of(managers: Vec<Manager>, timeout: Duration) -> Self {
        Self { manager: Managers::new(managers, timeout), timeout }
    }

    /// Chooses the manager to ask now, and tells which.
    pub async fn choose(&self) -> Chosen {
        self.manager.choose().await
    }

    /// What the manager answered; if that is an error because it is none, that is told.
    async fn told<T>(&self, answer: Result<T, EngineError>) -> Result<T, EngineError> {
        let Err(error) = answer else { return answer };
        if error.is_silence() {
            return Err(error);
        }
        match self.manager.role().await.map(SwarmRole::managed) {
            Ok(Err(fault)) => Err(EngineError::Refused(fault.into())),
            Ok(Ok(_)) | Err(_) => Err(error),
        }
    }

    /// Waits until no task of a service has a process, or the time is over. A node that is down tells nothing of its tasks:
    /// they do not count.
    async fn until_ended(&self, service: &str, at_most: Duration) -> Result<(), EngineError> {
        let begin = Instant::now();
        loop {
            let left: Vec<Task> = self.manager.tasks(None).await?;
            let left = left.into_iter().filter(|task| task.service == service && task.may_run());
            let mut left: Vec<Task> = left.collect();
            if !left.is_empty() {
                let nodes = self.manager.nodes().await?;
                left.retain(|task| !nodes.iter().any(|node| node.id == task.node && node.state == "down"));
            }
            if left.is_empty() {
                return Ok(());
            }
            if begin.elapsed() >= at_most {
                return Err(EngineError::Refused(SwarmFault::TasksLeft(left.len()).into()));
            }
            sleep(PAUSE).await;
        }
    }
}

/// Creates a service, and tells its id.
///
/// # Errors
/// As the manager answers; if a config or secret does not exist.
pub async fn create(
    manager: &dyn Services,
    request: &ServiceRequest,
    login: Option<&RegistryLogin>,
) -> Result<String, EngineError> {
    let document = stored::with_ids(manager, request.document.clone()).await?;
    manager.create_service(&document, login).await
}

/// Makes a service into what a request says, whoever else changes it meanwhile. With `force` the Swarm replaces tasks that
/// are made of the same.
///
/// # Errors
/// As the manager answers.
pub async fn update(
    manager: &dyn Services,
    id: &str,
    request: &ServiceRequest,
    force: bool,
    login: Option<&RegistryLogin>,
) -> Result<(), EngineError> {
    change(manager, id, login, |service| {
        let mut document = request.document.clone();
        let before = service.document.pointer("/TaskTemplate/ForceUpdate").and_then(Value::as_u64);
        let forced = before.unwrap_or_default() + u64::from(force);
        if forced > 0 {
            document["TaskTemplate"]["ForceUpdate"] = json!(forced);
        }
        document
    })
    .await
}

/// Changes a service as it is now.
async fn change(
    manager: &dyn Services,
    id: &str,
    login: Option<&RegistryLogin>,
    changed: impl Fn(&SwarmService) -> Value,
) -> Result<(), EngineError> {
    let mut last = None;
    for _ in 0..TRIES {
        let Some(service) = manager.service(id).await? else {
            return Err(EngineError::NotFound(SwarmFault::ServiceGone(id.to_owned()).into()));
        };
        let document = stored::with_ids(manager, changed(&service)).await?;
        match manager.update_service((&service.id, service.version), &document, login).await {
            // Its Swarm has changed it since the look.
            Err(EngineError::Refused(fault) | EngineError::Conflict(fault))
                if fault.words().is_some_and(|words| words.contains("update out of sequence")) =>
            {
                last = Some(EngineError::Refused(fault));
            }
            result => return result,
        }
    }
    Err(last.unwrap_or_else(|| EngineError::Refused(SwarmFault::ServiceGone(id.to_owned()).into())))
}

/// A service's description with the names of its networks in place of their ids.
fn with_names(mut document: Value, networks: &BTreeMap<String, SwarmNetwork>) -> Value {
    let attached = document.pointer_mut("/TaskTemplate/Networks").and_then(Value::as_array_mut);
    for network in attached.into_iter().flatten() {
        let target = network.get("Target").and_then(Value::as_str);
        if let Some(known) = target.and_then(|id| networks.get(id)) {
            network["Target"] = json!(known.name);
        }
    }
    // How often it was forced to replace its tasks is no part of what it is made of.
    if let Some(task) = document.get_mut("TaskTemplate").and_then(Value::as_object_mut) {
        task.remove("ForceUpdate");
    }
    document
}

#[async_trait]
impl Engine for Swarm {
    async fn identity(&self) -> Result<String, EngineError> {
        let swarm = self.manager.role().await?.managed();
        swarm.map(|swarm| format!("swarm:{swarm}")).map_err(|fault| EngineError::Refused(fault.into()))
    }

    async fn max_connections(&self) -> Option<usize> {
        self.manager.max_connections().await
    }

    async fn info(&self) -> Result<EngineInfo, EngineError> {
        self.manager.info().await
    }

    fn manager(&self) -> Option<&dyn Services> {
        Some(&self.manager)
    }

    async fn clock(&self) -> Result<std::time::SystemTime, EngineError> {
        self.manager.clock().await
    }
}
