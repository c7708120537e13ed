//! How services of a Compose file are updated.

use std::{num::NonZeroUsize, time::Duration};

use super::ProjectResolver;
use crate::{
    compose::{element::Element, service::ComposeService},
    resolve::side_by_side::{NET, Obstacle, Words},
};
use maestro_core::{
    model::{
        Instance, Service,
        update::{OnFailure, Order, Update},
    },
    source::{Span, Spanned},
};

/// How Compose files name what is in the way of `start-first`.
const WORDS: Words =
    Words { mode: "network_mode", range: "`\"FIRST-LAST:CONTAINER\"`", network: "a network of the project" };

/// How many containers are replaced at once. docker compose has no words for the rest, so `deploy.update_config` counts as
/// far as a single engine can follow it.
pub(super) fn update(service: ComposeService<'_>, instances: usize) -> Update {
    let default = Update::default();
    let Some(config) = update_config(service.element) else { return default };
    let parallel =
        config.spanned_integer("parallelism").and_then(|number| usize::try_from(number.value).ok());
    // 0 is all of them.
    let parallel = parallel.map(|number| if number == 0 { instances } else { number });
    let delay = config.spanned_integer("delay").and_then(|delay| u64::try_from(delay.value).ok());
    let ratio = config.spanned_number("max_failure_ratio").map_or(0.0, |ratio| ratio.value);
    // So many that their part of all is not larger.
    let max_failures = (1..=instances).take_while(|failed| is_within(*failed, instances, ratio)).count();
    let on_failure = config.text_of("failure_action").and_then(OnFailure::from_word);
    Update {
        order: config.text_of("order").and_then(Order::from_word).unwrap_or_default(),
        on_failure: on_failure.unwrap_or(default.on_failure),
        parallel: parallel.and_then(NonZeroUsize::new).unwrap_or(default.parallel),
        delay: delay.map_or(default.delay, Duration::from_nanos),
        max_failures,
        ..default
    }
}

impl<'p> ProjectResolver<'p, '_> {
    /// Tells where `start-first` cannot hold, since two containers of an instance cannot run side by side: an error about
    /// the site file, a warning about a Compose file, which other tools read too.
    pub(super) fn side_by_side(&mut self, services: &mut [Service], instances: &[Instance]) {
        for service in services {
            if service.update.order != Order::StartFirst {
                continue;
            }
            if service.instances.iter().any(|id| instances[id.0].swarm.is_some()) {
                // Its Swarm replaces its tasks, and knows the order from the service itself.
                service.update.order = Order::default();
                continue;
            }
            let found = service.instances.iter().find_map(|id| {
                let instance = &instances[id.0];
                Some((instance, Obstacle::find(service, instance, instances)?))
            });
            let Some((instance, obstacle)) = found else { continue };
            let Some(element) = self.element(&service.name) else { continue };
            let ship = self.ships[instance.ship.0].name.as_str();
            let there = self.place_of(element, &obstacle);
            let of_site =
                self.site_service(&service.name).and_then(|site| site.update.as_ref()?.order.clone());
            let whose = (instance, ship);
            self.diagnostics.push(if let Some(order) = of_site {
                obstacle.refused(whose, (order.span, there), &WORDS)
            } else {
                service.update.order = Order::StopFirst;
                obstacle.passed_over(whose, (written_order(element), there), &WORDS)
            });
        }
    }

    fn element(&self, service: &str) -> Option<&'p Element> {
        self.project.services().find(|known| known.name == service).map(|known| known.element)
    }

    /// Where an obstacle of a service is written.
    fn place_of(&self, element: &Element, obstacle: &Obstacle<'_>) -> Span {
        let place = |element: &Element, key: &str| element.get(key).map_or(element.span, |value| value.span);
        match obstacle {
            Obstacle::FixedPort(_) | Obstacle::NarrowRange { .. } => place(element, "ports"),
            Obstacle::Address if element.get("mac_address").is_some() => place(element, "mac_address"),
            Obstacle::Address => place(element, "networks"),
            Obstacle::Mode(_) => place(element, WORDS.mode),
            Obstacle::HostName(_) => place(element, "hostname"),
            Obstacle::Tied { by, key } => {
                let key = if *key == NET { WORDS.mode } else { key };
                let tied = self.project.services().find(|service| service.element.span == by.span);
                tied.map_or(by.span, |service| place(service.element, key))
            }
        }
    }
}

fn update_config(service: &Element) -> Option<&Element> {
    service.get("deploy")?.get("update_config")
}

/// Where a Compose file says what comes first.
fn written_order(service: &Element) -> Span {
    update_config(service)
        .and_then(|config| config.spanned_text("order"))
        .map_or(service.span, |order: Spanned<&str>| order.span)
}

/// Whether that many of all instances are no larger a part than `ratio`.
fn is_within(failed: usize, instances: usize, ratio: f64) -> bool {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(failed) <= ratio * number(instances)
}
