//! What an engine answers, in our own structures: only the fields that are used, and none of them closed, so that a
//! word that a later engine makes up does not fail the answer that it is in.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    time::SystemTime,
};

use serde::Deserialize;

use crate::{EngineInfo, Volume};
use maestro_core::{
    model::container::{LABEL_ENVIRONMENT, Protocol},
    observed::{
        Container, ContainerState, Published,
        mounts::{Mounted, Source},
    },
    value::{platform, shortened},
};

/// How many characters are kept of a container's name, of its image's reference, and of an engine's word for a state.
pub(super) const LONGEST_NAME: usize = 255;
const LONGEST_IMAGE: usize = 512;
const LONGEST_WORD: usize = 200;

/// Labels, which an engine leaves out or sends as `null` when there are none.
type Labels = Option<BTreeMap<String, String>>;

/// An element of the list of containers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedContainer {
    id: String,
    #[serde(default)]
    names: Option<Vec<String>>,
    #[serde(default)]
    image: String,
    #[serde(default, rename = "ImageID")]
    image_id: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    labels: Labels,
    #[serde(default)]
    ports: Option<Vec<ListedPort>>,
    #[serde(default)]
    host_config: Option<ListedHostConfig>,
    #[serde(default)]
    network_settings: Option<ListedNetworkSettings>,
    #[serde(default)]
    mounts: Option<Vec<ListedMount>>,
}

/// What is mounted in a container. Of a volume the list says the name, and no path on the ship.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ListedMount {
    #[serde(rename = "Type")]
    kind: String,
    name: Option<String>,
    source: Option<String>,
    destination: String,
    #[serde(rename = "RW")]
    writable: bool,
}

impl From<ListedMount> for Mounted {
    fn from(ListedMount { kind, name, source, destination, writable }: ListedMount) -> Self {
        let source = match kind.as_str() {
            "volume" => Source::Volume(name.unwrap_or_default()),
            "bind" => Source::Path(source.unwrap_or_default()),
            _ => Source::Other(kind),
        };
        Self { source, path: destination, writable }
    }
}

/// The networks of a container in the list, by name.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedNetworkSettings {
    #[expect(clippy::zero_sized_map_values, reason = "serde reads a map, whose values are not wanted")]
    #[serde(default)]
    networks: Option<BTreeMap<String, serde::de::IgnoredAny>>,
}

/// A container, of which nothing but its addresses is asked.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddressedContainer {
    #[serde(default)]
    network_settings: Option<AddressedNetworks>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AddressedNetworks {
    #[serde(default)]
    networks: Option<BTreeMap<String, AddressedNetwork>>,
}

#[derive(Deserialize)]
struct AddressedNetwork {
    #[serde(default, rename = "IPAddress")]
    ipv4: String,
    #[serde(default, rename = "GlobalIPv6Address")]
    ipv6: String,
}

impl AddressedContainer {
    /// Its addresses; those of IPv4 come first.
    pub(super) fn addresses(self) -> Vec<IpAddr> {
        let networks = self.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        let all = networks.values().map(|one| &one.ipv4).chain(networks.values().map(|one| &one.ipv6));
        all.filter_map(|address| address.parse().ok()).collect()
    }
}

/// A port of a container in the list: without `public_port` it is open inside only.
#[derive(Deserialize)]
struct ListedPort {
    #[serde(default, rename = "IP")]
    ip: Option<String>,
    #[serde(default, rename = "PublicPort")]
    public_port: Option<u16>,
    #[serde(default, rename = "Type")]
    protocol: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedHostConfig {
    #[serde(default)]
    network_mode: String,
}

impl ListedPort {
    /// None for what is not published, or by a protocol that no file can ask for.
    fn published(&self) -> Option<Published> {
        let protocol = match self.protocol.as_str() {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            _ => return None,
        };
        let address = self.ip.as_deref().and_then(|ip| ip.parse().ok());
        let address = address.filter(|address: &IpAddr| !address.is_unspecified());
        Some(Published { address, port: self.public_port.filter(|port| *port != 0)?, protocol })
    }
}

impl From<ListedContainer> for Container {
    fn from(listed: ListedContainer) -> Self {
        let names = listed.names.unwrap_or_default();
        // Legacy links give a container more names, `/consumer/alias`; while it is removed it may have none.
        let networks = listed.network_settings.and_then(|settings| settings.networks);
        let own = names.iter().map(|name| name.trim_start_matches('/')).find(|name| !name.contains('/'));
        Self {
            // Nothing that works by names finds one that is cut.
            name: shortened(own.unwrap_or(&listed.id), LONGEST_NAME).into_owned(),
            state: ContainerState::from_word(&shortened(&listed.state, LONGEST_WORD)),
            image: shortened(&listed.image, LONGEST_IMAGE).into_owned(),
            image_id: listed.image_id,
            status: shortened(&listed.status, LONGEST_WORD).into_owned(),
            labels: listed.labels.unwrap_or_default(),
            published: published(&listed.ports.unwrap_or_default()),
            networks: networks.into_iter().flat_map(BTreeMap::into_keys).collect(),
            on_host_network: listed.host_config.is_some_and(|host| host.network_mode == "host"),
            mounts: listed.mounts.unwrap_or_default().into_iter().map(Mounted::from).collect(),
            id: listed.id,
        }
    }
}

/// The ports of a ship that a container holds; for both families of addresses an engine lists one twice.
fn published(ports: &[ListedPort]) -> Vec<Published> {
    let published: BTreeSet<Published> = ports.iter().filter_map(ListedPort::published).collect();
    published.into_iter().collect()
}

/// An element of the list of images.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedImage {
    #[serde(default)]
    id: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    repo_digests: Option<Vec<String>>,
}

