//! What differs of ports, names and networks.

use std::collections::BTreeSet;

use super::Drift;
use crate::{
    model::{
        attachment::Attachment,
        container::{ContainerSpec, Network},
        endpoint_label::{AskedEndpoint, labelled},
        update::Order,
    },
    observed::description::AttachedNetwork,
    plan::published::{declared_ports, grouped},
    value::setting::OF_CONTAINER,
};

impl Drift<'_> {
    pub(super) fn network(&mut self, spec: &ContainerSpec) {
        let now = self.running.description;
        self.each("ports", &grouped(now.ports.iter().cloned()), &declared_ports(&spec.ports), true);
        let hosts = spec.extra_hosts.clone().into_iter().collect();
        self.each("extra_hosts", &now.extra_hosts, &hosts, true);
        if self.is_same && self.is_of_container(spec) {
            return;
        }
        self.list("dns", &now.dns, &spec.dns);
        let (mode, links, legacy) = match &spec.network {
            Network::Environment { name, links } => (name.as_str(), links.as_slice(), &[][..]),
            Network::Mode { mode, links } => (mode.as_str(), &[][..], links.as_slice()),
        };
        if !self.is_mode(mode) {
            self.push("net", Some(now.network_mode.clone()), Some(mode.to_owned()));
            return;
        }
        // Engines have words of their own for what is no network.
        if matches!(mode, "host" | "none" | "default") || mode.starts_with(OF_CONTAINER) {
            return;
        }
        let connected = |names: &mut dyn Iterator<Item = &str>| {
            names.map(|name| (name.to_owned(), "connected".to_owned())).collect()
        };
        let running = connected(&mut now.networks.keys().map(String::as_str));
        let further = spec.attachments.keys().map(String::as_str);
        let declared = connected(&mut further.chain([mode]));
        self.each("networks", &running, &declared, true);
        if let Some(endpoint) = now.networks.get(mode) {
            let of_containers =
                |(target, alias): &(String, String)| (self.by_instance(target), alias.clone());
            let running: Vec<_> =
                endpoint.links.iter().cloned().chain(now.links.iter().map(of_containers)).collect();
            self.links(running.iter(), links.iter().chain(legacy));
            if !spec.attachments.contains_key(mode) {
                self.attachment("", endpoint, &Attachment::default());
            }
        }
        for (network, attachment) in &spec.attachments {
            if let Some(endpoint) = now.networks.get(network) {
                self.attachment(&format!("networks.{network}."), endpoint, attachment);
            }
        }
        self.asked_for(spec);
    }

    /// What the container asked for on its networks and no engine tells.
    fn asked_for(&mut self, spec: &ContainerSpec) {
        if self.is_same {
            return;
        }
        let running = labelled(&self.running.description.labels);
        let networks: BTreeSet<&String> = running.keys().chain(spec.attachments.keys()).collect();
        for network in networks.into_iter().filter(|network| spec.networks().any(|own| own == *network)) {
            let now = running.get(network).cloned().unwrap_or_default();
            let declared = spec.attachments.get(network).map(AskedEndpoint::from).unwrap_or_default();
            let field = |key: &str| format!("networks.{network}.{key}");
            // Another address than the declared one is told by the engine.
            if now.mac_address.is_some() && declared.mac_address.is_none() {
                self.push(field("mac_address"), now.mac_address, None);
            }
            self.list(&field("link_local_ips"), &now.link_local_ips, &declared.link_local_ips);
            if now.gw_priority != declared.gw_priority {
                let text = |number: Option<i64>| number.map(|number| number.to_string());
                self.push(field("gw_priority"), text(now.gw_priority), text(declared.gw_priority));
            }
        }
    }

    /// How it is on one network. `field` is what stands before the keys of a difference.
    fn attachment(&mut self, field: &str, endpoint: &AttachedNetwork, declared: &Attachment) {
        let (now, name) = (self.running.description, &self.instance.container.name);
        let list = |asked_for: BTreeSet<&String>| asked_for.into_iter().cloned().collect::<Vec<_>>();
        let running = list(now.asked_for(&endpoint.aliases, name));
        let wanted = list(now.asked_for(&declared.aliases, name));
        self.list(&format!("{field}aliases"), &running, &wanted);
        for (key, now, declared) in [
            ("ipv4_address", &endpoint.ipv4_address, &declared.ipv4_address),
            ("ipv6_address", &endpoint.ipv6_address, &declared.ipv6_address),
        ] {
            // A container that rejoins its network keeps its address, which then looks as if it had been asked for.
            let rejoins = self.environment.service(self.instance.service).update.order == Order::StartFirst;
            let is_left_over = declared.is_none()
                && (self.is_same || rejoins || self.instance.container.attachments.is_empty());
            if now != declared && !is_left_over {
                self.push(format!("{field}{key}"), now.clone(), declared.clone());
            }
        }
        // Without one, the engine chooses, and nothing tells that it did.
        if let (Some(now), Some(declared)) = (&endpoint.mac_address, &declared.mac_address)
            && !now.eq_ignore_ascii_case(declared)
        {
            self.push(format!("{field}mac_address"), Some(now.clone()), Some(declared.clone()));
        }
        self.each(&format!("{field}driver_opts"), &endpoint.driver_opts, &declared.driver_opts, true);
    }

    fn links<'l>(
        &mut self,
        running: impl Iterator<Item = &'l (String, String)>,
        declared: impl Iterator<Item = &'l (String, String)>,
    ) {
        let by_alias = |links: &mut dyn Iterator<Item = &'l (String, String)>| {
            links.map(|(target, alias)| (alias.clone(), target.clone())).collect()
        };
        let (mut running, mut declared) = (running, declared);
        self.each("links", &by_alias(&mut running), &by_alias(&mut declared), true);
    }

    /// `container:NAME`, which engines may keep as the id that the name had.
    fn is_of_container(&self, spec: &ContainerSpec) -> bool {
        matches!(&spec.network, Network::Mode { mode, .. } if mode.starts_with(OF_CONTAINER) && self.is_mode(mode))
    }

    fn is_mode(&self, mode: &str) -> bool {
        let now = &self.running.description.network_mode;
        now == mode
            || self.is_same_container(now, mode)
            // One thing under two names.
            || matches!((now.as_str(), mode), ("default", "bridge") | ("bridge", "default"))
    }

    /// Whether `container:…` names the same container twice, by its name, its instance or its id.
    pub(super) fn is_same_container(&self, now: &str, mode: &str) -> bool {
        let target = |mode: &str| {
            let name = mode.strip_prefix(OF_CONTAINER)?;
            let container = self.running.containers.get(name);
            let instance = self.environment.instance_named(name);
            let container = instance.map_or(container, |of| self.running.containers.get(of.container_name()));
            Some(container.map_or_else(|| name.to_owned(), |container| container.id.clone()))
        };
        matches!((target(now), target(mode)), (Some(a), Some(b)) if a == b)
    }
}
