//! The options of `config`.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::names;

#[derive(Debug, Args)]
pub(in crate::cli) struct ConfigArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Show values of variables that look secret
    #[arg(long, conflicts_with = "fix")]
    pub show_secrets: bool,
    /// Fix mistakes in the file that have one possible correction, and print the changed lines
    #[arg(long, conflicts_with = "things")]
    pub fix: bool,
    /// With --fix: print the changes without making them
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
}
