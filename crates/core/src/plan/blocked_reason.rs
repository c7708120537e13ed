//! Why a plan does nothing for an instance.

use super::{reason::ResourceKind, volume_refusal::VolumeRefusal};
use crate::{
    fault::ShipFault,
    model::{InstanceId, ShipId},
};

/// Why an instance is held.
#[derive(Debug, Clone, PartialEq)]
pub enum BlockedReason {
    /// Its ship was not asked.
    NotAsked,
    /// Its ship does not answer.
    Unreachable {
        /// Why, in a sentence.
        reason: ShipFault,
    },
    /// A container of its name is not ours.
    Unmanaged {
        /// The container's id.
        id: String,
        /// The image it was made from.
        image: String,
        /// The environment whose labels it bears, if it bears any.
        environment: Option<String>,
    },
    /// Its old and its new container would run beside each other with the same anonymous volumes.
    SharedVolume {
        /// Where these are mounted.
        paths: Vec<String>,
    },
    /// Its container is on another ship, with what may be data.
    Moved {
        /// That ship.
        from: ShipId,
        /// What may hold data there.
        data: Vec<String>,
    },
    /// It is a service on a Swarm, whose containers are on a ship, with what may be data; or the other way round.
    ServiceMoved {
        /// That ship.
        from: ShipId,
        /// Whether that ship is the Swarm itself, and its managers' engines run the containers beside it.
        is_beside: bool,
        /// What may hold data there.
        data: Vec<String>,
    },
    /// Its ship is a node of a Swarm that runs its service, and that no Swarm of the file has.
    OnUnknownSwarm {
        /// The name of the service on the Swarm.
        service: String,
    },
    /// It may keep data, and whether its container is on that ship cannot be known.
    Elsewhere {
        /// A ship that does not answer.
        ship: ShipId,
        /// Why, in a sentence.
        reason: ShipFault,
    },
    /// Its container was found on another ship, which stopped answering before it could be moved.
    RunsElsewhere {
        /// The ship.
        ship: ShipId,
        /// Why it does not answer.
        reason: ShipFault,
    },
    /// Its network's name is taken by a network that this environment did not make.
    UnmanagedNetwork {
        /// The network's name.
        network: String,
        /// The environment whose label it bears, if it bears any.
        environment: Option<String>,
    },
    /// A named volume of it is one that another environment made.
    UnmanagedVolume {
        /// The volume's name.
        volume: String,
        /// The environment or Compose project whose label it bears, if it bears any.
        environment: Option<String>,
    },
    /// A network or volume that somebody else makes is not on its ship.
    ExternalMissing {
        /// What it is.
        kind: ResourceKind,
        /// Its name.
        name: String,
    },
    /// A volume of it must not be copied or mounted.
    Volume(VolumeRefusal),
    /// Another instance, which must come first, is held.
    Behind {
        /// The other instance.
        other: InstanceId,
    },
}

impl BlockedReason {
    /// Whether what is asked for could harm the instance's data.
    #[must_use]
    pub fn is_about_data(&self) -> bool {
        match self {
            Self::SharedVolume { .. }
            | Self::Moved { .. }
            | Self::ServiceMoved { .. }
            | Self::OnUnknownSwarm { .. }
            | Self::Volume(_) => true,
            Self::NotAsked
            | Self::Unreachable { .. }
            | Self::Elsewhere { .. }
            | Self::RunsElsewhere { .. }
            | Self::Unmanaged { .. }
            | Self::UnmanagedNetwork { .. }
            | Self::UnmanagedVolume { .. }
            | Self::ExternalMissing { .. }
            | Self::Behind { .. } => false,
        }
    }

    /// Whether nothing is done because a ship does not answer.
    #[must_use]
    pub fn is_of_silent_ship(&self) -> bool {
        match self {
            Self::NotAsked
            | Self::Unreachable { .. }
            | Self::Elsewhere { .. }
            | Self::RunsElsewhere { .. } => true,
            Self::SharedVolume { .. }
            | Self::Moved { .. }
            | Self::ServiceMoved { .. }
            | Self::OnUnknownSwarm { .. }
            | Self::Volume(_)
            | Self::Unmanaged { .. }
            | Self::UnmanagedNetwork { .. }
            | Self::UnmanagedVolume { .. }
            | Self::ExternalMissing { .. }
            | Self::Behind { .. } => false,
        }
    }
}
