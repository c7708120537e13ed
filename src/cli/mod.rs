//! The command line: what was typed, what it means, how it ends.

mod args;
mod carry_out;
mod change;
mod command;
mod commit;
mod dry_run;
mod error;
mod file;
mod fleet;
mod lease;
mod names;
mod orphans;
mod plan_file;
mod preflight;
mod saved;
mod session;
mod signals;
mod terminal;
mod typed;
mod user;
mod waiting;

use std::{
    ffi::OsString,
    io::{self, IsTerminal, Write},
    mem::ManuallyDrop,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::{CommandFactory, Parser, error::ErrorKind};
use clap_complete::CompleteEnv;

use args::{Apply, Cli, Command, Output};
use error::{End, Problem};
use session::Session;

use maestro_core::{plan::stop::How, value::secret::Known};
use maestro_report::style::Tone;

/// Runs the program with these arguments, its own name first, and tells how it ended.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let here = std::env::current_dir().ok();
    // A shell that asks for the words that could follow.
    let completion = CompleteEnv::with_factory(Cli::command).var(command::completions::VARIABLE);
    match completion.try_complete(arguments.clone(), here.as_deref()) {
        Ok(true) => return End::Done.into(),
        Ok(false) => {}
        Err(error) => {
            error.print().ok();
            return End::BadInput.into();
        }
    }
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors.
            let printed = error.print();
            if let Some(tip) = command_of_other_tool(&error) {
                writeln!(io::stderr(), "\n  tip: {tip}").ok();
            }
            return match printed {
                _ if error.use_stderr() => End::BadInput.into(),
                Ok(()) => End::Done.into(),
                Err(error) => told(Problem::Output(error)).into(),
            };
        }
    };
    let done = match &cli.command {
        Command::Guest(args) => {
            return maestro_guest::main("maestro guest", args.words.iter().cloned());
        }
        Command::Completions(args) => command::completions::run(args.shell),
        Command::Complete(args) => command::complete::run(&cli.global.file, &args.tokens),
        Command::Config(args) if args.fix => command::fix::run(&cli.global, args),
        _ => dispatch(&cli),
    };
    let end = match done {
        Ok(end) => end,
        Err(problem) => {
            let (text, end) = problem.told();
            if let Some(text) = text {
                // What was said before the file was read can quote addresses and tokens.
                let text = Known::default().hide(&text).into_owned();
                writeln!(io::stderr(), "{}", painted(&cli, text)).ok();
            }
            end
        }
    };
    end.into()
}

/// Tells that help or the version cannot be written.
fn told(problem: Problem) -> End {
    let (text, end) = problem.told();
    if let Some(text) = text {
        writeln!(io::stderr(), "{text}").ok();
    }
    end
}

/// Commands of other tools, and the command that does the same here.
const OTHER_TOOLS: &[(&str, &str)] = &[
    ("up", "start"),
    ("run", "start"),
    ("create", "start"),
    ("deploy", "apply"),
    ("undo", "rollback"),
    ("revert", "rollback"),
    ("generations", "history"),
    ("revisions", "history"),
    ("converge", "apply"),
    ("down", "stop"),
    ("ps", "status"),
    ("ls", "status"),
    ("list", "status"),
    ("rm", "clean"),
    ("check", "config"),
    ("validate", "config"),
    ("show", "config"),
];

/// What to say about a command that another tool has; of others clap tells the nearest.
fn command_of_other_tool(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let word = error.get(clap::error::ContextKind::InvalidSubcommand)?.to_string();
    let (_, own) = OTHER_TOOLS.iter().find(|(other, _)| *other == word)?;
    Some(format!("`maestro {own}` does that here"))
}

/// Diagnostics are painted already; a plain message gets its first word painted.
fn painted(cli: &Cli, text: String) -> String {
    let colour = cli.global.color.resolve(|name| std::env::var_os(name), io::stderr().is_terminal());
    match text.strip_prefix("error:") {
        Some(rest) => format!("{}{rest}", Tone::Failed.paint("error:", colour)),
        None => text,
    }
}

/// Whether a command prints a plan and changes nothing.
fn only_plans(command: &Command) -> bool {
    match command {
        Command::Plan(_) => true,
        Command::Start { lease, .. }
        | Command::Stop { lease, .. }
        | Command::Restart { lease, .. }
        | Command::Kill { lease, .. }
        | Command::Clean { lease, .. }
        | Command::Pull { lease, .. } => lease.dry_run,
        Command::Apply(Apply { lease, .. }) => lease.dry_run,
        Command::Rollback(args) => args.lease.dry_run,
        Command::Status(_)
        | Command::Diff(_)
        | Command::Why(_)
        | Command::History(_)
        | Command::Logs(_)
        | Command::Deptree(_)
        | Command::Config(_)
        | Command::Dump(_)
        | Command::Unlock(_)
        | Command::Completions(_)
        | Command::Complete(_)
        | Command::Guest(_) => false,
    }
}

