//! Where the instances of services that have a choice of ships run, before they are placed.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::connect::Connect;
use crate::store::LabelStore;
use maestro_core::{
    fault::ShipFault,
    model::{Environment, Instance, placement::Whereabouts},
    observed::{Observed, ShipState},
    plan::whereabouts::whereabouts,
};
use maestro_engine::{
    connect::Connection,
    observe::{Question, observe},
};

/// Where instances were found, and the ways to the ships that were asked.
pub struct Located {
    /// Where they were found.
    pub whereabouts: Whereabouts,
    /// The connection to each ship that was asked, by its name, and why it did not answer if it did not.
    pub connections: BTreeMap<String, (Connection, Option<ShipFault>)>,
}

/// Asks all ships of services that have a choice for their containers: one request each, all at the same time.
pub async fn locate(environment: &Environment, routes: &dyn Connect) -> Located {
    let choices = environment.choices();
    let asking = join_all(environment.ship_ids().map(|id| {
        let is_asked = choices.contains(&id);
        async move {
            if !is_asked {
                return (ShipState::NotAsked, None);
            }
            let ship = environment.ship(id);
            let _wait = routes.wait_for(ship);
            let connection = routes.connect(ship).await;
            let state = observe(&*connection.engine, &environment.name, Question::default()).await;
            (state, Some((ship.name.clone(), connection)))
        }
    }));
    let mut observed = Observed::default();
    let mut connections = BTreeMap::new();
    for (state, connected) in asking.await {
        if let Some((ship, connection)) = connected {
            let fault =
                if let ShipState::Unreachable { reason } = &state { Some(reason.clone()) } else { None };
            connections.insert(ship, (connection, fault));
        }
        observed.ships.push(state);
    }
    let mut whereabouts = whereabouts(environment, &observed);
    if !may_be_elsewhere(environment, &observed, &whereabouts) {
        // All are where the file places them, or on a silent ship that it places them on: nothing is held for that.
        whereabouts.silent.clear();
    }
    if !whereabouts.silent.is_empty() {
        whereabouts.recorded = recorded(environment, &connections).await;
    }
    Located { whereabouts, connections }
}

/// Whether an instance may run on a silent ship though the file places it on another: one is not where the file places it, or
/// is missing there.
fn may_be_elsewhere(environment: &Environment, observed: &Observed, whereabouts: &Whereabouts) -> bool {
    let choices = environment.choices();
    let may_be_elsewhere = |instance: &Instance| {
        let is_answering = matches!(observed.ship(instance.ship), ShipState::Answering(_));
        let is_in_place = whereabouts.is_in_place(environment, instance);
        !is_in_place.unwrap_or(!is_answering || !choices.contains(&instance.ship))
    };
    environment.instances.iter().any(may_be_elsewhere)
}

/// The instances that ran before on ships that answer. What cannot be read tells of none.
async fn recorded(
    environment: &Environment,
    connections: &BTreeMap<String, (Connection, Option<ShipFault>)>,
) -> BTreeSet<String> {
    let answering = connections.values().filter(|(_, fault)| fault.is_none());
    let asking = answering.map(|(connection, _)| async move {
        let records = LabelStore::on(&*connection.engine).revisions(&environment.name).await;
        let records = records.map(|found| found.records).unwrap_or_default();
        // A record has all that its instances are made from: no more than their names is kept.
        let instances = records.into_iter().flat_map(|record| record.instances.unwrap_or_default());
        instances.map(|one| one.spec.name.clone()).collect::<Vec<String>>()
    });
    join_all(asking).await.into_iter().flatten().collect()
}
