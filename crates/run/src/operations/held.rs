//! The lease of a run, looked at while its plan is carried out.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;

use crate::{
    execute::Guard,
    lease::{Owner, is_held},
};
use maestro_core::fault::ConnectionFault;
use maestro_core::model::ShipId;
use maestro_engine::{Engine, EngineError};

/// The lease of one run.
pub(super) struct Held {
    environment: String,
    nonce: String,
    /// By [`ShipId`].
    engines: Vec<Option<Arc<dyn Engine>>>,
    /// Ships on whose engines killed runs may have left something under way.
    after_killed: BTreeSet<ShipId>,
}

impl Held {
    pub(super) fn by(
        me: &Owner,
        engines: &[Option<Arc<dyn Engine>>],
        after_killed: BTreeSet<ShipId>,
    ) -> Self {
        let (environment, nonce) = (me.holder.environment.clone(), me.holder.nonce.clone());
        Self { environment, nonce, engines: engines.to_vec(), after_killed }
    }
}

#[async_trait]
impl Guard for Held {
    async fn holds(&self, ship: ShipId) -> Result<bool, EngineError> {
        match self.engines.get(ship.0).and_then(Option::as_deref) {
            Some(engine) => is_held(engine, &self.environment, &self.nonce).await,
            None => Err(EngineError::Unreachable(ConnectionFault::NotConnected.into())),
        }
    }

    fn follows_a_killed_run(&self, ship: ShipId) -> bool {
        self.after_killed.contains(&ship)
    }
}
