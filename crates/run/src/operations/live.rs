//! `operations::live` keeps what engines have: each ship's state, then its changes as the engine tells them. A connection that
//! breaks is made anew. Whoever subscribes gets one consistent state of all ships, and which of them changed.

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, future::OptionFuture, future::join_all, stream::BoxStream};
use jiff::Timestamp;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use super::looking::look_at;
use maestro_core::{
    model::{Environment, ShipId},
    observed::{
        Observed, ShipState,
        event::{ContainerEvent, Happened},
    },
};
use maestro_engine::{
    Engine,
    observe::Question,
    subscription::{SubscriptionUpdate, subscribe},
};

/// How long further events are waited for after the first: several come at once.
const MOMENT: Duration = Duration::from_millis(20);
/// How long events of other environments may wait. They matter only if they take a name.
const LATER: Duration = Duration::from_secs(1);
/// The least time between two lists of one engine, however much happens there.
const BETWEEN: Duration = Duration::from_millis(250);
/// When an engine is asked again after events: Docker 26.1 lists a stop some milliseconds after it has told it.
const SETTLED: Duration = Duration::from_millis(500);
/// When an engine is asked again that still tells events, but gave no list.
const RETRY: Duration = Duration::from_secs(2);

/// What is known of all ships at one moment.
#[derive(Debug, Clone, Default)]
pub struct EnvironmentState {
    /// What the engines said last.
    pub observed: Observed,
    /// When each ship stopped answering, by [`ShipId`]; none for ships that answer.
    pub lost: Vec<Option<Timestamp>>,
    /// The number of the last change of each ship, by [`ShipId`].
    changes: Vec<u64>,
    /// How many changes there were.
    last: u64,
}

impl EnvironmentState {
    fn new(observed: Observed) -> Self {
        let lost = observed.ships.iter().map(|state| is_lost(state).then(Timestamp::now));
        Self { lost: lost.collect(), changes: vec![0; observed.ships.len()], last: 0, observed }
    }

    fn set(&mut self, ship: ShipId, state: ShipState) {
        let lost = &mut self.lost[ship.0];
        *lost = is_lost(&state).then(|| lost.unwrap_or_else(Timestamp::now));
        self.observed.ships[ship.0] = state;
        self.last += 1;
        self.changes[ship.0] = self.last;
    }
}

fn is_lost(state: &ShipState) -> bool {
    matches!(state, ShipState::Unreachable { .. })
}

/// What an engine tells from now on.
fn subscription(
    engine: &Arc<dyn Engine>,
    environment: &Environment,
) -> BoxStream<'static, SubscriptionUpdate> {
    subscribe(Arc::clone(engine), &environment.name, Question::default())
}

/// The state of all ships, kept current until this is dropped.
pub struct LiveState {
    state: watch::Sender<EnvironmentState>,
    refresh: watch::Sender<()>,
    retry: watch::Sender<()>,
    following: JoinHandle<()>,
}

impl LiveState {
    /// Follows all ships that have an engine, from what they said before. `question` says what is asked of them.
    #[must_use]
    pub fn follow(
        environment: &Arc<Environment>,
        engines: &[Option<Arc<dyn Engine>>],
        observed: Observed,
        question: Question,
    ) -> Self {
        let state = watch::Sender::new(EnvironmentState::new(observed));
        let (refresh, retry) = (watch::Sender::new(()), watch::Sender::new(()));
        let followers: Vec<Follower> = engines
            .iter()
            .enumerate()
            .filter_map(|(at, engine)| {
                let engine = engine.clone()?;
                Some(Follower {
                    ship: ShipId(at),
                    updates: subscription(&engine, environment),
                    engine,
                    environment: Arc::clone(environment),
                    question,
                    state: state.clone(),
                    refresh: refresh.subscribe(),
                    retry: retry.subscribe(),
                    due: None,
                    looked: None,
                    is_unsettled: false,
                    is_connected: false,
                })
            })
            .collect();
        let following = tokio::spawn(async {
            join_all(followers.into_iter().map(Follower::run)).await;
        });
        Self { state, refresh, retry, following }
    }

    /// Asks all engines that answer for what they have now: times go on without an event.
    pub fn refresh(&self) {
        self.refresh.send_replace(());
    }

    /// Asks all engines that do not answer now instead of after their pause.
    pub fn retry(&self) {
        self.retry.send_replace(());
    }

    /// The state now.
    #[must_use]
    pub fn now(&self) -> EnvironmentState {
        self.state.borrow().clone()
    }

