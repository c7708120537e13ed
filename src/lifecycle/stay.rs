//! Staying up: what is asked of a container without checks.

use std::time::Duration;

use super::NotReached;
use crate::{
    engine::{Engine, EngineError, Inspected},
    observed::State,
};

/// How long a container without checks has to stay up after its start to count as ready.
///
/// Long enough for a program that cannot work at all (a missing file, a wrong option) to have ended.
pub const SETTLE: Duration = Duration::from_millis(300);

/// How often a container may be started again by its engine while it is looked at.
const MOST_RESTARTS: u32 = 10;

/// Looks at a container that has to be there.
pub(super) async fn look(engine: &dyn Engine, container: &str) -> Result<Inspected, NotReached> {
    match engine.inspect(container).await {
        Ok(Some(seen)) => Ok(seen),
        Ok(None) => Err(NotReached::Engine(EngineError::NotFound("it is gone".to_owned()))),
        Err(error) => Err(NotReached::Engine(error)),
    }
}

/// Waits until a container has been up for that time. To wait for its end is not enough: where a restart policy starts
/// it again, an end that came before the wait began is never told.
pub(super) async fn stays_up(engine: &dyn Engine, container: &str, time: Duration) -> Result<(), NotReached> {
    let mut before = look(engine, container).await?;
    for _ in 0..MOST_RESTARTS {
        if let Some(exit_code) = engine.exit_within(container, time).await.map_err(NotReached::Engine)? {
            return Err(NotReached::Died { exit_code });
        }
        let now = look(engine, container).await?;
        if let Some(exit_code) = now.exit_code {
            return Err(NotReached::Died { exit_code });
        }
        if now.state == State::Paused {
            return Err(NotReached::Paused);
        }
        if now.started == before.started {
            return Ok(());
        }
        before = now;
    }
    Err(NotReached::Check {
        what: format!("staying up for {} ms", time.as_millis()),
        within: time * MOST_RESTARTS,
        tries: MOST_RESTARTS,
        last: "it had ended, and the engine had started it again".to_owned(),
        key: "restart",
    })
}
