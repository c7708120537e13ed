//! A service on a Swarm as the body of the request that creates or updates it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{StoredKind, SwarmMode, SwarmSpec, TaskRestart, UpdatePolicy, stored};
use crate::{
    model::{
        Instance,
        container::{ContainerSpec, Mount, Network, Port, Setting, SettingValue},
        file_label::LABEL_FILES,
        network::COMPOSE_LABELS,
        volume::EnvironmentVolume,
    },
    value::{setting::ContainerSettings, sha256},
};

/// Label of a service with a hash of all that it is made of: how many tasks it has is no part of its containers, whose
/// hash `maestro.config` is.
pub const LABEL_SWARM: &str = "maestro.swarm";

/// Label of services and their tasks with the name of the stack that they belong to, by which `docker stack ls` and
/// `docker stack ps` find them.
pub const LABEL_STACK: &str = "com.docker.stack.namespace";

/// Label of the container of a task, on its node, with the id of the service.
pub const LABEL_TASK_OF: &str = "com.docker.swarm.service.id";

/// The same with the name of the service.
pub const LABEL_TASK_OF_NAME: &str = "com.docker.swarm.service.name";

/// A service as a Swarm's API describes it. Of an instance it is a pure function, so that what runs can be compared with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServiceRequest {
    /// The body, without what says nothing.
    pub document: Value,
}

impl ServiceRequest {
    /// The service of an instance. `volumes` are those that the file declares: nodes make them when a task first mounts
    /// them.
    #[must_use]
    pub fn of(instance: &Instance, swarm: &SwarmSpec, volumes: &[EnvironmentVolume]) -> Self {
        if let Some(recorded) = &swarm.recorded {
            return recorded.clone();
        }
        let spec = &instance.container;
        let mut labels = spec.all_labels();
        // The service itself says which files it has, and what the file calls labels are those of its containers.
        labels.retain(|name, _| name != LABEL_FILES && !spec.labels.contains_key(name));
        labels.insert(LABEL_STACK.to_owned(), spec.owner.environment.clone());
        labels.extend(swarm.labels.clone());
        let mut document = json!({
            "Name": instance.container_name(),
            "Labels": labels,
            "TaskTemplate": {
                "ContainerSpec": container(spec, volumes),
                "Resources": resources(spec, swarm),
                "RestartPolicy": swarm.restart.as_ref().map(restart),
                "Placement": {
                    "Constraints": swarm.constraints,
                    "Preferences": swarm.spread.iter()
                        .map(|label| json!({"Spread": {"SpreadDescriptor": label}}))
                        .collect::<Vec<_>>(),
                    "MaxReplicas": swarm.max_per_node,
                },
                "Networks": networks(instance),
                "LogDriver": spec.log_driver.as_ref().map(|name| json!({"Name": name, "Options": spec.log_opt})),
            },
            "UpdateConfig": swarm.update.as_ref().map(policy),
            "RollbackConfig": swarm.rollback.as_ref().map(policy),
            "EndpointSpec": {
                "Mode": swarm.endpoint.word(),
                "Ports": spec.ports.iter().flat_map(|port| ports(port, swarm)).collect::<Vec<_>>(),
            },
        });
        for kind in StoredKind::ALL {
            let key = if kind == StoredKind::Config { "Configs" } else { "Secrets" };
            document["TaskTemplate"]["ContainerSpec"][key] = json!(stored::entries(instance, swarm, kind));
        }
        document["Mode"] = match swarm.mode {
            SwarmMode::Replicated(number) => json!({"Replicated": {"Replicas": number}}),
            SwarmMode::Global => json!({"Global": {}}),
            // As many at once as are wanted in all, as `docker stack deploy` has it.
            SwarmMode::ReplicatedJob(number) => {
                json!({"ReplicatedJob": {"MaxConcurrent": number, "TotalCompletions": number}})
            }
            SwarmMode::GlobalJob => json!({"GlobalJob": {}}),
        };
        tidy(&mut document);
        let hash = sha256::digits(document.to_string().as_bytes(), 32);
        document["Labels"][LABEL_SWARM] = json!(hash);
        Self { document }
    }
}

