//! What happens to the lease of an environment. What is said of another run comes from labels: untrusted.

use std::time::Duration;

use crate::fault::ShipFault;

/// A run that holds a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseHolder {
    /// What tells it from other runs: the argument of `unlock`.
    pub nonce: String,
    /// The user; empty if it is not known.
    pub user: String,
    /// The host; empty if it is not known.
    pub host: String,
    /// The process.
    pub process: Option<u32>,
    /// What was typed; empty if it is not known.
    pub command: String,
}

/// A lease that another run holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLease {
    /// Who holds it.
    pub holder: LeaseHolder,
    /// The ship.
    pub ship: String,
    /// For how long, where the engine tells it.
    pub age: Option<Duration>,
}

/// Something that happens to the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseFact {
    /// Another run holds it and is waited for, this long at most.
    Waiting {
        /// The lease.
        held: HeldLease,
        /// The longest wait.
        wait: Duration,
    },
    /// This holder is gone, and this run takes over.
    Replaced(LeaseHolder),
    /// A killed run's stops of containers are waited for.
    Settling {
        /// The ship.
        ship: String,
        /// The containers.
        containers: Vec<String>,
        /// The longest wait.
        most: Duration,
    },
    /// Another run changes the environment while this one looks.
    Changing(HeldLease),
    /// A run that changed the environment was killed.
    Abandoned(HeldLease),
    /// The lease was taken away while this run held it.
    Lost {
        /// The ship.
        ship: String,
    },
    /// It is not known whether the lease is released.
    NotReleased {
        /// The ship.
        ship: String,
        /// Why not.
        reason: ShipFault,
        /// What `unlock` takes.
        nonce: String,
    },
    /// The run ended at once and left its lease.
    Left {
        /// What `unlock` takes.
        nonce: String,
    },
}

/// Why a run gets no lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseRefusal {
    /// Another run holds it.
    Busy {
        /// The lease.
        held: HeldLease,
        /// Whether the holder's process is known to run on this machine.
        is_running_here: bool,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A volume has the lease's name, and no run made it.
    Unmanaged {
        /// The ship.
        ship: String,
        /// The volume's name.
        volume: String,
    },
}

/// What came of `unlock` on a ship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnlockFact {
    /// The lease of this holder is removed.
    Removed(LeaseHolder),
    /// There is no lease.
    Free,
    /// The lease is this one's.
    Other(LeaseHolder),
    /// The holder runs on this machine; nothing was done.
    Running(LeaseHolder),
    /// This run is removing the lease.
    Busy(LeaseHolder),
    /// A volume of this name is there that no run made.
    Unmanaged(String),
    /// The engine did not do it.
    Failed(ShipFault),
}
