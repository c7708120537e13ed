//! What goes wrong with a Swarm.

/// Why a ship does not do what is asked of a Swarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwarmFault {
    /// The engine is in no Swarm.
    NoSwarm,
    /// The engine is a worker of a Swarm: only managers change and tell of services.
    NotManager,
    /// The engine is a manager of another Swarm than the one that was asked before.
    OtherSwarm,
    /// The managers have no leader: too few of them are up.
    NoLeader,
    /// The operation is for containers, and not for services of a Swarm.
    OnlyForContainers(&'static str),
    /// The service of this name does not exist any more.
    ServiceGone(String),
    /// A config or secret that a service names does not exist.
    NotStored {
        /// Which of both it is.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// So many tasks of the service have not ended in time.
    TasksLeft(usize),
}

/// Why a service on a Swarm did not become what it is to be. Texts of a Swarm are untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceFailure {
    /// Its tasks fail, and the Swarm starts others in their place.
    TasksFail {
        /// The node of the last one that failed.
        node: String,
        /// Why that one failed, in the Swarm's words.
        error: String,
        /// How many have failed.
        failed: usize,
    },
    /// The Swarm does not go on with the update.
    Paused {
        /// The node of a task that failed; empty if that is not known.
        node: String,
        /// Why it failed, or why the update is paused, in the Swarm's words.
        error: String,
    },
    /// The Swarm has restored the former tasks.
    RolledBack {
        /// The node of a task that failed; empty if that is not known.
        node: String,
        /// Why it failed, or why the update was rolled back, in the Swarm's words.
        error: String,
        /// Whether the former tasks are restored.
        is_complete: bool,
    },
    /// No node takes some of its tasks.
    NotPlaced {
        /// How many run.
        running: usize,
        /// How many are to run.
        wanted: usize,
        /// Why, in the Swarm's words.
        error: String,
    },
    /// Tasks of a job failed.
    JobFailed {
        /// The node of the last one that failed.
        node: String,
        /// Why that one failed, in the Swarm's words.
        error: String,
        /// How many have failed.
        failed: usize,
        /// Whether the Swarm starts others in their place.
        goes_on: bool,
    },
    /// The service does not exist any more.
    Gone,
}

impl ServiceFailure {
    /// The same with other texts where they are a Swarm's.
    #[must_use]
    pub fn map_texts(mut self, map: &dyn Fn(&str) -> String) -> Self {
        match &mut self {
            Self::TasksFail { error, .. }
            | Self::JobFailed { error, .. }
            | Self::Paused { error, .. }
            | Self::RolledBack { error, .. }
            | Self::NotPlaced { error, .. } => *error = map(error),
            Self::Gone => {}
        }
        self
    }
}
