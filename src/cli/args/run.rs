//! What `run` takes.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::exec::{ProgramArgs, TerminalArgs};
use crate::cli::names;

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and any set of them is valid"
)]
#[derive(Debug, Args)]
pub(in crate::cli) struct RunArgs {
    /// Instance, or a service: then with the settings of its first instance. A job without more words runs itself again
    #[arg(value_name = "INSTANCE|SERVICE", add = ArgValueCompleter::new(names::things))]
    pub thing: String,
    /// Command and its arguments (default: the instance's)
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
    /// Run in the background, and print the container's name; `logs` shows its output, `clean` removes it at its end
    #[arg(short = 'd', long)]
    pub detach: bool,
    /// Keep the container at its end; `clean` removes it
    #[arg(long)]
    pub keep: bool,
    // What docker compose has to be told is the default here.
    #[arg(long, hide = true, conflicts_with = "keep")]
    pub rm: bool,
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

impl RunArgs {
    /// Whether something is asked for that the instance does not have: then only a container beside it has that.
    pub(in crate::cli) fn is_of_its_own(&self) -> bool {
        let Self {
            thing: _,
            command,
            detach,
            keep,
            rm,
            service_ports,
            entrypoint,
            mounts,
            ship,
            program,
            terminal: _,
        } = self;
        let ProgramArgs { variables, user, workdir } = program;
        let flags = *detach || *keep || *rm || *service_ports;
        let values = [entrypoint, ship, user, workdir].into_iter().any(Option::is_some);
        flags || values || !command.is_empty() || !mounts.is_empty() || !variables.is_empty()
    }
}
