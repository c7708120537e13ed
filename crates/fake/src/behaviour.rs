//! How the containers of an image behave.

use std::time::Duration;

/// How a container made from an image behaves.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// Ends by itself that long after its start, with that exit code.
    pub dies: Option<(Duration, i64)>,
    /// What it writes to standard output when it starts.
    pub log: Vec<String>,
    /// How long it takes to stop once it is asked to.
    pub stops_after: Duration,
    /// How long it lives on after the engine kills it because the time of its stop is up.
    pub outlives_kill: Duration,
    /// How long the engine takes to create it, while nothing but its name is taken.
    pub creates_after: Duration,
    /// How long the engine takes to start it.
    pub starts_after: Duration,
    /// From when after its start on commands in it succeed; before that their exit code is 1.
    pub serves_after: Duration,
    /// From when after its start on its `HEALTHCHECK` passes; none if its image has none.
    pub healthy_after: Option<Duration>,
    /// From when after its start on its `HEALTHCHECK` fails.
    pub unhealthy_after: Option<Duration>,
}
