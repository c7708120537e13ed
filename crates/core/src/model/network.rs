//! Networks that the containers of an environment are on.

use std::collections::BTreeMap;

use serde::Serialize;

use super::container::LABEL_ENVIRONMENT;

/// Label of docker compose with the name of the project that a container, network or volume belongs to.
pub const LABEL_PROJECT: &str = "com.docker.compose.project";
/// What all labels of docker compose begin with.
pub const COMPOSE_LABELS: &str = "com.docker.compose.";

/// Driver of networks that reach all nodes of a Swarm.
pub const OVERLAY: &str = "overlay";

/// A network of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnvironmentNetwork {
    /// Its name on an engine.
    pub name: String,
    /// Whether somebody else makes and removes it.
    pub external: bool,
    /// How it is made.
    pub options: NetworkOptions,
}

/// How a network is made. What is not said is up to the engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NetworkOptions {
    /// Its driver; none is `bridge`.
    pub driver: Option<String>,
    /// Options of the driver.
    pub driver_opts: BTreeMap<String, String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Whether its containers reach nothing outside of it.
    pub internal: bool,
    /// Whether containers beside those of services may join it.
    pub attachable: bool,
    /// Whether its containers get IPv4 addresses.
    pub enable_ipv4: Option<bool>,
    /// Whether its containers get IPv6 addresses.
    pub enable_ipv6: Option<bool>,
    /// Where addresses come from.
    pub ipam: Option<Ipam>,
}

/// Where addresses of a network come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ipam {
    /// The driver that hands them out; none is the engine's own.
    pub driver: Option<String>,
    /// Options of the driver.
    pub options: BTreeMap<String, String>,
    /// Ranges of addresses.
    pub pools: Vec<IpamPool>,
}

/// A range of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IpamPool {
    /// The range: `10.1.0.0/16`.
    pub subnet: Option<String>,
    /// The part of it that containers get addresses from.
    pub ip_range: Option<String>,
    /// The address of the gateway.
    pub gateway: Option<String>,
    /// Addresses that no container gets, by what has them.
    pub aux_addresses: BTreeMap<String, String>,
}

/// Nothing but labels.
impl From<BTreeMap<String, String>> for NetworkOptions {
    fn from(labels: BTreeMap<String, String>) -> Self {
        Self { labels, ..Self::default() }
    }
}

/// Whether a network or volume with the labels `found` is an environment's, which makes it with the labels `own`: it bears
/// the environment's name, or that of its Compose project.
#[must_use]
pub fn is_of_environment(
    found: &BTreeMap<String, String>,
    own: &BTreeMap<String, String>,
    environment: &str,
) -> bool {
    let project = own.get(LABEL_PROJECT);
    match found.get(LABEL_ENVIRONMENT) {
        Some(of) => of == environment,
        None => project.is_some() && found.get(LABEL_PROJECT) == project,
    }
}
