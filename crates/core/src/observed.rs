//! What the engines said, once, before anything was planned. A ship that does not answer is a value here, not an error.

mod age;
pub mod carriable;
mod container;
pub mod copy_mark;
pub mod description;
pub mod event;
pub mod fresh_image;
pub mod kept_files;
pub mod left_behind;
pub mod link_check;
pub mod mounts;
pub mod note;
pub mod ownership;
pub mod pull;
pub mod restore_mark;
pub mod revision;
pub mod service;
pub mod ship_facts;
pub mod stopped;
pub mod usage;
pub mod volume_use;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    time::Duration,
};

pub use age::Age;
use carriable::Carriable;
pub use container::{ConfigComparison, Container, ContainerState, Published};
use description::{Description, ImageDefaults};
use kept_files::KeptFiles;
use left_behind::LeftBehind;
use ownership::Lookalike;
use revision::Record;
use stopped::StoppedOnPurpose;

use crate::fault::ShipFault;
use crate::model::{
    Environment, InstanceId, ShipId,
    container::{LABEL_ENVIRONMENT, Network, older_network_name, tagged_image},
    name::is_successor_name,
};

/// What all ships said; one entry a ship, in the order of [`Environment::ships`].
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// By [`ShipId`].
    pub ships: Vec<ShipState>,
    /// The highest number of a revision on ships of which nothing else was asked; 0 if there is none.
    pub recorded: u64,
    /// Images that a ship lacks and another engine has, by the ship and their reference, where they were looked for.
    pub carriable: BTreeMap<(ShipId, String), Carriable>,
    /// The ship on which an instance ran, by its name, of ships that answered before and do not any more.
    pub last_seen: BTreeMap<String, ShipId>,
}

/// What one ship said.
#[expect(clippy::large_enum_variant, reason = "there is one a ship, and nearly all answer")]
#[derive(Debug, Clone)]
pub enum ShipState {
    /// Nothing was asked of it, because nothing that was selected is there.
    NotAsked,
    /// Its engine answered.
    Answering(Holdings),
    /// Its engine did not answer: nothing is known about what runs there.
    Unreachable {
        /// Why.
        reason: ShipFault,
    },
}

/// What an engine has.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    /// Tells engines apart: two ships with the same identity are one engine.
    pub engine_id: Option<String>,
    /// All containers, running or not, by name.
    pub containers: HashMap<String, Container>,
    /// Of a Swarm: this environment's containers that its managers' engines run beside it, by their names.
    pub beside: Vec<Container>,
    /// Containers that bear this environment's labels, but not as their own. Among `containers` they have no label of
    /// Maestro's, so everything treats them as unmanaged.
    pub lookalikes: Vec<Lookalike>,
    /// The engine's ids of all images, by reference, when they were asked for.
    pub images: Option<BTreeMap<String, String>>,
    /// How long ago the engine last gave an image its name, by the image's reference, where a `pull_policy` asks for it and
    /// the engine knows.
    pub image_ages: BTreeMap<String, Duration>,
    /// Networks by name, with their labels, when they were asked for.
    pub networks: Option<HashMap<String, BTreeMap<String, String>>>,
    /// Volumes by name, with their labels, when they were asked for.
    pub volumes: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// How this environment's containers are made, by id, when that was asked for.
    pub descriptions: HashMap<String, Description>,
    /// What the images of these add by themselves, by the engine's id.
    pub defaults: HashMap<String, ImageDefaults>,
    /// The revisions of this environment that are recorded there, oldest first, when they were asked for.
    pub revisions: Option<Vec<Record>>,
    /// Names of volumes that bear the labels of such a record and are none.
    pub left_aside: Vec<String>,
    /// Anonymous volumes that this environment's containers have left behind, when they were asked for.
    pub left_behind: Vec<LeftBehind>,
    /// What is kept for copied files, when it was asked for. Labels of containers are up to date with it.
    pub files: KeptFiles,
    /// The instances that were stopped on purpose, when they were asked for.
    pub stopped: StoppedOnPurpose,
}

impl Holdings {
    /// Takes in what is kept for copied files: containers and descriptions get the labels that they have since a reload.
    pub fn keep_files(&mut self, files: KeptFiles) {
        for container in self.containers.values_mut() {
            files.bring_up_to_date(&container.id, &mut container.labels);
        }
        for (id, description) in &mut self.descriptions {
            files.bring_up_to_date(id, &mut description.labels);
        }
        self.files = files;
    }

    /// The container with this id, be it one beside a Swarm.
    #[must_use]
    pub fn container(&self, id: &str) -> Option<&Container> {
        self.containers.values().chain(&self.beside).find(|container| container.id == id)
    }

