//! Forms that are no port: a list, a mapping of other keys, a number below 0, a fraction, three numbers.

use std::net::IpAddr;

use super::{
    super::{
        read::{Field, Reader},
        yaml::NodeId,
    },
    slip::{PortSlip, is_port},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    source::Span,
};

/// What people write for `exposed`.
const INSIDE: [&str; 7] =
    ["exposed", "target", "container", "containerPort", "container_port", "internal", "inside"];
/// What people write for `external`.
const OUTSIDE: [&str; 8] =
    ["external", "published", "host", "hostPort", "host_port", "public", "outside", "ship"];
/// Keys of other tools that change nothing here.
const WITHOUT_EFFECT: [&str; 3] = ["mode", "name", "app_protocol"];

/// A value that is meant, as a file has it, and what it is in words; without words if it says so itself.
type Meant = (String, String);

/// What is wrong with the numbers of a text, and what can be meant.
pub(super) fn of_numbers(text: &str) -> Option<(String, Vec<Meant>)> {
    match PortSlip::of(text)? {
        PortSlip::Three([first, second, third]) => {
            let label = "three numbers: a port has one or two".to_owned();
            Some((label, vec![pair(first, second), pair(second, third)]))
        }
        PortSlip::Number { side, why, right } => {
            let meant = match &right[..] {
                [inside, outside] => pair(inside, outside),
                sides => single(sides.first()?),
            };
            Some((format!("`{side}` {why}"), vec![meant]))
        }
    }
}

fn single(port: &str) -> Meant {
    (port.to_owned(), String::new())
}

fn pair(inside: &str, outside: &str) -> Meant {
    let ports = [inside, outside].map(|side| side.split('/').next().unwrap_or_default());
    (format!("\"{inside}:{outside}\""), format!(": port {} inside and {} on the ship", ports[0], ports[1]))
}

/// A help for each value that is meant, in the place of `span`.
pub(super) fn helps(diagnostic: Diagnostic, name: &str, span: Option<Span>, meant: Vec<Meant>) -> Diagnostic {
    meant.into_iter().enumerate().fold(diagnostic, |diagnostic, (at, (value, words))| {
        let or = if at == 0 { "" } else { "or " };
        let help = Help::from(format!("{or}write `{name}: {value}`{words}"));
        diagnostic.help(match span {
            Some(span) => help.replace(span, value),
            None => help,
        })
    })
}

/// Tells a list in the place of one port. False if its items are no ports.
pub(super) fn is_list_of_ports(reader: &mut Reader<'_>, entry: &Field, items: &[NodeId]) -> bool {
    let name = &entry.key.value;
    let items: Vec<String> = items.iter().map(|item| reader.written(*item).to_owned()).collect();
    let is_pair = |text: &str| text.split_once(':').is_some_and(|(one, two)| is_port(one) && is_port(two));
    let whole = reader.yaml.whole(entry.value);
    let diagnostic = Diagnostic::error(
        "wrong-type",
        format!("the port `{name}` must be a number, or two with a `:` between them"),
    )
    .at(reader.span(entry.value), "this is a list");
    let diagnostic = match &items[..] {
        [one] if is_port(one) => helps(diagnostic, name, whole, vec![single(one)]),
        // In a list, as Compose has it, the port of the host comes first.
        [one] if is_pair(one) => {
            let (outside, inside) = one.split_once(':').unwrap_or_default();
            helps(diagnostic, name, whole, vec![pair(inside, outside)])
        }
        [address, port] if is_port(port) && address.parse::<IpAddr>().is_ok() => {
            let value = format!("{{exposed: {port}, external: [{address}, {port}]}}");
            helps(diagnostic, name, whole, vec![(value, String::new())])
        }
        [first, second] if is_port(first) && is_port(second) => {
            let diagnostic = helps(diagnostic, name, whole, vec![pair(first, second)]);
            each_its_name(reader, diagnostic, entry, &items, "or ")
        }
        [] => return false,
        items if items.iter().all(|item| is_port(item)) => {
            each_its_name(reader, diagnostic, entry, items, "")
        }
        _ => return false,
    };
    reader.diagnostics.push(diagnostic);
    true
}

/// A name for each of several ports.
fn each_its_name(
    reader: &Reader<'_>,
    diagnostic: Diagnostic,
    entry: &Field,
    ports: &[String],
    or: &str,
) -> Diagnostic {
    let name = &entry.key.value;
    let named: Vec<String> =
        ports.iter().skip(1).zip(2..).map(|(port, number)| format!("{name}-{number}: {port}")).collect();
    let Some((first, (last, before))) = ports.first().zip(named.split_last()) else { return diagnostic };
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let first_one = format!("{name}: {first}");
    let before = [&[first_one.as_str()], &before[..]].concat().join("`, `");
    let help = Help::from(format!("{or}give each port a name: `{before}` and `{last}`"));
    let holder = reader.yaml.holder_of(entry.value).map(|(holder, _)| holder);
    diagnostic.help(match (reader.yaml.whole(entry.value), holder) {
        (Some(whole), Some(holder)) if reader.yaml.is_flow(holder) => {
            help.replace(whole, format!("{first}, {}", named.join(", ")))
        }
        (Some(whole), Some(_)) => {
            help.replace(whole, first.clone()).add_lines(whole, named.join("\n"), entry.key.span, 0)
        }
        _ => help,
    })
}

