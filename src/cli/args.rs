//! The command line as it is typed: `clap` and nothing else.

mod shared;

use std::path::PathBuf;

use clap::{
    Arg, Args, Parser, Subcommand, ValueEnum, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser},
};
use clap_complete::engine::ArgValueCompleter;

use super::names;
use crate::report::style::Colour;
use shared::Expand;
pub(super) use shared::{Adopt, CleanArgs, Images, LeaseArgs, NewContainers, Preflight, Things};

/// The file that is read if none is named.
pub(super) const DEFAULT_FILE: &str = "./maestro.yaml";

const EXIT_CODES: &str = "Exit codes: 0 done; 1 a step failed; 2 bad input, nothing was contacted; 3 changes are pending \
(`plan --detailed-exitcode`); 4 a ship is unreachable or an outcome unknown; 5 another run holds the lease, or a saved plan \
is stale; 6 refused for safety; 128+n ended by signal n";

/// Brings up and looks after container services on one or many Docker hosts, from one YAML file.
#[derive(Debug, Parser)]
#[command(name = "maestro", version, disable_version_flag = true, infer_long_args = true, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Global {
    /// Read the environment from FILE; `-` is standard input
    #[arg(short, long, value_name = "FILE", default_value = DEFAULT_FILE, value_hint = ValueHint::FilePath, global = true)]
    pub file: PathBuf,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = colours(), global = true)]
    pub color: Colour,
    /// How to print: for people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text", global = true)]
    pub output: Output,
    /// Let templates include files outside of the directory of FILE
    #[arg(long, global = true)]
    pub allow_outside: bool,
    /// Print the version
    #[arg(short = 'v', long, short_alias = 'V', action = clap::ArgAction::Version)]
    version: Option<bool>,
}

/// For `apply` a saved plan stands in the place of names.
fn or_a_plan(things: Arg) -> Arg {
    things
        .help("Services and instances to act on, or the file of one saved plan; none means all")
        .add(ArgValueCompleter::new(names::things_and_plans))
}

fn colours() -> impl TypedValueParser<Value = Colour> {
    // clap refuses every other word before `parse` sees it.
    PossibleValuesParser::new(Colour::WORDS).map(|word| word.parse().unwrap_or_default())
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
// Of twenty commands only the one that was typed is built.
#[command(defer = true)]
pub(super) enum Command {
    /// Show what runs
    Status(StatusArgs),
    /// Start what is down, each after what it requires is ready
    Start {
        #[command(flatten)]
        args: StartArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Stop what runs, each after what requires it has stopped
    Stop {
        #[command(flatten)]
        args: StopArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Stop and start again, with new containers
    Restart {
        #[command(flatten)]
        args: RestartArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Kill what runs, each after what requires it
    Kill {
        #[command(flatten)]
        args: StopArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Remove stopped containers
    Clean {
        #[command(flatten)]
        args: CleanArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Fetch images from their registries
    Pull {
        #[command(flatten)]
        args: PullArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Make running services what the file says: make what is missing, replace what differs, leave the rest
    Apply(Apply),
    /// Show what `apply` would do, and why; changes nothing
    Plan(PlanArgs),
    /// Show what differs between the file and what runs
    Diff(DiffArgs),
    /// Show what `apply` would do with an instance, and because of what
    Why(WhyArgs),
    /// Make the whole environment again what it was in an earlier revision
    Rollback(RollbackArgs),
    /// Show the revisions that `apply` and `rollback` have recorded on the ships
    History(HistoryArgs),
    /// Show what containers have written
    Logs(LogsArgs),
    /// Show what requires what
    Deptree(DeptreeArgs),
    /// Show what was understood of the file, as YAML or JSON
    Config(ConfigArgs),
    /// Show instances and what they depend on as JSON, in the order of a start
    Dump(DumpArgs),
    /// Take the lease away from a run whose machine is gone
    Unlock(UnlockArgs),
    /// Print what makes a shell complete commands, options and the file's names
    Completions(CompletionsArgs),
    /// Print the words that could end a command line (`MaestroNG`'s; `completions` does it for shells)
    #[command(hide = true)]
    Complete(CompleteArgs),
    /// Inside a container: answer what its start script asks about itself and its neighbours
    #[command(disable_help_flag = true)]
    Guest(GuestArgs),
}

#[derive(Debug, Args)]
pub(super) struct UnlockArgs {
    /// The word that tells the lease, as the message says it
    #[arg(value_name = "NONCE")]
    pub nonce: String,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and any set of them is valid"
)]
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    pub things: Things,
    /// Show the ports as well
    #[arg(short = 'F', long)]
    pub full: bool,
    /// Show the ships' addresses rather than their names
    #[arg(short = 'H', long)]
    pub show_hosts: bool,
    /// End with 1 if anything is down or not ready
    #[arg(long)]
    pub exit_code: bool,
    /// Do not try the `running` checks
    #[arg(long)]
    pub no_checks: bool,
}

#[derive(Debug, Args)]
pub(super) struct StartArgs {
    #[command(flatten)]
    pub things: Things,
    #[command(flatten)]
    pub images: Images,
    #[command(flatten)]
    pub adopt: Adopt,
    #[command(flatten)]
    pub preflight: Preflight,
    #[command(flatten)]
    pub new: NewContainers,
}

#[derive(Debug, Args)]
#[command(mut_arg("things", or_a_plan))]
pub(super) struct Apply {
    #[command(flatten)]
    pub args: ApplyArgs,
    #[command(flatten)]
    pub lease: LeaseArgs,
}

#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    pub things: Things,
    #[command(flatten)]
    pub adopt: Adopt,
    #[command(flatten)]
    pub preflight: Preflight,
    #[command(flatten)]
    pub new: NewContainers,
    /// Remove this environment's containers that the file does not declare; with names, those of them alone
    #[arg(long, conflicts_with = "container_filter")]
    pub prune: bool,
    /// Replace also what differs in the list of its peers alone: the variables that tell it of other instances
    #[arg(long)]
    pub peers: bool,
}

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub apply: ApplyArgs,
    /// End with 3 if there is anything to do
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Save the plan in FILE: `apply FILE` carries it out if nothing has changed by then
    #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RollbackArgs {
    /// The revision, as `history` numbers it; without it, the newest that is not what runs
    #[arg(value_name = "N", value_parser = revision)]
    pub revision: Option<u64>,
    /// Show what would be done, and why; changes nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// How many containers may be acted on at once, over all ships
    #[arg(short = 'c', long, value_name = "LIMIT", value_parser = clap::value_parser!(u32).range(1..))]
    pub concurrency: Option<u32>,
    #[command(flatten)]
    pub new: NewContainers,
    #[command(flatten)]
    pub lease: LeaseArgs,
}

/// The number of a revision.
fn revision(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "a number from 1 on, as `maestro history` shows it".to_owned())
}

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    pub things: Things,
}

#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// The instance, or the service
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub instance: String,
}