    /// Whether the engine has a container of this environment.
    #[must_use]
    pub fn has_any_of(&self, environment: &str) -> bool {
        self.containers.values().any(|container| container.instance_of(environment).is_some())
    }

    /// Whether `image` is on the engine. False as well when images were not asked for.
    #[must_use]
    pub fn has_image(&self, image: &str) -> bool {
        self.image_id(image).is_some()
    }

    /// Whether `image` is on the engine and got its name there longer ago than that, or nobody knows when.
    #[must_use]
    pub fn is_image_older(&self, image: &str, age: Duration) -> bool {
        self.has_image(image) && self.image_ages.get(image).is_none_or(|known| *known > age)
    }

    /// The engine's id of `image`; none if it is not there, or images were not asked for.
    #[must_use]
    pub fn image_id(&self, image: &str) -> Option<&str> {
        let images = self.images.as_ref()?;
        images.get(&tagged_image(image)).or_else(|| images.get(image)).map(String::as_str)
    }
}

/// What is known about one instance.
#[derive(Debug, Clone, Copy)]
pub enum InstanceState<'a> {
    /// It has no container, and no other has its container's name.
    Absent,
    /// Its container, with our labels.
    Ours(&'a Container),
    /// A container that has its container's name, and that this environment did not make for it.
    Unmanaged(&'a Container),
    /// Its ship does not answer.
    Unreachable {
        /// Why.
        reason: &'a ShipFault,
    },
    /// Its ship was not asked.
    Unknown,
}

impl Observed {
    /// The same, but with containers that are not named as their instance's container under that name, where nothing else
    /// has it: somebody renamed them, the file names them otherwise now, or a run was ended before it could. Of several,
    /// the one that was there before its successor counts, and one that runs before one that does not.
    #[must_use]
    pub fn by_label(&self, environment: &Environment) -> Cow<'_, Self> {
        let misnamed = self.misnamed(environment);
        if misnamed.is_empty() {
            return Cow::Borrowed(self);
        }
        // By ship and the name that it has: the name under which it is to be found.
        let mut moved: BTreeMap<(ShipId, String), String> = BTreeMap::new();
        for ((ship, id), containers) in &misnamed {
            let instance = environment.instance(*id);
            let named = self.holdings(*ship).and_then(|all| all.containers.get(instance.container_name()));
            if named.is_some_and(|named| named.belongs_to(&environment.name, &instance.name)) {
                continue;
            }
            let rank = |container: &&&Container| {
                let is_successor = is_successor_name(&container.name, &instance.name);
                (is_successor, !container.state.is_up(), container.name.clone())
            };
            if let Some(own) = containers.iter().min_by_key(rank) {
                moved.insert((*ship, own.name.clone()), instance.container_name().to_owned());
            }
        }
        // One may have the name that another is to be found under; it is free only if that one is found elsewhere.
        loop {
            let is_taken = |ship: ShipId, name: &String| {
                let there = self.holdings(ship).is_some_and(|all| all.containers.contains_key(name));
                there && !moved.contains_key(&(ship, name.clone()))
            };
            let stays = moved.iter().find(|((ship, _), name)| is_taken(*ship, name));
            let Some(stays) = stays.map(|(stays, _)| stays.clone()) else { break };
            moved.remove(&stays);
        }
        if moved.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut found = self.clone();
        let taken_out: Vec<(ShipId, String, Container)> = moved
            .into_iter()
            .filter_map(|((ship, before), name)| match found.ships.get_mut(ship.0) {
                Some(ShipState::Answering(holdings)) => {
                    holdings.containers.remove(&before).map(|container| (ship, name, container))
                }
                Some(ShipState::NotAsked | ShipState::Unreachable { .. }) | None => None,
            })
            .collect();
        for (ship, name, container) in taken_out {
            if let Some(ShipState::Answering(holdings)) = found.ships.get_mut(ship.0) {
                holdings.containers.insert(name, container);
            }
        }
        Cow::Owned(found)
    }

    /// The environment with the networks that its ships have: where there is one that an older release made, under its
    /// older name, that is used. Ships whose networks were not asked for keep what the file says.
    #[must_use]
    pub fn on_its_networks<'e>(&self, environment: &'e Environment) -> Cow<'e, Environment> {
        let (newer, older) = (environment.network(), older_network_name(&environment.name));
        let mut found = Cow::Borrowed(environment);
        if newer == older || !environment.declared_networks.is_empty() {
            return found;
        }
        for id in environment.instance_ids() {
            let instance = environment.instance(id);
            let holdings = self.holdings(instance.ship);
            let Some(networks) = holdings.and_then(|holdings| holdings.networks.as_ref()) else { continue };
            let is_ours = |labels: &BTreeMap<String, String>| {
                labels.get(LABEL_ENVIRONMENT).is_some_and(|of| *of == environment.name)
            };
            let used = if networks.get(&older).is_some_and(is_ours) { &older } else { &newer };
            if let Network::Environment { name, .. } = &instance.container.network
                && name != used
                && let Network::Environment { name, .. } =
                    &mut found.to_mut().instances[id.0].container.network
            {
                name.clone_from(used);
            }
        }
        found
    }

    /// This environment's containers that are not named as their instance's container, by its ship and instance.
    pub(crate) fn misnamed<'a>(
        &'a self,
        environment: &Environment,
    ) -> HashMap<(ShipId, InstanceId), Vec<&'a Container>> {
        let ids: HashMap<&str, InstanceId> =
            environment.instance_ids().map(|id| (environment.instance(id).name.as_str(), id)).collect();
        let mut found: HashMap<(ShipId, InstanceId), Vec<&Container>> = HashMap::new();
        for ship in environment.ship_ids() {
            for container in self.holdings(ship).iter().flat_map(|holdings| holdings.containers.values()) {
                let of = container.instance_of(&environment.name);
                let Some(&id) = of.and_then(|instance| ids.get(instance)) else { continue };
                let instance = environment.instance(id);
                if instance.ship == ship && container.name != instance.container_name() {
                    found.entry((ship, id)).or_default().push(container);
                }
            }
        }
        found
    }

    /// This environment's containers that are on another ship than their instance, by that, in the order of ships and names.
    pub(crate) fn elsewhere<'a>(
        &'a self,
        environment: &Environment,
    ) -> HashMap<InstanceId, Vec<(ShipId, &'a Container)>> {
        let ids: HashMap<&str, InstanceId> =
            environment.instance_ids().map(|id| (environment.instance(id).name.as_str(), id)).collect();
        let mut found: HashMap<InstanceId, Vec<(ShipId, &Container)>> = HashMap::new();
        for ship in environment.ship_ids() {
            for container in self.holdings(ship).iter().flat_map(|holdings| holdings.containers.values()) {
                let of = container.instance_of(&environment.name);
                let Some(&id) = of.and_then(|instance| ids.get(instance)) else { continue };
                if environment.instance(id).ship != ship {
                    found.entry(id).or_default().push((ship, container));
                }
            }
        }
        for containers in found.values_mut() {
            containers.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        }
        found
    }

    /// Takes what ships say now in the place of what they said before, and keeps in mind what ran on those that do not
    /// answer any more.
    pub fn renew(&mut self, environment: &Environment, states: Vec<ShipState>) {
        for (at, (before, now)) in self.ships.iter().zip(&states).enumerate() {
            let (ShipState::Answering(known), ShipState::Unreachable { .. }) = (before, now) else {
                continue;
            };
            let up = known.containers.values().filter(|container| container.state.is_up());
            let ours = up.filter_map(|container| container.instance_of(&environment.name));
            self.last_seen.extend(ours.map(|instance| (instance.to_owned(), ShipId(at))));
        }
        self.ships = states;
    }

    /// What that ship said.
    #[must_use]
    pub fn ship(&self, id: ShipId) -> &ShipState {
        self.ships.get(id.0).unwrap_or(&ShipState::NotAsked)
    }

    /// The ships that do not answer, and why.
    pub fn silent(&self) -> impl Iterator<Item = (ShipId, &ShipFault)> {
        let each = self.ships.iter().enumerate();
        each.filter_map(|(at, ship)| match ship {
            ShipState::Unreachable { reason } => Some((ShipId(at), reason)),
            ShipState::NotAsked | ShipState::Answering(_) => None,
        })
    }

    /// What that ship has, if it answered.
    #[must_use]
    pub fn holdings(&self, id: ShipId) -> Option<&Holdings> {
        match self.ship(id) {
            ShipState::Answering(holdings) => Some(holdings),
            ShipState::NotAsked | ShipState::Unreachable { .. } => None,
        }
    }

    /// Whether a ship that was asked did not answer.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.ships.iter().any(|state| matches!(state, ShipState::Unreachable { .. }))
    }

    /// What is known about an instance.
    #[must_use]
    pub fn instance(&self, environment: &Environment, id: InstanceId) -> InstanceState<'_> {
        let instance = environment.instance(id);
        match self.ship(instance.ship) {
            ShipState::NotAsked => InstanceState::Unknown,
            ShipState::Unreachable { reason } => InstanceState::Unreachable { reason },
            ShipState::Answering(holdings) => match holdings.containers.get(instance.container_name()) {
                None => InstanceState::Absent,
                Some(container) if container.belongs_to(&environment.name, &instance.name) => {
                    InstanceState::Ours(container)
                }
                Some(container) => InstanceState::Unmanaged(container),
            },
        }
    }
}
