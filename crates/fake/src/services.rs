//! A Swarm in memory: its managers, which are the engine itself, and nodes.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Fake,
    cluster::{FakeService, FakeTask},
    state::Inside,
};
use maestro_core::{
    model::{
        registry::RegistryLogin,
        swarm::{StoredKind, tidy},
    },
    observed::service::{ServiceUpdate, SwarmNode, SwarmService, Task, UpdateState},
};
use maestro_engine::{
    EngineError, LogLine, LogOf, LogOptions, Services, SwarmConfig, SwarmNetwork, SwarmRole, swarm::Swarm,
};

/// Bytes that the content of a config may have; later engines take twice as many.
const LARGEST_CONFIG: usize = 500 * 1024;

impl Fake {
    /// The engine as the manager of a Swarm, with nodes of these names if it has none yet.
    #[must_use]
    pub fn as_swarm(&self, nodes: &[&str]) -> Swarm {
        let node = |name: &&str| SwarmNode {
            id: format!("id-{name}"),
            hostname: (*name).to_owned(),
            address: String::new(),
            availability: "active".to_owned(),
            state: "ready".to_owned(),
        };
        let mut inside = self.inside();
        let cluster = &mut inside.cluster;
        if cluster.nodes.is_empty() {
            cluster.nodes = nodes.iter().map(node).collect();
        }
        drop(inside);
        let managers = self.managers();
        if managers.is_empty() {
            return Swarm::new(Arc::new(self.clone()), Arc::new(self.clone()), Duration::from_secs(60));
        }
        Swarm::of(managers, Duration::from_secs(60))
    }

    /// Makes it the worker of a Swarm, the node of this name.
    pub fn be_node(&self, name: &str) {
        self.inside().cluster.own_node = format!("id-{name}");
    }

    /// Powers a node off: other nodes get its tasks.
    pub fn lose_node(&self, name: &str) {
        let mut inside = self.inside();
        let node = inside.cluster.nodes.iter_mut().find(|node| node.hostname == name);
        if let Some(node) = node {
            "down".clone_into(&mut node.state);
        }
    }

    /// Drains a node: other nodes get its tasks.
    pub fn drain_node(&self, name: &str) {
        let mut inside = self.inside();
        if let Some(node) = inside.cluster.nodes.iter_mut().find(|node| node.hostname == name) {
            "drain".clone_into(&mut node.availability);
        }
    }

    /// The names of all services, each with how many tasks run and what they are made of.
    #[must_use]
    pub fn service_names(&self) -> Vec<String> {
        let mut inside = self.inside();
        inside.reconcile();
        let cluster = &inside.cluster;
        let line = |service: &FakeService| {
            let own = cluster.tasks.iter().filter(|task| task.shown.service == service.shown.id);
            let running = own.filter(|task| task.shown.is_running()).count();
            let image = service.shown.document.pointer("/TaskTemplate/ContainerSpec/Image");
            format!("{} {running} {}", service.shown.name, image.and_then(Value::as_str).unwrap_or_default())
        };
        cluster.services.values().map(line).collect()
    }

    /// The names of all configs and secrets that hold files, without the digests at their ends.
    #[must_use]
    pub fn stored_files(&self) -> Vec<String> {
        let inside = self.inside();
        let files = inside.cluster.stored.keys().filter(|(_, name)| !name.starts_with("maestro-"));
        let short = |(kind, name): &(StoredKind, String)| {
            format!("{} {}", kind.word(), name.rsplit_once('-').map_or(name.as_str(), |(name, _)| name))
        };
        files.map(short).collect()
    }

    /// Changes a service as somebody does by hand.
    ///
    /// # Panics
    /// If there is no such service.
    pub fn change_service(&self, name: &str, pointer: &str, value: Value) {
        let mut inside = self.inside();
        let service = inside.cluster.services.values_mut().find(|service| service.shown.name == name);
        let service = service.expect("the service is there");
        let place = service.shown.document.pointer_mut(pointer).expect("it has such a part");
        *place = value;
        service.shown.version += 1;
    }
}

impl Inside {
    fn reconcile(&mut self) {
        self.cluster.reconcile(&self.behaviours);
    }
}

/// A request as a manager's answer is read, without ids of configs and secrets. Refuses one that names a config or secret
/// which does not exist.
fn taken(inside: &Inside, document: &Value) -> Result<Value, EngineError> {
    for kind in StoredKind::ALL {
        let (path, key, _) = kind.keys();
        for entry in document.pointer(path).and_then(Value::as_array).into_iter().flatten() {
            let id = entry.get(key).and_then(Value::as_str).unwrap_or_default();
            if !inside.cluster.stored.iter().any(|((of, _), one)| *of == kind && one.id == id) {
                return Err(EngineError::Refused(format!("{} not found", kind.word()).as_str().into()));
            }
        }
    }
    let mut document = document.clone();
    tidy(&mut document);
    Ok(document)
}

