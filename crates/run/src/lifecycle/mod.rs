//! Waiting until a state is reached: the one loop that tries again, and the checks that it tries.

mod deaths;
mod docker;
mod exec;
mod http;
mod rexec;
mod stay;
mod tcp;
mod verify;

pub use deaths::Deaths;
pub use stay::SETTLE;
pub use tcp::answers;
pub use verify::{ReadyNow, ready_now, verified};

use std::time::Duration;

use tokio::time::Instant;

use maestro_core::{
    fault::{HealthRun, Probe, ProbeFault},
    model::{Check, check::LifecycleState, variables::Variables},
    value::check::Tries,
};
use maestro_engine::{Engine, EngineError, lost};

/// How often an engine is asked for the time while a try is under way.
const WATCHED_EVERY: Duration = Duration::from_secs(5);
/// The pause before the second try; each later one is twice as long, up to [`LONGEST_PAUSE`]. A program that is about to
/// listen does so within milliseconds, and in a chain each of them is waited for.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Tries before this time are told to nobody: most checks pass within it.
const TOLD_FROM: Duration = Duration::from_secs(1);

/// How long a container's end is waited for before it is waited for anew.
const WATCH: Duration = Duration::from_secs(3600);

/// What is checked.
#[derive(Clone, Copy)]
pub struct CheckTarget<'a> {
    /// The engine that its container is on.
    pub engine: &'a dyn Engine,
    /// The container, by name or id.
    pub container: &'a str,
    /// The container's environment, for commands.
    pub env: &'a Variables,
    /// Where deaths of containers on that engine are heard of; none if nobody listens.
    pub deaths: Option<&'a Deaths>,
    /// Who is told how often a check was tried and what the last try saw, once that takes a while.
    pub tried: Option<&'a Tried<'a>>,
}

/// Listens to tries that do not pass.
pub type Tried<'a> = dyn Fn(u32, &ProbeFault) + Send + Sync + 'a;

/// Why a state is not reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReached {
    /// The container ended, with this exit code.
    Died {
        /// The exit code.
        exit_code: i64,
    },
    /// A check did not pass in its time.
    Check {
        /// What is checked.
        what: Probe,
        /// The time that it was given, or took if that is longer.
        within: Duration,
        /// How often it was tried.
        tries: u32,
        /// What the last try saw.
        last: Box<ProbeFault>,
        /// The key of the check that gives it more time.
        key: &'static str,
    },
    /// Its program ends again and again, and its engine restarts it.
    Restarted {
        /// How often that has happened.
        times: u64,
        /// The exit code of the last time, where it is known.
        exit_code: Option<i64>,
    },
    /// Somebody paused it: its processes are frozen.
    Paused,
    /// Its image's `HEALTHCHECK` finds it unhealthy.
    Unhealthy {
        /// The last run of that.
        last: Option<HealthRun>,
    },
    /// A check can never pass, however often it is tried.
    Impossible {
        /// What is checked.
        what: Probe,
        /// Why.
        why: ProbeFault,
    },
    /// The engine could not be asked.
    Engine(EngineError),
}

/// What a try saw that did not pass.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// Another try may see something else.
    NotYet(ProbeFault),
    /// No other try is worth it.
    Never(ProbeFault),
    /// The engine does not answer any more, so nobody knows.
    Lost(EngineError),
}

/// What a try saw whose engine gave no good answer. One that does not even tell the time is lost: no check is waited for
/// then until its time is up.
async fn unanswered(engine: &dyn Engine, error: &EngineError) -> Seen {
    if error.is_silence()
        && let Some(lost) = lost(engine).await
    {
        return Seen::Lost(lost);
    }
    Seen::NotYet(ProbeFault::Engine(error.fault().clone()))
}

/// A try that asks an engine. While it takes long the engine is asked for the time, beside it.
async fn watched(engine: &dyn Engine, attempt: impl Future<Output = Result<(), Seen>>) -> Result<(), Seen> {
    let until_lost = async {
        loop {
            tokio::time::sleep(WATCHED_EVERY).await;
            if let Some(error) = lost(engine).await {
                return error;
            }
        }
    };
    tokio::select! {
        biased;
        seen = attempt => seen,
        error = until_lost => Err(Seen::Lost(error)),
    }
}

/// Waits until all checks of a state pass, all at once, each in its own time.
///
/// A container that dies ends the wait at once: it is not ready, and nothing is left to be checked before a stop.
///
/// # Errors
/// Why the state is not reached.
pub async fn reached(
    target: CheckTarget<'_>,
    state: LifecycleState,
    checks: &[Check],
) -> Result<(), NotReached> {
    if checks.is_empty() {
        return match state {
            LifecycleState::Running => stay::settles(target).await,
            LifecycleState::PreStart | LifecycleState::PreStop | LifecycleState::Stopped => Ok(()),
        };
    }
    if checks.contains(&Check::Completion) {
        return completes(target).await;
    }
    let passed = futures_util::future::try_join_all(checks.iter().map(|check| passes(target, check, None)));
    if !state.is_up() {
        return passed.await.map(|_| ());
    }
    let died = dies(target);
    tokio::pin!(passed, died);
    tokio::select! {
        biased;
        outcome = &mut died => match (outcome, state) {
            (Ok(_) | Err(EngineError::NotFound(_)), LifecycleState::PreStop) => Ok(()),
            (Ok(exit_code), _) => Err(NotReached::Died { exit_code }),
            (Err(error), _) => Err(NotReached::Engine(error)),
        },
        passed = &mut passed => passed.map(|_| ()),
    }
}

