//! Actions on a volume.

use crate::{
    model::{ShipId, volume::VolumeOptions},
    observed::left_behind::LeftBehind,
};

/// An action on one volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeAction {
    /// Creates a named volume, if it does not exist.
    Create {
        /// Its name.
        name: String,
        /// The environment, for its label.
        environment: String,
        /// How it is made.
        options: Box<VolumeOptions>,
    },
    /// Removes an anonymous volume that a removed container has left behind, and its record.
    Remove {
        /// The volume.
        left: LeftBehind,
    },
    /// Removes a named volume of the environment, with its data.
    RemoveNamed {
        /// Its name.
        name: String,
        /// The environment, whose label the volume must have.
        environment: String,
    },
    /// Removes a volume of copied files, or the record of a reload, whose container does not exist any more.
    RemoveLeftover {
        /// Its name.
        name: String,
        /// The environment.
        environment: String,
    },
    /// Copies a named volume of another ship into a new one, and verifies the copy. A mark says that it is not taken yet.
    Copy {
        /// Its name, the same on both ships.
        name: String,
        /// The environment, for its label.
        environment: String,
        /// How it is made.
        options: Box<VolumeOptions>,
        /// The ship that it is copied from.
        from: ShipId,
    },
    /// Removes a copy that its mark says is not taken, and the mark.
    DiscardCopy {
        /// Its name.
        name: String,
        /// The environment.
        environment: String,
    },
    /// Removes the mark of a copy: its instance is ready with it.
    TakeCopy {
        /// The volume's name.
        name: String,
        /// The environment.
        environment: String,
    },
    /// Removes the record that a volume is kept: its instance is ready with it, back from the ship that it had moved to.
    Reuse {
        /// Its name.
        name: String,
        /// The environment.
        environment: String,
    },
    /// Records that a volume is kept though its instance has moved.
    Keep {
        /// Its name.
        name: String,
        /// The environment.
        environment: String,
        /// The ship that has the copy.
        to: ShipId,
    },
}
