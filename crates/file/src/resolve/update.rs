//! `update` of services, and what stands in the way of `start-first`: two containers of an instance have to run side by
//! side, and names are all that is handed over.

use std::num::NonZeroUsize;

use super::{Resolver, bad, ports::port_span};
use crate::document::update::{Parallel, UpdateSection};
use maestro_core::{
    diagnostic::Diagnostic,
    model::{
        Instance, RequiredBy, Service,
        container::{Network, Port},
        update::{Order, Update},
    },
    source::Span,
};

/// What comes first, or what holds where a file does not say it.
pub(super) fn order(section: &UpdateSection) -> Order {
    section.order.as_ref().map_or_else(Order::default, |order| order.value)
}

/// What a file says of a service with so many instances, and what holds where it says nothing.
pub(super) fn of(section: &UpdateSection, instances: usize) -> Update {
    let default = Update::default();
    let parallel = section.parallel.map(|parallel| match parallel {
        Parallel::Instances(number) => number,
        Parallel::Percent(part) => instances.saturating_mul(usize::from(part)).div_ceil(100),
    });
    Update {
        order: order(section),
        parallel: parallel.and_then(NonZeroUsize::new).unwrap_or(default.parallel),
        max_per_ship: section.max_per_ship.and_then(NonZeroUsize::new),
        canary: section.canary.and_then(NonZeroUsize::new),
        delay: section.delay.unwrap_or(default.delay),
        on_failure: section.on_failure.unwrap_or(default.on_failure),
        max_failures: section.max_failures.unwrap_or(default.max_failures),
        on_peer_change: section.on_peer_change.unwrap_or(default.on_peer_change),
    }
}

impl Resolver<'_, '_> {
    /// Refuses `start-first` where two containers of an instance cannot stand side by side, once a service.
    pub(super) fn side_by_side(&mut self, services: &[Service], instances: &[Instance]) {
        for (at, section) in self.document.services.iter().enumerate() {
            let Some(order) = section.update.order.as_ref().filter(|order| order.value == Order::StartFirst)
            else {
                continue;
            };
            let service = &services[at];
            // Of one whose ship is not known that was told.
            let mut own =
                service.instances.iter().filter(|id| self.known_ship[id.0]).map(|id| &instances[id.0]);
            let problem = own.find_map(|instance| self.in_the_way(instance, service, instances));
            if let Some(problem) = problem {
                self.diagnostics.push(problem(order.span));
            }
        }
    }

    /// What keeps a second container of that instance from running beside the first.
    fn in_the_way(
        &self,
        instance: &Instance,
        service: &Service,
        all: &[Instance],
    ) -> Option<Box<dyn Fn(Span) -> Diagnostic>> {
        self.fixed_port(instance)
            .or_else(|| self.narrow_range(instance, service, all))
            .or_else(|| self.other_network(instance))
            .or_else(|| self.tied(instance, all))
    }

    fn fixed_port(&self, instance: &Instance) -> Option<Box<dyn Fn(Span) -> Diagnostic>> {
        let port = instance.ports.iter().find(|port| !port.is_chosen_by_engine())?;
        let why =
            format!("it publishes port {} of ship `{}`", port.on_ship(), self.ship_of_instance(instance));
        let there = self.port_place(instance, port);
        Some(refusal(
            instance,
            (there, why),
            "leave its `ports` out, if it is reached through links alone, or let the engine choose: \
             `\"CONTAINER:FIRST-LAST\"`",
        ))
    }

