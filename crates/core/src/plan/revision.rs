//! Revisions, written by the plan that makes them: the last step on every engine writes down what runs there then.
//! So what fails or is broken off makes no revision, and neither does what changes nothing.

mod contents;
pub mod history;
mod missing;
mod past;
pub mod rollback;
mod snapshot;
pub mod specification;
mod store;
mod stored;

use std::collections::BTreeMap;

use super::{
    Barrier, BarrierId, Plan, Step, StepId, Wait,
    action::{Action, ContainerAction, RecordAction},
    reason::{BarrierKind, Reason},
};
use crate::{
    model::{Environment, ShipId, container::LABEL_ENVIRONMENT},
    observed::{
        Container, Observed,
        revision::{Author, Record, Recorded},
    },
};
use snapshot::Snapshot;
pub(super) use store::{RevisionStore, highest, revision_stores};

/// The plan with the steps that record what it makes of the environment, and before the very first change what was there.
#[must_use]
pub fn recorded(plan: Plan, environment: &Environment, observed: &Observed, author: &Author) -> Plan {
    let observed = observed.by_label(environment);
    let environment = &*observed.on_its_networks(environment);
    let revision_stores = revision_stores(environment, &observed);
    let highest = highest(&revision_stores, &observed);
    if revision_stores.is_empty() || (!plan.changes() && (highest == 0 || !plan.blocked.is_empty())) {
        return plan;
    }
    let nothing = Plan::default();
    let now = Snapshot::before(environment, &nothing, author);
    let then = Snapshot::before(environment, &plan, author);
    let after: Vec<Vec<Recorded>> = revision_stores.iter().map(|store| then.on(store)).collect();
    let latest = |store: &RevisionStore<'_>| match store.records.last() {
        Some(record) => record.instances.clone(),
        None if highest == 0 => Some(now.on(store)),
        None => Some(Vec::new()),
    };
    let is_new = revision_stores
        .iter()
        .zip(&after)
        .any(|(store, after)| !latest(store).is_some_and(|one| same(&one, after)));
    let there = revision_stores.iter().any(|store| !store.own(&environment.name).is_empty());
    let mut number = highest.saturating_add(1);
    let mut found = Vec::new();
    if highest == 0 && there && is_new {
        let before = now.found();
        let step = |store| before.step(store, number, before.on(store), Reason::FirstRecord);
        found = revision_stores.iter().map(step).collect();
        number += 1;
    }
    if !is_new && highest > 0 {
        return plan;
    }
    let reason = if plan.changes() { Reason::Recorded } else { Reason::RevisionDiffers };
    let each = revision_stores.iter().zip(after);
    let steps: Vec<Step> =
        each.map(|(store, after)| then.step(store, number, after, reason.clone())).collect();
    let more = found.len() / revision_stores.len() + 1;
    let steps =
        revision_stores.iter().zip(steps).map(|(store, step)| past::with_past_images(store, more, step));
    let steps: Vec<Step> = steps.collect();
    let mut plan = behind(found, plan);
    let first = plan.steps.len();
    append(&mut plan, steps);
    for (at, store) in revision_stores.iter().enumerate() {
        let old = past::forgotten(store, more);
        let wait = Wait::Step(StepId(first + at));
        let files = stored::of_forgotten(&plan, environment, store, (old, first + at));
        plan.steps.extend(files);
        let forget = |record| forget(store.ship, record, Reason::TooManyRevisions, vec![wait]);
        let forget = store.records[..old].iter().map(forget);
        plan.steps.extend(forget);
    }
    plan
}

/// The plan of `clean` with the steps that forget the revisions on engines where nothing of the environment is left.
#[must_use]
pub fn forgotten(mut plan: Plan, environment: &Environment, observed: &Observed) -> Plan {
    for store in revision_stores(environment, observed) {
        let here = plan.steps.iter().enumerate().filter(|(_, step)| store.ships.contains(&step.ship));
        let removed: BTreeMap<&str, Wait> = here
            .filter_map(|(at, step)| {
                let Action::Container(ContainerAction::Remove { id, .. }) = &step.action else { return None };
                Some((id.as_str(), Wait::Step(StepId(at))))
            })
            .collect();
        let is_left = |container: &Container| {
            container.labels.get(LABEL_ENVIRONMENT) == Some(&environment.name)
                && !removed.contains_key(container.id.as_str())
        };
        if store.holdings.containers.values().any(is_left) {
            continue;
        }
        let waits: Vec<Wait> = removed.into_values().collect();
        let forget = |record| forget(store.ship, record, Reason::EnvironmentGone, waits.clone());
        let forget = store.records.iter().map(forget);
        let files = stored::all(&plan, environment, &store, &waits);
        plan.steps.extend(forget.chain(files).collect::<Vec<_>>());
    }
    plan
}

fn forget(ship: ShipId, record: &Record, reason: Reason, after: Vec<Wait>) -> Step {
    let action = Action::Record(RecordAction::Forget { revision: record.number, volume: record.volume() });
    Step { ship, instance: None, action, reason, after, compensation: None }
}

/// Whether two lists tell of the same containers. An image that is still to be pulled is none that is known.
fn same(one: &[Recorded], other: &[Recorded]) -> bool {
    let key = |list: &[Recorded]| -> BTreeMap<String, (String, String)> {
        let image = |one: &Recorded| match &one.service {
            // It has the hash of all that it is made of in place of an image's id.
            Some(service) => service.hash().unwrap_or_default().to_owned(),
            None => one.image_id.clone(),
        };
        list.iter().map(|one| (one.spec.name.clone(), (one.config.clone(), image(one)))).collect()
    };
    one.len() == other.len() && key(one) == key(other)
}

/// The plan behind these steps: nothing of it begins before they are done.
fn behind(first: Vec<Step>, mut plan: Plan) -> Plan {
    if first.is_empty() {
        return plan;
    }
    let by = first.len();
    let shift = |waits: &mut Vec<Wait>| {
        for wait in waits {
            if let Wait::Step(step) = wait {
                step.0 += by;
            }
        }
    };
    plan.barriers.iter_mut().for_each(|barrier| shift(&mut barrier.after));
    plan.steps.iter_mut().for_each(|step| shift(&mut step.after));
    plan.compensations.iter_mut().flat_map(|compensation| &mut compensation.of).for_each(|step| step.0 += by);
    let all: Vec<Wait> = (0..by).map(|step| Wait::Step(StepId(step))).collect();
    let waits = gated(&mut plan, BarrierKind::RecordedBefore, all);
    for step in plan.steps.iter_mut().filter(|step| step.after.is_empty()) {
        step.after.extend(waits.iter().copied());
    }
    plan.steps.splice(0..0, first);
    plan
}

/// Adds steps that wait for all others that are done if nothing fails.
fn append(plan: &mut Plan, steps: Vec<Step>) {
    let others = plan.steps.iter().enumerate().filter(|(_, step)| step.compensation.is_none());
    let all: Vec<Wait> = others.map(|(at, _)| Wait::Step(StepId(at))).collect();
    let waits = gated(plan, BarrierKind::AllDone, all);
    plan.steps.extend(steps.into_iter().map(|step| Step { after: waits.clone(), ..step }));
}

fn gated(plan: &mut Plan, kind: BarrierKind, after: Vec<Wait>) -> Vec<Wait> {
    if after.len() < 2 {
        return after;
    }
    plan.barriers.push(Barrier { kind, after, tolerance: None });
    vec![Wait::Barrier(BarrierId(plan.barriers.len() - 1))]
}
