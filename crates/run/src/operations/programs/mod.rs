//! Programs that a user talks to: a command in a container, with input, output and a terminal.

mod detach;
mod everywhere;
mod lines;
mod one_off;
mod talk;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use maestro_engine::{AttachOptions, Attached, Engine, EngineError, ExecRequest, lost};

pub use detach::{DetachKeys, InvalidKeys};
pub use everywhere::{ExecEverywhere, ExecSource, ExecUpdate};
pub use one_off::{NotMade, OneOffContainer, OneOffRequest, PullUpdate};
pub use talk::Console;
use talk::{TalkEnd, Window, talk};

/// The pauses before an engine is asked again for the exit code of a command whose output has ended.
const PAUSES: [Duration; 9] = [
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// How long an engine is asked at once to tell a container's end.
const WATCHED: Duration = Duration::from_secs(3600);
/// How long after a wait for a container's end that broke the engine is asked again, if it answers.
const ASKED_AGAIN: Duration = Duration::from_secs(1);
/// How long a connection may outlive the container of its program.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A command in a container of an engine.
#[derive(Clone)]
pub struct ExecTarget {
    /// The engine.
    pub engine: Arc<dyn Engine>,
    /// The container's id.
    pub container: String,
}

/// What became of a program, as far as the user who talked to it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramEnd {
    /// It did not start.
    NotStarted(EngineError),
    /// It ended with this exit code.
    Exited(i64),
    /// Its container was stopped or removed while it ran.
    ContainerEnded,
    /// Its output has ended, and it goes on.
    RunsOn,
    /// The user has left it; it goes on.
    Detached,
    /// Nobody takes its output any more.
    OutputClosed,
    /// The connection was lost; it may go on.
    Lost(EngineError),
}

/// Runs a command in a container and connects it to a console.
pub async fn exec(
    target: &ExecTarget,
    request: &ExecRequest,
    attachment: &AttachOptions,
    console: Console,
) -> ProgramEnd {
    let ExecTarget { engine, container } = target;
    let exec = match engine.create_exec(container, request, attachment).await {
        Ok(exec) => exec,
        Err(error) => return ProgramEnd::NotStarted(error),
    };
    let attached = match engine.start_exec(&exec, attachment).await {
        Ok(attached) => attached,
        Err(error @ EngineError::ResponseLost(_)) => return ProgramEnd::Lost(error),
        Err(error) => return ProgramEnd::NotStarted(error),
    };
    let window = attachment.terminal.then(|| Window::of_exec(&**engine, &exec, attachment.size));
    let talked = tokio::select! {
        biased;
        talked = talk(attached, console, window) => talked,
        // A connection that stays open after the end of the container holds nobody.
        end = container_end(target) => return end,
    };
    match talked {
        TalkEnd::OutputEnded => exit_code(target, &exec).await,
        TalkEnd::Detached => ProgramEnd::Detached,
        TalkEnd::OutputClosed => ProgramEnd::OutputClosed,
        TalkEnd::Broken(error) => ProgramEnd::Lost(error),
    }
}

/// Connects a console to the first program of a container.
pub async fn attach(target: &ExecTarget, options: &AttachOptions, console: Console) -> ProgramEnd {
    let ExecTarget { engine, container } = target;
    let attached = match engine.attach(container, options).await {
        Ok(attached) => attached,
        Err(error) => return ProgramEnd::NotStarted(error),
    };
    follow(target, options, console, attached).await
}