/// Waits until a job's container has ended with exit code 0. One that its engine starts again after a failure has not ended.
async fn completes(target: CheckTarget<'_>) -> Result<(), NotReached> {
    loop {
        match dies(target).await {
            Ok(0) => return Ok(()),
            Ok(exit_code) => {
                let seen = target.engine.inspect(target.container).await.map_err(NotReached::Engine)?;
                if seen.is_none_or(|seen| !seen.state.is_up()) {
                    return Err(NotReached::Died { exit_code });
                }
                tokio::time::sleep(LONGEST_PAUSE).await;
            }
            Err(error) => return Err(NotReached::Engine(error)),
        }
    }
}

/// Waits for the container's end, and tells its exit code.
async fn dies(CheckTarget { engine, container, .. }: CheckTarget<'_>) -> Result<i64, EngineError> {
    loop {
        if let Some(exit_code) = engine.exit_within(container, WATCH).await? {
            return Ok(exit_code);
        }
    }
}

/// Waits until a check passes; with `only` given, that many tries are made in place of the check's own.
async fn passes(target: CheckTarget<'_>, check: &Check, only: Option<Tries>) -> Result<(), NotReached> {
    let retry = |own: Tries| Retry {
        what: Probe::Check(check.what()),
        limits: only.unwrap_or(own),
        listener: target.tried,
    };
    match check {
        Check::Sleep { wait } => {
            if only.is_none() {
                tokio::time::sleep(*wait).await;
            }
            Ok(())
        }
        Check::Tcp { host, port, max_wait } => {
            retry(throughout(*max_wait)).until_passed(|| tcp::attempt(target, host, *port)).await
        }
        Check::Http(asked) => {
            let impossible = |fault| NotReached::Impossible {
                what: Probe::Check(check.what()),
                why: ProbeFault::Http { fault: Box::new(fault), proxy: None },
            };
            let request = http::Request::new(asked).map_err(impossible)?;
            retry(throughout(asked.max_wait)).until_passed(|| request.attempt()).await
        }
        Check::Exec { command, env_from, tries } => {
            retry(*tries).until_passed(|| exec::attempt(command, *env_from, target.env)).await
        }
        Check::Rexec { command, tries } => {
            retry(*tries).until_passed(|| watched(target.engine, rexec::attempt(target, command))).await
        }
        Check::Completion => match only {
            None => completes(target).await,
            // Who looks once has seen that it runs.
            Some(tries) => retry(tries).until_passed(|| async { Err(Seen::NotYet(ProbeFault::Runs)) }).await,
        },
        Check::Docker { max_wait } => {
            retry(throughout(*max_wait))
                .until_passed(|| watched(target.engine, docker::attempt(target)))
                .await
        }
    }
}

/// As many tries as that time has room for, and no longer.
fn throughout(max_wait: Duration) -> Tries {
    Tries { within: max_wait, at_least: 1, each: max_wait, at_most: Some(max_wait) }
}

/// What is tried until it passes.
struct Retry<'a> {
    what: Probe,
    limits: Tries,
    listener: Option<&'a Tried<'a>>,
}

impl Retry<'_> {
    /// Tries at once, then after pauses that grow, until the limits are reached.
    async fn until_passed<F>(self, attempt: impl Fn() -> F) -> Result<(), NotReached>
    where
        F: Future<Output = Result<(), Seen>>,
    {
        let Self { what, limits, listener } = self;
        let begin = Instant::now();
        let mut doubling = FIRST_PAUSE;
        let mut tries = 0;
        let mut last = ProbeFault::Timeout(limits.each);
        loop {
            tries += 1;
            let now = begin.elapsed();
            let left = limits.at_most.map_or(limits.each, |most| most.saturating_sub(now).min(limits.each));
            match tokio::time::timeout(left, attempt()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(Seen::NotYet(seen))) => last = seen,
                Ok(Err(Seen::Never(why))) => return Err(NotReached::Impossible { what, why }),
                Ok(Err(Seen::Lost(error))) => return Err(NotReached::Engine(error)),
                // A try that was cut short tells less than the one before it.
                Err(_) if tries == 1 || left == limits.each => {
                    last = ProbeFault::Timeout(left);
                }
                Err(_) => {}
            }
            // A try that takes long is a burden on what is to get ready: at least as long a pause follows.
            let pause = doubling.max(begin.elapsed().saturating_sub(now)).min(LONGEST_PAUSE);
            let next = begin.elapsed() + pause;
            let enough = next >= limits.within && tries >= limits.at_least;
            if enough || limits.at_most.is_some_and(|most| next >= most) {
                let took = Duration::from_secs(begin.elapsed().as_secs());
                let key = if limits.at_most.is_some() { "max_wait" } else { "attempts" };
                return Err(NotReached::Check {
                    what,
                    within: limits.within.max(took),
                    tries,
                    last: Box::new(last),
                    key,
                });
            }
            if let Some(tell) = listener.filter(|_| next >= TOLD_FROM) {
                tell(tries, &last);
            }
            tokio::time::sleep(pause).await;
            doubling = (doubling * 2).min(LONGEST_PAUSE);
        }
    }
}

