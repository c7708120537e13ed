//! Staying up: what is asked of a container without checks.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{CheckTarget, NotReached};
use maestro_core::{
    fault::{EngineFault, Probe, ProbeFault},
    observed::ContainerState,
};
use maestro_engine::{Engine, EngineError, Inspected};

/// How long a container without checks has to stay up after its start to count as ready.
///
/// Long enough for a program that cannot work at all (a missing file, a wrong option) to have ended.
pub const SETTLE: Duration = Duration::from_millis(300);

/// How often a container may be started anew by somebody while it is watched.
const MOST_STARTS: u32 = 10;

/// Looks at a container that has to be there.
pub(super) async fn look(engine: &dyn Engine, container: &str) -> Result<Inspected, NotReached> {
    match engine.inspect(container).await {
        Ok(Some(seen)) => Ok(seen),
        Ok(None) => Err(NotReached::Engine(EngineError::NotFound(EngineFault::Gone))),
        Err(error) => Err(NotReached::Engine(error)),
    }
}

/// Waits until a container that was just started has been up for [`SETTLE`]. The engine has started it before it
/// answered, so the time counts from now.
pub(super) async fn settles(target: CheckTarget<'_>) -> Result<(), NotReached> {
    up_for(target, SETTLE, 0).await.map(|_| ())
}

/// Waits until a container that runs has been up for that much longer since `before`.
pub(super) async fn stays_up(
    target: CheckTarget<'_>,
    time: Duration,
    mut before: Inspected,
) -> Result<(), NotReached> {
    for _ in 0..MOST_STARTS {
        let now = up_for(target, time, before.restarts).await?;
        if now.started == before.started {
            return Ok(());
        }
        before = now;
    }
    Err(NotReached::Check {
        what: Probe::StaysUp(time),
        within: time * MOST_STARTS,
        tries: MOST_STARTS,
        last: Box::new(ProbeFault::Restarted),
        key: "restart",
    })
}

/// Waits until that time is over, or the container has died. A look at the container decides: after the time, and
/// whenever its death is heard of. A program that its restart policy has started again meanwhile has died too; it was
/// restarted `restarts` times before.
async fn up_for(target: CheckTarget<'_>, time: Duration, restarts: u64) -> Result<Inspected, NotReached> {
    let CheckTarget { engine, container, .. } = target;
    let end = Instant::now() + time;
    let (mut known, mut last_code) = (0, None);
    loop {
        let is_over = match target.deaths {
            None => waited(target, end).await?,
            Some(deaths) => match timeout_at(end, deaths.next(container, known)).await {
                Ok(Some(death)) => {
                    (known, last_code) = (death.number, Some(death.exit_code));
                    false
                }
                // Nothing is heard any more, so the engine is asked to tell of this container's death.
                Ok(None) => waited(target, end).await?,
                Err(_) => true,
            },
        };
        let now = look(engine, container).await?;
        if let Some(exit_code) = now.exit_code {
            return Err(NotReached::Died { exit_code });
        }
        if now.state == ContainerState::Paused {
            return Err(NotReached::Paused);
        }
        if now.restarts > restarts {
            return Err(match last_code {
                Some(exit_code) => NotReached::Died { exit_code },
                None => NotReached::Restarted { times: now.restarts, exit_code: None },
            });
        }
        if is_over {
            return Ok(now);
        }
    }
}

/// Lets the engine tell of the container's death until `end`. True if it did not die.
async fn waited(target: CheckTarget<'_>, end: Instant) -> Result<bool, NotReached> {
    let left = end.saturating_duration_since(Instant::now());
    match target.engine.exit_within(target.container, left).await.map_err(NotReached::Engine)? {
        Some(exit_code) => Err(NotReached::Died { exit_code }),
        None => Ok(true),
    }
}
