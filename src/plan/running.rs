//! What a plan says of an instance that runs already and is left alone.

use crate::{
    model::Instance,
    observed::{Container, Made, State},
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
}

/// Why it is left alone, as a clause, and what its user should know.
pub(super) fn left_alone(
    instance: &Instance,
    container: &Container,
    compared: Compared,
) -> (&'static str, Option<String>) {
    let name = &instance.name;
    match (&container.state, compared) {
        (State::Paused, _) => ("paused by somebody", Some(format!("`docker unpause {name}` lets it go on"))),
        (State::Restarting, _) => {
            ("ends again and again, and the engine restarts it", Some(format!("`logs {name}` shows why")))
        }
        (_, Compared::Same) => ("runs as the file says", None),
        (_, Compared::OtherPeers) => (
            "not replaced: only the list of its peers differs",
            Some(format!("`apply --peers {name}` replaces it")),
        ),
        (_, Compared::ByLabels) => ("already running", by_labels(name, container.made(&instance.container))),
    }
}

fn by_labels(name: &str, made: Made) -> Option<String> {
    match made {
        Made::AsDeclared | Made::Unknown => None,
        Made::WithOtherPeers => Some(format!(
            "its peers have changed since its container was made; `diff {name}` shows how, \
             `apply --peers {name}` replaces it"
        )),
        Made::Otherwise => Some(format!(
            "the file says something else than its container was made from; `diff {name}` shows what, \
             `apply {name}` replaces it"
        )),
    }
}
