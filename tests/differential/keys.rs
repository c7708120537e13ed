//! The files use every key that `MaestroNG` knew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use maestro_file::document::{self, NodeId, NodeKind, Yaml, keys, scalar::python_text};

use crate::programs::{files, stem};

/// Keys that no file here can use: those that ask for another way to a ship than a plain TCP port. What they do is tested
/// with real engines.
const ANOTHER_WAY: [&str; 7] = [
    "ship.socket_path",
    "ship.ssh_tunnel",
    "ship.tls",
    "ship.tls_verify",
    "ship.tls_ca_cert",
    "ship.tls_cert",
    "ship.tls_key",
];

/// Every key of `MaestroNG` 0.8.3's files, from its documentation and its code.
const MAESTRO_NG: &[(&str, &str)] = &[
    ("top", "__maestro name ships ship_defaults services registries audit ship_provider"),
    ("header", "schema"),
    (
        "ship",
        "ip endpoint docker_port socket_path api_version timeout ssl_version ssh_tunnel tls tls_verify tls_ca_cert \
         tls_cert tls_key",
    ),
    ("service", "image instances omit requires wants_info env envfile lifecycle limits ports"),
    (
        "instance",
        "ship image command cmd ports volumes container_volumes volumes_from envfile env privileged cap_add cap_drop \
         extra_hosts stop_timeout limits log_driver log_opt net restart dns security_opt ulimits username labels \
         links workdir lxc_conf lifecycle",
    ),
    ("port", "exposed external"),
    ("volume", "target mode"),
    ("limits", "cpu memory swap"),
    ("restart", "name retries"),
    ("ulimit", "soft hard"),
    ("extra_host", "ship"),
    ("lifecycle", "running"),
];

#[test]
fn there_are_enough_files_and_they_use_every_key() {
    let all = files("files");
    assert!(all.len() >= 12, "{all:?}");
    let mut used = BTreeSet::new();
    for file in &all {
        let environment = BTreeMap::from([("PORT".to_owned(), "4243".to_owned())]);
        let loaded =
            document::load(&stem(file), fs::read(file).unwrap(), file.parent().unwrap(), &environment);
        assert!(!loaded.diagnostics.has_errors(), "{}: {:?}", file.display(), loaded.diagnostics);
        let yaml = loaded.yaml.unwrap();
        collect(&yaml, &mut used);
    }
    let unused: Vec<String> = MAESTRO_NG
        .iter()
        .flat_map(|(section, keys)| keys.split_whitespace().map(move |key| format!("{section}.{key}")))
        .filter(|key| !used.contains(key) && !ANOTHER_WAY.contains(&key.as_str()))
        .collect();
    assert!(unused.is_empty(), "no file uses {unused:?}");
}

#[test]
fn every_key_of_maestro_ng_is_known() {
    let known = |section: &str| match section {
        "top" => vec![keys::TOP],
        "header" => vec![keys::HEADER],
        "ship" => vec![keys::SHIP],
        "service" => vec![keys::SERVICE_ONLY, keys::INSTANCE],
        "instance" => vec![keys::INSTANCE],
        "port" => vec![keys::PORT],
        "volume" => vec![keys::VOLUME],
        "limits" => vec![keys::LIMITS],
        "restart" => vec![keys::RESTART],
        "ulimit" => vec![keys::ULIMIT],
        "extra_host" => vec![keys::EXTRA_HOST],
        "lifecycle" => vec![keys::LIFECYCLE],
        other => panic!("{other}"),
    };
    for (section, names) in MAESTRO_NG {
        for name in names.split_whitespace() {
            assert!(known(section).concat().iter().any(|key| key.name == name), "{section}.{name}");
        }
    }
}

type Used = BTreeSet<String>;

fn collect(yaml: &Yaml, used: &mut Used) {
    let top = note(yaml, yaml.root(), "top", used);
    for (name, node) in top {
        match name.as_str() {
            "__maestro" => drop(note(yaml, node, "header", used)),
            "ship_defaults" => drop(note(yaml, node, "ship", used)),
            "ships" => {
                for (_, ship) in entries(yaml, node) {
                    note(yaml, ship, "ship", used);
                }
            }
            "services" => {
                for (_, service) in entries(yaml, node) {
                    of_service(yaml, service, used);
                }
            }

            _ => {}
        }
    }
}

fn of_service(yaml: &Yaml, node: NodeId, used: &mut Used) {
    let fields = note(yaml, node, "service", used);
    sections(yaml, &fields, used);
    for (_, instances) in fields.iter().filter(|(name, _)| name == "instances") {
        for (_, instance) in entries(yaml, *instances) {
            let fields = note(yaml, instance, "instance", used);
            sections(yaml, &fields, used);
        }
    }
}

/// Keys of the sections in a service or an instance.
fn sections(yaml: &Yaml, fields: &[(String, NodeId)], used: &mut Used) {
    for (name, node) in fields {
        let each = match name.as_str() {
            "limits" | "restart" | "lifecycle" => {
                note(yaml, *node, name, used);
                continue;
            }
            "ports" => "port",
            "volumes" => "volume",
            "ulimits" => "ulimit",
            "extra_hosts" => "extra_host",
            _ => continue,
        };
        for (_, below) in entries(yaml, *node) {
            note(yaml, below, each, used);
        }
    }
}

fn note(yaml: &Yaml, node: NodeId, section: &str, used: &mut Used) -> Vec<(String, NodeId)> {
    let entries = entries(yaml, node);
    used.extend(entries.iter().map(|(name, _)| format!("{section}.{name}")));
    entries
}

fn entries(yaml: &Yaml, node: NodeId) -> Vec<(String, NodeId)> {
    if !matches!(yaml.kind(node), NodeKind::Mapping(_)) {
        return Vec::new();
    }
    let entries = yaml.entries(node).into_iter();
    entries.map(|entry| (python_text(&yaml.value(entry.key)), entry.value)).collect()
}
