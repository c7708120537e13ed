//! `update` of services, and whether its `start-first` can hold.

use std::num::NonZeroUsize;

use super::{
    Resolver,
    ports::port_span,
    side_by_side::{NET, Obstacle, Words},
};
use crate::document::update::{Parallel, UpdateSection};
use maestro_core::{
    model::{
        Instance, RequiredBy, Service,
        update::{Order, Update},
    },
    source::Span,
};

/// How `maestro.yaml` names what is in the way of `start-first`.
const WORDS: Words =
    Words { mode: NET, range: "`\"CONTAINER:FIRST-LAST\"`", network: "the environment's own network" };

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
    /// Refuses `start-first` where two containers of an instance cannot run side by side, once a service.
    pub(super) fn side_by_side(&mut self, services: &[Service], instances: &[Instance]) {
        for (at, section) in self.document.services.iter().enumerate() {
            let Some(order) = section.update.order.as_ref().filter(|order| order.value == Order::StartFirst)
            else {
                continue;
            };
            let service = &services[at];
            // Of one whose ship is not known that was told.
            let mut own = service.instances.iter().filter(|id| self.known_ship[id.0]);
            let found = own.find_map(|&id| {
                let instance = &instances[id.0];
                Some((id, Obstacle::find(service, instance, instances)?))
            });
            let Some((id, obstacle)) = found else { continue };
            let instance = &instances[id.0];
            let ship = &self.ships[instance.ship.0].name;
            let there = self.place_of(id.0, &obstacle);
            self.diagnostics.push(obstacle.refused((instance, ship), (order.span, there), &WORDS));
        }
    }

    /// Where an obstacle of an instance is written.
    fn place_of(&self, at: usize, obstacle: &Obstacle<'_>) -> Span {
        let section = self.index.sections[at];
        let net = section.instance.settings.net.as_ref().or(section.service.settings.net.as_ref());
        match obstacle {
            Obstacle::FixedPort(port) | Obstacle::NarrowRange { port, .. } => port_span(section, &port.name),
            Obstacle::Address => section.networks_span().unwrap_or(section.instance.span),
            Obstacle::Mode(_) => net.map_or(section.instance.span, |net| net.span),
            Obstacle::HostName(_) => self.key_span(at, "hostname"),
            Obstacle::Tied { by, key } => {
                let by_volumes = by.requires.iter().find(|required| required.by == RequiredBy::VolumesFrom);
                let at = self.index.instances.get(by.name.as_str()).map_or(at, |id| id.0);
                let section = self.index.sections[at];
                let net = section.instance.settings.net.as_ref().or(section.service.settings.net.as_ref());
                match (*key, by_volumes, net) {
                    (NET, _, Some(net)) => net.span,
                    ("volumes_from", Some(required), _) => required.span,
                    (key, ..) => self.key_span(at, key),
                }
            }
        }
    }
}
