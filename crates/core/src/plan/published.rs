//! What a container publishes of its ports, in the words of an engine.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::container::Port;

/// Where each port is published, by the port inside.
pub(super) fn grouped(ports: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (inside, outside) in ports {
        all.entry(inside).or_default().insert(outside);
    }
    let joined = |outside: BTreeSet<String>| outside.into_iter().collect::<Vec<_>>().join(", ");
    all.into_iter().map(|(inside, outside)| (inside, joined(outside))).collect()
}

/// Where the file publishes each port.
#[must_use]
pub fn declared_ports(ports: &[Port]) -> BTreeMap<String, String> {
    grouped(ports.iter().flat_map(published))
}

/// Each port of a range: `(80/tcp, 0.0.0.0:8080)`.
pub(super) fn published(port: &Port) -> impl Iterator<Item = (String, String)> {
    let address = port.bind.map_or_else(|| "0.0.0.0".to_owned(), |bind| bind.to_string());
    let (inside, outside) = (u32::from(port.container), u32::from(port.host));
    (0..u32::from(port.count)).map(move |offset| {
        let outside = if port.choice > 1 { port.on_ship() } else { (outside + offset).to_string() };
        (format!("{}/{}", inside + offset, port.protocol), format!("{address}:{outside}"))
    })
}
