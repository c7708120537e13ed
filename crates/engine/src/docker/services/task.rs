//! Tasks as a manager answers.

use serde::Deserialize;
use serde_json::{Value, json};

use maestro_core::{model::swarm::tidy, observed::service::Task, value::shortened};

/// How many characters of a Swarm's words are kept.
const LONGEST_WORDS: usize = 500;

/// A Swarm's words as far as they are kept.
pub(super) fn short(words: &str) -> String {
    shortened(words, LONGEST_WORDS).into_owned()
}

/// Which run of a job something belongs to; the first has no number.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Iteration {
    pub(super) index: u64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct TheTask {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "ServiceID")]
    service: String,
    #[serde(rename = "NodeID")]
    node: String,
    slot: u64,
    created_at: String,
    desired_state: String,
    status: TaskStatus,
    spec: Value,
    job_iteration: Option<Iteration>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct TaskStatus {
    state: String,
    err: String,
    message: String,
    container_status: Option<ContainerStatus>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerStatus {
    exit_code: Option<i64>,
    #[serde(rename = "ContainerID")]
    id: String,
}

impl From<TheTask> for Task {
    fn from(task: TheTask) -> Self {
        let mut template = json!({ "TaskTemplate": task.spec });
        tidy(&mut template);
        let has_ended = matches!(task.status.state.as_str(), "failed" | "complete" | "shutdown");
        let TaskStatus { state, err, message, container_status } = task.status;
        let ContainerStatus { exit_code, id: container } = container_status.unwrap_or_default();
        let exit_code = exit_code.filter(|_| has_ended);
        // A task that waits for a node says why in its message.
        let error = if err.is_empty() && state == "pending" { message } else { err };
        Self {
            id: task.id,
            service: task.service,
            node: task.node,
            slot: task.slot,
            state,
            desired: task.desired_state,
            error: short(&error),
            exit_code,
            container,
            run: task.job_iteration.map(|run| run.index).unwrap_or_default(),
            created: task.created_at,
            template: template.get("TaskTemplate").cloned().unwrap_or_default(),
        }
    }
}