    /// All changes from now on.
    #[must_use]
    pub fn subscribe(&self) -> LiveUpdates {
        let receiver = self.state.subscribe();
        let known = receiver.borrow().last;
        LiveUpdates { receiver, known }
    }
}

impl Drop for LiveState {
    fn drop(&mut self) {
        self.following.abort();
    }
}

/// A subscription to changes. A slow subscriber skips states, and never misses a ship that changed.
pub struct LiveUpdates {
    receiver: watch::Receiver<EnvironmentState>,
    /// The last change that was taken.
    known: u64,
}

impl LiveUpdates {
    /// Waits for changes, brings `state` up to date and tells which ships changed; none if nobody follows the engines any
    /// more. May be given up and called again.
    pub async fn next(&mut self, state: &mut EnvironmentState) -> Option<BTreeSet<ShipId>> {
        let known = self.known;
        let current = self.receiver.wait_for(|current| current.last > known).await.ok()?;
        let mut changed = BTreeSet::new();
        for (at, change) in current.changes.iter().enumerate().filter(|(_, change)| **change > known) {
            state.observed.ships[at] = current.observed.ships[at].clone();
            state.lost[at] = current.lost[at];
            state.changes[at] = *change;
            changed.insert(ShipId(at));
        }
        state.last = current.last;
        self.known = current.last;
        Some(changed)
    }
}

/// Follows one ship.
struct Follower {
    ship: ShipId,
    engine: Arc<dyn Engine>,
    environment: Arc<Environment>,
    question: Question,
    updates: BoxStream<'static, SubscriptionUpdate>,
    state: watch::Sender<EnvironmentState>,
    refresh: watch::Receiver<()>,
    retry: watch::Receiver<()>,
    /// When the engine is asked next, if it is.
    due: Option<Instant>,
    /// When it was asked last.
    looked: Option<Instant>,
    /// Whether a list may not show yet what events told.
    is_unsettled: bool,
    is_connected: bool,
}

impl Follower {
    async fn run(mut self) {
        loop {
            tokio::select! {
                biased;
                update = self.updates.next() => match update {
                    Some(update) => self.take(update),
                    None => return,
                },
                Some(()) = OptionFuture::from(self.due.map(sleep_until)) => self.look().await,
                Ok(()) = self.refresh.changed() => {
                    if self.is_connected {
                        self.ask_in(Duration::ZERO);
                    }
                }
                Ok(()) = self.retry.changed() => {
                    if !self.is_connected {
                        // A new subscription connects at once.
                        self.updates = subscription(&self.engine, &self.environment);
                    }
                }
            }
        }
    }

    fn take(&mut self, update: SubscriptionUpdate) {
        match update {
            SubscriptionUpdate::State(ShipState::Answering(_)) => {
                self.is_connected = true;
                self.ask_in(Duration::ZERO);
            }
            SubscriptionUpdate::State(state) => {
                self.is_connected = false;
                self.due = None;
                self.tell(state);
            }
            SubscriptionUpdate::Event(ContainerEvent { what: Happened::Signalled { .. }, .. }) => {}
            SubscriptionUpdate::Event(event) => {
                let is_ours = event.environment.as_ref() == Some(&self.environment.name);
                self.is_unsettled |= is_ours;
                self.ask_in(if is_ours { MOMENT } else { LATER });
            }
        }
    }

    /// Has the engine asked then, or a little later if it was asked just now.
    fn ask_in(&mut self, time: Duration) {
        let asked = Instant::now() + time;
        let earliest = self.looked.map_or(asked, |looked| asked.max(looked + BETWEEN));
        self.due = Some(self.due.map_or(earliest, |due| due.min(earliest)));
    }

    async fn look(&mut self) {
        self.due = None;
        self.looked = Some(Instant::now());
        let state = look_at(&*self.engine, &self.environment, self.question).await;
        if is_lost(&state) {
            self.ask_in(RETRY);
        } else if std::mem::take(&mut self.is_unsettled) {
            self.ask_in(SETTLED);
        }
        self.tell(state);
    }

    fn tell(&self, mut state: ShipState) {
        self.state.send_modify(|known| {
            // An engine stays who it is, and says so only where it is asked.
            if let (ShipState::Answering(new), Some(old)) = (&mut state, known.observed.holdings(self.ship))
                && new.engine_id.is_none()
            {
                new.engine_id.clone_from(&old.engine_id);
            }
            known.set(self.ship, state);
        });
    }
}
