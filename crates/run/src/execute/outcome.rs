//! What comes of a step.

use std::time::Duration;

use maestro_core::{
    event::{Failure, PullOutcome},
    plan::StepId,
};

use super::Run;

/// A step that succeeded.
pub(super) struct Done {
    /// The container's id, where the step learned it.
    pub container: Option<String>,
    /// What came of it, where that can differ.
    pub outcome: Option<PullOutcome>,
    /// How long it took.
    pub took: Duration,
}

/// A step that did not succeed.
pub(super) enum NotDone {
    /// It failed, or its outcome is unknown.
    Failed(Box<Failure>),
    /// It was not begun, because the user interrupted.
    Interrupted,
    /// It only waited, and was given up because the user interrupted.
    Cancelled,
    /// It was not begun, because this run's lease was taken away.
    LeaseLost,
    /// Somebody stopped or removed the container that it verifies, so the plan is out of date.
    Outdated,
}

/// What is observed of a change whose answer was lost.
pub(super) enum Verified {
    /// It happened.
    Done {
        /// The container's id, where it is known.
        container: Option<String>,
    },
    /// It has not happened so far, or cannot be observed.
    Unknown,
}

pub(super) fn failed(failure: Failure) -> NotDone {
    NotDone::Failed(Box::new(failure))
}

/// Waits for something that changes nothing, until the user interrupts.
pub(super) async fn interruptible<T>(
    run: &Run,
    id: StepId,
    waiting: impl Future<Output = T>,
) -> Result<T, NotDone> {
    if run.outlives_interrupts(id) {
        return Ok(waiting.await);
    }
    let mut interrupted = run.interrupted.clone();
    tokio::select! {
        // What has happened is not given up; and a run is the same each time, for a simulation that is replayed.
        biased;
        done = waiting => Ok(done),
        Ok(_) = interrupted.wait_for(|&interrupted| interrupted) => Err(NotDone::Cancelled),
    }
}
