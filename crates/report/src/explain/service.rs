//! Why a service on a Swarm did not become what it is to be.

use super::{Context, explanation::Explanation};
use crate::{labels, text::harmless};
use maestro_core::{fault::ServiceFailure, plan::StepId};

/// What a Swarm does about a job whose tasks failed.
const GOES_ON: &str = "the Swarm goes on to try";
/// The same of one that is not tried again.
const NONE_RUNS: &str = "none of its tasks runs";

/// A service whose tasks do not run, or whose update the Swarm gave up.
pub(super) fn failed(context: &Context<'_>, id: StepId, failure: &ServiceFailure) -> Explanation {
    let (name, again) = (context.typed_instance(id), context.again(id));
    let service = context.container(id);
    let log = format!("`{} logs {name}` shows its log", context.invocation);
    let fix = format!("fix the cause, then run {again} again; {log}");
    let (cause, holds, next) = match failure {
        ServiceFailure::TasksFail { node, error, failed } => (
            format!("{}{}: {}", labels::count(*failed, "task"), failed_on(node), harmless(error)),
            format!(
                "the service {service} exists; the Swarm goes on to start tasks in place of those that fail"
            ),
            fix,
        ),
        ServiceFailure::JobFailed { node, error, failed, goes_on } => (
            format!("{}{}: {}", labels::count(*failed, "task"), failed_on(node), harmless(error)),
            format!("the service {service} exists; {}", if *goes_on { GOES_ON } else { NONE_RUNS }),
            format!("fix the cause, then run {again} again, which runs the job again; {log}"),
        ),
        ServiceFailure::Paused { node, error } => (
            format!("the Swarm paused the update: {}: {}", a_task_failed(node), harmless(error)),
            format!("the service {service} has old and new tasks"),
            fix,
        ),
        ServiceFailure::RolledBack { node, error, is_complete: true } => (
            format!("the Swarm rolled the update back: {}: {}", a_task_failed(node), harmless(error)),
            format!("the service {service} runs as before"),
            fix,
        ),
        ServiceFailure::RolledBack { node, error, is_complete: false } => (
            format!(
                "the Swarm paused the roll-back of the update: {}: {}",
                a_task_failed(node),
                harmless(error)
            ),
            format!("the service {service} has old and new tasks"),
            fix,
        ),
        ServiceFailure::NotPlaced { running, wanted, error } => {
            let why = if error.is_empty() {
                "the Swarm makes no more".to_owned()
            } else {
                harmless(error).into_owned()
            };
            (
                format!("{running} of {} run: {why}", labels::count(*wanted, "task")),
                format!("the service {service} exists; the Swarm goes on to look for nodes"),
                format!(
                    "`docker node ls` on a manager shows its nodes; add nodes or change `deploy.placement`, then run \
                     {again} again"
                ),
            )
        }
        ServiceFailure::Gone => (
            "the service does not exist any more".to_owned(),
            "somebody else removed it".to_owned(),
            format!("run {again} again"),
        ),
    };
    Explanation { cause, holds, next }
}

fn failed_on(node: &str) -> String {
    if node.is_empty() { " failed".to_owned() } else { format!(" failed, the last on {}", harmless(node)) }
}

fn a_task_failed(node: &str) -> String {
    if node.is_empty() { "a task failed".to_owned() } else { format!("a task on {} failed", harmless(node)) }
}
