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
    /// The file has its service on a Swarm, and the engine of a manager runs it beside that.
    BesideSwarm {
        /// The service's name.
        service: String,
    },
    /// It is a service on a Swarm, and the file has that service on ships that are none.
    OffSwarm {
        /// The service's name.
        service: String,
    },
    /// It was made for one command (`run`).
    OneOff {
        /// The instance whose settings it has.
        instance: String,
        /// Whether the command goes on.
        runs: bool,
    },
}

impl OrphanReason {
    /// Whether `--prune` removes the container if nobody names it. One whose service moves to a Swarm, or away from it, is
    /// removed by the move. Somebody's command ends by itself.
    #[must_use]
    pub fn is_pruned(&self) -> bool {
        match self {
            Self::NotDeclared
            | Self::Surplus { .. }
            | Self::OnOtherShip { .. }
            | Self::OneOff { runs: false, .. } => true,
            Self::OnSwarm { .. }
            | Self::BesideSwarm { .. }
            | Self::OffSwarm { .. }
            | Self::OneOff { runs: true, .. } => false,
        }
    }

    /// Whether it is somebody's command that goes on: nothing is to be done about it.
    #[must_use]
    pub fn ends_by_itself(&self) -> bool {
        matches!(self, Self::OneOff { runs: true, .. })
    }

    /// Whether `--prune` removes the container if its name is given.
    #[must_use]
    pub fn is_pruned_by_name(&self) -> bool {
        match self {
            Self::NotDeclared | Self::Surplus { .. } | Self::OnOtherShip { .. } | Self::OneOff { .. } => true,
            Self::OnSwarm { .. } | Self::BesideSwarm { .. } | Self::OffSwarm { .. } => false,
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
