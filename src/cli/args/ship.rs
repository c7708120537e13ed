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
    /// Show what `drain: true` of a ship would move, and the line to write; changes nothing
    Drain(ShipDrainArgs),
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
