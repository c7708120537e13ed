//! An engine in memory: a faithful model of what a Docker Engine does with the calls of [`Engine`], for tests.
//! It keeps time by tokio's clock, so a test with a paused clock runs in no time and always alike.

mod call;
mod calls;
mod describe;
mod heard;
mod kept;
mod lately;
mod mounts;
mod names;
mod paused;
mod state;
#[cfg(test)]
mod subscription_tests;
#[cfg(test)]
mod volume_tests;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

pub use call::{Call, Fault};
use state::Inside;

use maestro_core::model::registry;
use maestro_engine::EngineError;

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

/// An engine in memory. Clones are the same engine.
#[derive(Clone)]
pub struct Fake {
    state: Arc<Mutex<Inside>>,
    changed: Arc<Notify>,
    begin: Instant,
}

impl Fake {
    /// An engine with nothing on it.
    #[must_use]
    pub fn new(identity: &str) -> Self {
        Self {
            state: Arc::new(Mutex::new(Inside { identity: identity.to_owned(), ..Inside::default() })),
            changed: Arc::new(Notify::new()),
            begin: Instant::now(),
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // A test that panicked elsewhere must not hide its own message behind a poisoned lock.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Says how containers of an image behave.
    pub fn behave(&self, image: &str, behaviour: Behaviour) {
        self.inside().behaviours.insert(image.to_owned(), behaviour);
    }

    /// Lets every call of a method take that long.
    pub fn slow(&self, method: &'static str, latency: Duration) {
        self.inside().latencies.insert(method, latency);
    }

    /// Lets the next call of a method about that thing go wrong; an empty `about` means any.
    pub fn fail_next(&self, method: &'static str, about: &str, fault: Fault) {
        self.inside().faults.push((method, about.to_owned(), fault));
    }

    /// Lets the next pull end like that; several are taken one after another.
    pub fn fail_pull(&self, fault: registry::Fault, words: &str) {
        self.inside().pull_faults.push_back((fault, words.to_owned()));
    }

    /// The most pulls that were under way at once.
    #[must_use]
    pub fn most_pulls(&self) -> usize {
        self.inside().most_pulls
    }

    /// All calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.inside().calls.clone()
    }

    /// The most changes that were under way at once, pulls left out.
    #[must_use]
    pub fn most_under_way(&self) -> usize {
        self.inside().most_under_way
    }

    /// One call: noted, slowed, and failed where that was asked for.
    async fn call<T>(
        &self,
        method: &'static str,
        about: &str,
        act: impl FnOnce(&mut Inside) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let call = Call { method, about: about.to_owned(), at: self.begin.elapsed() };
        let counted = call.changes() && method != "pull";
        let (latency, fault) = {
            let mut inside = self.inside();
            inside.under_way += usize::from(counted);
            inside.most_under_way = inside.most_under_way.max(inside.under_way);
            inside.calls.push(call);
            let latency = inside.latency(method);
            (latency, inside.take_fault(method, about))
        };
        tokio::time::sleep(latency).await;
        let mut inside = self.inside();
        inside.under_way -= usize::from(counted);
        inside.tick();
        let outcome = match fault {
            Some(Fault::Refused(words)) => Err(EngineError::Refused(words.into())),
            Some(Fault::Unreachable) => Err(EngineError::Unreachable("connection refused".into())),
            Some(Fault::RequestLost) => Err(EngineError::ResponseLost("connection reset".into())),
            Some(Fault::AnswerLost) => {
                act(&mut inside).and(Err(EngineError::ResponseLost("connection reset".into())))
            }
            None => act(&mut inside),
        };
        inside.noted(counted && outcome.is_ok());
        drop(inside);
        self.changed.notify_waiters();
        outcome
    }
}
