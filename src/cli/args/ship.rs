//! What `ship` takes.

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCompleter;

use crate::cli::names;

#[derive(Debug, Args)]
pub(in crate::cli) struct ShipArgs {
    #[command(subcommand)]
    pub command: ShipCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ShipCommand {
    /// List ships: whether they answer, Docker's version, machine, disk, clock and instances
    Ls(ShipLsArgs),
    /// Check ships for what would make `apply` fail there, and say how to fix it
    Check(ShipCheckArgs),
    /// Show what `drain: true` of a ship would move, and the line to write; changes nothing
    Drain(ShipDrainArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShipLsArgs {
    /// Ships (default: all)
    #[arg(value_name = "SHIP", add = ArgValueCompleter::new(names::ships))]
    pub ships: Vec<String>,
    /// Print only the names of ships that answer
    #[arg(short = 'q', long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShipCheckArgs {
    /// Ships (default: all)
    #[arg(value_name = "SHIP", add = ArgValueCompleter::new(names::ships))]
    pub ships: Vec<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShipDrainArgs {
    /// The ship
    #[arg(value_name = "SHIP", add = ArgValueCompleter::new(names::ships))]
    pub ship: String,
    /// Print each step
    #[arg(long)]
    pub steps: bool,
}
