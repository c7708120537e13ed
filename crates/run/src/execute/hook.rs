//! Commands that run in a container after its start and before its stop.

use maestro_core::{
    fault::{HookFault, StepFault},
    value::hook::Hook,
};
use maestro_engine::{Engine, EngineError, ExecRequest};

/// Runs hooks in a container that was started. It runs on if one fails, and the next ones are not run.
///
/// # Errors
/// As the engine answers; a refusal if a command ends with another exit code than 0.
pub(super) async fn post_start(
    engine: &dyn Engine,
    container: &str,
    hooks: &[Hook],
) -> Result<(), EngineError> {
    for hook in hooks {
        run(engine, container, hook, "post_start").await?;
    }
    Ok(())
}

/// Runs hooks in a container that is going to be stopped. In one that does not run, there is nothing to do.
///
/// # Errors
/// As the engine answers; a refusal if a command ends with another exit code than 0.
pub(super) async fn pre_stop(
    engine: &dyn Engine,
    container: &str,
    hooks: &[Hook],
) -> Result<(), EngineError> {
    for hook in hooks {
        match run(engine, container, hook, "pre_stop").await {
            Err(EngineError::NotFound(_) | EngineError::Conflict(_)) => return Ok(()),
            done => done?,
        }
    }
    Ok(())
}

async fn run(
    engine: &dyn Engine,
    container: &str,
    hook: &Hook,
    key: &'static str,
) -> Result<(), EngineError> {
    let executed = engine.exec(container, &ExecRequest::from(hook)).await?;
    if executed.exit_code == 0 {
        return Ok(());
    }
    let last_line = executed.output.into_iter().rev().find(|line| !line.trim().is_empty());
    let (program, exit_code) = (hook.program().to_owned(), executed.exit_code);
    Err(EngineError::Refused(StepFault::Hook(HookFault { key, program, exit_code, last_line }).into()))
}
