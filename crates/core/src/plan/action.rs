//! The things that can be done: one enum, carried out by `execute` and by nothing else.

use std::time::Duration;

pub use crate::observed::{left_behind::LeftBehind, revision::Record};

use crate::{
    model::{Check, ShipId, check::State, shared::SharedSpec},
    observed::{Age, Container},
};

/// An anonymous volume that a container takes over from its predecessor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The volume's name.
    pub volume: String,
    /// The path inside.
    pub path: String,
    /// Whether only if the image declares a volume at this path, which is not known before the image is on the ship.
    pub if_declared: bool,
}

/// One thing that can be done on one ship.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Makes the environment's network, if it is not there.
    CreateNetwork {
        /// Its name.
        name: String,
        /// The environment, for its label.
        environment: String,
        /// Whether its containers have to keep their addresses when they rejoin it.
        fixed: bool,
    },
    /// Removes the environment's network.
    RemoveNetwork {
        /// Its name.
        name: String,
        /// The environment, whose label it must bear.
        environment: String,
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
        spec: SharedSpec,
        /// Anonymous volumes of its predecessor that it takes over.
        volumes: Vec<Carried>,
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
        /// The ship of the container that stays: after a move, another one.
        keep_on: ShipId,
        /// The ids of those that an ended run has left; the others are made by this run.
        left: Vec<String>,
        /// How long its stop may take.
        timeout: Duration,
    },
    /// Takes a container off the environment's network and puts it back under other names.
    Rejoin {
        /// The container's name.
        container: String,
        /// Its id when it was observed; none for one that this plan makes.
        id: Option<String>,
        /// The network's name.
        network: String,
        /// Names under which it reaches others: `(target container, alias)`.
        links: Vec<(String, String)>,
        /// Names under which others reach it, beside its own.
        aliases: Vec<String>,
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
    /// Verifies that a container which runs already, and is left alone, is ready. Changes nothing.
    Verify {
        /// Its name.
        container: String,
        /// Its id when it was observed.
        id: String,
        /// All must pass.
        checks: Vec<Check>,
        /// How long it has been up.
        age: Age,
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
        /// Anonymous volumes that it leaves behind, which are recorded before.
        leaves: Vec<LeftBehind>,
    },
    /// Removes an anonymous volume that a removed container has left behind, and its record.
    RemoveVolume {
        /// The volume.
        left: LeftBehind,
    },
    /// Writes down, as a revision, what an engine runs of the environment.
    Record {
        /// What is written; the ids of images are added when it is.
        record: Box<Record>,
    },
    /// Removes the record of a revision.
    Forget {
        /// The revision's number.
        revision: u64,
        /// The volume that is its record.
        volume: String,
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
            Self::Rejoin { .. } => "rejoin",
            Self::Start { .. } => "start",
            Self::Ready { .. } => "ready",
            Self::Verify { .. } => "verify",
            Self::Check { state, .. } => state.word(),
            Self::Stop { .. } => "stop",
            Self::Kill { .. } => "kill",
            Self::Remove { .. } => "remove",
            Self::RemoveVolume { .. } => "remove-volume",
            Self::Record { .. } => "record",
            Self::Forget { .. } => "forget",
            Self::Pause { .. } => "pause",
        }
    }

    /// The name of the container that it stops, kills or removes, if it does.
    #[must_use]
    pub fn ends(&self) -> Option<&str> {
        match self {
            Self::Stop { container, .. } | Self::Kill { container, .. } | Self::Remove { container, .. } => {
                Some(container)
            }
            _ => None,
        }
    }

    /// Whether an engine is asked to change something.
    #[must_use]
    pub fn changes(&self) -> bool {
        !matches!(self, Self::Ready { .. } | Self::Verify { .. } | Self::Check { .. } | Self::Pause { .. })
    }
}

/// How instances are brought down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Asked to end, killed when their time is up.
    Stop,
    /// Killed at once.
    Kill,
}

impl How {
    /// What brings a container down, which may have another name than its instance.
    pub(super) fn action(self, container: &Container, timeout: Duration) -> Action {
        let (container, id) = (container.name.clone(), container.id.clone());
        match self {
            Self::Stop => Action::Stop { container, id, timeout },
            Self::Kill => Action::Kill { container, id },
        }
    }
}
