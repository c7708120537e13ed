//! Why a named volume is not copied to another ship, or not mounted after a move.

use crate::model::ShipId;

/// Why a volume must not be copied or mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeRefusal {
    /// The ship that it moves to has a volume already into which its data would be copied.
    Exists {
        /// The volume's name.
        volume: String,
    },
    /// A container runs that uses a volume which would be copied.
    InUse {
        /// The volume's name.
        volume: String,
        /// The containers, by name.
        containers: Vec<String>,
        /// The ship that they are on.
        ship: ShipId,
    },
    /// A restore into a volume that would be copied was not completed.
    Incomplete {
        /// The volume's name.
        volume: String,
        /// The ship that it is on.
        ship: ShipId,
    },
    /// A volume of it is a copy that an interrupted move has left.
    CopyNotTaken {
        /// The volume's name.
        volume: String,
        /// The ship that it was copied from.
        from: String,
    },
    /// A volume of it is only kept: the instance has moved to another ship with a copy, and may have written to that since.
    Kept {
        /// The volume's name.
        volume: String,
        /// The ship that has the copy.
        to: String,
    },
}
