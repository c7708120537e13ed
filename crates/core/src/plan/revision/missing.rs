//! What is missing for the way back to a revision.

use crate::{fault::ShipFault, model::ShipId};

/// Why an environment cannot be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// Nothing is recorded anywhere.
    Records,
    /// All that is recorded is what runs.
    Earlier,
    /// There is no such revision.
    Revision {
        /// The one that was asked for.
        number: u64,
        /// Those that there are, oldest first.
        known: Vec<u64>,
    },
    /// A ship does not answer, so what was there is not known.
    Ship {
        /// The ship.
        ship: ShipId,
        /// Why, in a sentence.
        reason: ShipFault,
    },
    /// The record of a ship cannot be read.
    Unreadable {
        /// The ship.
        ship: ShipId,
        /// The record's number.
        number: u64,
        /// The version of its form, if a later release wrote it.
        newer: Option<u32>,
    },
    /// The ship's record is so old that it was removed.
    Forgotten {
        /// The ship.
        ship: ShipId,
        /// The oldest that it still has.
        oldest: u64,
    },
    /// Files that an instance had then have other contents now, or the file does not declare them any more.
    Files {
        /// The ship.
        ship: ShipId,
        /// The instance's name.
        instance: String,
        /// The paths of the files in the container.
        files: Vec<String>,
    },
    /// An image is on its ship no more, and no registry knows it.
    Image {
        /// The ship.
        ship: ShipId,
        /// The instance's name.
        instance: String,
        /// The image's reference.
        image: String,
        /// The engine's id of it.
        id: String,
    },
}
