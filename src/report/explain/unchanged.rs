//! Why nothing is done for an instance.

use super::desired;
use crate::{
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
        UnchangedReason::RunsOn => "running, so it is left alone",
        UnchangedReason::RunsAsDeclared => return format!("runs as {} says", desired(command)),
        UnchangedReason::OnlyPeersDiffer => "not replaced: only the list of its peers differs",
        UnchangedReason::Paused => "paused by somebody",
        UnchangedReason::Restarting => "ends again and again, and the engine restarts it",
        UnchangedReason::RunsShipsImage => "already runs the image that its ship has",
        UnchangedReason::SharesPull(first) => {
            return format!("shares the image that is fetched for {}", environment.instance(first).name);
        }
    };
    text.to_owned()
}
