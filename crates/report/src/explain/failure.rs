//! Why a step failed, what holds now, what to type next.

use super::{
    Context,
    action::{holds, phrase},
    carry,
    compensation::{COMES_BACK, compensated, is_compensated},
    engine,
    explanation::Explanation,
    probe, readiness, refusal, registry, service, volume_copy,
};
use crate::{carried, message::FailureText};
use maestro_core::{
    event::{Cause, Failure, LastLines, PortHolder},
    fault::{EngineFault, HookFault, SwarmFault},
    model::{Ship, registry::ImageRefusal},
    plan::{
        StepId,
        action::{Action, ActionKind, ImageAction, VolumeAction},
        place,
    },
    value::setting::has_entrypoint,
};

/// A failure of a step in words.
#[must_use]
pub fn text(context: &Context<'_>, id: StepId, failure: Failure) -> FailureText {
    let kind = failure.kind();
    let Explanation { cause, holds, next } = explain(context, id, &failure);
    let text = FailureText {
        kind,
        reason: cause,
        state: holds,
        next,
        exit_code: failure.exit_code,
        log: last_lines(failure.log),
    };
    match failure.cause {
        // What to do about the cause matters more than the command that goes on.
        Cause::PortTaken { .. }
        | Cause::NoProgram(_)
        | Cause::Refused { refusal: Some(_), .. }
        | Cause::Died { is_out_of_memory: true, .. }
            if is_compensated(context, id) =>
        {
            FailureText { state: COMES_BACK.to_owned(), ..text }
        }
        // What to do about them matters more than that.
        Cause::Restarted { .. }
        | Cause::Paused
        | Cause::Unhealthy { .. }
        | Cause::NotPulled { .. }
        | Cause::Service(_) => text,
        // Whether the change has happened is what matters.
        Cause::AnswerLost(_) if context.plan.step(id).action.changes() => text,
        Cause::Unreachable(_)
        | Cause::AnswerLost(_)
        | Cause::Refused { .. }
        | Cause::PortTaken { .. }
        | Cause::NoProgram(_)
        | Cause::NoCommand
        | Cause::HookFailed(_)
        | Cause::NotCopied { .. }
        | Cause::NotCarried { .. }
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
        Cause::Unreachable(fault) => step.unreachable(fault),
        Cause::AnswerLost(fault) => step.answer_lost(fault),
        Cause::Refused { fault, refusal: None } => step.refused(fault),
        Cause::Refused { fault, refusal: Some(refusal) } => {
            let words = refusal::words(context, id, refusal, &engine::sentence(fault));
            step.explain(words.cause, format!("{}; then run {} again", words.remedy, step.again))
        }
        Cause::PortTaken { port, words, holder } => step.port_taken(*port, words, holder.as_ref()),
        Cause::NoProgram(words) => step.no_program(context, id, words),
        Cause::NoCommand => step.no_command(),
        Cause::HookFailed(fault) => step.hook_failed(fault),
        Cause::NameKept { name, fault } => step.name_kept(name, fault),
        Cause::NameTaken { name, words } => step.name_taken(name, words),
        Cause::NotPulled { refusal, words, tries } => step.not_pulled(refusal, words, *tries),
        Cause::NotCopied { volume, fault } => {
            let from = match step.action {
                Action::Volume(VolumeAction::Copy { from, .. }) => &context.environment.ship(*from).name,
                _ => &step.ship.name,
            };
            let cause = volume_copy::fault(fault, volume, from, &step.ship.name);
            step.explain(cause, format!("fix the cause, then run {} again", step.again))
        }
        Cause::NotCarried { image, fault } => {
            let from = match step.action {
                Action::Image(ImageAction::Carry { from, .. }) => carried::source(from),
                _ => "another engine".to_owned(),
            };
            step.explain(
                carry::sentence(fault, image, &from, &step.ship.name),
                format!("{}, then run {} again", carry::next(fault, &step.ship.name), step.again),
            )
        }
        Cause::Died { restarting, is_out_of_memory: true } => {
            readiness::out_of_memory(context, id, *restarting)
        }
        Cause::Died { restarting, is_out_of_memory: false } => {
            readiness::died(context, id, *restarting, failure.exit_code)
        }
        Cause::Restarted { times } => readiness::restarted(context, id, *times),
        Cause::Paused => readiness::paused(context, id),
        Cause::Service(fault) => service::failed(context, id, fault),
        Cause::Unhealthy { last } => readiness::unhealthy(context, id, last.as_ref()),
        Cause::CheckFailed { what, within, tries, last, key } => {
            let tries = if *tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
            let cause = format!(
                "{} did not pass within {} s ({tries}); last result: {}",
                probe::probe(what),
                within.as_secs_f64(),
                probe::sentence(last)
            );
            let longer = format!("if it only needs more time, raise `{key}` of the check");
            readiness::checked(context, id, cause, "fix what the check tests", &longer)
        }
        Cause::CheckImpossible { what, why } => {
            let cause = format!("{} cannot pass: {}", probe::probe(what), probe::sentence(why));
            readiness::checked(context, id, cause, "fix the check or its target", "")
        }
    }
}

