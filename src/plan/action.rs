//! The things that can be done: one enum, carried out by `execute` and by nothing else.

use std::time::Duration;

use crate::model::{Check, check::State, container::ContainerSpec};

/// One thing that can be done on one ship.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Makes the environment's network, if it is not there.
    CreateNetwork {
        /// Its name.
        name: String,
        /// The environment, for its label.
        environment: String,
    },
    /// Removes the environment's network.
    RemoveNetwork {
        /// Its name.
        name: String,
    },
    /// Fetches an image from its registry.
    Pull {
        /// Its reference.
        image: String,
    },
    /// Creates a container.
    Create {
        /// Its name: the instance's, or that of a successor beside it.
        name: String,
        /// All that it is made from.
        spec: Box<ContainerSpec>,
    },
    /// Gives a container another name.
    Rename {
        /// Its name.
        container: String,
        /// Its id when it was observed; none for one that this plan makes.
        id: Option<String>,
        /// Its new name.
        to: String,
    },
    /// Stops and removes what was to take an instance's place, under whichever of these names it is.
    Discard {
        /// The names that it may have.
        names: Vec<String>,
        /// The id of the container that stays, whatever its name.
        keep: String,
        /// How long its stop may take.
        timeout: Duration,
    },
    /// Lets a running container be found under the instance's name as well as the one before it.
    HandOver {
        /// Its name.
        container: String,
        /// What it is made from: its network and its links.
        spec: Box<ContainerSpec>,
    },
    /// Starts a container.
    Start {
        /// Its name.
        container: String,
    },
    /// Waits until a container that runs is ready for others.
    Ready {
        /// Its name.
        container: String,
        /// All must pass; with none, the container has to stay up for a moment.
        checks: Vec<Check>,
    },
    /// Waits until checks pass beside those of readiness: before a start, before a stop, after a stop.
    Check {
        /// The container's name.
        container: String,
        /// Its id when it was observed; none if it was not there.
        id: Option<String>,
        /// Where in its life.
        state: State,
        /// All must pass.
        checks: Vec<Check>,
    },
    /// Stops a container: asks it to end, kills it when its time is up.
    Stop {
        /// Its name.
        container: String,
        /// Its id when it was observed, so that never another is stopped.
        id: String,
        /// Its time.
        timeout: Duration,
    },
    /// Kills a container.
    Kill {
        /// Its name.
        container: String,
        /// Its id when it was observed, so that never another is killed.
        id: String,
    },
    /// Removes a container that does not run.
    Remove {
        /// Its name.
        container: String,
        /// Its id when it was observed, so that never another is removed.
        id: String,
    },
    /// Lets some time pass, because the user asked for it.
    Pause {
        /// The time.
        duration: Duration,
    },
}

impl Action {
    /// The action's name as a stable word, as in JSON output.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::CreateNetwork { .. } => "create-network",
            Self::RemoveNetwork { .. } => "remove-network",
            Self::Pull { .. } => "pull",
            Self::Create { .. } => "create",
            Self::Rename { .. } => "rename",
            Self::Discard { .. } => "discard",
            Self::HandOver { .. } => "hand-over",
            Self::Start { .. } => "start",
            Self::Ready { .. } => "ready",
            Self::Check { state, .. } => state.word(),
            Self::Stop { .. } => "stop",
            Self::Kill { .. } => "kill",
            Self::Remove { .. } => "remove",
            Self::Pause { .. } => "pause",
        }
    }

    /// Whether an engine is asked to change something.
    #[must_use]
    pub fn changes(&self) -> bool {
        !matches!(self, Self::Ready { .. } | Self::Check { .. } | Self::Pause { .. })
    }
}
