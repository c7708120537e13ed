//! What all requests of the page share: the file, the state, the connections, the plans that were shown, the runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{Notify, watch};

use super::{place::Place, plans::Plans, record::Runs, source::Source};
use crate::cli::{fleet::Fleet, session::Session};
use maestro_core::{fault::ShipFault, model::Ship, observed::ShipState};
use maestro_engine::{Engine, connect::Connection, host::Host};
use maestro_report::graph::ShipGraph;

/// The state as browsers see it; none until the ships were asked.
pub(super) type Shown = watch::Sender<Option<Arc<Value>>>;

/// All that the page shows and does.
pub(super) struct Ui {
    source: Source,
    shown: Shown,
    /// Somebody begins to look.
    pub(super) wake: Notify,
    pub(super) plans: Plans,
    pub(super) runs: Arc<Runs>,
    pub(super) place: Place,
    /// What needs what, with the states that were shown last.
    graph: Mutex<Option<Arc<ShipGraph>>>,
    /// The connections to the ships, and why those do not answer that do not.
    ways: Mutex<Vec<Way>>,
}

/// The connection to a ship.
struct Way {
    ship: String,
    endpoint: String,
    engine: Arc<dyn Engine>,
    host: Arc<dyn Host>,
    /// What it said last.
    state: ShipState,
}

impl Way {
    fn leads_to(&self, ship: &Ship) -> bool {
        ship.name == self.ship && ship.endpoint.to_string() == self.endpoint
    }

    fn fault(&self) -> Option<ShipFault> {
        match &self.state {
            ShipState::Unreachable { reason } => Some(reason.clone()),
            ShipState::NotAsked | ShipState::Answering(_) => None,
        }
    }
}

impl Ui {
    pub(super) fn new(source: Source, place: Place) -> Self {
        Self {
            source,
            shown: watch::Sender::new(None),
            wake: Notify::new(),
            plans: Plans::default(),
            runs: Arc::new(Runs::default()),
            place,
            graph: Mutex::default(),
            ways: Mutex::new(Vec::new()),
        }
    }

    /// Keeps the connections to the ships, so that no question makes its own, and none waits for a lost ship.
    pub(super) fn keep_ways(&self, session: &Session, fleet: &Fleet) {
        let ships = session.environment.ships.iter().zip(&fleet.observed.ships);
        let engines = fleet.engines.iter().zip(&fleet.hosts);
        let ways = ships.zip(engines).filter_map(|((ship, state), (engine, host))| {
            Some(Way {
                ship: ship.name.clone(),
                endpoint: ship.endpoint.to_string(),
                engine: engine.clone()?,
                host: host.clone()?,
                state: state.clone(),
            })
        });
        *self.ways() = ways.collect();
    }

    /// Keeps what needs what, with the states that are shown.
    pub(super) fn keep_graph(&self, graph: ShipGraph) {
        *self.graph.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(graph));
    }

    /// What needs what; none if the ships were not asked yet.
    pub(super) fn graph(&self) -> Option<Arc<ShipGraph>> {
        self.graph.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ways(&self) -> MutexGuard<'_, Vec<Way>> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All ships with what they said last, for what follows them: none is asked.
    pub(super) async fn fleet(&self, session: &Session) -> Fleet {
        self.lend(session);
        let mut fleet = Fleet::connect(&session.environment, &session.routes()).await;
        let ways = self.ways();
        for (ship, state) in session.environment.ships.iter().zip(&mut fleet.observed.ships) {
            if let Some(way) = ways.iter().find(|way| way.leads_to(ship)) {
                state.clone_from(&way.state);
            }
        }
        fleet
    }

    /// Has the file's next question use the connections that there are. `with_faults`: ships that do not answer are not asked.
    pub(super) fn lend_ways(&self, session: &Session, with_faults: bool) {
        let ways = self.ways();
        let ships = &session.environment.ships;
        let same = ways.iter().filter(|way| ships.iter().any(|ship| way.leads_to(ship)));
        let connections = same.map(|way| {
            let (engine, host) = (Arc::clone(&way.engine), Arc::clone(&way.host));
            let fault = way.fault().filter(|_| with_faults);
            (way.ship.clone(), (Connection { engine, host, remark: None }, fault))
        });
        session.hand_over(connections.collect());
    }

    /// The same for what follows the ships: those that do not answer may answer again.
    pub(super) fn lend(&self, session: &Session) {
        self.lend_ways(session, false);
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn shown(&self) -> &Shown {
        &self.shown
    }

    pub(super) fn runs(&self) -> &Runs {
        &self.runs
    }

    /// Whether a browser looks.
    pub(super) fn is_watched(&self) -> bool {
        self.shown.receiver_count() > 0
    }

    /// Waits until the state is wanted at once.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The state from now on. If nobody looked for a while it is not current, and is computed at once.
    pub(super) fn watch(&self) -> watch::Receiver<Option<Arc<Value>>> {
        if !self.is_watched() {
            self.shown.send_replace(None);
            self.wake.notify_one();
        }
        self.shown.subscribe()
    }
}
