//! What services on several ships reach of one another. On one ship a network's own names lead to the containers; on
//! another one, names lead to the ship that publishes the port, through `/etc/hosts`.

use std::{collections::BTreeSet, net::IpAddr};

use super::{OF_SERVICE, ProjectResolver, instance_name};
use crate::compose::service::{ComposeService, Condition};
use maestro_core::{
    diagnostic::Diagnostic,
    model::{
        Instance, Service, ShipId,
        container::{ContainerSpec, Network, Port, Setting, SettingValue},
    },
    source::{Span, Spanned},
    value::{
        is_loopback,
        setting::{OF_CONTAINER, shared_containers},
    },
};

/// A service as others see it.
struct Target<'a, 'p> {
    service: ComposeService<'p>,
    instances: Vec<&'a Instance>,
    /// What it needs to reach.
    needs: Vec<Need<'p>>,
}

impl Target<'_, '_> {
    fn instance_on(&self, ship: ShipId) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.ship == ship).copied()
    }

    /// Whether another ship reaches a port of it under the port's own number.
    fn is_published(&self) -> bool {
        self.ports().iter().any(|port| is_reachable(port) && port.host == port.container)
    }

    fn ports(&self) -> &[Port] {
        self.instances.first().map_or(&[], |instance| &instance.ports)
    }
}

fn is_reachable(port: &Port) -> bool {
    port.choice == 1 && port.host > 0 && port.bind.is_none_or(|address| !address.is_loopback())
}

/// What makes a service need another one.
pub(super) struct Need<'p> {
    pub(super) service: Spanned<&'p str>,
    /// The name under which it finds that one.
    pub(super) alias: &'p str,
    key: &'static str,
}

