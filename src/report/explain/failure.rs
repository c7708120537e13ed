//! Why a step failed, what holds now, what to type next.

use super::{
    Context,
    compensation::{COMES_BACK, compensated, is_compensated},
    readiness, registry,
};
use crate::{
    event::{Cause, Failure, PortHolder},
    model::{Ship, check::State, registry::ImageRefusal},
    plan::{StepId, action::Action},
    report::message::FailureText,
};

/// What is told of a failure beside its kind, exit code and log.
pub(super) struct Explanation {
    pub cause: String,
    pub holds: String,
    pub next: String,
}

/// A failure of a step in words.
#[must_use]
pub fn text(context: &Context<'_>, id: StepId, failure: Failure) -> FailureText {
    let kind = failure.kind();
    let Explanation { cause, holds, next } = explain(context, id, &failure);
    let text = FailureText { kind, cause, holds, next, exit_code: failure.exit_code, log: failure.log };
    match failure.cause {
        // What to do about the port or the program matters more than the command that goes on.
        Cause::PortTaken { .. } | Cause::NoProgram(_) if is_compensated(context, id) => {
            FailureText { holds: COMES_BACK.to_owned(), ..text }
        }
        // What to do about them matters more than that.
        Cause::Restarted { .. } | Cause::Paused | Cause::Unhealthy { .. } | Cause::NotPulled { .. } => text,
        // Whether the change has happened is what matters.
        Cause::AnswerLost(_) if context.plan.step(id).action.changes() => text,
        Cause::Unreachable(_)
        | Cause::AnswerLost(_)
        | Cause::Refused(_)
        | Cause::PortTaken { .. }
        | Cause::NoProgram(_)
        | Cause::NoCommand
        | Cause::NameKept { .. }
        | Cause::NameTaken { .. }
        | Cause::Died { .. }
        | Cause::CheckFailed { .. }
        | Cause::CheckImpossible { .. } => compensated(context, id, text),
    }
}

fn explain(context: &Context<'_>, id: StepId, failure: &Failure) -> Explanation {
    let step = Failed::of(context, id);
    match &failure.cause {
        Cause::Unreachable(words) => step.unreachable(words),
        Cause::AnswerLost(words) => step.answer_lost(words),
        Cause::Refused(words) => step.refused(words),
        Cause::PortTaken { port, words, holder } => step.port_taken(*port, words, holder.as_ref()),
        Cause::NoProgram(words) => step.no_program(words),
        Cause::NoCommand => step.no_command(),
        Cause::NameKept { name, words } => step.name_kept(name, words),
        Cause::NameTaken { name, words } => step.name_taken(name, words),
        Cause::NotPulled { refusal, words, tries } => step.not_pulled(refusal, words, *tries),
        Cause::Died { restarting } => readiness::died(context, id, *restarting, failure.exit_code),
        Cause::Restarted { times } => readiness::restarted(context, id, *times),
        Cause::Paused => readiness::paused(context, id),
        Cause::Unhealthy { last } => readiness::unhealthy(context, id, last),
        Cause::CheckFailed { what, within, tries, last, key } => {
            let tries = if *tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
            let cause = format!(
                "{what} did not pass within {} s ({tries}); the last one saw: {last}",
                within.as_secs_f64()
            );
            let longer = format!("if it only needs longer, raise `{key}` of the check");
            readiness::checked(context, id, cause, "mend what the check looks at", &longer)
        }
        Cause::CheckImpossible { what, why } => {
            let cause = format!("{what} cannot pass: {why}");
            readiness::checked(context, id, cause, "mend the check, or what it names", "")
        }
    }
}

/// A step that failed, and the command to type again.
struct Failed<'a> {
    action: &'a Action,
    ship: &'a Ship,
    invocation: &'a str,
    again: String,
}

impl<'a> Failed<'a> {
    fn of(context: &Context<'a>, id: StepId) -> Self {
        let step = context.plan.step(id);
        Self {
            action: &step.action,
            ship: context.environment.ship(step.ship),
            invocation: context.invocation,
            again: context.again(id),
        }
    }

    fn explain(&self, cause: String, next: String) -> Explanation {
        Explanation { cause, holds: holds(self.action), next }
    }

