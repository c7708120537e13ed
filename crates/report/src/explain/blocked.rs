//! Why an instance does not get to its end, and what to do about it.

use super::{Context, action::phrase, engine, planned, ship, unmanaged, volume_copy};
use maestro_core::{
    event::{Blocked, Subject},
    model::{Instance, Ship, ShipId, check::LifecycleState, selection::typed_instance},
    plan::{
        BlockedReason, StepId,
        action::{Action, ImageAction, VolumeAction, WaitAction},
        command::Command,
    },
};

/// Why an instance does not get to its end, and what to do about it; the latter is empty where the cause is told
/// elsewhere.
#[must_use]
pub fn sentences(context: &Context<'_>, subject: &Subject, blocked: &Blocked) -> (String, String) {
    let reason = match blocked {
        Blocked::Planned(reason) => return planned(context, subject, reason),
        Blocked::Behind { blocked, failed } => behind(context, *blocked, *failed),
        Blocked::Interrupted => "interrupted before it was started".to_owned(),
        Blocked::WaitInterrupted(step) => wait_interrupted(context, *step),
        Blocked::LeaseLost => "this run lost its lease; another run may be changing it".to_owned(),
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
            format!("{}, of the same service, failed to {what}", environment.instance(instance).name)
        }
        Some(instance) => {
            format!("{} failed to {what}", environment.instance(instance).name)
        }
        None => format!("a previous step failed to {what}"),
    }
}

/// Why an instance gets nothing more done that was only waited for when Ctrl-C came.
fn wait_interrupted(context: &Context<'_>, id: StepId) -> String {
    let action = &context.plan.step(id).action;
    if context.plan.is_taken_back_if_interrupted() {
        let when = match action {
            Action::Volume(VolumeAction::Copy { name, .. }) => format!("while volume {name} was copied"),
            Action::Wait(_)
            | Action::Container(_)
            | Action::Service(_)
            | Action::Image(_)
            | Action::Network(_)
            | Action::Volume(_)
            | Action::Record(_) => "before it was ready".to_owned(),
        };
        return format!("interrupted {when}: the copy is removed, and the old container starts again");
    }
    match action {
        Action::Wait(WaitAction::Ready { .. }) => {
            "interrupted while waiting: it was started; it is unknown whether it is ready".to_owned()
        }
        Action::Wait(WaitAction::Verify { .. }) => {
            "interrupted while checking: it is running; it is unknown whether it is ready".to_owned()
        }
        Action::Image(ImageAction::Pull { .. }) => {
            "interrupted before the next try to pull its image".to_owned()
        }
        Action::Image(ImageAction::Carry { .. }) => {
            "interrupted while its image was carried: the image is not used".to_owned()
        }
        Action::Wait(WaitAction::Check { state, .. }) => {
            let holds = match state {
                LifecycleState::PreStart => "it was not started",
                LifecycleState::Running => "it is unknown whether it is ready",
                LifecycleState::PreStop => "it was not stopped",
                LifecycleState::Stopped => "it was stopped",
            };
            format!("interrupted while its {} checks were running: {holds}", state.word())
        }
        Action::Wait(WaitAction::Pause { .. })
        | Action::Container(_)
        | Action::Service(_)
        | Action::Image(ImageAction::Remove { .. })
        | Action::Network(_)
        | Action::Volume(_)
        | Action::Record(_) => "interrupted in a pause before its next step".to_owned(),
    }
}

