//! What a service on a Swarm has beside what its containers are made of.

mod parts;
mod request;
mod stored;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use parts::{ChangedPart, FileChange, changed_parts};
pub use request::{LABEL_SWARM, LABEL_TASK_OF, LABEL_TASK_OF_NAME, ServiceRequest, tidy};
pub use stored::{StoredFile, StoredKind, SwarmFile, is_stored_name, stored_name, without_digest};

/// How a service runs on a Swarm. What is not said is up to the Swarm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SwarmSpec {
    /// How many tasks it has.
    pub mode: SwarmMode,
    /// How its name leads to its tasks.
    pub endpoint: EndpointMode,
    /// The names of published ports (`80/tcp`) that each node publishes for its own tasks alone.
    pub host_ports: BTreeSet<String>,
    /// Labels of the service, beside those of its containers.
    pub labels: BTreeMap<String, String>,
    /// How tasks are replaced.
    pub update: Option<UpdatePolicy>,
    /// How tasks are replaced when the Swarm rolls an update back.
    pub rollback: Option<UpdatePolicy>,
    /// When a task that ended is started again.
    pub restart: Option<TaskRestart>,
    /// Expressions that a node has to meet: `node.labels.disk==ssd`.
    pub constraints: Vec<String>,
    /// Labels of nodes over whose values tasks are spread: `node.labels.zone`.
    pub spread: Vec<String>,
    /// How many tasks a node may have.
    pub max_per_node: Option<u64>,
    /// Processors that are reserved for each task, in billionths.
    pub reserved_cpus: Option<i64>,
    /// Configs and secrets, by their paths in the tasks.
    pub files: BTreeMap<String, SwarmFile>,
    /// The whole service as a revision recorded it, which all of the above is part of; none for a service of the file.
    pub recorded: Option<ServiceRequest>,
}

impl SwarmSpec {
    /// How a service runs that a revision recorded.
    #[must_use]
    pub fn recorded(request: ServiceRequest) -> Self {
        Self { recorded: Some(request), ..Self::of(SwarmMode::Replicated(1)) }
    }

    /// A service of which a file says no more than how many tasks it has.
    #[must_use]
    pub fn of(mode: SwarmMode) -> Self {
        Self {
            mode,
            endpoint: EndpointMode::Vip,
            host_ports: BTreeSet::new(),
            labels: BTreeMap::new(),
            update: None,
            rollback: None,
            restart: None,
            constraints: Vec::new(),
            spread: Vec::new(),
            max_per_node: None,
            reserved_cpus: None,
            files: BTreeMap::new(),
            recorded: None,
        }
    }
}

/// How many tasks a service has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SwarmMode {
    /// So many.
    Replicated(u64),
    /// One on each node that meets its constraints.
    Global,
    /// So many, each of which runs to its end.
    ReplicatedJob(u64),
    /// One on each node that meets its constraints, each of which runs to its end.
    GlobalJob,
}

impl SwarmMode {
    /// Whether tasks run to their end.
    #[must_use]
    pub const fn is_job(self) -> bool {
        match self {
            Self::ReplicatedJob(_) | Self::GlobalJob => true,
            Self::Replicated(_) | Self::Global => false,
        }
    }
}

/// How a service's name leads to its tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointMode {
    /// To one virtual address, behind which the kernel chooses a task.
    Vip,
    /// To the addresses of all tasks.
    Dnsrr,
}

impl EndpointMode {
    /// The Swarm's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Vip => "vip",
            Self::Dnsrr => "dnsrr",
        }
    }
}

/// How a Swarm replaces tasks. Times are in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct UpdatePolicy {
    /// How many at once; 0 is all.
    pub parallelism: Option<u64>,
    /// Time between batches.
    pub delay: Option<i64>,
    /// What happens when tasks fail: `pause`, `continue` or `rollback`.
    pub failure_action: Option<String>,
    /// How long a new task is watched for a failure.
    pub monitor: Option<i64>,
    /// Which part of the tasks may fail.
    pub max_failure_ratio: Option<f64>,
    /// `stop-first` or `start-first`.
    pub order: Option<String>,
}

/// When a Swarm starts another task in place of one that ended. Times are in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TaskRestart {
    /// `none`, `on-failure` or `any`.
    pub condition: Option<String>,
    /// Time before it.
    pub delay: Option<i64>,
    /// How often, within `window`.
    pub max_attempts: Option<u64>,
    /// In which time attempts are counted.
    pub window: Option<i64>,
}
