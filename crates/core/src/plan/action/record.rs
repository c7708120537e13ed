//! Actions on the record of a revision.

use crate::observed::revision::Record;

/// An action on the record of one revision.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordAction {
    /// Records what an engine runs of the environment as a revision.
    Write {
        /// The record; the ids of images are added when it is written.
        record: Box<Record>,
    },
    /// Removes the record of a revision.
    Forget {
        /// The revision's number.
        revision: u64,
        /// The volume that is its record.
        volume: String,
    },
}
