//! What a preflight finds, as data: `report::explain::preflight` makes a diagnostic of each.

use crate::{
    fault::EngineFault,
    model::{ApiVersion, InstanceId, ShipId, registry::ImageRefusal},
    observed::{Published, ship_facts::ClockSkew},
    plan::{BlockedReason, reason::ResourceKind},
    source::Span,
};

/// How much a [`Finding`] weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A step of the plan would fail.
    Error,
    /// Something may go wrong, or could not be checked.
    Warning,
    /// Nothing goes wrong, but the user may not have meant it.
    Remark,
}

/// One thing that a preflight found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// The ship that it is on.
    pub ship: ShipId,
    /// The instances that it is about; none if it is the ship as a whole.
    pub instances: Vec<InstanceId>,
    /// What was found.
    pub fact: Fact,
    /// The place in the file.
    pub span: Option<Span>,
}

/// What a preflight found.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// The disk of the ship's engine is full or nearly full.
    DiskFull {
        /// Free bytes.
        free: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The clock of the ship differs from this machine's.
    Clock(ClockSkew),
    /// A registry would not give an image.
    Image {
        /// The image, the registry's fault and the login.
        refusal: Box<ImageRefusal>,
        /// What the engine said.
        words: EngineFault,
        /// Whether a pull would certainly fail.
        is_certain: bool,
    },
    /// A registry could not be asked about an image.
    ImageUnknown {
        /// The image.
        image: String,
        /// Why not.
        failure: LookFailure,
    },
    /// A port is in use.
    PortTaken {
        /// The port.
        port: Published,
        /// What uses it.
        user: PortUser,
    },
    /// Another instance of the plan publishes the same port.
    PortTwice {
        /// The port.
        port: Published,
        /// The other instance.
        other: InstanceId,
    },
    /// A network that `net` names does not exist.
    NoNetwork(String),
    /// A container that `net` names does not exist.
    NoContainer(String),
    /// A container that `net` names is not running.
    ContainerDown(String),
    /// A path that is mounted does not exist: the engine would create a directory.
    NoPath(String),
    /// A path that is mounted does not exist, and is not to be created.
    PathNotCreated(String),
    /// A path that is mounted cannot exist: a file is above it.
    PathBelowFile(String),
    /// A path that is mounted could not be checked.
    PathUnknown {
        /// The path.
        path: String,
        /// Why not.
        failure: LookFailure,
    },
    /// An image that is not to be pulled is not on the ship.
    ImageNotThere(String),
    /// An image is not built for the kind of machine that it is to run on.
    ImagePlatform {
        /// Its reference.
        image: String,
        /// The platforms that it is built for.
        has: Vec<String>,
        /// The platform of the ship.
        machine: String,
        /// The platform that the file asks for.
        asked: Option<String>,
        /// Whether that is the image on the ship, and not the registry's.
        is_there: bool,
    },
    /// An image that is to be carried is on no engine that is known.
    ImageNowhere(String),
    /// An image that is to be carried is for another platform.
    OtherPlatform {
        /// Its reference.
        image: String,
        /// Its platform: `linux/arm64`.
        has: String,
        /// The platform that the ship runs, or that the file names.
        needs: String,
    },
    /// The engine does not know something that the file asks for.
    EngineTooOld {
        /// The key: `volume.subpath`.
        key: &'static str,
        /// The first version of the API that knows it.
        needs: ApiVersion,
        /// The engine's version of the API.
        has: ApiVersion,
    },
    /// No program answers where a link leads, though the instance there runs.
    LinkDead {
        /// The instance that the link leads to.
        to: InstanceId,
        /// Its ports without an answer.
        ports: Vec<DeadPort>,
    },
    /// Something about a ship's machine could not be checked.
    NotChecked {
        /// What.
        what: Unchecked,
        /// Why not.
        failure: LookFailure,
    },
    /// The plan does nothing for an instance.
    Blocked(BlockedReason),
}

impl Fact {
    /// A stable name of this kind of finding: `port-taken`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DiskFull { .. } => "disk-full",
            Self::Clock(_) => "clock",
            Self::Image { .. }
            | Self::ImageUnknown { .. }
            | Self::ImageNotThere(_)
            | Self::ImagePlatform { .. }
            | Self::ImageNowhere(_)
            | Self::OtherPlatform { .. } => "image",
            Self::EngineTooOld { .. } => "engine-too-old",
            Self::PortTaken { .. } => "port-taken",
            Self::PortTwice { .. } => "port-twice",
            Self::NoNetwork(_) | Self::NoContainer(_) | Self::ContainerDown(_) => "network-missing",
            Self::NoPath(_) | Self::PathNotCreated(_) | Self::PathBelowFile(_) | Self::PathUnknown { .. } => {
                "mount"
            }
            Self::LinkDead { .. } => "link",
            Self::NotChecked { .. } => "not-looked-at",
            Self::Blocked(reason) => match reason {
                BlockedReason::NotAsked | BlockedReason::Unreachable { .. } => "ship-unreachable",
                BlockedReason::Unmanaged { .. }
                | BlockedReason::UnmanagedNetwork { .. }
                | BlockedReason::UnmanagedVolume { .. } => "not-ours",
                BlockedReason::ExternalMissing { kind: ResourceKind::Network, .. } => "network-missing",
                BlockedReason::ExternalMissing { kind: ResourceKind::Volume, .. } => "volume-missing",
                BlockedReason::Moved { .. }
                | BlockedReason::ServiceMoved { .. }
                | BlockedReason::OnUnknownSwarm { .. } => "moved-with-data",
                BlockedReason::Elsewhere { .. } | BlockedReason::RunsElsewhere { .. } => "may-run-elsewhere",
                BlockedReason::SharedVolume { .. } => "shared-volume",
                BlockedReason::Volume(_) => "volume-copy",
                BlockedReason::Behind { .. } => "blocked",
            },
        }
    }
}

/// Why something could not be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookFailure {
    /// No answer in time.
    Timeout,
    /// An error of the system, of ssh or of the engine.
    Failed(EngineFault),
}

/// What uses a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortUser {
    /// A container that keeps running.
    Container {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
        /// Its image.
        image: String,
        /// Whose it is.
        owner: ContainerHolder,
    },
    /// A process that is not a container.
    Process,
    /// Something that accepts connections; nothing else is known of it.
    Unknown,
}

/// Whose a container is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerHolder {
    /// An instance of this environment.
    Instance,
    /// This environment, whose file does not declare it any more.
    Orphan,
    /// Another environment.
    Environment(String),
    /// Nobody that Maestro knows.
    Unmanaged,
}

/// A port that no program answers at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadPort {
    /// Its number.
    pub port: u16,
    /// Whether it refuses connections; else nothing comes back.
    pub refuses: bool,
}

/// What could not be checked of a ship's machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchecked {
    /// The machine as a whole.
    Machine,
    /// Free space on its disk.
    Disk,
    /// The ports that programs listen on.
    Ports,
}
