//! `ports`: a name and a port, a pair `container:host`, a range, either with `/udp`, or a mapping.

use std::net::IpAddr;

use super::{
    keys,
    read::{Field, Reader},
    scalar::Value,
    yaml::{Kind, NodeId},
};
use crate::{
    diagnostic::Diagnostic,
    source::{Span, Spanned},
    value::{Port, Protocol},
};

const FORMS: &str = "write `8080`, `\"80:8080\"` (container:ship), `\"8000-8005\"`, `\"53/udp\"`, or \
                     `{exposed: 80, external: [127.0.0.1, 8080]}`";

/// One side of a port: a port or a range, and its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Side {
    first: u16,
    count: u16,
    protocol: Protocol,
}

/// Reads the mapping `ports`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<Spanned<Port>> {
    let Some(entries) = reader.mapping(field.value, "`ports`", "{http: 8080}") else { return Vec::new() };
    entries.iter().filter_map(|entry| port(reader, entry)).collect()
}

fn port(reader: &mut Reader<'_>, entry: &Field) -> Option<Spanned<Port>> {
    let span = reader.span(entry.value);
    let (container, host, bind) = match reader.yaml.kind(entry.value) {
        Kind::Mapping(_) => detailed(reader, entry.value)?,
        Kind::Scalar(scalar) => {
            let written = scalar.text.clone();
            let (container, host) = short(reader, entry.value, span, &written)?;
            (container, host, None)
        }
        Kind::Sequence(_) | Kind::Bad => {
            reader.wrong_type(entry.value, "a port", "a port number", "8080");
            return None;
        }
    };
    if container.protocol != host.protocol {
        let text = "a port has one protocol, but its two sides name different ones";
        bad(reader, span, text, format!("{} inside, {} outside", container.protocol, host.protocol));
        return None;
    }
    if container.count != host.count {
        let text = "a range of ports has as many ports inside as outside";
        bad(reader, span, text, format!("{} inside, {} outside", container.count, host.count));
        return None;
    }
    Some(Spanned::new(
        Port {
            name: entry.key.value.clone(),
            container: container.first,
            host: host.first,
            count: container.count,
            protocol: container.protocol,
            bind,
        },
        span,
    ))
}

fn short(reader: &mut Reader<'_>, node: NodeId, span: Span, written: &str) -> Option<(Side, Side)> {
    let text = match reader.yaml.value(node) {
        Value::Int(number) => {
            let text = number.to_string();
            if written.contains(':') {
                // PyYAML reads 22:22 as 22 × 60 + 22. MaestroNG published that port, so a file that runs there means it.
                reader.diagnostics.push(
                    Diagnostic::warning("sexagesimal", format!("`{written}` is read as the number {number}"))
                        .at(span, format!("YAML 1.1 reads this as {number}, a number in base 60"))
                        .help(format!("write `\"{written}\"` in quotes for a pair of ports")),
                );
            }
            text
        }
        Value::Text(text) => text,
        Value::Null => {
            bad(reader, span, "a port needs a number", "nothing is written here".to_owned());
            return None;
        }
        Value::Bool(_) | Value::Float(_) => {
            bad(reader, span, format!("`{written}` is not a port"), "not a port".to_owned());
            return None;
        }
    };
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        [one] => side(reader, span, one).map(|side| (side, side)),
        [container, host] => {
            let (container, host) = (side(reader, span, container), side(reader, span, host));
            Some((container?, host?))
        }
        _ => {
            let text = format!("`{text}` has too many parts for a port");
            let label = "expected `container:host`".to_owned();
            reader.diagnostics.push(
                Diagnostic::error("bad-port", text)
                    .at(span, label)
                    .help("to bind it to an address, write `{exposed: 80, external: [127.0.0.1, 8080]}`"),
            );
            None
        }
    }
}

