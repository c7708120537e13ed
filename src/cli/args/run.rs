//! What `run` takes.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::exec::{ProgramArgs, TerminalArgs};
use crate::cli::names;

#[derive(Debug, Args)]
pub(in crate::cli) struct RunArgs {
    /// Instance, or a service: then with the settings of its first instance
    #[arg(value_name = "INSTANCE|SERVICE", add = ArgValueCompleter::new(names::things))]
    pub thing: String,
    /// Command and its arguments (default: the instance's)
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
    /// Keep the container at its end; `clean` removes it
    #[arg(long)]
    pub keep: bool,
    // What docker compose has to be told is the default here.
    #[arg(long, hide = true, conflicts_with = "keep")]
    rm: bool,
    /// Publish the ports of the instance
    #[arg(short = 'P', long)]
    pub service_ports: bool,
    /// Replace the entrypoint of the image: a program and its arguments in one word
    #[arg(long, value_name = "COMMAND")]
    pub entrypoint: Option<String>,
    /// Mount a directory of the ship or a volume
    #[arg(short = 'v', id = "mounts", value_name = "SOURCE:PATH[:ro]")]
    pub mounts: Vec<String>,
    /// Run on this ship
    #[arg(long, value_name = "SHIP", add = ArgValueCompleter::new(names::ships))]
    pub ship: Option<String>,
    #[command(flatten)]
    pub program: ProgramArgs,
    #[command(flatten)]
    pub terminal: TerminalArgs,
}