fn dispatch(cli: &Cli) -> Result<End, Problem> {
    if cli.global.output == Output::Markdown && !only_plans(&cli.command) {
        return Err(Problem::bad_input(
            "error: only plans are printed as Markdown\n  help: use `--output markdown` with `plan` or `--dry-run`\n\
             nothing was contacted",
        ));
    }
    // The program ends with it. To take a large environment apart piece by piece is work for nobody.
    let session = ManuallyDrop::new(Arc::new(Session::open(&cli.global, in_spite_of_errors(&cli.command))?));
    session.show_diagnostics()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let end = runtime.block_on(async {
        tokio::select! {
            end = command(&session, &cli.command) => end,
            number = signals::uncared_for(), if talks_to_engines(&cli.command) => Ok(End::Signal(number?)),
        }
    });
    let end = end.map_err(|problem| problem.map_text(|text| session.known().hide(text).into_owned()));
    // A name that is still being looked up must not keep the program from ending.
    runtime.shutdown_timeout(Duration::ZERO);
    // What is valid was used; the file still has its mistakes.
    end.map(|end| if session.partial.is_some() { end.worse(End::BadInput) } else { end })
}

/// The name of a command that uses the valid part of a file with mistakes: what is asked in an outage.
fn in_spite_of_errors(command: &Command) -> Option<&'static str> {
    match command {
        Command::Status(_) => Some("status"),
        Command::Logs(_) => Some("logs"),
        Command::History(_) => Some("history"),
        Command::Stop { .. } => Some("stop"),
        Command::Start { .. }
        | Command::Apply(_)
        | Command::Plan(_)
        | Command::Diff(_)
        | Command::Why(_)
        | Command::Kill { .. }
        | Command::Restart { .. }
        | Command::Clean { .. }
        | Command::Pull { .. }
        | Command::Config(_)
        | Command::Dump(_)
        | Command::Deptree(_)
        | Command::Unlock(_)
        | Command::Rollback(_)
        | Command::Guest(_)
        | Command::Completions(_)
        | Command::Complete(_) => None,
    }
}

/// Whether there may be something to put in order at a signal. Other commands end on the spot.
fn talks_to_engines(command: &Command) -> bool {
    !matches!(command, Command::Config(_) | Command::Deptree(_))
}

/// Whether there is nothing that the command could act on or show, which is told then. A file that declares nothing any
/// more may have left orphans.
async fn has_nothing(session: &Session, command: &Command) -> Result<bool, Problem> {
    match command {
        Command::Status(_)
        | Command::Stop { .. }
        | Command::Kill { .. }
        | Command::Apply(_)
        | Command::Plan(_)
        | Command::Diff(_)
        | Command::Clean { .. }
        | Command::Logs(_) => Ok(!orphans::may_be_left(session).await && session.has_nothing()?),
        _ => session.has_nothing(),
    }
}

async fn command(session: &Arc<Session>, command: &Command) -> Result<End, Problem> {
    match command {
        Command::Config(args) => return command::config::run(session, args),
        Command::Dump(args) => return command::dump::run(session, args),
        Command::Deptree(args) => return command::deptree::run(session, args),
        Command::Unlock(args) => return command::unlock::run(session, args).await,
        // Names, and saved plans, are not right because there is nothing.
        Command::Apply(Apply { args, .. }) if !args.things.things.is_empty() => {}
        // A file that declares nothing any more may have declared something once.
        Command::Rollback(args) => return command::rollback::run(session, args).await,
        Command::History(_) => return command::history::run(session).await,
        _ if has_nothing(session, command).await? => return Ok(End::Done),
        _ => {}
    }
    match command {
        Command::Status(args) => command::status::run(session, args).await,
        Command::Start { args, lease } => command::start::run(session, args, lease).await,
        Command::Apply(Apply { args, lease }) => command::apply::run(session, args, lease).await,
        Command::Plan(args) => command::plan::run(session, args).await,
        Command::Diff(args) => command::diff::run(session, args).await,
        Command::Why(args) => command::why::run(session, args).await,
        Command::Stop { args, lease } => command::stop::run(session, args, lease, How::Stop).await,
        Command::Kill { args, lease } => command::stop::run(session, args, lease, How::Kill).await,
        Command::Restart { args, lease } => command::restart::run(session, args, lease).await,
        Command::Clean { args, lease } => command::clean::run(session, args, lease).await,
        Command::Pull { args, lease } => command::pull::run(session, args, lease).await,
        Command::Logs(args) => command::logs::run(session, args).await,
        Command::Config(_)
        | Command::Dump(_)
        | Command::Deptree(_)
        | Command::Unlock(_)
        | Command::Rollback(_)
        | Command::History(_)
        | Command::Guest(_)
        | Command::Completions(_)
        | Command::Complete(_) => Ok(End::Done),
    }
}
