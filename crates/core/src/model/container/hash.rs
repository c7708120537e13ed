//! Hashes of a specification, which tell whether a container was made from it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    ContainerOwner, ContainerSettings, ContainerSpec, Mount, Network, Port, RestartPolicy, Ulimit,
    network_name, older_network_name,
};
use crate::{
    model::{attachment::Attachment, carried::FileSpecs, peers::Peers},
    value::sha256,
};

impl ContainerSpec {
    /// A hash of all that the container is made from: the first 16 hexadecimal digits of SHA-256 over its JSON. What
    /// makes no difference to an engine, as the order of variables and the names of ports, makes none to the hash.
    #[must_use]
    pub fn hash(&self) -> String {
        InOrder::of(self).hash()
    }

    /// A hash of all that the container is made from except the variables that tell it of its peers: it stays the same
    /// when there are more or fewer of them.
    #[must_use]
    pub fn hash_without_peers(&self) -> String {
        let peers = Peers::of(&self.env);
        let mut own = InOrder::of(self);
        own.env.retain(|name, _| peers.peer(name).is_none());
        own.hash()
    }
}

/// A specification in one order, and without what no engine is told. Its JSON is that of [`ContainerSpec`], which labels
/// of containers rest on: a field more, or another order of them, and every container differs from its file.
#[derive(Serialize)]
pub(super) struct InOrder<'a> {
    name: &'a str,
    image: &'a str,
    command: &'a Option<Vec<String>>,
    env: BTreeMap<&'a str, &'a Option<String>>,
    hostname: &'a Option<String>,
    ports: Vec<Port>,
    mounts: Vec<&'a Mount>,
    volumes: Vec<&'a str>,
    volumes_from: &'a [String],
    network: Network,
    extra_hosts: BTreeMap<&'a str, &'a str>,
    restart: &'a Option<RestartPolicy>,
    privileged: bool,
    cap_add: Vec<&'a str>,
    cap_drop: Vec<&'a str>,
    dns: &'a [String],
    security_opt: Vec<&'a str>,
    ulimits: Vec<&'a Ulimit>,
    user: &'a Option<String>,
    workdir: &'a Option<String>,
    labels: &'a BTreeMap<String, String>,
    cpu_shares: Option<i64>,
    memory: Option<i64>,
    memory_swap: Option<i64>,
    log_driver: &'a Option<String>,
    log_opt: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    settings: &'a ContainerSettings,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attachments: &'a BTreeMap<String, Attachment>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    files: &'a FileSpecs,
    owner: &'a ContainerOwner,
}

impl<'a> InOrder<'a> {
    /// The first 16 hexadecimal digits of SHA-256 over its JSON.
    fn hash(&self) -> String {
        let json = serde_json::to_vec(self).expect("a specification has a JSON form");
        sha256::digits(&json, 16)
    }

    pub(super) fn of(spec: &'a ContainerSpec) -> Self {
        let mut ports = spec.ports.clone();
        for port in &mut ports {
            port.name.clear();
        }
        ports.sort_by_key(|port| (port.container, port.protocol, port.host, port.bind));
        let mut mounts: Vec<&Mount> = spec.mounts.iter().collect();
        mounts.sort_by(|a, b| a.target.cmp(&b.target));
        let mut ulimits: Vec<&Ulimit> = spec.ulimits.iter().collect();
        ulimits.sort_by(|a, b| a.name.cmp(&b.name));
        let mut network = spec.network.clone();
        if let Network::Environment { name, .. } = &mut network
            && *name == network_name(&spec.owner.environment)
        {
            // The hash stays the same on a network that an older release made.
            *name = older_network_name(&spec.owner.environment);
        }
        let (Network::Environment { links, .. } | Network::Mode { links, .. }) = &mut network;
        links.sort();
        Self {
            name: &spec.name,
            image: &spec.image,
            command: &spec.command,
            env: spec.env.iter().map(|(name, value)| (name.as_str(), value)).collect(),
            hostname: &spec.hostname,
            ports,
            mounts,
            volumes: sorted(&spec.volumes),
            volumes_from: &spec.volumes_from,
            network,
            extra_hosts: spec.extra_hosts.iter().map(|(name, to)| (name.as_str(), to.as_str())).collect(),
            restart: &spec.restart,
            privileged: spec.privileged,
            cap_add: sorted(&spec.cap_add),
            cap_drop: sorted(&spec.cap_drop),
            dns: &spec.dns,
            security_opt: sorted(&spec.security_opt),
            ulimits,
            user: &spec.user,
            workdir: &spec.workdir,
            labels: &spec.labels,
            cpu_shares: spec.cpu_shares,
            memory: spec.memory,
            memory_swap: spec.memory_swap,
            log_driver: &spec.log_driver,
            log_opt: &spec.log_opt,
            settings: &spec.settings,
            attachments: &spec.attachments,
            files: &spec.files,
            owner: &spec.owner,
        }
    }
}

fn sorted(list: &[String]) -> Vec<&str> {
    let mut list: Vec<&str> = list.iter().map(String::as_str).collect();
    list.sort_unstable();
    list
}
