//! Looks for what would go wrong with a plan, on the ships of a fleet.

use std::collections::BTreeMap;

use super::fleet::Fleet;
use crate::preflight::{
    Questions,
    ask::{Seen, ask},
    findings,
};
use maestro_core::{
    event::Finding,
    model::{Environment, ShipId},
    observed::ShipState,
    plan::Plan,
};
use maestro_engine::credentials::Credentials;

impl Fleet {
    /// Asks all ships that answered what would stop this plan.
    pub async fn preflight(
        &self,
        environment: &Environment,
        plan: &Plan,
        credentials: &Credentials,
    ) -> Vec<Finding> {
        let questions = Questions::of(environment, &self.observed, plan);
        if questions.ships.is_empty() {
            return Vec::new();
        }
        let machines = self.engines.iter().zip(&self.hosts).zip(&self.observed.ships).enumerate();
        let ships: BTreeMap<ShipId, Seen> = machines
            .filter_map(|(at, ((engine, host), state))| {
                let ShipState::Answering(_) = state else { return None };
                Some((ShipId(at), Seen { engine: engine.clone()?, host: host.clone()? }))
            })
            .collect();
        let answers = ask(environment, &questions, &ships, credentials).await;
        findings(environment, &self.observed, plan, &answers)
    }
}
