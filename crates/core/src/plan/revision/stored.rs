//! Configs and secrets of a Swarm that nothing needs once revisions are forgotten.

use std::collections::BTreeSet;

use super::RevisionStore;
use crate::{
    model::{Environment, swarm::is_stored_name},
    observed::revision::Record,
    plan::{
        Plan, Step, StepId, Wait,
        action::{Action, RecordAction, VolumeAction},
        reason::Reason,
    },
};

/// The steps that remove what the oldest records alone need, so many as are forgotten. They wait for the step that writes the
/// new record.
pub(super) fn of_forgotten(
    plan: &Plan,
    environment: &Environment,
    store: &RevisionStore<'_>,
    (forgotten, written): (usize, usize),
) -> Vec<Step> {
    let (old, kept) = store.records.split_at(forgotten.min(store.records.len()));
    // What was found before the first revision is written too.
    let new = plan.steps.iter().filter(|step| step.ship == store.ship).filter_map(|step| {
        let Action::Record(RecordAction::Write { record }) = &step.action else { return None };
        Some(&**record)
    });
    let needed: BTreeSet<&str> = kept.iter().chain(new).flat_map(names).collect();
    let planned = planned(plan);
    let gone: BTreeSet<&str> = old.iter().flat_map(names).collect();
    let gone = gone
        .into_iter()
        .filter(|name| is_stored_name(name) && !needed.contains(name) && !planned.contains(name));
    let waits = [Wait::Step(StepId(written))];
    gone.map(|name| removal(environment, store, name, (Reason::TooManyRevisions, &waits))).collect()
}

/// The steps that remove all of them, with the last service that needs them.
pub(super) fn all(
    plan: &Plan,
    environment: &Environment,
    store: &RevisionStore<'_>,
    waits: &[Wait],
) -> Vec<Step> {
    let planned = planned(plan);
    let names = store.holdings.files.volumes.iter();
    names
        .filter(|name| environment.ship(store.ship).swarm && !planned.contains(name.as_str()))
        .map(|name| removal(environment, store, name, (Reason::EnvironmentGone, waits)))
        .collect()
}

/// The names of all that a record's services have.
fn names(record: &Record) -> impl Iterator<Item = &str> {
    let services = record.instances.iter().flatten().filter_map(|one| one.service.as_ref());
    services.flat_map(|service| service.stored()).map(|(_, name)| name)
}

/// What the plan removes already.
fn planned(plan: &Plan) -> BTreeSet<&str> {
    let removed = plan.steps.iter().filter_map(|step| {
        let Action::Volume(VolumeAction::RemoveLeftover { name, .. }) = &step.action else { return None };
        Some(name.as_str())
    });
    removed.collect()
}

fn removal(
    environment: &Environment,
    store: &RevisionStore<'_>,
    name: &str,
    (reason, waits): (Reason, &[Wait]),
) -> Step {
    let (name, environment) = (name.to_owned(), environment.name.clone());
    Step {
        ship: store.ship,
        instance: None,
        action: Action::Volume(VolumeAction::RemoveLeftover { name, environment }),
        reason,
        after: waits.to_vec(),
        compensation: None,
    }
}
