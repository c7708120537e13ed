//! What a failed replacement comes to.

use super::Context;
use crate::message::FailureText;
use maestro_core::{
    event::FailureKind,
    model::{InstanceId, selection::typed_service},
    plan::{StepId, action::ActionKind},
};

/// What holds when a replacement has failed.
pub(super) const COMES_BACK: &str =
    "rolled back: the new container is removed, and the previous container runs again";

/// Whether the old container comes back if this step fails.
pub(super) fn is_compensated(context: &Context<'_>, id: StepId) -> bool {
    context.plan.compensations.iter().any(|compensation| compensation.of.contains(&id))
}

/// The same failure of a step that replaces a container: what failed is taken back, with its log.
pub(super) fn compensated(context: &Context<'_>, id: StepId, failure: FailureText) -> FailureText {
    let is_copy = context.plan.step(id).action.kind() == ActionKind::CopyVolume;
    // The old container need not wait for the other ship.
    let is_silent = failure.kind == FailureKind::Unreachable && !is_copy;
    if !is_compensated(context, id) || is_silent {
        return failure;
    }
    let holds = COMES_BACK.to_owned();
    let next = match failure.kind {
        FailureKind::Unknown => failure.next,
        _ => format!("fix the cause, then run {} again", all_again(context, id)),
    };
    FailureText { state: holds, next, ..failure }
}

/// The command that goes on with the roll-out: where others of the service take part, with all of it.
fn all_again(context: &Context<'_>, id: StepId) -> String {
    let environment = &context.environment;
    let Some(instance) = context.plan.step(id).instance else { return context.again(id) };
    let service = environment.instance(instance).service;
    let is_other = |other: InstanceId| other != instance && environment.instance(other).service == service;
    if context.plan.steps.iter().filter_map(|step| step.instance).any(is_other) {
        return format!(
            "`{} {} {}`",
            context.invocation,
            context.plan.command,
            typed_service(environment, service)
        );
    }
    context.again(id)
}
