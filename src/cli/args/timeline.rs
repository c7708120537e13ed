//! The options of `timeline`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

#[derive(Debug, Args)]
pub(in crate::cli) struct TimelineArgs {
    /// The run, by the beginning of its id in `timeline --list` (default: the last one)
    #[arg(value_name = "RUN", conflicts_with = "list")]
    pub run: Option<String>,
    /// List the runs that engines remember: the last 20 that changed something there
    #[arg(long, conflicts_with = "out")]
    pub list: bool,
    /// Write it to FILE: `run.svg` for a picture, `run.json` for data, `run.txt`
    #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}
