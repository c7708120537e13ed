//! Actions on a volume.

use crate::observed::left_behind::LeftBehind;

/// An action on one volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeAction {
    /// Removes an anonymous volume that a removed container has left behind, and its record.
    Remove {
        /// The volume.
        left: LeftBehind,
    },
}
