//! `ports`: a name and a port, a pair `container:host`, a range, either with `/udp`, or a mapping.

mod forms;
mod meant;
pub(super) mod services;
pub(crate) mod slip;

use std::net::IpAddr;

use super::{
    interpolation::as_template,
    keys,
    read::{Field, Reader},
    scalar::Value,
    wrong::Wrong,
    yaml::{NodeId, NodeKind},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    source::{Span, Spanned},
    value::{Port, Protocol},
};

const TOO_LARGE: &str = "ports end at 65535";
const ANY_PORT: &str = "write a number from 1 to 65535";

/// One side of a port: a port or a range, and its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Side {
    first: u16,
    count: u16,
    protocol: Protocol,
}

impl Side {
    /// The port or the range.
    fn inside(self) -> String {
        match self.count {
            1 => self.first.to_string(),
            count => format!("{}-{}", self.first, self.first.saturating_add(count - 1)),
        }
    }
}

/// Reads the mapping `ports`; true beside it if some of them cannot be read.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> (Vec<Spanned<Port>>, bool) {
    let entries = reader.mapping(field.value, "`ports`", "names to ports", "ports: {http: 8080}");
    let Some(entries) = entries else { return (Vec::new(), true) };
    let ports: Vec<_> = entries.iter().filter_map(|entry| port(reader, entry)).collect();
    let gaps = ports.len() < entries.len();
    (ports, gaps)
}

fn port(reader: &mut Reader<'_>, entry: &Field) -> Option<Spanned<Port>> {
    let span = reader.span(entry.value);
    let (container, host, bind) = match reader.yaml.kind(entry.value) {
        NodeKind::Mapping(_) if forms::is_mapping_of_ports(reader, entry) => return None,
        NodeKind::Mapping(_) => detailed(reader, entry)?,
        NodeKind::Scalar(_) => {
            let (container, host) = short(reader, entry, span)?;
            (container, host, None)
        }
        NodeKind::Sequence(items) if forms::is_list_of_ports(reader, entry, &items.clone()) => return None,
        NodeKind::Sequence(_) | NodeKind::Bad => {
            let what = format!("the port `{}`", entry.key.value);
            let example = format!("{}: \"80:8080\"", entry.key.value);
            reader.wrong_type(entry.value, &what, "a number, or two with a `:` between them", &example);
            return None;
        }
    };
    if container.protocol != host.protocol {
        let label = format!("{} inside, {} on the ship", container.protocol, host.protocol);
        let meant = format!("{}/udp:{}/udp", container.inside(), host.inside());
        let help = format!("write the same one on both sides: `\"{meant}\"`; without one it is `tcp`");
        let wrong =
            Wrong { meant: reader.is_scalar(entry.value).then_some(meant), ..Wrong::new(label, help) };
        bad(reader, span, "the two sides of a port have different protocols", wrong);
        return None;
    }
    // One port inside may get any free one of several on the ship, as in `docker run`.
    let choice = if container.count == 1 { host.count } else { 1 };
    if container.count != host.count && choice == 1 {
        let label = format!("{} inside, {} on the ship", container.count, host.count);
        let wrong = Wrong::new(label, "make both ranges equally long");
        bad(reader, span, "the two sides of a range have different numbers of ports", wrong);
        return None;
    }
    let name = entry.key.value.clone();
    let (Side { first, count, protocol }, host) = (container, host.first);
    Some(Spanned::new(
        Port { name, container: first, host, count, choice, protocol, bind, ipv6: false },
        span,
    ))
}

fn short(reader: &mut Reader<'_>, entry: &Field, span: Span) -> Option<(Side, Side)> {
    let written = reader.written(entry.value).to_owned();
    let name = &entry.key.value;
    let text = match reader.yaml.value(entry.value) {
        Value::Int(number) => {
            let text = number.to_string();
            if written.matches(':').count() > 1 {
                written
            } else if written.contains(':') {
                // PyYAML reads 22:22 as 22 × 60 + 22. MaestroNG published that port, so a file that runs there means it.
                reader.diagnostics.push(
                    Diagnostic::warning("sexagesimal", format!("`{written}` is read as the number {number}"))
                        .at(span, "without quotes YAML takes this for hours and minutes")
                        .help(format!("for a pair of ports write `{name}: \"{written}\"`"))
                        .replace(span, format!("\"{written}\""))
                        .help(format!("if port {number} is meant, write `{name}: {number}`"))
                        .replace(span, number.to_string()),
                );
                text
            } else {
                reader.warn_of_base(entry.value);
                text
            }
        }
        Value::Text(text) => text,
        Value::Null => {
            let diagnostic = Diagnostic::error("bad-port", format!("the port `{name}` has no number"));
            let diagnostic = diagnostic.at(span, "nothing is written after it");
            reader.diagnostics.push(diagnostic.help(format!("write for example `{name}: 8080`")));
            return None;
        }
        Value::Bool(_) | Value::Float(_) => written,
    };
    if let Some((label, meant)) = forms::of_numbers(&text) {
        let diagnostic = Diagnostic::error("bad-port", format!("`{text}` is not a port")).at(span, label);
        reader.diagnostics.push(forms::helps(diagnostic, name, Some(span), meant));
        return None;
    }
    pair(name, &text)
        .map_err(|wrong| {
            let is_form = wrong.meant.is_none() && ![TOO_LARGE, ANY_PORT].contains(&wrong.help.as_str());
            let meant = is_form.then(|| meant::by_numbers(name, &text, &wrong.label)).flatten();
            let wrong = meant.unwrap_or(wrong);
            // What arithmetic has made has no digit too many.
            let is_made = wrong.label == TOO_LARGE && reader.yaml.is_from_template(entry.value);
            let wrong = if is_made { Wrong::new(TOO_LARGE, ANY_PORT) } else { wrong };
            bad(reader, span, format!("`{text}` is not a port"), wrong);
        })
        .ok()
}