impl ServiceRequest {
    /// The image that its tasks run.
    #[must_use]
    pub fn image(&self) -> &str {
        let image = self.document.pointer("/TaskTemplate/ContainerSpec/Image").and_then(Value::as_str);
        image.unwrap_or_default()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.document.get("Name").and_then(Value::as_str).unwrap_or_default()
    }

    /// The hash of all that it is made of; none if Maestro did not make it.
    #[must_use]
    pub fn hash(&self) -> Option<&str> {
        self.document.pointer("/Labels")?.get(LABEL_SWARM)?.as_str()
    }

    /// The names of the networks that its tasks are on.
    pub fn networks(&self) -> impl Iterator<Item = &str> {
        let networks = self.document.pointer("/TaskTemplate/Networks").and_then(Value::as_array);
        networks.into_iter().flatten().filter_map(|network| network.get("Target")?.as_str())
    }

    /// The configs and secrets that it names.
    pub fn stored(&self) -> impl Iterator<Item = (StoredKind, &str)> {
        StoredKind::ALL.into_iter().flat_map(|kind| {
            let (path, _, key) = kind.keys();
            let all = self.document.pointer(path).and_then(Value::as_array).into_iter().flatten();
            all.filter_map(move |entry| Some((kind, entry.get(key)?.as_str()?)))
        })
    }
}

/// What a Swarm says by itself where a request says nothing: the path of a part, a key of it, and the value.
const DEFAULTS: [(&str, &str, &str); 7] = [
    ("/TaskTemplate", "Runtime", "container"),
    ("/TaskTemplate/ContainerSpec", "Isolation", "default"),
    ("/TaskTemplate/RestartPolicy", "Condition", "any"),
    ("/UpdateConfig", "Order", "stop-first"),
    ("/UpdateConfig", "FailureAction", "pause"),
    ("/RollbackConfig", "Order", "stop-first"),
    ("/RollbackConfig", "FailureAction", "pause"),
];

/// Where 0 and false say something, since a Swarm or its nodes take another value if there is none: the key of a part of a
/// document, and a key in it.
const ZEROS: [(&str, &str); 3] =
    [("ContainerSpec", "StopGracePeriod"), ("ContainerSpec", "Init"), ("RestartPolicy", "Delay")];

/// Takes out of a service's document what says nothing and what a Swarm says by itself. How many tasks it has stays as it is:
/// without 0 it would look like a service that does not say it.
pub fn tidy(document: &mut Value) {
    let mode = document.get("Mode").cloned();
    for (path, key, value) in DEFAULTS {
        if let Some(part) = document.pointer_mut(path).and_then(Value::as_object_mut) {
            part.retain(|own, found| own != key || found != value);
        }
    }
    // An id follows from a name, and a request may say the name alone.
    for kind in StoredKind::ALL {
        let (path, id, _) = kind.keys();
        for entry in document.pointer_mut(path).and_then(Value::as_array_mut).into_iter().flatten() {
            entry.as_object_mut().map(|entry| entry.remove(id));
        }
    }
    prune("", document);
    if let Some(mode) = mode {
        document["Mode"] = mode;
    }
}

