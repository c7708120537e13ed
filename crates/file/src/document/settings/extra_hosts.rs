//! `extra_hosts`: names that a container finds, each with addresses or a ship's.

use std::net::IpAddr;

use super::text;
use crate::document::{
    keys,
    read::{Field, Reader},
    yaml::NodeKind,
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::{Span, Spanned},
};

/// An address in `extra_hosts`.
#[derive(Debug, Clone)]
pub enum HostAddress {
    /// As they are written: one, or several.
    Addresses(Vec<Spanned<String>>),
    /// The address of that ship.
    Ship(Spanned<String>),
}

/// Tells a name that no host has.
pub(crate) fn check_extra_host(diagnostics: &mut Diagnostics, name: &Spanned<String>) {
    if name.value.is_empty() || name.value.contains(|c: char| c == ':' || c.is_whitespace()) {
        let text = format!("`{}` cannot be the name of a host", name.value);
        let diagnostic = Diagnostic::error("bad-host-name", text)
            .at(name.span, "a host's name has no space and no `:` in it");
        diagnostics.push(diagnostic.help("write for example `extra_hosts: {db: 10.0.0.1}`"));
    }
}

/// What is wrong with the address of an extra host, without what to do; `whose` follows it.
pub(crate) fn bad_host_address(address: &str, whose: &str, span: Span) -> Option<Diagnostic> {
    if address == "host-gateway" || address.parse::<IpAddr>().is_ok() {
        return None;
    }
    let text = format!("`{address}`{whose} is not an IP address");
    Some(Diagnostic::error("bad-address", text).at(span, "a line of `/etc/hosts` wants one"))
}

/// Reads the names and their addresses.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<(Spanned<String>, HostAddress)> {
    let entries =
        reader.mapping(field.value, "`extra_hosts`", "names to addresses", "extra_hosts: {db: 10.0.0.1}");
    let entries = entries.unwrap_or_default();
    let mut hosts = Vec::with_capacity(entries.len());
    for entry in entries {
        check_extra_host(reader.diagnostics, &entry.key);
        let address = if let NodeKind::Mapping(_) = reader.yaml.kind(entry.value) {
            let what = format!("the extra host `{}`", entry.key.value);
            let fields = reader.section(entry.value, &what, &[keys::EXTRA_HOST], "{ship: node1}");
            if !fields.attempted(reader, "ship") {
                let (span, label) = fields.missing("ship");
                reader.diagnostics.push(
                    Diagnostic::error("missing-key", format!("{what} needs `ship`"))
                        .at(span, label)
                        .help("write the ship whose address is meant, `{ship: NAME}`, or an address"),
                );
            }
            text(reader, &fields, "ship", "node1").map(HostAddress::Ship)
        } else {
            let example = format!("{}: 10.0.0.1", entry.key.value);
            let items = match reader.yaml.kind(entry.value) {
                NodeKind::Sequence(items) => items.clone(),
                NodeKind::Mapping(_) | NodeKind::Scalar(_) | NodeKind::Bad => vec![entry.value],
            };
            let texts: Vec<_> = items
                .into_iter()
                .filter_map(|item| reader.raw_text(item, "an extra host's address", &example))
                .collect();
            (!texts.is_empty()).then_some(HostAddress::Addresses(texts))
        };
        hosts.extend(address.map(|address| (entry.key, address)));
    }
    hosts
}