/// All references of all images, their ids among them, and the ids that they stand for.
pub(super) fn references(images: Vec<ListedImage>) -> BTreeMap<String, String> {
    images
        .into_iter()
        .flat_map(|ListedImage { id, repo_tags, repo_digests }| {
            let references = [repo_tags, repo_digests].into_iter().flatten().flatten();
            let itself = id.clone();
            references.chain([itself]).map(move |reference| (reference, id.clone()))
        })
        // An image that lost its tag is listed as `<none>:<none>`.
        .filter(|(reference, _)| !reference.is_empty() && !reference.contains("<none>"))
        .collect()
}

/// An element of the list of networks.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedNetwork {
    name: String,
    #[serde(default)]
    labels: Labels,
}

/// Networks by name. Names may repeat up to API 1.43; then the network that an environment made counts.
pub(super) fn networks(listed: Vec<ListedNetwork>) -> HashMap<String, BTreeMap<String, String>> {
    let mut networks: HashMap<String, BTreeMap<String, String>> = HashMap::new();
    for ListedNetwork { name, labels } in listed {
        let labels = labels.unwrap_or_default();
        let known = networks.get(&name);
        if known.is_none_or(|known| !known.contains_key(LABEL_ENVIRONMENT)) {
            networks.insert(name, labels);
        }
    }
    networks
}

/// An image, of which nothing but its id is asked.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Identified {
    pub(super) id: String,
}

/// What is asked of `info`.
#[derive(Deserialize)]
pub(super) struct Info {
    /// Tells the engine from all others.
    #[serde(rename = "ID")]
    pub(super) id: String,
    /// What time it thinks it is.
    #[serde(default, rename = "SystemTime")]
    pub(super) system_time: String,
    /// The name of the machine that it runs on.
    #[serde(default, rename = "Name")]
    name: String,
    /// Where it keeps images and containers.
    #[serde(default, rename = "DockerRootDir")]
    root: String,
    #[serde(default, rename = "OSType")]
    os: String,
    #[serde(default, rename = "Architecture")]
    architecture: String,
    #[serde(default, rename = "RegistryConfig")]
    registries: Option<RegistryConfig>,
    #[serde(default, rename = "ServerVersion")]
    version: String,
    #[serde(default, rename = "NCPU")]
    processors: u64,
    #[serde(default, rename = "MemTotal")]
    memory: u64,
    #[serde(default, rename = "Swarm")]
    swarm: Option<OfSwarm>,
}

/// What an engine is in a Swarm.
#[derive(Deserialize, Default)]
#[serde(default)]
struct OfSwarm {
    #[serde(rename = "NodeID")]
    node: String,
}

/// What images take of the disk.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DiskUsage {
    #[serde(default)]
    pub(super) layers_size: u64,
}

/// What an engine is told of registries.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RegistryConfig {
    #[serde(default)]
    mirrors: Option<Vec<String>>,
}

