//! The engines of the ships that a command needs.

use std::collections::BTreeSet;

use super::{error::Problem, session::Session};
pub(super) use crate::flow::fleet::{Fleet, reason};
use crate::{
    engine::{connect::Routes, observe::Question},
    model::{InstanceId, ShipId},
};

impl Fleet {
    /// Connects to the ships of these instances and asks each once, all at the same time.
    pub(super) async fn muster(
        session: &Session,
        instances: &BTreeSet<InstanceId>,
        question: Question,
    ) -> Result<Self, Problem> {
        let routes = Routes::new(&session.variables);
        let ships = ships_of(session, instances);
        Ok(Self::muster_on(&session.environment, &routes, &ships, question).await)
    }

    /// Connects to all ships, though some may have no instance.
    pub(super) async fn muster_everywhere(session: &Session, question: Question) -> Self {
        let routes = Routes::new(&session.variables);
        let ships = session.environment.ship_ids().collect();
        Self::muster_on(&session.environment, &routes, &ships, question).await
    }
}

/// The ships that some instances are on.
pub(super) fn ships_of(session: &Session, instances: &BTreeSet<InstanceId>) -> BTreeSet<ShipId> {
    instances.iter().map(|&id| session.environment.instance(id).ship).collect()
}
