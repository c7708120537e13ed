//! What `pause` and `unpause` take.

use clap::Args;

use super::Things;
use super::shared::accepted;

#[derive(Debug, Args)]
#[command(mut_arg("ignore_dependencies", accepted), mut_arg("with_dependencies", |arg| arg.help("Include dependants")))]
pub(in crate::cli) struct PauseArgs {
    #[command(flatten)]
    pub things: Things,
}