/// Connects a console to the first program of a container that was attached to.
async fn follow(
    target: &ExecTarget,
    options: &AttachOptions,
    console: Console,
    attached: Attached,
) -> ProgramEnd {
    let ExecTarget { engine, container } = target;
    let window = options.terminal.then(|| Window::of_container(&**engine, container, options.size));
    let talked = talk(attached, console, window);
    let ended = container_exit(target);
    tokio::pin!(talked, ended);
    tokio::select! {
        biased;
        talked = &mut talked => match talked {
            TalkEnd::OutputEnded => match timeout(LAST_WORDS, ended).await {
                Ok(end) => end,
                // It may have ended before it was waited for, and runs again since.
                Err(_) => match engine.inspect(container).await {
                    Ok(Some(inspected)) if inspected.state.is_up() => ProgramEnd::RunsOn,
                    Ok(Some(inspected)) => inspected.exit_code.map_or(ProgramEnd::ContainerEnded, ProgramEnd::Exited),
                    Ok(None) => ProgramEnd::ContainerEnded,
                    Err(error) => ProgramEnd::Lost(error),
                },
            },
            TalkEnd::Detached => ProgramEnd::Detached,
            TalkEnd::OutputClosed => ProgramEnd::OutputClosed,
            TalkEnd::Broken(error) => ProgramEnd::Lost(error),
        },
        end = &mut ended => {
            // The last of its output may still come.
            let _ = timeout(LAST_WORDS, talked).await;
            end
        }
    }
}

/// How the first program of a container ends, or the way to its engine.
async fn container_exit(ExecTarget { engine, container }: &ExecTarget) -> ProgramEnd {
    loop {
        match engine.exit_within(container, WATCHED).await {
            Ok(Some(code)) => return ProgramEnd::Exited(code),
            Ok(None) => continue,
            Err(EngineError::NotFound(_)) => return ProgramEnd::ContainerEnded,
            Err(_) => {}
        }
        // This connection ends when the ship vanishes, also while input waits on the program's own.
        if let Some(error) = lost(&**engine).await {
            return ProgramEnd::Lost(error);
        }
        tokio::time::sleep(ASKED_AGAIN).await;
    }
}

/// Waits until a container has ended, and then as long as its programs may need to say their last words; or until its
/// engine does not answer any more.
async fn container_end(target: &ExecTarget) -> ProgramEnd {
    let end = container_exit(target).await;
    if matches!(end, ProgramEnd::Lost(_)) {
        return end;
    }
    tokio::time::sleep(LAST_WORDS).await;
    ProgramEnd::ContainerEnded
}

/// What became of a command whose output has ended. Engines close the output a moment before they know the exit code.
async fn exit_code(target: &ExecTarget, exec: &str) -> ProgramEnd {
    let ExecTarget { engine, container } = target;
    let mut pauses = PAUSES.iter();
    loop {
        match engine.exec_exit_code(exec).await {
            Ok(Some(code)) if code == KILLED && ends(&**engine, container).await => {
                return ProgramEnd::ContainerEnded;
            }
            Ok(Some(code)) => return ProgramEnd::Exited(code),
            Ok(None) => {}
            // An engine forgets the commands of a container that was removed, and all of them when it is restarted.
            Err(EngineError::NotFound(_) | EngineError::Conflict(_)) => return ProgramEnd::ContainerEnded,
            Err(error) => return ProgramEnd::Lost(error),
        }
        let Some(pause) = pauses.next() else { break };
        tokio::time::sleep(*pause).await;
    }
    if is_down(&**engine, container).await { ProgramEnd::ContainerEnded } else { ProgramEnd::RunsOn }
}

/// How long a container may still seem to run when its programs were killed with it.
const DYING: Duration = Duration::from_secs(1);

/// How a program ends that was killed, also with its container.
const KILLED: i64 = 137;

/// Whether a container has ended, or is about to: its programs end a moment before the engine knows that it has.
async fn ends(engine: &dyn Engine, container: &str) -> bool {
    match engine.exit_within(container, DYING).await {
        Ok(code) => code.is_some(),
        Err(error) => matches!(error, EngineError::NotFound(_)),
    }
}

/// Whether a container does not run any more.
async fn is_down(engine: &dyn Engine, container: &str) -> bool {
    match engine.inspect(container).await {
        Ok(inspected) => inspected.is_none_or(|inspected| !inspected.state.is_up()),
        Err(_) => false,
    }
}
