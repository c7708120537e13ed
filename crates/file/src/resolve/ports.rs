//! Where the ports of an instance stand in the file.

use maestro_core::source::Span;

use super::Section;

/// Where one of the instance's ports is written.
pub(super) fn port_span(section: Section<'_>, name: &str) -> Span {
    let mut both = section.instance.settings.ports.iter().chain(&section.service.settings.ports);
    both.find(|port| port.value.name == name).map_or(section.instance.span, |port| port.span)
}
