//! What a record will show of an environment when a plan is done.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use super::{
    specification::{service_specification, specification},
    store::RevisionStore,
};
use crate::{
    model::{
        Environment, Instance, InstanceId, Required, ShipId,
        container::LABEL_INSTANCE,
        shared::SharedSpec,
        swarm::{LABEL_SWARM, ServiceRequest},
    },
    observed::{
        Container,
        revision::{Author, Needed, Record, Recorded},
    },
    plan::{
        Plan, Step,
        action::{Action, ContainerAction, ImageAction, RecordAction, ServiceAction},
        reason::Reason,
    },
};

/// Stop timeout of a container whose timeout no file declares.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// What an environment runs after a plan, as its record shows it.
#[derive(Clone)]
pub(super) struct Snapshot<'a> {
    environment: &'a Environment,
    author: &'a Author,
    /// Whether it is what the author found.
    is_found: bool,
    /// The instances on each ship.
    instances_by_ship: Vec<Vec<InstanceId>>,
    /// The names of all instances.
    declared: HashSet<&'a str>,
    /// What is going to be made before, by instance.
    made: HashMap<InstanceId, &'a SharedSpec>,
    /// Services on Swarms that are going to be made or changed before, by instance.
    services: HashMap<InstanceId, &'a ServiceRequest>,
    /// The ids of containers that an ended run has left and that are going to take their instances' names before.
    renamed: HashMap<InstanceId, &'a str>,
    /// The ids of containers that are going to be removed before.
    removed: HashSet<&'a str>,
    /// Images that are going to be fetched before, and where.
    pulled: HashSet<(ShipId, &'a str)>,
}

impl<'a> Snapshot<'a> {
    /// What is written down when that plan is carried out.
    pub(super) fn before(environment: &'a Environment, plan: &'a Plan, author: &'a Author) -> Self {
        let (made, renamed, services) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (removed, pulled) = (HashSet::new(), HashSet::new());
        let declared = environment.instances.iter().map(|instance| instance.name.as_str()).collect();
        let mut instances_by_ship = vec![Vec::new(); environment.ships.len()];
        for id in environment.instance_ids() {
            instances_by_ship[environment.instance(id).ship.0].push(id);
        }
        let mut scene = Self {
            environment,
            author,
            is_found: false,
            instances_by_ship,
            declared,
            made,
            services,
            renamed,
            removed,
            pulled,
        };
        for step in plan.steps.iter().filter(|step| step.compensation.is_none()) {
            scene.take_in(step);
        }
        scene
    }

    /// The same, recorded as what the author found.
    pub(super) fn found(&self) -> Self {
        Self { is_found: true, ..self.clone() }
    }

    /// Takes in what a step changes of the containers and images that are recorded.
    fn take_in(&mut self, step: &'a Step) {
        match &step.action {
            Action::Container(action) => self.take_in_container(step, action),
            Action::Image(ImageAction::Pull { image, .. } | ImageAction::Carry { image, .. }) => {
                self.pulled.insert((step.ship, image));
            }
            Action::Service(
                ServiceAction::Create { request, .. } | ServiceAction::Update { request, .. },
            ) => {
                self.services.extend(step.instance.map(|id| (id, &**request)));
            }
            Action::Image(ImageAction::Remove { .. })
            | Action::Network(_)
            | Action::Volume(_)
            | Action::Record(_)
            | Action::Wait(_) => {}
        }
    }

    fn take_in_container(&mut self, step: &Step, action: &'a ContainerAction) {
        match action {
            ContainerAction::Create { spec, .. } => {
                if let Some(id) = step.instance {
                    self.made.entry(id).or_insert(spec);
                }
            }
            ContainerAction::Reload { .. } => {
                if let Some(id) = step.instance {
                    self.made.entry(id).or_insert(&self.environment.instance(id).container);
                }
            }
            ContainerAction::Rename { id: Some(container), to, .. } => {
                if let Some(id) =
                    step.instance.filter(|id| self.environment.instance(*id).container_name() == *to)
                {
                    self.renamed.insert(id, container);
                }
            }
            ContainerAction::Remove { id, .. } => {
                self.removed.insert(id);
            }
            ContainerAction::Copy { .. }
            | ContainerAction::Rename { id: None, .. }
            | ContainerAction::Discard { .. }
            | ContainerAction::Start { .. }
            | ContainerAction::Stop { .. }
            | ContainerAction::Kill { .. }
            | ContainerAction::Pause { .. }
            | ContainerAction::Unpause { .. } => {}
        }
    }

