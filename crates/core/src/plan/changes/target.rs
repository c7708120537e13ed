//! Things that a plan changes.

use crate::{
    model::{Environment, InstanceId, ShipId},
    observed::left_behind::LeftBehind,
};

/// What a plan changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeTarget<'a> {
    /// An instance.
    Instance(InstanceId),
    /// A container that is no instance's: an orphan.
    Container {
        /// The ship that it is on.
        ship: ShipId,
        /// Its name.
        name: &'a str,
        /// Its id.
        id: &'a str,
    },
    /// A network.
    Network {
        /// The ship that it is on.
        ship: ShipId,
        /// Its name.
        name: &'a str,
    },
    /// A volume by its name: a declared one, or what is left of copied files.
    NamedVolume {
        /// The ship that it is on.
        ship: ShipId,
        /// Its name.
        name: &'a str,
    },
    /// A config or secret of a Swarm.
    StoredFile {
        /// The ship.
        ship: ShipId,
        /// Its name, without its digest.
        name: &'a str,
    },
    /// A volume that a removed container has left.
    Volume {
        /// The ship that it is on.
        ship: ShipId,
        /// The volume, and what it was of.
        left: &'a LeftBehind,
    },
    /// An image that is removed.
    Image {
        /// The ship that it is on.
        ship: ShipId,
        /// Its name, or its id if it has none.
        name: &'a str,
    },
    /// A recorded revision.
    Revision {
        /// The ship that records it.
        ship: ShipId,
        /// Its number.
        number: u64,
    },
    /// What instances share on a ship, and none of the above.
    Ship(ShipId),
}

impl ChangeTarget<'_> {
    /// The instance, if it is one.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        match self {
            Self::Instance(id) => Some(*id),
            Self::Container { .. }
            | Self::Network { .. }
            | Self::NamedVolume { .. }
            | Self::StoredFile { .. }
            | Self::Volume { .. }
            | Self::Image { .. }
            | Self::Revision { .. }
            | Self::Ship(_) => None,
        }
    }

    /// The ship that it is on, or is to be on.
    #[must_use]
    pub fn ship(&self, environment: &Environment) -> ShipId {
        match self {
            Self::Instance(id) => environment.instance(*id).ship,
            Self::Container { ship, .. }
            | Self::Network { ship, .. }
            | Self::NamedVolume { ship, .. }
            | Self::StoredFile { ship, .. }
            | Self::Volume { ship, .. }
            | Self::Image { ship, .. }
            | Self::Revision { ship, .. }
            | Self::Ship(ship) => *ship,
        }
    }
}
