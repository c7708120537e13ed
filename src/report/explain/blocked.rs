//! Why an instance does not get to its end, and what to do about it.

use super::{Context, failure::phrase, unmanaged};
use crate::{
    event::{Blocked, Subject},
    model::{Instance, Ship, check::State},
    plan::{HeldReason, StepId, action::Action, command::Command},
};

/// Why an instance does not get to its end, and what to do about it; the latter is empty where the cause is told
/// elsewhere.
#[must_use]
pub fn sentences(context: &Context<'_>, subject: &Subject, blocked: &Blocked) -> (String, String) {
    let reason = match blocked {
        Blocked::Planned(reason) => return planned(context, subject, reason),
        Blocked::Behind { blocked, failed } => behind(context, *blocked, *failed),
        Blocked::Interrupted => "interrupted before its turn came".to_owned(),
        Blocked::WaitInterrupted(step) => wait_interrupted(context, *step),
        Blocked::LeaseLost => {
            "this run's lease was taken away, and another run may be changing it".to_owned()
        }
    };
    (reason, String::new())
}

/// Why a step of an instance is not done after another's failed.
fn behind(context: &Context<'_>, blocked: StepId, failed: StepId) -> String {
    let (step, blocked) = (context.plan.step(failed), context.plan.step(blocked));
    let what = phrase(&step.action);
    let environment = &context.environment;
    let service = |instance| environment.instance(instance).service;
    match step.instance {
        // A roll-out holds all of a service, also what has had its turn.
        Some(instance) if blocked.instance.map(service) == Some(service(instance)) => {
            format!("{}, of the same service, failed: {what}", environment.instance(instance).name)
        }
        Some(instance) => {
            format!("{}, which comes first, failed: {what}", environment.instance(instance).name)
        }
        None => format!("a step that comes first failed: {what}"),
    }
}

/// Why an instance gets nothing more done that was only waited for when Ctrl-C came.
fn wait_interrupted(context: &Context<'_>, id: StepId) -> String {
    match &context.plan.step(id).action {
        Action::Ready { .. } => {
            "interrupted while it was waited for: it was started, but is not known to be ready".to_owned()
        }
        Action::Verify { .. } => {
            "interrupted while it was checked: it runs, but is not known to be ready".to_owned()
        }
        Action::Pull { .. } => "interrupted before its image was tried again".to_owned(),
        Action::Check { state, .. } => {
            let holds = match state {
                State::PreStart => "it was not started",
                State::Running => "it is not known to be ready",
                State::PreStop => "it was not asked to stop",
                State::Stopped => "it was stopped",
            };
            format!("interrupted while its {} checks were waited for: {holds}", state.word())
        }
        _ => "interrupted in a pause before its next step".to_owned(),
    }
}

/// Why the plan does nothing for an instance, and what to do about it.
fn planned(context: &Context<'_>, subject: &Subject, reason: &HeldReason) -> (String, String) {
    let environment = context.environment;
    let name = subject.instance.as_deref().unwrap_or_default();
    let Some(instance) = environment.instances.iter().find(|instance| instance.name == name) else {
        return (super::held::sentence(reason, environment), String::new());
    };
    let ship = environment.ship(instance.ship);
    match reason {
        HeldReason::NotAsked => {
            let text = format!("ship {} does not answer: its ship was not asked", ship.name);
            (text, again(context, ship, name))
        }
        HeldReason::Unreachable { reason } => {
            (format!("ship {} does not answer: {reason}", ship.name), again(context, ship, name))
        }
        HeldReason::Foreign { id, image, environment: other } => {
            let reason = unmanaged::container(name, id, image, other.as_deref());
            (format!("ship {}: {reason}", ship.name), foreign_next(context, name))
        }
        HeldReason::SharedVolume { .. } | HeldReason::Moved { .. } | HeldReason::Elsewhere { .. } => {
            data(context, instance, reason)
        }
        HeldReason::UnmanagedNetwork { network, environment: other } => (
            format!("ship {}: {}", ship.name, unmanaged::network(network, other.as_deref())),
            format!(
                "remove the network if nobody needs it (`docker network rm {network}` on that ship), or use it as it \
                 is with `{} {} --adopt`",
                context.invocation, context.plan.command
            ),
        ),
        HeldReason::Behind { other } => {
            (format!("{}, which comes first, is held", environment.instance(*other).name), String::new())
        }
    }
}

fn again(context: &Context<'_>, ship: &Ship, name: &str) -> String {
    format!(
        "look at the engine on {} ({}), then run `{} {} {name}` again",
        ship.name, ship.endpoint, context.invocation, context.plan.command
    )
}

/// What to do about a container of somebody else. Only commands that make containers have to get it out of the way.
fn foreign_next(context: &Context<'_>, name: &str) -> String {
    let command = context.plan.command;
    let typed = format!("`{} {command} --adopt {name}`", context.invocation);
    match command {
        Command::Start | Command::Restart => format!(
            "rename it (`docker rename {name} {name}-old`), give this instance another name, or let this \
             environment replace it with {typed}"
        ),
        Command::Rollback(_) => {
            format!(
                "rename it (`docker rename {name} {name}-old`), then run `{} {command}` again",
                context.invocation
            )
        }
        Command::Clean => format!("leave it to whom it belongs, or remove it with {typed}"),
        Command::Stop | Command::Kill | Command::Apply | Command::Pull => {
            format!("leave it to whom it belongs, or {command} it with {typed}")
        }
    }
}

/// The same where the instance's data could come to harm.
fn data(context: &Context<'_>, instance: &Instance, reason: &HeldReason) -> (String, String) {
    let environment = context.environment;
    let (ship, name) = (environment.ship(instance.ship), &instance.name);
    match reason {
        HeldReason::SharedVolume { paths } => (
            format!(
                "with `update.order: start-first` its old and its new container would both write to its anonymous \
                 volumes ({})",
                paths.join(", ")
            ),
            format!(
                "use `order: stop-first`, give the volumes a name in the file, or let the new container begin with \
                 empty ones: `{} {} --renew-anonymous-volumes {name}`",
                context.invocation, context.plan.command
            ),
        ),
        HeldReason::Moved { from, data } => (
            format!(
                "its container is on ship {}, and its data would stay there: {}",
                environment.ship(*from).name,
                data.join(", ")
            ),
            format!(
                "copy the data to ship {} yourself and move it, or move it without: `{} {} --move {name}`; or let \
                 the file say `ship: {}` again",
                ship.name,
                context.invocation,
                context.plan.command,
                environment.ship(*from).name
            ),
        ),
        HeldReason::Elsewhere { ship: other, reason } => (
            format!(
                "it may keep data, and whether it is on ship {} cannot be known: that does not answer ({reason})",
                environment.ship(*other).name
            ),
            format!(
                "look at the engine on {} ({}), or start it on ship {} in any case: `{} {} --move {name}`",
                environment.ship(*other).name,
                environment.ship(*other).endpoint,
                ship.name,
                context.invocation,
                context.plan.command
            ),
        ),
        HeldReason::NotAsked
        | HeldReason::Unreachable { .. }
        | HeldReason::Foreign { .. }
        | HeldReason::UnmanagedNetwork { .. }
        | HeldReason::Behind { .. } => (String::new(), String::new()),
    }
}
