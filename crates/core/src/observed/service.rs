//! Services on a Swarm, and their tasks.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

/// A service as its Swarm tells it. All texts are untrusted.
#[derive(Debug, Clone, PartialEq)]
pub struct SwarmService {
    /// The Swarm's id for it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Which version of it this is: an update names the version that it changes.
    pub version: u64,
    /// How it is made, as the body of the request that would make it.
    pub document: Value,
    /// How its last update goes; none if nothing was updated.
    pub update: Option<ServiceUpdate>,
    /// Which run of a job this is: each update begins another one. 0 for what is no job.
    pub run: u64,
}

/// How the last update of a service goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUpdate {
    /// Updating, completed …
    pub state: UpdateState,
    /// The Swarm's words.
    pub message: String,
}

/// How far an update has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateState {
    /// Tasks are being replaced.
    Updating,
    /// All tasks are replaced.
    Completed,
    /// Too many tasks failed: nothing more is replaced.
    Paused,
    /// Too many tasks failed: the former tasks are being restored.
    RollingBack,
    /// Too many tasks failed: the former tasks are restored.
    RolledBack,
    /// The roll-back failed too.
    RollbackPaused,
    /// A word that this version does not know.
    Other(String),
}

impl UpdateState {
    /// The state behind a Swarm's word.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "updating" => Self::Updating,
            "completed" => Self::Completed,
            "paused" => Self::Paused,
            "rollback_started" => Self::RollingBack,
            "rollback_completed" => Self::RolledBack,
            "rollback_paused" => Self::RollbackPaused,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// A task of a service: one container, or what became of it. All texts are untrusted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Task {
    /// The Swarm's id for it.
    pub id: String,
    /// The id of its service.
    pub service: String,
    /// The id of the node that it is on; empty before it is on one.
    pub node: String,
    /// Its place among those of a replicated service; 0 for a global one.
    pub slot: u64,
    /// The Swarm's word for its state: `running`, `failed` …
    pub state: String,
    /// The state that the Swarm wants: `running`, `shutdown` …
    pub desired: String,
    /// Why it is in this state, in the Swarm's words; empty if there is nothing to say.
    pub error: String,
    /// Exit code of its container, once that has ended.
    pub exit_code: Option<i64>,
    /// The id of its container on its node; empty before there is one.
    pub container: String,
    /// When it was made, as the Swarm writes it: texts sort as times do.
    pub created: String,
    /// What it is made of: `TaskTemplate` of its service at that time.
    pub template: Value,
    /// The run of a job that it belongs to; 0 for what is no job.
    pub run: u64,
}

impl Task {
    /// Whether its container runs and is to run, and is healthy if a health check says how to tell.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == "running" && self.desired == "running"
    }

    /// Whether it came to a bad end.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(self.state.as_str(), "failed" | "rejected")
    }

    /// Whether it may have a process, now or soon.
    #[must_use]
    pub fn may_run(&self) -> bool {
        let is_over = matches!(
            self.state.as_str(),
            "complete" | "shutdown" | "failed" | "rejected" | "remove" | "orphaned"
        );
        // One that is to end and never began has nothing to end.
        let never_began = self.desired != "running" && self.node.is_empty();
        !(is_over || never_began)
    }

    /// Whether it is made of that `TaskTemplate`, wherever it was placed.
    #[must_use]
    pub fn is_of(&self, template: &Value) -> bool {
        let parts = ["ContainerSpec", "Resources", "ForceUpdate", "LogDriver", "RestartPolicy"];
        parts.iter().all(|part| self.template.get(*part) == template.get(*part))
    }
}

/// How far one run of a job has come.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRun<'t> {
    /// How many tasks have ended with exit code 0; of a job on each node, on how many nodes.
    pub completed: usize,
    /// How many are to.
    pub wanted: usize,
    /// How many run or are about to.
    pub live: usize,
    /// Those that came to a bad end.
    pub failed: Vec<&'t Task>,
}

impl<'t> JobRun<'t> {
    /// Whether it has done its work.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.completed >= self.wanted
    }

    /// The newest task that came to a bad end.
    #[must_use]
    pub fn newest_failure(&self) -> Option<&'t Task> {
        self.failed.iter().copied().max_by(|one, other| one.created.cmp(&other.created))
    }
}

/// A node of a Swarm.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SwarmNode {
    /// The Swarm's id for it.
    pub id: String,
    /// The name of its machine. Untrusted.
    pub hostname: String,
    /// The address of its machine; empty if that is not told. Untrusted.
    pub address: String,
    /// Whether it gets tasks: `active`, `pause` or `drain`.
    pub availability: String,
    /// `ready`, `down` …
    pub state: String,
}

impl SwarmService {
    /// How many tasks it is to have: for a global service, one on each of these nodes that gets tasks.
    #[must_use]
    pub fn wanted(&self, tasks: &[Task]) -> usize {
        match self.document.pointer("/Mode/Replicated/Replicas").and_then(Value::as_u64) {
            Some(number) => usize::try_from(number).unwrap_or(usize::MAX),
            None if self.document.pointer("/Mode/Replicated").is_some() => 1,
            // The Swarm makes a task for each node that may have one.
            None => tasks.iter().filter(|task| task.desired == "running").count(),
        }
    }

    /// Whether its tasks run to their end.
    #[must_use]
    pub fn is_job(&self) -> bool {
        ["/Mode/ReplicatedJob", "/Mode/GlobalJob"].iter().any(|mode| self.document.pointer(mode).is_some())
    }

    /// How far the latest run of a job has come, by all tasks.
    #[must_use]
    pub fn job_run<'t>(&self, tasks: &'t [Task]) -> JobRun<'t> {
        let own: Vec<&Task> =
            tasks.iter().filter(|task| task.service == self.id && task.run == self.run).collect();
        let done = own.iter().filter(|task| task.state == "complete");
        let total = self.document.pointer("/Mode/ReplicatedJob/TotalCompletions").and_then(Value::as_u64);
        let (completed, wanted) = match total {
            Some(total) => (done.count(), usize::try_from(total).unwrap_or(usize::MAX)),
            // The Swarm makes a task for each node that may have one, and others on it in place of those that failed.
            None => {
                let nodes = |tasks: &mut dyn Iterator<Item = &&Task>| {
                    tasks.map(|task| task.node.clone()).collect::<BTreeSet<String>>().len()
                };
                (nodes(&mut done.into_iter()), nodes(&mut own.iter()).max(1))
            }
        };
        let is_waiting =
            |task: &&&Task| task.may_run() || (task.state == "pending" && task.desired == "complete");
        let live = own.iter().filter(is_waiting).count();
        let failed = own.iter().copied().filter(|task| task.has_failed()).collect();
        JobRun { completed, wanted, live, failed }
    }

    /// `TaskTemplate`.
    #[must_use]
    pub fn template(&self) -> &Value {
        self.document.get("TaskTemplate").unwrap_or(&Value::Null)
    }
}
