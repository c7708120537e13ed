//! The command line: what was typed, what it means, how it ends.

mod args;
mod carry_out;
mod command;
mod error;
mod fleet;
mod session;
mod signals;

use std::{
    ffi::OsString,
    io::{self, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;

use args::{Cli, Command};
use error::{End, Problem};
use session::Session;

use crate::report::style::Tone;

/// Runs the program with these arguments, its own name first, and tells how it ended.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; where they cannot be written nobody waits for them.
            error.print().ok();
            return if error.use_stderr() { End::BadInput.into() } else { End::Done.into() };
        }
    };
    let end = match dispatch(&cli) {
        Ok(end) => end,
        Err(problem) => {
            let (text, end) = problem.told();
            if let Some(text) = text {
                writeln!(io::stderr(), "{}", painted(&cli, text)).ok();
            }
            end
        }
    };
    end.into()
}

/// Diagnostics are painted already; a plain message gets its first word painted.
fn painted(cli: &Cli, text: String) -> String {
    let colour = cli.global.color.resolve(|name| std::env::var_os(name), io::stderr().is_terminal());
    match text.strip_prefix("error:") {
        Some(rest) => format!("{}{rest}", Tone::Failed.paint("error:", colour)),
        None => text,
    }
}

fn dispatch(cli: &Cli) -> Result<End, Problem> {
    let session = Session::open(&cli.global)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let end = runtime.block_on(async {
        tokio::select! {
            end = command(&session, &cli.command) => end,
            number = signals::uncared_for(), if talks_to_engines(&cli.command) => Ok(End::Signal(number?)),
        }
    });
    // A name that is still being looked up must not keep the program from ending.
    runtime.shutdown_timeout(Duration::ZERO);
    end
}

/// Whether there may be something to put in order at a signal. Other commands end on the spot.
fn talks_to_engines(command: &Command) -> bool {
    !matches!(command, Command::Config(_) | Command::Deptree(_))
}

async fn command(session: &Session, command: &Command) -> Result<End, Problem> {
    match command {
        Command::Config(args) => return command::config::run(session, args),
        Command::Deptree(args) => return command::deptree::run(session, args),
        _ if session.has_nothing()? => return Ok(End::Done),
        _ => {}
    }
    match command {
        Command::Status(args) => command::status::run(session, args).await,
        Command::Start(args) => command::start::run(session, args).await,
        Command::Plan(args) => command::plan::run(session, args).await,
        Command::Stop(args) => command::stop::run(session, args, crate::plan::stop::How::Stop).await,
        Command::Kill(args) => command::stop::run(session, args, crate::plan::stop::How::Kill).await,
        Command::Restart(args) => command::restart::run(session, args).await,
        Command::Clean(args) => command::clean::run(session, args).await,
        Command::Pull(args) => command::pull::run(session, args).await,
        Command::Logs(args) => command::logs::run(session, args).await,
        Command::Config(_) | Command::Deptree(_) => Ok(End::Done),
    }
}
