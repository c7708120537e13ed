//! What is sent to an engine to create an instance's container, in the words of the Docker Engine API but of no client.

mod hash;
mod mount;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{
    attachment::Attachment,
    carried::{FileSpecs, own_volumes},
    variables::Variables,
};
use crate::value::{setting::shared_containers, sha256};

pub use mount::{IMAGE, Mount, MountKind, MountNeed, NO_CREATE, RECURSIVE, SUBPATH};

pub use crate::value::{
    Port, Protocol, RestartPolicy, Ulimit,
    setting::{ContainerSettings, OF_CONTAINER, Setting, SettingValue, has_entrypoint, is_read_only},
};

/// Label with the environment's name, on containers and networks.
pub const LABEL_ENVIRONMENT: &str = "maestro.environment";
/// Label with the service's name.
pub const LABEL_SERVICE: &str = "maestro.service";
/// Label with the instance's name.
pub const LABEL_INSTANCE: &str = "maestro.instance";
/// Label with [`ContainerSpec::hash`].
pub const LABEL_CONFIG: &str = "maestro.config";
/// Label with [`ContainerSpec::hash_without_peers`]; containers of 1.0.0-alpha.1 have none.
pub const LABEL_CONFIG_OWN: &str = "maestro.config.own";
/// Label with the engine's id of the image that the container was created from. No image can bear its own id: the id is
/// a hash of a configuration that contains the image's labels. So this label proves that a container's labels are its
/// own and not those of its image.
pub const LABEL_IMAGE_ID: &str = "maestro.image-id";

/// How a container is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// The environment's own network, with links as `(target container, alias)` private to this container.
    Environment {
        /// The network's name.
        name: String,
        /// `(target container, alias)`.
        links: Vec<(String, String)>,
    },
    /// What `net` asks for (`host`, `none`, `bridge`, `container:…`), with Docker's legacy links on `bridge`.
    Mode {
        /// The value of `net`.
        mode: String,
        /// `(target container, alias)`, on `bridge` only.
        links: Vec<(String, String)>,
    },
}

/// Everything that the create request says but the container's name. Other containers are named by their instances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerSpec {
    /// Name of the instance that it is made for; the container may have another.
    pub name: String,
    /// Image reference as written.
    pub image: String,
    /// Command; none means the image's own.
    pub command: Option<Vec<String>>,
    /// Environment variables; a value of none passes the bare name.
    pub env: Variables,
    /// Host name inside; none lets the engine choose.
    pub hostname: Option<String>,
    /// Published ports.
    pub ports: Vec<Port>,
    /// Bind mounts and named volumes.
    pub mounts: Vec<Mount>,
    /// Anonymous volumes, by their path inside.
    pub volumes: Vec<String>,
    /// Instances, or containers of none, whose volumes are mounted too.
    pub volumes_from: Vec<String>,
    /// How it is connected.
    pub network: Network,
    /// Lines for `/etc/hosts`: name → its addresses, with commas between them.
    pub extra_hosts: IndexMap<String, String>,
    /// Restart policy.
    pub restart: Option<RestartPolicy>,
    /// All privileges.
    pub privileged: bool,
    /// Capabilities to add.
    pub cap_add: Vec<String>,
    /// Capabilities to drop.
    pub cap_drop: Vec<String>,
    /// DNS servers.
    pub dns: Vec<String>,
    /// Security options.
    pub security_opt: Vec<String>,
    /// Resource limits of processes.
    pub ulimits: Vec<Ulimit>,
    /// User to run as.
    pub user: Option<String>,
    /// Working directory.
    pub workdir: Option<String>,
    /// Labels that the file asks for; the labels that mark the container as ours come on top.
    pub labels: BTreeMap<String, String>,
    /// Relative CPU weight.
    pub cpu_shares: Option<i64>,
    /// Memory limit in bytes.
    pub memory: Option<i64>,
    /// Memory and swap limit in bytes.
    pub memory_swap: Option<i64>,
    /// Log driver.
    pub log_driver: Option<String>,
    /// Options of the log driver.
    pub log_opt: BTreeMap<String, String>,
    /// Settings that the engine takes as they are written.
    #[serde(default, skip_serializing_if = "ContainerSettings::is_empty")]
    pub settings: ContainerSettings,
    /// How it is on its networks, by their names: on further ones, and on its first if something is said of that.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attachments: BTreeMap<String, Attachment>,
    /// Seconds after which an engine kills it when somebody else than Maestro stops it. No part of the hash: another time
    /// makes no other container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_timeout: Option<i64>,
    /// Files that are copied into it before its first start, without their contents.
    #[serde(default, skip_serializing_if = "FileSpecs::is_empty")]
    pub files: FileSpecs,
    /// Environment, service: for the labels that mark the container as ours.
    pub owner: ContainerOwner,
}

