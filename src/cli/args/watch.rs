//! What `watch` takes.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueHint};

use super::shared::duration;

#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and any set of them is valid"
)]
pub(in crate::cli) struct WatchArgs {
    /// Also apply the file: at the beginning, when it changes, and when instances differ from it
    #[arg(long)]
    pub apply: bool,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Maximum number of tries to heal an instance
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..))]
    pub tries: u32,
    /// Time between the first two tries; it doubles with each, up to 5 minutes
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub backoff: Duration,
    /// How long an instance must be ready to count as recovered
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub stable: Duration,
    /// Serve metrics for Prometheus at this address and port, below `/metrics`
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<SocketAddr>,
    #[command(flatten)]
    pub git: GitArgs,
    /// Write a systemd unit that runs this command, and say how to start it
    #[arg(long)]
    pub install: bool,
    /// With `--install`: a unit of your own user, not of the system
    #[arg(long, requires = "install")]
    pub user: bool,
    /// With `--install`: where the unit is written
    #[arg(long, value_name = "FILE", requires = "install", value_hint = ValueHint::FilePath)]
    pub unit: Option<PathBuf>,
}

// The repository that the file comes from.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct GitArgs {
    /// Read the file from this git repository, and again with each new commit; `-f FILE` then names a file in it
    #[arg(long = "git", value_name = "URL", value_hint = ValueHint::Url)]
    pub url: Option<String>,
    /// With `--git`: the branch that is followed (default: the repository's own)
    #[arg(long, value_name = "NAME", requires = "url")]
    pub branch: Option<String>,
    /// With `--git`: how often the repository is asked for a new commit (default: 60s)
    #[arg(long, value_name = "DURATION", requires = "url", value_parser = duration)]
    pub interval: Option<Duration>,
    /// With `--git`: the directory that the repository is checked out to (default: one below `~/.local/state/maestro`)
    #[arg(long, value_name = "DIR", requires = "url", value_hint = ValueHint::DirPath)]
    pub checkout: Option<PathBuf>,
}
