//! A valid environment: every name resolved, every value checked. What cannot be right cannot be built.

pub mod attachment;
pub mod carried;
pub mod check;
pub mod container;
pub mod endpoint_label;
pub mod file_label;
pub mod filter;
pub mod graph;
pub mod image_build;
mod instance;
pub mod link;
pub mod membership;
pub mod name;
pub mod naming;
pub mod network;
pub mod one_off;
mod own_label;
pub mod patterns;
pub mod peer_comparison;
pub mod peers;
pub mod placement;
pub mod registry;
pub mod selection;
pub mod shared;
mod ship;
pub mod swarm;
pub mod update;
pub mod update_hooks;
pub mod variables;
pub mod volume;

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

pub use crate::endpoint::Endpoint;
use crate::{
    source::Span,
    value::{
        audit::Auditor,
        hook::Hooks,
        pull::PullPolicy,
        secret::{Sensitive, digested},
    },
};
pub use check::Check;
use check::Lifecycle;
use container::Port;
pub use name::ContainerName;
pub use naming::NamePattern;
use network::EnvironmentNetwork;
use shared::SharedSpec;
pub use ship::{ApiVersion, ManagerAddress, Ship};
use volume::EnvironmentVolume;

/// Names a ship of an [`Environment`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShipId(pub usize);
/// Names a service of an [`Environment`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId(pub usize);
/// Names an instance of an [`Environment`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceId(pub usize);

/// All that one file describes.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The environment's name.
    pub name: String,
    /// The hosts, in the order of the file.
    pub ships: Vec<Ship>,
    /// The services, in the order of the file.
    pub services: Vec<Service>,
    /// The instances of all services, in the order of the file.
    pub instances: Vec<Instance>,
    /// The image registries, in the order of the file.
    pub registries: Vec<registry::Registry>,
    /// Who is told of what was done.
    pub audit: Vec<Auditor>,
    /// What the file marks as secret.
    pub sensitive: Sensitive,
    /// How containers are named after their instances (`container_names`); none gives them the instances' names.
    pub container_names: Option<NamePattern>,
    /// The networks that its file declares. With none, containers are on one network of the environment's own.
    pub declared_networks: Vec<EnvironmentNetwork>,
    /// Services of the file that take no part, since none of their profiles is active. What runs of them is no orphan.
    pub inactive: Vec<String>,
    /// Instances of other services that take no part for the same reason.
    pub inactive_instances: Vec<String>,
    /// The named volumes that its file declares. Others are made by an engine when a container first mounts them.
    pub volumes: Vec<EnvironmentVolume>,
    /// The ship on which each instance of a service with a choice was found before it was placed, by its name.
    pub found: BTreeMap<String, ShipId>,
}

impl Environment {
    /// The ship of that id.
    #[must_use]
    pub fn ship(&self, id: ShipId) -> &Ship {
        &self.ships[id.0]
    }

    /// The service of that id.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.0]
    }

    /// The instance of that id.
    #[must_use]
    pub fn instance(&self, id: InstanceId) -> &Instance {
        &self.instances[id.0]
    }

    /// Every instance's id, in the order of the file.
    pub fn instance_ids(&self) -> impl Iterator<Item = InstanceId> + use<> {
        (0..self.instances.len()).map(InstanceId)
    }

    /// Every ship's id, in the order of the file.
    pub fn ship_ids(&self) -> impl Iterator<Item = ShipId> + use<> {
        (0..self.ships.len()).map(ShipId)
    }

    /// The ships of services that have a choice of ships. Where their instances are placed depends on where they run.
    #[must_use]
    pub fn choices(&self) -> std::collections::BTreeSet<ShipId> {
        let has_choice = |service: &&Service| service.candidates.len() > 1;
        self.services
            .iter()
            .filter(has_choice)
            .flat_map(|service| service.candidates.iter().copied())
            .collect()
    }

    /// Whether a service of it hands its names over from a container to the next that runs beside it.
    #[must_use]
    pub fn has_start_first(&self) -> bool {
        self.services.iter().any(|service| service.update.order == update::Order::StartFirst)
    }

    /// The instance of that name.
    #[must_use]
    pub fn instance_named(&self, name: &str) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.name == name)
    }

    /// Name of the bridge network that the environment has on each ship.
    #[must_use]
    pub fn network(&self) -> String {
        container::network_name(&self.name)
    }

    /// The names of the networks that are its own to make and to remove.
    #[must_use]
    pub fn networks(&self) -> Vec<String> {
        if !self.declared_networks.is_empty() {
            let own = self.declared_networks.iter().filter(|network| !network.external);
            return own.map(|network| network.name.clone()).collect();
        }
        // Release 1.0.0-alpha.1 gave another name.
        let mut names = vec![self.network(), container::older_network_name(&self.name)];
        names.dedup();
        names
    }

    /// The network that its file declares under that name; none if it is the environment's own.
    #[must_use]
    pub fn network_named(&self, name: &str) -> Option<&EnvironmentNetwork> {
        self.declared_networks.iter().find(|network| network.name == name)
    }

    /// The named volume that its file declares under that name.
    #[must_use]
    pub fn volume_named(&self, name: &str) -> Option<&EnvironmentVolume> {
        self.volumes.iter().find(|volume| volume.name == name)
    }
}

