//! Ports and mounts in Compose's forms, which a file of Maestro of schema 3 has too.

use super::{resources::ResourceKeys, yaml::Value};
use maestro_core::model::container::{ContainerSpec, Mount, MountKind, NO_CREATE, Port};

/// What a container mounts, with its anonymous volumes.
pub(super) fn volumes(spec: &ContainerSpec, keys: &ResourceKeys) -> Vec<Value> {
    let mounts = spec.mounts.iter().map(|mount| volume(mount, keys));
    mounts.chain(spec.volumes.iter().map(|path| Value::text(path))).collect()
}

fn volume(mount: &Mount, keys: &ResourceKeys) -> Value {
    let source = match mount.kind() {
        MountKind::Volume => keys.key(&mount.source),
        MountKind::Bind | MountKind::Image => &mount.source,
    };
    if mount.is_object() || source.contains(':') || mount.target.contains(':') {
        return long(mount, source);
    }
    let mode = if mount.mode == "rw" { String::new() } else { format!(":{}", mount.mode) };
    Value::text(&format!("{source}:{}{mode}", mount.target))
}

/// A mount that has no text.
fn long(mount: &Mount, source: &str) -> Value {
    let flag = |key, flag: bool| flag.then(|| (key, Value::plain("true")));
    let text = |key, text: Option<&str>| text.map(|text| (key, Value::text(text)));
    let word = |known: &[&str]| mount.words().find(|word| known.contains(word));
    let (kind, options) = match mount.kind() {
        MountKind::Bind => {
            let propagation = ["shared", "rshared", "slave", "rslave", "private", "rprivate"];
            let is_created = (!mount.has(NO_CREATE)).to_string();
            let options = [
                text("propagation", word(&propagation)),
                text("selinux", word(&["z", "Z"])),
                Some(("create_host_path", Value::plain(&is_created))),
                text("recursive", mount.recursive()),
            ];
            ("bind", options.into_iter().flatten().collect::<Vec<_>>())
        }
        MountKind::Volume => {
            let options = [flag("nocopy", mount.has("nocopy")), text("subpath", mount.subpath())];
            ("volume", options.into_iter().flatten().collect())
        }
        MountKind::Image => ("image", text("subpath", mount.subpath()).into_iter().collect()),
    };
    let entries = [
        Some(("type", Value::plain(kind))),
        Some(("source", Value::text(source))),
        Some(("target", Value::text(&mount.target))),
        flag("read_only", mount.has("ro")),
        (!options.is_empty()).then(|| (kind, Value::flow(options))),
    ];
    Value::flow(entries.into_iter().flatten())
}

/// `127.0.0.1:8080:80/udp`, for each port of a range.
pub(super) fn ports(ports: &[Port]) -> Vec<Value> {
    ports.iter().flat_map(port).map(|port| Value::quoted(&port)).collect()
}

fn port(port: &Port) -> Vec<String> {
    let address = match port.bind {
        Some(address) if address.is_ipv6() => format!("[{address}]:"),
        Some(address) => format!("{address}:"),
        None if port.ipv6 => String::new(),
        None => "0.0.0.0:".to_owned(),
    };
    let protocol = port.protocol.suffix();
    let one = |offset: u16| {
        let inside = port.container.saturating_add(offset);
        let outside = match (port.host, port.choice) {
            (0, _) => String::new(),
            (host, 1) => host.saturating_add(offset).to_string(),
            (_, _) => port.on_ship(),
        };
        let outside = if outside.is_empty() && address.is_empty() { outside } else { format!("{outside}:") };
        format!("{address}{outside}{inside}{protocol}")
    };
    (0..port.count).map(one).collect()
}
