//! The options of `config`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
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
    #[command(flatten)]
    pub compose: ComposeArgs,
}

// What a Compose project is read with. A doc comment would become the help of `config`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Compose files")]
pub(in crate::cli) struct ComposeArgs {
    /// Read variables from FILE instead of `.env`; later files take precedence
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub env_file: Vec<PathBuf>,
    /// Include services with profile NAME; `*` includes all
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// Use NAME as the project's name
    #[arg(long, value_name = "NAME")]
    pub project_name: Option<String>,
    /// Resolve relative paths from DIR instead of the directory of the first file
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub project_directory: Option<PathBuf>,
}
