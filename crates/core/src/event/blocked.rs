//! Why an instance does not get to its end.

use serde::Serialize;

use crate::plan::{BlockedReason, StepId};

/// Why an instance is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockedKind {
    /// Its ship does not answer.
    Unreachable,
    /// A container of its name, its network or its volume is unmanaged.
    Unmanaged,
    /// A network or volume that somebody else makes is missing.
    ExternalMissing,
    /// Its old and its new container would write to the same anonymous volumes.
    SharedVolume,
    /// Its container is on another ship, with what may be data.
    Moved,
    /// A volume of it cannot be copied, or is a copy that no instance has taken yet.
    VolumeCopy,
    /// Whether its container is on another ship cannot be known.
    Elsewhere,
    /// Something that must come first failed or is held.
    Behind,
    /// The run was interrupted.
    Interrupted,
}

/// Why an instance does not get to its end.
#[derive(Debug, Clone, PartialEq)]
pub enum Blocked {
    /// The plan does nothing for it.
    Planned(BlockedReason),
    /// A step that comes first failed.
    Behind {
        /// The step that is not done.
        blocked: StepId,
        /// The step that failed.
        failed: StepId,
    },
    /// The user interrupted the run before the step began.
    Interrupted,
    /// The user interrupted the run while this step waited.
    WaitInterrupted(StepId),
    /// The run's lease was taken away.
    LeaseLost,
}

impl Blocked {
    /// What kind of reason it is.
    #[must_use]
    pub fn kind(&self) -> BlockedKind {
        match self {
            Self::Planned(BlockedReason::NotAsked | BlockedReason::Unreachable { .. }) => {
                BlockedKind::Unreachable
            }
            Self::Planned(
                BlockedReason::Unmanaged { .. }
                | BlockedReason::UnmanagedNetwork { .. }
                | BlockedReason::UnmanagedVolume { .. },
            ) => BlockedKind::Unmanaged,
            Self::Planned(BlockedReason::ExternalMissing { .. }) => BlockedKind::ExternalMissing,
            Self::Planned(BlockedReason::SharedVolume { .. }) => BlockedKind::SharedVolume,
            Self::Planned(
                BlockedReason::Moved { .. }
                | BlockedReason::ServiceMoved { .. }
                | BlockedReason::OnUnknownSwarm { .. },
            ) => BlockedKind::Moved,
            Self::Planned(BlockedReason::Volume(_)) => BlockedKind::VolumeCopy,
            Self::Planned(BlockedReason::Elsewhere { .. } | BlockedReason::RunsElsewhere { .. }) => {
                BlockedKind::Elsewhere
            }
            Self::Planned(BlockedReason::Behind { .. }) | Self::Behind { .. } => BlockedKind::Behind,
            Self::Interrupted | Self::WaitInterrupted(_) | Self::LeaseLost => BlockedKind::Interrupted,
        }
    }
}
