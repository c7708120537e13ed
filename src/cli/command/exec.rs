//! `exec`: a command in a container that runs, connected to the user, or in several at once.

use std::io::IsTerminal as _;

use crate::cli::{
    args::{ExecArgs, Output, ProgramArgs},
    console::{self, LocalConsole},
    error::{End, Problem},
    everywhere::Shown,
    running::{Found, RunningContainer, find},
    session::Session,
    signals::Signals,
};
use maestro_core::{
    model::selection::undeclared,
    value::{shell::quoted, variables::Variables},
};
use maestro_engine::{AttachOptions, ExecRequest};
use maestro_report::{logs::LogName, problem::CommandProblem, programs, text::harmless};
use maestro_run::operations::programs::{ExecEverywhere, ExecSource, ExecTarget, ProgramEnd, exec};

pub(in crate::cli) async fn run(session: &Session, args: &ExecArgs) -> Result<End, Problem> {
    if args.command.is_empty() {
        let example = format!("`{} exec {} sh` opens a shell", session.invocation, quoted(&args.thing));
        return Err(Problem::bad_input(CommandProblem::new("no command is given").help(example)));
    }
    if args.detach {
        let (name, words) = (quoted(&args.thing), args.command.iter().map(|word| quoted(word)));
        let words: Vec<String> = words.collect();
        let help = format!(
            "`{} run -d {name} {}` runs it in a container of its own in the background",
            session.invocation,
            words.join(" ")
        );
        let problem = CommandProblem::new("`exec` runs nothing in the background").help(harmless(&help));
        return Err(Problem::bad_input(problem));
    }
    let things = named(session, args)?;
    let found = find(session, &things).await?;
    let end = if args.all || session.output == Output::Json {
        everywhere(session, args, &found).await?
    } else {
        one(session, args, &found).await?
    };
    if matches!(end, End::Unreachable) {
        session.ship_notes(&found.fleet.told())?;
    }
    Ok(end)
}

/// What is named: with `--index` one instance of a service.
fn named(session: &Session, args: &ExecArgs) -> Result<Vec<String>, Problem> {
    let things = vec![args.thing.clone()];
    let Some(index) = args.index else { return Ok(things) };
    if !undeclared(&session.environment, &things).is_empty() {
        return Ok(things);
    }
    let instances = session.select_named(&things)?;
    if let Some(id) = instances.first().filter(|_| instances.len() == 1) {
        let instance = session.environment.instance(*id);
        if instance.swarm.is_some() {
            return Ok(vec![format!("{}.{index}", instance.name)]);
        }
    }
    let at = usize::try_from(index).unwrap_or(usize::MAX);
    match instances.iter().nth(at - 1) {
        Some(id) => Ok(vec![format!("instance/{}", session.environment.instance(*id).name)]),
        None => {
            let count = instances.len();
            let text = format!("there is no instance {index} of {}: it has {count}", harmless(&args.thing));
            Err(Problem::bad_input(
                CommandProblem::new(text).help(format!("write `--index` with a number from 1 to {count}")),
            ))
        }
    }
}

/// What is asked of engines. A variable without a value has its value here, if it has one.
fn request(session: &Session, args: &ExecArgs) -> ExecRequest {
    let ProgramArgs { variables, user, workdir } = &args.program;
    ExecRequest {
        command: args.command.clone(),
        user: user.clone(),
        privileged: args.privileged,
        working_dir: workdir.clone(),
        environment: values(session, variables),
    }
}

/// The variables with their values.
pub(super) fn values(session: &Session, variables: &[String]) -> Variables {
    let each = variables.iter().filter_map(|variable| match variable.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), Some(value.to_owned()))),
        None => Some((variable.clone(), Some(session.variables.get(variable)?.clone()))),
    });
    each.collect()
}

