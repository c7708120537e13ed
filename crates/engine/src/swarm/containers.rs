//! Services as containers.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    time::Duration,
};

use async_trait::async_trait;
use futures_util::future::try_join4;
use serde_json::{Value, json};

use super::{Swarm, change, status, with_names};
use crate::{Containers, Created, EngineError, Inspected, Networks, Services as _, SwarmNetwork};
use maestro_core::{
    fault::SwarmFault,
    model::{
        carried::CarriedFiles,
        container::{ContainerNames, LABEL_IMAGE_ID},
        membership::Membership,
        network::NetworkOptions,
        shared::SharedSpec,
        swarm::ServiceRequest,
    },
    observed::{
        Container, ContainerState,
        description::Description,
        mounts::{Mounted, Source},
        service::{SwarmNode, SwarmService, Task},
    },
};

/// A constraint that no node meets: a global service has no number of tasks that could be 0.
const STOPPED: &str = "node.id==none";
/// How long the tasks of a service may take to leave its networks once they have ended.
const LEAVING: Duration = Duration::from_secs(10);

/// Something that containers do and services do not.
pub(super) fn only_for_containers(operation: &'static str) -> EngineError {
    EngineError::Refused(SwarmFault::OnlyForContainers(operation).into())
}

fn container(
    service: &SwarmService,
    tasks: &[Task],
    nodes: &[SwarmNode],
    networks: &BTreeMap<String, SwarmNetwork>,
) -> Container {
    let document = with_names(service.document.clone(), networks);
    let own: Vec<Task> = tasks.iter().filter(|task| task.service == service.id).cloned().collect();
    let is_stopped = is_stopped(&document);
    Container {
        id: service.id.clone(),
        name: service.name.clone(),
        image: image(&document).to_owned(),
        image_id: service.id.clone(),
        state: if is_stopped { ContainerState::Exited } else { status::state(service, &own) },
        status: if is_stopped { "0 tasks".to_owned() } else { status::words(service, &own, nodes) },
        labels: labels(&service.id, &document),
        published: Vec::new(),
        networks: attached(&document),
        on_host_network: false,
        mounts: mounts(&document),
    }
}

/// Its labels. An image has no part in them, so the label that proves whose they are names the service itself.
fn labels(id: &str, document: &Value) -> BTreeMap<String, String> {
    let labels = document.get("Labels").and_then(Value::as_object).into_iter().flatten();
    let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    labels.filter_map(text).chain([(LABEL_IMAGE_ID.to_owned(), id.to_owned())]).collect()
}

fn image(document: &Value) -> &str {
    document.pointer("/TaskTemplate/ContainerSpec/Image").and_then(Value::as_str).unwrap_or_default()
}

fn attached(document: &Value) -> Vec<String> {
    let networks = document.pointer("/TaskTemplate/Networks").and_then(Value::as_array);
    let target = |network: &Value| Some(network.get("Target")?.as_str()?.to_owned());
    networks.into_iter().flatten().filter_map(target).collect()
}

fn mounts(document: &Value) -> Vec<Mounted> {
    let mounts = document.pointer("/TaskTemplate/ContainerSpec/Mounts").and_then(Value::as_array);
    let mounted = |mount: &Value| {
        let text = |key: &str| mount.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let source = match text("Type").as_str() {
            "volume" => Source::Volume(text("Source")),
            "bind" => Source::Path(text("Source")),
            other => Source::Other(other.to_owned()),
        };
        Some(Mounted { source, path: text("Target"), writable: mount.get("ReadOnly").is_none() })
    };
    let request = ServiceRequest { document: document.clone() };
    let stored = request.stored().map(|(_, name)| Mounted {
        source: Source::Other(name.to_owned()),
        path: String::new(),
        writable: false,
    });
    mounts.into_iter().flatten().filter_map(mounted).chain(stored).collect()
}

fn constraints(document: &Value) -> impl Iterator<Item = &Value> {
    document.pointer("/TaskTemplate/Placement/Constraints").and_then(Value::as_array).into_iter().flatten()
}

/// Whether it is a global service that was stopped.
fn is_stopped(document: &Value) -> bool {
    constraints(document).any(|one| one == STOPPED)
}

/// The service without tasks.
fn stopped(service: &SwarmService) -> Value {
    let mut document = service.document.clone();
    if document.pointer("/Mode/Replicated").is_some() {
        document["Mode"] = json!({ "Replicated": { "Replicas": 0 } });
    } else if !is_stopped(&document) {
        let all: Vec<Value> = constraints(&document).cloned().chain([json!(STOPPED)]).collect();
        document["TaskTemplate"]["Placement"]["Constraints"] = json!(all);
    }
    document
}

#[async_trait]
impl Containers for Swarm {
    async fn containers(&self) -> Result<Vec<Container>, EngineError> {
        let manager = &self.manager;
        let answers =
            try_join4(manager.services(), manager.tasks(None), manager.nodes(), manager.swarm_networks());
        let (services, tasks, nodes, networks) = self.told(answers.await).await?;
        Ok(services.iter().map(|service| container(service, &tasks, &nodes, &networks)).collect())
    }

