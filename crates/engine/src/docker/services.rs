//! The API of a Swarm's manager.

mod task;

use std::collections::BTreeMap;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::stream::BoxStream;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request,
    header::{self, HeaderValue},
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use self::task::{Iteration, TheTask, short};
use super::{
    Docker, answers,
    error::{Asked, Failure},
    found,
    logs::{self, Sent},
    pull::authorized,
    wire::segment,
};
use crate::{
    EngineError, LogLine, LogOf, LogOptions, Services, SwarmConfig, SwarmNetwork, SwarmRole, transport::Body,
};
use maestro_core::{
    model::{
        registry::RegistryLogin,
        swarm::{StoredKind, tidy},
    },
    observed::service::{ServiceUpdate, SwarmNode, SwarmService, Task, UpdateState},
};

type Labels = Option<BTreeMap<String, String>>;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct EngineSwarm {
    swarm: Part,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Part {
    local_node_state: String,
    control_available: bool,
    cluster: Option<Identified>,
}

#[derive(Deserialize, Default)]
struct Identified {
    #[serde(rename = "ID", default)]
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TheService {
    #[serde(rename = "ID")]
    id: String,
    #[serde(default)]
    version: Version,
    #[serde(default)]
    spec: Value,
    #[serde(default)]
    update_status: Option<UpdateStatus>,
    #[serde(default)]
    job_status: Option<JobStatus>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct JobStatus {
    job_iteration: Iteration,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Version {
    index: u64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct UpdateStatus {
    state: String,
    message: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct TheNode {
    #[serde(rename = "ID")]
    id: String,
    spec: NodeSpec,
    description: NodeDescription,
    status: NodeStatus,
    manager_status: Option<ManagerStatus>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct NodeSpec {
    availability: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct NodeDescription {
    hostname: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct NodeStatus {
    state: String,
    addr: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ManagerStatus {
    addr: String,
}

impl TheNode {
    /// The address of its machine. That of the leader is 0.0.0.0, and as a manager it has the right one, with a port.
    fn address(&self) -> &str {
        let known = Some(self.status.addr.as_str()).filter(|addr| !addr.is_empty() && *addr != "0.0.0.0");
        let as_manager = || self.manager_status.as_ref()?.addr.rsplit_once(':').map(|(host, _)| host);
        known.or_else(as_manager).unwrap_or_default()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TheConfig {
    #[serde(rename = "ID")]
    id: String,
    #[serde(default)]
    created_at: String,
    #[serde(default)]
    spec: ConfigSpec,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ConfigSpec {
    name: String,
    labels: Labels,
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TheNetwork {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    labels: Labels,
}

impl From<TheService> for SwarmService {
    fn from(service: TheService) -> Self {
        let mut document = service.spec;
        tidy(&mut document);
        Self {
            id: service.id,
            name: document.get("Name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            version: service.version.index,
            run: service.job_status.map(|job| job.job_iteration.index).unwrap_or_default(),
            document,
            update: service.update_status.filter(|update| !update.state.is_empty()).map(|update| {
                ServiceUpdate {
                    state: UpdateState::from_word(&update.state),
                    message: short(&update.message),
                }
            }),
        }
    }
}

impl From<TheConfig> for SwarmConfig {
    fn from(config: TheConfig) -> Self {
        Self {
            id: config.id,
            name: config.spec.name,
            labels: config.spec.labels.unwrap_or_default(),
            created: answers::time(&config.created_at),
            content: STANDARD.decode(&config.spec.data).unwrap_or_default(),
        }
    }
}

/// A request with that body, and with the login for the image that it names.
fn with_login(path: &str, document: &Value, login: Option<&RegistryLogin>) -> Result<Request<Body>, Failure> {
    let image = document.pointer("/TaskTemplate/ContainerSpec/Image").and_then(Value::as_str);
    let mut request = authorized(path, Method::POST, image.unwrap_or_default(), login)?;
    *request.body_mut() =
        Full::new(document.to_string().into()).map_err(|never| match never {}).boxed_unsync();
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(request)
}

#[async_trait]
impl Services for Docker {
    async fn role(&self) -> Result<SwarmRole, EngineError> {
        let Part { local_node_state, control_available, cluster } =
            self.read::<EngineSwarm>("/info").await?.swarm;
        Ok(match (local_node_state.as_str(), control_available) {
            (_, true) => SwarmRole::Manager { swarm: cluster.unwrap_or_default().id },
            ("active", false) => SwarmRole::Worker,
            (_, false) => SwarmRole::None,
        })
    }

    async fn services(&self) -> Result<Vec<SwarmService>, EngineError> {
        let services: Vec<TheService> = self.read_long("/services").await?;
        Ok(services.into_iter().map(SwarmService::from).collect())
    }

    async fn service(&self, service: &str) -> Result<Option<SwarmService>, EngineError> {
        let path = format!("/services/{}", segment(service));
        found(self.read::<TheService>(&path).await.map(SwarmService::from))
    }

    async fn create_service(
        &self,
        document: &Value,
        login: Option<&RegistryLogin>,
    ) -> Result<String, EngineError> {
        let call = async {
            let request = with_login("/services/create", document, login)?;
            self.wire.ask::<Identified>(request).await
        };
        self.within(Asked::Changing, self.timeout, call).await.map(|made| made.id)
    }

    async fn update_service(
        &self,
        (id, version): (&str, u64),
        document: &Value,
        login: Option<&RegistryLogin>,
    ) -> Result<(), EngineError> {
        let path = format!("/services/{}/update?version={version}", segment(id));
        let call = async {
            let request = with_login(&path, document, login)?;
            self.wire.ask::<IgnoredAny>(request).await
        };
        self.within(Asked::Changing, self.timeout, call).await.map(drop)
    }

    async fn remove_service(&self, id: &str) -> Result<(), EngineError> {
        found(self.change(self.client.delete_service(&segment(id))).await).map(drop)
    }

    async fn tasks(&self, service: Option<&str>) -> Result<Vec<Task>, EngineError> {
        let filters = service.map(|service| json!({ "service": [service] }).to_string());
        let query = filters.map(|filters| format!("?filters={}", segment(&filters))).unwrap_or_default();
        let tasks: Vec<TheTask> = self.read_long(&format!("/tasks{query}")).await?;
        Ok(tasks.into_iter().map(Task::from).collect())
    }

    async fn nodes(&self) -> Result<Vec<SwarmNode>, EngineError> {
        let nodes: Vec<TheNode> = self.read("/nodes").await?;
        let node = |node: TheNode| SwarmNode {
            address: short(node.address()),
            id: node.id,
            hostname: short(&node.description.hostname),
            availability: node.spec.availability,
            state: node.status.state,
        };
        Ok(nodes.into_iter().map(node).collect())
    }

    async fn swarm_networks(&self) -> Result<BTreeMap<String, SwarmNetwork>, EngineError> {
        let filters = segment(&json!({ "scope": ["swarm"] }).to_string());
        let networks: Vec<TheNetwork> = self.read(&format!("/networks?filters={filters}")).await?;
        let network = |network: TheNetwork| {
            let labels = network.labels.unwrap_or_default();
            (network.id, SwarmNetwork { name: network.name, labels })
        };
        Ok(networks.into_iter().map(network).collect())
    }

    async fn stored(
        &self,
        kind: StoredKind,
        labels: &BTreeMap<String, String>,
    ) -> Result<Vec<SwarmConfig>, EngineError> {
        let label = |(name, value): (&String, &String)| match value.as_str() {
            "" => name.clone(),
            value => format!("{name}={value}"),
        };
        let labels: Vec<String> = labels.iter().map(label).collect();
        let filters = segment(&json!({ "label": labels }).to_string());
        let path = format!("/{}s?filters={filters}", kind.word());
        let all: Vec<TheConfig> = self.read_long(&path).await?;
        Ok(all.into_iter().map(SwarmConfig::from).collect())
    }

    async fn store(
        &self,
        kind: StoredKind,
        name: &str,
        labels: &BTreeMap<String, String>,
        content: &[u8],
    ) -> Result<(), EngineError> {
        let body = json!({ "Name": name, "Labels": labels, "Data": STANDARD.encode(content) });
        let path = format!("/{}s/create", kind.word());
        let call = self.wire.post(&path, &body);
        self.within(Asked::Changing, self.timeout, call).await
    }

    async fn remove_stored(&self, kind: StoredKind, id: &str) -> Result<(), EngineError> {
        let id = segment(id);
        let removed = match kind {
            StoredKind::Config => self.change(self.client.delete_config(&id)).await,
            StoredKind::Secret => self.change(self.client.delete_secret(&id)).await,
        };
        found(removed).map(drop)
    }

    async fn swarm_logs(
        &self,
        of: LogOf<'_>,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        let of = match of {
            LogOf::Service(service) => format!("/services/{}", segment(service)),
            LogOf::Task(task) => format!("/tasks/{}", segment(task)),
        };
        let path = logs::path(&of, options);
        let answer = self.within(Asked::Reading, self.timeout, self.wire.follow(&path)).await?;
        let timeout = (!options.follow).then_some(self.timeout);
        Ok(logs::lines(answer.into_body(), Sent::Log, timeout, self.wire.address.clone()))
    }
}
