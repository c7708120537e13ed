//! What `start`, `stop`, `kill`, `restart` and `pull` take.

use clap::Args;

use super::{
    Adopt, Images, NewContainers, PreflightArgs, StopWithin, Things,
    shared::{Expand, accepted},
};
use maestro_file::document::signal::{nearest_signal, signal};

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

// What is brought down. No doc comment, as with `Things`.
#[derive(Debug, Args)]
pub(in crate::cli) struct BroughtDown {
    #[command(flatten)]
    pub things: Things,
    #[command(flatten)]
    expand: Expand,
    #[command(flatten)]
    pub adopt: Adopt,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct StopArgs {
    #[command(flatten)]
    pub what: BroughtDown,
    #[command(flatten)]
    pub within: StopWithin,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct KillArgs {
    #[command(flatten)]
    pub what: BroughtDown,
    /// Send SIGNAL to the program of each instance instead, and change nothing else: `HUP`, `USR1`, `15`
    #[arg(long, value_name = "SIGNAL", value_parser = known_signal, conflicts_with_all = SIGNAL_ALONE)]
    pub signal: Option<String>,
}

/// What has no meaning for a signal that only a program knows.
const SIGNAL_ALONE: [&str; 9] = [
    "container_filter",
    "ship_filter",
    "with_dependencies",
    "ignore_dependencies",
    "concurrency",
    "adopt",
    "steps",
    "timeline",
    "wait",
];

/// A signal as it is typed.
fn known_signal(text: &str) -> Result<String, String> {
    signal(text).ok_or_else(|| match nearest_signal(text) {
        Some(near) => format!("there is no such signal; did you mean `{near}`?"),
        None => "there is no such signal; `kill -l` lists all".to_owned(),
    })
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
    #[command(flatten)]
    pub within: StopWithin,
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