fn conflict(words: &str) -> EngineError {
    EngineError::Conflict(words.into())
}

#[async_trait]
impl Services for Fake {
    async fn role(&self) -> Result<SwarmRole, EngineError> {
        let role = |inside: &mut Inside| {
            if let Some(lost) = inside.cluster.managers.lost_role(self.manager) {
                return Ok(lost);
            }
            let is_manager = !inside.cluster.nodes.is_empty();
            let manager = SwarmRole::Manager { swarm: format!("of-{}", inside.identity) };
            Ok(if is_manager { manager } else { SwarmRole::None })
        };
        self.call("role", "", role).await
    }

    async fn services(&self) -> Result<Vec<SwarmService>, EngineError> {
        let list = |inside: &mut Inside| {
            inside.reconcile();
            if inside.cluster.nodes.is_empty() {
                return Err(EngineError::Refused("This node is not a swarm manager.".into()));
            }
            Ok(inside.cluster.services.values().map(|service| service.shown.clone()).collect())
        };
        self.call("services", "", list).await
    }

    async fn service(&self, service: &str) -> Result<Option<SwarmService>, EngineError> {
        let look = |inside: &mut Inside| {
            inside.reconcile();
            let mut all = inside.cluster.services.values();
            let found = all.find(|one| one.shown.id == service || one.shown.name == service);
            Ok(found.map(|found| found.shown.clone()))
        };
        self.call("service", service, look).await
    }

    async fn create_service(
        &self,
        document: &Value,
        _login: Option<&RegistryLogin>,
    ) -> Result<String, EngineError> {
        let name = document.get("Name").and_then(Value::as_str).unwrap_or_default();
        let create = |inside: &mut Inside| {
            if inside.cluster.services.values().any(|one| one.shown.name == name) {
                return Err(conflict("name conflicts with an existing object"));
            }
            let document = taken(inside, document)?;
            inside.cluster.made += 1;
            let id = format!("service-{}", inside.cluster.made);
            let name = name.to_owned();
            let shown = SwarmService { id: id.clone(), name, version: 1, document, update: None, run: 0 };
            let service = FakeService { before: Value::Null, shown, updated: Instant::now() };
            inside.cluster.services.insert(id.clone(), service);
            inside.reconcile();
            Ok(id)
        };
        self.call("create_service", name, create).await
    }

    async fn update_service(
        &self,
        (id, version): (&str, u64),
        document: &Value,
        _login: Option<&RegistryLogin>,
    ) -> Result<(), EngineError> {
        let update = |inside: &mut Inside| {
            inside.reconcile();
            let document = taken(inside, document)?;
            let service = inside.cluster.services.get_mut(id);
            let service = service.ok_or_else(|| EngineError::NotFound("service not found".into()))?;
            if service.shown.version != version {
                return Err(EngineError::Refused("update out of sequence".into()));
            }
            let kind =
                |document: &Value| document.get("Mode").and_then(Value::as_object)?.keys().next().cloned();
            if kind(&document) != kind(&service.shown.document) {
                return Err(EngineError::Refused("service mode change is not allowed".into()));
            }
            let is_replaced = document.get("TaskTemplate") != Some(service.shown.template());
            let has_tasks = document.pointer("/Mode/Replicated/Replicas") != Some(&json!(0));
            service.before = std::mem::replace(&mut service.shown.document, document);
            service.shown.version += 1;
            service.updated = Instant::now();
            if service.shown.is_job() {
                service.shown.run += 1;
                inside.reconcile();
                return Ok(());
            }
            service.shown.update = (is_replaced && has_tasks)
                .then(|| ServiceUpdate { state: UpdateState::Updating, message: String::new() });
            inside.reconcile();
            Ok(())
        };
        self.call("update_service", id, update).await
    }

    async fn remove_service(&self, id: &str) -> Result<(), EngineError> {
        let remove = |inside: &mut Inside| {
            inside.cluster.services.remove(id);
            inside.cluster.tasks.retain(|task| task.shown.service != id);
            Ok(())
        };
        self.call("remove_service", id, remove).await
    }

