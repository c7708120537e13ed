//! Short forms of ports: `80`, `8080:80/udp`, `127.0.0.1:8000-8002:80-82`.

use std::net::IpAddr;

use crate::compose::element::{Content, Element};

/// The ports of a short form, in the long form and in docker compose's order. The text says what is wrong.
pub(super) fn ports(written: &Element) -> Result<Vec<Element>, &'static str> {
    let text = match &written.content {
        Content::Integer(number) => number.to_string(),
        Content::Text(text) => text.clone(),
        _ => return Err("this is no port"),
    };
    let (address, published, container) = split(&text);
    let (container, protocol) = container.split_once('/').unwrap_or((container, "tcp"));
    let protocol = if protocol.is_empty() { "tcp".to_owned() } else { protocol.to_lowercase() };
    if !["tcp", "udp", "sctp"].contains(&protocol.as_str()) {
        return Err("the protocol must be `tcp`, `udp` or `sctp`");
    }
    let address = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(address);
    if !address.is_empty() && address.parse::<IpAddr>().is_err() {
        return Err("what stands before the ports is no IP address");
    }
    let (first, last) = range(container).ok_or("the port in the container must be from 0 to 65535")?;
    let host = match published {
        "" => None,
        ports => Some(range(ports).ok_or("the published port must be from 0 to 65535")?),
    };
    if let Some((first_host, last_host)) = host
        && last - first != last_host - first_host
        && first != last
    {
        return Err("both ranges must have the same number of ports");
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
fn range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| text.parse::<u16>().ok().filter(|_| !text.starts_with('+'));
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((first, last))
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
    fn read(text: &str) -> Result<Vec<String>, &'static str> {
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

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9:.\\-/a-z\\[\\]]{0,20}|\\PC*") {
            let _ = ports(&written(&text));
        }
    }
}
