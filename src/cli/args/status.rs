//! What `status` takes.

use clap::{Arg, Args, ValueEnum};

use super::{Things, shared::accepted};
use maestro_core::model::filter::Filter;

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and any set of them is valid"
)]
#[derive(Debug, Args)]
#[command(mut_args(without_effect))]
pub(in crate::cli) struct StatusArgs {
    #[command(flatten)]
    pub things: Things,
    /// List every instance, even if they do not fit on the screen
    #[arg(short = 'a', long)]
    pub all: bool,
    /// Print only names
    #[arg(short = 'q', long)]
    pub quiet: bool,
    /// Show services and container ids too
    #[arg(short = 'w', long, conflicts_with = "quiet")]
    pub wide: bool,
    /// Show services, container ids and ports
    #[arg(short = 'F', long, conflicts_with = "quiet")]
    pub full: bool,
    /// Show ship addresses instead of names
    #[arg(short = 'H', long, conflicts_with = "quiet")]
    pub show_hosts: bool,
    /// Group instances
    #[arg(long, value_name = "WHAT", conflicts_with = "quiet")]
    pub by: Option<By>,
    /// Only `ship=PATTERN`, `service=PATTERN`, `state=STATE`; several with commas between them
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<Filter>,
    /// Keep showing the state until Ctrl-C; without a terminal, print a line for each change
    #[arg(long, conflicts_with = "quiet")]
    pub watch: bool,
    /// Exit with 1 if an instance is down or not ready
    #[arg(long, conflicts_with = "watch")]
    pub exit_code: bool,
    /// Skip the `running` checks
    #[arg(long)]
    pub no_checks: bool,
}

/// Says of the options about changes that they do nothing here.
fn without_effect(option: Arg) -> Arg {
    match option.get_id().as_str() {
        "concurrency" | "ignore_dependencies" => accepted(option),
        _ => option,
    }
}

/// What a status is grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum By {
    Ship,
    Service,
}
