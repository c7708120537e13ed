//! The `rexec` check: a command in the container.

use super::{CheckTarget, Seen, ended, unanswered};
use maestro_core::fault::ProbeFault;
use maestro_engine::{ExecRequest, Executed};

/// Runs it once.
pub(super) async fn attempt(
    CheckTarget { engine, container, .. }: CheckTarget<'_>,
    command: &[String],
) -> Result<(), Seen> {
    match engine.exec(container, &ExecRequest::from(command)).await {
        Ok(executed) if executed.exit_code == 0 => Ok(()),
        Ok(executed) if is_missing(&executed) => {
            let name = command.first().map_or("", String::as_str);
            let (exit_code, name) = (executed.exit_code, name.to_owned());
            Err(Seen::NotYet(ProbeFault::NotInContainer { exit_code, name }))
        }
        Ok(executed) => Err(Seen::NotYet(ended(executed.exit_code, &executed.output.join("\n")))),
        Err(error) => Err(unanswered(engine, &error).await),
    }
}

/// Whether the engine, in the command's place, says that it found no such program. It may come: a container can make it.
fn is_missing(executed: &Executed) -> bool {
    let words = executed.output.last().map_or("", String::as_str);
    matches!(executed.exit_code, 126 | 127)
        && words.starts_with("OCI runtime exec failed")
        && (words.contains("no such file or directory") || words.contains("executable file not found"))
}
