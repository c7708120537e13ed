//! Where the ports of an instance stand in the file, and ports that nobody has.

use std::collections::HashSet;

use maestro_core::{
    model::{Instance, ShipId},
    source::Span,
};

use super::Section;

/// Where one of the instance's ports is written.
pub(super) fn port_span(section: Section<'_>, name: &str) -> Span {
    let mut both = section.instance.settings.ports.iter().chain(&section.service.settings.ports);
    both.find(|port| port.value.name == name).map_or(section.instance.span, |port| port.span)
}

/// The ports of a ship that its instances publish, or may publish.
pub(super) fn published_on(ship: ShipId, instances: &[Instance]) -> HashSet<u16> {
    let ports = instances.iter().filter(|instance| instance.ship == ship).flat_map(|one| &one.ports);
    ports.flat_map(|port| port.host..port.host.saturating_add(port.count.max(port.choice))).collect()
}

/// The first port above `port` from which on `count` ports are not `used`; they are used from now on.
pub(super) fn free_above(port: u16, count: u16, used: &mut HashSet<u16>) -> Option<u16> {
    let last = |first: u16| first.checked_add(count - 1);
    let is_free =
        |first: &u16| last(*first).is_some_and(|last| (*first..=last).all(|port| !used.contains(&port)));
    let first = (port.checked_add(1)?..=u16::MAX).find(is_free)?;
    used.extend(first..=last(first)?);
    Some(first)
}