/// A named group of instances. As data it is what is said of it alone, so that a change of it is seen: without places and
/// without what names others by their number.
#[derive(Debug, Clone, Serialize)]
pub struct Service {
    /// Its name in the file.
    pub name: String,
    /// Left out of commands that name nothing (`omit: true`).
    pub omit: bool,
    /// Its instances.
    #[serde(skip)]
    pub instances: Vec<InstanceId>,
    /// What every instance of it requires.
    #[serde(skip)]
    pub requires: Vec<Requirement>,
    /// How its instances are replaced.
    pub update: update::Update,
    /// Whether a number says how many instances it has: then they are `NAME-1`, `NAME-2` ….
    #[serde(skip)]
    pub replicated: bool,
    /// The ships that its instances are placed on, in the order of the file; empty if the file names the ship of each.
    #[serde(skip)]
    pub candidates: Vec<ShipId>,
    /// How its image is built; none if it is not.
    #[serde(skip)]
    pub build: Option<image_build::SharedBuild>,
    /// Its profiles: it takes part if one of them is active. Without any it always does.
    #[serde(skip)]
    pub profiles: Vec<String>,
    /// Where its name is written.
    #[serde(skip)]
    pub span: Span,
}

/// One container, pinned to a ship. As data it is what is said of it alone, as a [`Service`] is.
#[derive(Debug, Clone, Serialize)]
pub struct Instance {
    /// Its name, which users type and read, and which its container's label bears.
    pub name: String,
    /// Its container's name where that is another; none if the container has the instance's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_name: Option<ContainerName>,
    /// The service that it belongs to.
    #[serde(skip)]
    pub service: ServiceId,
    /// The ship that it is pinned to.
    #[serde(skip)]
    pub ship: ShipId,
    /// What must be ready before it starts, beside what its service requires.
    #[serde(skip)]
    pub requires: Vec<Requirement>,
    /// The names under which it reaches others.
    #[serde(skip)]
    pub links: Vec<link::Link>,
    /// Its ports, by name, for `status -F` and for checks.
    pub ports: Vec<Port>,
    /// What is sent to the engine to create its container.
    #[serde(serialize_with = "hash")]
    pub container: SharedSpec,
    /// How it runs as a service, if its ship is a Swarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swarm: Option<Box<swarm::SwarmSpec>>,
    /// The files that its specification names, with their contents.
    #[serde(skip)]
    pub files: carried::CarriedFiles,
    /// When its image is pulled.
    #[serde(skip_serializing_if = "PullPolicy::is_usual")]
    pub pull_policy: PullPolicy,
    /// Where its image comes from.
    #[serde(skip_serializing_if = "crate::value::image_source::ImageSource::is_usual")]
    pub image_source: crate::value::image_source::ImageSource,
    /// What `watch` does when it is down or unhealthy. No plan depends on it.
    #[serde(skip)]
    pub on_unhealthy: crate::value::on_unhealthy::OnUnhealthy,
    /// Whether its end with exit code 0 is no failure: nothing checks it, and no engine starts it again then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub may_end: bool,
    /// Commands that run in it after each start and before each stop.
    #[serde(skip_serializing_if = "Hooks::is_empty", serialize_with = "digested")]
    pub hooks: Hooks,
    /// How long a stop may take before the engine kills it.
    pub stop_timeout: Duration,
    /// Its checks: its service's, and its own.
    pub lifecycle: Lifecycle,
    /// Where its name is written.
    #[serde(skip)]
    pub span: Span,
    /// Where what it is made of is written, by key (`image`) or key and name (`env.DEBUG`): at the instance, else at its
    /// service.
    #[serde(skip)]
    pub written: BTreeMap<String, Span>,
}

/// A specification as what tells whether a container was made from it.
fn hash<S: serde::Serializer>(spec: &SharedSpec, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(spec.hash())
}

/// Something that must be ready first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// What must be ready.
    pub on: Required,
    /// Which key of the file asks for it.
    pub by: RequiredBy,
    /// How far it must have come.
    pub state: RequiredState,
    /// Where it is written.
    pub span: Span,
}

/// How far what is required must have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RequiredState {
    /// Its container has been started.
    Started,
    /// It is ready.
    Ready,
}

/// What a [`Requirement`] is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Required {
    /// Every instance of a service.
    Service(ServiceId),
    /// One instance.
    Instance(InstanceId),
}

/// The key that a [`Requirement`] comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequiredBy {
    /// `requires`
    Requires,
    /// `links`
    Links,
    /// `volumes_from`
    VolumesFrom,
    /// `net: container:…`
    Net,
    /// `pid: container:…`
    Pid,
    /// `ipc: container:…`
    Ipc,
    /// `depends_on` of a Compose file
    DependsOn,
    /// `hooks.before_update` of the service, which names a job
    BeforeUpdate,
    /// `hooks.after_update` of the service that is required, which names this job
    AfterUpdate,
}

impl RequiredBy {
    /// The key as it is written in the file.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Requires => "requires",
            Self::Links => "links",
            Self::VolumesFrom => "volumes_from",
            Self::Net => "net",
            Self::Pid => "pid",
            Self::Ipc => "ipc",
            Self::DependsOn => "depends_on",
            Self::BeforeUpdate => "before_update",
            Self::AfterUpdate => "after_update",
        }
    }
}