    async fn inspect(&self, container: &str) -> Result<Option<Inspected>, EngineError> {
        let Some(service) = self.manager.service(container).await? else {
            let beside = self.beside(container).await?;
            return Ok(beside.map(|(_, inspected)| inspected));
        };
        let (tasks, networks) =
            (self.manager.tasks(Some(&service.id)).await?, self.manager.swarm_networks().await?);
        let document = with_names(service.document.clone(), &networks);
        let is_stopped = is_stopped(&document);
        let description = Description {
            id: service.id.clone(),
            name: service.name.clone(),
            image: image(&document).to_owned(),
            image_id: service.id.clone(),
            labels: labels(&service.id, &document),
            service: Some(Box::new(document)),
            ..Description::default()
        };
        let last = tasks.iter().filter(|task| task.exit_code.is_some());
        let last = last.max_by(|one, other| one.created.cmp(&other.created));
        Ok(Some(Inspected {
            description: Box::new(description),
            state: if is_stopped { ContainerState::Exited } else { status::state(&service, &tasks) },
            exit_code: last.and_then(|task| task.exit_code),
            is_out_of_memory: false,
            restarts: 0,
            started: String::new(),
            ended: String::new(),
            error: String::new(),
            health: None,
        }))
    }

    async fn addresses(&self, _container: &str) -> Result<Vec<IpAddr>, EngineError> {
        Ok(Vec::new())
    }

    async fn create(
        &self,
        _name: &str,
        _spec: &SharedSpec,
        _volumes: &BTreeMap<String, String>,
        _names: &ContainerNames,
    ) -> Result<Created, EngineError> {
        Err(only_for_containers("create"))
    }

    async fn copy_files(&self, _container: &str, _files: &CarriedFiles) -> Result<(), EngineError> {
        Err(only_for_containers("copy files"))
    }

    async fn rename(&self, _container: &str, _name: &str) -> Result<(), EngineError> {
        Err(only_for_containers("rename"))
    }

    async fn start(&self, _container: &str) -> Result<(), EngineError> {
        Err(only_for_containers("start"))
    }

    async fn stop(&self, container: &str, timeout: Duration) -> Result<(), EngineError> {
        if self.manager.service(container).await?.is_none()
            && let Some((engine, _)) = self.beside(container).await?
        {
            return engine.stop(container, timeout).await;
        }
        change(&self.manager, container, None, stopped).await?;
        let Some(service) = self.manager.service(container).await? else { return Ok(()) };
        self.until_ended(&service.id, timeout + self.timeout).await
    }

    async fn signal(&self, _container: &str, _signal: &str) -> Result<(), EngineError> {
        Err(only_for_containers("signal"))
    }

    async fn kill(&self, _container: &str) -> Result<(), EngineError> {
        Err(only_for_containers("kill"))
    }

    async fn pause(&self, _container: &str) -> Result<(), EngineError> {
        Err(only_for_containers("pause"))
    }

    async fn unpause(&self, _container: &str) -> Result<(), EngineError> {
        Err(only_for_containers("unpause"))
    }

    async fn remove(&self, container: &str) -> Result<(), EngineError> {
        let Some(service) = self.manager.service(container).await? else {
            return match self.beside(container).await? {
                Some((engine, _)) => engine.remove(container).await,
                None => Ok(()),
            };
        };
        self.manager.remove_service(&service.id).await?;
        self.until_ended(&service.id, self.timeout).await
    }

    async fn exit_within(&self, _container: &str, _at_most: Duration) -> Result<Option<i64>, EngineError> {
        Err(only_for_containers("wait"))
    }
}

#[async_trait]
impl Networks for Swarm {
    async fn networks(&self) -> Result<HashMap<String, BTreeMap<String, String>>, EngineError> {
        let networks = self.told(self.manager.swarm_networks().await).await?;
        Ok(networks.into_values().map(|network| (network.name, network.labels)).collect())
    }

    async fn create_network(
        &self,
        name: &str,
        options: &NetworkOptions,
        fixed: bool,
    ) -> Result<(), EngineError> {
        self.manager.create_network(name, options, fixed).await
    }

    async fn remove_network(&self, name: &str) -> Result<(), EngineError> {
        let begin = tokio::time::Instant::now();
        loop {
            match self.manager.remove_network(name).await {
                // A task is on its networks until its node has told that it ended.
                Err(EngineError::Refused(fault) | EngineError::Conflict(fault))
                    if begin.elapsed() < LEAVING
                        && fault.words().is_some_and(|words| words.contains("in use")) =>
                {
                    tokio::time::sleep(super::PAUSE).await;
                }
                result => return result,
            }
        }
    }

    async fn rejoin(&self, _container: &str, _membership: &Membership) -> Result<(), EngineError> {
        Err(only_for_containers("rejoin"))
    }
}
