//! Which commands change something under a lease, and what `unlock` takes.

use clap::Args;

use super::{Apply, Command, RollbackArgs, VolumeArgs, VolumeCommand, VolumeMoveArgs, shared::LeaseArgs};

impl Command {
    /// The options that commands have which change something under a lease.
    pub(in crate::cli) fn lease(&self) -> Option<&LeaseArgs> {
        match self {
            Self::Start { lease, .. }
            | Self::Stop { lease, .. }
            | Self::Restart { lease, .. }
            | Self::Kill { lease, .. }
            | Self::Scale { lease, .. }
            | Self::Clean { lease, .. }
            | Self::Down { lease, .. }
            | Self::Pause { lease, .. }
            | Self::Unpause { lease, .. }
            | Self::Pull { lease, .. }
            | Self::Apply(Apply { lease, .. })
            | Self::Rollback(RollbackArgs { lease, .. })
            | Self::Volume(VolumeArgs { command: VolumeCommand::Move(VolumeMoveArgs { lease, .. }) }) => {
                Some(lease)
            }
            Self::Status(_)
            | Self::Build(_)
            | Self::Plan(_)
            | Self::Diff(_)
            | Self::Why(_)
            | Self::History(_)
            | Self::Logs(_)
            | Self::Stats(_)
            | Self::Top(_)
            | Self::Images(_)
            | Self::Outdated(_)
            | Self::Push(_)
            | Self::Inspect(_)
            | Self::Events(_)
            | Self::Wait(_)
            | Self::Exec(_)
            | Self::Run(_)
            | Self::Attach(_)
            | Self::Volume(_)
            | Self::Ship(_)
            | Self::PortForward(_)
            | Self::Cp(_)
            | Self::Timeline(_)
            | Self::Graph(_)
            | Self::Deptree(_)
            | Self::Links(_)
            | Self::Config(_)
            | Self::Dump(_)
            | Self::Unlock(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Init(_)
            | Self::Import(_)
            | Self::Complete(_)
            | Self::Ui(_)
            | Self::Dash(_)
            | Self::Watch(_)
            | Self::Guest(_) => None,
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UnlockArgs {
    /// The id of the lease, as printed in the error message
    #[arg(value_name = "NONCE")]
    pub nonce: String,
}
