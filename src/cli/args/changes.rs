//! What `start`, `stop`, `kill`, `restart` and `pull` take.

use clap::Args;

use super::{
    Adopt, Images, NewContainers, PreflightArgs, Things,
    shared::{Expand, accepted},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct StartArgs {
    #[command(flatten)]
    pub things: Things,
    #[command(flatten)]
    pub images: Images,
    #[command(flatten)]
    pub adopt: Adopt,
    #[command(flatten)]
    pub preflight: PreflightArgs,
    #[command(flatten)]
    pub new: NewContainers,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct StopArgs {
    #[command(flatten)]
    pub things: Things,
    #[command(flatten)]
    expand: Expand,
    #[command(flatten)]
    pub adopt: Adopt,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RestartArgs {
    #[command(flatten)]
    pub things: Things,
    #[command(flatten)]
    pub images: Images,
    #[command(flatten)]
    expand: Expand,
    #[command(flatten)]
    pub adopt: Adopt,
    #[command(flatten)]
    pub preflight: PreflightArgs,
    #[command(flatten)]
    pub new: NewContainers,
    /// Seconds to wait before stopping each instance
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub step_delay: u32,
    /// Seconds to wait between stopping and starting an instance
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub stop_start_delay: u32,
    /// Stop all instances before starting the first, regardless of `update` (default without names)
    #[arg(long)]
    pub all_at_once: bool,
    /// Only restart instances whose image has changed on their ship; with `-r`, pull images first
    #[arg(long)]
    pub only_if_changed: bool,
}

#[derive(Debug, Args)]
#[command(mut_arg("ignore_dependencies", accepted))]
pub(in crate::cli) struct PullArgs {
    #[command(flatten)]
    pub things: Things,
}
