//! What the engine in memory does slowly or late: stops and starts that are under way, lists that lag behind, and what it
//! remembers of its last events.

use std::time::Duration;

use tokio::time::Instant;

use super::{Fake, kept::Kept, state::Inside};
use crate::{
    engine::{
        EngineError,
        past::{Happened, Past, PastEvent},
    },
    model::container::LABEL_ENVIRONMENT,
    observed::State,
};

/// What the engine remembers.
#[derive(Default)]
pub(super) struct Lately {
    /// Its last events, with the time of each.
    events: Vec<(Instant, PastEvent)>,
    /// How often it was restarted: what was under way then never ends.
    lives: usize,
    /// How long its list of containers shows what a container was before it ended.
    list_lag: Duration,
    /// Ids of containers whose start is under way.
    starting: Vec<String>,
    /// Whether it has forgotten some of its last events.
    forgets: bool,
}

/// What a container was before it ended.
#[derive(Debug, Clone)]
pub(super) struct Before {
    until: Instant,
    state: State,
    status: String,
}

impl Fake {
    /// Lets the list of containers show what a container was for that long after it has ended, as Docker 26.1 does.
    pub fn list_late(&self, lag: Duration) {
        self.inside().lately.list_lag = lag;
    }

    /// Takes a volume away, as `docker volume prune` does.
    pub fn lose_volume(&self, name: &str) {
        self.inside().remove_volume(name);
    }

    /// Lets the engine forget its last events, as one does that has many.
    pub fn forget_events(&self) {
        self.inside().lately.forgets = true;
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

    /// An error if the engine was restarted since that life: what it was asked for then is not done.
    pub(super) fn lives_on(&self, life: usize) -> Result<(), EngineError> {
        if self.inside().lately.lives == life {
            Ok(())
        } else {
            Err(EngineError::NoAnswer("connection reset".to_owned()))
        }
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
        self.lately.lives += 1;
    }

    /// Remembers what happens to a container.
    pub(super) fn happened(&mut self, id: &str, what: Happened) {
        let Ok(kept) = self.find(id) else { return };
        let (name, environment) =
            (kept.shown.name.clone(), kept.shown.labels.get(LABEL_ENVIRONMENT).cloned());
        let event = PastEvent { id: id.to_owned(), name, environment, what, ago: Duration::ZERO };
        self.lately.events.push((Instant::now(), event));
    }

    pub(super) fn past(&self, window: Duration) -> Past {
        if self.lately.forgets {
            return Past::default();
        }
        let recent = self.lately.events.iter().filter(|(at, _)| at.elapsed() <= window);
        let events = recent.map(|(at, event)| PastEvent { ago: at.elapsed(), ..event.clone() });
        Past { events: events.collect(), is_complete: true }
    }

    /// All containers, as the list shows them.
    pub(super) fn listed(&self) -> Vec<crate::observed::Container> {
        self.containers.values().map(Kept::listed).collect()
    }

    /// How a container that ends now is listed for a while.
    pub(super) fn before(&self, kept: &Kept) -> Option<Before> {
        let (state, status) = (kept.shown.state.clone(), kept.shown.status.clone());
        let lag = self.lately.list_lag;
        (!lag.is_zero()).then(|| Before { until: Instant::now() + lag, state, status })
    }
}

impl Before {
    /// What the list still shows, if it is late.
    pub(super) fn shown(&self) -> Option<(State, String)> {
        (Instant::now() < self.until).then(|| (self.state.clone(), self.status.clone()))
    }
}
