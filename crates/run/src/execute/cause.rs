//! What an engine's refusal means. Engines tell it in words alone.

mod ports;

pub(super) use ports::with_holder;
use ports::{conflicting_port, is_port_conflict};

use maestro_core::{
    event::{Cause, Failure},
    fault::{EngineFault, StepFault},
    plan::action::Action,
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
    let Some(words) = fault.words() else { return Cause::Refused(fault.clone()) };
    let said = words.to_owned();
    match action {
        Action::Start { .. } if is_port_conflict(words) => {
            Cause::PortTaken { port: conflicting_port(words), words: said, holder: None }
        }
        Action::Start { .. } if is_missing_program(words) => Cause::NoProgram(from_exec(words).to_owned()),
        Action::Create { .. } if words.to_lowercase().contains("no command specified") => Cause::NoCommand,
        Action::Create { name, .. } if words.contains("is already in use by container") => {
            Cause::NameTaken { name: name.clone(), words: said }
        }
        _ => Cause::Refused(fault.clone()),
    }
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
