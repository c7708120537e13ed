//! A shell in an instance, which has the terminal meanwhile.

use tokio::sync::mpsc;

use super::{keyboard::Keyboard, shared::Dash};
use crate::cli::{
    console::{self, LocalConsole},
    error::Problem,
    session::Session,
    signals::Signals,
};
use maestro_core::model::selection::typed_name;
use maestro_engine::{AttachOptions, ExecRequest};
use maestro_report::{logs::LogName, programs};
use maestro_run::operations::programs::{DetachKeys, ExecTarget, ProgramEnd, exec};

/// What is run.
const SHELL: &str = "sh";
/// Keys that leave it running, as with `exec`.
const DETACH_KEYS: &str = "ctrl-p,ctrl-q";

/// Where it runs.
pub(super) struct Target {
    name: LogName,
    target: ExecTarget,
}

/// What is to be told when it has ended.
pub(super) enum Told {
    Nothing,
    Text(String),
    /// A signal came.
    Signal(u8),
}

/// The container of an instance; or why there is none that runs.
pub(super) async fn target(dash: &Dash, session: &Session, name: &str) -> Result<Target, String> {
    let (looked, found) = dash.containers(session, &[name.to_owned()]).await;
    let found = found.into_iter().find(|found| found.instance.is_some());
    let found = found.and_then(|found| Some((found.instance?, found)));
    let Some((id, found)) = found else { return Err(format!("{name} has no container")) };
    let environment = &session.environment;
    let log_name = LogName {
        instance: name.to_owned(),
        typed: typed_name(environment, id),
        service: found.service(session),
        ship: found.ship(session),
    };
    let Some(engine) = looked.fleet.engines[found.ship.0].clone() else {
        return Err(format!("{name} has no container"));
    };
    Ok(Target { name: log_name, target: ExecTarget { engine, container: found.container.id } })
}

/// Connects the user to a shell there until it ends.
pub(super) async fn talk(
    session: &Session,
    target: &Target,
    keyboard: &mut Keyboard,
    signals: &mut Signals,
) -> Result<Told, Problem> {
    let keys: Option<DetachKeys> = DETACH_KEYS.parse().ok();
    let attachment = AttachOptions {
        terminal: true,
        input: true,
        size: console::size(),
        detach_keys: keys.as_ref().map(|keys| keys.text().to_owned()),
    };
    let request = ExecRequest { command: vec![SHELL.to_owned()], ..ExecRequest::default() };
    let (input, typed) = mpsc::channel(1);
    let (local, console) = LocalConsole::with_input(typed, keys)?;
    let ended = {
        let running = exec(&target.target, &request, &attachment, console);
        tokio::pin!(running);
        loop {
            tokio::select! {
                biased;
                ended = &mut running => break Ok(ended),
                number = signals.next() => break Err(number),
                bytes = keyboard.bytes() => match bytes {
                    Some(bytes) => {
                        // A shell that takes nothing any more is about to end.
                        tokio::select! {
                            biased;
                            ended = &mut running => break Ok(ended),
                            _ = input.send(bytes) => {}
                        }
                    }
                    // The terminal is gone.
                    None => break Err(1),
                },
            }
        }
    };
    local.close().await?;
    Ok(ended.map_or_else(Told::Signal, |ended| told(session, &target.name, ended)))
}

fn told(session: &Session, name: &LogName, ended: ProgramEnd) -> Told {
    let program = programs::command(&[SHELL.to_owned()]);
    Told::Text(match ended {
        ProgramEnd::Exited(126 | 127) => programs::no_shell(name),
        ProgramEnd::Exited(_) | ProgramEnd::OutputClosed => return Told::Nothing,
        ProgramEnd::Detached => programs::detached(name, &program),
        ProgramEnd::RunsOn => programs::runs_on(name, &program),
        ProgramEnd::ContainerEnded => programs::container_ended(name, &program, &session.invocation),
        ProgramEnd::NotStarted(error) => programs::not_started(name, error.fault()),
        ProgramEnd::Lost(error) => programs::lost(name, error.fault()),
    })
}
