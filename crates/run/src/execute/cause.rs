//! What an engine's refusal means. Engines tell it in words alone.

mod ports;

pub(super) use ports::with_holder;
use ports::{conflicting_port, is_port_conflict};

use super::names::KEPT;
use maestro_core::{
    event::{Cause, Failure},
    plan::action::Action,
};
use maestro_engine::EngineError;

/// The failure of an action that an engine did not do.
pub(super) fn failure(action: &Action, error: &EngineError) -> Failure {
    Failure::of(match error {
        EngineError::Unreachable(words) => Cause::Unreachable(words.clone()),
        EngineError::ResponseLost(words) => Cause::AnswerLost(words.clone()),
        EngineError::NotFound(words) | EngineError::Conflict(words) | EngineError::Refused(words) => {
            refused(action, words)
        }
    })
}

/// The engine said no. Its words are known to mislead in some cases.
fn refused(action: &Action, words: &str) -> Cause {
    let said = words.to_owned();
    match action {
        Action::Start { .. } if is_port_conflict(words) => {
            Cause::PortTaken { port: conflicting_port(words), words: said, holder: None }
        }
        Action::Start { .. } if is_missing_program(words) => Cause::NoProgram(from_exec(words).to_owned()),
        Action::Create { .. } if words.to_lowercase().contains("no command specified") => Cause::NoCommand,
        Action::Create { name, .. } | Action::Rename { to: name, .. } if words.starts_with(KEPT) => {
            Cause::NameKept { name: name.clone(), words: said }
        }
        Action::Create { name, .. } if words.contains("is already in use by container") => {
            Cause::NameTaken { name: name.clone(), words: said }
        }
        _ => Cause::Refused(said),
    }
}

fn is_missing_program(words: &str) -> bool {
    let phrases = ["no such file or directory", "executable file not found"];
    words.contains("exec: ") && phrases.iter().any(|phrase| words.contains(phrase))
}

/// The engine tells through how many hands the failure went, more of them with each revision; the end is what counts.
fn from_exec(words: &str) -> &str {
    let end = words.find("exec: ").map_or(words, |at| &words[at..]);
    end.strip_suffix(": unknown").unwrap_or(end)
}