    async fn tasks(&self, service: Option<&str>) -> Result<Vec<Task>, EngineError> {
        let list = |inside: &mut Inside| {
            inside.reconcile();
            let is_own = |task: &&FakeTask| service.is_none_or(|service| task.shown.service == service);
            Ok(inside.cluster.tasks.iter().filter(is_own).map(|task| task.shown.clone()).collect())
        };
        self.call("tasks", service.unwrap_or_default(), list).await
    }

    async fn nodes(&self) -> Result<Vec<SwarmNode>, EngineError> {
        self.call("nodes", "", |inside| Ok(inside.cluster.nodes.clone())).await
    }

    async fn swarm_networks(&self) -> Result<BTreeMap<String, SwarmNetwork>, EngineError> {
        let list = |inside: &mut Inside| {
            let network = |(name, labels): (&String, &BTreeMap<String, String>)| {
                (name.clone(), SwarmNetwork { name: name.clone(), labels: labels.clone() })
            };
            Ok(inside.networks.iter().map(network).collect())
        };
        self.call("swarm_networks", "", list).await
    }

    async fn stored(
        &self,
        kind: StoredKind,
        labels: &BTreeMap<String, String>,
    ) -> Result<Vec<SwarmConfig>, EngineError> {
        let has = |config: &&SwarmConfig| {
            labels.iter().all(|(name, value)| {
                config.labels.get(name).is_some_and(|own| value.is_empty() || own == value)
            })
        };
        let list = |inside: &mut Inside| {
            let of_kind = inside.cluster.stored.iter().filter(|((of, _), _)| *of == kind);
            let mut all: Vec<SwarmConfig> = of_kind.map(|(_, one)| one).filter(has).cloned().collect();
            if kind == StoredKind::Secret {
                for secret in &mut all {
                    secret.content.clear();
                }
            }
            Ok(all)
        };
        self.call("configs", "", list).await
    }

    async fn store(
        &self,
        kind: StoredKind,
        name: &str,
        labels: &BTreeMap<String, String>,
        content: &[u8],
    ) -> Result<(), EngineError> {
        let (created, content) = (Some(self.time()), content.to_vec());
        let create = |inside: &mut Inside| {
            let key = (kind, name.to_owned());
            if inside.cluster.stored.contains_key(&key) {
                return Err(conflict("name conflicts with an existing object"));
            }
            if content.is_empty() || content.len() > LARGEST_CONFIG {
                let words = "config data must be larger than 0 and less than 512000 bytes";
                return Err(EngineError::Refused(words.into()));
            }
            let (name, labels, content) = (name.to_owned(), labels.clone(), content.clone());
            let id = format!("id-{}-{name}", kind.word());
            inside.cluster.stored.insert(key, SwarmConfig { id, name, labels, created, content });
            Ok(())
        };
        self.call("create_config", name, create).await
    }

    async fn remove_stored(&self, kind: StoredKind, id: &str) -> Result<(), EngineError> {
        let remove = |inside: &mut Inside| {
            let (path, _, key) = kind.keys();
            let cluster = &mut inside.cluster;
            let Some(name) = cluster.stored.values().find(|one| one.id == id).map(|one| one.name.clone())
            else {
                return Ok(());
            };
            let is_used = cluster.services.values().any(|service| {
                let all = service.shown.document.pointer(path).and_then(Value::as_array);
                all.into_iter().flatten().any(|one| one.get(key).is_some_and(|used| *used == name))
            });
            if is_used {
                return Err(EngineError::Refused("is in use by the following service".into()));
            }
            cluster.stored.retain(|_, config| config.id != id);
            Ok(())
        };
        self.call("remove_config", id, remove).await
    }

    async fn swarm_logs(
        &self,
        of: LogOf<'_>,
        _options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        let name = match of {
            LogOf::Service(name) | LogOf::Task(name) => name,
        };
        let read = |inside: &mut Inside| {
            let service = inside.cluster.services.values().find(|one| one.shown.name == name);
            let service = service.map(|service| service.shown.id.clone());
            let is_own = |task: &&FakeTask| match (of, &service) {
                (LogOf::Task(id), _) => task.shown.id == id,
                (LogOf::Service(id), None) => task.shown.service == id,
                (LogOf::Service(_), Some(id)) => task.shown.service == *id,
            };
            let lines = inside.cluster.tasks.iter().filter(is_own).flat_map(|task| task.log.clone());
            let line = |text: String| Ok(LogLine { time: None, stderr: false, text, goes_on: false });
            Ok(stream::iter(lines.map(line).collect::<Vec<_>>()).boxed())
        };
        self.call("swarm_logs", name, read).await
    }
}