impl From<Info> for EngineInfo {
    fn from(info: Info) -> Self {
        let is_told = !info.os.is_empty() && !info.architecture.is_empty();
        let platform =
            if is_told { platform::of_machine(&info.os, &info.architecture) } else { String::new() };
        let mirrors = info.registries.and_then(|config| config.mirrors);
        Self {
            machine: info.name,
            root: info.root,
            platform,
            has_mirrors: mirrors.is_some_and(|all| !all.is_empty()),
            api: None,
            version: info.version,
            processors: info.processors,
            memory: info.memory,
            node: info.swarm.unwrap_or_default().node,
            time: time(&info.system_time),
        }
    }
}

/// A volume, or an element of the list of volumes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedVolume {
    name: String,
    #[serde(default)]
    labels: Labels,
    #[serde(default)]
    created_at: Option<String>,
}

/// The list of volumes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedVolumes {
    #[serde(default)]
    pub(super) volumes: Option<Vec<ListedVolume>>,
}

impl From<ListedVolume> for Volume {
    fn from(listed: ListedVolume) -> Self {
        Self {
            name: listed.name,
            labels: listed.labels.unwrap_or_default(),
            created: listed.created_at.as_deref().and_then(time),
        }
    }
}

/// A time as engines write it, with any offset; none if it is no time.
pub(super) fn time(text: &str) -> Option<SystemTime> {
    text.parse::<jiff::Timestamp>().ok().map(SystemTime::from)
}

/// What is answered to the request for a command in a container.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PreparedExec {
    pub(super) id: String,
}

/// A command in a container.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InspectedExec {
    #[serde(default)]
    running: bool,
    #[serde(default)]
    exit_code: Option<i64>,
}

impl InspectedExec {
    /// Its exit code, once it has ended.
    pub(super) fn ended(&self) -> Option<i64> {
        self.exit_code.filter(|_| !self.running)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linked_container_keeps_its_own_name() {
        let listed: ListedContainer = serde_json::from_str(
            r#"{"Id":"c1","Names":["/consumer/alias","/web"],"Image":"nginx","State":"running",
                "Status":"Up 2 minutes","Labels":{"a":"b"},"Ports":[],"Unheard":{"of":1}}"#,
        )
        .unwrap();
        let container = Container::from(listed);
        assert_eq!(container.name, "web");
        assert_eq!(container.state, ContainerState::Running);
        assert_eq!(container.labels["a"], "b");
    }

    #[test]
    fn what_an_engine_leaves_out_is_empty() {
        let listed: ListedContainer =
            serde_json::from_str(r#"{"Id":"c1","Names":null,"Labels":null}"#).unwrap();
        let container = Container::from(listed);
        assert_eq!(container.name, "c1");
        assert_eq!(container.state, ContainerState::Other(String::new()));
        assert!(container.labels.is_empty());
    }

    #[test]
    fn images_are_known_by_tag_and_digest() {
        let listed = serde_json::from_str(
            r#"[{"Id":"i","RepoTags":["a:1","a:2"],"RepoDigests":["a@sha256:0"]},{"RepoTags":null},
                {"RepoTags":["<none>:<none>"],"RepoDigests":["<none>@<none>"]}]"#,
        )
        .unwrap();
        let all = references(listed);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["a:1", "a:2", "a@sha256:0", "i"]);
        assert!(all.values().all(|id| id == "i"));
    }

    #[test]
    fn of_networks_of_one_name_the_labelled_one_counts() {
        let ours = r#"{"Name":"n","Labels":{"maestro.environment":"e"}}"#;
        let other = r#"{"Name":"n","Labels":null}"#;
        for pair in [format!("[{ours},{other}]"), format!("[{other},{ours}]")] {
            let networks = networks(serde_json::from_str(&pair).unwrap());
            assert_eq!(networks["n"][LABEL_ENVIRONMENT], "e");
        }
    }

    #[test]
    fn a_volume_without_labels_or_time_is_one() {
        let volume = |json: &str| Volume::from(serde_json::from_str::<ListedVolume>(json).unwrap());
        let bare = volume(r#"{"Name":"v","Labels":null,"Driver":"local"}"#);
        assert_eq!(bare, Volume { name: "v".into(), labels: BTreeMap::new(), created: None });
        let full = r#"{"Name":"v","Labels":{"a":"b"},"CreatedAt":"2026-11-22T22:00:00+01:00"}"#;
        assert_eq!(volume(full).labels["a"], "b");
        assert_eq!(volume(full).created, time("2026-11-22T21:00:00.000000000Z"));
        assert!(volume(full).created.is_some() && time("0").is_none());
        let none: ListedVolumes = serde_json::from_str(r#"{"Volumes":null,"Warnings":null}"#).unwrap();
        assert!(none.volumes.is_none());
    }
}
