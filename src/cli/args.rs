//! The command line as it is typed: `clap` and nothing else.

mod build;
mod changes;
mod completions;
mod config;
mod copy;
mod create;
mod down;
mod exec;
mod file;
mod graph;
mod history;
mod lease;
mod logs;
mod looks;
mod pause;
mod port_forward;
mod rollback;
mod run;
mod scale;
mod shared;
mod ship;
mod status;
mod things;
mod timeline;
mod ui;
mod volume;
mod watch;

use std::path::PathBuf;

use clap::{
    Arg, Args, Parser, Subcommand, ValueEnum, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser},
};
use clap_complete::engine::ArgValueCompleter;

use super::names;
pub(super) use build::{BuildArgs, BuildsFirst};
pub(super) use changes::{BroughtDown, KillArgs, PullArgs, RestartArgs, StartArgs, StopArgs};
pub(super) use completions::{CompleteArgs, CompletionsArgs, ManArgs, Shell};
pub(super) use config::{ConfigArgs, ConfigFormat, DeptreeArgs, DumpArgs};
pub(super) use copy::CopyArgs;
pub(super) use create::{ImportArgs, InitArgs};
pub(super) use down::DownArgs;
pub(super) use exec::{AttachArgs, ExecArgs, ProgramArgs};
pub(super) use file::FileOptions;
pub(super) use graph::{GraphArgs, GraphBy, GraphFormat};
pub(super) use history::HistoryArgs;
pub(super) use lease::UnlockArgs;
pub(super) use logs::LogsArgs;
pub(super) use looks::{
    EventsArgs, ImagesArgs, InspectArgs, LinksArgs, OutdatedArgs, PushArgs, StatsArgs, TopArgs, WaitArgs,
};
use maestro_report::style::Colour;
pub(super) use pause::PauseArgs;
pub(super) use port_forward::{PortForwardArgs, PortPair};
pub(super) use rollback::RollbackArgs;
pub(super) use run::RunArgs;
pub(super) use scale::{Scale, ScaleArgs};
pub(super) use shared::{
    Adopt, CleanArgs, Images, LeaseArgs, NewContainers, PreflightArgs, StopWithin, Tail, Things,
};
pub(super) use ship::{ShipArgs, ShipCheckArgs, ShipCommand, ShipDrainArgs, ShipLsArgs};
pub(super) use status::{By, StatusArgs};
pub(super) use timeline::TimelineArgs;
pub(super) use ui::{DashArgs, UiArgs};
pub(super) use volume::{
    VolumeArgs, VolumeBackupArgs, VolumeCommand, VolumeLsArgs, VolumeMoveArgs, VolumeRestoreArgs,
    VolumeRmArgs, Where,
};
pub(super) use watch::{GitArgs, WatchArgs};

const EXIT_CODES: &str = "Exit codes: 0 done; 1 a step failed; 2 bad input, nothing was contacted; 3 changes pending \
(`--detailed-exitcode`); 4 a ship is unreachable or an outcome unknown; 5 another run holds the lease, or a saved plan \
is stale; 6 refused for safety; 128+n ended by signal n";

/// What stands before the lines of a plan and of its progress.
const SIGNS: &str = "Signs: + create, start, pull; ~ replace, restart, rename, check; > move to another ship; - stop, kill, \
remove; = unchanged; ! blocked; ? skipped, its ship does not answer; ✓ done; ✗ failed; · waiting";

/// Deploys and operates container services on one or many Docker hosts, from one YAML file.
#[derive(Debug, Parser)]
#[command(name = "maestro", version, disable_version_flag = true, infer_long_args = true, max_term_width = 100, after_help = format!("{SIGNS}\n\n{EXIT_CODES}"))]
pub(super) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Global {
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = colours(), global = true)]
    pub color: Colour,
    /// Output format: `text` for people, `json` for programs, `markdown` for pull requests (`plan`, `--dry-run`)
    #[arg(long, value_name = "FORMAT", default_value = "text", global = true)]
    pub output: Output,
    /// Print the version
    #[arg(short = 'v', long, short_alias = 'V', action = clap::ArgAction::Version)]
    version: Option<bool>,
    // An option of `docker run`, which would be taken for a short form of `--env-file`.
    #[arg(long, hide = true, value_name = "NAME=VALUE", value_parser = no_option, global = true)]
    env: Option<String>,
    #[command(flatten)]
    pub file: FileOptions,
}

