//! Why a plan has its steps, as data. `report::explain` has the sentences.

mod flag;
mod group;
mod orphan;
mod resource;
mod unchanged;

use std::time::Duration;

use super::{drift::Difference, volumes::VolumeFate};
use crate::{model::check::LifecycleState, observed::revision::KEPT};
pub use flag::Flag;
pub use group::{BarrierKind, CompensationKind};
pub use orphan::{OrphanReason, Requested};
pub use resource::ResourceKind;
pub use unchanged::UnchangedReason;

/// Why a step is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// There is no container of the instance's name.
    NoContainer,
    /// The old container was created and never started.
    NeverStarted,
    /// The old container is dead.
    Dead,
    /// The old container is down; the engine's words for that.
    OldIsDown(String),
    /// The container is down, and it is as the file says.
    DownAsDeclared(String),
    /// The container is down; the engine's words for that.
    IsDown(String),
    /// The container runs.
    IsRunning,
    /// The container is paused.
    IsPaused,
    /// The container differs from what is desired in these fields, and in so many more.
    Differs {
        /// The first fields, the weightiest first.
        fields: Vec<String>,
        /// How many more there are.
        more: usize,
    },
    /// The container is as the file says, but for its name.
    NameDiffers,
    /// A running container has another name than its instance.
    HasOtherName,
    /// The instance's container is a new one.
    ContainerIsNew,
    /// The container was created and never started, so it may lack the files that belong into it.
    MayLackFiles,
    /// The instance gets a new container in a restart.
    RestartedAnew,
    /// A restart was asked for.
    Restarted,
    /// The ship has another image by the name, or none (`--only-if-changed`).
    ImageChanged,
    /// The image is not on the ship.
    ImageMissing,
    /// `pull_policy: always`
    PullsAlways,
    /// The image was pulled longer ago than its `pull_policy` allows.
    ImageOld {
        /// The age from which on it is pulled again.
        age: Duration,
    },
    /// `pull` was asked for.
    PullRequested,
    /// The ship has no network for the environment yet.
    NetworkMissing,
    /// The ship has no volume of that name yet.
    VolumeMissing,
    /// No container of the environment is left on the ship.
    EnvironmentGone,
    /// A flag of the command line was given.
    Flag(Flag),
    /// `--reuse` was given, and the container is there.
    Reused,
    /// The container is unmanaged, and `--adopt` was given.
    Adopted,
    /// An unmanaged container has the instance's name, and `--adopt` gives it up.
    ReplacesUnmanaged,
    /// These checks decide whether the instance reaches the state.
    Checked(LifecycleState),
    /// The instance counts as started when it is ready.
    AwaitsReady,
    /// The running container may not be ready.
    Doubted(Doubt),
    /// It is a job that runs before each update of this service.
    BeforeUpdate(String),
    /// It is a job that runs after each update of this service.
    AfterUpdate(String),
    /// `update.delay` of the service.
    UpdateDelay,
    /// Requests that went to the predecessor are finished first.
    DrainsRequests,
    /// The instance is ready.
    IsReady,
    /// The successor has the instance's name.
    SuccessorInPlace,
    /// The old container is kept until its successor is ready.
    KeptUntilReady,
    /// The new container takes its predecessor's name.
    TakesPlace,
    /// The successor is ready.
    SuccessorReady,
    /// The file has the instance on another ship.
    Moved,
    /// The ship is drained.
    Drained {
        /// The ship.
        ship: String,
    },
    /// The instances of the service are spread over its ships again.
    Spread {
        /// The service.
        service: String,
    },
    /// The instance runs on another ship than the file says.
    RunsElsewhere {
        /// The ship that it runs on.
        here: String,
        /// The ship that the file names.
        there: String,
    },
    /// The successor on another ship is ready.
    MovedAndReady,
    /// The instance runs where the file says; an interrupted run has left its old container on another ship.
    MoveLeftOld,
    /// The instance runs as the file says; an interrupted run has left containers beside it.
    LeftoversBeside,
    /// An interrupted run has left the container.
    Leftover,
    /// An interrupted run has left the container running.
    LeftoverRuns,
    /// A compensation removes the successor, which did not take its predecessor's place.
    NotReplaced,
    /// A compensation gives the old container its name back.
    TakesPlaceAgain,
    /// A compensation starts what ran before.
    RanBefore,
    /// The container is an orphan, and something says what to do about it.
    Orphan {
        /// Why it is one.
        orphan: OrphanReason,
        /// Why something is done about it.
        requested: Requested,
    },
    /// A removed container has left the volume behind, and `--volumes` was given.
    LeftBehind,
    /// `down` was asked for.
    DownRequested,
    /// `--volumes` was given.
    VolumesRequested,
    /// No container and no kept revision of the environment needs the image, and `--images` was given.
    ImageUnneeded,
    /// The container that it was kept for does not exist any more.
    ContainerGone,
    /// Nothing was recorded yet, so what runs is recorded before the first change.
    FirstRecord,
    /// The result of the plan is recorded, so that it can be brought back.
    Recorded,
    /// What runs differs from the newest revision.
    RevisionDiffers,
    /// Only the newest [`KEPT`] revisions are kept.
    TooManyRevisions,
}

impl Reason {
    /// How many revisions are kept: what [`Reason::TooManyRevisions`] tells.
    pub const KEPT: usize = KEPT;

