//! Why nothing is known of a ship.

use super::EngineFault;

/// Why nothing is known of a ship, or nothing may be done there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShipFault {
    /// Its engine did not answer.
    NoAnswer(EngineFault),
    /// Its engine answered with an error.
    Error(EngineFault),
    /// Its engine refused the lease.
    NoLease(EngineFault),
}

impl ShipFault {
    /// Whether the ship does not answer. All other faults have a cause of their own.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        match self {
            Self::NoAnswer(fault) => fault.is_silence(),
            Self::Error(_) | Self::NoLease(_) => false,
        }
    }
}

impl From<&str> for ShipFault {
    fn from(words: &str) -> Self {
        Self::NoAnswer(words.into())
    }
}
