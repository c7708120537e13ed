//! Waiting until a container is ready: the one loop that tries again, and the checks that it tries.

mod tcp;

pub use tcp::answers;

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    engine::{Engine, EngineError},
    model::Check,
};

/// How long a container without checks has to stay up after its start to count as ready.
///
/// Long enough for a program that cannot work at all (a missing file, a wrong option) to have ended.
pub const SETTLE: Duration = Duration::from_millis(300);

/// How often a container may be started again by its engine while it is looked at.
const MOST_RESTARTS: u32 = 10;

/// The pause before the second try; each later one is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Why a container is not ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReady {
    /// It ended, with this exit code.
    Died {
        /// The exit code.
        exit_code: i64,
    },
    /// A check did not pass in its time.
    Check {
        /// What the check looks at: `TCP port 10.0.0.1:80`.
        what: String,
        /// Its budget of time.
        within: Duration,
        /// How often it was tried.
        tries: u32,
        /// What the last try saw.
        last: String,
    },
    /// The engine could not be asked.
    Engine(EngineError),
}

/// Waits until all checks of a container pass, all at once, each in its own time; a container that dies ends the wait.
///
/// # Errors
/// Why the container is not ready.
pub async fn ready(engine: &dyn Engine, container: &str, checks: &[Check]) -> Result<(), NotReady> {
    if checks.is_empty() {
        return stays_up(engine, container).await;
    }
    let budget = checks.iter().map(budget).max().unwrap_or_default();
    let passed = futures_util::future::try_join_all(checks.iter().map(passes));
    let died = engine.exit_within(container, budget + LONGEST_PAUSE);
    tokio::pin!(passed, died);
    tokio::select! {
        biased;
        outcome = &mut died => match outcome {
            Ok(Some(exit_code)) => Err(NotReady::Died { exit_code }),
            Ok(None) => passed.await.map(|_| ()),
            Err(error) => Err(NotReady::Engine(error)),
        },
        passed = &mut passed => passed.map(|_| ()),
    }
}

/// Waits until a container has been up for a moment. To wait for its end is not enough: where a restart policy starts it
/// again, an end that came before the wait began is never told.
async fn stays_up(engine: &dyn Engine, container: &str) -> Result<(), NotReady> {
    let look = async || match engine.inspect(container).await {
        Ok(Some(seen)) => Ok(seen),
        Ok(None) => Err(NotReady::Engine(EngineError::NotFound("it is gone".to_owned()))),
        Err(error) => Err(NotReady::Engine(error)),
    };
    let mut before = look().await?;
    for _ in 0..MOST_RESTARTS {
        if let Some(exit_code) = engine.exit_within(container, SETTLE).await.map_err(NotReady::Engine)? {
            return Err(NotReady::Died { exit_code });
        }
        let now = look().await?;
        if let Some(exit_code) = now.exit_code {
            return Err(NotReady::Died { exit_code });
        }
        if now.started == before.started {
            return Ok(());
        }
        before = now;
    }
    Err(NotReady::Check {
        what: format!("staying up for {} ms", SETTLE.as_millis()),
        within: SETTLE * MOST_RESTARTS,
        tries: MOST_RESTARTS,
        last: "it had ended, and the engine had started it again".to_owned(),
    })
}

/// The time that a check may take.
#[must_use]
pub fn budget(check: &Check) -> Duration {
    match check {
        Check::Tcp { max_wait, .. } => *max_wait,
        Check::Sleep { wait } => *wait,
    }
}

async fn passes(check: &Check) -> Result<(), NotReady> {
    match check {
        Check::Sleep { wait } => {
            tokio::time::sleep(*wait).await;
            Ok(())
        }
        Check::Tcp { host, port, max_wait } => {
            let what = format!("TCP port {host}:{port}");
            retry(what, *max_wait, || tcp::open(host, *port)).await
        }
    }
}

/// Tries at once, then after pauses that grow, until `within` has passed.
async fn retry<F>(what: String, within: Duration, attempt: impl Fn() -> F) -> Result<(), NotReady>
where
    F: Future<Output = Result<(), String>>,
{
    let end = Instant::now() + within;
    let mut pause = FIRST_PAUSE;
    let mut tries = 0;
    let mut last = "no try came to its end".to_owned();
    loop {
        tries += 1;
        match tokio::time::timeout_at(end, attempt()).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(seen)) => last = seen,
            Err(_) => {
                return Err(NotReady::Check { what, within, tries, last });
            }
        }
        if Instant::now() + pause >= end {
            return Err(NotReady::Check { what, within, tries, last });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_try_is_at_once_and_later_ones_back_off_within_the_budget() {
        let begin = Instant::now();
        let at = Cell::new(Vec::new());
        let attempt = || async {
            let mut seen = at.take();
            seen.push((Instant::now() - begin).as_millis());
            at.set(seen);
            Err::<(), _>("refused".to_owned())
        };
        let outcome = retry("TCP port a:1".to_owned(), Duration::from_secs(3), attempt).await;
        let tries = at.take();
        assert_eq!(tries[..5], [0, 10, 30, 70, 150]);
        assert!(*tries.last().unwrap() < 3000);
        let NotReady::Check { tries: told, last, .. } = outcome.unwrap_err() else { panic!() };
        assert_eq!((told as usize, last.as_str()), (tries.len(), "refused"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_that_hangs_ends_with_the_budget() {
        let hang = || std::future::pending::<Result<(), String>>();
        let outcome = retry("TCP port a:1".to_owned(), Duration::from_secs(3), hang).await;
        assert!(matches!(outcome, Err(NotReady::Check { tries: 1, .. })));
    }
}
