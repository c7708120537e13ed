//! `ships`: the hosts.

use std::{collections::BTreeSet, time::Duration};

use super::{
    keys, placement,
    read::{Field, Fields, Reader},
    settings::pull,
    yaml::NodeId,
};
use maestro_core::{
    diagnostic::Diagnostic,
    source::{Span, Spanned},
    value::image_source::ImageSource,
};

/// A ship as it is written.
#[derive(Debug, Clone)]
pub struct ShipSection {
    /// Its name.
    pub name: Spanned<String>,
    /// Whether something was meant to be its address, be it misspelt or addressed.
    pub addressed: bool,
    /// `ip`
    pub ip: Option<Spanned<String>>,
    /// `endpoint`
    pub endpoint: Option<Spanned<String>>,
    /// `docker_port`
    pub docker_port: Option<Spanned<u16>>,
    /// `socket_path`
    pub socket_path: Option<Spanned<String>>,
    /// `host`
    pub host: Option<Spanned<String>>,
    /// `managers`
    pub managers: Option<Spanned<Vec<Spanned<String>>>>,
    /// `context`
    pub context: Option<Spanned<String>>,
    /// `ssh_tunnel`
    pub ssh_tunnel: Option<SshTunnelSection>,
    /// `tls`
    pub tls: Option<Spanned<bool>>,
    /// `tls_verify`
    pub tls_verify: Option<Spanned<bool>>,
    /// `tls_ca_cert`
    pub tls_ca_cert: Option<Spanned<String>>,
    /// `tls_cert`
    pub tls_cert: Option<Spanned<String>>,
    /// `tls_key`
    pub tls_key: Option<Spanned<String>>,
    /// Keys that the ship does not write itself, but has from `ship_defaults`.
    pub inherited: BTreeSet<&'static str>,
    /// `timeout`
    pub timeout: Option<Duration>,
    /// `api_version`, as it is written: `1.40` is not the number 1.4.
    pub api_version: Option<Spanned<String>>,
    /// `labels`: `(name, value)`
    pub labels: Vec<(String, String)>,
    /// `drain`
    pub drain: bool,
    /// `swarm`
    pub swarm: bool,
    /// `image_source`
    pub image_source: Option<ImageSource>,
}

/// `ssh_tunnel` as it is written.
#[derive(Debug, Clone)]
pub struct SshTunnelSection {
    /// `user`; none if it is missing, which was told.
    pub user: Option<Spanned<String>>,
    /// `key`
    pub key: Option<Spanned<String>>,
    /// `port`
    pub port: Option<u16>,
    /// The whole.
    pub span: Span,
}

/// Reads `ships`, each with what `ship_defaults` gives it. None if there is no telling which ships there are.
pub(super) fn read(
    reader: &mut Reader<'_>,
    ships: NodeId,
    defaults: Option<&Field>,
) -> Option<Vec<ShipSection>> {
    let entries = reader.mapping(ships, "`ships`", "names to ships", "ships: {node1: {ip: 10.0.0.1}}")?;
    let what = "`ship_defaults`";
    let example = "ship_defaults: {timeout: 30}";
    let defaults = defaults.map(|field| reader.section(field.value, what, &[keys::SHIP], example));
    let (entries, misplaced) = reader.names(entries, ships, keys::SHIP, "a ship");
    let mut ships: Vec<_> = entries.iter().map(|entry| ship(reader, entry, defaults.as_ref())).collect();
    for ship in &mut ships {
        ship.addressed |= misplaced;
    }
    Some(ships)
}

/// Whether a text may be the name or the IPv4 address of a host.
pub(crate) fn is_host(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c))
}

/// A ship's address in the place of its keys, under the key that it belongs to.
fn address_of(reader: &Reader<'_>, value: NodeId) -> String {
    let written = if reader.is_scalar(value) { reader.written(value).trim_matches(['"', '\'']) } else { "" };
    match written.split_once('@') {
        _ if written.contains("://") && !written.contains(char::is_whitespace) => {
            format!("host: \"{written}\"")
        }
        Some((user, host)) if is_host(user) && is_host(host) => format!("host: \"ssh://{written}\""),
        None if is_host(written) => format!("ip: {written}"),
        Some(_) | None => "ip: 10.0.0.1".to_owned(),
    }
}

