//! Networks: making one whose containers can keep their addresses, and putting a running container back on one under
//! other names.

use std::collections::{BTreeMap, BTreeSet};

use bollard::models::{EndpointSettings, NetworkConnectRequest, NetworkDisconnectRequest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Docker, describe::is_short_id, endpoint::endpoint_settings, error::Asked, links::link_words,
    wire::segment,
};
use crate::EngineError;
use maestro_core::model::{
    membership::Membership,
    network::{Ipam as ModelIpam, IpamPool, NetworkOptions},
};

/// A network's ranges of addresses.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InspectedNetwork {
    #[serde(rename = "IPAM", default)]
    ipam: Ipam,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Ipam {
    config: Option<Vec<Range>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Range {
    subnet: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway: Option<String>,
}

/// What a container is on its networks.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct JoinedContainer {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    config: Config,
    #[serde(default)]
    network_settings: NetworkSettings,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    hostname: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct NetworkSettings {
    networks: Option<BTreeMap<String, Option<Endpoint>>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Endpoint {
    links: Option<Vec<String>>,
    aliases: Option<Vec<String>>,
    #[serde(rename = "IPAddress")]
    address: Option<String>,
    mac_address: Option<String>,
}

impl JoinedContainer {
    /// Whether it is on the network already as it should be; names that the engine gives by itself do not count.
    fn is(&self, endpoint: &Endpoint, membership: &Membership) -> bool {
        let own = |alias: &&String| {
            **alias == self.name.trim_start_matches('/')
                || **alias == self.config.hostname
                || is_short_id(alias, &self.id)
        };
        let given = |aliases: &[String]| -> BTreeSet<String> {
            aliases.iter().filter(|alias| !own(alias)).cloned().collect()
        };
        let links: BTreeSet<String> = endpoint.links.clone().unwrap_or_default().into_iter().collect();
        given(endpoint.aliases.as_deref().unwrap_or_default()) == given(&membership.attachment.aliases)
            && links == link_words(&membership.links).into_iter().collect()
    }
}

/// Makes a bridge network. Engines let a container ask for an address only where the network was made with a range of its
/// own, so with `fixed` it is made twice: the second time with the range that the engine chose at the first.
pub(super) async fn create(
    docker: &Docker,
    name: &str,
    options: &NetworkOptions,
    fixed: bool,
) -> Result<(), EngineError> {
    make(docker, name, options, None).await?;
    if !fixed || options.ipam.is_some() {
        return Ok(());
    }
    let made: InspectedNetwork = docker.read(&format!("/networks/{}", segment(name))).await?;
    let ranges = made.ipam.config.unwrap_or_default();
    match remove(docker, name).await {
        Ok(()) => {}
        // Somebody has put a container on it already: it is a network all the same.
        Err(EngineError::Refused(_) | EngineError::Conflict(_)) => return Ok(()),
        Err(error) => return Err(error),
    }
    match make(docker, name, options, Some(ranges)).await {
        // Another network has taken the range meanwhile.
        Err(EngineError::Refused(_)) => make(docker, name, options, None).await,
        result => result,
    }
}

async fn make(
    docker: &Docker,
    name: &str,
    options: &NetworkOptions,
    ranges: Option<Vec<Range>>,
) -> Result<(), EngineError> {
    // bollard no longer has `CheckDuplicate`, without which engines up to API 1.43 make a second one of that name.
    let mut body = json!({
        "Name": name,
        "Driver": options.driver.as_deref().unwrap_or("bridge"),
        "CheckDuplicate": true,
        "Labels": options.labels,
    });
    if !options.driver_opts.is_empty() {
        body["Options"] = json!(options.driver_opts);
    }
    for (key, flag) in [("Internal", options.internal), ("Attachable", options.attachable)] {
        if flag {
            body[key] = json!(true);
        }
    }
    for (key, flag) in [("EnableIPv4", options.enable_ipv4), ("EnableIPv6", options.enable_ipv6)] {
        if let Some(flag) = flag {
            body[key] = json!(flag);
        }
    }
    if let Some(ranges) = ranges {
        body["IPAM"] = json!({ "Config": ranges });
    } else if let Some(ipam) = &options.ipam {
        body["IPAM"] = ipam_body(ipam);
    }
    let call = docker.wire.post("/networks/create", &body);
    docker.within(Asked::Changing, docker.timeout, call).await
}

/// Where addresses come from, in the words of the API.
fn ipam_body(ipam: &ModelIpam) -> Value {
    let pool = |pool: &IpamPool| {
        let said = [("Subnet", &pool.subnet), ("IPRange", &pool.ip_range), ("Gateway", &pool.gateway)];
        let said = said.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value.as_ref()?))));
        let mut pool_body: Map<String, Value> = said.collect();
        if !pool.aux_addresses.is_empty() {
            pool_body.insert("AuxiliaryAddresses".to_owned(), json!(pool.aux_addresses));
        }
        Value::Object(pool_body)
    };
    let mut body = json!({
        "Driver": ipam.driver.as_deref().unwrap_or("default"),
        "Config": ipam.pools.iter().map(pool).collect::<Vec<_>>(),
    });
    if !ipam.options.is_empty() {
        body["Options"] = json!(ipam.options);
    }
    body
}

