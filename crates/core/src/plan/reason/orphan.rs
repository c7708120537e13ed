//! Why a container is an orphan, and why something is done about it.

/// Why a container is an orphan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrphanReason {
    /// The file does not declare its instance.
    NotDeclared,
    /// Its service has fewer instances now.
    Surplus {
        /// The service's name.
        service: String,
        /// How many instances it has.
        replicas: usize,
    },
    /// The file has its instance on another ship.
    OnOtherShip {
        /// The instance's name.
        instance: String,
        /// The ship's name.
        ship: String,
    },
    /// The file has its service on a Swarm.
    OnSwarm {
        /// The service's name.
        service: String,
        /// The name of the ship that is the Swarm.
        ship: String,
    },
    /// It is a service on a Swarm, and the file has that service on ships that are none.
    OffSwarm {
        /// The service's name.
        service: String,
    },
}

impl OrphanReason {
    /// Whether `--prune` removes the container. One whose service moves to a Swarm, or away from it, is removed by the move.
    #[must_use]
    pub fn is_pruned(&self) -> bool {
        match self {
            Self::NotDeclared | Self::Surplus { .. } | Self::OnOtherShip { .. } => true,
            Self::OnSwarm { .. } | Self::OffSwarm { .. } => false,
        }
    }
}

/// Why something is done about an orphan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    /// `--prune` was given.
    Prune,
    /// `--orphans` was given.
    Orphans,
    /// It was named.
    Name,
    /// Its service has fewer instances now, and it has no volume.
    FewerReplicas,
    /// Its service moves to a Swarm or away from it, and what was made there takes its place.
    Moves,
}