fn detailed(reader: &mut Reader<'_>, node: NodeId) -> Option<(Side, Side, Option<IpAddr>)> {
    let example = "{exposed: 80, external: 8080}";
    let fields = reader.section(node, "a port", &[keys::PORT], example)?;
    let (exposed, external) =
        (fields.get(reader, "exposed").cloned(), fields.get(reader, "external").cloned());
    let (Some(exposed), Some(external)) = (exposed, external) else {
        bad(reader, fields.span, "a port written as a mapping needs `exposed` and `external`", String::new());
        return None;
    };
    let container = single(reader, exposed.value);
    let (host, bind) = match reader.yaml.kind(external.value) {
        Kind::Sequence(items) => {
            let items = items.clone();
            let [address, port] = items[..] else {
                let span = reader.span(external.value);
                bad(reader, span, "`external` takes an address and a port", "expected two items".to_owned());
                return None;
            };
            (single(reader, port), Some(bind_address(reader, address)?))
        }
        _ => (single(reader, external.value), None),
    };
    // 0.0.0.0 is what an engine does without being told.
    Some((container?, host?, bind.filter(|address| !(address.is_ipv4() && address.is_unspecified()))))
}

fn bind_address(reader: &mut Reader<'_>, node: NodeId) -> Option<IpAddr> {
    let address = reader.raw_text(node, "an address", "127.0.0.1")?;
    let parsed = address.value.parse().ok();
    if parsed.is_none() {
        let text = format!("`{}` is not an address of a network interface", address.value);
        bad(reader, address.span, text, "expected an IP address".to_owned());
    }
    parsed
}

fn single(reader: &mut Reader<'_>, node: NodeId) -> Option<Side> {
    let text = reader.text(node, "a port", "8080")?;
    side(reader, text.span, &text.value)
}

/// `80`, `80/udp`, `8000-8005`, `8000-8005/tcp`.
fn side(reader: &mut Reader<'_>, span: Span, text: &str) -> Option<Side> {
    match parse_side(text) {
        Ok(side) => Some(side),
        Err(why) => {
            bad(reader, span, format!("`{text}` is not a port"), why);
            None
        }
    }
}

fn parse_side(text: &str) -> Result<Side, String> {
    let (numbers, protocol) = match text.split_once('/') {
        None => (text, Protocol::Tcp),
        Some((numbers, "tcp")) => (numbers, Protocol::Tcp),
        Some((numbers, "udp")) => (numbers, Protocol::Udp),
        Some((_, other)) => return Err(format!("`{other}` is neither `tcp` nor `udp`")),
    };
    let number = |text: &str| {
        let valid = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<u32>() {
            Ok(port @ 1..=65535) if valid => u16::try_from(port).map_err(|error| error.to_string()),
            _ if valid => Err("ports go from 1 to 65535".to_owned()),
            _ => Err("expected a number".to_owned()),
        }
    };
    let (first, last) = match numbers.split_once('-') {
        None => (number(numbers)?, number(numbers)?),
        Some((first, last)) => (number(first)?, number(last)?),
    };
    if last < first {
        return Err(format!("the range ends ({last}) before it begins ({first})"));
    }
    Ok(Side { first, count: (last - first).saturating_add(1), protocol })
}

fn bad(reader: &mut Reader<'_>, span: Span, text: impl Into<String>, label: String) {
    reader.diagnostics.push(Diagnostic::error("bad-port", text).at(span, label).help(FORMS));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_a_port_or_a_range_with_a_protocol() {
        let side = |first, count, protocol| Ok(Side { first, count, protocol });
        assert_eq!(parse_side("80"), side(80, 1, Protocol::Tcp));
        assert_eq!(parse_side("53/udp"), side(53, 1, Protocol::Udp));
        assert_eq!(parse_side("8000-8005/tcp"), side(8000, 6, Protocol::Tcp));
        for bad in ["", "0", "65536", "99999999999", "-1", "a", "80/sctp", "9-8", "8-", " 80", "+80"] {
            assert!(parse_side(bad).is_err(), "{bad}");
        }
    }
}
