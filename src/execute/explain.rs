//! Failures in words: what went wrong, what holds now, what to type next.

mod held;
mod ports;
mod pull;
mod readiness;
mod rescue;

pub(super) use held::held;
pub(super) use ports::with_holder;
use ports::{conflicting_port, is_port_conflict};
pub(super) use pull::{PullFault, fault_clause, pull_fault};
pub(super) use readiness::{CheckFailure, check, died, impossible_check, paused, restarted, unhealthy};
use rescue::{COMES_BACK, is_rescued, rescued};

use super::{Run, names::KEPT};
use crate::{
    engine::EngineError,
    event::{Failure, FailureKind},
    model::{Ship, check::State},
    plan::{StepId, action::Action, command::Command},
};

/// Why a step of an instance is not done after another's failed.
pub(super) fn behind(run: &Run, blocked: StepId, failed: StepId) -> String {
    let (step, blocked) = (run.plan.step(failed), run.plan.step(blocked));
    let what = phrase(&step.action);
    let environment = &run.environment;
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

/// Why an instance gets nothing more done after Ctrl-C.
pub(super) fn interrupted() -> String {
    "interrupted before its turn came".to_owned()
}

/// Why an instance gets nothing more done that was only waited for when Ctrl-C came.
pub(super) fn given_up(run: &Run, id: StepId) -> String {
    match &run.plan.step(id).action {
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

/// What a step does, in words.
fn phrase(action: &Action) -> String {
    match action {
        Action::CreateNetwork { name, .. } => format!("create network {name}"),
        Action::RemoveNetwork { name, .. } => format!("remove network {name}"),
        Action::Pull { image } => format!("pull image {image}"),
        Action::Create { .. } => "create its container".to_owned(),
        Action::Rename { container, to, .. } => format!("rename {container} to {to}"),
        Action::Discard { .. } => "remove what was to take its place".to_owned(),
        Action::Rejoin { network, .. } => format!("take its place on network {network}"),
        Action::Start { .. } => "start its container".to_owned(),
        Action::Ready { .. } => "become ready".to_owned(),
        Action::Verify { .. } => "be ready".to_owned(),
        Action::Check { state, .. } => format!("pass its {} checks", state.word()),
        Action::Stop { .. } => "stop its container".to_owned(),
        Action::Kill { .. } => "kill its container".to_owned(),
        Action::Remove { .. } => "remove its old container".to_owned(),
        Action::RemoveVolume { left } => format!("remove volume {}", left.volume),
        Action::Record { record } => format!("record generation {}", record.number),
        Action::Forget { generation, .. } => format!("forget generation {generation}"),
        Action::Pause { .. } => "wait".to_owned(),
    }
}

/// What is known to hold after a step has failed.
fn holds(action: &Action) -> String {
    match action {
        Action::RemoveNetwork { name, .. } => format!("the network {name} is still there"),
        Action::Pull { .. } => "its container, if it had one, was not touched".to_owned(),
        Action::Create { spec, .. } => format!("no container was made for {}", spec.name),
        Action::Rename { container, .. } => format!("the container {container} has its name as before"),
        Action::Discard { names, .. } => {
            format!("a container that was to take its place may still be there, as {}", names.join(" or "))
        }
        Action::Rejoin { container, network, .. } => {
            format!("the container {container} may be off network {network}, where no other finds it")
        }
        Action::Start { container } => format!("the container {container} is there, created, not running"),
        Action::Ready { container, .. } => format!("the container {container} is there and was started"),
        Action::Verify { container, .. } => format!("the container {container} was left as it is"),
        Action::Stop { container, .. } | Action::Kill { container, .. } => {
            format!("the container {container} is as it was before")
        }
        Action::Remove { container, .. } => format!("the container {container} is still there, not running"),
        Action::Check { container, state, .. } => match state {
            State::PreStart => format!("{container} was not started"),
            State::Running => format!("the container {container} is there and was started"),
            State::PreStop => {
                format!("the container {container} was not stopped: it runs on, and so does all it needs")
            }
            State::Stopped => format!("the container {container} is stopped; what it needs was not stopped"),
        },
        Action::RemoveVolume { left } => format!("the volume {} may still be there", left.volume),
        Action::Record { record } => format!("generation {} is not recorded on this ship", record.number),
        Action::Forget { generation, .. } => format!("the record of generation {generation} is still there"),
        Action::CreateNetwork { .. } | Action::Pause { .. } => "nothing was changed by this step".to_owned(),
    }
}

fn again(run: &Run, step: StepId) -> String {
    match run.plan.step(step).instance {
        // It is of the whole environment.
        Some(instance) if !matches!(run.plan.command, Command::Rollback(_)) => {
            format!("`{} {} {}`", run.invocation, run.plan.command, run.environment.instance(instance).name)
        }
        _ => format!("`{} {}`", run.invocation, run.plan.command),
    }
}

fn failure(kind: FailureKind, cause: String, holds: String, next: String) -> Failure {
    Failure { kind, cause, holds, next, exit_code: None, log: Vec::new() }
}

/// An engine refused a step, or could not be reached for it.
pub(super) fn engine_error(run: &Run, id: StepId, error: &EngineError) -> Failure {
    let step = run.plan.step(id);
    let ship = run.environment.ship(step.ship);
    let again = again(run, id);
    let failure = match error {
        EngineError::Unreachable(words) => failure(
            FailureKind::Unreachable,
            format!("the engine of ship {} cannot be reached: {words}", ship.name),
            match &step.action {
                // The wait had begun.
                waits @ (Action::Ready { .. } | Action::Verify { .. } | Action::Check { .. }) => holds(waits),
                _ => "this step was not begun".to_owned(),
            },
            format!("look at the engine on {} ({}), then run {again} again", ship.name, ship.endpoint),
        ),
        EngineError::NoAnswer(words) => unknown(run, id, words),
        EngineError::NotFound(words) | EngineError::Conflict(words) | EngineError::Refused(words) => {
            let (cause, next) = refused(ship, &step.action, words, &again);
            let refused = failure(FailureKind::Failed, cause, holds(&step.action), next);
            // The engine's words about a port say best what to do.
            if next_matters(&step.action, words) && is_rescued(run, id) {
                return Failure { holds: COMES_BACK.to_owned(), ..refused };
            }
            refused
        }
    };
    rescued(run, id, failure)
}

fn next_matters(action: &Action, words: &str) -> bool {
    matches!(action, Action::Start { .. }) && (is_port_conflict(words) || is_missing_program(words))
}

/// The engine said no: tells the cause and what to do, with better words where the engine's are known to mislead.
fn refused(ship: &Ship, action: &Action, words: &str, again: &str) -> (String, String) {
    match action {
        Action::Start { .. } if is_port_conflict(words) => {
            let find = match conflicting_port(words) {
                Some(port) => format!("`docker ps --filter publish={port}` or `ss -ltnp 'sport = :{port}'`"),
                None => "`docker ps` or `ss -ltnp`".to_owned(),
            };
            (
                format!("a port of it is in use on ship {}: {words}", ship.name),
                format!(
                    "on that ship {find} shows what holds it; free it or change `ports`, then run {again} again"
                ),
            )
        }
        Action::Start { .. } if is_missing_program(words) => (
            format!("the program that it is to run is not in its image: {}", from_exec(words)),
            format!("mend `command`, or take an image that has the program, then run {again} again"),
        ),
        Action::Create { .. } if words.to_lowercase().contains("no command specified") => (
            "neither the file nor its image says what to run".to_owned(),
            format!("give it a `command`, then run {again} again"),
        ),
        Action::Create { name, .. } | Action::Rename { to: name, .. } if words.starts_with(KEPT) => (
            format!("the engine of ship {} takes no container `{name}`: {words}", ship.name),
            format!(
                "a creation of it was refused or is still under way; run {again} again in a moment. If the engine \
                 goes on keeping the name, restart the engine, or give the instance another name"
            ),
        ),
        Action::Create { name, .. } if words.contains("is already in use by container") => (
            format!("somebody made a container `{name}` after the plan was made: {words}"),
            format!("run {again} again: it looks anew"),
        ),
        other => (
            format!("ship {} refused to {}: {words}", ship.name, phrase(other)),
            format!("mend what the engine names, then run {again} again"),
        ),
    }
}

fn is_missing_program(words: &str) -> bool {
    let phrases = ["no such file or directory", "executable file not found"];
    words.contains("exec: ") && phrases.iter().any(|phrase| words.contains(phrase))
}

/// The engine tells through how many hands the failure went, more of them with each generation; the end is what counts.
fn from_exec(words: &str) -> &str {
    let end = words.find("exec: ").map_or(words, |at| &words[at..]);
    end.strip_suffix(": unknown").unwrap_or(end)
}

/// The answer was lost, and looking did not tell whether the step has happened.
pub(super) fn unknown(run: &Run, id: StepId, words: &str) -> Failure {
    let step = run.plan.step(id);
    let ship = run.environment.ship(step.ship);
    failure(
        FailureKind::Unknown,
        format!("ship {} was asked to {}, but its answer was lost: {words}", ship.name, phrase(&step.action)),
        "it may or may not have happened, and may still happen".to_owned(),
        format!("`{} status` shows what holds; then run {} again", run.invocation, again(run, id)),
    )
}
