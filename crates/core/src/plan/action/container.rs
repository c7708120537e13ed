//! Actions on a container.

use std::time::Duration;

use crate::{
    model::{ShipId, carried::CarriedFiles, container::ContainerNames, shared::SharedSpec},
    observed::{kept_files::ReloadRecord, left_behind::LeftBehind},
    value::hook::Hook,
};

/// An anonymous volume that a container takes over from its predecessor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The volume's name.
    pub volume: String,
    /// The path in the container.
    pub path: String,
    /// Whether the volume is carried over only if the image declares a volume at this path: unknown until the image is
    /// on the ship.
    pub if_declared: bool,
}

/// An action on one container.
#[derive(Debug, Clone, PartialEq)]
pub enum ContainerAction {
    /// Creates a container.
    Create {
        /// Its name: that of the instance's container, or that of a successor beside it.
        name: String,
        /// Its specification.
        spec: SharedSpec,
        /// Anonymous volumes that it takes over from its predecessor.
        volumes: Vec<Carried>,
        /// How it and others are named where that is not by their instances.
        names: ContainerNames,
    },
    /// Copies files into a container that never ran.
    Copy {
        /// Its name.
        container: String,
        /// Its observed id; none if this plan creates it.
        id: Option<String>,
        /// The files.
        files: CarriedFiles,
    },
    /// Copies files into a running container, tells it by signals, and records what it has.
    Reload {
        /// Its name.
        container: String,
        /// The files with other contents.
        files: CarriedFiles,
        /// The signals, each once.
        signals: Vec<String>,
        /// What is recorded, with the container's observed id.
        record: Box<ReloadRecord>,
        /// The names of earlier records of the container.
        replaced: Vec<String>,
    },
    /// Gives a container another name.
    Rename {
        /// Its name.
        container: String,
        /// Its observed id; none if this plan creates it.
        id: Option<String>,
        /// Its new name.
        to: String,
    },
    /// Stops and removes the successor of an instance, under whichever of these names it has.
    Discard {
        /// The names that it may have.
        names: Vec<String>,
        /// The id of the container that stays, whatever its name.
        keep: String,
        /// The ship of the container that stays; after a move, another ship than the step's.
        keep_on: ShipId,
        /// The ids of successors that an interrupted run has left; this run creates the others.
        left: Vec<String>,
        /// How long its stop may take.
        timeout: Duration,
    },
    /// Starts a container, and runs commands in it.
    Start {
        /// Its name.
        container: String,
        /// The commands, one after the other.
        hooks: Vec<Hook>,
    },
    /// Runs commands in a container and stops it: asks it to end, kills it after the timeout.
    Stop {
        /// The commands, one after the other. It is not stopped if one of them fails.
        hooks: Vec<Hook>,
        /// Its name.
        container: String,
        /// Its observed id, so that no other container is stopped.
        id: String,
        /// How long it may take to end.
        timeout: Duration,
    },
    /// Kills a container.
    Kill {
        /// Its name.
        container: String,
        /// Its observed id, so that no other container is killed.
        id: String,
    },
    /// Freezes the processes of a container.
    Pause {
        /// Its name.
        container: String,
        /// Its observed id.
        id: String,
    },
    /// Lets the processes of a paused container go on.
    Unpause {
        /// Its name.
        container: String,
        /// Its observed id.
        id: String,
    },
    /// Removes a container that does not run.
    Remove {
        /// Its name.
        container: String,
        /// Its observed id, so that no other container is removed.
        id: String,
        /// Anonymous volumes that it leaves behind; they are recorded first.
        leaves: Vec<LeftBehind>,
        /// Volumes that hold nothing but files that were copied into it, and records of its reloads; they are removed with
        /// it.
        file_volumes: Vec<String>,
    },
}

impl ContainerAction {
    /// The name and the observed id of the container that it stops, kills or removes, if it does.
    #[must_use]
    pub fn ends(&self) -> Option<(&str, &str)> {
        match self {
            Self::Stop { container, id, .. }
            | Self::Kill { container, id }
            | Self::Remove { container, id, .. } => Some((container, id)),
            Self::Create { .. }
            | Self::Copy { .. }
            | Self::Reload { .. }
            | Self::Rename { .. }
            | Self::Discard { .. }
            | Self::Start { .. }
            | Self::Pause { .. }
            | Self::Unpause { .. } => None,
        }
    }
}
