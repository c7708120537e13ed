//! What differs between what the file declares of a service on a Swarm and what the Swarm has.
//!
//! A service is compared with the body of the request that would make it, part by part, so that any change by
//! `docker service update` is found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Difference, FieldValue, HIDDEN, place};
use crate::{
    model::{
        Environment, Instance,
        container::{LABEL_CONFIG, LABEL_CONFIG_OWN},
        network::COMPOSE_LABELS,
        swarm::{ServiceRequest, SwarmSpec},
    },
    value::secret::hides,
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

/// All differences, in a fixed order.
pub(super) fn differences(
    environment: &Environment,
    instance: &Instance,
    swarm: &SwarmSpec,
    running: &Value,
) -> Vec<Difference> {
    let declared = ServiceRequest::of(instance, swarm, &environment.volumes).document;
    let mut found = Vec::new();
    let mut push = |field: String, running: Option<String>, declared: Option<String>| {
        let [running, declared] = [running, declared].map(|value| value.map(FieldValue::Text));
        let place = Some(place(instance, &field));
        found.push(Difference { field, running, declared, place, is_peers_alone: false });
    };
    for (path, key) in PARTS {
        let (now, wanted) = (running.pointer(path), declared.pointer(path));
        if now != wanted {
            push((*key).to_owned(), now.map(shown), wanted.map(shown));
        }
    }
    let env = "/TaskTemplate/ContainerSpec/Env";
    let maps = [
        ("env", variables(running.pointer(env)), variables(declared.pointer(env))),
        ("labels", labels(running, "/Labels"), labels(&declared, "/Labels")),
        (
            "labels",
            labels(running, "/TaskTemplate/ContainerSpec/Labels"),
            labels(&declared, "/TaskTemplate/ContainerSpec/Labels"),
        ),
    ];
    for (key, now, wanted) in maps {
        let names: BTreeSet<&String> = now.keys().chain(wanted.keys()).collect();
        for name in names.into_iter().filter(|name| now.get(*name) != wanted.get(*name)) {
            let side = |value: Option<&String>| {
                value.map(|value| if hides(name, value) { HIDDEN.to_owned() } else { value.clone() })
            };
            push(format!("{key}.{name}"), side(now.get(name)), side(wanted.get(name)));
        }
    }
    // One label may be of the service and of its containers.
    found.dedup_by(|one, other| one == other);
    found
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
        !matches!(name.as_str(), LABEL_CONFIG | LABEL_CONFIG_OWN) && !name.starts_with(COMPOSE_LABELS)
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
        other => match other.pointer("/Replicated/Replicas") {
            Some(number) => number.to_string(),
            None if other.get("Global").is_some() => "global".to_owned(),
            None => other.to_string(),
        },
    }
}
