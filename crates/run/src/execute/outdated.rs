//! Whether somebody has stopped or removed a container since the plan was made.

use std::time::Duration;

use super::Run;
use crate::lifecycle::NotReached;
use maestro_core::plan::action::{Action, ContainerAction};
use maestro_engine::{Engine, EngineError, events::Happened};

/// How much further back than the command's begin is looked: engines tell whole seconds.
const SLACK: Duration = Duration::from_secs(2);

/// Whether a container, by its id, is not ready because somebody stopped or removed it. A program that ends by itself
/// gets no signal from its engine.
pub(super) async fn is_so(run: &Run, engine: &dyn Engine, container: &str, error: &NotReached) -> bool {
    match error {
        NotReached::Engine(EngineError::NotFound(_)) => true,
        // Its program may have ended at the signal of this run.
        NotReached::Died { .. } if is_reloaded(run, container) => false,
        NotReached::Died { .. } => {
            let Ok(past) = engine.past(run.begun.elapsed() + SLACK).await else { return false };
            let mut own = past.events.iter().filter(|past| past.event.id == container);
            own.any(|past| matches!(past.event.what, Happened::Signalled { .. }))
        }
        NotReached::Check { .. }
        | NotReached::Restarted { .. }
        | NotReached::Paused
        | NotReached::Unhealthy { .. }
        | NotReached::Impossible { .. }
        | NotReached::Engine(_) => false,
    }
}

/// Whether this run sends signals to a container.
fn is_reloaded(run: &Run, container: &str) -> bool {
    let is_it = |action: &Action| matches!(action, Action::Container(ContainerAction::Reload { record, .. }) if record.container == container);
    run.plan.steps.iter().any(|step| is_it(&step.action))
}
