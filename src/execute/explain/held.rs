//! Why an instance is held, and what to do about it.

use crate::{
    event::HeldKind,
    execute::Run,
    model::Ship,
    plan::{Held, HeldReason, command::Command},
};

/// Why an instance is held by the plan: kind, reason, what to do.
pub(in crate::execute) fn held(run: &Run, held: &Held) -> (HeldKind, String, String) {
    let environment = &run.environment;
    let instance = environment.instance(held.instance);
    let ship = environment.ship(instance.ship);
    let name = &instance.name;
    match &held.reason {
        HeldReason::NotAsked => {
            let text = format!("ship {} does not answer: its ship was not asked", ship.name);
            (HeldKind::Unreachable, text, again(run, ship, name))
        }
        HeldReason::Unreachable { reason } => (
            HeldKind::Unreachable,
            format!("ship {} does not answer: {reason}", ship.name),
            again(run, ship, name),
        ),
        HeldReason::Foreign { id, image, environment: other } => {
            let whose = whose(other.as_ref());
            let short = &id[..id.len().min(12)];
            (
                HeldKind::Foreign,
                format!("ship {} has a container `{name}` ({short}, image {image}) that {whose}", ship.name),
                foreign_next(run, name),
            )
        }
        HeldReason::SharedVolume { .. } | HeldReason::Moved { .. } | HeldReason::Elsewhere { .. } => {
            data(run, held)
        }
        HeldReason::UnmanagedNetwork { network, environment: other } => (
            HeldKind::Foreign,
            format!("ship {} has a network {network} that {}", ship.name, whose(other.as_ref())),
            format!(
                "remove the network if nobody needs it (`docker network rm {network}` on that ship), or use it as it \
                 is with `{} {} --adopt`",
                run.invocation, run.plan.command
            ),
        ),
        HeldReason::Behind { other } => (
            HeldKind::Behind,
            format!("{}, which comes first, is held", environment.instance(*other).name),
            String::new(),
        ),
    }
}

fn again(run: &Run, ship: &Ship, name: &str) -> String {
    format!(
        "look at the engine on {} ({}), then run `{} {} {name}` again",
        ship.name, ship.endpoint, run.invocation, run.plan.command
    )
}

fn whose(other: Option<&String>) -> String {
    other
        .map_or("was not made by Maestro".to_owned(), |other| format!("belongs to the environment `{other}`"))
}

/// What to do about a container of somebody else. Only commands that make containers have to get it out of the way.
fn foreign_next(run: &Run, name: &str) -> String {
    let command = run.plan.command;
    let typed = format!("`{} {command} --adopt {name}`", run.invocation);
    match command {
        Command::Start | Command::Restart => format!(
            "rename it (`docker rename {name} {name}-old`), give this instance another name, or let this \
             environment replace it with {typed}"
        ),
        Command::Rollback(_) => {
            format!(
                "rename it (`docker rename {name} {name}-old`), then run `{} {command}` again",
                run.invocation
            )
        }
        Command::Clean => format!("leave it to whom it belongs, or remove it with {typed}"),
        Command::Stop | Command::Kill | Command::Apply | Command::Pull => {
            format!("leave it to whom it belongs, or {command} it with {typed}")
        }
    }
}

/// The same where the instance's data could come to harm.
fn data(run: &Run, held: &Held) -> (HeldKind, String, String) {
    let environment = &run.environment;
    let instance = environment.instance(held.instance);
    let (ship, name) = (environment.ship(instance.ship), &instance.name);
    match &held.reason {
        HeldReason::SharedVolume { paths } => (
            HeldKind::SharedVolume,
            format!(
                "with `update.order: start-first` its old and its new container would both write to its anonymous \
                 volumes ({})",
                paths.join(", ")
            ),
            format!(
                "use `order: stop-first`, give the volumes a name in the file, or let the new container begin with \
                 empty ones: `{} {} --renew-anonymous-volumes {name}`",
                run.invocation, run.plan.command
            ),
        ),
        HeldReason::Moved { from, data } => (
            HeldKind::Moved,
            format!(
                "its container is on ship {}, and its data would stay there: {}",
                environment.ship(*from).name,
                data.join(", ")
            ),
            format!(
                "copy the data to ship {} yourself and move it, or move it without: `{} {} --move {name}`; or let \
                 the file say `ship: {}` again",
                ship.name,
                run.invocation,
                run.plan.command,
                environment.ship(*from).name
            ),
        ),
        HeldReason::Elsewhere { ship: other, reason } => (
            HeldKind::Elsewhere,
            format!(
                "it may keep data, and whether it is on ship {} cannot be known: that does not answer ({reason})",
                environment.ship(*other).name
            ),
            format!(
                "look at the engine on {} ({}), or start it on ship {} in any case: `{} {} --move {name}`",
                environment.ship(*other).name,
                environment.ship(*other).endpoint,
                ship.name,
                run.invocation,
                run.plan.command
            ),
        ),
        HeldReason::NotAsked
        | HeldReason::Unreachable { .. }
        | HeldReason::Foreign { .. }
        | HeldReason::UnmanagedNetwork { .. }
        | HeldReason::Behind { .. } => (HeldKind::Behind, String::new(), String::new()),
    }
}
