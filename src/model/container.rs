//! What is sent to an engine to create an instance's container, in the words of the Docker Engine API but of no client.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::value::sha256;

pub use crate::value::{Port, Protocol, RestartPolicy, Ulimit};

/// Label with the environment's name, on containers and networks.
pub const LABEL_ENVIRONMENT: &str = "maestro.environment";
/// Label with the service's name.
pub const LABEL_SERVICE: &str = "maestro.service";
/// Label with the instance's name.
pub const LABEL_INSTANCE: &str = "maestro.instance";
/// Label with [`ContainerSpec::hash`].
pub const LABEL_CONFIG: &str = "maestro.config";

/// A directory of the ship, or a named volume, seen inside the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Path on the ship, or name of a volume.
    pub source: String,
    /// Path inside the container.
    pub target: String,
    /// Mode as Docker writes it: `rw`, `ro`, and `SELinux` or propagation flags.
    pub mode: String,
}

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

/// Everything that the create request says, the name included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerSpec {
    /// Name of the container.
    pub name: String,
    /// Image reference as written.
    pub image: String,
    /// Command; none means the image's own.
    pub command: Option<Vec<String>>,
    /// Environment variables; a value of none passes the bare name.
    pub env: IndexMap<String, Option<String>>,
    /// Host name inside; none lets the engine choose.
    pub hostname: Option<String>,
    /// Published ports.
    pub ports: Vec<Port>,
    /// Bind mounts and named volumes.
    pub mounts: Vec<Mount>,
    /// Anonymous volumes, by their path inside.
    pub volumes: Vec<String>,
    /// Containers whose volumes are mounted too.
    pub volumes_from: Vec<String>,
    /// How it is connected.
    pub network: Network,
    /// Lines for `/etc/hosts`: name → address.
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
    /// Environment, service: for the labels that mark the container as ours.
    pub owner: Owner,
}

/// Whose container it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The environment's name.
    pub environment: String,
    /// The service's name.
    pub service: String,
}

impl ContainerSpec {
    /// A container of which nothing is said but what must be.
    #[must_use]
    pub fn new(name: &str, image: &str, network: Network, owner: Owner) -> Self {
        Self {
            name: name.to_owned(),
            image: image.to_owned(),
            command: None,
            env: IndexMap::new(),
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
            owner,
        }
    }

    /// A hash of all that the container is made from: the first 16 hexadecimal digits of SHA-256 over its JSON. What
    /// makes no difference to an engine, as the order of variables and the names of ports, makes none to the hash.
    ///
    /// # Panics
    /// Never: a specification always has a JSON form.
    #[must_use]
    pub fn hash(&self) -> String {
        let json = serde_json::to_vec(&self.in_order()).expect("a specification has a JSON form");
        sha256::digits(&json, 16)
    }

    /// The same in one order, and without what no engine is told.
    fn in_order(&self) -> Self {
        let mut spec = self.clone();
        spec.env.sort_unstable_keys();
        spec.extra_hosts.sort_unstable_keys();
        for port in &mut spec.ports {
            port.name.clear();
        }
        spec.ports.sort_by_key(|port| (port.container, port.protocol, port.host, port.bind));
        spec.mounts.sort_by(|a, b| a.target.cmp(&b.target));
        for list in [&mut spec.volumes, &mut spec.cap_add, &mut spec.cap_drop, &mut spec.security_opt] {
            list.sort();
        }
        spec.ulimits.sort_by(|a, b| a.name.cmp(&b.name));
        let (Network::Environment { links, .. } | Network::Mode { links, .. }) = &mut spec.network;
        links.sort();
        spec
    }

    /// All labels: those of the file and those that mark the container as ours.
    #[must_use]
    pub fn all_labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        labels.insert(LABEL_ENVIRONMENT.into(), self.owner.environment.clone());
        labels.insert(LABEL_SERVICE.into(), self.owner.service.clone());
        labels.insert(LABEL_INSTANCE.into(), self.name.clone());
        labels.insert(LABEL_CONFIG.into(), self.hash());
        labels
    }
}

/// The name of an environment's network: its name in the characters that Docker allows in names.
#[must_use]
pub fn network_name(environment: &str) -> String {
    let tidy: String = environment
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' })
        .collect();
    format!("maestro-{tidy}")
}

/// The longest name of an environment that a volume's name still has room for. In bytes.
const LONGEST: usize = 100;

/// The name of a volume of an environment that is kept for some purpose: `maestro-lease-shop`.
#[must_use]
pub fn volume_name(purpose: &str, environment: &str) -> String {
    let tidy = network_name(environment).replacen("maestro-", &format!("maestro-{purpose}-"), 1);
    if environment.len() <= LONGEST {
        return tidy;
    }
    // Tidied names are ASCII.
    format!("{}-{}", &tidy[..LONGEST], sha256::digits(environment.as_bytes(), 12))
}

/// `image` with `:latest` where it names neither tag nor digest, which is what an engine takes it for.
#[must_use]
pub fn tagged_image(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    if image.contains('@') || last.contains(':') { image.to_owned() } else { format!("{image}:latest") }
}