/// Takes out of a part of a document, which has that key, what says nothing: null, empty lists and mappings, 0, false and
/// empty texts.
fn prune(part: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(key, field)| prune(key, field));
            fields.retain(|key, field| {
                !is_nothing(field) || (ZEROS.contains(&(part, key)) && !field.is_null())
            });
        }
        Value::Array(items) => items.iter_mut().for_each(|item| prune(part, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

fn container(spec: &ContainerSpec, volumes: &[EnvironmentVolume]) -> Value {
    let settings = &spec.settings;
    let text = |setting| settings.get(&setting).and_then(SettingValue::text);
    let texts = |setting| settings.get(&setting).and_then(SettingValue::texts);
    let flag = |setting| settings.get(&setting).and_then(SettingValue::flag);
    let number = |setting| settings.get(&setting).and_then(SettingValue::number);
    let env = spec.env.iter().map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => name.clone(),
    });
    // Labels of docker compose are for what it finds on one engine.
    let own = spec.labels.iter().filter(|(name, _)| !name.starts_with(COMPOSE_LABELS));
    let own = own.map(|(name, value)| (name.as_str(), value.as_str()));
    let labels = std::iter::once((LABEL_STACK, spec.owner.environment.as_str())).chain(own);
    let hosts = spec
        .extra_hosts
        .iter()
        .flat_map(|(name, addresses)| addresses.split(',').map(move |address| format!("{address} {name}")));
    let ulimits = spec.ulimits.iter();
    json!({
        "Image": spec.image,
        "Labels": labels.collect::<BTreeMap<_, _>>(),
        "Command": texts(Setting::Entrypoint),
        "Args": spec.command,
        "Hostname": spec.hostname,
        "Env": env.collect::<Vec<_>>(),
        "Dir": spec.workdir,
        "User": spec.user,
        "Groups": texts(Setting::GroupAdd),
        "TTY": flag(Setting::Tty),
        "OpenStdin": flag(Setting::StdinOpen),
        "ReadOnly": flag(Setting::ReadOnly),
        "Init": flag(Setting::Init),
        "StopSignal": text(Setting::StopSignal),
        "StopGracePeriod": spec.stop_timeout.map(|seconds| seconds.saturating_mul(1_000_000_000)),
        "Healthcheck": health(settings),
        "Hosts": hosts.collect::<Vec<_>>(),
        "DNSConfig": {
            "Nameservers": spec.dns,
            "Search": texts(Setting::DnsSearch),
            "Options": texts(Setting::DnsOpt),
        },
        "Sysctls": settings.get(&Setting::Sysctls).and_then(SettingValue::entries),
        "CapabilityAdd": capabilities(&spec.cap_add),
        "CapabilityDrop": capabilities(&spec.cap_drop),
        "Ulimits": ulimits
            .map(|limit| json!({"Name": limit.name, "Soft": limit.soft, "Hard": limit.hard}))
            .collect::<Vec<_>>(),
        "OomScoreAdj": number(Setting::OomScoreAdj),
        "Mounts": spec.mounts.iter().map(|mount| mounted(mount, volumes))
            .chain(spec.volumes.iter().map(|path| json!({"Type": "volume", "Target": path})))
            .chain(memory(settings))
            .collect::<Vec<_>>(),
    })
}

/// Capabilities by the names that Docker's own command sends, which a change by hand leaves there.
fn capabilities(names: &[String]) -> Vec<String> {
    let name = |name: &String| {
        let name = name.to_ascii_uppercase();
        if name == "ALL" || name.starts_with("CAP_") { name } else { format!("CAP_{name}") }
    };
    names.iter().map(name).collect::<BTreeSet<_>>().into_iter().collect()
}

fn health(settings: &ContainerSettings) -> Value {
    let number = |setting| settings.get(&setting).and_then(SettingValue::number);
    json!({
        "Test": settings.get(&Setting::HealthTest).and_then(SettingValue::texts),
        "Interval": number(Setting::HealthInterval),
        "Timeout": number(Setting::HealthTimeout),
        "Retries": number(Setting::HealthRetries),
        "StartPeriod": number(Setting::HealthStartPeriod),
        "StartInterval": number(Setting::HealthStartInterval),
    })
}

fn mounted(mount: &Mount, volumes: &[EnvironmentVolume]) -> Value {
    let is_path = mount.source.starts_with('/');
    let declared = volumes.iter().find(|volume| volume.name == mount.source && !volume.external);
    let options = declared.map(|volume| {
        let driver = volume.options.driver.as_ref().filter(|driver| *driver != "local");
        let labels = volume.options.labels.iter().filter(|(name, _)| !name.starts_with(COMPOSE_LABELS));
        let has_driver = driver.is_some() || !volume.options.driver_opts.is_empty();
        json!({
            "Labels": labels.collect::<BTreeMap<_, _>>(),
            "DriverConfig": has_driver.then(|| json!({
                "Name": driver.map_or("local", String::as_str),
                "Options": volume.options.driver_opts,
            })),
        })
    });
    json!({
        "Type": if is_path { "bind" } else { "volume" },
        "Source": mount.source,
        "Target": mount.target,
        "ReadOnly": mount.has("ro"),
        "VolumeOptions": options,
    })
}

