//! What the user should know about a ship.

use super::ownership::Why;
use crate::fault::ManagerFault;

/// What the user should know about a ship of this name, or about what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShipNote {
    /// No program listens on the ship's port of this machine, so the local engine's socket is used.
    StandIn {
        /// The ship.
        ship: String,
        /// Its address.
        address: String,
        /// The socket.
        socket: String,
    },
    /// Managers of a Swarm that come first are not asked.
    Managers {
        /// The ship.
        ship: String,
        /// The address of the one that is asked; none if none can be.
        asked: Option<String>,
        /// Those that are not.
        others: Vec<ManagerFault>,
    },
    /// A container bears the environment's labels without being its own.
    Lookalike {
        /// The ship.
        ship: String,
        /// The container's name.
        container: String,
        /// Its image.
        image: String,
        /// Why it is not the environment's own.
        why: Why,
    },
    /// A restore of a volume was not completed.
    IncompleteVolume {
        /// The ship.
        ship: String,
        /// The volume's name.
        volume: String,
    },
    /// A volume bears the labels of a recorded revision and is none.
    NoRecord {
        /// The ship.
        ship: String,
        /// The volume's name.
        volume: String,
    },
}
