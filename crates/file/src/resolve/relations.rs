//! What stands between instances: requirements, volumes of others, variables about others, published ports.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Resolver, bad, ports, rings, update_hooks};
use maestro_core::{
    diagnostic::Diagnostic,
    model::{
        Instance, InstanceId, Required, RequiredBy, RequiredState, Requirement, Service, ServiceId, ShipId,
        container::{Port, Protocol},
        graph::requirements,
        variables::{self, Neighbour, SharedVariables},
    },
    source::{Span, Spanned},
};

impl Resolver<'_, '_> {
    /// Names under `requires`: a service, as in `MaestroNG`, or an instance.
    /// Those that require them, `own`, are not proposed.
    pub(super) fn requirements(&mut self, names: &[Spanned<String>], own: &[&str]) -> Vec<Requirement> {
        let mut found = Vec::new();
        for name in names {
            let service = self.index.services.get(name.value.as_str()).map(|&id| Required::Service(id));
            let on = service
                .or_else(|| self.index.instances.get(name.value.as_str()).map(|&id| Required::Instance(id)));
            match on {
                // The same thing may be named twice.
                Some(on) if found.iter().any(|known: &Requirement| known.on == on) => {}
                Some(on) => found.push(Requirement {
                    on,
                    by: RequiredBy::Requires,
                    state: RequiredState::Ready,
                    span: name.span,
                }),
                None => {
                    let known: Vec<&str> =
                        self.index.services.keys().chain(self.index.instances.keys()).copied().collect();
                    let known = known.into_iter().filter(|known| !own.contains(known)).collect();
                    self.unknown("unknown-requirement", "service or instance", name, &dedup(known));
                }
            }
        }
        found
    }

    /// All that needs every instance to be known.
    pub(super) fn relate(&mut self, services: &mut [Service], instances: &mut [Instance]) {
        self.volumes_from(instances);
        let mut waits = self.links(instances);
        waits.extend(self.networks(instances));
        self.limits(instances);
        self.setting_conflicts(instances);
        for (id, requirement) in waits {
            instances[id.0].requires.push(requirement);
        }
        self.hooks(services, instances);
        rings::tell(services, instances, self.diagnostics);
        self.side_by_side(services, instances);
        self.neighbours(services, instances);
        self.shared_ports(instances);
    }

    /// The jobs of `hooks`.
    fn hooks(&mut self, services: &mut [Service], instances: &[Instance]) {
        let document = self.document;
        for (at, section) in document.services.iter().enumerate() {
            let mut named = |name: &Spanned<String>| {
                let found = self.index.services.get(name.value.as_str()).copied();
                if found.is_none() {
                    let known: Vec<&str> = self.index.services.keys().copied().collect();
                    self.unknown("unknown-service", "service", name, &known);
                }
                found
            };
            let hooks = update_hooks::find(&section.hooks, &mut named);
            update_hooks::add(ServiceId(at), &hooks, services, instances, self.diagnostics);
        }
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
                instances[at].requires.push(Requirement {
                    on,
                    by: RequiredBy::VolumesFrom,
                    state: RequiredState::Ready,
                    span: name.span,
                });
            }
        }
    }

    fn check_volumes_from(&mut self, own: &Instance, other: &Instance, span: Span) {
        let name = |instance: &Instance| self.index.instances[instance.name.as_str()].0;
        let known = self.known_ship[name(own)] && self.known_ship[name(other)];
        if known && own.ship != other.ship {
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
            return;
        }
        let paths = |instance: &Instance| -> BTreeSet<String> {
            let mounts = instance.container.mounts.iter().map(|mount| mount.target.clone());
            mounts.chain(instance.container.volumes.iter().cloned()).collect()
        };
        let shared: Vec<String> = paths(own).intersection(&paths(other)).cloned().collect();
        if !shared.is_empty() {
            let text = format!("`{}` has volumes of its own where `{}` brings some", own.name, other.name);
            self.diagnostics.push(
                bad("volume-conflict", text, span, format!("both have `{}`", shared.join("`, `")))
                    .help(format!("take it out of `{}`, or give it another path inside", own.name)),
            );
        }
    }

    /// Variables that tell an instance where the instances of its own and of required services are.
    fn neighbours(&mut self, services: &[Service], instances: &mut [Instance]) {
        let wanted: Vec<Vec<ServiceId>> =
            (0..instances.len()).map(|at| self.wanted(services, instances, at)).collect();
        if self.diagnostics.has_errors() {
            // Nobody will see them, and of a large service they are many.
            return;
        }
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
        let mut known: HashMap<(ServiceId, bool), SharedVariables> = HashMap::new();
        let mut joined: HashMap<(ServiceId, Vec<ServiceId>), SharedVariables> = HashMap::new();
        let mut shared = |own: ServiceId, wanted: Vec<ServiceId>| {
            let make = |(own, wanted): &(ServiceId, Vec<ServiceId>)| {
                let of = std::iter::once((*own, true)).chain(wanted.iter().map(|&id| (id, false)));
                let parts: Vec<_> = of
                    .map(|key| known.entry(key).or_insert_with(|| told(key.0, key.1).into()).clone())
                    .collect();
                SharedVariables::joined(&parts)
            };
            joined.entry((own, wanted)).or_insert_with_key(make).clone()
        };
        let of_instances: Vec<SharedVariables> =
            instances.iter().zip(wanted).map(|(instance, wanted)| shared(instance.service, wanted)).collect();
        for (instance, shared) in instances.iter_mut().zip(&of_instances) {
            instance.container.env.share(shared);
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
                None => self.unknown_service(name),
            }
        }
        // Of its own service it knows more already.
        wanted.remove(&instance.service);
        wanted.into_iter().collect()
    }

    fn unknown_service(&mut self, name: &Spanned<String>) {
        if let Some(&InstanceId(at)) = self.index.instances.get(name.value.as_str()) {
            let service = &self.index.sections[at].service.name.value;
            let text = format!("`{}` is an instance, but `wants_info` names services", name.value);
            self.diagnostics.push(
                bad("unknown-service", text, name.span, "an instance")
                    .help(format!("name its service: `{service}`"))
                    .replace(name.span, service),
            );
            return;
        }
        let known: Vec<&str> = self.index.services.keys().copied().collect();
        self.unknown("unknown-service", "service", name, &known);
    }

    /// Two instances that publish one port of a ship cannot run at the same time.
    fn shared_ports(&mut self, instances: &[Instance]) {
        let mut taken: HashMap<(usize, u16, Protocol), Publishers<'_>> = HashMap::new();
        let mut told: HashSet<(usize, usize)> = HashSet::new();
        let mut used: HashMap<ShipId, HashSet<u16>> = HashMap::new();
        for (at, instance) in instances.iter().enumerate().filter(|(at, _)| self.known_ship[*at]) {
            // Of several ports the engine takes one that is free.
            let fixed = instance.ports.iter().filter(|port| !port.is_chosen_by_engine());
            for (port, number) in fixed.flat_map(|port| (0..port.count).map(move |n| (port, port.host + n))) {
                let others = taken.entry((instance.ship.0, number, port.protocol)).or_default();
                // Two addresses of a ship are two ports.
                let meet = |other: &&(usize, &Port)| {
                    other.1.bind.is_none() || port.bind.is_none() || other.1.bind == port.bind
                };
                if let Some(&(first, other)) = others.iter().find(meet)
                    && told.insert((first, at))
                {
                    let spans = (self.port_span(first, &other.name), self.port_span(at, &port.name));
                    let ship = &self.ships[instance.ship.0].name;
                    let names = (instances[first].name.as_str(), instance.name.as_str());
                    let of = &self.document.services[instance.service.0].name.value;
                    let is_of_one = instances[first].service == instance.service;
                    self.diagnostics.push(match self.surroundings.scales.of(of).filter(|_| is_of_one) {
                        Some(count) => scaled_port(of, count, port, (ship, number), spans.1),
                        None => {
                            let used = used
                                .entry(instance.ship)
                                .or_insert_with(|| ports::published_on(instance.ship, instances));
                            let free =
                                if port.count == 1 { ports::free_above(number, 1, used) } else { None };
                            port_conflict(names, (ship, number), spans, free.map(|free| sides(port, free)))
                        }
                    });
                }
                others.push((at, port));
            }
        }
    }

    fn port_span(&self, at: usize, name: &str) -> Span {
        ports::port_span(self.index.sections[at], name)
    }
}