fn memory(settings: &ContainerSettings) -> impl Iterator<Item = Value> {
    let all = settings.get(&Setting::Tmpfs).and_then(SettingValue::entries);
    all.into_iter().flatten().map(|(path, _)| json!({"Type": "tmpfs", "Target": path}))
}

fn resources(spec: &ContainerSpec, swarm: &SwarmSpec) -> Value {
    let number = |setting| spec.settings.get(&setting).and_then(SettingValue::number);
    json!({
        "Limits": {
            "NanoCPUs": number(Setting::Cpus),
            "MemoryBytes": spec.memory,
            "Pids": number(Setting::PidsLimit).filter(|limit| *limit > 0),
        },
        "Reservations": {
            "NanoCPUs": swarm.reserved_cpus,
            "MemoryBytes": number(Setting::MemReservation),
        },
    })
}

fn restart(restart: &TaskRestart) -> Value {
    json!({
        "Condition": restart.condition,
        "Delay": restart.delay,
        "MaxAttempts": restart.max_attempts,
        "Window": restart.window,
    })
}

fn policy(policy: &UpdatePolicy) -> Value {
    json!({
        "Parallelism": policy.parallelism,
        "Delay": policy.delay,
        "FailureAction": policy.failure_action,
        "Monitor": policy.monitor,
        "MaxFailureRatio": policy.max_failure_ratio,
        "Order": policy.order,
    })
}

/// Each network with the names under which others find the service there. The service's own name is always one.
fn networks(instance: &Instance) -> Vec<Value> {
    let spec = &instance.container;
    if let Network::Mode { mode, .. } = &spec.network {
        return if mode == "host" { vec![json!({"Target": "host"})] } else { Vec::new() };
    }
    let one = |network: &str| {
        let attachment = spec.attachments.get(network);
        let mut aliases: Vec<String> = attachment.map(|it| it.aliases.clone()).unwrap_or_default();
        for name in [&spec.name, &spec.owner.service] {
            if !aliases.contains(name) {
                aliases.push(name.clone());
            }
        }
        aliases.sort();
        json!({
            "Target": network,
            "Aliases": aliases,
            "DriverOpts": attachment.map(|it| &it.driver_opts),
        })
    };
    spec.networks().map(one).collect()
}

fn ports<'a>(port: &'a Port, swarm: &'a SwarmSpec) -> impl Iterator<Item = Map<String, Value>> + 'a {
    let mode = if swarm.host_ports.contains(&port.name) { "host" } else { "ingress" };
    (0..port.count).map(move |offset| {
        let published = (port.host > 0).then(|| u32::from(port.host) + u32::from(offset));
        let mut one = Map::new();
        one.insert("Protocol".to_owned(), json!(port.protocol.to_string()));
        one.insert("TargetPort".to_owned(), json!(u32::from(port.container) + u32::from(offset)));
        one.insert("PublishedPort".to_owned(), json!(published));
        one.insert("PublishMode".to_owned(), json!(mode));
        one
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_stays_where_a_swarm_would_take_another_value() {
        let mut document = json!({
            "Mode": {"Replicated": {"Replicas": 0}},
            "TaskTemplate": {
                "ContainerSpec": {"StopGracePeriod": 0, "Init": false, "TTY": false, "User": ""},
                "RestartPolicy": {"Delay": 0, "Window": 0},
            },
            "UpdateConfig": {"Parallelism": 0, "Delay": 0},
        });
        tidy(&mut document);
        let kept = json!({
            "Mode": {"Replicated": {"Replicas": 0}},
            "TaskTemplate": {
                "ContainerSpec": {"StopGracePeriod": 0, "Init": false},
                "RestartPolicy": {"Delay": 0},
            },
        });
        assert_eq!(document, kept);
        let mut unsaid = json!({"TaskTemplate": {"ContainerSpec": {"StopGracePeriod": null, "Init": null}}});
        tidy(&mut unsaid);
        assert_eq!(unsaid, json!({}));
    }

    #[test]
    fn capabilities_have_the_names_of_dockers_own_command() {
        let names = ["sys_time", "CAP_CHOWN", "SYS_TIME", "all"].map(str::to_owned);
        assert_eq!(capabilities(&names), ["ALL", "CAP_CHOWN", "CAP_SYS_TIME"]);
    }
}
