//! What differs between two services on a Swarm, part by part.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{LABEL_SWARM, stored};
use crate::model::{
    carried::FileAccess,
    container::{LABEL_CONFIG, LABEL_CONFIG_OWN},
    network::COMPOSE_LABELS,
};

/// Parts of a service that have a key in a file: the path of the part, and the key.
const PARTS: &[(&str, &str)] = &[
    ("/TaskTemplate/ContainerSpec/Image", "image"),
    ("/TaskTemplate/ContainerSpec/Command", "entrypoint"),
    ("/TaskTemplate/ContainerSpec/Args", "command"),
    ("/TaskTemplate/ContainerSpec/Hostname", "hostname"),
    ("/TaskTemplate/ContainerSpec/Dir", "workdir"),
    ("/TaskTemplate/ContainerSpec/User", "username"),
    ("/TaskTemplate/ContainerSpec/Groups", "group_add"),
    ("/TaskTemplate/ContainerSpec/TTY", "tty"),
    ("/TaskTemplate/ContainerSpec/OpenStdin", "stdin_open"),
    ("/TaskTemplate/ContainerSpec/ReadOnly", "read_only"),
    ("/TaskTemplate/ContainerSpec/Init", "init"),
    ("/TaskTemplate/ContainerSpec/StopSignal", "stop_signal"),
    ("/TaskTemplate/ContainerSpec/StopGracePeriod", "stop_grace_period"),
    ("/TaskTemplate/ContainerSpec/Healthcheck", "healthcheck"),
    ("/TaskTemplate/ContainerSpec/Hosts", "extra_hosts"),
    ("/TaskTemplate/ContainerSpec/DNSConfig", "dns"),
    ("/TaskTemplate/ContainerSpec/Sysctls", "sysctls"),
    ("/TaskTemplate/ContainerSpec/CapabilityAdd", "cap_add"),
    ("/TaskTemplate/ContainerSpec/CapabilityDrop", "cap_drop"),
    ("/TaskTemplate/ContainerSpec/Ulimits", "ulimits"),
    ("/TaskTemplate/ContainerSpec/OomScoreAdj", "oom_score_adj"),
    ("/TaskTemplate/ContainerSpec/Mounts", "volumes"),
    ("/TaskTemplate/Resources", "deploy.resources"),
    ("/TaskTemplate/RestartPolicy", "deploy.restart_policy"),
    ("/TaskTemplate/Placement", "deploy.placement"),
    ("/TaskTemplate/Networks", "networks"),
    ("/TaskTemplate/LogDriver", "logging"),
    ("/Mode", "deploy.replicas"),
    ("/UpdateConfig", "deploy.update_config"),
    ("/RollbackConfig", "deploy.rollback_config"),
    ("/EndpointSpec/Mode", "deploy.endpoint_mode"),
    ("/EndpointSpec/Ports", "ports"),
];

/// A part in which two services differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPart {
    /// Its key in a file: `deploy.replicas`, `env.DEBUG`.
    pub key: String,
    /// The name of the variable or label that it is, if it is one.
    pub name: Option<String>,
    /// What the first service has there, as people read it.
    pub before: Option<String>,
    /// What the other one has there.
    pub after: Option<String>,
    /// If it is a config or secret: who may do what with it in the first service and in the other one, and whether both have the
    /// same content.
    pub file: Option<FileChange>,
}

/// A config or secret in which two services differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileChange {
    /// Who may do what with it in the first service, if it has it.
    pub before: Option<FileAccess>,
    /// The same of the other one.
    pub after: Option<FileAccess>,
    /// Whether both have the same content.
    pub is_same_content: bool,
}

/// All parts in which two services differ, in a fixed order.
#[must_use]
pub fn changed_parts(before: &Value, after: &Value) -> Vec<ChangedPart> {
    let mut found = Vec::new();
    for (path, key) in PARTS {
        let (old, new) = (before.pointer(path), after.pointer(path));
        if old != new {
            let (before, after) = (old.map(shown), new.map(shown));
            found.push(ChangedPart { key: (*key).to_owned(), name: None, before, after, file: None });
        }
    }
    found.extend(files(before, after));
    let env = "/TaskTemplate/ContainerSpec/Env";
    let of_tasks = "/TaskTemplate/ContainerSpec/Labels";
    let maps = [
        ("env", variables(before.pointer(env)), variables(after.pointer(env))),
        ("labels", labels(before, "/Labels"), labels(after, "/Labels")),
        ("labels", labels(before, of_tasks), labels(after, of_tasks)),
    ];
    for (key, old, new) in maps {
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names.into_iter().filter(|name| old.get(*name) != new.get(*name)) {
            let (before, after) = (old.get(name).cloned(), new.get(name).cloned());
            let (key, name) = (format!("{key}.{name}"), Some(name.clone()));
            found.push(ChangedPart { key, name, before, after, file: None });
        }
    }
    // One label may be of the service and of its containers.
    found.dedup_by(|one, other| one == other);
    found
}

/// Configs and secrets that differ. No name of one is shown: it ends with a digest.
fn files(before: &Value, after: &Value) -> impl Iterator<Item = ChangedPart> {
    let (old, new) = (stored::shown(before), stored::shown(after));
    let targets: BTreeSet<String> = old.keys().chain(new.keys()).cloned().collect();
    targets.into_iter().filter_map(move |target| {
        let (old, new) = (old.get(&target), new.get(&target));
        if old == new {
            return None;
        }
        let is_same_content = old.zip(new).is_some_and(|(old, new)| old.1 == new.1);
        let access = |side: Option<&stored::Shown>| side.map(|(.., access)| *access);
        let file = FileChange { before: access(old), after: access(new), is_same_content };
        let key = format!("files.{target}");
        Some(ChangedPart { key, name: None, before: None, after: None, file: Some(file) })
    })
}

fn variables(list: Option<&Value>) -> BTreeMap<String, String> {
    let list = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    list.map(|word| word.split_once('=').unwrap_or((word, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Labels but those that follow from all else.
fn labels(document: &Value, path: &str) -> BTreeMap<String, String> {
    let all = document.pointer(path).and_then(Value::as_object).into_iter().flatten();
    all.filter(|(name, _)| {
        !matches!(name.as_str(), LABEL_CONFIG | LABEL_CONFIG_OWN | LABEL_SWARM)
            && !name.starts_with(COMPOSE_LABELS)
    })
    .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
    .collect()
}

/// A part as people read it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        other => {
            match other.pointer("/Replicated/Replicas").or(other.pointer("/ReplicatedJob/TotalCompletions")) {
                Some(number) => number.to_string(),
                None if other.get("GlobalJob").is_some() => "global-job".to_owned(),
                None if other.get("Global").is_some() => "global".to_owned(),
                None => other.to_string(),
            }
        }
    }
}