/// The instances that publish a port of a ship, and the port of each.
type Publishers<'a> = Vec<(usize, &'a Port)>;

/// A port with other ones of the ship, as it is written: in a mapping the container's port comes first, in a list the ship's.
fn sides(port: &Port, host: impl std::fmt::Display) -> String {
    let is_list = port.name.starts_with(|first: char| first.is_ascii_digit());
    let container = port.container;
    if is_list { format!("{host}:{container}") } else { format!("{container}:{host}") }
}

fn port_conflict(
    names: (&str, &str),
    (ship, number): (&str, u16),
    spans: (Span, Span),
    free: Option<String>,
) -> Diagnostic {
    if names.0 == names.1 {
        let text = format!("`{}` publishes port {number} of ship `{ship}` twice", names.0);
        let diagnostic = Diagnostic::error("port-conflict", text).at(spans.1, "again");
        return diagnostic.also(spans.0, "first").help("leave one of the two out");
    }
    let text = format!("`{}` and `{}` publish the same port of ship `{ship}`: {number}", names.0, names.1);
    let diagnostic = Diagnostic::warning("port-conflict", text);
    let diagnostic = if spans.0 == spans.1 {
        diagnostic.at(spans.1, "both have it from here")
    } else {
        diagnostic.at(spans.1, "this one").also(spans.0, "and this one")
    };
    diagnostic.note("only one of them can run at a time").help(match free {
        Some(free) => format!("publish one of them under another port of the ship: `\"{free}\"`"),
        None => "publish one of them under another port of the ship".to_owned(),
    })
}

/// A port of a ship that a number of instances would publish of which only one can.
fn scaled_port(
    service: &str,
    count: usize,
    port: &Port,
    (ship, number): (&str, u16),
    span: Span,
) -> Diagnostic {
    let text = format!("only one instance of `{service}` can publish port {number} of ship `{ship}`");
    let more = u16::try_from(count.saturating_sub(1)).unwrap_or(u16::MAX);
    let last = port.host.saturating_add(more);
    let written = sides(port, format!("{}-{last}", port.host));
    Diagnostic::error("port-conflict", text)
        .at(span, "each of them has it from here")
        .help(format!("let the engine choose one of several: `\"{written}\"`"))
}

fn dedup(names: Vec<&str>) -> Vec<&str> {
    let mut seen = HashSet::new();
    names.into_iter().filter(|name| seen.insert(*name)).collect()
}
