//! Links: a name under which one instance reaches another. How depends on where the two are and how they are connected.

use std::net::IpAddr;

use super::{Resolver, Section, bad, placement, ports};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    model::{
        Instance, InstanceId, Required, RequiredBy, RequiredState, Requirement, ServiceId,
        container::{Network, Port},
        link::{Link, LinkRoute},
        placement::InstanceCount,
        variables,
    },
    source::Spanned,
    value::is_loopback,
};

/// A target and its alias, as they are written.
type WrittenLink<'a> = (&'a Spanned<String>, &'a Spanned<String>);

/// What a link names.
#[derive(Clone)]
enum Target {
    Instance(InstanceId),
    /// All instances of a service.
    Service(ServiceId, Vec<InstanceId>),
}

impl Target {
    fn instances(&self) -> &[InstanceId] {
        match self {
            Self::Instance(id) => std::slice::from_ref(id),
            Self::Service(_, ids) => ids,
        }
    }

    fn required(&self) -> Required {
        match self {
            Self::Instance(id) => Required::Instance(*id),
            Self::Service(id, _) => Required::Service(*id),
        }
    }
}

impl<'a> Resolver<'a, '_> {
    /// Carries all links into the containers' specifications; tells the order that they ask for.
    pub(super) fn links(&mut self, instances: &mut [Instance]) -> Vec<(InstanceId, Requirement)> {
        let mut order = Vec::new();
        for at in 0..instances.len() {
            for (target, alias) in self.links_of(at) {
                let Some(others) = self.link_target(InstanceId(at), target) else { continue };
                order.push((
                    InstanceId(at),
                    Requirement {
                        on: others.required(),
                        by: RequiredBy::Links,
                        state: RequiredState::Ready,
                        span: target.span,
                    },
                ));
                if !(self.known_ship[at] && others.instances().iter().all(|id| self.known_ship[id.0])) {
                    continue;
                }
                let Some(route) = self.route_to_all(instances, at, &others, target) else { continue };
                if let (Target::Service(..), LinkRoute::PrivateAlias(network)) = (&others, &route) {
                    for id in others.instances() {
                        add_alias(&mut instances[id.0], network, &target.value);
                    }
                }
                let first = others.instances().first();
                let ports = first.map(|id| instances[id.0].ports.clone()).unwrap_or_default();
                let link = Link {
                    alias: alias.value.clone(),
                    targets: others.instances().to_vec(),
                    route,
                    span: target.span,
                };
                let name = match (&link.route, link.targets.as_slice()) {
                    (LinkRoute::Bridge, [only]) => instances[only.0].name.clone(),
                    _ => target.value.clone(),
                };
                apply(&mut instances[at], link, &name, &ports);
            }
        }
        order
    }

    /// The service's links and the instance's own.
    fn links_of(&mut self, at: usize) -> Vec<WrittenLink<'a>> {
        let Section { service, instance, .. } = self.index.sections[at];
        let own = &instance.settings.links;
        // The same link may be written at both.
        let repeated = |link: &(Spanned<String>, Spanned<String>)| {
            own.iter().any(|other| other.0.value == link.0.value && other.1.value == link.1.value)
        };
        let of_service = service
            .settings
            .links
            .iter()
            .filter(|link| !repeated(link))
            .map(|(target, alias)| (target, alias));
        // What all instances of a service link to may be one of them; there is no link from that one to itself.
        let siblings = service.instances.len() > 1;
        let of_service = of_service.filter(|(target, _)| !(siblings && target.value == instance.name.value));
        let mut aliases: Vec<WrittenLink<'_>> = Vec::new();
        let mut links = Vec::new();
        for (target, alias) in of_service.chain(own.iter().map(|(target, alias)| (target, alias))) {
            if target.value == instance.name.value {
                let text = format!("`{}` links to itself", target.value);
                self.diagnostics.push(
                    bad("self-link", text, target.span, "this is the same instance")
                        .help("leave it out: inside itself it is `localhost`"),
                );
            } else if self.check_alias(alias) && self.check_new_alias((target, alias), &mut aliases) {
                links.push((target, alias));
            }
        }
        links
    }

    /// What a link of an instance leads to: an instance, or the other instances of a service.
    fn link_target(&mut self, own: InstanceId, target: &Spanned<String>) -> Option<Target> {
        if let Some(&id) = self.index.instances.get(target.value.as_str()) {
            return Some(Target::Instance(id));
        }
        if let Some(&service) = self.index.services.get(target.value.as_str()) {
            let sections = self.index.sections.iter().enumerate();
            let of_service = sections.filter(|(_, section)| section.service_id == service);
            let ids: Vec<InstanceId> = of_service.map(|(at, _)| InstanceId(at)).collect();
            let text = match ids.as_slice() {
                // What is wrong with its ships was told there.
                [] if self.has_no_ship(service) => return None,
                [] => format!("`{}` is a service without instances", target.value),
                ids if ids.contains(&own) => format!("`{}` is the service of the link itself", target.value),
                _ => return Some(Target::Service(service, ids)),
            };
            let help = if ids.is_empty() {
                "give that service instances, or leave the link out".to_owned()
            } else {
                let names = ids
                    .iter()
                    .filter(|id| **id != own)
                    .map(|id| format!("`{}`", self.index.sections[id.0].instance.name.value));
                match names.collect::<Vec<_>>().join(", ") {
                    names if names.is_empty() => "leave it out: inside itself it is `localhost`".to_owned(),
                    names => format!("link to its other instances, each with its own alias: {names}"),
                }
            };
            self.diagnostics.push(
                bad("unknown-link", text, target.span, "a link to a service leads to all its instances")
                    .help(help),
            );
            return None;
        }
        let instances = self.index.instances.keys();
        let known: Vec<&str> = instances.chain(self.index.services.keys()).copied().collect();
        self.unknown("unknown-link", "instance", target, &known);
        None
    }

    /// Whether a service without instances is to have some: then none of its ships is known.
    fn has_no_ship(&self, service: ServiceId) -> bool {
        let Some(section) = self.document.services.get(service.0) else { return false };
        let count = placement::wished_count(section, self.surroundings);
        section.placement.is_written()
            && !matches!(count, InstanceCount::Total(0) | InstanceCount::PerShip(0))
    }

    /// An alias is a host name inside the consumer.
    fn check_alias(&mut self, alias: &Spanned<String>) -> bool {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let good = !alias.value.is_empty() && alias.value.len() <= 63 && alias.value.chars().all(allowed);
        if !good {
            let text = format!("`{}` cannot be an alias", alias.value);
            self.diagnostics.push(
                bad("bad-alias", text, alias.span, "it becomes a host name inside the container")
                    .help("use letters, digits, `-`, `_` and `.`"),
            );
        }
        good
    }

    fn check_new_alias(
        &mut self,
        (target, alias): WrittenLink<'a>,
        aliases: &mut Vec<WrittenLink<'a>>,
    ) -> bool {
        if let Some((other, first)) = aliases.iter().find(|(_, known)| known.value == alias.value) {
            let (one, two) = (&other.value, &target.value);
            let text = format!("the alias `{}` stands for `{one}` and for `{two}`", alias.value);
            let help = Help::from(format!(
                "give each its own alias, for example `{two}: {two}`; if only one of the two is meant, remove the other link"
            ));
            self.diagnostics.push(
                Diagnostic::error("duplicate-alias", text)
                    .at(alias.span, format!("this is `{two}`"))
                    .also(first.span, format!("this is `{one}`"))
                    .help(help.replace(alias.span, two)),
            );
            return false;
        }
        aliases.push((target, alias));
        true
    }

    /// How a link leads to all that it names. All are reached in one way: the lines of `/etc/hosts` hide what the engine's
    /// DNS would tell of a name.
    fn route_to_all(
        &mut self,
        instances: &[Instance],
        at: usize,
        others: &Target,
        target: &Spanned<String>,
    ) -> Option<LinkRoute> {
        let own = &instances[at];
        let ids = match others {
            Target::Instance(id) => return self.route(own, &instances[id.0], target),
            Target::Service(_, ids) => ids,
        };
        let all: Vec<&Instance> = ids.iter().map(|id| &instances[id.0]).collect();
        if all.iter().all(|other| other.ship == own.ship) {
            let mut routes = Vec::new();
            for other in &all {
                routes.push(self.route(own, other, target)?);
            }
            if matches!(routes.first(), Some(LinkRoute::Bridge)) && routes.len() > 1 {
                let text = format!("`{}` cannot link to all instances of `{}`", own.name, target.value);
                let label = "Docker's own links lead to one container each";
                let help = "leave `net` out: then they share the environment's network, where a name has several addresses";
                self.diagnostics.push(bad("link-network", text, target.span, label).help(help));
                return None;
            }
            return routes.into_iter().next();
        }
        let mut addresses: Vec<String> = Vec::new();
        for other in all {
            let LinkRoute::Addresses(found) = self.route_to_ship(own, other, target)? else { continue };
            for address in found {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        Some(LinkRoute::Addresses(addresses))
    }

    fn route(&mut self, own: &Instance, other: &Instance, target: &Spanned<String>) -> Option<LinkRoute> {
        if own.ship != other.ship {
            return self.route_to_ship(own, other, target);
        }
        let is_host = |network: &Network| matches!(network, Network::Mode { mode, .. } if mode == "host");
        let problem = match (&own.container.network, &other.container.network) {
            (Network::Environment { name, .. }, Network::Environment { .. }) => {
                if other.container.networks().any(|network| network == name) {
                    return Some(LinkRoute::PrivateAlias(name.clone()));
                }
                let label =
                    format!("`{}` is not on `{name}`, the first network of `{}`", other.name, own.name);
                let text = format!("`{}` cannot link to `{}`", own.name, other.name);
                self.diagnostics.push(
                    bad("link-network", text, target.span, label)
                        .help("put both on one network, and give it the highest `priority` of the one that links")
                        .help(format!("or leave the link out: on a network that both share it is `{}`", other.name)),
                );
                return None;
            }
            // `host-gateway` is the ship, seen from a container of it.
            (Network::Environment { .. }, theirs) if is_host(theirs) => {
                return Some(LinkRoute::Addresses(vec!["host-gateway".to_owned()]));
            }
            (Network::Mode { mode, .. }, Network::Mode { mode: theirs, .. })
                if mode == "bridge" && theirs == "bridge" =>
            {
                return Some(LinkRoute::Bridge);
            }
            (ours, theirs) if is_host(ours) => {
                if is_host(theirs) || self.check_published(own, other, target) {
                    return Some(LinkRoute::Addresses(vec!["127.0.0.1".to_owned()]));
                }
                return None;
            }
            (Network::Environment { .. }, Network::Mode { mode, .. }) => {
                format!("`{}` has `net: {mode}`, where it has no name that others could use", other.name)
            }
            (Network::Mode { mode, .. }, _) => {
                format!("`{}` has `net: {mode}`, where it cannot see `{}`", own.name, other.name)
            }
        };
        let is_bridge = |network: &Network| matches!(network, Network::Mode { mode, .. } if mode == "bridge");
        let other_side = match (&own.container.network, &other.container.network) {
            (ours, Network::Environment { .. }) if is_bridge(ours) => Some(&other.name),
            (Network::Environment { .. }, theirs) if is_bridge(theirs) => Some(&own.name),
            _ => None,
        };
        let text = format!("`{}` cannot link to `{}`", own.name, other.name);
        let mut diagnostic = bad("link-network", text, target.span, problem).help(
            "leave `net` out of both: then they share the environment's network, where links are names",
        );
        if let Some(name) = other_side {
            diagnostic =
                diagnostic.help(format!("or give `{name}` `net: bridge` too: then Docker's own links do it"));
        }
        self.diagnostics.push(diagnostic);
        None
    }

    fn route_to_ship(
        &mut self,
        own: &Instance,
        other: &Instance,
        target: &Spanned<String>,
    ) -> Option<LinkRoute> {
        let ship = &self.ships[other.ship.0];
        let text = format!("`{}` cannot link to `{}` on ship `{}`", own.name, other.name, ship.name);
        if is_loopback(&ship.address) || ship.address.parse::<IpAddr>().is_err() {
            let label = format!("that ship's address is `{}`", ship.address);
            self.diagnostics.push(
                bad("link-ship", text, target.span, label)
                    .note("a link to another ship is a line in the container's hosts file, which takes an IP address")
                    .help(format!("give `{}` the IP address at which other ships reach it: `ip: 10.0.0.1`", ship.name)),
            );
            return None;
        }
        let address = ship.address.clone();
        self.check_published(own, other, target).then(|| LinkRoute::Addresses(vec![address]))
    }

    /// Over a ship's address the consumer asks for the same port that it would ask the container for.
    fn check_published(&mut self, own: &Instance, other: &Instance, target: &Spanned<String>) -> bool {
        let section = self.index.sections[self.index.instances[other.name.as_str()].0];
        if section.instance.settings.gaps.ports || section.service.settings.gaps.ports {
            return true;
        }
        let shifted = other.ports.iter().find(|port| port.container != port.host || port.choice > 1);
        let (there, label, help) = match shifted {
            None if !other.ports.is_empty() => return true,
            None => (
                other.span,
                "it publishes no port".to_owned(),
                format!("publish the port that `{}` listens on: `ports: {{NAME: PORT}}`", other.name),
            ),
            Some(port) => (
                ports::port_span(section, &port.name),
                match (port.host, port.choice) {
                    (0, _) => format!("the engine chooses the port of the ship for port {}", port.container),
                    (_, 1) => format!("port {} is port {} on the ship", port.container, port.host),
                    (_, _) => format!("port {} is one of {} on the ship", port.container, port.on_ship()),
                },
                format!("publish it under its own number: `{}: {}`", port.name, port.container),
            ),
        };
        let text = format!("`{}` would not find `{}` at the port it listens on", own.name, other.name);
        self.diagnostics.push(
            bad("link-port", text, target.span, "this link leads over the ship's address")
                .also(there, label)
                .note(
                    "such a link finds only ports that have the same number on the ship as in the container",
                )
                .help(help),
        );
        false
    }
}

/// Lets others on a network find an instance under this name too.
fn add_alias(instance: &mut Instance, network: &str, alias: &str) {
    let aliases = &mut instance.container.attachments.entry(network.to_owned()).or_default().aliases;
    if !aliases.iter().any(|known| known == alias) {
        aliases.push(alias.to_owned());
    }
}

/// Carries a link into the consumer's specification. The variables yield to all others.
fn apply(own: &mut Instance, link: Link, target: &str, ports: &[Port]) {
    match &link.route {
        LinkRoute::Addresses(addresses) => {
            let addresses = addresses.join(",");
            own.container.extra_hosts.entry(link.alias.clone()).or_insert(addresses);
        }
        LinkRoute::PrivateAlias(_) | LinkRoute::Bridge | LinkRoute::NetworkAlias(_) => {
            match &mut own.container.network {
                Network::Environment { links, .. } | Network::Mode { links, .. } => {
                    links.push((target.to_owned(), link.alias.clone()));
                }
            }
        }
    }
    // There Docker sets the variables itself.
    if !matches!(&own.container.network, Network::Mode { mode, .. } if mode == "bridge") {
        for (name, value) in variables::of_link(&own.name, &link.alias, ports) {
            own.container.env.insert_missing(name, value);
        }
    }
    own.links.push(link);
}
