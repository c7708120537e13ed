//! Why nothing is done for an instance.

use crate::model::{InstanceId, ShipId};

/// Why nothing is done for an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnchangedReason {
    /// It has no container.
    Absent,
    /// Its container is down.
    AlreadyDown,
    /// Its container is down, on another ship than the file says.
    DownOnShip(ShipId),
    /// Its container runs.
    AlreadyRunning,
    /// It is a job that has ended with exit code 0.
    Completed,
    /// Its container runs, so `clean` leaves it alone.
    RunsOn,
    /// Its container runs as the file says.
    RunsAsDeclared,
    /// Only the list of its peers differs.
    OnlyPeersDiffer,
    /// It differs, and is replaced when somebody goes on after the canaries of its service.
    AwaitsCanary,
    /// Somebody paused its container.
    Paused,
    /// Its engine restarts it again and again.
    Restarting,
    /// It is a service on a Swarm, not all of whose tasks run.
    TasksMissing,
    /// It runs the image that its ship has under the name (`--only-if-changed`).
    RunsShipsImage,
    /// Its image is pulled for this instance already.
    SharesPull(InstanceId),
    /// Each node of its Swarm pulls its image when it starts a task.
    NodesPull,
    /// No registry has its image: the file says how it is built, and gives it no name.
    ImageIsBuilt,
}
