//! What `volume` takes.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueHint};
use clap_complete::engine::ArgValueCompleter;

use super::shared::{LeaseArgs, PreflightArgs, duration};
use crate::cli::names;
use maestro_report::volume_list::VolumeFilter;

#[derive(Debug, Args)]
pub(in crate::cli) struct VolumeArgs {
    #[command(subcommand)]
    pub command: VolumeCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum VolumeCommand {
    /// List the environment's volumes and which instances use them
    #[command(visible_alias = "list")]
    Ls(VolumeLsArgs),
    /// Remove volumes that no container uses, with their data
    #[command(visible_alias = "remove")]
    Rm(VolumeRmArgs),
    /// Write the files of a volume to a compressed file with a checksum
    Backup(VolumeBackupArgs),
    /// Write a backup to a volume, after checking all of it
    Restore(VolumeRestoreArgs),
    /// Move an instance to the ship that the file names, with the data of its named volumes
    Move(VolumeMoveArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VolumeLsArgs {
    /// Also show sizes; engines read all files of all volumes for them
    #[arg(long)]
    pub size: bool,
    /// Only print names
    #[arg(short = 'q', long)]
    pub quiet: bool,
    /// Only `ship=`, `service=`, `instance=`, `name=`, `kind=` (declared, left-over …) or `state=` (in-use, unused …); several
    /// with commas between them
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<VolumeFilter>,
}

// How volumes are found, and how long a lease is waited for. A doc comment would become the help of the commands that it
// is flattened into.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Where {
    /// The ship of the volume, if several have one of that name
    #[arg(long, value_name = "SHIP", add = ArgValueCompleter::new(names::ships))]
    pub ship: Option<String>,
    /// Maximum time to wait for another run's lease: `30s`, `5m`, `1h`
    #[arg(long, value_name = "DURATION", default_value = "0", hide_default_value = true, value_parser = duration)]
    pub wait: Duration,
}

#[derive(Debug, Clone, Copy, Args)]
pub(in crate::cli) struct Yes {
    /// Do not ask (also the variable `MAESTRO_YES`)
    #[arg(short = 'y', long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VolumeRmArgs {
    /// Volumes, each by its name or by an instance that used it and the path inside
    #[arg(value_name = "NAME|INSTANCE:PATH", required = true, add = ArgValueCompleter::new(names::volumes))]
    pub volumes: Vec<String>,
    #[command(flatten)]
    pub place: Where,
    #[command(flatten)]
    pub yes: Yes,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VolumeBackupArgs {
    /// A volume, by its name or by an instance that uses it and the path inside
    #[arg(value_name = "NAME|INSTANCE:PATH", add = ArgValueCompleter::new(names::volumes))]
    pub volume: String,
    /// Write to FILE (default: `NAME-TIME.tar.zst`); `-` is standard output
    #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// Stop the containers that use the volume until the backup is made
    #[arg(long, conflicts_with = "pause")]
    pub stop: bool,
    /// Freeze the containers that use the volume until the backup is made
    #[arg(long)]
    pub pause: bool,
    #[command(flatten)]
    pub place: Where,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VolumeRestoreArgs {
    /// A volume, by its name or by an instance that uses it and the path inside
    #[arg(value_name = "NAME|INSTANCE:PATH", add = ArgValueCompleter::new(names::volumes))]
    pub volume: String,
    /// The backup; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Write over what the volume has, though containers have it; other files stay
    #[arg(long)]
    pub merge: bool,
    #[command(flatten)]
    pub place: Where,
    #[command(flatten)]
    pub yes: Yes,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VolumeMoveArgs {
    /// The instance, which the file has on its new ship already
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(names::instances))]
    pub instance: String,
    /// Move it also if it keeps data elsewhere: directories of its ship and anonymous volumes stay there
    #[arg(long)]
    pub leave_others: bool,
    #[command(flatten)]
    pub preflight: PreflightArgs,
    #[command(flatten)]
    pub lease: LeaseArgs,
}
