//! Images that a ship lacks and another engine has.

use crate::model::ShipId;

/// An engine that has an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CarrySource {
    /// A ship.
    Ship {
        /// Which one.
        id: ShipId,
        /// Its name.
        name: String,
    },
    /// This machine's own engine, which is none of the ships.
    ThisMachine,
}

/// An image that a ship lacks, or has otherwise, and another engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carriable {
    /// The engine that has it.
    pub from: CarrySource,
    /// Its id there.
    pub id: String,
    /// Its bytes.
    pub size: u64,
    /// The bytes of the layers that the ship lacks, at most.
    pub missing: u64,
    /// Whether it takes the place of another image that the ship has by that name: this run built it there, or found it
    /// built, or the file says of an instance that its image is carried. Then all instances of that image wait for it.
    pub takes_place: bool,
    /// Whether no registry knows it, as far as its engine tells: it was built or loaded there.
    pub is_unknown_to_registries: bool,
    /// The platform of the image: `linux/amd64`.
    pub platform: String,
    /// The platform of the ship.
    pub ship_platform: String,
}
