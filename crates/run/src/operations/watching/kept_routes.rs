//! The connections of the live state, for the runs that heal: none makes its own.

use std::{any::Any, collections::HashMap, sync::Arc};

use async_trait::async_trait;

use crate::operations::fleet::{Connect, Fleet};
use maestro_core::{
    model::{Environment, Ship, ShipId},
    observed::carriable::CarrySource,
};
use maestro_engine::{Engine, connect::Connection, credentials::Credentials, host::Host};

/// A connection.
struct Way {
    engine: Arc<dyn Engine>,
    host: Arc<dyn Host>,
}

/// Connections that are there, and the way to others.
pub(super) struct KeptRoutes {
    ships: HashMap<String, Way>,
    others: Arc<dyn Connect>,
}

impl KeptRoutes {
    pub(super) fn of(environment: &Environment, fleet: &Fleet, others: Arc<dyn Connect>) -> Self {
        let ways = fleet.engines.iter().zip(&fleet.hosts).zip(&environment.ships);
        let ships = ways.filter_map(|((engine, host), ship)| {
            Some((ship.name.clone(), Way { engine: engine.clone()?, host: host.clone()? }))
        });
        Self { ships: ships.collect(), others }
    }
}

#[async_trait]
impl Connect for KeptRoutes {
    async fn connect(&self, ship: &Ship) -> Connection {
        match self.ships.get(&ship.name) {
            Some(Way { engine, host }) => {
                Connection { engine: Arc::clone(engine), host: Arc::clone(host), remark: None }
            }
            None => self.others.connect(ship).await,
        }
    }

    async fn this_machine(&self) -> Option<Arc<dyn Engine>> {
        self.others.this_machine().await
    }

    fn builder(&self, image: &str, for_ship: ShipId) -> Option<CarrySource> {
        self.others.builder(image, for_ship)
    }

    fn credentials(&self) -> Option<&Credentials> {
        self.others.credentials()
    }

    fn wait_for(&self, ship: &Ship) -> Option<Box<dyn Any + Send>> {
        self.others.wait_for(ship)
    }
}
