//! Images that nothing of an environment needs any more: `clean --images` and `down --images` remove them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Plan, Step, StepId, Wait,
    action::{Action, ContainerAction, ImageAction, RecordAction},
    reason::Reason,
    revision::{RevisionStore, revision_stores},
};
use crate::{
    model::{
        Environment, InstanceId,
        container::{LABEL_ENVIRONMENT, MountKind},
        registry::is_same_repository,
    },
    observed::{Container, Observed, revision::Record},
};

/// The plan with the steps that remove the images that the environment's containers and records have used, and that no
/// container, no declared instance but those of `gone` and no kept revision needs. An image that has a name which nothing
/// of the environment uses stays: somebody else gave it. Volumes must have been asked for, among which are the records of
/// other environments.
#[must_use]
pub fn with_images(
    mut plan: Plan,
    environment: &Environment,
    observed: &Observed,
    gone: &BTreeSet<InstanceId>,
) -> Plan {
    let observed = observed.by_label(environment);
    let mut steps = Vec::new();
    for store in revision_stores(environment, &observed) {
        let images = OwnImages::of(environment, &store, &plan, gone);
        steps.extend(images.unneeded().into_iter().map(|(id, names)| Step {
            ship: store.ship,
            instance: None,
            action: Action::Image(ImageAction::Remove { id, names }),
            reason: Reason::ImageUnneeded,
            after: images.after.clone(),
            compensation: None,
        }));
    }
    plan.steps.extend(steps);
    plan
}

/// The images of an environment on one engine.
struct OwnImages {
    /// The ids and names of all images that there are.
    there: BTreeMap<String, Vec<String>>,
    /// The ids of those that the environment has used.
    used: BTreeSet<String>,
    /// The ids of those that are needed.
    needed: BTreeSet<String>,
    /// References that the environment has used.
    references: BTreeSet<String>,
    /// What removes the containers and records that need images now.
    after: Vec<Wait>,
}

impl OwnImages {
    fn of(
        environment: &Environment,
        store: &RevisionStore<'_>,
        plan: &Plan,
        gone: &BTreeSet<InstanceId>,
    ) -> Self {
        let mut own = Self {
            there: BTreeMap::new(),
            used: BTreeSet::new(),
            needed: BTreeSet::new(),
            references: BTreeSet::new(),
            after: Vec::new(),
        };
        for (name, id) in store.holdings.images.iter().flatten() {
            let names = own.there.entry(id.clone()).or_default();
            names.extend((name != id).then(|| name.clone()));
        }
        let (removed, forgotten) = own.ends(store, plan);
        own.containers(environment, store, &removed);
        for record in store.records {
            own.record(record, forgotten.contains(&record.number));
        }
        own.instances(environment, store, gone);
        // Other environments may come back to what they have recorded.
        for labels in store.holdings.volumes.iter().flatten().map(|(_, labels)| labels) {
            let record = Record::from_labels(labels, None);
            if let Some(other) = record.filter(|record| record.environment != environment.name) {
                let instances = other.instances.into_iter().flatten();
                own.needed.extend(instances.map(|one| one.image_id).chain(other.past_images));
            }
        }
        own
    }

    /// The containers that a plan removes from an engine, and the numbers of the revisions that it forgets there.
    fn ends(&mut self, store: &RevisionStore<'_>, plan: &Plan) -> (BTreeSet<String>, BTreeSet<u64>) {
        let (mut removed, mut forgotten) = (BTreeSet::new(), BTreeSet::new());
        for (at, step) in plan.steps.iter().enumerate().filter(|(_, step)| store.ships.contains(&step.ship)) {
            match &step.action {
                Action::Container(ContainerAction::Remove { id, .. }) => {
                    removed.insert(id.clone());
                }
                Action::Record(RecordAction::Forget { revision, .. }) => {
                    forgotten.insert(*revision);
                }
                Action::Container(_)
                | Action::Service(_)
                | Action::Image(_)
                | Action::Network(_)
                | Action::Volume(_)
                | Action::Record(RecordAction::Write { .. })
                | Action::Wait(_) => continue,
            }
            self.after.push(Wait::Step(StepId(at)));
        }
        (removed, forgotten)
    }

    fn containers(
        &mut self,
        environment: &Environment,
        store: &RevisionStore<'_>,
        removed: &BTreeSet<String>,
    ) {
        let is_own = |container: &Container| {
            container.labels.get(LABEL_ENVIRONMENT).is_some_and(|of| *of == environment.name)
        };
        for container in store.holdings.containers.values() {
            if is_own(container) {
                self.used.insert(container.image_id.clone());
                self.references.insert(container.image.clone());
            }
            if !removed.contains(&container.id) {
                self.needed.insert(container.image_id.clone());
                self.needed.extend(store.holdings.image_id(&container.image).map(str::to_owned));
            }
        }
    }

    fn record(&mut self, record: &Record, is_forgotten: bool) {
        for one in record.instances.iter().flatten() {
            self.used.insert(one.image_id.clone());
            self.references.insert(one.spec.image.clone());
            self.references.extend(one.digest.clone());
            if !is_forgotten {
                self.needed.insert(one.image_id.clone());
            }
        }
        self.used.extend(record.past_images.iter().cloned());
    }

    fn instances(
        &mut self,
        environment: &Environment,
        store: &RevisionStore<'_>,
        gone: &BTreeSet<InstanceId>,
    ) {
        for id in environment.instance_ids() {
            let instance = environment.instance(id);
            let mounts = instance.container.mounts.iter().filter(|mount| mount.kind() == MountKind::Image);
            let references = mounts.map(|mount| &mount.source).chain([&instance.container.image]);
            self.references.extend(references.clone().cloned());
            if store.ships.contains(&instance.ship) && !gone.contains(&id) {
                let ids = references.filter_map(|reference| store.holdings.image_id(reference));
                self.needed.extend(ids.map(str::to_owned));
            }
        }
    }

    /// Ids and names of images that are there, were used, are not needed, and have no name of somebody else.
    fn unneeded(&self) -> Vec<(String, Vec<String>)> {
        let is_own = |name: &String| self.references.iter().any(|own| is_same_repository(own, name));
        let unneeded = self.there.iter().filter(|(id, names)| {
            self.used.contains(*id) && !self.needed.contains(*id) && names.iter().all(is_own)
        });
        unneeded.map(|(id, names)| (id.clone(), names.clone())).collect()
    }
}
