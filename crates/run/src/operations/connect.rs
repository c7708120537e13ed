//! Where the ways to engines come from.

use std::{any::Any, sync::Arc};

use async_trait::async_trait;

use maestro_core::{
    model::{Ship, ShipId},
    observed::carriable::CarrySource,
};
use maestro_engine::{
    Engine,
    connect::{Connection, Routes},
    credentials::Credentials,
};

/// Finds the way to a ship's engine.
#[async_trait]
pub trait Connect: Send + Sync {
    /// A ship's engine. That it cannot be reached is told by the engine's calls.
    async fn connect(&self, ship: &Ship) -> Connection;

    /// This machine's own engine, if there may be one.
    async fn this_machine(&self) -> Option<Arc<dyn Engine>> {
        None
    }

    /// The other engine that has the image as this run built it, or found it built, for a ship; none if that is not known.
    fn builder(&self, _image: &str, _for_ship: ShipId) -> Option<CarrySource> {
        None
    }

    /// The logins for registries; none if nobody is logged in anywhere.
    fn credentials(&self) -> Option<&Credentials> {
        None
    }

    /// Notes that a ship is waited for, until what is returned is dropped.
    fn wait_for(&self, _ship: &Ship) -> Option<Box<dyn Any + Send>> {
        None
    }
}

#[async_trait]
impl Connect for Routes {
    async fn connect(&self, ship: &Ship) -> Connection {
        self.connect(ship).await
    }

    async fn this_machine(&self) -> Option<Arc<dyn Engine>> {
        Some(self.this_machine())
    }
}