    fn unreachable(&self, words: &str) -> Explanation {
        let ship = self.ship;
        let waits =
            matches!(self.action, Action::Ready { .. } | Action::Verify { .. } | Action::Check { .. });
        Explanation {
            cause: format!("the engine of ship {} cannot be reached: {words}", ship.name),
            holds: if waits { holds(self.action) } else { "this step was not begun".to_owned() },
            next: format!(
                "look at the engine on {} ({}), then run {} again",
                ship.name, ship.endpoint, self.again
            ),
        }
    }

    fn answer_lost(&self, words: &str) -> Explanation {
        let (ship, step) = (&self.ship.name, phrase(self.action));
        Explanation {
            cause: format!("ship {ship} was asked to {step}, but its answer was lost: {words}"),
            holds: "it may or may not have happened, and may still happen".to_owned(),
            next: format!("`{} status` shows what holds; then run {} again", self.invocation, self.again),
        }
    }

    fn refused(&self, words: &str) -> Explanation {
        self.explain(
            format!("ship {} refused to {}: {words}", self.ship.name, phrase(self.action)),
            format!("mend what the engine names, then run {} again", self.again),
        )
    }

    fn port_taken(&self, port: Option<u16>, words: &str, holder: Option<&PortHolder>) -> Explanation {
        let look = match port {
            Some(port) => format!("`docker ps --filter publish={port}` or `ss -ltnp 'sport = :{port}'`"),
            None => "`docker ps` or `ss -ltnp`".to_owned(),
        };
        self.explain(
            format!("a port of it is in use on ship {}: {words}{}", self.ship.name, held_by(holder)),
            format!(
                "on that ship {look} shows what holds it; free it or change `ports`, then run {} again",
                self.again
            ),
        )
    }

    fn no_program(&self, words: &str) -> Explanation {
        self.explain(
            format!("the program that it is to run is not in its image: {words}"),
            format!("mend `command`, or take an image that has the program, then run {} again", self.again),
        )
    }

    fn no_command(&self) -> Explanation {
        self.explain(
            "neither the file nor its image says what to run".to_owned(),
            format!("give it a `command`, then run {} again", self.again),
        )
    }

    fn name_kept(&self, name: &str, words: &str) -> Explanation {
        self.explain(
            format!("the engine of ship {} takes no container `{name}`: {words}", self.ship.name),
            format!(
                "a creation of it was refused or is still under way; run {} again in a moment. If the engine \
                 goes on keeping the name, restart the engine, or give the instance another name",
                self.again
            ),
        )
    }

    fn name_taken(&self, name: &str, words: &str) -> Explanation {
        self.explain(
            format!("somebody made a container `{name}` after the plan was made: {words}"),
            format!("run {} again: it looks anew", self.again),
        )
    }

    fn not_pulled(&self, refusal: &ImageRefusal, words: &str, tries: u32) -> Explanation {
        let (image, ship) = (&refusal.image, &self.ship.name);
        let (cause, remedy) = (registry::cause(refusal, ship), registry::next(refusal, ship));
        let tries = if tries > 1 { format!(" ({tries} tries)") } else { String::new() };
        self.explain(
            format!("image {image} could not be fetched on ship {ship}{tries}: {cause}: {words}"),
            format!("{remedy}; then run {} again", self.again),
        )
    }
}

fn held_by(holder: Option<&PortHolder>) -> String {
    match holder {
        None => String::new(),
        Some(PortHolder::Process) => "; a process that is no container holds it".to_owned(),
        Some(PortHolder::Container { name, environment: Some(environment), .. }) => {
            format!("; container {name} of environment {environment} holds it")
        }
        Some(PortHolder::Container { name, environment: None, image }) => {
            format!("; container {name} (image {image}), which Maestro did not make, holds it")
        }
    }
}

/// What a step does, in words.
pub(super) fn phrase(action: &Action) -> String {
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
        Action::Record { record } => format!("record revision {}", record.number),
        Action::Forget { revision, .. } => format!("forget revision {revision}"),
        Action::Pause { .. } => "wait".to_owned(),
    }
}

/// What is known to hold after a step has failed.
pub(super) fn holds(action: &Action) -> String {
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
        Action::Record { record } => format!("revision {} is not recorded on this ship", record.number),
        Action::Forget { revision, .. } => format!("the record of revision {revision} is still there"),
        Action::CreateNetwork { .. } | Action::Pause { .. } => "nothing was changed by this step".to_owned(),
    }
}