/// Why the plan does nothing for an instance, and what to do about it.
fn planned(context: &Context<'_>, subject: &Subject, reason: &BlockedReason) -> (String, String) {
    let environment = context.environment;
    let name = subject.instance.as_deref().unwrap_or_default();
    let Some(instance) = environment.instances.iter().find(|instance| instance.name == name) else {
        return (super::planned::sentence(reason, environment), String::new());
    };
    let ship = environment.ship(instance.ship);
    let name = &*typed_instance(environment, name);
    match reason {
        BlockedReason::NotAsked => {
            let text = format!("ship {} was not contacted", ship.name);
            (text, again(context, ship, name))
        }
        BlockedReason::Unreachable { reason } => {
            (ship::unreachable(&ship.name, reason), again(context, ship, name))
        }
        BlockedReason::Unmanaged { id, image, environment: owner } => {
            foreign(context, instance, (id, image, owner.as_deref()))
        }
        BlockedReason::SharedVolume { .. }
        | BlockedReason::Moved { .. }
        | BlockedReason::ServiceMoved { .. }
        | BlockedReason::OnUnknownSwarm { .. }
        | BlockedReason::Elsewhere { .. } => data(context, instance, reason),
        BlockedReason::RunsElsewhere { ship: other, .. } => {
            (planned::sentence(reason, environment), again(context, environment.ship(*other), name))
        }
        BlockedReason::Volume(refusal) => (
            volume_copy::sentence(refusal, environment, &ship.name),
            volume_copy::next(refusal, environment, context.invocation, &ship.name, name),
        ),
        BlockedReason::UnmanagedNetwork { network, environment: other } => (
            format!("ship {}: {}", ship.name, unmanaged::network(network, other.as_deref())),
            format!(
                "remove the network if it is unused (`docker network rm {network}` on that ship), or use it with `{} {} --adopt`",
                context.invocation, context.plan.command
            ),
        ),
        BlockedReason::UnmanagedVolume { volume, environment: other } => (
            format!("ship {}: {}", ship.name, unmanaged::volume(volume, other.as_deref())),
            format!(
                "give the volume another `name` in the file, set `external: true` to share it, or take it over with `{} {} --adopt`",
                context.invocation, context.plan.command
            ),
        ),
        BlockedReason::ExternalMissing { kind, name: resource } => (
            format!("ship {}: {}", ship.name, unmanaged::missing(*kind, resource)),
            format!(
                "create it (`docker {} create {resource}` on that ship), or remove `external` in the file",
                unmanaged::resource(*kind)
            ),
        ),
        BlockedReason::Behind { other } => {
            (format!("{} is blocked", environment.instance(*other).name), String::new())
        }
    }
}

fn again(context: &Context<'_>, ship: &Ship, name: &str) -> String {
    let instances = context.environment.instances.len();
    // Without names a command is for all of them.
    let is_for_all = instances > 1 && name.split(' ').count() == instances;
    let names = if is_for_all { String::new() } else { format!(" {name}") };
    format!(
        "{}, then run `{} {}{names}` again",
        check_engine(&ship.name, &ship.addresses()),
        context.invocation,
        context.plan.command
    )
}

/// What to do about a ship that does not answer.
pub(crate) fn check_engine(ship: &str, endpoint: &str) -> String {
    format!("check the engine on {ship} ({endpoint})")
}

/// The same about several, which are named beside it.
pub(crate) const CHECK_ENGINES: &str = "check the engines on these ships";

/// That somebody else's container or service has the name, and what to do about it.
fn foreign(
    context: &Context<'_>,
    instance: &Instance,
    (id, image, owner): (&str, &str, Option<&str>),
) -> (String, String) {
    let ship = &context.environment.ship(instance.ship).name;
    let (name, container) = (typed_instance(context.environment, &instance.name), instance.container_name());
    if instance.swarm.is_some() {
        let reason = format!("Swarm {ship}: {}", unmanaged::service(container, image, owner));
        return (reason, foreign_service_next(context, &name, container));
    }
    let reason = format!("ship {ship}: {}", unmanaged::container(container, id, image, owner));
    (reason, foreign_next(context, &name, container))
}

/// What to do about a service of the name that somebody else made.
fn foreign_service_next(context: &Context<'_>, name: &str, service: &str) -> String {
    let command = context.plan.command;
    let typed = format!("`{} {command} --adopt {name}`", context.invocation);
    let remove = format!("`docker service rm {service}` removes it");
    match command {
        Command::Apply | Command::Start | Command::Restart => {
            format!("let this environment take it over ({typed}); or {remove}")
        }
        Command::Stop | Command::Kill => format!("leave it alone, or {command} it with {typed}"),
        Command::Clean => format!("leave it alone, or remove it with {typed}"),
        Command::Rollback(_)
        | Command::Pull
        | Command::Down
        | Command::Pause
        | Command::Unpause
        | Command::MoveVolumes => remove,
    }
}

