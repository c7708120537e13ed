//! Actions on a volume.

use crate::{model::volume::VolumeOptions, observed::left_behind::LeftBehind};

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
}
