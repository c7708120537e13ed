//! `ships`: the hosts.

use std::time::Duration;

use super::{
    keys,
    read::{Field, Fields, Reader},
    yaml::NodeId,
};
use crate::source::Spanned;

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
    /// `timeout`
    pub timeout: Option<Duration>,
    /// `api_version`, as it is written: `1.40` is not the number 1.4.
    pub api_version: Option<Spanned<String>>,
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
    let (entries, misplaced) = reader.names(entries, keys::SHIP, "a ship");
    let mut ships: Vec<_> = entries.iter().map(|entry| ship(reader, entry, defaults.as_ref())).collect();
    for ship in &mut ships {
        ship.addressed |= misplaced;
    }
    Some(ships)
}

fn ship(reader: &mut Reader<'_>, entry: &Field, defaults: Option<&Fields>) -> ShipSection {
    let name = &entry.key.value;
    let example = format!("{name}: {{ip: 10.0.0.1}}");
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
    let timeout = get(reader, "timeout").and_then(|node| reader.seconds(node, "timeout", "30"));
    ShipSection {
        name: entry.key.clone(),
        addressed: ["ip", "endpoint", "socket_path", "host"]
            .iter()
            .any(|key| sources().any(|fields| fields.attempted(reader, key))),
        ip: text(reader, "ip", "10.0.0.1"),
        endpoint: text(reader, "endpoint", "docker.example.com"),
        docker_port,
        socket_path: text(reader, "socket_path", "/var/run/docker.sock"),
        host: text(reader, "host", "unix:///var/run/docker.sock"),
        timeout,
        api_version: text(reader, "api_version", "\"1.41\""),
    }
}
