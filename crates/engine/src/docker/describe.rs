//! What an engine answers about one container and about one image. Engines word what was not said differently (left out, `null`,
//! 0, an empty text): here all of these are one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{
    mounts::{self, ToldMount},
    settings::{self, SYSTEM_PATHS},
    state::InspectedState,
    with_others::with_others,
};
use crate::Inspected;
use maestro_core::{
    model::container::{Setting, SettingValue},
    observed::description::{AttachedNetwork, Description, ImageDefaults, Variables},
    value::variables::BorrowedText,
};

/// A container: how it is made, and its state.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InspectedContainer {
    id: String,
    #[serde(default, deserialize_with = "said")]
    name: String,
    /// The image's id.
    #[serde(default, deserialize_with = "said")]
    image: String,
    state: InspectedState,
    #[serde(default)]
    restart_count: u64,
    #[serde(default, deserialize_with = "said")]
    config: Config,
    #[serde(default, deserialize_with = "said")]
    host_config: HostConfig,
    #[serde(default, deserialize_with = "said")]
    network_settings: NetworkSettings,
}

/// An image.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribedImage {
    #[serde(default, deserialize_with = "said")]
    config: Config,
    #[serde(default, deserialize_with = "said")]
    os: String,
    #[serde(default, deserialize_with = "said")]
    architecture: String,
    #[serde(default, deserialize_with = "said")]
    variant: String,
}

/// `null` is what a thing is that was not said.
fn said<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(value: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(value)?.unwrap_or_default())
}

with_others! {
    struct Config {
        "Image" => image: Option<String>,
        "Cmd" => cmd: Option<Vec<String>>,
        "Env" => env: Option<ToldVariables>,
        "Hostname" => hostname: Option<String>,
        "User" => user: Option<String>,
        "WorkingDir" => working_dir: Option<String>,
        "Labels" => labels: Option<BTreeMap<String, String>>,
        "Volumes" => volumes: Option<BTreeMap<String, Value>>,
    }
}

