//! Verification: whether a container that runs already is ready.

use std::time::Duration;

use super::{
    CheckTarget, NotReached, docker,
    stay::{SETTLE, look, stays_up},
};
use maestro_core::{
    model::{Check, check::LifecycleState},
    observed::{Age, ContainerState},
    value::check::Tries,
};
use maestro_engine::Inspected;

/// How often an engine may have restarted a container that has been up for less than a minute. A container that was
/// restarted more often is taken for one that never works for long.
const FEW_RESTARTS: u64 = 2;

/// How long a container has to stay up that its engine has just restarted. Engines count the same time as success:
/// after it the pauses between restarts begin at 100 ms again.
const STEADY: Duration = Duration::from_secs(10);

/// Verifies that a container which runs already is ready: the engine neither restarts it nor finds it unhealthy, and
/// its checks pass. One without checks that was started a moment ago has to stay up as long as after a start.
///
/// # Errors
/// Why it is not ready.
pub async fn verified(target: CheckTarget<'_>, checks: &[Check], age: Age) -> Result<(), NotReached> {
    let CheckTarget { engine, container, .. } = target;
    if checks.contains(&Check::Completion) {
        return super::reached(target, LifecycleState::Running, checks).await;
    }
    let seen = look(engine, container).await?;
    by_state(&seen)?;
    match age {
        Age::New | Age::Young if seen.restarts > FEW_RESTARTS => return Err(restarted(&seen)),
        Age::New | Age::Young if seen.restarts > 0 => stays_up(target, STEADY, seen).await?,
        Age::New if checks.is_empty() => stays_up(target, SETTLE, seen).await?,
        Age::New | Age::Young | Age::Settled => {}
    }
    if checks.is_empty() { Ok(()) } else { super::reached(target, LifecycleState::Running, checks).await }
}

/// One try of a check.
const ONE_TRY: Tries = Tries {
    within: Duration::ZERO,
    at_least: 1,
    each: Duration::from_secs(5),
    at_most: Some(Duration::from_secs(5)),
};

/// What a look at a container found.
#[derive(Debug)]
pub struct ReadyNow {
    /// What its engine tells of it; none if it did not tell.
    pub seen: Option<Inspected>,
    /// Whether it is ready, or why not.
    pub outcome: Result<(), NotReached>,
}

/// Looks whether a container that runs is ready now: the same as [`verified`], but nothing is waited for, and each check
/// is tried once, for 5 s at most.
pub async fn ready_now(target: CheckTarget<'_>, checks: &[Check], age: Age) -> ReadyNow {
    let seen = match look(target.engine, target.container).await {
        Ok(seen) => seen,
        Err(why) => return ReadyNow { seen: None, outcome: Err(why) },
    };
    let outcome = ready_as_seen(target, checks, age, &seen).await;
    ReadyNow { seen: Some(seen), outcome }
}

async fn ready_as_seen(
    target: CheckTarget<'_>,
    checks: &[Check],
    age: Age,
    seen: &Inspected,
) -> Result<(), NotReached> {
    by_state(seen)?;
    if age != Age::Settled && seen.restarts > FEW_RESTARTS {
        return Err(restarted(seen));
    }
    let tries = checks.iter().map(|check| super::passes(target, check, Some(ONE_TRY)));
    futures_util::future::try_join_all(tries).await.map(|_| ())
}

fn restarted(seen: &Inspected) -> NotReached {
    NotReached::Restarted { times: seen.restarts, exit_code: seen.exit_code }
}

/// Whether its state alone tells that a container is not ready.
fn by_state(seen: &Inspected) -> Result<(), NotReached> {
    match &seen.state {
        ContainerState::Restarting => return Err(restarted(seen)),
        ContainerState::Created
        | ContainerState::Exited
        | ContainerState::Dead
        | ContainerState::Removing => {
            return Err(NotReached::Died { exit_code: seen.exit_code.unwrap_or_default() });
        }
        ContainerState::Paused => return Err(NotReached::Paused),
        ContainerState::Running | ContainerState::Other(_) => {}
    }
    match seen.health.as_ref().filter(|health| health.status == "unhealthy") {
        Some(health) => Err(NotReached::Unhealthy { last: docker::last_run(health) }),
        None => Ok(()),
    }
}
