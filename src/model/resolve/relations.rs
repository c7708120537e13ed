//! What stands between instances: requirements, volumes of others, variables about others, published ports.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Resolver, bad};
use crate::{
    diagnostic::Diagnostic,
    model::{
        Instance, InstanceId, Required, RequiredBy, Requirement, Service, ServiceId,
        container::Protocol,
        graph::{Graph, Node, requirements},
        variables::{self, Neighbour},
    },
    source::{Span, Spanned},
};

impl Resolver<'_, '_> {
    /// Names under `requires`: a service, as in `MaestroNG`, or an instance.
    pub(super) fn requirements(&mut self, names: &[Spanned<String>]) -> Vec<Requirement> {
        let mut found = Vec::new();
        for name in names {
            let service = self.index.services.get(name.value.as_str()).map(|&id| Required::Service(id));
            let on = service
                .or_else(|| self.index.instances.get(name.value.as_str()).map(|&id| Required::Instance(id)));
            match on {
                Some(on) => found.push(Requirement { on, by: RequiredBy::Requires, span: name.span }),
                None => {
                    let known: Vec<&str> =
                        self.index.services.keys().chain(self.index.instances.keys()).copied().collect();
                    self.unknown("unknown-requirement", "service or instance", name, &dedup(known));
                }
            }
        }
        found
    }

    /// All that needs every instance to be known.
    pub(super) fn relate(&mut self, services: &[Service], instances: &mut [Instance]) {
        self.volumes_from(instances);
        let links = self.links(instances);
        for (id, requirement) in links {
            instances[id.0].requires.push(requirement);
        }
        self.rings(services, instances);
        self.neighbours(services, instances);
        self.shared_ports(instances);
    }

    fn volumes_from(&mut self, instances: &mut [Instance]) {
        for at in 0..instances.len() {
            let section = self.index.sections[at];
            let own = &section.instance.settings.volumes_from;
            let names = if own.is_empty() { &section.service.settings.volumes_from } else { own };
            for name in names {
                let Some(&other) = self.index.instances.get(name.value.as_str()) else {
                    let known: Vec<&str> = self.index.instances.keys().copied().collect();
                    self.unknown("unknown-instance", "instance", name, &known);
                    continue;
                };
                self.check_volumes_from(&instances[at], &instances[other.0], name.span);
                let on = Required::Instance(other);
                instances[at].requires.push(Requirement { on, by: RequiredBy::VolumesFrom, span: name.span });
            }
        }
    }

    fn check_volumes_from(&mut self, own: &Instance, other: &Instance, span: Span) {
        if own.ship != other.ship {
            let (here, there) = (&self.ships[own.ship.0].name, &self.ships[other.ship.0].name);
            let text =
                format!("`{}` cannot take volumes from `{}`, which is on another ship", own.name, other.name);
            self.diagnostics.push(
                bad(
                    "other-ship",
                    text,
                    span,
                    format!("`{}` is on `{there}`, `{}` on `{here}`", other.name, own.name),
                )
                .help("put both on one ship"),
            );
        }
        let paths = |instance: &Instance| -> BTreeSet<String> {
            let mounts = instance.container.mounts.iter().map(|mount| mount.target.clone());
            mounts.chain(instance.container.volumes.iter().cloned()).collect()
        };
        let shared: Vec<String> = paths(own).intersection(&paths(other)).cloned().collect();
        if !shared.is_empty() {
            let text = format!("`{}` has volumes of its own where `{}` brings some", own.name, other.name);
            self.diagnostics.push(
                bad("volume-conflict", text, span, format!("both have {}", shared.join(", ")))
                    .help("leave them out of one of the two"),
            );
        }
    }

    /// Requirements in a ring: nothing in it could ever start.
    fn rings(&mut self, services: &[Service], instances: &[Instance]) {
        for ring in Graph::new(services, instances).rings() {
            let name = |node: &Node| match node {
                Node::Service(ServiceId(at)) => services[*at].name.clone(),
                Node::Instance(InstanceId(at)) => instances[*at].name.clone(),
            };
            let mut diagnostic = None;
            let mut words: Vec<String> = Vec::new();
            for (at, node) in ring.iter().enumerate() {
                let Node::Instance(id) = node else { continue };
                let next = ring[(at + 1) % ring.len()];
                let instance = &instances[id.0];
                let edge = requirements(&services[instance.service.0], instance)
                    .find(|requirement| Node::from(requirement.on) == next);
                let Some(edge) = edge else { continue };
                let label =
                    format!("`{}` waits for `{}` here (`{}`)", name(node), name(&next), edge.by.key());
                words.push(format!("`{}` waits for `{}`", name(node), name(&next)));
                diagnostic = Some(match diagnostic {
                    None => Diagnostic::error("circular", "").at(edge.span, label),
                    Some(diagnostic) => Diagnostic::also(diagnostic, edge.span, label),
                });
            }
            let Some(mut diagnostic) = diagnostic else { continue };
            diagnostic.message =
                format!("these wait for one another, so none could ever start: {}", words.join(", "));
            self.diagnostics.push(
                diagnostic.help("take one of these lines out; `wants_info` gives addresses without an order"),
            );
        }
    }

