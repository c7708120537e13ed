//! An engine in memory: a faithful model of what a Docker Engine does with the calls of [`Engine`], for tests.
//! It keeps time by tokio's clock, so a test with a paused clock runs in no time and always alike.

mod archives;
mod before;
mod behaviour;
mod beside;
mod builds;
mod call;
mod calls;
mod cluster;
mod container;
mod describe;
mod file_tree;
mod files;
mod heard;
mod image_archives;
mod images;
mod inspection;
mod lately;
mod listeners;
mod logs;
mod manager_losses;
mod managers;
mod mounts;
mod names;
mod paused;
mod program;
mod programs;
mod sayings;
mod services;
mod slow;
mod state;
#[cfg(test)]
mod subscription_tests;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use tokio::{sync::Notify, time::Instant};

pub use behaviour::Behaviour;
pub use call::{Call, InjectedFault};
pub use manager_losses::ManagerLoss;
use state::Inside;

use maestro_core::model::registry;
use maestro_engine::EngineError;

/// An engine in memory. Clones are the same engine.
#[derive(Clone)]
pub struct Fake {
    state: Arc<Mutex<Inside>>,
    changed: Arc<Notify>,
    begin: Instant,
    /// Which of several managers of a Swarm it is.
    manager: Option<usize>,
}

impl Fake {
    /// An engine with nothing on it.
    #[must_use]
    pub fn new(identity: &str) -> Self {
        Self {
            state: Arc::new(Mutex::new(Inside { identity: identity.to_owned(), ..Inside::default() })),
            changed: Arc::new(Notify::new()),
            begin: Instant::now(),
            manager: None,
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
    pub fn fail_next(&self, method: &'static str, about: &str, fault: InjectedFault) {
        self.inside().faults.push((method, about.to_owned(), fault));
    }

    /// Lets the next pull end like that; several are taken one after another.
    pub fn fail_pull(&self, fault: registry::PullFault, words: &str) {
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

    /// Lets every call take a time of its own, up to 20 ms, that follows from the seed.
    pub fn jitter(&self, seed: u64) {
        // The generator's state must not be 0.
        self.inside().jitter = Some(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    }

    /// Says that no more calls than so many can be under way at once. More are none the worse for it.
    pub fn limit_lines(&self, lines: usize) {
        self.inside().lines = Some(lines);
    }

    /// Lets the engine keep a name that no container has, as after a creation that failed half-way.
    pub fn keep_name(&self, name: &str) {
        self.inside().kept_names.insert(name.to_owned());
    }

    /// Names of all volumes.
    #[must_use]
    pub fn volume_names(&self) -> Vec<String> {
        self.inside().volumes.keys().cloned().collect()
    }

    /// The nonces of all leases.
    #[must_use]
    pub fn volume_holders(&self) -> Vec<String> {
        let inside = self.inside();
        let leases = inside.volumes.values().filter(|volume| volume.name.starts_with("maestro-lease-"));
        leases.filter_map(|volume| volume.labels.get("maestro.lease.nonce").cloned()).collect()
    }

    /// What time it thinks it is: it was made in 1970.
    fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.begin.elapsed()
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
            let lost = inside.cluster.managers.fault(self.manager, method);
            (latency, lost.or_else(|| inside.take_fault(method, about)))
        };
        tokio::time::sleep(latency).await;
        let mut inside = self.inside();
        inside.under_way -= usize::from(counted);
        inside.tick();
        let outcome = match fault {
            Some(InjectedFault::Refused(words)) => Err(EngineError::Refused(words.into())),
            Some(InjectedFault::Unreachable) => Err(EngineError::Unreachable("connection refused".into())),
            Some(InjectedFault::RequestLost) => Err(EngineError::ResponseLost("connection reset".into())),
            Some(InjectedFault::AnswerLost) => {
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
