//! Networks and volumes of the file, the same in either format.

use std::collections::BTreeMap;

use super::{
    secret,
    yaml::{Block, Value},
};
use maestro_core::model::{
    Environment,
    attachment::Attachment,
    container::network_name,
    network::{COMPOSE_LABELS, EnvironmentNetwork, Ipam},
    volume::EnvironmentVolume,
};

/// The key of the environment's own network.
const DEFAULT: &str = "default";

/// The keys of networks or volumes in the file, by their names on engines.
#[derive(Debug, Default)]
pub(super) struct ResourceKeys(BTreeMap<String, String>);

impl ResourceKeys {
    /// The keys of the networks that an environment declares.
    pub(super) fn of_networks(environment: &Environment) -> Self {
        let own = network_name(&environment.name);
        let networks = environment.declared_networks.iter().map(|network| {
            let key = (network.name == own).then(|| DEFAULT.to_owned());
            (network.name.as_str(), key.or_else(|| compose_key(&network.options.labels, "network")))
        });
        Self::new(environment, networks)
    }

    /// The keys of the volumes that an environment declares or mounts.
    pub(super) fn of_volumes(environment: &Environment, mounted: &[&str]) -> Self {
        let declared = environment.volumes.iter();
        let declared =
            declared.map(|volume| (volume.name.as_str(), compose_key(&volume.options.labels, "volume")));
        Self::new(environment, declared.chain(mounted.iter().map(|name| (*name, None))))
    }

    fn new<'n>(environment: &Environment, names: impl Iterator<Item = (&'n str, Option<String>)>) -> Self {
        let mut keys: BTreeMap<String, String> = BTreeMap::new();
        for (name, known) in names {
            if keys.contains_key(name) {
                continue;
            }
            let short = name.strip_prefix(&environment.name).and_then(|rest| rest.strip_prefix('_'));
            let key = known.or_else(|| short.map(str::to_owned)).unwrap_or_else(|| name.to_owned());
            let is_taken = key.is_empty() || keys.values().any(|other| *other == key);
            keys.insert(name.to_owned(), if is_taken { name.to_owned() } else { key });
        }
        Self(keys)
    }

    /// The key of one with that name.
    pub(super) fn key<'k>(&'k self, name: &'k str) -> &'k str {
        self.0.get(name).map_or(name, String::as_str)
    }

    /// All of them: name and key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, key)| (name.as_str(), key.as_str()))
    }
}

/// The key that docker compose's label tells.
fn compose_key(labels: &BTreeMap<String, String>, kind: &str) -> Option<String> {
    labels.get(&format!("{COMPOSE_LABELS}{kind}")).cloned()
}

/// The networks that a file of Maestro declares.
pub(super) fn networks(environment: &Environment, keys: &ResourceKeys) -> Block {
    let mut block = Block::default();
    for network in &environment.declared_networks {
        let key = keys.key(&network.name);
        let usual = match key {
            DEFAULT if !network.external => network_name(&environment.name),
            key => usual_name(environment, key, network.external),
        };
        let name = (network.name != usual).then(|| ("name", Value::text(&network.name)));
        let entries: Vec<_> =
            name.into_iter().chain(network_options(network, &network.options.labels)).collect();
        if key != DEFAULT || !entries.is_empty() {
            block.add(key, Value::flow(entries));
        }
    }
    block
}

/// The volumes that a file of Maestro declares: those of the environment, and others that containers mount.
pub(super) fn volumes(environment: &Environment, keys: &ResourceKeys) -> Block {
    let mut block = Block::default();
    for (name, key) in keys.iter() {
        let volume = environment.volume_named(name);
        let usual = usual_name(environment, key, volume.is_some_and(|volume| volume.external));
        let name = (name != usual).then(|| ("name", Value::text(name)));
        block.add(
            key,
            Value::flow(
                name.into_iter().chain(
                    volume.into_iter().flat_map(|volume| volume_options(volume, &volume.options.labels)),
                ),
            ),
        );
    }
    block
}

