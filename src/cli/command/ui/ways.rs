//! Connections to the ships that are kept, for what looks at an environment for long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cli::{fleet::Fleet, session::Session};
use maestro_core::{fault::ShipFault, model::Ship, observed::ShipState};
use maestro_engine::{Engine, connect::Connection, host::Host};

/// The connections to the ships, and why those do not answer that do not.
#[derive(Default)]
pub(in crate::cli::command) struct KeptWays(Mutex<Vec<Way>>);

/// The connection to a ship.
struct Way {
    ship: String,
    /// [`Ship::addresses`].
    addresses: String,
    engine: Arc<dyn Engine>,
    host: Arc<dyn Host>,
    /// What it said last.
    state: ShipState,
}

impl Way {
    fn leads_to(&self, ship: &Ship) -> bool {
        ship.name == self.ship && ship.addresses() == self.addresses
    }

    fn fault(&self) -> Option<ShipFault> {
        match &self.state {
            ShipState::Unreachable { reason } => Some(reason.clone()),
            ShipState::NotAsked | ShipState::Answering(_) => None,
        }
    }
}

impl KeptWays {
    /// Keeps the connections to the ships, so that no question makes its own, and none waits for a lost ship.
    pub(in crate::cli::command) fn keep(&self, session: &Session, fleet: &Fleet) {
        let ships = session.environment.ships.iter().zip(&fleet.observed.ships);
        let engines = fleet.engines.iter().zip(&fleet.hosts);
        let ways = ships.zip(engines).filter_map(|((ship, state), (engine, host))| {
            Some(Way {
                ship: ship.name.clone(),
                addresses: ship.addresses(),
                engine: engine.clone()?,
                host: host.clone()?,
                state: state.clone(),
            })
        });
        *self.each() = ways.collect();
    }

    fn each(&self) -> MutexGuard<'_, Vec<Way>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All ships with what they said last, for what follows them: none is asked.
    pub(in crate::cli::command) async fn fleet(&self, session: &Session) -> Fleet {
        self.lend(session);
        let mut fleet = Fleet::connect(&session.environment, &session.routes()).await;
        let ways = self.each();
        for (ship, state) in session.environment.ships.iter().zip(&mut fleet.observed.ships) {
            if let Some(way) = ways.iter().find(|way| way.leads_to(ship)) {
                state.clone_from(&way.state);
            }
        }
        fleet
    }

    /// Has the file's next question use the connections that there are. `with_faults`: ships that do not answer are not asked.
    pub(in crate::cli::command) fn lend_all(&self, session: &Session, with_faults: bool) {
        let ways = self.each();
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
    pub(in crate::cli::command) fn lend(&self, session: &Session) {
        self.lend_all(session, false);
    }
}
