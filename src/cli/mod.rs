//! The command line: what was typed, what it means, how it ends.

mod args;
mod builders;
mod building;
mod carry_out;
mod change;
mod command;
mod commit;
mod consent;
mod console;
mod containers;
mod contents;
mod copying;
mod dash_f;
mod dry_run;
mod effects;
mod error;
mod everywhere;
mod file;
mod fleet;
mod freed;
mod fresh;
mod gathered;
mod git;
mod guest_program;
mod help;
mod lease;
mod long_lived;
mod misuse;
mod names;
mod needs;
mod nothing;
mod only;
mod orphans;
mod other_tools;
mod picture_file;
mod placing;
mod plan_file;
mod preflight;
mod running;
mod running_container;
mod saved;
mod scaling;
mod session;
mod signals;
mod tasks;
mod terminal;
mod timing;
mod typed;
mod understood;
mod user;
mod waiting;
mod words;
mod written_file;

use std::{
    ffi::OsString,
    io::{self, IsTerminal, Write},
    mem::ManuallyDrop,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::{
    CommandFactory, Parser,
    error::{ContextKind, ErrorKind},
};
use clap_complete::CompleteEnv;

use args::{Apply, Cli, Command, ConfigArgs, ConfigFormat, Output};
use error::{End, Problem};
use file::{Choice, ChosenFile, choose};
use needs::talks_to_engines;
use nothing::has_nothing;
use placing::Opened;
use session::Session;
use timing::TimelineFile;

use maestro_core::{plan::pause::PauseMethod, value::secret::Known};
use maestro_report::{json, problem::CommandProblem, style::Tone, text::harmless};

/// Runs the program with these arguments, its own name first, and tells how it ended.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let here = std::env::current_dir().ok();
    // A shell that asks for the words that could follow.
    let completion = CompleteEnv::with_factory(Cli::command)
        .var(command::completions::VARIABLE)
        .shells(command::completions::SHELLS);
    match completion.try_complete(words::completed(arguments.clone()), here.as_deref()) {
        Ok(true) => return End::Done.into(),
        Ok(false) => {}
        Err(error) => {
            error.print().ok();
            return End::BadInput.into();
        }
    }
    let arguments = words::following(arguments);
    let mut cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return misused(error, &arguments).into(),
    };
    let checked =
        dash_f::check(&arguments).and_then(|()| effects::check(&cli)).and_then(|()| long_lived::check(&cli));
    let done = match &cli.command {
        _ if let Err(problem) = checked => Err(problem),
        Command::Guest(args) => {
            return maestro_guest::main("maestro guest", args.words.iter().cloned());
        }
        Command::Completions(args) => command::completions::run(args.shell),
        Command::Man(args) => command::man::run(args),
        Command::Complete(args) => command::complete::run(&cli.global.file, &args.tokens),
        _ if let Some(problem) = said_twice(&cli, &arguments) => Err(problem),
        Command::Import(args) => command::import::run(&cli.global, args),
        Command::Init(args) => command::init::run(&cli.global, args),
        _ => on_file(&mut cli),
    };
    let end = match done {
        Ok(end) => end,
        Err(problem) => {
            // What was said before the file was read can quote addresses and tokens.
            let known = Known::default();
            if cli.global.output == Output::Json {
                return document(problem, &known).into();
            }
            let (text, end) = problem.told();
            if let Some(text) = text {
                writeln!(io::stderr(), "{}", painted(&cli, known.hide(&text).into_owned())).ok();
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

/// Tells what is wrong with a command line, or what it asks of the command line itself.
fn misused(mut error: clap::Error, arguments: &[OsString]) -> End {
    // Help and version are no errors.
    if !error.use_stderr() {
        let is_help = error.kind() == ErrorKind::DisplayHelp && help::is_of_all(arguments);
        return match if is_help { help::print() } else { error.print() } {
            Ok(()) => End::Done,
            Err(error) => told(Problem::Output(error)),
        };
    }
    let words: Vec<String> =
        arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let tip = dash_f::tip(&error, arguments).or_else(|| other_tools::tip(&error, &words));
    if tip.is_some() {
        // Another word that looks alike is no help where the one that is meant is known.
        for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::Suggested] {
            error.remove(kind);
        }
    }
    if words::is_json(arguments) {
        let problem = misuse::problem(&error, tip.as_deref());
        return document(Problem::bad_input(problem), &Known::default());
    }
    error.print().ok();
    if let Some(tip) = tip {
        writeln!(io::stderr(), "\n  tip: {tip}").ok();
    }
    End::BadInput
}

/// Tells a program what ended the command.
fn document(problem: Problem, known: &Known) -> End {
    let (document, end) = problem.document();
    if let Some(mut document) = document {
        known.hide_json(&mut document);
        let line = json::line(&document).unwrap_or_else(|error| error.to_string());
        writeln!(io::stderr(), "{line}").ok();
    }
    end
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
    matches!(command, Command::Plan(_)) || command.lease().is_some_and(|lease| lease.dry_run)
}

/// Runs a command that reads a file.
fn on_file(cli: &mut Cli) -> Result<End, Problem> {
    let scales = scaling::scales(cli.command.scales())?;
    let repository = command::watch::follow(cli)?;
    let cli = &*cli;
    let choice = choose(&cli.global.file)?.naming(&cli.command.things()).scaled(scales);
    let choice = Choice { repository: repository.map(Arc::new), ..choice };
    announce(cli, &choice);
    if let Command::Config(args) = &cli.command
        && args.fix_binds
    {
        return command::fix_binds::run(&cli.global, choice, args);
    }
    match (&cli.command, &choice.file) {
        (Command::Config(args), _) if args.fix => command::fix::run(&cli.global, &choice, args),
        (Command::Config(ConfigArgs { format: Some(ConfigFormat::Maestro), .. }), _) => {
            command::import::print(&cli.global, &choice)
        }
        (Command::Config(ConfigArgs { format: Some(ConfigFormat::Compose), .. }), ChosenFile::Maestro(_)) => {
            command::import::print_compose(&cli.global, &choice)
        }
        (Command::Config(args), ChosenFile::Compose { site: None, .. }) if !args.is_short() => {
            match command::compose::run(&cli.global, &choice, args)? {
                Some(end) => Ok(end),
                None => dispatch(cli, &choice),
            }
        }
        (_, ChosenFile::Maestro(_) | ChosenFile::Compose { .. }) => dispatch(cli, &choice),
    }
}

/// Refuses options that stand both before and behind the command: only the latter would count.
fn said_twice(cli: &Cli, arguments: &[OsString]) -> Option<Problem> {
    // What follows the name of `exec` is not ours.
    let ours = arguments.len() - cli.command.foreign_words();
    let said = names::options_of(arguments.iter().take(ours).cloned());
    let heard = &cli.global.file;
    let lost = [
        ("-f", said.files.len() > heard.files.len()),
        ("--profile", said.compose.profiles.len() > heard.compose.profiles.len()),
        ("--env-file", said.compose.env_files.len() > heard.compose.env_files.len()),
    ];
    let option = lost.into_iter().find_map(|(option, is_lost)| is_lost.then_some(option))?;
    let problem = CommandProblem::new(format!("`{option}` stands before the command and after it"));
    Some(Problem::bad_input(problem.help(format!("write each `{option}` in one place"))))
}

/// Says which file is read if nobody named it and it is not in this directory. Programs know what they call.
fn announce(cli: &Cli, choice: &Choice) {
    let Some(path) = choice.found_above.as_ref().filter(|_| cli.global.output != Output::Json) else {
        return;
    };
    let colour = cli.global.color.resolve(|name| std::env::var_os(name), io::stderr().is_terminal());
    let path = path.display().to_string();
    writeln!(io::stderr(), "{} the file is {}", Tone::Bold.paint("note:", colour), harmless(&path)).ok();
}

fn dispatch(cli: &Cli, choice: &Choice) -> Result<End, Problem> {
    if cli.global.output == Output::Markdown && !only_plans(&cli.command) {
        return Err(Problem::bad_input(
            CommandProblem::new("only plans are printed as Markdown")
                .help("use `--output markdown` with `plan` or `--dry-run`"),
        ));
    }
    let timeline = cli.command.lease().and_then(|lease| lease.timeline.clone());
    timeline.as_deref().map(TimelineFile::at).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut session = match placing::open(cli, choice.clone(), &runtime)? {
        Opened::Session(session) => *session,
        Opened::Ended(end) => return Ok(end),
    };
    session.timeline = timeline;
    session.stop_within(cli.command.stop_timeout());
    // The program ends with it. To take a large environment apart piece by piece is work for nobody.
    let session = ManuallyDrop::new(Arc::new(session));
    session.show_diagnostics()?;
    scaling::check(&session, cli.command.scales())?;
    let end = runtime.block_on(async {
        tokio::select! {
            end = async {
                match &cli.command {
                    Command::Ui(_) | Command::Dash(_) | Command::Watch(_) => long_lived::run(cli, &session, choice).await,
                    other => command(&session, other).await,
                }
            } => end,
            number = signals::uncared_for(), if talks_to_engines(&cli.command) => Ok(End::Signal(number?)),
        }
    });
    let end = end.map_err(|problem| problem.map_text(|text| session.known().hide(text).into_owned()));
    if end.is_ok() {
        scaling::tell(&session)?;
    }
    // A name that is still being looked up must not keep the program from ending.
    runtime.shutdown_timeout(Duration::ZERO);
    // What is valid was used; the file still has its mistakes.
    end.map(|end| if session.partial.is_some() { end.worse(End::BadInput) } else { end })
}

/// Commands that also do something where the file has no instance; none if it is not one of them.
async fn without_instances(session: &Arc<Session>, command: &Command) -> Result<Option<End>, Problem> {
    let end = match command {
        Command::Config(args) => command::config::run(session, args)?,
        Command::Dump(args) => command::dump::run(session, args)?,
        Command::Deptree(args) => command::deptree::run(session, args)?,
        Command::Unlock(args) => command::unlock::run(session, args).await?,
        Command::Volume(args) => command::volume::run(session, args).await?,
        Command::Ship(args) => command::ship::run(session, args).await?,
        // Names, and saved plans, are not right because there is nothing.
        Command::Apply(Apply { args, .. }) if !args.things.things.is_empty() => return Ok(None),
        // Of a service with a number, there may be none.
        Command::Scale { .. } => return Ok(None),
        // A file that declares nothing any more may have declared something once.
        Command::Rollback(args) => command::rollback::run(session, args).await?,
        Command::History(args) => command::history::run(session, args).await?,
        Command::Timeline(args) => command::timeline::run(session, args).await?,
        _ if has_nothing(session, command).await? => End::Done,
        _ => return Ok(None),
    };
    Ok(Some(end))
}

async fn command(session: &Arc<Session>, command: &Command) -> Result<End, Problem> {
    if let Some(end) = without_instances(session, command).await? {
        return Ok(end);
    }
    match command {
        Command::Status(args) => command::status::run(session, args).await,
        Command::Start { args, lease } => command::start::run(session, args, lease).await,
        Command::Apply(Apply { args, lease }) => command::apply::run(session, args, lease).await,
        Command::Scale { args, lease } => command::scale::run(session, args, lease).await,
        Command::Plan(args) => command::plan::run(session, args).await,
        Command::Diff(args) => command::diff::run(session, args).await,
        Command::Why(args) => command::why::run(session, args).await,
        Command::Stop { args, lease } => command::stop::run(session, args, lease).await,
        Command::Kill { args, lease } => command::kill::run(session, args, lease).await,
        Command::Restart { args, lease } => command::restart::run(session, args, lease).await,
        Command::Clean { args, lease } => command::clean::run(session, args, lease).await,
        Command::Down { args, lease } => command::down::run(session, args, lease).await,
        Command::Pause { args, lease } => command::pause::run(session, args, lease, PauseMethod::Pause).await,
        Command::Unpause { args, lease } => {
            command::pause::run(session, args, lease, PauseMethod::Unpause).await
        }
        Command::Build(args) => command::build::run(session, args).await,
        Command::Pull { args, lease } => command::pull::run(session, args, lease).await,
        Command::Logs(args) => command::logs::run(session, args).await,
        Command::Stats(args) => command::stats::run(session, args).await,
        Command::Top(args) => command::top::run(session, args).await,
        Command::Links(args) => command::links::run(session, args).await,
        Command::Graph(args) => command::graph::run(session, args).await,
        Command::Images(args) => command::images::run(session, args).await,
        Command::Outdated(args) => command::outdated::run(session, args).await,
        Command::Push(args) => command::push::run(session, args).await,
        Command::Inspect(args) => command::inspect::run(session, args).await,
        Command::Events(args) => command::events::run(session, args).await,
        Command::Wait(args) => command::wait::run(session, args).await,
        Command::Exec(args) => command::exec::run(session, args).await,
        Command::Run(args) => command::run::run(session, args).await,
        Command::Attach(args) => command::attach::run(session, args).await,
        Command::Cp(args) => command::cp::run(session, args).await,
        Command::PortForward(args) => command::port_forward::run(session, args).await,
        Command::Config(_)
        | Command::Dump(_)
        | Command::Deptree(_)
        | Command::Unlock(_)
        | Command::Volume(_)
        | Command::Ship(_)
        | Command::Rollback(_)
        | Command::History(_)
        | Command::Timeline(_)
        | Command::Guest(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Init(_)
        | Command::Import(_)
        | Command::Complete(_)
        | Command::Ui(_)
        | Command::Dash(_)
        | Command::Watch(_) => Ok(End::Done),
    }
}
