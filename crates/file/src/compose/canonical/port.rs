//! Short forms of ports: `80`, `8080:80/udp`, `127.0.0.1:8000-8002:80-82`.

use std::net::IpAddr;

use super::{
    port_fault::PortFault,
    port_meant::{self, of_sides},
};
use crate::compose::element::{Content, Element};
use maestro_core::diagnostic::nearest;

const PROTOCOLS: [&str; 3] = ["tcp", "udp", "sctp"];

/// The ports of a short form, in the long form and in docker compose's order.
pub(super) fn ports(written: &Element) -> Result<Vec<Element>, PortFault> {
    let text = text(written)?;
    if let Some(fault) = port_meant::of_arrow(&text) {
        return Err(fault);
    }
    if text.contains(char::is_whitespace) {
        let meant: String = text.split_whitespace().collect();
        return Err(PortFault::new("a port has no spaces", &meant));
    }
    let (address, published, container) = split(&text);
    let (container, protocol) = container.split_once('/').unwrap_or((container, "tcp"));
    let protocol = if protocol.is_empty() { "tcp".to_owned() } else { protocol.to_lowercase() };
    if !PROTOCOLS.contains(&protocol.as_str()) {
        let near = nearest(&protocol, PROTOCOLS).unwrap_or("tcp");
        let meant = text.rsplit_once('/').map_or(String::new(), |(before, _)| format!("{before}/{near}"));
        return Err(PortFault::new("the protocol must be `tcp`, `udp` or `sctp`", &meant));
    }
    let address = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(address);
    if !address.is_empty() && address.parse::<IpAddr>().is_err() {
        let meant = format!("127.0.0.1:{published}:{container}");
        return Err(PortFault::new(format!("`{address}` is no IP address"), &meant));
    }
    let (first, last) = range(container, &text)?;
    let host = match published {
        "" => None,
        ports => Some(range(ports, &text)?),
    };
    if let Some((first_host, last_host)) = host
        && last - first != last_host - first_host
        && first != last
    {
        let own = last_host.checked_sub(first_host).and_then(|more| first.checked_add(more));
        let label = "both ranges must have the same number of ports";
        return Err(match own {
            Some(last) => PortFault::new(label, &format!("{first_host}-{last_host}:{first}-{last}")),
            None => PortFault::unknown(label),
        });
    }
    let port = |target: u16| {
        let mut port = Element::mapping(written.span, [("mode", Content::from("ingress"))]);
        if !address.is_empty() {
            port.add("host_ip", Content::from(address));
        }
        port.add("target", Content::Integer(target.into()));
        if let Some((first_host, last_host)) = host {
            let own = first_host + (target - first);
            let published = if first == last && first_host != last_host {
                format!("{own}-{last_host}")
            } else {
                own.to_string()
            };
            port.add("published", Content::Text(published));
        }
        port.add("protocol", Content::Text(protocol.clone()));
        port
    };
    let mut targets: Vec<u16> = (first..=last).collect();
    targets.sort_by_key(|target| format!("{target}/"));
    Ok(targets.into_iter().map(port).collect())
}

/// The text of a port, unless no port can be written like that.
fn text(written: &Element) -> Result<String, PortFault> {
    let text = match &written.content {
        Content::Integer(number) => number.to_string(),
        Content::Text(text) => text.clone(),
        Content::Number(number) => number.to_string(),
        Content::List(items) => return Err(port_meant::of_list(items)),
        _ => return Err(PortFault::unknown("this is no port")),
    };
    of_sides(&text).map_or(Ok(text), Err)
}

/// The address, the published port and the container's port, of which the first two may be empty.
fn split(text: &str) -> (&str, &str, &str) {
    match text.rsplit_once(':') {
        None => ("", "", text),
        Some((rest, container)) => match rest.rsplit_once(':') {
            None => ("", rest, container),
            Some((address, published)) => (address, published, container),
        },
    }
}

/// The first and the last port of a range, or of a single one.
fn range(text: &str, whole: &str) -> Result<(u16, u16), PortFault> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    if first > last {
        let meant = whole.replacen(text, &format!("{last}-{first}"), 1);
        return Err(PortFault::new(format!("the range `{text}` ends before it begins"), &meant));
    }
    Ok((first, last))
}

fn number(text: &str) -> Result<u16, PortFault> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if is_number => Ok(number),
        _ if is_number => Err(PortFault::unknown(format!("`{text}` is too large: the last port is 65535"))),
        _ if text.is_empty() => Err(PortFault::unknown("a number is missing")),
        _ => Err(PortFault::unknown(format!("`{text}` is no number"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::source::{Sources, Span};
    use proptest::prelude::*;

    fn written(text: &str) -> Element {
        Element::text(Span::new(Sources::default().add("", ""), 0..0), text)
    }

    /// `ADDRESS PUBLISHED TARGET PROTOCOL` of each port.
    fn read(text: &str) -> Result<Vec<String>, PortFault> {
        let printed = |port: &Element, key: &str| {
            port.get(key).and_then(|value| value.content.printed()).unwrap_or_else(|| "-".to_owned())
        };
        let line = |port: &Element| {
            ["host_ip", "published", "target", "protocol"].map(|key| printed(port, key)).join(" ")
        };
        ports(&written(text)).map(|ports| ports.iter().map(line).collect())
    }

    #[test]
    fn short_forms_are_read() {
        for (text, meant) in [
            ("80", vec!["- - 80 tcp"]),
            ("8080:80", vec!["- 8080 80 tcp"]),
            ("53:53/UDP", vec!["- 53 53 udp"]),
            ("127.0.0.1::80", vec!["127.0.0.1 - 80 tcp"]),
            ("127.0.0.1:8080:80", vec!["127.0.0.1 8080 80 tcp"]),
            ("[::1]:8080:80", vec!["::1 8080 80 tcp"]),
            ("::1:8080:80", vec!["::1 8080 80 tcp"]),
            ("8000-8001:80-81", vec!["- 8000 80 tcp", "- 8001 81 tcp"]),
            ("8000-8009:80", vec!["- 8000-8009 80 tcp"]),
            ("9-10", vec!["- - 10 tcp", "- - 9 tcp"]),
        ] {
            assert_eq!(read(text), Ok(meant.into_iter().map(str::to_owned).collect()), "{text}");
        }
        for text in ["", "a", "80:a", "99999", "80-79", "8000-8001:80-82", "host:80:80", "80/icmp", "+80"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_meant_is_said() {
        for (text, meant) in [
            ("8090-8080:80", "8080-8090:80"),
            ("8000-8010:80-85", "8000-8010:80-90"),
            ("8080: 80", "8080:80"),
            ("localhost:8080:80", "127.0.0.1:8080:80"),
            ("53:53/ucp", "53:53/tcp"),
        ] {
            let helps = read(text).unwrap_err().helps;
            assert_eq!(helps[0].0, format!("write `\"{meant}\"`"), "{text}");
            assert!(read(meant).is_ok(), "{meant}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9:.\\-/a-z\\[\\]]{0,20}|\\PC*") {
            let _ = ports(&written(&text));
        }
    }
}