/// The last lines of a log, or in their place why there are none.
fn last_lines(log: LastLines) -> Vec<String> {
    match log {
        LastLines::Lines(lines) => lines,
        LastLines::Unavailable(fault) => {
            vec![format!("(its log cannot be had: {})", engine::sentence(&fault))]
        }
        LastLines::Late => vec!["(its log did not come in time)".to_owned()],
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

    fn unreachable(&self, fault: &EngineFault) -> Explanation {
        let words = engine::sentence(fault);
        let ship = self.ship;
        let waits =
            matches!(self.action.kind(), ActionKind::Ready | ActionKind::Verify | ActionKind::Check(_));
        Explanation {
            cause: format!("the engine of ship {} cannot be reached: {words}", ship.name),
            holds: if waits { holds(self.action) } else { "this step was not started".to_owned() },
            next: format!(
                "check the engine on {} ({}), then run {} again",
                ship.name,
                ship.addresses(),
                self.again
            ),
        }
    }

    fn answer_lost(&self, fault: &EngineFault) -> Explanation {
        let words = engine::sentence(fault);
        let (ship, step) = (&self.ship.name, phrase(self.action));
        Explanation {
            cause: format!("ship {ship} got the request to {step}, but the response was lost: {words}"),
            holds: "unknown: the change may have happened, or may still happen".to_owned(),
            next: format!(
                "`{} status` shows the current state; then run {} again",
                self.invocation, self.again
            ),
        }
    }

    fn refused(&self, fault: &EngineFault) -> Explanation {
        let words = engine::sentence(fault);
        if matches!(fault, EngineFault::Swarm(SwarmFault::OnlyForContainers(_))) {
            return self.explain(
                format!("ship {} is a Swarm: {words}", self.ship.name),
                format!("`{} stop` scales a service to 0, `restart` replaces its tasks", self.invocation),
            );
        }
        self.explain(
            format!("ship {} refused to {}: {words}", self.ship.name, phrase(self.action)),
            format!("fix what the engine reports, then run {} again", self.again),
        )
    }

    fn port_taken(&self, port: Option<u16>, words: &str, holder: Option<&PortHolder>) -> Explanation {
        let look = match port {
            Some(port) => format!("`docker ps --filter publish={port}` or `ss -ltnp 'sport = :{port}'`"),
            None => "`docker ps` or `ss -ltnp`".to_owned(),
        };
        self.explain(
            format!("one of its ports is in use on ship {}: {words}{}", self.ship.name, held_by(holder)),
            format!(
                "on that ship {look} shows what uses the port; free it or change `ports`, then run {} again",
                self.again
            ),
        )
    }

    fn no_program(&self, context: &Context<'_>, id: StepId, words: &str) -> Explanation {
        let instance = context.declared(id);
        let has_entrypoint = instance.is_some_and(|instance| has_entrypoint(&instance.container.settings));
        let has_command = instance.is_some_and(|instance| place::written(instance, "command").is_some());
        let key = match (has_entrypoint, has_command) {
            (true, _) => Some("entrypoint"),
            (false, true) => Some("command"),
            (false, false) => None,
        };
        let at = key.map(|key| format!(" ({})", context.key(id, key))).unwrap_or_default();
        let key = key.unwrap_or("command");
        self.explain(
            format!("the image does not contain the program to run{at}: {words}"),
            format!("fix `{key}` or use an image that contains the program, then run {} again", self.again),
        )
    }

    fn hook_failed(&self, fault: &HookFault) -> Explanation {
        let key = fault.key;
        let holds = if key == "pre_stop" {
            "its container was not stopped".to_owned()
        } else {
            "its container runs; the next run does not repeat the hook".to_owned()
        };
        let next = format!("fix the command of `{key}`, then run {} again", self.again);
        Explanation { cause: engine::hook(fault), holds, next }
    }

    fn no_command(&self) -> Explanation {
        self.explain(
            "neither the file nor the image sets a command".to_owned(),
            format!("set `command`, then run {} again", self.again),
        )
    }

    fn name_kept(&self, name: &str, fault: &EngineFault) -> Explanation {
        let words = engine::name_kept(name, fault);
        self.explain(
            format!("the engine of ship {} refuses the container name `{name}`: {words}", self.ship.name),
            format!(
                "its creation failed or is still in progress; run {} again in a moment. If the engine still refuses the name, restart the engine or rename the instance",
                self.again
            ),
        )
    }

    fn name_taken(&self, name: &str, words: &str) -> Explanation {
        self.explain(
            format!("another program created the container `{name}` after the plan was made: {words}"),
            format!("run {} again: it observes the ships again", self.again),
        )
    }

    fn not_pulled(&self, refusal: &ImageRefusal, fault: &EngineFault, tries: u32) -> Explanation {
        let words = engine::sentence(fault);
        let (image, ship) = (&refusal.image, &self.ship.name);
        let (cause, remedy) = (registry::cause(refusal, ship), registry::next(refusal, ship));
        let tries = if tries > 1 { format!(" ({tries} tries)") } else { String::new() };
        self.explain(
            format!("image {image} could not be pulled on ship {ship}{tries}: {cause}: {words}"),
            format!("{remedy}; then run {} again", self.again),
        )
    }
}

fn held_by(holder: Option<&PortHolder>) -> String {
    match holder {
        None => String::new(),
        Some(PortHolder::Process) => "; a process outside of containers uses it".to_owned(),
        Some(PortHolder::Container { name, environment: Some(environment), .. }) => {
            format!("; container {name} of environment {environment} uses it")
        }
        Some(PortHolder::Container { name, environment: None, image }) => {
            format!("; container {name} (image {image}), which is unmanaged, uses it")
        }
    }
}
