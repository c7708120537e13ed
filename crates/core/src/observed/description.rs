//! How a container is made, in the words of [`ContainerSpec`](crate::model::container::ContainerSpec) as far as an
//! engine can tell it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use crate::value::{setting::ContainerSettings, variables::Variables};

/// How a container is made, as its engine says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The engine's id for it.
    pub id: String,
    /// Its name now.
    pub name: String,
    /// The image reference that it was made from.
    pub image: String,
    /// The engine's id of that image.
    pub image_id: String,
    /// Command, be it the image's own.
    pub command: Vec<String>,
    /// Variables, those of the image among them.
    pub env: Variables,
    /// Host name inside.
    pub hostname: String,
    /// Published ports: `(80/tcp, address and port on the ship)`.
    pub ports: BTreeSet<(String, String)>,
    /// Bind mounts and named volumes, by path inside: source and mode.
    pub mounts: BTreeMap<String, (String, String)>,
    /// Anonymous volumes, by path inside, those of the image among them.
    pub volumes: BTreeSet<String>,
    /// Containers whose volumes are mounted too.
    pub volumes_from: Vec<String>,
    /// Mode of its network.
    pub network_mode: String,
    /// The networks that it is on.
    pub networks: BTreeMap<String, AttachedNetwork>,
    /// Docker's legacy links: `(target, alias)`.
    pub links: BTreeSet<(String, String)>,
    /// Lines for `/etc/hosts`: name → its addresses, with commas between them.
    pub extra_hosts: BTreeMap<String, String>,
    /// Restart policy: its name, `no` if there is none, and its count for `on-failure`.
    pub restart: (String, i64),
    /// All privileges.
    pub privileged: bool,
    /// Capabilities added.
    pub cap_add: BTreeSet<String>,
    /// Capabilities dropped.
    pub cap_drop: BTreeSet<String>,
    /// DNS servers.
    pub dns: Vec<String>,
    /// Security options.
    pub security_opt: BTreeSet<String>,
    /// Resource limits of processes, by name: `(soft, hard)`.
    pub ulimits: BTreeMap<String, (i64, i64)>,
    /// User that it runs as, be it the image's own.
    pub user: String,
    /// Working directory, be it the image's own.
    pub workdir: String,
    /// Labels, those of the image among them.
    pub labels: BTreeMap<String, String>,
    /// Relative CPU weight; 0 is the engine's own.
    pub cpu_shares: i64,
    /// Memory limit in bytes; 0 is none.
    pub memory: i64,
    /// Memory and swap limit in bytes; 0 is the engine's own, -1 none.
    pub memory_swap: i64,
    /// Limits that no file can ask for, by the engine's name for them, where they are set.
    pub other_limits: BTreeMap<String, String>,
    /// Log driver.
    pub log_driver: String,
    /// Options of the log driver.
    pub log_opt: BTreeMap<String, String>,
    /// Settings that the engine tells as it took them, those of the image and of the engine among them.
    #[serde(skip_serializing_if = "ContainerSettings::is_empty")]
    pub settings: ContainerSettings,
    /// How it is made as a service on a Swarm, as the body of the request that would make it; none for a container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Box<serde_json::Value>>,
}

impl Description {
    /// The names among these that a file would have to ask for: without the name of its instance, which is an alias from
    /// the beginning and stays one when the container is renamed, and without those that an engine gives by itself.
    pub fn asked_for<'n>(
        &self,
        aliases: impl IntoIterator<Item = &'n String>,
        instance: &str,
    ) -> BTreeSet<&'n String> {
        let is_own = |alias: &&String| [instance, &self.name, &self.hostname].contains(&alias.as_str());
        aliases.into_iter().filter(|alias| !is_own(alias)).collect()
    }
}

/// How a container is on a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AttachedNetwork {
    /// Names under which it reaches others: `(target, alias)`.
    pub links: BTreeSet<(String, String)>,
    /// Names under which others reach it, beside those that an engine gives by itself.
    pub aliases: BTreeSet<String>,
    /// The IPv4 address that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv4_address: Option<String>,
    /// The IPv6 address that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_address: Option<String>,
    /// Options of the network's driver.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub driver_opts: BTreeMap<String, String>,
    /// Its hardware address while it runs, be it one that the engine chose.
    #[serde(skip)]
    pub mac_address: Option<String>,
}

/// What an image adds to every container by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageDefaults {
    /// Command.
    pub command: Vec<String>,
    /// Variables.
    pub env: Variables,
    /// User.
    pub user: String,
    /// Working directory.
    pub workdir: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Anonymous volumes, by path inside.
    pub volumes: BTreeSet<String>,
    /// Settings: entrypoint, stop signal, health check.
    pub settings: ContainerSettings,
}