    /// Variables that tell an instance where the instances of its own and of required services are.
    fn neighbours(&mut self, services: &[Service], instances: &mut [Instance]) {
        let wanted: Vec<Vec<ServiceId>> =
            (0..instances.len()).map(|at| self.wanted(services, instances, at)).collect();
        let told = |service: ServiceId, internal: bool| {
            let members: Vec<Neighbour<'_>> = services[service.0]
                .instances
                .iter()
                .map(|id| &instances[id.0])
                .map(|other| Neighbour {
                    instance: &other.name,
                    address: &self.ships[other.ship.0].address,
                    ports: &other.ports,
                })
                .collect();
            variables::of_service(&services[service.0].name, &members, internal)
        };
        let mut known: HashMap<(ServiceId, bool), variables::Variables> = HashMap::new();
        for (at, wanted) in wanted.iter().enumerate() {
            let own = (instances[at].service, true);
            for key in std::iter::once(own).chain(wanted.iter().map(|&service| (service, false))) {
                known.entry(key).or_insert_with(|| told(key.0, key.1));
            }
        }
        for (at, wanted) in wanted.into_iter().enumerate() {
            let own = (instances[at].service, true);
            for key in std::iter::once(own).chain(wanted.into_iter().map(|service| (service, false))) {
                instances[at].container.env.extend(known[&key].clone());
            }
        }
    }

    /// Services that an instance is told about: what it requires, transitively, and what it wants to know.
    fn wanted(&mut self, services: &[Service], instances: &[Instance], at: usize) -> Vec<ServiceId> {
        let instance = &instances[at];
        let mut wanted: BTreeSet<ServiceId> = BTreeSet::new();
        let by_requires = |requirement: &&Requirement| requirement.by == RequiredBy::Requires;
        let of = |required: Required| match required {
            Required::Service(id) => id,
            Required::Instance(id) => instances[id.0].service,
        };
        let direct = requirements(&services[instance.service.0], instance).filter(by_requires);
        let mut pending: Vec<ServiceId> = direct.map(|requirement| of(requirement.on)).collect();
        while let Some(service) = pending.pop() {
            if wanted.insert(service) {
                pending.extend(services[service.0].requires.iter().map(|requirement| of(requirement.on)));
            }
        }
        let section = self.index.sections[at];
        for name in section.service.settings.wants_info.iter().chain(&section.instance.settings.wants_info) {
            match self.index.services.get(name.value.as_str()) {
                Some(&id) => {
                    wanted.insert(id);
                }
                None => {
                    let known: Vec<&str> = self.index.services.keys().copied().collect();
                    self.unknown("unknown-service", "service", name, &known);
                }
            }
        }
        // Of its own service it knows more already.
        wanted.remove(&instance.service);
        wanted.into_iter().collect()
    }

    /// Two instances that publish one port of a ship cannot run at the same time.
    fn shared_ports(&mut self, instances: &[Instance]) {
        let mut taken: HashMap<(usize, u16, Protocol), usize> = HashMap::new();
        let mut told: HashSet<(usize, usize)> = HashSet::new();
        for (at, instance) in instances.iter().enumerate() {
            let wide_open = instance.ports.iter().filter(|port| port.bind.is_none());
            for (port, number) in
                wide_open.flat_map(|port| (0..port.count).map(move |n| (port, port.host + n)))
            {
                let key = (instance.ship.0, number, port.protocol);
                let first = *taken.entry(key).or_insert(at);
                if first != at && told.insert((first, at)) {
                    let ship = &self.ships[instance.ship.0].name;
                    let other = &instances[first];
                    let text = format!(
                        "`{}` and `{}` publish the same port of ship `{ship}`: {number}",
                        other.name, instance.name
                    );
                    self.diagnostics.push(
                        Diagnostic::warning("port-conflict", text)
                            .at(self.port_span(at, &port.name), "this one")
                            .also(self.port_span(first, &port.name), "and this one")
                            .note("only one of them can run at a time")
                            .help("give one of them another port on the ship: `\"CONTAINER:SHIP\"`"),
                    );
                }
            }
        }
    }

    fn port_span(&self, at: usize, name: &str) -> Span {
        let section = self.index.sections[at];
        let both = section.instance.settings.ports.iter().chain(&section.service.settings.ports);
        let named = both.clone().find(|port| port.value.name == name);
        named.map_or(section.instance.span, |port| port.span)
    }
}

fn dedup(names: Vec<&str>) -> Vec<&str> {
    let mut seen = HashSet::new();
    names.into_iter().filter(|name| seen.insert(*name)).collect()
}
