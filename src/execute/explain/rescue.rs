//! What is said where a failed replacement is taken back.

use super::again;
use crate::{
    event::{Failure, FailureKind},
    execute::Run,
    model::InstanceId,
    plan::StepId,
};

/// What holds when a replacement has failed.
pub(super) const COMES_BACK: &str = "its successor is removed, and its old container comes back";

/// Whether the old container comes back if this step fails.
pub(super) fn is_rescued(run: &Run, id: StepId) -> bool {
    run.plan.rescues.iter().any(|rescue| rescue.of.contains(&id))
}

/// The same failure of a step that replaces a container: what failed is taken back, with its log.
pub(super) fn rescued(run: &Run, id: StepId, failure: Failure) -> Failure {
    if !is_rescued(run, id) || failure.kind == FailureKind::Unreachable {
        return failure;
    }
    let holds = COMES_BACK.to_owned();
    let next = match failure.kind {
        FailureKind::Unknown => failure.next,
        _ => format!("mend its cause, then run {} again", all_again(run, id)),
    };
    Failure { holds, next, ..failure }
}

/// The command that goes on with the roll-out: where others of the service take part, with all of it.
fn all_again(run: &Run, id: StepId) -> String {
    let environment = &run.environment;
    let Some(instance) = run.plan.step(id).instance else { return again(run, id) };
    let service = environment.instance(instance).service;
    let is_other = |other: InstanceId| other != instance && environment.instance(other).service == service;
    if run.plan.steps.iter().filter_map(|step| step.instance).any(is_other) {
        return format!("`{} {} {}`", run.invocation, run.plan.command, environment.service(service).name);
    }
    again(run, id)
}
