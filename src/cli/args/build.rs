//! What `build` takes.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::names;

// Whether images are built first. A doc comment would become that of the command.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(in crate::cli) struct BuildsFirst {
    /// Build no image, also where its files have changed
    #[arg(long)]
    pub no_build: bool,
    /// Build what has changed: this is the default
    #[arg(long, hide = true, conflicts_with = "no_build")]
    pub build: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct BuildArgs {
    /// Services and instances (default: all that say how their images are built)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Build also images that are as they would be built
    #[arg(long)]
    pub always: bool,
    /// Use no layer of an earlier build
    #[arg(long)]
    pub no_cache: bool,
    /// Pull base images again
    #[arg(long)]
    pub pull: bool,
}