/// How a container that is made is found, and how those are named that its specification names by their instances. No
/// part of the specification: another name makes no other container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContainerNames {
    /// Names under which others find it on its environment's network, beside its own.
    pub aliases: Vec<String>,
    /// Whether the aliases that its specification has for further networks are left out, until it joins these again.
    pub without_aliases: bool,
    /// The names of containers, by their instances' names, where the two differ.
    pub targets: BTreeMap<String, String>,
}

impl ContainerNames {
    /// The names of a container that is found under its own name only.
    #[must_use]
    pub fn plain(name: &str) -> Self {
        Self { aliases: vec![name.to_owned()], ..Self::default() }
    }

    /// The name of the container that a specification names as an instance.
    #[must_use]
    pub fn target<'a>(&'a self, instance: &'a str) -> &'a str {
        self.targets.get(instance).map_or(instance, String::as_str)
    }

    /// `instance:ro` with the name of the instance's container.
    #[must_use]
    pub fn volumes_from(&self, from: &str) -> String {
        match from.split_once(':') {
            Some((instance, mode)) => format!("{}:{mode}", self.target(instance)),
            None => self.target(from).to_owned(),
        }
    }

    /// `container:instance` with the name of the instance's container; any other mode as it is.
    #[must_use]
    pub fn mode(&self, mode: &str) -> String {
        match mode.strip_prefix(OF_CONTAINER) {
            Some(instance) => format!("{OF_CONTAINER}{}", self.target(instance)),
            None => mode.to_owned(),
        }
    }

    /// Settings with the names of the containers whose namespaces are shared.
    #[must_use]
    pub fn settings(&self, settings: &ContainerSettings) -> ContainerSettings {
        let mut named = settings.clone();
        for (setting, instance) in shared_containers(settings) {
            named.insert(setting, SettingValue::Text(format!("{OF_CONTAINER}{}", self.target(instance))));
        }
        named
    }

    /// Docker's legacy links with the names of the instances' containers. Links on the environment's network lead to
    /// aliases, which are the instances' names.
    #[must_use]
    pub fn legacy_links(&self, links: &[(String, String)]) -> Vec<(String, String)> {
        links.iter().map(|(target, alias)| (self.target(target).to_owned(), alias.clone())).collect()
    }
}

/// Whose container it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerOwner {
    /// The environment's name.
    pub environment: String,
    /// The service's name.
    pub service: String,
}

impl ContainerSpec {
    /// A container of which nothing is said but what must be.
    #[must_use]
    pub fn new(name: &str, image: &str, network: Network, owner: ContainerOwner) -> Self {
        Self {
            name: name.to_owned(),
            image: image.to_owned(),
            command: None,
            env: Variables::new(),
            hostname: None,
            ports: Vec::new(),
            mounts: Vec::new(),
            volumes: Vec::new(),
            volumes_from: Vec::new(),
            network,
            extra_hosts: IndexMap::new(),
            restart: None,
            privileged: false,
            cap_add: Vec::new(),
            cap_drop: Vec::new(),
            dns: Vec::new(),
            security_opt: Vec::new(),
            ulimits: Vec::new(),
            user: None,
            workdir: None,
            labels: BTreeMap::new(),
            cpu_shares: None,
            memory: None,
            memory_swap: None,
            log_driver: None,
            log_opt: BTreeMap::new(),
            settings: ContainerSettings::new(),
            attachments: BTreeMap::new(),
            stop_timeout: None,
            files: FileSpecs::new(),
            owner,
        }
    }

