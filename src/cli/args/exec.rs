//! What `exec` takes, and what programs have in common that a user talks to.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::names;
use maestro_run::operations::programs::DetachKeys;

#[derive(Debug, Args)]
pub(in crate::cli) struct ExecArgs {
    /// Instance, or a service: then its first instance that runs
    #[arg(value_name = "INSTANCE|SERVICE", add = ArgValueCompleter::new(names::things))]
    pub thing: String,
    /// Command and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
    /// Run the command in all instances at once, without a terminal and without input
    #[arg(short = 'a', long, conflicts_with_all = ["index", "detach_keys"])]
    pub all: bool,
    /// Choose the N-th instance of the service
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub index: Option<u32>,
    /// Give the command all privileges
    #[arg(long)]
    pub privileged: bool,
    // Would be taken for a short form of `--detach-keys`.
    #[arg(short = 'd', long, hide = true)]
    pub detach: bool,
    #[command(flatten)]
    pub program: ProgramArgs,
    #[command(flatten)]
    pub terminal: TerminalArgs,
}

// How a program is run.
#[derive(Debug, Args)]
pub(in crate::cli) struct ProgramArgs {
    /// Set a variable; without a value, to its value here
    #[arg(short = 'e', id = "variables", value_name = "NAME=VALUE", value_parser = variable)]
    pub variables: Vec<String>,
    /// User: `name`, `uid`, `name:group`, `uid:gid`
    #[arg(short = 'u', long, value_name = "USER")]
    pub user: Option<String>,
    /// Working directory
    #[arg(short = 'w', long, value_name = "DIRECTORY")]
    pub workdir: Option<String>,
}

// How a program is talked to.
#[derive(Debug, Args)]
pub(in crate::cli) struct TerminalArgs {
    /// Give the command no terminal (it gets one if standard input and output are terminals)
    #[arg(short = 'T', long)]
    pub no_tty: bool,
    /// Keys that leave the command running
    #[arg(long, value_name = "KEYS", default_value = "ctrl-p,ctrl-q", value_parser = keys)]
    pub detach_keys: DetachKeys,
    // What `docker exec -it` asks for is the default here.
    #[arg(short = 'i', hide = true)]
    interactive: bool,
    #[arg(short = 't', hide = true)]
    tty: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AttachArgs {
    /// Instance
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(names::instances))]
    pub thing: String,
    /// Give the program no input
    #[arg(long)]
    pub no_stdin: bool,
    /// Keys that leave the program running
    #[arg(long, value_name = "KEYS", default_value = "ctrl-p,ctrl-q", value_parser = keys)]
    pub detach_keys: DetachKeys,
}

/// `NAME=VALUE` or `NAME`.
fn variable(text: &str) -> Result<String, &'static str> {
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    if name.is_empty() { Err("expected `NAME=VALUE` or `NAME`") } else { Ok(text.to_owned()) }
}

fn keys(text: &str) -> Result<DetachKeys, &'static str> {
    let expected =
        "expected keys like `ctrl-p,ctrl-q`: `ctrl-` and a letter or one of `@ [ \\ ] ^ _`, or one character";
    text.parse().map_err(|_| expected)
}