/// The name on engines of a network or volume with that key of which nothing else is said.
fn usual_name(environment: &Environment, key: &str, is_external: bool) -> String {
    let own = network_name(&environment.name);
    let prefix = own.strip_prefix("maestro-").unwrap_or(&own);
    if is_external { key.to_owned() } else { format!("{prefix}_{key}") }
}

/// What is said of a network with these of its labels, beside its name.
pub(super) fn network_options(
    network: &EnvironmentNetwork,
    labels: &BTreeMap<String, String>,
) -> Vec<(&'static str, Value)> {
    let (name, options) = (&network.name, &network.options);
    let flag = |key, flag: Option<bool>| flag.map(|flag| (key, Value::plain(&flag.to_string())));
    let all = [
        flag("external", network.external.then_some(true)),
        options.driver.as_ref().map(|driver| ("driver", Value::text(driver))),
        pairs("driver_opts", name, &options.driver_opts),
        flag("internal", options.internal.then_some(true)),
        flag("attachable", options.attachable.then_some(true)),
        flag("enable_ipv4", options.enable_ipv4),
        flag("enable_ipv6", options.enable_ipv6),
        options.ipam.as_ref().map(|ipam| ("ipam", addresses(ipam))),
        pairs("labels", name, labels).filter(|_| !network.external),
    ];
    all.into_iter().flatten().collect()
}

/// What is said of a volume with these of its labels, beside its name.
pub(super) fn volume_options(
    volume: &EnvironmentVolume,
    labels: &BTreeMap<String, String>,
) -> Vec<(&'static str, Value)> {
    let (name, options) = (&volume.name, &volume.options);
    let all = [
        volume.external.then(|| ("external", Value::plain("true"))),
        options.driver.as_ref().map(|driver| ("driver", Value::text(driver))),
        pairs("driver_opts", name, &options.driver_opts),
        pairs("labels", name, labels).filter(|_| !volume.external),
    ];
    all.into_iter().flatten().collect()
}

fn addresses(ipam: &Ipam) -> Value {
    let text = |key, value: &Option<String>| value.as_ref().map(|value| (key, Value::quoted(value)));
    let pools = ipam.pools.iter().map(|pool| {
        let entries = [
            text("subnet", &pool.subnet),
            text("ip_range", &pool.ip_range),
            text("gateway", &pool.gateway),
            pairs("aux_addresses", "pool", &pool.aux_addresses),
        ];
        Value::flow(entries.into_iter().flatten())
    });
    let config = (!ipam.pools.is_empty()).then(|| ("config", Value::List(pools.collect())));
    let entries = [text("driver", &ipam.driver), pairs("options", "ipam", &ipam.options), config];
    Value::flow(entries.into_iter().flatten())
}

/// How a container is on the network of that name, with these of its aliases.
pub(super) fn attachment(
    network: &str,
    attachment: &Attachment,
    aliases: &[String],
) -> Vec<(&'static str, Value)> {
    let text = |key, value: &Option<String>| value.as_ref().map(|value| (key, Value::quoted(value)));
    let list = |key, texts: &[String]| (!texts.is_empty()).then(|| (key, Value::texts(texts)));
    let entries = [
        list("aliases", aliases),
        text("ipv4_address", &attachment.ipv4_address),
        text("ipv6_address", &attachment.ipv6_address),
        list("link_local_ips", &attachment.link_local_ips),
        text("mac_address", &attachment.mac_address),
        pairs("driver_opts", network, &attachment.driver_opts),
        attachment.gw_priority.map(|number| ("gw_priority", Value::plain(&number.to_string()))),
    ];
    entries.into_iter().flatten().collect()
}

/// A value in quotes, or the variable in its place.
pub(super) fn value(owner: &str, name: &str, value: &str) -> Value {
    secret::variable(owner, name, value).unwrap_or_else(|| Value::quoted(value))
}

/// Names and values of what is called `owner`; none if there are none.
pub(super) fn pairs<'k>(
    key: &'k str,
    owner: &str,
    pairs: &BTreeMap<String, String>,
) -> Option<(&'k str, Value)> {
    let entries = pairs.iter().map(|(name, text)| (name.as_str(), value(owner, name, text)));
    (!pairs.is_empty()).then(|| (key, Value::flow(entries)))
}