    /// All anonymous volumes by their path inside: those of the file, and those that hold files.
    #[must_use]
    pub fn anonymous_volumes(&self) -> Vec<String> {
        self.volumes.iter().cloned().chain(own_volumes(&self.files)).collect()
    }

    /// The platform of its image (`linux/arm64`), if the file says it.
    #[must_use]
    pub fn platform(&self) -> Option<&str> {
        self.settings.get(&Setting::Platform).and_then(SettingValue::text)
    }

    /// The networks of the environment that it is on, its first one first.
    pub fn networks(&self) -> impl Iterator<Item = &str> {
        let first = match &self.network {
            Network::Environment { name, .. } => Some(name.as_str()),
            Network::Mode { .. } => None,
        };
        let others = self.attachments.keys().map(String::as_str).filter(move |name| Some(*name) != first);
        first.into_iter().chain(others)
    }

    /// The labels of the file and those that name the instance: all but the hashes, which take a while to make.
    #[must_use]
    pub fn named_labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        labels.insert(LABEL_ENVIRONMENT.into(), self.owner.environment.clone());
        labels.insert(LABEL_SERVICE.into(), self.owner.service.clone());
        labels.insert(LABEL_INSTANCE.into(), self.name.clone());
        labels
    }
}

/// The name of an environment's network: the environment's name in the characters that Docker allows. If some had to be
/// replaced, a hash of the environment's name follows, so that no two environments share a network.
#[must_use]
pub fn network_name(environment: &str) -> String {
    let older = older_network_name(environment);
    if is_allowed(environment) { older } else { format!("{older}-{}", name_hash(environment)) }
}

/// The name that release 1.0.0-alpha.1 gave to an environment's network, which others may share.
#[must_use]
pub fn older_network_name(environment: &str) -> String {
    format!("maestro-{}", tidied(environment))
}

/// The longest name of an environment that a volume's name still has room for. In bytes.
const LONGEST: usize = 100;

/// The name of a volume of an environment that is kept for some purpose: `maestro-lease-shop`. Like a network's, it ends
/// with a hash if the environment's name has characters that Docker does not allow.
#[must_use]
pub fn volume_name(purpose: &str, environment: &str) -> String {
    let older = older_volume_name(purpose, environment);
    // A long name ends with a hash anyway.
    if is_allowed(environment) || environment.len() > LONGEST {
        older
    } else {
        format!("{older}-{}", name_hash(environment))
    }
}

/// The name that release 1.0.0-alpha.1 gave to such a volume, which others may share.
#[must_use]
pub fn older_volume_name(purpose: &str, environment: &str) -> String {
    let name = format!("maestro-{purpose}-{}", tidied(environment));
    if environment.len() <= LONGEST {
        return name;
    }
    // Tidied names are ASCII, and may be shorter than what they were made of.
    format!("{}-{}", name.get(..LONGEST).unwrap_or(&name), name_hash(environment))
}

fn is_allowed(environment: &str) -> bool {
    tidied(environment) == environment
}

fn tidied(environment: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    environment.chars().map(|c| if allowed(c) { c } else { '_' }).collect()
}

fn name_hash(environment: &str) -> String {
    sha256::digits(environment.as_bytes(), 12)
}