pub(super) async fn remove(docker: &Docker, name: &str) -> Result<(), EngineError> {
    docker.change(docker.client.remove_network(&segment(name))).await
}

/// Takes a container off a network and puts it back, with the same address if the engine allows.
pub(super) async fn rejoin(
    docker: &Docker,
    container: &str,
    membership: &Membership,
) -> Result<(), EngineError> {
    let seen: JoinedContainer = docker.read(&format!("/containers/{}/json", segment(container))).await?;
    let endpoint = seen.network_settings.networks.as_ref().and_then(|all| all.get(&membership.network));
    let endpoint = endpoint.map(|endpoint| endpoint.as_ref());
    let mut settings = EndpointSettings {
        links: Some(link_words(&membership.links)).filter(|links| !links.is_empty()),
        ..endpoint_settings(&membership.attachment)
    };
    if let Some(Some(endpoint)) = endpoint {
        if seen.is(endpoint, membership) {
            return Ok(());
        }
        // The hardware address too, so that nobody has to ask anew whose the address is.
        settings.mac_address = endpoint.mac_address.clone().filter(|address| !address.is_empty());
        let address = endpoint.address.clone().filter(|address| !address.is_empty());
        if let Some(address) = address {
            settings.ipam_config.get_or_insert_default().ipv4_address = Some(address);
        }
    }
    if endpoint.is_some() {
        leave(docker, container, &membership.network).await?;
    }
    match join(docker, container, &membership.network, settings.clone()).await {
        // The network has no range of its own, or somebody has taken the address meanwhile.
        Err(EngineError::Refused(_) | EngineError::Conflict(_)) if settings.ipam_config.is_some() => {
            let settings = EndpointSettings { ipam_config: None, mac_address: None, ..settings };
            join(docker, container, &membership.network, settings).await
        }
        result => result,
    }
}

async fn leave(docker: &Docker, container: &str, network: &str) -> Result<(), EngineError> {
    let request = NetworkDisconnectRequest { container: container.to_owned(), force: None };
    docker.change(docker.client.disconnect_network(&segment(network), request)).await
}

pub(super) async fn join(
    docker: &Docker,
    container: &str,
    network: &str,
    settings: EndpointSettings,
) -> Result<(), EngineError> {
    let request = NetworkConnectRequest { container: container.to_owned(), endpoint_config: Some(settings) };
    // Boxed, since a request with such a body makes a large future.
    docker.change(Box::pin(docker.client.connect_network(&segment(network), request))).await
}
