//! In which keys of the file two recorded specifications of an instance differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{
    container::{ContainerSettings, ContainerSpec, Setting, SettingValue},
    peers::Peers,
    swarm::{ServiceRequest, changed_parts},
};

/// Fields of a specification, and the keys of the file that they come from.
const KEYS: &[(&str, &str)] = &[
    ("mounts", "volumes"),
    ("network", "net"),
    ("user", "username"),
    ("memory", "limits.memory"),
    ("memory_swap", "limits.swap"),
    ("cpu_shares", "limits.cpu"),
    ("owner", "service"),
];

/// Variables that follow from the image.
const OF_IMAGE: [&str; 2] = ["env.DOCKER_IMAGE", "env.DOCKER_TAG"];

/// The keys in which two specifications differ, their images aside: `env.DEBUG`, `command`.
pub(super) fn changed(before: &ContainerSpec, after: &ContainerSpec) -> Vec<String> {
    let (Ok(Value::Object(old)), Ok(Value::Object(new))) =
        (serde_json::to_value(before), serde_json::to_value(after))
    else {
        return Vec::new();
    };
    let fields: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut keys = BTreeSet::new();
    for field in fields {
        let (old, new) = (old.get(field), new.get(field));
        if field == "image" || old == new {
            continue;
        }
        let key = KEYS.iter().find(|(name, _)| name == field).map_or(field.as_str(), |(_, key)| key);
        if field == "settings" {
            keys.extend(changed_settings(&before.settings, &after.settings));
            continue;
        }
        match (old, new, field.as_str()) {
            (
                Some(Value::Object(old)),
                Some(Value::Object(new)),
                "env" | "labels" | "log_opt" | "extra_hosts" | "files",
            ) => {
                let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                let differ = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
                keys.extend(differ.map(|name| format!("{key}.{name}")));
            }
            _ => {
                keys.insert(key.to_owned());
            }
        }
    }
    keys.into_iter().filter(|key| !OF_IMAGE.contains(&key.as_str())).collect()
}

/// The same for services on a Swarm.
pub(super) fn changed_of_service(before: &ServiceRequest, after: &ServiceRequest) -> Vec<String> {
    let parts = changed_parts(&before.document, &after.document).into_iter().map(|part| part.key);
    let keys: BTreeSet<String> = parts.filter(|key| key != "image").collect();
    keys.into_iter().collect()
}

/// The keys of the settings that differ.
fn changed_settings(before: &ContainerSettings, after: &ContainerSettings) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let entries = |value: Option<&SettingValue>| value.and_then(SettingValue::entries).cloned();
    for setting in Setting::ALL {
        let (old, new) = (before.get(setting), after.get(setting));
        if old == new {
            continue;
        }
        let Some((old, new)) = entries(old).zip(entries(new)) else {
            keys.insert(setting.key().to_owned());
            continue;
        };
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let differ = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
        keys.extend(differ.map(|name| format!("{}.{name}", setting.key())));
    }
    keys
}

/// Those of the keys that are variables about other instances, each with its service.
pub(super) fn of_peers(
    before: &ContainerSpec,
    after: &ContainerSpec,
    keys: &[String],
) -> BTreeMap<String, String> {
    let (old, new) = (Peers::of(&before.env), Peers::of(&after.env));
    let each = keys.iter().filter_map(|key| {
        let name = key.strip_prefix("env.")?;
        let peer = new.peer(name).or_else(|| old.peer(name))?;
        Some((key.clone(), peer.service.to_owned()))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::container::{ContainerOwner, Network};

    #[test]
    fn keys_are_those_of_the_file() {
        let owner = ContainerOwner { environment: "shop".into(), service: "web".into() };
        let network = Network::Mode { mode: "host".into(), links: Vec::new() };
        let before = ContainerSpec::new("web-1", "app:1", network, owner);
        let mut after = before.clone();
        after.image = "app:2".into();
        after.env.insert("DOCKER_TAG".into(), Some("2".into()));
        assert_eq!(changed(&before, &after), [""; 0]);
        after.env.insert("DEBUG".into(), Some("1".into()));
        after.labels.insert("a.b".into(), "c".into());
        after.user = Some("ann".into());
        after.memory = Some(1);
        after.command = Some(Vec::new());
        after.settings =
            [(Setting::Init, SettingValue::Flag(true)), (Setting::HealthRetries, SettingValue::Number(3))]
                .into();
        let keys = changed(&before, &after);
        assert_eq!(of_peers(&before, &after, &keys), BTreeMap::new());
        let mut told = after.clone();
        told.env.insert("DB_INSTANCES".into(), Some("db-1".into()));
        told.env.insert("DB_DB_1_HOST".into(), Some("10.0.0.1".into()));
        let keys = changed(&after, &told);
        assert_eq!(keys, ["env.DB_DB_1_HOST", "env.DB_INSTANCES"]);
        let peers = of_peers(&after, &told, &keys);
        assert_eq!(peers.values().collect::<Vec<_>>(), ["DB", "DB"]);
        assert_eq!(
            changed(&before, &after),
            [
                "command",
                "env.DEBUG",
                "healthcheck.retries",
                "init",
                "labels.a.b",
                "limits.memory",
                "username"
            ]
        );
    }
}
