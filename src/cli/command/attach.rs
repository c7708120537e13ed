//! `attach`: the first program of a container, connected to the user.

use super::exec::{none_runs, told};
use crate::cli::{
    args::{AttachArgs, Output},
    console::{self, LocalConsole},
    error::{End, Problem},
    running::{RunningContainer, find},
    session::Session,
    signals::Signals,
};
use maestro_core::value::setting::{Setting, SettingValue};
use maestro_engine::AttachOptions;
use maestro_report::{problem::CommandProblem, programs};
use maestro_run::operations::programs::{Console, ExecTarget, ProgramEnd, attach};

pub(in crate::cli) async fn run(session: &Session, args: &AttachArgs) -> Result<End, Problem> {
    if session.output == Output::Json {
        let help = format!("`{} --output json logs -f {}`", session.invocation, args.thing);
        let problem =
            CommandProblem::new("`attach` prints what the program writes as it is, which is no JSON");
        return Err(Problem::bad_input(problem.help(help)));
    }
    let found = find(session, std::slice::from_ref(&args.thing)).await?;
    let mut running = found.containers.iter().filter_map(|found| found.as_ref().ok());
    let Some(container) = running.next() else { return Err(none_runs(&found, "nothing was run")) };
    let name = &container.name;
    if name.instance != args.thing {
        session.note(&programs::attached(name, 1 + running.count()))?;
    }
    let inspected = match container.engine.inspect(&container.id).await {
        Ok(Some(inspected)) => inspected,
        Ok(None) => {
            let problem = CommandProblem::new(programs::absent(name, &session.invocation));
            return Err(Problem::ended(problem, End::Failed));
        }
        Err(error) => {
            let problem = CommandProblem::new(programs::lost(name, error.fault()));
            return Err(Problem::ended(problem, End::Unreachable));
        }
    };
    let has =
        |setting| inspected.description.settings.get(&setting).and_then(SettingValue::flag) == Some(true);
    let (terminal, input) = (has(Setting::Tty), has(Setting::StdinOpen) && !args.no_stdin);
    // Without input there is nothing to type, and Ctrl-C is a signal.
    let is_raw = terminal && input && console::is_terminal();
    let keys = &args.detach_keys;
    let options = AttachOptions {
        terminal,
        input,
        size: if terminal { console::size() } else { None },
        detach_keys: Some(keys.text().to_owned()),
    };
    let (local, console) = LocalConsole::open(is_raw, input, is_raw.then(|| keys.clone()))?;
    match connected(session, container, &options, console).await? {
        Ok(end) => {
            let written = local.close().await;
            told(session, name, programs::OWN, end, written)
        }
        Err(number) => {
            drop(local);
            session.note(&programs::left(name, programs::OWN))?;
            Ok(End::Signal(number))
        }
    }
}

/// Stays connected until the program ends. The first signal is the program's; the second leaves it, as does the end of
/// the user's terminal.
async fn connected(
    session: &Session,
    container: &RunningContainer,
    options: &AttachOptions,
    console: Console,
) -> Result<Result<ProgramEnd, u8>, Problem> {
    let mut signals = Signals::take()?;
    let target = ExecTarget { engine: container.engine.clone(), container: container.id.clone() };
    let attached = attach(&target, options, console);
    tokio::pin!(attached);
    let number = tokio::select! {
        end = &mut attached => return Ok(Ok(end)),
        number = signals.next() => number,
    };
    let signal = match number {
        2 => "SIGINT",
        15 => "SIGTERM",
        number => return Ok(Err(number)),
    };
    if let Err(error) = container.engine.signal(&container.id, signal).await {
        session.note(&programs::not_signalled(&container.name, signal, error.fault()))?;
    }
    tokio::select! {
        end = attached => Ok(Ok(end)),
        number = signals.next() => Ok(Err(number)),
    }
}
