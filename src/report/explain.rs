//! Sentences for the facts of plans and runs. Each fact has one function.

pub mod barrier;
pub mod difference;
pub mod held;
pub mod orphan;
pub mod reason;
pub mod remark;
pub mod unchanged;

use crate::plan::command::Command;

/// What a plan compares with, as people say it: `the file`, `generation 3`.
fn desired(command: Command) -> String {
    match command {
        Command::Rollback(revision) => format!("generation {revision}"),
        Command::Start
        | Command::Stop
        | Command::Kill
        | Command::Restart
        | Command::Apply
        | Command::Clean
        | Command::Pull => "the file".to_owned(),
    }
}

fn is_rollback(command: Command) -> bool {
    matches!(command, Command::Rollback(_))
}
