//! What an error of a manager says about the change that it was asked for.

use serde_json::{Value, json};

use crate::EngineError;
use maestro_core::{model::swarm::tidy, observed::service::SwarmService};

/// Words of an engine that is no manager any more: it did nothing.
const NO_MANAGER: [&str; 3] = ["is not a swarm manager", "Worker nodes can't be used", "Swarm is encrypted"];
/// Words of a manager that lost its leader: what was asked may have been done.
const NO_LEADER: [&str; 5] = [
    "does not have a leader",
    "losing leader status",
    "code = Unavailable",
    "code = DeadlineExceeded",
    "context deadline exceeded",
];

/// What an error says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// The manager has decided: it is asked no more, and nor is another one.
    Decided,
    /// The manager did nothing, and another one may.
    NotAsked,
    /// It may have been done. Another one knows.
    Unknown,
}

impl Settled {
    pub(super) fn of(error: &EngineError) -> Self {
        let words = error.fault().words().unwrap_or_default();
        let says = |all: &[&str]| all.iter().any(|one| words.contains(one));
        match error {
            EngineError::Unreachable(_) => Self::NotAsked,
            EngineError::ResponseLost(_) => Self::Unknown,
            EngineError::Refused(_) if says(&NO_MANAGER) => Self::NotAsked,
            EngineError::Refused(_) if says(&NO_LEADER) => Self::Unknown,
            EngineError::NotFound(_) | EngineError::Conflict(_) | EngineError::Refused(_) => Self::Decided,
        }
    }
}

/// Whether a service is what a request asked for. A request names networks, and a manager tells their ids.
pub(super) fn is_made(service: &SwarmService, document: &Value) -> bool {
    let without_networks = |document: &Value| {
        let mut document = document.clone();
        tidy(&mut document);
        if let Some(task) = document.get_mut("TaskTemplate") {
            task["Networks"] = json!(null);
        }
        document
    };
    without_networks(&service.document) == without_networks(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_whether_another_manager_may_be_asked() {
        let refused = |words: &str| EngineError::Refused(words.into());
        let of = |error: EngineError| Settled::of(&error);
        assert_eq!(of(EngineError::Unreachable("refused".into())), Settled::NotAsked);
        assert_eq!(of(EngineError::ResponseLost("reset".into())), Settled::Unknown);
        let worker =
            "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state.";
        assert_eq!(of(refused(worker)), Settled::NotAsked);
        let no_leader = "rpc error: code = Unknown desc = The swarm does not have a leader.";
        assert_eq!(of(refused(no_leader)), Settled::Unknown);
        assert_eq!(of(refused("name conflicts with an existing object")), Settled::Decided);
        assert_eq!(of(EngineError::Conflict("does not have a leader".into())), Settled::Decided);
    }
}