impl<'p> ProjectResolver<'p, '_> {
    /// Gives each instance the names of services on other ships, and points what names a container of another service to
    /// the one on its own ship.
    pub(super) fn reach(&mut self, services: &[Service], instances: &mut [Instance]) {
        if self.ships.len() < 2 {
            return;
        }
        let target = |(service, ids): (ComposeService<'p>, &Service)| {
            let instances = ids.instances.iter().map(|id| &instances[id.0]).collect();
            Target { service, instances, needs: needs(service) }
        };
        let targets: Vec<Target<'_, 'p>> = self.project.services().zip(services).map(target).collect();
        let mut specs: Vec<ContainerSpec> = Vec::with_capacity(instances.len());
        for source in &targets {
            self.tell_unreachable(source, &targets);
            for instance in &source.instances {
                let mut spec = (*instance.container).clone();
                self.add_hosts(&mut spec, instance.ship, source, &targets);
                self.use_containers_of(&mut spec, instance.ship, source, &targets);
                specs.push(spec);
            }
        }
        let ids = services.iter().flat_map(|service| &service.instances);
        for (id, spec) in ids.zip(specs) {
            instances[id.0].container = spec.into();
        }
    }

    /// Tells what a service needs and cannot reach, once for each other service.
    fn tell_unreachable(&mut self, source: &Target<'_, 'p>, targets: &[Target<'_, 'p>]) {
        for need in &source.needs {
            let Some(target) = targets.iter().find(|target| target.service.name == need.service.value) else {
                continue;
            };
            let ships = source.instances.iter().map(|instance| instance.ship);
            let apart = ships.filter(|ship| target.instance_on(*ship).is_none()).min();
            let (Some(ship), Some(first)) = (apart, target.instances.first()) else { continue };
            if first.is_job() {
                // It has ended when others start, so nobody reaches it.
                continue;
            }
            if !target.is_published() {
                let problem = self.not_published(source, target, (ship, first.ship), need);
                self.diagnostics.push(problem);
            } else if self.address_of(first.ship).is_none() {
                let problem = self.without_address(source, target, first.ship, need.service.span);
                self.diagnostics.push(problem);
            }
        }
    }

    fn not_published(
        &self,
        source: &Target<'_, 'p>,
        target: &Target<'_, 'p>,
        (here, there): (ShipId, ShipId),
        need: &Need<'p>,
    ) -> Diagnostic {
        let (from, to) = (source.service.name, target.service.name);
        let (here, there) = (&self.ships[here.0].name, &self.ships[there.0].name);
        let text = format!("`{from}` on ship `{here}` cannot reach `{to}` on ship `{there}`");
        let reachable = target.ports().iter().find(|port| is_reachable(port));
        let why = match (reachable, target.ports().first()) {
            (Some(port), _) => format!("`{to}` publishes port {} as {}", port.container, port.host),
            (None, Some(port)) if port.bind.is_some_and(|address| address.is_loopback()) => {
                format!("`{to}` publishes port {} on the loopback address alone", port.container)
            }
            (None, Some(_)) => format!("the engine chooses the port under which `{to}` is published"),
            (None, None) => format!("`{to}` publishes no port"),
        };
        let port =
            target.ports().first().map_or_else(|| "PORT".to_owned(), |port| port.container.to_string());
        Diagnostic::error("unreachable-service", text)
            .at(need.service.span, format!("needed by `{}`", need.key))
            .note(why)
            .note("a network of an engine ends at its ship; other ships reach published ports")
            .help(format!("publish the port under its own number in `{to}`: `ports: [\"{port}:{port}\"]`"))
            .help(format!("or put both on one ship in the site file: `{to}: {{ship: {here}}}`"))
    }

    fn without_address(
        &self,
        source: &Target<'_, 'p>,
        target: &Target<'_, 'p>,
        ship: ShipId,
        needed: Span,
    ) -> Diagnostic {
        let ship = &self.ships[ship.0];
        let (from, to) = (source.service.name, target.service.name);
        let text =
            format!("`{from}` cannot reach `{to}`: ship `{}` has no IP address in the site file", ship.name);
        let problem = Diagnostic::error("ship-without-address", text)
            .at(ship.span.unwrap_or(needed), "no `ip` here")
            .also(needed, "needs it");
        problem
            .note(format!(
                "its address is `{}`; `/etc/hosts` of a container takes IP addresses",
                ship.address
            ))
            .help(format!("add the address at which other ships reach it: `{}: {{ip: 10.0.0.1}}`", ship.name))
    }

    fn add_hosts(
        &self,
        spec: &mut ContainerSpec,
        ship: ShipId,
        source: &Target<'_, 'p>,
        targets: &[Target<'_, 'p>],
    ) {
        if matches!(&spec.network, Network::Mode { mode, .. } if mode.starts_with(OF_CONTAINER)) {
            // The container that it shares a network with has the names.
            return;
        }
        for target in targets {
            let Some(first) = target.instances.first() else { continue };
            if target.service.name == source.service.name
                || target.instance_on(ship).is_some()
                || !target.is_published()
            {
                continue;
            }
            let Some(address) = self.address_of(first.ship) else { continue };
            for name in names(spec, source, target) {
                spec.extra_hosts.entry(name).or_insert_with(|| address.to_string());
            }
        }
    }

    /// Links, volumes and namespaces of another service's container: the one on the same ship.
    fn use_containers_of(
        &mut self,
        spec: &mut ContainerSpec,
        ship: ShipId,
        source: &Target<'_, 'p>,
        targets: &[Target<'_, 'p>],
    ) {
        let here = |name: &str| {
            let target = targets.iter().find(|target| instance_name(target.service.name, 1) == name)?;
            Some(target.instance_on(ship).map(|instance| instance.name.clone()))
        };
        for from in &mut spec.volumes_from {
            let (name, mode) =
                from.split_once(':').map_or((from.as_str(), None), |(name, mode)| (name, Some(mode)));
            let suffix = mode.map(|mode| format!(":{mode}")).unwrap_or_default();
            match here(name) {
                Some(Some(own)) => *from = format!("{own}{suffix}"),
                Some(None) => self.tell_apart(source.service, "volumes_from", name, ship),
                None => {}
            }
        }
        let shared: Vec<(Setting, String)> =
            shared_containers(&spec.settings).map(|(setting, name)| (setting, name.to_owned())).collect();
        for (setting, name) in shared {
            match here(&name) {
                Some(Some(own)) => {
                    spec.settings.insert(setting, SettingValue::Text(format!("{OF_CONTAINER}{own}")));
                }
                Some(None) => self.tell_apart(source.service, setting.key(), &name, ship),
                None => {}
            }
        }
        match &mut spec.network {
            Network::Mode { mode, .. } => {
                if let Some(name) = mode.strip_prefix(OF_CONTAINER) {
                    match here(name) {
                        Some(Some(own)) => *mode = format!("{OF_CONTAINER}{own}"),
                        Some(None) => {
                            let name = name.to_owned();
                            self.tell_apart(source.service, "network_mode", &name, ship);
                        }
                        None => {}
                    }
                }
            }
            Network::Environment { links, .. } => {
                // On another ship the alias stands in `/etc/hosts`.
                links.retain_mut(|(name, _)| match here(name) {
                    Some(Some(own)) => {
                        *name = own;
                        true
                    }
                    Some(None) => false,
                    None => true,
                });
            }
        }
    }

    fn tell_apart(&mut self, service: ComposeService<'p>, key: &'static str, container: &str, ship: ShipId) {
        let other = container.rsplit_once('-').map_or(container, |(service, _)| service);
        let ship = &self.ships[ship.0].name;
        let text = format!("`{key}` of `{}` needs a container of `{other}` on ship `{ship}`", service.name);
        let element = service.element.get(key);
        self.diagnostics.push(
            Diagnostic::error("container-on-other-ship", text)
                .at(
                    element.map_or(service.element.span, |element| element.span),
                    "shares what one engine has",
                )
                .help(format!(
                    "put `{other}` on the same ships in the site file: `{other}: {{ship: {ship}}}`"
                )),
        );
    }

    /// The IP address under which other ships reach what a ship publishes.
    fn address_of(&self, ship: ShipId) -> Option<IpAddr> {
        let address = &self.ships[ship.0].address;
        address.parse().ok().filter(|_| !is_loopback(address))
    }
}