    /// Whether an interrupted run left what the step is done to.
    #[must_use]
    pub fn is_of_leftover(&self) -> bool {
        matches!(self, Self::Leftover | Self::LeftoversBeside | Self::LeftoverRuns | Self::MoveLeftOld)
    }

    /// Whether it only tells the place of a step among the others of the same change, which have a reason of their own.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a line for each reason")]
    pub fn follows(&self) -> bool {
        match self {
            Self::ContainerIsNew
            | Self::MayLackFiles
            | Self::Checked(_)
            | Self::AwaitsReady
            | Self::DrainsRequests
            | Self::IsReady
            | Self::SuccessorInPlace
            | Self::KeptUntilReady
            | Self::TakesPlace
            | Self::SuccessorReady
            | Self::MovedAndReady
            | Self::NotReplaced
            | Self::TakesPlaceAgain
            | Self::RanBefore => true,
            Self::NoContainer
            | Self::NeverStarted
            | Self::Dead
            | Self::OldIsDown(_)
            | Self::DownAsDeclared(_)
            | Self::IsDown(_)
            | Self::IsRunning
            | Self::IsPaused
            | Self::Differs { .. }
            | Self::NameDiffers
            | Self::HasOtherName
            | Self::RestartedAnew
            | Self::Restarted
            | Self::ImageChanged
            | Self::ImageMissing
            | Self::PullsAlways
            | Self::ImageOld { .. }
            | Self::PullRequested
            | Self::NetworkMissing
            | Self::VolumeMissing
            | Self::EnvironmentGone
            | Self::Flag(_)
            | Self::Reused
            | Self::Adopted
            | Self::ReplacesUnmanaged
            | Self::Doubted(_)
            | Self::BeforeUpdate(_)
            | Self::AfterUpdate(_)
            | Self::UpdateDelay
            | Self::Moved
            | Self::Drained { .. }
            | Self::Spread { .. }
            | Self::RunsElsewhere { .. }
            | Self::MoveLeftOld
            | Self::LeftoversBeside
            | Self::Leftover
            | Self::LeftoverRuns
            | Self::Orphan { .. }
            | Self::LeftBehind
            | Self::DownRequested
            | Self::VolumesRequested
            | Self::ImageUnneeded
            | Self::ContainerGone
            | Self::FirstRecord
            | Self::Recorded
            | Self::RevisionDiffers
            | Self::TooManyRevisions => false,
        }
    }
}

/// Why a running container may not be ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The engine restarts it again and again.
    Restarting,
    /// It is a service on a Swarm, not all of whose tasks run.
    TasksMissing,
    /// Somebody paused it.
    Paused,
    /// Its image's HEALTHCHECK finds it unhealthy.
    Unhealthy,
    /// It has checks, whose result is recorded nowhere.
    HasChecks,
    /// It was started less than a second ago.
    New,
    /// It was started less than a minute ago, and its engine may have restarted it.
    Young,
}

/// What the user should know about an instance.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// `docker unpause` resumes its container.
    CanBeUnpaused {
        /// The container's name.
        container: String,
    },
    /// Its log shows why it is restarted.
    LogTellsWhy,
    /// Without its container the job would run again; `clean` with its name removes it.
    WouldRunAgain,
    /// `apply --peers` replaces its container.
    PeersReplaceIt,
    /// `apply --continue` replaces its container.
    ContinueReplacesIt,
    /// Its peers have changed since its container was created.
    PeersChanged,
    /// The file says something else than its container was created from.
    FileChanged,
    /// It is not replaced: only the list of its peers differs.
    NotReplacedForPeers,
    /// It requires these instances, which are down and not selected.
    RequiresDown(Vec<String>),
    /// An orphan of this name has a port that it publishes.
    OrphanHasPort(String),
    /// Its service is removed, and these volumes stay on the nodes that ran its tasks.
    VolumesOnNodes(Vec<String>),
    /// The network stays, because an unmanaged container is connected to it.
    NetworkStays {
        /// The network's name.
        network: String,
        /// The unmanaged container's name.
        container: String,
    },
    /// A ship does not answer on which the old containers of these instances may run.
    MayRunOnSilentShip {
        /// The ship.
        ship: String,
        /// The instances.
        instances: Vec<String>,
    },
    /// Its ship is drained, and it stays there.
    StaysOnDrained {
        /// The ship.
        ship: String,
        /// Whether the file lets it run on another ship.
        has_choice: bool,
        /// Data that it keeps on the ship.
        data: Vec<String>,
    },
    /// It moves to another ship.
    Moves {
        /// The ship that it leaves.
        from: String,
        /// The ship that it goes to.
        to: String,
        /// What stays on the ship that it leaves and may hold data.
        data: Vec<String>,
    },
    /// Its old container has an anonymous volume.
    Volume(VolumeFate),
    /// Its new container does not mount what its old one may keep data in.
    DataStays {
        /// A volume's name, or a path on the ship.
        source: String,
        /// The path inside.
        path: String,
        /// What the new container mounts there.
        instead: Option<String>,
    },
    /// Its container differs from the file.
    Differs {
        /// What differs.
        difference: Difference,
        /// Where the file says it.
        place: Option<FileLine>,
    },
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLine {
    /// The file's name.
    pub file: String,
    /// The line, from 1 on.
    pub line: usize,
}
