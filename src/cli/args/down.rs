//! What `down` takes.

use clap::{Arg, Args};

use super::{StopWithin, Things};

#[derive(Debug, Args)]
#[command(mut_args(of_down))]
pub(in crate::cli) struct DownArgs {
    #[command(flatten)]
    pub things: Things,
    /// Also remove the volumes that the file declares, and anonymous ones, with their data
    #[arg(short = 'v', long)]
    pub volumes: bool,
    /// Also remove the images that the environment has used and that no other container and no kept revision needs
    #[arg(long)]
    pub images: bool,
    /// Also remove all orphans (containers of this environment that the file does not declare)
    #[arg(long, alias = "remove-orphans", conflicts_with_all = ["things", "container_filter", "ship_filter"])]
    pub orphans: bool,
    #[command(flatten)]
    pub within: StopWithin,
}

/// Says what the names stand for here.
fn of_down(option: Arg) -> Arg {
    match option.get_id().as_str() {
        "things" => option.help("Services, instances and orphans (default: the whole environment)"),
        "with_dependencies" => option.help("Include dependants"),
        _ => option,
    }
}