    pub(super) fn step(
        &self,
        store: &RevisionStore<'_>,
        number: u64,
        instances: Vec<Recorded>,
        reason: Reason,
    ) -> Step {
        let record = Record {
            number,
            environment: self.environment.name.clone(),
            author: self.author.clone(),
            is_found: self.is_found,
            created: None,
            instances: Some(instances),
            newer: None,
            is_older: false,
            past_images: Vec::new(),
        };
        let action = Action::Record(RecordAction::Write { record: Box::new(record) });
        Step { ship: store.ship, instance: None, action, reason, after: Vec::new(), compensation: None }
    }

    /// What will run on an engine when the plan is carried out.
    pub(super) fn on(&self, store: &RevisionStore<'_>) -> Vec<Recorded> {
        let mut ids: Vec<InstanceId> =
            store.ships.iter().flat_map(|ship| &self.instances_by_ship[ship.0]).copied().collect();
        ids.sort_unstable();
        let mut all: Vec<Recorded> = ids.into_iter().filter_map(|id| self.instance(store, id)).collect();
        let stays = |container: &&Container| {
            let instance = container.labels.get(LABEL_INSTANCE).map_or("", String::as_str);
            !self.removed.contains(container.id.as_str()) && !self.declared.contains(instance)
        };
        let own = store.own(&self.environment.name);
        all.extend(own.into_iter().filter(stays).map(|container| self.kept(store, container, None)));
        all
    }

    fn instance(&self, store: &RevisionStore<'_>, id: InstanceId) -> Option<Recorded> {
        let instance = self.environment.instance(id);
        if let Some(request) = self.services.get(&id) {
            return Some(self.service(instance, request));
        }
        if let Some(spec) = self.made.get(&id) {
            return Some(self.made(store, instance, spec));
        }
        let ours = |container: &&Container| container.belongs_to(&self.environment.name, &instance.name);
        let containers = &store.holdings.containers;
        let container = match self.renamed.get(&id) {
            Some(renamed) => containers.values().find(|container| container.id == *renamed),
            None => containers.get(instance.container_name()),
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

    fn service(&self, instance: &Instance, request: &ServiceRequest) -> Recorded {
        Recorded {
            config: instance.container.hash().to_owned(),
            service: Some(Box::new(request.clone())),
            ..self.declared(instance, instance.container.clone())
        }
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
            service: None,
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
        if self.environment.ship(instance.map_or(store.ship, |instance| instance.ship)).swarm {
            return self.kept_service(store, container, instance);
        }
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
            service: None,
        }
    }

    /// A service that stays as it is: the same way round as [`Self::kept`].
    fn kept_service(
        &self,
        store: &RevisionStore<'_>,
        service: &Container,
        instance: Option<&Instance>,
    ) -> Recorded {
        let hash = service.labels.get(LABEL_SWARM).map(String::as_str);
        let declared = instance.and_then(|instance| {
            let request = ServiceRequest::of(instance, instance.swarm.as_deref()?, &self.environment.volumes);
            let recorded = self.service(instance, &request);
            (hash.is_some() && recorded.is(service)).then_some(recorded)
        });
        if let Some(declared) = declared {
            return declared;
        }
        let name = service.labels.get(LABEL_INSTANCE).unwrap_or(&service.name);
        let mut earlier = store.records.iter().rev().filter_map(|record| record.instance(name));
        if let Some(one) = earlier.find(|one| one.is(service)) {
            return one.clone();
        }
        let description = store.holdings.descriptions.get(&service.id).cloned().unwrap_or_default();
        let ship = instance.map_or(store.ship, |instance| instance.ship);
        Recorded {
            ship: self.environment.ship(ship).name.clone(),
            spec: service_specification(name, &description).into(),
            config: service.config_hash().unwrap_or_default().to_owned(),
            image_id: String::new(),
            digest: None,
            stop_timeout: instance.map_or(STOP_TIMEOUT, |instance| instance.stop_timeout),
            requires: None,
            service: description.service.map(|document| Box::new(ServiceRequest { document: *document })),
        }
    }
}
