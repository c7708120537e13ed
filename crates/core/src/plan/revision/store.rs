//! Engines that keep records of revisions.

use std::collections::{BTreeSet, HashMap};

use crate::{
    model::{Environment, ShipId},
    observed::{
        Container, ContainerState, Holdings, Observed,
        revision::{Record, Recorded, itself},
    },
};

/// An engine that keeps records: ships may share one.
#[derive(Debug)]
pub(in crate::plan) struct RevisionStore<'a> {
    /// The first ship that leads there.
    pub ship: ShipId,
    /// All of them.
    pub ships: BTreeSet<ShipId>,
    pub holdings: &'a Holdings,
    /// Oldest first.
    pub records: &'a [Record],
}

/// The engines that told of their records, each once.
pub(in crate::plan) fn revision_stores<'a>(
    environment: &Environment,
    observed: &'a Observed,
) -> Vec<RevisionStore<'a>> {
    let mut revision_stores: Vec<RevisionStore<'a>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for ship in environment.ship_ids() {
        let Some(holdings) = observed.holdings(ship) else { continue };
        let Some(records) = &holdings.revisions else { continue };
        let identity = holdings.engine_id.as_deref();
        if let Some(&at) = identity.and_then(|identity| known.get(identity)) {
            revision_stores[at].ships.insert(ship);
            continue;
        }
        known.extend(identity.map(|identity| (identity, revision_stores.len())));
        revision_stores.push(RevisionStore { ship, ships: [ship].into(), holdings, records });
    }
    revision_stores
}

impl RevisionStore<'_> {
    /// What it tells of a revision: its own record, or the one before where it was not there to get one.
    pub(in crate::plan) fn at(&self, number: u64) -> Option<&Record> {
        self.records.iter().rev().find(|record| record.number <= number)
    }

    /// The containers of an environment's instances, one each, in their order.
    pub(in crate::plan) fn own(&self, environment: &str) -> Vec<&Container> {
        let mut own: Vec<_> = self
            .holdings
            .containers
            .iter()
            .filter_map(|(found, container)| {
                let instance = itself(container, environment)?;
                // What was found by its label, under another name than it has, comes first.
                let rank = (container.name == *found, container.name != instance, &container.name);
                Some((instance, rank, container))
            })
            .collect();
        own.sort_by(|(one, rank, _), (other, other_rank, _)| (one, rank).cmp(&(other, other_rank)));
        own.dedup_by_key(|(instance, ..)| *instance);
        own.into_iter().map(|(.., container)| container).collect()
    }

    /// Whether what is recorded of an instance is its container now, which was started.
    pub(in crate::plan) fn runs(&self, environment: &str, recorded: &Recorded) -> bool {
        let is = |container: &&Container| {
            itself(container, environment) == Some(recorded.spec.name.as_str()) && recorded.is(container)
        };
        let own = self.own(environment);
        own.iter().find(|container| is(container)).is_some_and(|own| own.state != ContainerState::Created)
    }

    /// Whether what is there is what ran in a revision, container by container.
    pub(in crate::plan) fn is_at(&self, environment: &str, number: u64) -> bool {
        let recorded = self.at(number).map(|record| record.instances.as_deref());
        let Some(recorded) = recorded.unwrap_or(Some(&[])) else { return false };
        let own = self.own(environment);
        let by_instance: HashMap<&str, &Container> =
            own.iter().filter_map(|container| Some((itself(container, environment)?, *container))).collect();
        let is = |one: &Recorded| {
            by_instance.get(one.spec.name.as_str()).is_some_and(|container| one.is(container))
        };
        own.len() == recorded.len() && recorded.iter().all(is)
    }
}

/// The highest number that is known.
pub(in crate::plan) fn highest(revision_stores: &[RevisionStore<'_>], observed: &Observed) -> u64 {
    let recorded = revision_stores.iter().filter_map(|store| store.records.last());
    recorded.map(|record| record.number).max().unwrap_or_default().max(observed.recorded)
}
