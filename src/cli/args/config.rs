//! The options of `config`.

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use crate::cli::names;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ConfigFormat {
    /// That of Maestro.
    Maestro,
    /// That of Compose.
    Compose,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and clap refuses those that exclude one another"
)]
#[derive(Debug, Args)]
pub(in crate::cli) struct ConfigArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Show values of variables that look secret
    #[arg(long, conflicts_with_all = ["fix", "fix_binds"])]
    pub show_secrets: bool,
    /// Print the file in another format: a Compose project as a file of Maestro, or a file of Maestro as a Compose file
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["fix", "fix_binds", "things", "show_secrets"])]
    pub format: Option<ConfigFormat>,
    /// Fix mistakes in the file that have one possible correction, and print the changed lines
    #[arg(long, conflicts_with = "things", group = "changes")]
    pub fix: bool,
    /// Turn mounts of the project's own files that a ship does not have into configs, and print the changed lines
    #[arg(long, conflicts_with = "things", group = "changes")]
    pub fix_binds: bool,
    /// Only check the file, print nothing
    #[arg(short = 'q', long, group = "lists", conflicts_with_all = OTHER_FORMS)]
    pub quiet: bool,
    /// Print the names of the services, a line each
    #[arg(long, group = "lists", conflicts_with_all = OTHER_FORMS)]
    pub services: bool,
    /// Print the images of the services, a line each
    #[arg(long, group = "lists", conflicts_with_all = OTHER_FORMS)]
    pub images: bool,
    /// Print the names that the file's volumes have on engines, a line each
    #[arg(long, group = "lists", conflicts_with_all = OTHER_FORMS, conflicts_with = "things")]
    pub volumes: bool,
    /// Print the names that the file's networks have on engines, a line each
    #[arg(long, group = "lists", conflicts_with_all = OTHER_FORMS, conflicts_with = "things")]
    pub networks: bool,
    /// With --fix or --fix-binds: print the changes without making them
    #[arg(long, requires = "changes")]
    pub dry_run: bool,
}

/// What prints the configuration, or changes the file.
const OTHER_FORMS: [&str; 3] = ["changes", "format", "show_secrets"];

impl ConfigArgs {
    /// Whether something else than the configuration is printed.
    pub(in crate::cli) fn is_short(&self) -> bool {
        self.quiet || self.services || self.images || self.volumes || self.networks
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DeptreeArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Show each subtree in full, even if it was shown before
    #[arg(short = 'r', long)]
    pub recursive: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DumpArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Include the resolved configuration
    #[arg(short = 'c', long)]
    pub config: bool,
    /// Show values of variables that look secret
    #[arg(long)]
    pub show_secrets: bool,
}