/// `image` with `:latest` where it names neither tag nor digest, which is what an engine takes it for.
#[must_use]
pub fn tagged_image(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    if image.contains('@') || last.contains(':') { image.to_owned() } else { format!("{image}:latest") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_environments_share_a_name() {
        // What Docker allows stays as it is.
        for name in ["shop", "Shop", "a_b", "a.b-c", "____"] {
            assert_eq!(network_name(name), format!("maestro-{name}"));
            assert_eq!(volume_name("lease", name), format!("maestro-lease-{name}"));
        }
        let long = "x".repeat(300);
        let cyrillic = "я".repeat(60);
        let names = ["прод", "тест", "生产", "____", "a b", "a_b", "a/b", "A b", &long, &cyrillic];
        for of in [network_name, |name: &str| volume_name("lease", name)] {
            let all: std::collections::BTreeSet<String> = names.iter().map(|name| of(name)).collect();
            assert_eq!(all.len(), names.len(), "{all:?}");
            assert!(
                all.iter().all(|name| name.bytes().all(|c| c.is_ascii_alphanumeric() || b"_.-".contains(&c)))
            );
        }
        assert_eq!(network_name("a b"), "maestro-a_b-c8687a08aa5d");
        assert_eq!(older_volume_name("lease", "a b"), "maestro-lease-a_b");
        let others = [format!("{long}x"), "я".repeat(61)];
        assert_ne!(volume_name("lease", &others[0]), volume_name("lease", &long));
        assert_ne!(volume_name("lease", &others[1]), volume_name("lease", &cyrillic));
    }

    #[test]
    fn a_networks_new_name_makes_no_other_hash() {
        let of = |name: String| {
            let owner = ContainerOwner { environment: "a b".into(), service: "web".into() };
            ContainerSpec::new("web-1", "web:1", Network::Environment { name, links: Vec::new() }, owner)
                .hash()
        };
        assert_eq!(of(network_name("a b")), of(older_network_name("a b")));
        assert_ne!(of(network_name("a b")), of(network_name("a c")));
    }

    #[test]
    fn what_is_hashed_is_the_json_of_a_specification_in_order() {
        let owner = ContainerOwner { environment: "shop".into(), service: "web".into() };
        let links = vec![("a-1".to_owned(), "a".to_owned()), ("b-1".to_owned(), "b".to_owned())];
        let network = Network::Environment { name: "maestro-shop".into(), links };
        let words = || vec!["A".to_owned(), "B".to_owned()];
        let mut ordered = ContainerSpec::new("web-1", "web:1", network, owner);
        ordered.env = [("A".to_owned(), Some("1".to_owned())), ("B".to_owned(), None)].into();
        ordered.extra_hosts = [("a", "10.0.0.1"), ("b", "10.0.0.2")]
            .map(|(name, address)| (name.to_owned(), address.to_owned()))
            .into();
        let mount = |target: &str| Mount { source: "/s".into(), target: target.into(), mode: "rw".into() };
        ordered.mounts = vec![mount("/a"), mount("/b")];
        (ordered.volumes, ordered.security_opt) = (words(), words());
        (ordered.cap_add, ordered.cap_drop) = (words(), words());
        ordered.dns = words();
        ordered.labels = [("a".to_owned(), "b".to_owned())].into();
        let json = serde_json::to_string(&ordered).unwrap();
        let mut mixed = ordered.clone();
        mixed.env = mixed.env.into_iter().rev().collect();
        mixed.extra_hosts.reverse();
        mixed.mounts.reverse();
        for list in [&mut mixed.volumes, &mut mixed.security_opt, &mut mixed.cap_add, &mut mixed.cap_drop] {
            list.reverse();
        }
        let (Network::Environment { links, .. } | Network::Mode { links, .. }) = &mut mixed.network;
        links.reverse();
        for spec in [&ordered, &mixed] {
            assert_eq!(serde_json::to_string(&hash::InOrder::of(spec)).unwrap(), json);
            assert_eq!(spec.hash(), ordered.hash());
        }
    }
}