/// The port inside and on the ship.
fn pair(name: &str, text: &str) -> Result<(Side, Side), Wrong> {
    if let Some(meant) = as_template(text).map(|meant| swapped(&meant)) {
        let order =
            if meant.contains("}}:") || meant.contains(":{{") { ": the port inside comes first" } else { "" };
        let help = format!("write `{name}: \"{meant}\"`{order}");
        let label = "Maestro fills in no `$…`: templates read variables";
        return Err(Wrong { meant: Some(meant), ..Wrong::new(label, help) });
    }
    match text.split(':').collect::<Vec<_>>()[..] {
        [one] => parse_side(one).map(|side| (side, side)),
        [container, host] => {
            let inside =
                parse_side(container).map_err(|wrong| wrong.within(|meant| format!("{meant}:{host}")))?;
            let outside =
                parse_side(host).map_err(|wrong| wrong.within(|meant| format!("{container}:{meant}")))?;
            Ok((inside, outside))
        }
        [address, host, container] if address.parse::<IpAddr>().is_ok() => {
            let meant = format!("{{exposed: {container}, external: [{address}, {host}]}}");
            let help = format!("write `{name}: {meant}`");
            Err(Wrong { meant: Some(meant), ..Wrong::new("an address has no place here", help) })
        }
        _ => Err(Wrong::new("too many `:`", format!("write `{name}: \"CONTAINER:SHIP\"`"))),
    }
}

/// Compose writes the port of the ship first.
fn swapped(text: &str) -> String {
    match text.split_once(':') {
        Some((host, container)) if !container.contains(':') => format!("{container}:{host}"),
        _ => text.to_owned(),
    }
}

fn detailed(reader: &mut Reader<'_>, entry: &Field) -> Option<(Side, Side, Option<IpAddr>)> {
    let what = format!("the port `{}`", entry.key.value);
    let fields = reader.section(entry.value, &what, &[keys::PORT], "{exposed: 80, external: 8080}");
    for (key, about) in [("exposed", "the port inside the container"), ("external", "the port on the ship")] {
        if !fields.attempted(reader, key) {
            let (span, label) = fields.missing(key);
            let diagnostic = Diagnostic::error("missing-key", format!("{what} needs `{key}`"));
            let help = format!("add `{key}:` and {about}");
            reader.diagnostics.push(diagnostic.at(span, label).help(help));
        }
    }
    let container = single(reader, fields.get(reader, "exposed").cloned()?.value, "exposed");
    let external = fields.get(reader, "external").cloned()?.value;
    let (host, bind) = match reader.yaml.kind(external) {
        NodeKind::Sequence(items) => match items.clone()[..] {
            [address, port] => bound(reader, address, port)?,
            _ => {
                reader.wrong_type(
                    external,
                    "`external`",
                    "a port, or a list of an address and a port",
                    "external: [127.0.0.1, 8080]",
                );
                return None;
            }
        },
        _ => (single(reader, external, "external"), None),
    };
    // All of the ship's IPv4 addresses are what is meant where none is said.
    Some((container?, host?, bind.filter(|address| !(address.is_ipv4() && address.is_unspecified()))))
}

/// A port that is published on one address of the ship.
fn bound(reader: &mut Reader<'_>, address: NodeId, port: NodeId) -> Option<(Option<Side>, Option<IpAddr>)> {
    let text = reader.raw_text(address, "an address", "external: [127.0.0.1, 8080]")?;
    if let Ok(address) = text.value.parse() {
        return Some((single(reader, port, "external"), Some(address)));
    }
    let swapped = reader.written(port).parse::<IpAddr>();
    let diagnostic = Diagnostic::error("bad-port", format!("`{}` is not an IP address", text.value))
        .at(text.span, "expected an IP address");
    reader.diagnostics.push(match swapped {
        Ok(address) => {
            let help = format!("the address comes first: `external: [{address}, {}]`", text.value);
            let diagnostic = diagnostic.help(help).fix(text.span, address.to_string());
            diagnostic.fix(reader.span(port), text.value)
        }
        Err(_) => diagnostic.help("write an IP address of the ship, as `ip address` shows them there"),
    });
    None
}

