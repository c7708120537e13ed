//! Revisions, written by the plan that makes them: the last step on every engine writes down what runs there then.
//! So what fails or is broken off makes no revision, and neither does what changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use super::{
    Barrier, BarrierId, Plan, Step, StepId, Wait,
    action::Action,
    reason::{BarrierKind, Reason},
    specification::specification,
};
use crate::{
    model::{
        Environment, Instance, InstanceId, Required, ShipId,
        container::{LABEL_ENVIRONMENT, LABEL_INSTANCE},
        shared::SharedSpec,
    },
    observed::{
        Container, Holdings, Observed,
        revision::{Author, KEPT, Needed, Record, Recorded, is_itself},
    },
};

/// How long the stop of a container may take of which no file says it.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// An engine that keeps records: ships may share one.
#[derive(Debug)]
pub(super) struct RevisionStore<'a> {
    /// The first ship that leads there.
    pub ship: ShipId,
    /// All of them.
    pub ships: BTreeSet<ShipId>,
    pub holdings: &'a Holdings,
    /// Oldest first.
    pub records: &'a [Record],
}

/// The engines that told of their records, each once.
pub(super) fn revision_stores<'a>(
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
    pub(super) fn at(&self, number: u64) -> Option<&Record> {
        self.records.iter().rev().find(|record| record.number <= number)
    }

    /// The containers of an environment under the names of their instances, in their order.
    pub(super) fn own(&self, environment: &str) -> Vec<&Container> {
        let containers = self.holdings.containers.values();
        let mut own: Vec<_> = containers.filter(|container| is_itself(container, environment)).collect();
        own.sort_by(|a, b| a.name.cmp(&b.name));
        own
    }

    /// Whether what is there is what ran in a revision, container by container.
    pub(super) fn is_at(&self, environment: &str, number: u64) -> bool {
        let recorded = self.at(number).map(|record| record.instances.as_deref());
        let Some(recorded) = recorded.unwrap_or(Some(&[])) else { return false };
        let own = self.own(environment);
        let by_name: HashMap<&str, &Container> =
            own.iter().map(|container| (container.name.as_str(), *container)).collect();
        let is =
            |one: &Recorded| by_name.get(one.spec.name.as_str()).is_some_and(|container| one.is(container));
        own.len() == recorded.len() && recorded.iter().all(is)
    }
}

