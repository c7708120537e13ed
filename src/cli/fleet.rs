//! The engines of the ships that a command needs.

use std::collections::BTreeSet;

use super::{
    error::{End, Problem},
    session::Session,
};
use maestro_core::{
    model::{InstanceId, ShipId},
    observed::Observed,
};
use maestro_engine::observe::Question;
use maestro_report::silent;
pub(super) use maestro_run::operations::fleet::{Fleet, reason};

impl Session {
    /// Says why the ships of some of these instances are unreachable, and how the command ends because of that.
    pub(super) fn tell_silent(
        &self,
        observed: &Observed,
        instances: impl Iterator<Item = InstanceId>,
    ) -> Result<End, Problem> {
        let ships: BTreeSet<ShipId> = instances.map(|id| self.environment.instance(id).ship).collect();
        let mut end = End::Done;
        for text in silent::sentences(&self.environment, observed, ships) {
            self.note(&text)?;
            end = End::Unreachable;
        }
        Ok(end)
    }

    /// Connects to the ships of these instances and asks each once, all at the same time.
    pub(super) async fn connect_and_observe(
        &self,
        instances: &BTreeSet<InstanceId>,
        question: Question,
    ) -> Result<Fleet, Problem> {
        let routes = self.routes();
        let ships = ships_of(self, instances);
        Ok(Fleet::connect_and_observe_on(&self.environment, &routes, &ships, question).await)
    }

    /// Connects to these ships and asks each once, all at the same time.
    pub(super) async fn connect_and_observe_ships(
        &self,
        ships: &BTreeSet<ShipId>,
        question: Question,
    ) -> Fleet {
        let routes = self.routes();
        Fleet::connect_and_observe_on(&self.environment, &routes, ships, question).await
    }

    /// Connects to all ships, though some may have no instance.
    pub(super) async fn connect_and_observe_everywhere(&self, question: Question) -> Fleet {
        let routes = self.routes();
        let ships = self.environment.ship_ids().collect();
        Fleet::connect_and_observe_on(&self.environment, &routes, &ships, question).await
    }
}

/// Names each ship that does not answer and has none of these instances: no other output names it.
pub(super) fn silent_ships(
    session: &Session,
    observed: &Observed,
    instances: &BTreeSet<InstanceId>,
) -> Vec<String> {
    let environment = &session.environment;
    let told = ships_of(session, instances);
    let others = environment.ship_ids().filter(|id| !told.contains(id));
    let texts = silent::sentences(environment, observed, others);
    let texts = texts.into_iter();
    texts.map(|text| format!("{text}; containers that the file does not declare may be there")).collect()
}

/// The ships that some instances are on.
pub(super) fn ships_of(session: &Session, instances: &BTreeSet<InstanceId>) -> BTreeSet<ShipId> {
    instances.iter().map(|&id| session.environment.instance(id).ship).collect()
}