#[derive(Debug, Args)]
pub(super) struct StopArgs {
    #[command(flatten)]
    pub things: Things,
    #[command(flatten)]
    expand: Expand,
    #[command(flatten)]
    pub adopt: Adopt,
}

#[derive(Debug, Args)]
pub(super) struct RestartArgs {
    #[command(flatten)]
    pub things: Things,
    #[command(flatten)]
    pub images: Images,
    #[command(flatten)]
    expand: Expand,
    #[command(flatten)]
    pub adopt: Adopt,
    #[command(flatten)]
    pub preflight: Preflight,
    #[command(flatten)]
    pub new: NewContainers,
    /// Seconds to wait before each instance is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub step_delay: u32,
    /// Seconds to wait between an instance's stop and its start
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub stop_start_delay: u32,
    /// Bring all of them down before the first comes up, whatever `update` says; without names this is so anyway
    #[arg(long)]
    pub all_at_once: bool,
    /// Only restart what runs another image than its ship has; with `-r` the images are fetched first
    #[arg(long)]
    pub only_if_changed: bool,
}

#[derive(Debug, Args)]
pub(super) struct PullArgs {
    #[command(flatten)]
    pub things: Things,
}

#[derive(Debug, Args)]
pub(super) struct LogsArgs {
    /// Services and instances whose logs to show; none means all
    #[arg(value_name = "THING", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Go on with what comes
    #[arg(short = 'F', long)]
    pub follow: bool,
    /// Only that many lines, from the end
    #[arg(short = 'n', value_name = "LINES")]
    pub lines: Option<usize>,
}

#[derive(Debug, Args)]
pub(super) struct DeptreeArgs {
    /// Services and instances to show; none means all
    #[arg(value_name = "THING", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Show each tree whole, though parts of it are shown elsewhere
    #[arg(short = 'r', long)]
    pub recursive: bool,
}

#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    /// Services and instances to show; none means all
    #[arg(value_name = "THING", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Show the values of variables that look secret
    #[arg(long)]
    pub show_secrets: bool,
}

#[derive(Debug, Args)]
pub(super) struct GuestArgs {
    /// The question; `--help` lists them
    #[arg(value_name = "QUESTION", trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<std::ffi::OsString>,
}

#[derive(Debug, Args)]
pub(super) struct DumpArgs {
    /// Services and instances to show; none means all
    #[arg(value_name = "THING", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Show what was understood of the file as well
    #[arg(short = 'c', long)]
    pub config: bool,
    /// Show the values of variables that look secret
    #[arg(long)]
    pub show_secrets: bool,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// A shell that commands can be completed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Args)]
pub(super) struct CompleteArgs {
    /// The words so far, the program's name first
    #[arg(value_name = "TOKEN", trailing_var_arg = true, allow_hyphen_values = true)]
    pub tokens: Vec<String>,
}

#[cfg(test)]
mod tests;
