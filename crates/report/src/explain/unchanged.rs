//! Why nothing is done for an instance.

use super::desired;
use maestro_core::{
    model::Environment,
    plan::{command::Command, reason::UnchangedReason},
};

/// Why nothing is done for an instance, as a clause: `already running`.
#[must_use]
pub fn sentence(reason: UnchangedReason, command: Command, environment: &Environment) -> String {
    let text = match reason {
        UnchangedReason::Absent => "absent",
        UnchangedReason::AlreadyDown => "already down",
        UnchangedReason::DownOnShip(ship) => {
            return format!("already down, on ship {}", environment.ship(ship).name);
        }
        UnchangedReason::AlreadyRunning => "already running",
        UnchangedReason::Completed => "completed",
        UnchangedReason::RunsOn => "running",
        UnchangedReason::RunsAsDeclared => return format!("runs as {} says", desired(command)),
        UnchangedReason::OnlyPeersDiffer => "not replaced: only its peer variables differ",
        UnchangedReason::AwaitsCanary => "not replaced yet: the canary comes first",
        UnchangedReason::Paused => "paused",
        UnchangedReason::Restarting => "keeps exiting; the engine restarts it",
        UnchangedReason::TasksMissing => "not all of its tasks run; the Swarm starts those that are missing",
        UnchangedReason::RunsShipsImage => "already runs the ship's image",
        UnchangedReason::NodesPull => "each node of the Swarm pulls its image when it starts a task",
        UnchangedReason::ImageIsBuilt => "its image is built, not pulled: `maestro build`",
        UnchangedReason::SharesPull(first) => {
            return format!("shares the image pulled for {}", environment.instance(first).name);
        }
    };
    text.to_owned()
}

/// The state of many instances for which nothing is done, where there is nothing else to know: `already running`.
#[must_use]
pub fn state(reason: UnchangedReason) -> Option<&'static str> {
    match reason {
        UnchangedReason::Absent => Some("absent"),
        UnchangedReason::AlreadyDown => Some("already down"),
        UnchangedReason::AlreadyRunning => Some("already running"),
        UnchangedReason::Completed => Some("completed"),
        UnchangedReason::RunsOn => Some("running"),
        UnchangedReason::RunsAsDeclared => Some("as declared"),
        UnchangedReason::RunsShipsImage => Some("already running the ship's image"),
        UnchangedReason::NodesPull => Some("image pulled by the nodes of the Swarm"),
        UnchangedReason::ImageIsBuilt => Some("image is built, not pulled"),
        UnchangedReason::SharesPull(_) => Some("image shared with another instance"),
        UnchangedReason::DownOnShip(_)
        | UnchangedReason::OnlyPeersDiffer
        | UnchangedReason::AwaitsCanary
        | UnchangedReason::Paused
        | UnchangedReason::Restarting
        | UnchangedReason::TasksMissing => None,
    }
}