/// The last of what a command wrote that says something, in so many characters as a message has room for.
fn last_words(output: &str) -> Option<String> {
    const ROOM: usize = 200;
    let line = output.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    let mut words: String = line.chars().take(ROOM).collect();
    if words.len() < line.len() {
        words.push('…');
    }
    Some(words)
}

/// What is seen of a command that ended with another exit code than 0.
fn ended(exit_code: i64, output: &str) -> ProbeFault {
    ProbeFault::Exited { exit_code, last_line: last_words(output) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const THREE: Duration = Duration::from_secs(3);

    fn retry<'a>(limits: Tries, listener: Option<&'a Tried<'a>>) -> Retry<'a> {
        Retry { what: what(), limits, listener }
    }

    fn what() -> Probe {
        Probe::Check("TCP port a:1".to_owned())
    }

    fn refused() -> ProbeFault {
        ProbeFault::Words("refused".to_owned())
    }

    /// What came of tries that each take `takes` and do not pass, and when they began, in milliseconds.
    async fn tried(limits: Tries, takes: Duration) -> (NotReached, Vec<u128>) {
        let begin = Instant::now();
        let at = Cell::new(Vec::new());
        let attempt = || async {
            let mut seen = at.take();
            seen.push((Instant::now() - begin).as_millis());
            at.set(seen);
            tokio::time::sleep(takes).await;
            Err::<(), _>(Seen::NotYet(refused()))
        };
        let outcome = retry(limits, None).until_passed(attempt).await;
        (outcome.unwrap_err(), at.take())
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_try_is_at_once_and_later_ones_back_off_within_the_budget() {
        let (outcome, tries) = tried(throughout(THREE), Duration::ZERO).await;
        assert_eq!(tries[..6], [0, 2, 6, 14, 30, 62]);
        assert!(*tries.last().unwrap() < 3000);
        let NotReached::Check { tries: told, last, within, .. } = outcome else { panic!() };
        assert_eq!((told as usize, *last, within), (tries.len(), refused(), THREE));
    }

    #[tokio::test(start_paused = true)]
    async fn tries_are_told_once_they_take_a_while() {
        let told = std::sync::Mutex::new(Vec::new());
        let listen = |tries: u32, last: &ProbeFault| told.lock().unwrap().push((tries, last.clone()));
        let attempt = || async { Err::<(), _>(Seen::NotYet(refused())) };
        retry(throughout(THREE), Some(&listen)).until_passed(attempt).await.unwrap_err();
        let told = told.into_inner().unwrap();
        assert_eq!(told[0], (9, refused()), "{told:?}");
        assert!(told.is_sorted_by(|one, next| one.0 + 1 == next.0), "{told:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn slow_tries_are_made_as_often_as_was_asked_for_with_pauses_between_them() {
        let limits = Tries { within: THREE, at_least: 3, each: Duration::from_secs(180), at_most: None };
        let (outcome, tries) = tried(limits, Duration::from_secs(20)).await;
        assert_eq!(tries, [0, 21_000, 42_000]);
        let NotReached::Check { within, .. } = outcome else { panic!() };
        assert_eq!(within, Duration::from_secs(62));
        let most = Some(Duration::from_secs(30));
        let (_, tries) = tried(Tries { at_most: most, ..limits }, Duration::from_secs(20)).await;
        assert_eq!(tries, [0, 21_000]);
        let (_, tries) = tried(throughout(THREE), Duration::from_millis(100)).await;
        assert_eq!(tries[..4], [0, 200, 400, 600]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_that_hangs_ends_with_the_budget() {
        let hang = || std::future::pending::<Result<(), Seen>>();
        let outcome = retry(throughout(THREE), None).until_passed(hang).await;
        let NotReached::Check { tries: 1, last, .. } = outcome.unwrap_err() else { panic!() };
        assert_eq!(*last, ProbeFault::Timeout(THREE));
    }

    #[tokio::test(start_paused = true)]
    async fn what_can_never_pass_is_tried_once() {
        let begin = Instant::now();
        let never = || async { Err(Seen::Never(ProbeFault::NoHealthcheck)) };
        let outcome = retry(throughout(THREE), None).until_passed(never).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert!(
            matches!(outcome, Err(NotReached::Impossible { why, .. }) if why == ProbeFault::NoHealthcheck)
        );
    }

    #[test]
    fn the_last_words_are_those_that_say_something() {
        assert_eq!(last_words("one\n two \n\n"), Some("two".to_owned()));
        assert_eq!(last_words(" \n"), None);
        assert_eq!(last_words(&"x".repeat(300)).unwrap().chars().count(), 201);
    }
}