/// The services that a service needs to reach: those that it depends on, but for jobs, and those that it links to.
pub(super) fn needs(service: ComposeService<'_>) -> Vec<Need<'_>> {
    let links = service.element.spanned_texts("links").unwrap_or_default();
    let links: Vec<Need<'_>> = links
        .into_iter()
        .map(|link| {
            let (name, alias) = link.value.split_once(':').unwrap_or((link.value, link.value));
            Need { service: Spanned::new(name, link.span), alias, key: "links" }
        })
        .collect();
    let dependencies = service
        .dependencies()
        .filter(|dependency| dependency.condition != Condition::Completed)
        .filter(|dependency| links.iter().all(|link| link.service.value != dependency.service.value))
        // They have to run on one ship, which is told of these keys.
        .filter(|dependency| !shares(service, dependency.service.value))
        .map(|dependency| Need {
            alias: dependency.service.value,
            service: dependency.service,
            key: "depends_on",
        });
    let dependencies: Vec<Need<'_>> = dependencies.collect();
    dependencies.into_iter().chain(links).collect()
}

/// Whether a service uses a namespace or the volumes of another one's container.
fn shares(service: ComposeService<'_>, other: &str) -> bool {
    let volumes = service.element.spanned_texts("volumes_from").unwrap_or_default();
    let is_of_other = |key: &&str| {
        service.element.text_of(key).and_then(|mode| mode.strip_prefix(OF_SERVICE)) == Some(other)
    };
    ["network_mode", "pid", "ipc"].iter().any(is_of_other)
        || volumes.iter().any(|from| from.value.split(':').next() == Some(other))
}

/// The names under which a container finds a service: its aliases on networks that both are on, and links to it.
fn names(spec: &ContainerSpec, source: &Target<'_, '_>, target: &Target<'_, '_>) -> BTreeSet<String> {
    let Some(other) = target.instances.first() else { return BTreeSet::new() };
    let shared =
        other.container.attachments.iter().filter(|(network, _)| spec.attachments.contains_key(*network));
    let mut names: BTreeSet<String> =
        shared.flat_map(|(_, attachment)| attachment.aliases.iter().cloned()).collect();
    let of_target = instance_name(target.service.name, 1);
    if let Network::Environment { links, .. } = &spec.network {
        names.extend(links.iter().filter(|(name, _)| *name == of_target).map(|(_, alias)| alias.clone()));
    }
    if source.needs.iter().any(|need| need.service.value == target.service.name) {
        names.insert(target.service.name.to_owned());
    }
    names
}