    /// Of a range that the engine chooses from, one port has to be free for the successor.
    fn narrow_range(
        &self,
        instance: &Instance,
        service: &Service,
        all: &[Instance],
    ) -> Option<Box<dyn Fn(Span) -> Diagnostic>> {
        let update = of(&self.document.services[instance.service.0].update, service.instances.len());
        let at_once = update.max_per_ship.map_or(update.parallel, |most| most.min(update.parallel)).get();
        let narrow = instance.ports.iter().filter(|port| port.host > 0);
        let (port, wanted, here) = narrow.into_iter().find_map(|port| {
            let same = |other: &&Instance| {
                other.ship == instance.ship
                    && other.ports.iter().any(|known| {
                        known.host < port.host + port.choice
                            && port.host < known.host + known.choice.max(known.count)
                            && known.protocol == port.protocol
                    })
            };
            let here = all.iter().filter(same).count();
            let replaced = service.instances.iter().map(|id| &all[id.0]).filter(same).count().min(at_once);
            (here + replaced > usize::from(port.choice)).then_some((port, here + replaced, here))
        })?;
        let why = format!(
            "{wanted} of the ports {} are needed: {here} for those that run, the others for their successors",
            port.on_ship()
        );
        Some(refusal(instance, (self.port_place(instance, port), why), "give it a wider range of ports"))
    }

    fn other_network(&self, instance: &Instance) -> Option<Box<dyn Fn(Span) -> Diagnostic>> {
        let section = self.index.sections[self.index.instances.get(instance.name.as_str())?.0];
        if let Some(networks) = section.networks_span() {
            let why = "both would be found under the names that it has there".to_owned();
            let help =
                "leave `networks` out: on the environment's own network links lead to whoever is ready";
            return Some(refusal(instance, (networks, why), help));
        }
        let Network::Mode { mode, .. } = &instance.container.network else { return None };
        let net = section.instance.settings.net.as_ref().or(section.service.settings.net.as_ref())?;
        let why = match mode.as_str() {
            "host" => "with `net: host` both would want the same ports of the ship".to_owned(),
            other => format!("with `net: {other}` it has no names that a successor could take over"),
        };
        Some(refusal(
            instance,
            (net.span, why),
            "leave `net` out: on the environment's own network links lead to whoever is ready",
        ))
    }

    /// What is tied to a container rather than to a name has to be replaced with it.
    fn tied(&self, instance: &Instance, all: &[Instance]) -> Option<Box<dyn Fn(Span) -> Diagnostic>> {
        let id = *self.index.instances.get(instance.name.as_str())?;
        all.iter().enumerate().find_map(|(at, other)| {
            let by_volumes = other.requires.iter().find(|requirement| {
                requirement.by == RequiredBy::VolumesFrom
                    && requirement.on == maestro_core::model::Required::Instance(id)
            });
            let settings = (
                &self.index.sections[at].instance.settings.net,
                &self.index.sections[at].service.settings.net,
            );
            let joined = format!("container:{}", instance.name);
            let net = settings.0.as_ref().or(settings.1.as_ref()).filter(|net| net.value == joined);
            let (span, key) = match (by_volumes, net) {
                (Some(requirement), _) => (requirement.span, "volumes_from"),
                (None, Some(net)) => (net.span, "net"),
                (None, None) => return None,
            };
            let why = format!("`{}` is tied to its container by `{key}`", other.name);
            let help = match key {
                "net" => "let it have a network of its own, and reach it through a link",
                _ => "give both the same `volumes` of the ship in place of `volumes_from`",
            };
            Some(refusal(instance, (span, why), help))
        })
    }

    fn port_place(&self, instance: &Instance, port: &Port) -> Span {
        let at = self.index.instances.get(instance.name.as_str());
        at.map_or(instance.span, |id| port_span(self.index.sections[id.0], &port.name))
    }

    fn ship_of_instance(&self, instance: &Instance) -> &str {
        &self.ships[instance.ship.0].name
    }
}

fn refusal(
    instance: &Instance,
    (there, why): (Span, String),
    help: &'static str,
) -> Box<dyn Fn(Span) -> Diagnostic> {
    let text = format!("two containers of `{}` cannot run side by side", instance.name);
    Box::new(move |order| {
        bad("start-first", text.clone(), order, "the old one runs until its successor is ready")
            .also(there, why.clone())
            .help(help)
            .help("or write `order: stop-first`")
            .replace(order, "stop-first")
    })
}
