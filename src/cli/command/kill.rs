//! `kill`: bring down what runs at once, or send its programs a signal.

use std::{slice, sync::Arc};

use serde_json::json;

use super::stop;
use crate::cli::{
    args::{KillArgs, LeaseArgs, Output},
    error::{End, Problem},
    running::find,
    running_container::RunningContainer,
    session::Session,
};
use maestro_core::{model::selection::undeclared, plan::stop::StopMethod};
use maestro_engine::EngineError;
use maestro_file::document::signal::signal;
use maestro_report::{json, problem::CommandProblem, programs, text::harmless};

/// The signal that ends a program, whatever it does.
const KILL: [&str; 2] = ["SIGKILL", "9"];

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &KillArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    refuse_signal_as_name(session, &args.what.things.things)?;
    match args.signal.as_deref().filter(|signal| !KILL.contains(signal)) {
        Some(signal) => send(session, &args.what.things.things, signal, lease.dry_run).await,
        None => stop::bring_down(session, &args.what, lease, StopMethod::Kill).await,
    }
}

/// `kill -s HUP web` sends a signal with other tools. Here `-s` is an option of `MaestroNG`, which takes no value.
fn refuse_signal_as_name(session: &Session, things: &[String]) -> Result<(), Problem> {
    let [first, rest @ ..] = things else { return Ok(()) };
    if signal(first).is_none() || undeclared(&session.environment, slice::from_ref(first)).is_empty() {
        return Ok(());
    }
    let rest: String = rest.iter().flat_map(|name| [" ", name]).collect();
    let text = format!("`{}` is a signal, and there is no service or instance of that name", harmless(first));
    let help = format!("to send it: `{} kill --signal {first}{rest}`", session.invocation);
    Err(Problem::bad_input(CommandProblem::new(text).help(harmless(&help))))
}

/// Sends a signal to the program of each container that runs. That changes nothing that the file declares, so it needs no
/// lease.
async fn send(session: &Session, things: &[String], signal: &str, dry_run: bool) -> Result<End, Problem> {
    let found = find(session, things).await?;
    session.ship_notes(&found.fleet.told())?;
    let (mut end, mut sent) = (End::Done, Vec::new());
    for container in found.containers {
        match container {
            Ok(container) => {
                let answer =
                    if dry_run { Ok(()) } else { container.engine.signal(&container.id, signal).await };
                if let Err(error) = &answer {
                    end = end.worse(error.into());
                }
                sent.push((container, answer));
            }
            // Without names it is asked of what runs.
            Err(other) if things.is_empty() && other.end == End::Failed => {}
            Err(other) => {
                session.note(&other.why)?;
                end = end.worse(other.end);
            }
        }
    }
    tell(session, signal, dry_run, &sent)?;
    Ok(end)
}

fn tell(
    session: &Session,
    signal: &str,
    dry_run: bool,
    sent: &[(RunningContainer, Result<(), EngineError>)],
) -> Result<(), Problem> {
    if session.output == Output::Json {
        let each = sent.iter().map(|(RunningContainer { name, .. }, answer)| {
            let reason = answer.as_ref().err().map(|error| programs::signal_fault(error.fault()));
            json!({
                "instance": name.instance,
                "service": name.service,
                "ship": name.ship,
                "sent": answer.is_ok() && !dry_run,
                "reason": reason,
            })
        });
        let document = json!({
            "version": 1,
            "environment": session.environment.name,
            "signal": signal,
            "instances": each.collect::<Vec<_>>(),
        });
        return session.print(&json::pretty(&document)?);
    }
    for (container, answer) in sent {
        match answer {
            Ok(()) => session.print(&programs::signalled(&container.name, signal, dry_run))?,
            Err(error) => {
                session.note(&programs::not_signalled(&container.name, signal, error.fault()))?;
            }
        }
    }
    Ok(())
}
