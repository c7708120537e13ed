//! A port of a ship that one container would publish twice.

use super::port::fixed;
use crate::compose::{element::Element, service::ComposeService};
use maestro_core::{diagnostic::Diagnostic, model::container::Port, source::Span};

/// Tells ports of a ship that would lead to two ports of one container: an engine takes the first and fails.
pub(super) fn ports(service: ComposeService<'_>) -> Vec<Diagnostic> {
    if service.element.each("ports").nth(1).is_none() {
        return Vec::new();
    }
    let written = service.element.each("ports").map(|port: &Element| port.span);
    let ports: Vec<(Port, Span)> =
        service.ports().zip(written).filter_map(|(port, span)| Some((fixed(&port)?, span))).collect();
    let conflict = |(at, (port, span)): (usize, &(Port, Span))| {
        let meets = |(other, _): &&(Port, Span)| {
            (other.host, other.protocol) == (port.host, port.protocol)
                && other.container != port.container
                && (other.bind.is_none() || port.bind.is_none() || other.bind == port.bind)
        };
        let (other, first) = ports[..at].iter().find(meets)?;
        let text = format!(
            "port {} of the ship would lead to two ports of one container: {} and {}",
            port.host, other.container, port.container
        );
        let is_free = |free: &u16| !ports.iter().any(|(other, _)| other.host == *free);
        let free = (port.host..=u16::MAX).find(is_free).unwrap_or(port.host);
        Some(
            Diagnostic::error("port-conflict", text)
                .at(*span, "this one")
                .also(*first, "and this one")
                .help(format!("publish one of them under another port: `\"{free}:{}\"`", port.container)),
        )
    };
    ports.iter().enumerate().filter_map(conflict).collect()
}