/// Lets `apply` take a saved plan in place of names.
fn or_a_plan(things: Arg) -> Arg {
    things
        .help("Services and instances, or one saved plan file (default: all)")
        .add(ArgValueCompleter::new(names::things_and_plans))
}

/// Refuses `--env`.
fn no_option(_: &str) -> Result<String, &'static str> {
    Err(
        "there is no such option; write variables below `env` or `environment` of a service in the file, or, for a \
         command in a container, `-e NAME=VALUE`",
    )
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
    Markdown,
}

#[derive(Debug, Subcommand)]
// Of twenty commands only the one that was typed is built.
#[command(defer = true)]
pub(super) enum Command {
    /// Show the state of instances
    #[command(alias = "ps")]
    Status(StatusArgs),
    /// Start instances that are down, in dependency order
    Start {
        #[command(flatten)]
        args: StartArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Stop running instances, in reverse dependency order
    Stop {
        #[command(flatten)]
        args: StopArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Restart instances with new containers
    Restart {
        #[command(flatten)]
        args: RestartArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Set how many instances services have, for this run: `maestro scale web=3`
    Scale {
        #[command(flatten)]
        args: ScaleArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Kill running instances, in reverse dependency order
    Kill {
        #[command(flatten)]
        args: KillArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Remove stopped containers
    #[command(alias = "rm")]
    Clean {
        #[command(flatten)]
        args: CleanArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Stop and remove the environment's containers and networks
    Down {
        #[command(flatten)]
        args: DownArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Pause running instances: their processes are frozen
    Pause {
        #[command(flatten)]
        args: PauseArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Let paused instances go on
    Unpause {
        #[command(flatten)]
        args: PauseArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Build images on the ships that need them
    Build(BuildArgs),
    /// Pull images
    Pull {
        #[command(flatten)]
        args: PullArgs,
        #[command(flatten)]
        lease: LeaseArgs,
    },
    /// Push the images of services to their registries
    Push(PushArgs),
    /// Create missing instances and replace changed ones, so that what runs matches the file
    #[command(alias = "up")]
    Apply(Apply),
    /// Show what `apply` would do and why, without changing anything
    Plan(PlanArgs),
    /// Show differences between the file and running containers
    Diff(DiffArgs),
    /// Show what `apply` would do with an instance, and the reason
    Why(WhyArgs),
    /// Roll back to a revision
    Rollback(RollbackArgs),
    /// List revisions
    History(HistoryArgs),
    /// Show container logs
    Logs(LogsArgs),
    /// Show what instances use: processor, memory, network, disk, processes
    Stats(StatsArgs),
    /// Show the processes of instances
    Top(TopArgs),
    /// Show the images that instances run
    Images(ImagesArgs),
    /// Show which instances run another image than their tag stands for now
    Outdated(OutdatedArgs),
    /// Show what runs of instances, beside what the file declares
    Inspect(InspectArgs),
    /// Show what happens to containers, networks and volumes of the environment
    Events(EventsArgs),
    /// Open a dashboard on the terminal that shows the environment live, with keys for logs, shells and plans
    Dash(DashArgs),
    /// Open a page in the browser that shows the environment live and applies plans
    Ui(UiArgs),
    /// Keep the environment as declared: heal what is down or unhealthy, and tell what differs
    Watch(WatchArgs),
    /// Wait until instances have stopped, or are ready
    Wait(WaitArgs),
    /// Run a command in a running instance: `maestro exec web-1 sh`
    Exec(ExecArgs),
    /// Run a command in a new container with the settings of an instance, and remove it at its end
    Run(RunArgs),
    /// Connect to the program of a running instance: its output from now on, and its input
    Attach(AttachArgs),
    /// Copy files between instances and this machine, or from one instance to another
    Cp(CopyArgs),
    /// Open ports of this machine that lead to an instance on any ship
    PortForward(PortForwardArgs),
    /// List, back up, restore, move and remove volumes
    Volume(VolumeArgs),
    /// Show what emptying a ship would move
    Ship(ShipArgs),
    /// Show the links of instances: which name leads to which instance, and how
    Links(LinksArgs),
    /// Show where the time of a run went, and who waited for what
    Timeline(TimelineArgs),
    /// Draw the graph of ships, instances and what they need, for a terminal or as a picture
    Graph(GraphArgs),
    /// Print the dependency tree
    Deptree(DeptreeArgs),
    /// Print the resolved configuration
    Config(ConfigArgs),
    /// Write a first file: of a Compose file, of `docker run` words, or of running containers
    Init(InitArgs),
    /// Write a Compose project as a file of Maestro
    Import(ImportArgs),
    /// Print instances and their dependencies as JSON, in start order
    Dump(DumpArgs),
    /// Remove the lease of a run whose machine is gone
    Unlock(UnlockArgs),
    /// Generate shell completions
    Completions(CompletionsArgs),
    /// Print the manual page, or write the pages of all commands to a directory
    Man(ManArgs),
    /// Print completions for a command line (as `MaestroNG` does; see `completions`)
    #[command(hide = true)]
    Complete(CompleteArgs),
    /// Inside a container: print facts about the instance and its peers
    #[command(disable_help_flag = true)]
    Guest(GuestArgs),
}

#[derive(Debug, Args)]
#[command(mut_arg("things", or_a_plan), after_help = SIGNS)]
pub(super) struct Apply {
    #[command(flatten)]
    pub args: ApplyArgs,
    #[command(flatten)]
    pub lease: LeaseArgs,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own, and any set of them is valid"
)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    pub things: Things,
    #[command(flatten)]
    pub adopt: Adopt,
    #[command(flatten)]
    pub preflight: PreflightArgs,
    #[command(flatten)]
    pub new: NewContainers,
    /// Remove orphans (containers of this environment that the file does not declare); with names, only those
    #[arg(long, conflicts_with = "container_filter")]
    pub prune: bool,
    /// Pull the images first, and replace instances whose tag stands for another image now
    #[arg(long)]
    pub pull: bool,
    /// Also replace instances whose only difference is their peer variables
    #[arg(long)]
    pub peers: bool,
    /// Place instances as if none ran yet, and move them; those with data only with `--move`
    #[arg(long)]
    pub rebalance: bool,
    /// Also replace instances that wait for the canary of their service
    #[arg(long = "continue")]
    pub continues: bool,
    #[command(flatten)]
    pub builds: BuildsFirst,
    /// Number of instances of a service in this run, whatever the file says
    #[arg(long, value_name = "SERVICE=N", value_parser = scale::scale)]
    pub scale: Vec<Scale>,
}

#[derive(Debug, Args)]
#[command(after_help = SIGNS)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub apply: ApplyArgs,
    /// Print each step
    #[arg(long)]
    pub steps: bool,
    /// Exit with 3 if changes are pending
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Save the plan in FILE: `apply FILE` applies it if nothing has changed since
    #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(mut_arg("concurrency", |arg| arg.hide(true)), mut_arg("ignore_dependencies", |arg| arg.hide(true)))]
pub(super) struct DiffArgs {
    #[command(flatten)]
    pub things: Things,
}

#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// Instance or service
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub instance: String,
}

#[derive(Debug, Args)]
pub(super) struct GuestArgs {
    /// Query; `--help` lists all
    #[arg(value_name = "QUESTION", trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<std::ffi::OsString>,
}

#[cfg(test)]
mod tests;
