//! What a plan says of an instance that runs already and is left alone.

use super::reason::{Note, UnchangedReason};
use crate::{
    model::Instance,
    observed::{ConfigComparison, Container, ContainerState},
};

/// Whether a container was compared with the file, and what came of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// Only its labels are known.
    ByLabels,
    /// It is as the file says.
    Same,
    /// It is as the file says, but for the list of its peers.
    OtherPeers,
    /// It differs, and waits for the canaries of its service.
    Waits,
}

/// Why it is left alone, and what its user should know.
pub(super) fn left_alone(
    instance: &Instance,
    container: &Container,
    compared: Compared,
) -> (UnchangedReason, Option<Note>) {
    match (&container.state, compared) {
        (ContainerState::Paused, _) => {
            (UnchangedReason::Paused, Some(Note::CanBeUnpaused { container: container.name.clone() }))
        }
        (ContainerState::Restarting, _) if instance.swarm.is_some() => {
            (UnchangedReason::TasksMissing, Some(Note::LogTellsWhy))
        }
        (ContainerState::Restarting, _) => (UnchangedReason::Restarting, Some(Note::LogTellsWhy)),
        (_, Compared::Same) => (UnchangedReason::RunsAsDeclared, None),
        (_, Compared::OtherPeers) => (UnchangedReason::OnlyPeersDiffer, Some(Note::PeersReplaceIt)),
        (_, Compared::Waits) => (UnchangedReason::AwaitsCanary, Some(Note::ContinueReplacesIt)),
        (_, Compared::ByLabels) => {
            (UnchangedReason::AlreadyRunning, by_labels(container.made(&instance.container)))
        }
    }
}

fn by_labels(made: ConfigComparison) -> Option<Note> {
    match made {
        ConfigComparison::AsDeclared | ConfigComparison::Unknown => None,
        ConfigComparison::WithOtherPeers => Some(Note::PeersChanged),
        ConfigComparison::Otherwise => Some(Note::FileChanged),
    }
}
