//! Networks, and how a container is on them.

use std::collections::BTreeMap;

use super::{Networks, OF_SERVICE, ProjectResolver, engine_name, instance_name};
use crate::resolve::label::{labels, pairs};
use crate::{
    compose::{element::Element, project::ProjectSection, service::ComposeService},
    resolve::attachment::attachments,
};
use maestro_core::model::{
    attachment::Attachment,
    container::Network,
    network::{EnvironmentNetwork, Ipam, IpamPool, LABEL_PROJECT, NetworkOptions},
};

/// Label of docker compose with a network's key in the file.
const LABEL_NETWORK: &str = "com.docker.compose.network";

impl<'p> ProjectResolver<'p, '_> {
    /// The networks that services use.
    pub(super) fn networks(&self) -> Networks<'p> {
        let networks = self.project.entries(ProjectSection::Networks).map(|(key, element)| {
            let own = [(LABEL_PROJECT, self.project.name.as_str()), (LABEL_NETWORK, key)];
            let options = options(element, labels(element, own));
            let name = engine_name(key, element);
            let external = element.is_external();
            (key, EnvironmentNetwork { name, external, options })
        });
        networks.collect()
    }
}

fn options(element: &Element, labels: BTreeMap<String, String>) -> NetworkOptions {
    let flag = |key: &str| element.spanned_boolean(key).map(|flag| flag.value);
    NetworkOptions {
        driver: element.text_of("driver").map(str::to_owned),
        driver_opts: pairs(element, "driver_opts"),
        labels,
        internal: flag("internal").unwrap_or(false),
        attachable: flag("attachable").unwrap_or(false),
        enable_ipv4: flag("enable_ipv4"),
        enable_ipv6: flag("enable_ipv6"),
        ipam: element.get("ipam").filter(|ipam| ipam.members().is_some_and(|all| !all.is_empty())).map(ipam),
    }
}

fn ipam(element: &Element) -> Ipam {
    let text = |element: &Element, key: &str| element.text_of(key).map(str::to_owned);
    let pools = element.each("config").map(|pool| IpamPool {
        subnet: text(pool, "subnet"),
        ip_range: text(pool, "ip_range"),
        gateway: text(pool, "gateway"),
        aux_addresses: pairs(pool, "aux_addresses"),
    });
    Ipam { driver: text(element, "driver"), options: pairs(element, "options"), pools: pools.collect() }
}

/// How a service's containers are connected: their first network or mode, and how they are on each network.
pub(super) fn connection(
    service: ComposeService<'_>,
    networks: &Networks<'_>,
) -> (Network, BTreeMap<String, Attachment>) {
    let element = service.element;
    if let Some(mode) = element.text_of("network_mode") {
        let mode = match mode.strip_prefix(OF_SERVICE) {
            Some(other) => format!("container:{}", instance_name(other, 1)),
            None => mode.to_owned(),
        };
        return (Network::Mode { mode, links: Vec::new() }, BTreeMap::new());
    }
    let uses = element.get("networks").and_then(Element::members);
    let name = |key: &str| networks.get(key).map_or_else(|| key.to_owned(), |network| network.name.clone());
    let Some((first, mut attachments)) = attachments(service.name, uses.into_iter().flatten(), name) else {
        return (Network::Mode { mode: "none".to_owned(), links: Vec::new() }, BTreeMap::new());
    };
    // The address of the service is that on its first network.
    let address = element.text_of("mac_address").filter(|address| !address.is_empty());
    if let (Some(address), Some(attachment)) = (address, attachments.get_mut(&first)) {
        attachment.mac_address.get_or_insert_with(|| address.to_owned());
    }
    (Network::Environment { name: first, links: links(element) }, attachments)
}

/// Links under other names than the service's own, which every container of the network finds.
fn links(element: &Element) -> Vec<(String, String)> {
    let texts = |key: &str| element.spanned_texts(key).unwrap_or_default();
    let links = texts("links").into_iter().filter_map(|link| {
        let (service, alias) = link.value.split_once(':')?;
        (service != alias).then(|| (instance_name(service, 1), alias.to_owned()))
    });
    let external = texts("external_links").into_iter().map(|link| {
        let (container, alias) = link.value.split_once(':').unwrap_or((link.value, link.value));
        (container.to_owned(), alias.to_owned())
    });
    links.chain(external).collect()
}