/// The highest number that is known.
pub(super) fn highest(revision_stores: &[RevisionStore<'_>], observed: &Observed) -> u64 {
    let recorded = revision_stores.iter().filter_map(|store| store.records.last());
    recorded.map(|record| record.number).max().unwrap_or_default().max(observed.recorded)
}

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
        let before = Author { command: format!("what ran before `{}`", author.command), ..author.clone() };
        let before = Snapshot { author: &before, ..now.clone() };
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
    let mut plan = behind(found, plan);
    let first = plan.steps.len();
    append(&mut plan, steps);
    for (at, store) in revision_stores.iter().enumerate() {
        let old = store.records.len().saturating_sub(KEPT - more.min(KEPT));
        let wait = Wait::Step(StepId(first + at));
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
            .filter_map(|(at, step)| match &step.action {
                Action::Remove { id, .. } => Some((id.as_str(), Wait::Step(StepId(at)))),
                _ => None,
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
        plan.steps.extend(forget.collect::<Vec<_>>());
    }
    plan
}

fn forget(ship: ShipId, record: &Record, reason: Reason, after: Vec<Wait>) -> Step {
    let action = Action::Forget { revision: record.number, volume: record.volume() };
    Step { ship, instance: None, action, reason, after, compensation: None }
}

/// Whether two lists tell of the same containers. An image that is still to be pulled is none that is known.
fn same(one: &[Recorded], other: &[Recorded]) -> bool {
    let key = |list: &[Recorded]| -> BTreeMap<String, (String, String)> {
        let each = list.iter().map(|one| (one.spec.name.clone(), (one.config.clone(), one.image_id.clone())));
        each.collect()
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

/// What is written down is seen from here.
#[derive(Clone)]
struct Snapshot<'a> {
    environment: &'a Environment,
    author: &'a Author,
    /// The instances on each ship.
    instances_by_ship: Vec<Vec<InstanceId>>,
    /// The names of all instances.
    declared: HashSet<&'a str>,
    /// What is going to be made before, by instance.
    made: HashMap<InstanceId, &'a SharedSpec>,
    /// The ids of containers that an ended run has left and that are going to take their instances' names before.
    renamed: HashMap<InstanceId, &'a str>,
    /// The ids of containers that are going to be removed before.
    removed: HashSet<&'a str>,
    /// Images that are going to be fetched before, and where.
    pulled: HashSet<(ShipId, &'a str)>,
}

impl<'a> Snapshot<'a> {
    /// What is written down when that plan is carried out.
    fn before(environment: &'a Environment, plan: &'a Plan, author: &'a Author) -> Self {
        let (made, renamed) = (HashMap::new(), HashMap::new());
        let (removed, pulled) = (HashSet::new(), HashSet::new());
        let declared = environment.instances.iter().map(|instance| instance.name.as_str()).collect();
        let mut instances_by_ship = vec![Vec::new(); environment.ships.len()];
        for id in environment.instance_ids() {
            instances_by_ship[environment.instance(id).ship.0].push(id);
        }
        let mut scene =
            Self { environment, author, instances_by_ship, declared, made, renamed, removed, pulled };
        for step in plan.steps.iter().filter(|step| step.compensation.is_none()) {
            match (&step.action, step.instance) {
                (Action::Create { spec, .. }, Some(id)) => drop(scene.made.entry(id).or_insert(spec)),
                (Action::Rename { id: Some(container), to, .. }, Some(id))
                    if *to == environment.instance(id).name =>
                {
                    scene.renamed.insert(id, container);
                }
                (Action::Remove { id, .. }, _) => drop(scene.removed.insert(id)),
                (Action::Pull { image }, _) => drop(scene.pulled.insert((step.ship, image))),
                _ => {}
            }
        }
        scene
    }

    fn step(&self, store: &RevisionStore<'_>, number: u64, instances: Vec<Recorded>, reason: Reason) -> Step {
        let record = Record {
            number,
            environment: self.environment.name.clone(),
            author: self.author.clone(),
            created: None,
            instances: Some(instances),
            is_older: false,
        };
        let action = Action::Record { record: Box::new(record) };
        Step { ship: store.ship, instance: None, action, reason, after: Vec::new(), compensation: None }
    }

    /// What will run on an engine when the plan is carried out.
    fn on(&self, store: &RevisionStore<'_>) -> Vec<Recorded> {
        let mut ids: Vec<InstanceId> =
            store.ships.iter().flat_map(|ship| &self.instances_by_ship[ship.0]).copied().collect();
        ids.sort_unstable();
        let mut all: Vec<Recorded> = ids.into_iter().filter_map(|id| self.instance(store, id)).collect();
        let stays = |container: &&Container| {
            !self.removed.contains(container.id.as_str()) && !self.declared.contains(container.name.as_str())
        };
        let own = store.own(&self.environment.name);
        all.extend(own.into_iter().filter(stays).map(|container| self.kept(store, container, None)));
        all
    }

    fn instance(&self, store: &RevisionStore<'_>, id: InstanceId) -> Option<Recorded> {
        let instance = self.environment.instance(id);
        if let Some(spec) = self.made.get(&id) {
            return Some(self.made(store, instance, spec));
        }
        let ours = |container: &&Container| container.belongs_to(&self.environment.name, &instance.name);
        let containers = &store.holdings.containers;
        let container = match self.renamed.get(&id) {
            Some(renamed) => containers.values().find(|container| container.id == *renamed),
            None => containers.get(&instance.name),
        };
        let container = container.filter(ours)?;
        Some(self.kept(store, container, Some(instance)))
    }

    /// One that is going to be made.
    fn made(&self, store: &RevisionStore<'_>, instance: &Instance, spec: &SharedSpec) -> Recorded {
        let is_pulled = store.ships.iter().any(|ship| self.pulled.contains(&(*ship, spec.image.as_str())));
        let image_id = store.holdings.image_id(&spec.image).filter(|_| !is_pulled).unwrap_or_default();
        let mut recorded = Recorded {
            image_id: image_id.to_owned(),
            config: spec.hash().to_owned(),
            ..self.declared(instance, spec.clone())
        };
        // Where it had to be named by its id or digest, people know it by the name that it had once.
        let mut earlier = store.records.iter().rev().filter_map(|record| record.instance(&instance.name));
        let by_id = |one: &&Recorded| one.image_id == spec.image || one.digest.as_ref() == Some(&spec.image);
        if let Some(one) = earlier.find(by_id) {
            recorded.spec.image.clone_from(&one.spec.image);
            recorded.digest.clone_from(&one.digest);
        }
        recorded
    }

    fn declared(&self, instance: &Instance, spec: SharedSpec) -> Recorded {
        Recorded {
            ship: self.environment.ship(instance.ship).name.clone(),
            spec,
            config: String::new(),
            image_id: String::new(),
            digest: None,
            stop_timeout: instance.stop_timeout,
            requires: Some(self.requires(instance)),
        }
    }

    fn requires(&self, instance: &Instance) -> Vec<Needed> {
        let service = self.environment.service(instance.service);
        let mut requires: Vec<Needed> = Vec::new();
        for requirement in instance.requires.iter().chain(&service.requires) {
            let needed = match requirement.on {
                Required::Service(id) => Needed::Service(self.environment.service(id).name.clone()),
                Required::Instance(id) => Needed::Instance(self.environment.instance(id).name.clone()),
            };
            if !requires.contains(&needed) {
                requires.push(needed);
            }
        }
        requires
    }

    /// One that stays as it is: by what the file says if it was made from that, by an earlier record, or as it was found.
    fn kept(
        &self,
        store: &RevisionStore<'_>,
        container: &Container,
        instance: Option<&Instance>,
    ) -> Recorded {
        let config = container.config_hash().unwrap_or_default().to_owned();
        let image_id = container.image_id.clone();
        if let Some(instance) = instance.filter(|instance| instance.container.hash() == config) {
            return Recorded { config, image_id, ..self.declared(instance, instance.container.clone()) };
        }
        let name = container.labels.get(LABEL_INSTANCE).unwrap_or(&container.name);
        let mut earlier = store.records.iter().rev().filter_map(|record| record.instance(name));
        if let Some(one) = earlier.find(|one| one.is(container)) {
            return Recorded { config, image_id, ..one.clone() };
        }
        let holdings = store.holdings;
        let description = holdings.descriptions.get(&container.id).cloned().unwrap_or_default();
        let defaults = holdings.defaults.get(&description.image_id).cloned().unwrap_or_default();
        let ship = instance.map_or(store.ship, |instance| instance.ship);
        Recorded {
            ship: self.environment.ship(ship).name.clone(),
            spec: specification(name, &description, &defaults).into(),
            config,
            image_id,
            digest: None,
            stop_timeout: instance.map_or(STOP_TIMEOUT, |instance| instance.stop_timeout),
            requires: None,
        }
    }
}