/// Runs the command in the first instance that runs.
async fn one(session: &Session, args: &ExecArgs, found: &Found) -> Result<End, Problem> {
    let mut running = found.containers.iter().filter_map(|found| found.as_ref().ok());
    let Some(container) = running.next() else { return Err(none_runs(found, "nothing was run")) };
    let name = &container.name;
    if name.instance != args.thing {
        let others = running.count();
        let told = if container.is_task { programs::chosen_task } else { programs::chosen };
        session.note(&told(name, 1 + others))?;
    }
    let terminal = !args.terminal.no_tty && console::is_terminal();
    let keys = &args.terminal.detach_keys;
    let attachment = AttachOptions {
        terminal,
        input: true,
        size: if terminal { console::size() } else { None },
        detach_keys: Some(keys.text().to_owned()),
    };
    let request = request(session, args);
    let program = programs::command(&args.command);
    let mut signals = Signals::take()?;
    let (local, console) = LocalConsole::open(terminal, true, terminal.then(|| keys.clone()))?;
    let target = ExecTarget { engine: container.engine.clone(), container: container.id.clone() };
    let end = tokio::select! {
        end = exec(&target, &request, &attachment, console) => end,
        number = signals.next() => {
            drop(local);
            session.note(&programs::left(name, &program))?;
            return Ok(End::Signal(number));
        }
    };
    let written = local.close().await;
    told(session, name, &program, end, written)
}

/// Tells how a program ended, and how the command ends because of that.
pub(super) fn told(
    session: &Session,
    name: &LogName,
    program: &str,
    end: ProgramEnd,
    written: std::io::Result<()>,
) -> Result<End, Problem> {
    if matches!(end, ProgramEnd::Lost(_) | ProgramEnd::ContainerEnded) && std::io::stderr().is_terminal() {
        // What the program wrote last may not have ended its line.
        Session::print_to(std::io::stderr().lock(), "")?;
    }
    match end {
        ProgramEnd::Exited(code) => {
            written?;
            Ok(code.into())
        }
        ProgramEnd::OutputClosed => {
            written?;
            Ok(End::Done)
        }
        ProgramEnd::Detached => {
            session.note(&programs::detached(name, program))?;
            Ok(End::Done)
        }
        ProgramEnd::RunsOn => {
            session.note(&programs::runs_on(name, program))?;
            Ok(End::Done)
        }
        ProgramEnd::ContainerEnded => {
            session.note(&programs::container_ended(name, program, &session.invocation))?;
            Ok(End::Exited(KILLED))
        }
        ProgramEnd::NotStarted(error) => {
            let problem = CommandProblem::new(programs::not_started(name, error.fault()));
            Err(Problem::ended(problem, (&error).into()))
        }
        ProgramEnd::Lost(error) => {
            let problem = CommandProblem::new(programs::lost(name, error.fault()))
                .note(programs::left(name, program))
                .help(format!("`{} status {}` shows what runs", session.invocation, name.typed));
            Err(Problem::ended(problem, End::Unreachable))
        }
    }
}

/// The exit code of a program that was killed with its container.
const KILLED: u8 = 137;

/// The problem that nothing of what is named runs.
pub(super) fn none_runs(found: &Found, outcome: &'static str) -> Problem {
    let others: Vec<_> = found.containers.iter().filter_map(|found| found.as_ref().err()).collect();
    let end = others.iter().fold(End::Done, |end, other| end.worse(other.end));
    let problems = others.iter().map(|other| CommandProblem::new(other.why.clone())).collect();
    Problem::Command { problems, outcome: Some(outcome), end }
}

/// Runs the command in all instances that run.
async fn everywhere(session: &Session, args: &ExecArgs, found: &Found) -> Result<End, Problem> {
    let mut end = End::Done;
    let (mut running, mut others): (Vec<&RunningContainer>, Vec<_>) = Default::default();
    for container in &found.containers {
        match container {
            Ok(container) => running.push(container),
            Err(other) => others.push(other),
        }
    }
    if running.is_empty() {
        return Err(none_runs(found, "nothing was run"));
    }
    for other in others.into_iter().filter(|_| args.all) {
        session.note(&other.why)?;
        end = end.worse(other.end);
    }
    if !args.all {
        running.truncate(1);
    }
    let sources = running.iter().map(|container| ExecSource {
        ship: container.ship,
        target: ExecTarget { engine: container.engine.clone(), container: container.id.clone() },
    });
    let names: Vec<LogName> = running.iter().map(|container| container.name.clone()).collect();
    let running = ExecEverywhere::begin(sources.collect(), request(session, args)).await;
    Ok(end.worse(Shown::new(session, names, args).run(running).await?))
}
