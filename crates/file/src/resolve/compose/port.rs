//! Published ports.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use super::ProjectResolver;
use crate::{
    compose::{
        element::Element,
        service::{ComposePort, ComposeService},
    },
    resolve::ports::{free_above, published_on},
};
use maestro_core::{
    diagnostic::Diagnostic,
    model::{
        Instance, Service, ServiceId, ShipId,
        container::{Port, Protocol},
    },
    source::{Span, Spanned},
};

/// A service that publishes a port, the port, and where it is written.
type Publisher<'a> = (ServiceId, &'a Port, Span);

impl<'p> ProjectResolver<'p, '_> {
    /// The ports that a service publishes.
    pub(super) fn ports(&mut self, service: ComposeService<'p>) -> Vec<Port> {
        service.ports().filter_map(|port| self.port(&port)).collect()
    }

    /// Tells of a service with several containers on one ship that publish the same port of it: only one can start.
    pub(super) fn tell_shared_port(&mut self, service: ComposeService<'p>, instances: &[Instance]) {
        let mut first_on: HashMap<ShipId, &Instance> = HashMap::new();
        for instance in instances {
            let Some(first) = first_on.insert(instance.ship, instance) else { continue };
            let fixed = instance.ports.iter().position(|port| port.choice == 1 && port.host > 0);
            let Some((at, port)) = fixed.and_then(|at| Some((at, instance.ports.get(at)?))) else { continue };
            let ship = &self.ships[instance.ship.0].name;
            let text = format!(
                "`{}` and `{}` would both publish port {} of ship `{ship}`",
                first.name, instance.name, port.host
            );
            let last = port.host.saturating_add(u16::try_from(instances.len() - 1).unwrap_or(u16::MAX));
            let written =
                service.element.get("ports").and_then(Element::items).and_then(|ports| ports.get(at));
            self.diagnostics.push(
                Diagnostic::error("port-conflict", text)
                    .at(
                        written.map_or(service.element.span, |port| port.span),
                        "only one container can have it",
                    )
                    .help(format!("let the engine choose: `\"{}-{last}:{}\"`", port.host, port.container))
                    .help("or run one container on each ship: `per_ship: 1` in a site file"),
            );
            return;
        }
    }

    /// Warns of two services that publish one port of a ship: their containers do not run at the same time.
    pub(super) fn tell_port_of_two_services(&mut self, services: &[Service], instances: &[Instance]) {
        let mut taken: HashMap<(ShipId, u16, Protocol), Vec<Publisher<'_>>> = HashMap::new();
        let mut told: HashSet<(ServiceId, ServiceId)> = HashSet::new();
        let mut used: HashMap<ShipId, HashSet<u16>> = HashMap::new();
        let written: Vec<&Element> = self.project.services().map(|service| service.element).collect();
        for instance in instances {
            let Some(element) = written.get(instance.service.0) else { continue };
            for (port, written) in instance.ports.iter().zip(element.each("ports")) {
                // Of several ports the engine takes one that is free.
                if port.choice > 1 || port.host == 0 {
                    continue;
                }
                let others = taken.entry((instance.ship, port.host, port.protocol)).or_default();
                // Two addresses of a ship are two ports.
                let meets =
                    |other: &Port| other.bind.is_none() || port.bind.is_none() || other.bind == port.bind;
                let first = others
                    .iter()
                    .find(|(service, other, _)| *service != instance.service && meets(other))
                    .map(|(service, _, span)| (*service, *span));
                others.push((instance.service, port, written.span));
                let Some((first, span)) = first.filter(|(first, _)| told.insert((*first, instance.service)))
                else {
                    continue;
                };
                let ship = &self.ships[instance.ship.0].name;
                let range: Vec<&Port> = instance
                    .ports
                    .iter()
                    .zip(element.each("ports"))
                    .filter(|(_, item)| item.span == written.span)
                    .map(|(port, _)| port)
                    .collect();
                let used =
                    used.entry(instance.ship).or_insert_with(|| published_on(instance.ship, instances));
                let free = elsewhere(&range, used);
                let (one, other) = (&services[first.0].name, &services[instance.service.0].name);
                let text =
                    format!("`{one}` and `{other}` publish the same port of ship `{ship}`: {}", port.host);
                self.diagnostics.push(
                    Diagnostic::warning("port-conflict", text)
                        .at(written.span, "this one")
                        .also(span, "and this one")
                        .note("only one of them can run at a time")
                        .help(match free {
                            Some(free) => format!("publish one of them under another port: `\"{free}\"`"),
                            None => "publish one of them under another port".to_owned(),
                        }),
                );
            }
        }
    }

    /// The port, unless no engine publishes it.
    pub(super) fn port(&mut self, port: &ComposePort<'_>) -> Option<Port> {
        let protocol = match port.protocol {
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            "tcp" => Protocol::Tcp,
            other => {
                self.diagnostics.push(
                    Diagnostic::error(
                        "unsupported",
                        format!("ports of protocol `{other}` cannot be published"),
                    )
                    .at(port.target.span, "this port")
                    .help("publish it with `tcp`, `udp` or `sctp`, or use `network_mode: host`"),
                );
                return None;
            }
        };
        let container = port.target.value.try_into().ok().filter(|number| *number > 0);
        let container = self.number(container, port.target.span)?;
        // Without one, the engine chooses any port that is free. A variable that is not set leaves an empty text.
        let (host, choice) = match port.published.as_ref().filter(|published| !published.value.is_empty()) {
            None => (0, 1),
            Some(published) => self.published(published)?,
        };
        let bind = match port.address.as_ref().filter(|address| !address.value.is_empty()) {
            None => None,
            Some(address) => Some(self.address(address)?),
        };
        let name = format!("{container}/{protocol}");
        // Left to itself, an engine publishes on all addresses of both families.
        let ipv6 = bind.is_none();
        Some(Port { name, container, host, count: 1, choice, protocol, bind, ipv6 })
    }

    /// The first port, and how many the engine may choose from.
    fn published(&mut self, published: &Spanned<&str>) -> Option<(u16, u16)> {
        let sign_less = published.value.strip_prefix('-').and_then(|text| text.parse::<u16>().ok());
        if let Some(number) = sign_less.filter(|number| *number > 0) {
            self.diagnostics.push(
                Diagnostic::error("bad-port", format!("`{}` is not a port", published.value))
                    .at(published.span, "a port is not less than 0")
                    .help(format!("write `published: {number}`"))
                    .replace(published.span, number.to_string()),
            );
            return None;
        }
        let (first, last) = published.value.split_once('-').unwrap_or((published.value, published.value));
        let first = self.number(first.parse().ok(), published.span)?;
        let last: u16 = self.number(last.parse().ok(), published.span)?;
        let choice = last.checked_sub(first).and_then(|more| more.checked_add(1));
        self.number(choice, published.span).map(|choice| (first, choice))
    }

    fn number(&mut self, number: Option<u16>, span: Span) -> Option<u16> {
        if number.is_none() {
            self.diagnostics.push(
                Diagnostic::error("bad-port", "this is not a port")
                    .at(span, "expected a number from 1 to 65535, or a range of them")
                    .help("write for example `published: \"8080\"`"),
            );
        }
        number
    }

    fn address(&mut self, address: &Spanned<&str>) -> Option<IpAddr> {
        let parsed = address.value.trim_matches(['[', ']']).parse().ok();
        if parsed.is_none() {
            let text = format!("`{}` is not an IP address", address.value);
            self.diagnostics.push(
                Diagnostic::error("bad-address", text)
                    .at(address.span, "a port is bound to an address of the host")
                    .help("write for example `127.0.0.1:8080:80`"),
            );
        }
        parsed
    }
}