fn ship(reader: &mut Reader<'_>, entry: &Field, defaults: Option<&Fields>) -> ShipSection {
    let name = &entry.key.value;
    let example = format!("{name}: {{{}}}", address_of(reader, entry.value));
    let fields = reader.section(entry.value, &format!("ship `{name}`"), &[keys::SHIP], &example);
    let sources = || [Some(&fields), defaults].into_iter().flatten();
    let get = |reader: &Reader<'_>, key: &str| -> Option<NodeId> {
        sources().find_map(|fields| fields.get(reader, key)).map(|field| field.value)
    };
    let text = |reader: &mut Reader<'_>, key: &str, example: &str| {
        let node = get(reader, key)?;
        reader.raw_text(node, &format!("`{key}`"), &format!("{key}: {example}"))
    };
    let docker_port = get(reader, "docker_port")
        .and_then(|node| reader.integer(node, "`docker_port`", (1, 65535), "docker_port: 2375"))
        .and_then(|port| Some(Spanned::new(u16::try_from(port.value).ok()?, port.span)));
    let boolean = |reader: &mut Reader<'_>, key: &str| {
        let node = get(reader, key)?;
        let value = reader.boolean(node, &format!("`{key}`"))?;
        Some(Spanned::new(value, reader.span(node)))
    };
    let inherited = keys::SHIP.iter().map(|key| key.name).filter(|key| fields.get(reader, key).is_none());
    let inherited = inherited.filter(|key| get(reader, key).is_some()).collect();
    let ssh_tunnel = get(reader, "ssh_tunnel").and_then(|node| ssh_tunnel(reader, node, name));
    let labels = get(reader, "labels").map(|node| placement::labels(reader, node));
    let image_source = sources().find(|fields| fields.get(reader, "image_source").is_some());
    let image_source = image_source.and_then(|fields| pull::source(reader, fields));
    let timeout = get(reader, "timeout").and_then(|node| reader.seconds(node, "timeout", "30"));
    let drain = boolean(reader, "drain").is_some_and(|drain| drain.value);
    let swarm = boolean(reader, "swarm").is_some_and(|swarm| swarm.value);
    ShipSection {
        name: entry.key.clone(),
        addressed: ["ip", "endpoint", "socket_path", "host", "managers", "context"]
            .iter()
            .any(|key| sources().any(|fields| fields.attempted(reader, key))),
        ip: text(reader, "ip", "10.0.0.1"),
        endpoint: text(reader, "endpoint", "docker.example.com"),
        docker_port,
        socket_path: text(reader, "socket_path", "/var/run/docker.sock"),
        host: text(reader, "host", "unix:///var/run/docker.sock"),
        managers: get(reader, "managers").map(|node| managers(reader, node)),
        context: text(reader, "context", "production"),
        ssh_tunnel,
        tls: boolean(reader, "tls"),
        tls_verify: boolean(reader, "tls_verify"),
        tls_ca_cert: text(reader, "tls_ca_cert", "certificates/ca.pem"),
        tls_cert: text(reader, "tls_cert", "certificates/cert.pem"),
        tls_key: text(reader, "tls_key", "certificates/key.pem"),
        inherited,
        timeout,
        api_version: text(reader, "api_version", "\"1.41\""),
        labels: labels.unwrap_or_default(),
        drain,
        swarm,
        image_source,
    }
}

/// The addresses of managers, at least one; an empty list is told.
fn managers(reader: &mut Reader<'_>, node: NodeId) -> Spanned<Vec<Spanned<String>>> {
    const EXAMPLE: &str = "managers: [ssh://ops@10.0.0.1, ssh://ops@10.0.0.2]";
    let span = reader.span(node);
    let is_list = !reader.is_mapping(node);
    let items = reader.items(node, "`managers`", EXAMPLE);
    if items.is_empty() && is_list {
        let problem = Diagnostic::error("missing-value", "`managers` names no manager").at(span, "empty");
        reader.diagnostics.push(problem.help(format!("write for example `{EXAMPLE}`")));
    }
    let texts = items.into_iter().filter_map(|node| reader.text(node, "each item of `managers`", EXAMPLE));
    Spanned::new(texts.collect(), span)
}

/// None if it is no mapping, which was told.
fn ssh_tunnel(reader: &mut Reader<'_>, node: NodeId, ship: &str) -> Option<SshTunnelSection> {
    const EXAMPLE: &str = "ssh_tunnel: {user: ops, key: ~/.ssh/id_ed25519}";
    if !reader.is_mapping(node) {
        reader.wrong_type(node, "`ssh_tunnel`", "a mapping of keys to values", EXAMPLE);
        return None;
    }
    let fields = reader.section(node, "`ssh_tunnel`", &[keys::SSH_TUNNEL], EXAMPLE);
    let text = |reader: &mut Reader<'_>, key: &str, example: &str| {
        let node = fields.get(reader, key)?.value;
        reader.raw_text(node, &format!("`{key}`"), &format!("{key}: {example}"))
    };
    if !fields.attempted(reader, "user") {
        let (span, label) = fields.missing("user");
        let message = format!("`ssh_tunnel` of ship `{ship}` does not say which user logs in");
        reader.diagnostics.push(Diagnostic::error("missing-key", message).at(span, label).help(
            "add `user:` and the name of a user of that machine, for example `ssh_tunnel: {user: ops}`",
        ));
    }
    let port = fields.get(reader, "port").map(|field| field.value);
    let port = port.and_then(|node| reader.integer(node, "`port`", (1, 65535), "port: 22"));
    Some(SshTunnelSection {
        user: text(reader, "user", "ops"),
        key: text(reader, "key", "~/.ssh/id_ed25519"),
        port: port.and_then(|port| u16::try_from(port.value).ok()),
        span: reader.span(node),
    })
}