fn single(reader: &mut Reader<'_>, node: NodeId, key: &str) -> Option<Side> {
    let text = reader.text(node, &format!("`{key}`"), &format!("{key}: 8080"))?;
    let side = parse_side(&text.value);
    side.map_err(|wrong| bad(reader, text.span, format!("`{}` is not a port", text.value), wrong)).ok()
}

/// `80`, `80/udp`, `8000-8005`, `8000-8005/tcp`.
fn parse_side(text: &str) -> Result<Side, Wrong> {
    let (numbers, protocol) = match text.split_once('/') {
        None => (text, Protocol::Tcp),
        Some((numbers, "tcp")) => (numbers, Protocol::Tcp),
        Some((numbers, "udp")) => (numbers, Protocol::Udp),
        Some((numbers, "sctp")) => (numbers, Protocol::Sctp),
        Some((numbers, other)) => {
            let label = format!("`{other}` is not `tcp`, `udp` or `sctp`");
            let help = format!("write `{numbers}/tcp`, `{numbers}/udp` or `{numbers}/sctp`");
            if other.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Wrong::new(label, help));
            }
            let protocol = if other.to_lowercase().contains('u') { "udp" } else { "tcp" };
            return Err(Wrong { meant: Some(format!("{numbers}/{protocol}")), ..Wrong::new(label, help) });
        }
    };
    let (first, last) = match numbers.split_once('-') {
        None => (number(numbers)?, number(numbers)?),
        Some((first, last)) => (number(first)?, number(last)?),
    };
    if last < first {
        let rest = &text[numbers.len()..];
        let meant = format!("{last}-{first}{rest}");
        let help = format!("write `\"{last}-{first}\"`");
        return Err(Wrong { meant: Some(meant), ..Wrong::new("the range ends before it begins", help) });
    }
    Ok(Side { first, count: (last - first).saturating_add(1), protocol })
}

fn number(text: &str) -> Result<u16, Wrong> {
    let pair = "`\"80:8080\"` is port 80 inside and 8080 on the ship";
    if text.is_empty() {
        return Err(Wrong::new("a number is missing", format!("write one number, or two: {pair}")));
    }
    let trimmed = text.trim_end_matches([',', ';']);
    if trimmed != text && trimmed.parse::<u16>().is_ok_and(|port| port > 0) {
        let meant = Some(trimmed.to_owned());
        return Err(Wrong {
            meant,
            ..Wrong::new("a line does not end with a comma in YAML", format!("write `{trimmed}`"))
        });
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let label = format!("`{text}` is not a port number");
        return Err(match services::port_of(&text.to_lowercase()) {
            Some(port) => Wrong {
                meant: Some(port.to_string()),
                ..Wrong::new(label, format!("write the number: `{port}` is the port of {text}"))
            },
            None => Wrong::new(label, format!("write a number such as `8080`, or two: {pair}")),
        });
    }
    match text.parse::<u16>() {
        Ok(0) => Err(Wrong::new("ports begin at 1", ANY_PORT)),
        Ok(port) => Ok(port),
        Err(_) => Err(match without_doubled_digit(text) {
            Some(meant) => {
                let help = format!("did you mean `{meant}`? Else write a number from 1 to 65535");
                Wrong { meant: Some(meant), ..Wrong::new(TOO_LARGE, help) }
            }
            None => Wrong::new(TOO_LARGE, ANY_PORT),
        }),
    }
}

/// `80800`: the port with one digit less, where the same one stands twice. None for what arithmetic may have made of a port.
fn without_doubled_digit(text: &str) -> Option<String> {
    const SLIPS: std::ops::Range<u32> = 70_000..100_000;
    text.parse::<u32>().ok().filter(|number| SLIPS.contains(number))?;
    let digits = text.as_bytes();
    let mut doubled = (1..digits.len()).rev().filter(|&at| digits[at] == digits[at - 1]);
    let at = doubled.next()?;
    Some(format!("{}{}", &text[..at], &text[at + 1..]))
}

fn bad(reader: &mut Reader<'_>, span: Span, text: impl Into<String>, wrong: Wrong) {
    let help = match wrong.meant {
        // A pair without quotes would be hours and minutes.
        Some(meant) if !meant.starts_with('{') => {
            Help::from(wrong.help).replace(span, format!("\"{meant}\""))
        }
        Some(meant) => Help::from(wrong.help).replace(span, meant),
        None => Help::from(wrong.help),
    };
    reader.diagnostics.push(Diagnostic::error("bad-port", text).at(span, wrong.label).help(help));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_a_port_or_a_range_with_a_protocol() {
        let side = |first, count, protocol| Ok(Side { first, count, protocol });
        assert_eq!(parse_side("80"), side(80, 1, Protocol::Tcp));
        assert_eq!(parse_side("53/udp"), side(53, 1, Protocol::Udp));
        assert_eq!(parse_side("86/sctp"), side(86, 1, Protocol::Sctp));
        assert_eq!(parse_side("8000-8005/tcp"), side(8000, 6, Protocol::Tcp));
        for bad in ["", "0", "65536", "99999999999", "-1", "a", "80/icmp", "9-8", "8-", " 80", "+80"] {
            assert!(parse_side(bad).is_err(), "{bad}");
        }
    }
}