with_others! {
    struct HostConfig {
        "Binds" => binds: Option<Vec<String>>,
        "Mounts" => mounts: Option<Vec<ToldMount>>,
        "VolumesFrom" => volumes_from: Option<Vec<String>>,
        "PortBindings" => port_bindings: Option<BTreeMap<String, Option<Vec<PortBinding>>>>,
        "NetworkMode" => network_mode: Option<String>,
        "Links" => links: Option<Vec<String>>,
        "ExtraHosts" => extra_hosts: Option<Vec<String>>,
        "RestartPolicy" => restart_policy: Option<RestartPolicy>,
        "Privileged" => privileged: Option<bool>,
        "CapAdd" => cap_add: Option<Vec<String>>,
        "CapDrop" => cap_drop: Option<Vec<String>>,
        "Dns" => dns: Option<Vec<String>>,
        "SecurityOpt" => security_opt: Option<Vec<String>>,
        "MaskedPaths" => masked_paths: Option<Vec<String>>,
        "Ulimits" => ulimits: Option<Vec<Ulimit>>,
        "CpuShares" => cpu_shares: Option<i64>,
        "Memory" => memory: Option<i64>,
        "MemorySwap" => memory_swap: Option<i64>,
        "LogConfig" => log_config: Option<LogConfig>,
        "CpusetMems" => cpuset_mems: Option<String>,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PortBinding {
    host_ip: Option<String>,
    host_port: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct RestartPolicy {
    name: String,
    maximum_retry_count: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ulimit {
    name: String,
    soft: i64,
    hard: i64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct LogConfig {
    #[serde(rename = "Type")]
    driver: Option<String>,
    config: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct NetworkSettings {
    networks: Option<BTreeMap<String, Option<NetworkEndpoint>>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct NetworkEndpoint {
    links: Option<Vec<String>>,
    aliases: Option<Vec<String>>,
    #[serde(rename = "IPAMConfig")]
    ipam_config: Option<AskedAddresses>,
    driver_opts: Option<BTreeMap<String, String>>,
    mac_address: Option<String>,
}

/// The addresses that were asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
struct AskedAddresses {
    #[serde(rename = "IPv4Address")]
    ipv4: Option<String>,
    #[serde(rename = "IPv6Address")]
    ipv6: Option<String>,
}

/// Whether an alias is the id that engines give containers as one: its first twelve digits.
pub(super) fn is_short_id(alias: &str, id: &str) -> bool {
    alias.len() >= SHORT_ID && id.starts_with(alias)
}

/// So many digits of an id are a name of its container.
const SHORT_ID: usize = 12;

/// How the container of that id is on its networks.
fn attached(settings: NetworkSettings, id: &str) -> BTreeMap<String, AttachedNetwork> {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let networks = settings.networks.unwrap_or_default().into_iter().map(|(network, endpoint)| {
        let endpoint = endpoint.unwrap_or_default();
        let asked = endpoint.ipam_config.unwrap_or_default();
        let is_id = |alias: &String| is_short_id(alias, id);
        let aliases = endpoint.aliases.unwrap_or_default().into_iter().filter(|alias| !is_id(alias));
        let attached = AttachedNetwork {
            links: links(endpoint.links),
            aliases: aliases.collect(),
            ipv4_address: some(asked.ipv4),
            ipv6_address: some(asked.ipv6),
            driver_opts: endpoint.driver_opts.unwrap_or_default(),
            mac_address: some(endpoint.mac_address),
        };
        (network, attached)
    });
    networks.collect()
}

impl InspectedContainer {
    /// Its name, without the slash.
    pub(super) fn name(&self) -> &str {
        self.name.trim_start_matches('/')
    }

    /// Whether it writes to a terminal, so that its log is not multiplexed.
    pub(super) fn tty(&self) -> bool {
        self.config.others.get("Tty").and_then(Value::as_bool).unwrap_or_default()
    }

    /// How it is made.
    fn described(self) -> Description {
        let name = self.name().to_owned();
        let Self { id, image, config, host_config: host, network_settings, .. } = self;
        let hostname = config.hostname.unwrap_or_default();
        let networks = attached(network_settings, &id);
        let other_limits = other_limits(&host);
        let settings = settings::told(&config.others, &host.others);
        let (log_driver, log_opt) = host.log_config.map(|log| (log.driver, log.config)).unwrap_or_default();
        Description {
            service: None,
            networks,
            image: config.image.unwrap_or_default(),
            image_id: image,
            command: config.cmd.unwrap_or_default(),
            env: config.env.unwrap_or_default().0,
            ports: ports(host.port_bindings.unwrap_or_default()),
            mounts: host
                .binds
                .unwrap_or_default()
                .iter()
                .map(|bind| mount(bind))
                .chain(host.mounts.unwrap_or_default().into_iter().filter_map(mounts::told))
                .collect(),
            volumes: config.volumes.unwrap_or_default().into_keys().collect(),
            volumes_from: host.volumes_from.unwrap_or_default(),
            network_mode: host.network_mode.unwrap_or_default(),
            links: links(host.links),
            extra_hosts: hosts(host.extra_hosts.unwrap_or_default()),
            restart: restart(host.restart_policy.unwrap_or_default()),
            privileged: host.privileged.unwrap_or_default(),
            cap_add: set(host.cap_add),
            cap_drop: set(host.cap_drop),
            dns: host.dns.unwrap_or_default(),
            security_opt: security_options(host.security_opt, host.masked_paths.as_deref()),
            ulimits: host
                .ulimits
                .unwrap_or_default()
                .into_iter()
                .map(|limit| (limit.name, (limit.soft, limit.hard)))
                .collect(),
            user: config.user.unwrap_or_default(),
            workdir: config.working_dir.unwrap_or_default(),
            labels: config.labels.unwrap_or_default(),
            cpu_shares: host.cpu_shares.unwrap_or_default(),
            memory: host.memory.unwrap_or_default(),
            memory_swap: host.memory_swap.unwrap_or_default(),
            other_limits,
            log_driver: log_driver.unwrap_or_default(),
            log_opt: log_opt.unwrap_or_default(),
            settings,
            hostname,
            name,
            id,
        }
    }
}

impl From<InspectedContainer> for Inspected {
    fn from(mut container: InspectedContainer) -> Self {
        let (state, restarts) = (std::mem::take(&mut container.state), container.restart_count);
        state.of(container.described(), restarts)
    }
}

impl DescribedImage {
    /// `linux/arm64/v8`; none if the engine does not say.
    fn platform(&self) -> Option<String> {
        let parts = [&self.os, &self.architecture, &self.variant];
        let is_told = !self.os.is_empty() && !self.architecture.is_empty();
        let told = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str);
        is_told.then(|| told.collect::<Vec<_>>().join("/"))
    }
}

impl From<DescribedImage> for ImageDefaults {
    fn from(image: DescribedImage) -> Self {
        let platform = image.platform();
        let config = image.config;
        let mut settings = settings::told(&config.others, &Map::new());
        settings.extend(platform.map(|platform| (Setting::Platform, SettingValue::Text(platform))));
        Self {
            settings,
            command: config.cmd.unwrap_or_default(),
            env: config.env.unwrap_or_default().0,
            user: config.user.unwrap_or_default(),
            workdir: config.working_dir.unwrap_or_default(),
            labels: config.labels.unwrap_or_default(),
            volumes: config.volumes.unwrap_or_default().into_keys().collect(),
        }
    }
}

fn set(list: Option<Vec<String>>) -> BTreeSet<String> {
    list.unwrap_or_default().into_iter().collect()
}

/// The options; an empty list of masked paths is one too.
fn security_options(options: Option<Vec<String>>, masked: Option<&[String]>) -> BTreeSet<String> {
    let mut options = set(options);
    if masked.is_some_and(<[String]>::is_empty) {
        options.insert(SYSTEM_PATHS.to_owned());
    }
    options
}

/// Variables as `NAME=value`, or a bare `NAME`.
#[derive(Default)]
struct ToldVariables(Variables);

impl<'de> Deserialize<'de> for ToldVariables {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let mut variables = Variables::new();
        for BorrowedText(word) in Vec::<BorrowedText<'de>>::deserialize(value)? {
            let (name, value) =
                word.split_once('=').map_or((&*word, None), |(name, value)| (name, Some(value)));
            variables.add_read(name, value);
        }
        Ok(Self(variables))
    }
}

fn ports(bindings: BTreeMap<String, Option<Vec<PortBinding>>>) -> BTreeSet<(String, String)> {
    let each = bindings.into_iter().flat_map(|(inside, published)| {
        published.unwrap_or_default().into_iter().map(move |binding| (inside.clone(), binding))
    });
    each.map(|(inside, PortBinding { host_ip, host_port })| {
        let address = host_ip.filter(|address| !address.is_empty()).unwrap_or_else(|| "0.0.0.0".to_owned());
        (inside, format!("{address}:{}", host_port.unwrap_or_default()))
    })
    .collect()
}

/// `source:path inside:mode`; a mode that is not said is `rw`.
fn mount(bind: &str) -> (String, (String, String)) {
    let mut parts = bind.splitn(3, ':');
    let mut next = || parts.next().unwrap_or_default().to_owned();
    let (source, target, mode) = (next(), next(), next());
    (target, (source, if mode.is_empty() { "rw".to_owned() } else { mode }))
}

/// `name:address`, whose address may have colons of its own. One name may have several.
fn hosts(lines: Vec<String>) -> BTreeMap<String, String> {
    let mut hosts: BTreeMap<String, String> = BTreeMap::new();
    for line in lines {
        let (name, address) = line.split_once(':').unwrap_or((&line, ""));
        let known = hosts.get(name).map(|known| format!("{known},{address}"));
        hosts.insert(name.to_owned(), known.unwrap_or_else(|| address.to_owned()));
    }
    hosts
}

/// `target:alias`, or `/target:/consumer/alias` as engines tell legacy links.
fn links(list: Option<Vec<String>>) -> BTreeSet<(String, String)> {
    let split = |link: String| {
        let (target, alias) = link.split_once(':').unwrap_or((&link, &link));
        let alias = alias.rsplit('/').next().unwrap_or(alias);
        (target.trim_start_matches('/').to_owned(), alias.to_owned())
    };
    list.unwrap_or_default().into_iter().map(split).collect()
}

fn restart(policy: RestartPolicy) -> (String, i64) {
    let name = if policy.name.is_empty() { "no".to_owned() } else { policy.name };
    let retries = if name == "on-failure" { policy.maximum_retry_count } else { 0 };
    (name, retries)
}

/// By the engine's names: what is set of what no file can ask for, but `docker update` can.
fn other_limits(host: &HostConfig) -> BTreeMap<String, String> {
    let texts = [("CpusetMems", &host.cpuset_mems)];
    let texts = texts.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
    texts.filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(json: &str) -> Description {
        serde_json::from_str::<InspectedContainer>(json).unwrap().described()
    }

    #[test]
    fn what_was_not_said_is_the_same_in_every_engines_words() {
        let old = r#"{"Id":"c1c2c3c4c5c6c7","Name":"/web-1","Image":"sha256:1","State":{"Status":"running"},"Config":{"Image":"web:1","Cmd":null,"Env":[],
            "Hostname":"web-1","User":"","WorkingDir":"","Labels":null,"Volumes":null},
            "HostConfig":{"Binds":null,"PortBindings":{},"NetworkMode":"n","Links":null,"ExtraHosts":null,
            "RestartPolicy":{"Name":"","MaximumRetryCount":0},"CapAdd":null,"Dns":[],"PidsLimit":null,"NanoCpus":0,
            "LogConfig":{"Type":"json-file","Config":{}},"Memory":0},
            "NetworkSettings":{"Networks":{"n":{"Links":null,"Aliases":["c1c2c3c4c5c6"]}}}}"#;
        let new = r#"{"Id":"c1c2c3c4c5c6c7","Name":"/web-1","Image":"sha256:1","State":{"Status":"running"},"Config":{"Image":"web:1","Hostname":"web-1"},
            "HostConfig":{"PortBindings":null,"NetworkMode":"n","RestartPolicy":{"Name":"no","MaximumRetryCount":0},
            "Dns":null,"PidsLimit":0,"LogConfig":{"Type":"json-file"},"A word of tomorrow":{}},
            "NetworkSettings":{"Networks":{"n":{"Aliases":null,"DNSNames":["web-1","c1"]}}}}"#;
        assert_eq!(described(old), described(new));
    }

    #[test]
    fn words_are_taken_apart() {
        let told = described(
            r#"{"Id":"c1c2c3c4c5c6c7","State":{"Status":"created"},"Config":{"Env":["A=1=2","B"]},"HostConfig":{"Binds":["/a:/b","v:/c:ro,z"],
            "PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"},{"HostIp":"::1","HostPort":"81"}],"9/udp":null},
            "Links":["/db-1:/web-1/db"],"ExtraHosts":["six:::1","two:10.0.0.1","two:::2"],"PidsLimit":-1,"NanoCpus":5,
            "RestartPolicy":{"Name":"always","MaximumRetryCount":3}},
            "NetworkSettings":{"Networks":{"n":{"Links":["db-1:db"],"Aliases":["c1c2c3c4c5c6","c1","mine"]},"m":null}}}"#,
        );
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(told.env["A"].as_deref(), Some("1=2"));
        assert_eq!(told.env["B"], None);
        assert_eq!(told.mounts["/b"], pair("/a", "rw"));
        assert_eq!(told.mounts["/c"], pair("v", "ro,z"));
        assert_eq!(told.ports, [pair("80/tcp", "0.0.0.0:8080"), pair("80/tcp", "::1:81")].into());
        assert_eq!(told.links, [pair("db-1", "db")].into());
        assert_eq!(told.networks["n"].links, [pair("db-1", "db")].into());
        // A short alias with which the id begins by chance is one.
        assert_eq!(told.networks["n"].aliases, ["c1".to_owned(), "mine".to_owned()].into());
        assert_eq!(told.extra_hosts["six"], "::1");
        assert_eq!(told.extra_hosts["two"], "10.0.0.1,::2");
        assert_eq!(told.settings, [(Setting::Cpus, SettingValue::Number(5))].into());
        assert_eq!(told.restart, ("always".to_owned(), 0));
    }
}