/// Tells a mapping whose keys are not those of a port here, but whose values say what is meant. False if they do not.
pub(super) fn is_mapping_of_ports(reader: &mut Reader<'_>, entry: &Field) -> bool {
    let entries = reader.yaml.entries(entry.value);
    let texts: Vec<(String, String)> = entries
        .iter()
        .map(|field| (reader.written(field.key).to_owned(), reader.written(field.value).to_owned()))
        .collect();
    let is_known = |key: &str| key == "exposed" || key == "external";
    let Some(meant) = meant_by_keys(&texts) else { return false };
    let name = &entry.key.value;
    let diagnostic = match texts.iter().position(|(key, _)| !is_known(key)) {
        Some(at) => {
            let (key, what) = (&texts[at].0, format!("the port `{name}`"));
            Diagnostic::error("unknown-key", format!("{what} has no key `{key}`"))
                .at(reader.span(entries[at].key), "unknown key")
        }
        None => {
            let missing = if texts[0].0 == "exposed" { "external" } else { "exposed" };
            Diagnostic::error("missing-key", format!("the port `{name}` needs `{missing}`"))
                .at(reader.span(entries[0].key), format!("no `{missing}` here"))
        }
    };
    let diagnostic = helps(diagnostic, name, reader.yaml.whole(entry.value), vec![meant]);
    let is_alone = texts.len() == 1 && texts[0].0 == "exposed";
    reader.diagnostics.push(if is_alone {
        diagnostic.help("or add `external:` and the port on the ship")
    } else {
        diagnostic
    });
    true
}

/// The port that a mapping means, unless each of its keys has a name of its own here.
fn meant_by_keys(texts: &[(String, String)]) -> Option<Meant> {
    let (mut inside, mut outside, mut address, mut protocol) = (None, None, None, None);
    let mut only = None;
    for (key, value) in texts {
        match key.as_str() {
            key if INSIDE.contains(&key) && inside.is_none() && is_port(value) => inside = Some(value),
            key if OUTSIDE.contains(&key) && outside.is_none() && is_port(value) => outside = Some(value),
            "protocol" if ["tcp", "udp", "sctp"].contains(&value.as_str()) => protocol = Some(value.as_str()),
            "host_ip" if value.parse::<IpAddr>().is_ok() => address = Some(value),
            key if WITHOUT_EFFECT.contains(&key) => {}
            _ if texts.len() == 1 && is_port(value) => only = Some(value),
            _ => return None,
        }
    }
    let suffix = protocol
        .filter(|protocol| *protocol != "tcp")
        .map(|protocol| format!("/{protocol}"))
        .unwrap_or_default();
    let port = |number: &str| format!("{number}{suffix}");
    match (inside, outside, address) {
        // Keys that have only another name here are renamed one by one.
        (Some(_), Some(_), None) if texts.len() == 2 => None,
        (Some(inside), Some(outside), None) => Some(pair(&port(inside), &port(outside))),
        (Some(inside), outside, Some(address)) => {
            let (inside, outside) = (port(inside), port(outside.unwrap_or(inside)));
            Some((format!("{{exposed: {inside}, external: [\"{address}\", {outside}]}}"), String::new()))
        }
        (Some(one), None, None) | (None, Some(one), None) => {
            Some((port(one), format!(": port {one} inside and on the ship")))
        }
        (None, None, _) => {
            let one = only?;
            Some((one.clone(), format!(": port {one} inside and on the ship")))
        }
        (None, Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_no_port_lead_to_ports() {
        let meant = |text: &str| {
            of_numbers(text).map(|(label, meant)| {
                let values: Vec<String> = meant.into_iter().map(|(value, _)| value).collect();
                format!("{label}: {}", values.join(" or "))
            })
        };
        for (text, expected) in [
            ("-80", "`-80` is less than 0: 80"),
            ("80:-90", "`-90` is less than 0: \"80:90\""),
            ("80.5", "`80.5` is not a whole number: 80"),
            ("80.5:90", "`80.5` is not a whole number: \"80:90\""),
            ("8080:80:90", "three numbers: a port has one or two: \"8080:80\" or \"80:90\""),
        ] {
            assert_eq!(meant(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["80", "80:90", "80-90", "-0", "1.2.3.4", "127.0.0.1:80", "-", ".", "a.5", "80:90:a"] {
            assert_eq!(meant(text), None, "{text}");
        }
    }

    #[test]
    fn the_keys_of_a_port_lead_to_a_port() {
        let meant = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> =
                pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            meant_by_keys(&pairs).map(|(value, _)| value)
        };
        let long = [("target", "53"), ("published", "5353"), ("protocol", "udp"), ("mode", "host")];
        assert_eq!(meant(&[("port", "80")]).as_deref(), Some("80"));
        assert_eq!(meant(&[("containerPort", "80")]).as_deref(), Some("80"));
        assert_eq!(meant(&[("exposed", "53"), ("protocol", "udp")]).as_deref(), Some("53/udp"));
        assert_eq!(meant(&long).as_deref(), Some("\"53/udp:5353/udp\""));
        assert_eq!(
            meant(&[("target", "80"), ("host_ip", "::1")]).as_deref(),
            Some("{exposed: 80, external: [\"::1\", 80]}")
        );
        for pairs in
            [&[][..], &[("a", "1"), ("b", "2")], &[("target", "80"), ("published", "81")], &[("port", "x")]]
        {
            assert_eq!(meant(pairs), None, "{pairs:?}");
        }
    }
}