/// What to do about a container of somebody else. Only commands that make containers have to get it out of the way.
fn foreign_next(context: &Context<'_>, name: &str, container: &str) -> String {
    let command = context.plan.command;
    let typed = format!("`{} {command} --adopt {name}`", context.invocation);
    match command {
        Command::Start | Command::Restart => format!(
            "rename it (`docker rename {container} {container}-old`), give this instance another name, or let this \
             environment replace it with {typed}"
        ),
        Command::Rollback(_) => {
            format!(
                "rename it (`docker rename {container} {container}-old`), then run `{} {command}` again",
                context.invocation
            )
        }
        Command::Clean => format!("leave it alone, or remove it with {typed}"),
        Command::Pause | Command::Unpause => {
            format!("leave it alone, or do it yourself (`docker {command} {container}` on that ship)")
        }
        Command::Down => {
            format!("leave it alone, or remove it yourself (`docker rm -f {container}` on that ship)")
        }
        Command::MoveVolumes => {
            format!("leave it alone, or rename it (`docker rename {container} {container}-old`)")
        }
        Command::Stop | Command::Kill | Command::Apply | Command::Pull => {
            format!("leave it alone, or {command} it with {typed}")
        }
    }
}

/// The same where the instance's data could come to harm.
fn data(context: &Context<'_>, instance: &Instance, reason: &BlockedReason) -> (String, String) {
    let environment = context.environment;
    let (ship, name) = (environment.ship(instance.ship), typed_instance(environment, &instance.name));
    match reason {
        BlockedReason::SharedVolume { paths } => (
            format!(
                "with `update.order: start-first` the old and the new container would both write to its anonymous volumes ({})",
                paths.join(", ")
            ),
            format!(
                "use `order: stop-first`, give the volumes a name in the file, or give the new container empty volumes: `{} {} --renew-anonymous-volumes {name}`",
                context.invocation, context.plan.command
            ),
        ),
        BlockedReason::Moved { from, data } => (
            format!(
                "its container is on ship {}, and its data stays there: {}",
                environment.ship(*from).name,
                data.join(", ")
            ),
            moved_next(context, instance, *from),
        ),
        BlockedReason::ServiceMoved { from, is_beside, data } => (
            planned::service_moved(environment, (*from, *is_beside), data),
            format!(
                "{}, and then move it: `{} {} --move {name}`; or let {}",
                planned::before_service_moves(environment, (*from, *is_beside)),
                context.invocation,
                context.plan.command,
                planned::back_from_move(environment, (*from, *is_beside))
            ),
        ),
        BlockedReason::OnUnknownSwarm { service } => {
            (planned::on_unknown_swarm(service), planned::name_the_swarm(service))
        }
        BlockedReason::Elsewhere { ship: other, reason } => (
            format!(
                "it may have data on ship {}, which is unreachable ({})",
                environment.ship(*other).name,
                engine::ship(reason)
            ),
            format!(
                "check the engine on {} ({}), or start it on ship {} anyway: `{} {} --move {name}`",
                environment.ship(*other).name,
                environment.ship(*other).addresses(),
                ship.name,
                context.invocation,
                context.plan.command
            ),
        ),
        BlockedReason::NotAsked
        | BlockedReason::Unreachable { .. }
        | BlockedReason::RunsElsewhere { .. }
        | BlockedReason::Unmanaged { .. }
        | BlockedReason::UnmanagedNetwork { .. }
        | BlockedReason::UnmanagedVolume { .. }
        | BlockedReason::ExternalMissing { .. }
        | BlockedReason::Volume(_)
        | BlockedReason::Behind { .. } => (String::new(), String::new()),
    }
}

/// What to do about data that would stay on another ship.
fn moved_next(context: &Context<'_>, instance: &Instance, from: ShipId) -> String {
    let (name, invocation) = (typed_instance(context.environment, &instance.name), context.invocation);
    let from = &context.environment.ship(from).name;
    if context.plan.command == Command::MoveVolumes {
        return format!(
            "only named volumes are copied: move it without the rest (`{invocation} volume move --leave-others \
             {name}`), or let the file say `ship: {from}` again"
        );
    }
    format!(
        "move it with its named volumes (`{invocation} volume move {name}`), or without the data \
         (`{invocation} {} --move {name}`); or let the file say `ship: {from}` again",
        context.plan.command
    )
}
