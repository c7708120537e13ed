//! The options of commands that write files.

use std::path::PathBuf;

use clap::{Args, ValueHint};

#[derive(Debug, Args)]
pub(in crate::cli) struct InitArgs {
    /// The words of `docker run`, or with --running containers (default: the Compose file here, else an example)
    #[arg(value_name = "WORD", trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<String>,
    /// Describe containers that run here (default: all that belong to no environment)
    #[arg(long)]
    pub running: bool,
    /// Write FILE; `-` is standard output
    #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
    /// Compose files (default: `-f`, or the nearest)
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub imported: Vec<PathBuf>,
    /// Write FILE instead of `maestro.yaml`; `-` is standard output
    #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}
