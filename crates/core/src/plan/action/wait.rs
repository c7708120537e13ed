//! Waits, which change nothing.

use std::time::Duration;

use crate::{
    model::{Check, check::LifecycleState},
    observed::Age,
};

/// A wait for a state, or for time to pass.
#[derive(Debug, Clone, PartialEq)]
pub enum WaitAction {
    /// Waits until a started container is ready.
    Ready {
        /// Its name.
        container: String,
        /// All must pass; without checks the container must stay up for a moment.
        checks: Vec<Check>,
    },
    /// Verifies that a running, unchanged container is ready.
    Verify {
        /// Its name.
        container: String,
        /// Its observed id.
        id: String,
        /// All must pass.
        checks: Vec<Check>,
        /// How long it has been up.
        age: Age,
    },
    /// Waits until other checks than those of readiness pass: before a start, before a stop, after a stop.
    Check {
        /// The container's name.
        container: String,
        /// Its observed id; none if it does not exist.
        id: Option<String>,
        /// The state that the checks belong to.
        state: LifecycleState,
        /// All must pass.
        checks: Vec<Check>,
    },
    /// Lets the time pass that the file or the user asks for.
    Pause {
        /// The time.
        duration: Duration,
    },
}
