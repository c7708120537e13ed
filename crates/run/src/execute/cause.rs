//! What an engine's refusal means. Engines tell it in words alone.

mod ports;
mod refusal;

pub(super) use ports::with_holder;
use ports::{conflicting_port, is_port_conflict};

use maestro_core::{
    event::{Cause, Failure, innermost},
    fault::{EngineFault, StepFault},
    plan::action::{Action, ContainerAction},
};
use maestro_engine::EngineError;

/// The failure of an action that an engine did not do.
pub(super) fn failure(action: &Action, error: &EngineError) -> Failure {
    Failure::of(match error {
        EngineError::Unreachable(fault) => Cause::Unreachable(fault.clone()),
        EngineError::ResponseLost(fault) => Cause::AnswerLost(fault.clone()),
        EngineError::NotFound(fault) | EngineError::Conflict(fault) | EngineError::Refused(fault) => {
            refused(action, fault)
        }
    })
}

/// The engine said no. Its words are known to mislead in some cases.
fn refused(action: &Action, fault: &EngineFault) -> Cause {
    if let EngineFault::Step(StepFault::NameKept { name, fault }) = fault {
        return Cause::NameKept { name: name.clone(), fault: (**fault).clone() };
    }
    if let EngineFault::Step(StepFault::Hook(fault)) = fault {
        return Cause::HookFailed(fault.clone());
    }
    let Some(words) = fault.words() else {
        return Cause::Refused { fault: fault.clone(), refusal: None };
    };
    let cause = match action {
        Action::Container(ContainerAction::Start { .. }) => refused_start(words),
        Action::Container(ContainerAction::Create { name, .. }) => refused_create(name, words),
        Action::Container(
            ContainerAction::Copy { .. }
            | ContainerAction::Reload { .. }
            | ContainerAction::Rename { .. }
            | ContainerAction::Discard { .. }
            | ContainerAction::Stop { .. }
            | ContainerAction::Kill { .. }
            | ContainerAction::Pause { .. }
            | ContainerAction::Unpause { .. }
            | ContainerAction::Remove { .. },
        )
        | Action::Service(_)
        | Action::Image(_)
        | Action::Network(_)
        | Action::Volume(_)
        | Action::Record(_)
        | Action::Wait(_) => None,
    };
    cause.unwrap_or_else(|| Cause::Refused {
        fault: innermost(words).into(),
        refusal: refusal::refusal(words),
    })
}

/// Why the engine refuses a start, if its words are known.
fn refused_start(words: &str) -> Option<Cause> {
    if is_port_conflict(words) {
        let port = conflicting_port(words);
        return Some(Cause::PortTaken { port, words: innermost(words).to_owned(), holder: None });
    }
    is_missing_program(words).then(|| Cause::NoProgram(from_exec(words).to_owned()))
}

/// Why the engine refuses to create a container of this name, if its words are known.
fn refused_create(name: &str, words: &str) -> Option<Cause> {
    if words.to_lowercase().contains("no command specified") {
        return Some(Cause::NoCommand);
    }
    let is_taken = words.contains("is already in use by container");
    is_taken.then(|| Cause::NameTaken { name: name.to_owned(), words: words.to_owned() })
}

fn is_missing_program(words: &str) -> bool {
    words.contains("exec: ")
        && (words.contains("no such file or directory") || words.contains("executable file not found"))
}

/// The engine tells through how many hands the failure went, more of them with each revision; the end is what counts.
fn from_exec(words: &str) -> &str {
    let end = words.find("exec: ").map_or(words, |at| &words[at..]);
    end.strip_suffix(": unknown").unwrap_or(end)
}
