//! What the engine in memory does slowly or late: stops and starts that are under way, lists that lag behind, and what it
//! remembers of its last events.

use std::time::Duration;

use tokio::{task::JoinHandle, time::Instant};

use super::{Fake, before::Before, container::FakeContainer, lately::REMEMBERED, state::Inside};
use maestro_core::model::container::LABEL_ENVIRONMENT;
use maestro_engine::{
    EngineError,
    events::{ContainerEvent, Happened, Past, PastEvent},
};

impl Fake {
    /// Lets the list of containers show what a container was for that long after it has ended, as Docker 26.1 does.
    pub fn list_late(&self, lag: Duration) {
        self.inside().lately.list_lag = lag;
    }

    /// Takes a volume away, as `docker volume prune` does.
    pub fn lose_volume(&self, name: &str) {
        drop(self.inside().remove_volume(name));
    }

    /// Lets so many events happen that are nothing to the environment: an engine remembers 256 of all kinds.
    pub fn be_busy(&self, events: usize) {
        let mut inside = self.inside();
        (0..events).for_each(|_| inside.lately.remember(None));
    }

    /// A stop begins: its container gets a signal. Tells how long it needs to end, and in which life of the engine.
    pub(super) fn signalled(&self, container: &str) -> (Duration, usize) {
        let mut inside = self.inside();
        let is_lost = inside.faults.iter().any(|(method, _, _)| *method == "stop");
        let found = inside.find(container).ok().map(|kept| kept.shown.clone());
        let needs = found.as_ref().and_then(|shown| inside.behaviours.get(&shown.image));
        let needs = needs.map_or(Duration::ZERO, |behaviour| behaviour.stops_after);
        if let Some(shown) = found.filter(|shown| shown.state.is_up() && !is_lost) {
            inside.happened(&shown.id, Happened::Signalled { is_kill: false });
        }
        (needs, inside.lately.lives)
    }

    /// The time of a stop is up: the engine kills the program, in that life, and waits until it has ended.
    pub(super) async fn killed(&self, container: &str, life: usize) {
        let outlives = {
            let mut inside = self.inside();
            let found = inside.find(container).ok().map(|kept| kept.shown.clone());
            let Some(shown) = found.filter(|shown| shown.state.is_up() && inside.lately.lives == life) else {
                return;
            };
            inside.happened(&shown.id, Happened::Signalled { is_kill: true });
            inside.behaviours.get(&shown.image).map_or(Duration::ZERO, |behaviour| behaviour.outlives_kill)
        };
        tokio::time::sleep(outlives).await;
    }

    /// An error if the engine was restarted since that life: what it was asked for then is not done.
    pub(super) fn lives_on(&self, life: usize) -> Result<(), EngineError> {
        if self.inside().lately.lives == life {
            Ok(())
        } else {
            Err(EngineError::ResponseLost("connection reset".into()))
        }
    }

    /// Lets the list of containers show those whose creation is under way, as Docker 20.10 does.
    pub fn list_creations(&self) {
        self.inside().lately.lists_creations = true;
    }

    /// A creation has begun. The engine finishes it, whether its client waits for it or not.
    pub(super) fn finishing(&self, inside: &mut Inside, id: &str) -> Option<JoinHandle<()>> {
        let image = inside.find(id).map(|kept| kept.shown.image.clone()).unwrap_or_default();
        let needs = inside.behaviours.get(&image).map_or(Duration::ZERO, |behaviour| behaviour.creates_after);
        if needs.is_zero() {
            return None;
        }
        inside.find(id).ok()?.unfinished = true;
        let (engine, id, life) = (self.clone(), id.to_owned(), inside.lately.lives);
        Some(tokio::spawn(async move {
            tokio::time::sleep(needs).await;
            let mut inside = engine.inside();
            if inside.lately.lives == life {
                inside
                    .containers
                    .values_mut()
                    .filter(|kept| kept.shown.id == id)
                    .for_each(FakeContainer::finish);
                inside.happened(&id, Happened::Created);
            }
        }))
    }

    /// A start is under way, for as long as containers of that image need.
    pub(super) async fn starting(&self, container: &str) -> Result<(), EngineError> {
        let (id, needs, life) = {
            let mut inside = self.inside();
            let Ok(kept) = inside.find(container) else { return Ok(()) };
            let (id, image) = (kept.shown.id.clone(), kept.shown.image.clone());
            let needs =
                inside.behaviours.get(&image).map_or(Duration::ZERO, |behaviour| behaviour.starts_after);
            if needs.is_zero() {
                return Ok(());
            }
            inside.lately.starting.push(id.clone());
            (id, needs, inside.lately.lives)
        };
        tokio::time::sleep(needs).await;
        let mut inside = self.inside();
        if let Some(at) = inside.lately.starting.iter().position(|other| *other == id) {
            inside.lately.starting.remove(at);
        }
        drop(inside);
        self.changed.notify_waiters();
        self.lives_on(life)
    }

    /// Waits until no start of that container is under way.
    pub(super) async fn started(&self, container: &str) {
        loop {
            let changed = self.changed.notified();
            let is_starting = {
                let mut inside = self.inside();
                let id = inside.find(container).ok().map(|kept| kept.shown.id.clone());
                id.is_some_and(|id| inside.lately.starting.contains(&id))
            };
            if !is_starting {
                return;
            }
            changed.await;
        }
    }
}

impl Inside {
    /// The engine is restarted: it has forgotten all events, and what was under way is over.
    pub(super) fn forget_all(&mut self) {
        self.lately.events.clear();
        self.lately.starting.clear();
        self.listeners.lose_all();
        self.containers.retain(|_, kept| !kept.unfinished);
        self.lately.lives += 1;
    }

    /// Remembers what happens to a container.
    pub(super) fn happened(&mut self, id: &str, what: Happened) {
        let Ok(kept) = self.find(id) else { return };
        let (name, environment) =
            (kept.shown.name.clone(), kept.shown.labels.get(LABEL_ENVIRONMENT).cloned());
        let event = ContainerEvent { id: id.to_owned(), name, environment, what };
        self.listeners.tell(&event);
        self.lately.remember(Some(PastEvent { event, ago: Duration::ZERO }));
    }

    /// Beside the event that is asked for a change makes others: of networks, volumes and execs.
    pub(super) fn noted(&mut self, is_change: bool) {
        if is_change {
            self.lately.remember(None);
        }
    }

    pub(super) fn past(&self, window: Duration) -> Past {
        let all = &self.lately.events;
        let oldest = all.front().filter(|_| all.len() == REMEMBERED);
        let remembers = oldest.map_or(window, |(at, _)| at.elapsed().min(window));
        let recent = all.iter().filter(|(at, _)| at.elapsed() <= window);
        let events = recent.filter_map(|(at, event)| Some(PastEvent { ago: at.elapsed(), ..event.clone()? }));
        Past { events: events.collect(), remembers }
    }

    /// All containers, as the list shows them.
    pub(super) fn listed(&self) -> Vec<maestro_core::observed::Container> {
        let is_shown = |kept: &&FakeContainer| !kept.unfinished || self.lately.lists_creations;
        self.containers.values().filter(is_shown).map(FakeContainer::listed).collect()
    }

    /// How a container that ends now is listed for a while.
    pub(super) fn before(&self, kept: &FakeContainer) -> Option<Before> {
        let (state, status) = (kept.shown.state.clone(), kept.shown.status.clone());
        let lag = self.lately.list_lag;
        (!lag.is_zero()).then(|| Before { until: Instant::now() + lag, state, status })
    }
}
