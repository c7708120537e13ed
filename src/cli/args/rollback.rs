//! What `rollback` takes.

use clap::Args;

use super::{LeaseArgs, NewContainers};

#[derive(Debug, Args)]
#[command(mut_arg("dry_run", |arg| arg.short('n')))]
pub(in crate::cli) struct RollbackArgs {
    /// Revision number from `history` (default: the newest that is not running)
    #[arg(value_name = "N", value_parser = revision)]
    pub revision: Option<u64>,
    /// Maximum number of containers to change at once, over all ships
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