/// The ports of one item, published under ports that nobody else has, as they are written.
fn elsewhere(ports: &[&Port], used: &mut HashSet<u16>) -> Option<String> {
    let (first, last) =
        (ports.iter().map(|port| port.container).min()?, ports.iter().map(|port| port.container).max()?);
    let host = ports.iter().map(|port| port.host).max()?;
    let count = last.checked_sub(first)?.checked_add(1)?;
    let free = free_above(host, count, used)?;
    let bind = match ports.first()?.bind {
        Some(IpAddr::V6(address)) => format!("[{address}]:"),
        Some(address) => format!("{address}:"),
        None => String::new(),
    };
    let sides = if count == 1 {
        format!("{free}:{first}")
    } else {
        format!("{free}-{}:{first}-{last}", free.checked_add(count - 1)?)
    };
    let protocol = match ports.first()?.protocol {
        Protocol::Tcp => "",
        Protocol::Udp => "/udp",
        Protocol::Sctp => "/sctp",
    };
    Some(format!("{bind}{sides}{protocol}"))
}

/// The port of a ship that a container publishes, if only one can have it and it is a port at all.
pub(super) fn fixed(port: &ComposePort<'_>) -> Option<Port> {
    let protocol = match port.protocol {
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => Protocol::Tcp,
    };
    let bind = match port.address.as_ref().filter(|address| !address.value.is_empty()) {
        None => None,
        Some(address) => Some(address.value.trim_matches(['[', ']']).parse().ok()?),
    };
    let container = u16::try_from(port.target.value).ok()?;
    let host = port.published.as_ref()?.value.parse().ok()?;
    let name = format!("{container}/{protocol}");
    Some(Port { name, container, host, count: 1, choice: 1, protocol, bind, ipv6: false })
}
