//! What the engine in memory holds, and what its calls do to it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    behaviour::Behaviour,
    call::{Call, InjectedFault},
    cluster::Cluster,
    container::{FakeContainer, SHORTEST_PAUSE},
    file_tree::Files,
    lately::Lately,
    listeners::Listeners,
    program::FakeProgram,
    sayings::Sayings,
};
use maestro_core::{
    model::{
        container::{ContainerNames, ContainerSpec, LABEL_IMAGE_ID, Network, tagged_image},
        registry,
        shared::SharedSpec,
    },
    observed::{
        Container, ContainerState,
        description::{Description, ImageDefaults},
    },
};
use maestro_engine::{Created, EngineError, Platform, Volume, events::Happened};

/// What kind of machine the engine runs on.
pub(super) const PLATFORM: &str = "linux/amd64";
/// Warning of engines about ports that a container on the host's network publishes.
const PORTS_DISCARDED: &str = "Published ports are discarded when using host network mode";

#[derive(Default)]
pub(super) struct Inside {
    pub(super) identity: String,
    pub(super) lines: Option<usize>,
    pub(super) containers: BTreeMap<String, FakeContainer>,
    /// Ids by reference.
    pub(super) images: BTreeMap<String, String>,
    /// The layers of images, by their ids; others have one.
    pub(super) layers: BTreeMap<String, Vec<Vec<u8>>>,
    /// The platforms of images that came from another engine, by their ids.
    pub(super) foreign_images: BTreeMap<String, Platform>,
    /// The processor's architecture, if that is not the usual one.
    pub(super) architecture: Option<String>,
    /// How many bytes of archives of images came.
    pub(super) loaded_bytes: usize,
    /// How many bytes an image may have that is loaded; none if that is not limited.
    pub(super) image_room: Option<usize>,
    /// Whether the next image that is loaded lacks a layer.
    pub(super) loads_half: bool,
    /// What images add to their containers, by their ids.
    pub(super) defaults: HashMap<String, ImageDefaults>,
    /// Ids by reference, as the registry has them.
    pub(super) pullable: BTreeMap<String, String>,
    /// The platforms that images are built for, by their ids; of others, the engine's own.
    pub(super) platforms: HashMap<String, Vec<String>>,
    /// When an image got a name other than by a pull, by its id.
    pub(super) tagged: HashMap<String, Timestamp>,
    pub(super) networks: HashMap<String, BTreeMap<String, String>>,
    pub(super) volumes: BTreeMap<String, Volume>,
    /// The files of volumes, by the volume's name.
    pub(super) contents: BTreeMap<String, Files>,
    /// After how many bytes the next archive that is read, or written, breaks off.
    pub(super) breaks_after: Option<usize>,
    /// Whether the next archive that is written is damaged on the way.
    pub(super) damages: bool,
    /// How many bytes of files all volumes have room for; none if that is not limited.
    pub(super) room: Option<usize>,
    /// Volumes from before the last restart: answers to their creation leave their labels out.
    pub(super) unlabelled: BTreeSet<String>,
    /// Names that no container has and none can get.
    pub(super) kept_names: BTreeSet<String>,
    pub(super) behaviours: HashMap<String, Behaviour>,
    pub(super) latencies: HashMap<&'static str, Duration>,
    /// State of a generator of numbers, for [`Fake::jitter`](super::Fake::jitter).
    pub(super) jitter: Option<u64>,
    pub(super) faults: Vec<(&'static str, String, InjectedFault)>,
    /// How the next build fails.
    pub(super) build_failure: Option<(String, Option<i64>)>,
    pub(super) pull_faults: VecDeque<(registry::PullFault, String)>,
    pub(super) pulls: usize,
    pub(super) most_pulls: usize,
    pub(super) calls: Vec<Call>,
    pub(super) under_way: usize,
    pub(super) most_under_way: usize,
    pub(super) made: usize,
    pub(super) lately: Lately,
    pub(super) listeners: Listeners,
    /// How often all streams of logs were broken.
    pub(super) logs_broken: u64,
    /// Commands that were prepared or started for a user, by their ids.
    pub(super) programs: BTreeMap<String, FakeProgram>,
    pub(super) sayings: Sayings,
    /// What it holds as the manager of a Swarm.
    pub(super) cluster: Cluster,
    /// Whether the connections of programs stay open when their container ends.
    pub(super) keeps_programs: bool,
}

impl Inside {
    pub fn make_network(&mut self, name: &str, labels: &BTreeMap<String, String>) -> Result<(), EngineError> {
        if self.networks.contains_key(name) {
            return Err(EngineError::Conflict(format!("network with name {name} already exists").into()));
        }
        self.networks.insert(name.to_owned(), labels.clone());
        Ok(())
    }

    /// How long a call of that method takes.
    pub(super) fn latency(&mut self, method: &str) -> Duration {
        let fixed = self.latencies.get(method).copied().unwrap_or_default();
        let Some(state) = &mut self.jitter else { return fixed };
        // xorshift64
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        fixed + Duration::from_micros(*state % 20_000)
    }

    pub(super) fn create_volume(
        &mut self,
        name: &str,
        labels: &BTreeMap<String, String>,
        created: SystemTime,
    ) -> Volume {
        let make = || Volume { name: name.to_owned(), labels: labels.clone(), created: Some(created) };
        let mut volume = self.volumes.entry(name.to_owned()).or_insert_with(make).clone();
        if self.unlabelled.contains(name) {
            volume.labels.clear();
        }
        volume
    }

    /// Removes a volume, unless a container has it, running or not.
    pub(super) fn remove_volume(&mut self, name: &str) -> Result<(), EngineError> {
        if let Some(user) = self.containers.values().find(|kept| kept.volumes().any(|(_, one)| one == name)) {
            let id = &user.shown.id;
            return Err(EngineError::Conflict(format!("remove {name}: volume is in use - [{id}]").into()));
        }
        self.volumes.remove(name);
        self.contents.remove(name);
        self.unlabelled.remove(name);
        Ok(())
    }

    pub(super) fn volumes_with(&self, labels: &BTreeMap<String, String>) -> Vec<Volume> {
        let has = |volume: &Volume| {
            labels.iter().all(|(name, wanted)| {
                volume.labels.get(name).is_some_and(|value| wanted.is_empty() || value == wanted)
            })
        };
        self.volumes.values().filter(|volume| has(volume)).cloned().collect()
    }

    pub(super) fn new_id(&mut self) -> String {
        self.made += 1;
        // No two engines give the same id.
        let who = self.identity.bytes().fold(0_u64, |who, byte| who.wrapping_mul(31) + u64::from(byte));
        format!("{who:016x}{:048x}", self.made)
    }

    pub(super) fn take_fault(&mut self, method: &str, about: &str) -> Option<InjectedFault> {
        let hit =
            |(of, on, _): &(&str, String, InjectedFault)| *of == method && (on.is_empty() || on == about);
        let at = self.faults.iter().position(hit)?;
        Some(self.faults.remove(at).2)
    }

    /// Lets the containers die whose time has come.
    pub(super) fn tick(&mut self) {
        let now = Instant::now();
        let is_due = |kept: &FakeContainer| kept.next_turn().is_some_and(|at| at <= now);
        let due: Vec<FakeContainer> = self.containers.values().filter(|kept| is_due(kept)).cloned().collect();
        for was in due {
            let before = self.before(&was);
            let mut turns = Vec::new();
            if let Ok(kept) = self.find(&was.shown.id) {
                while kept.next_turn().is_some_and(|at| at <= now) {
                    turns.push(kept.turn());
                }
                kept.before = before.filter(|_| !kept.shown.state.is_up());
            }
            turns.into_iter().flatten().for_each(|what| self.happened(&was.shown.id, what));
        }
        for kept in self.containers.values_mut() {
            kept.shown.status = kept.status();
        }
    }

    pub(super) fn find(&mut self, container: &str) -> Result<&mut FakeContainer, EngineError> {
        self.containers
            .values_mut()
            .filter(|kept| !kept.unfinished)
            .find(|kept| kept.shown.name == container || kept.shown.id == container)
            .ok_or_else(|| EngineError::NotFound(format!("No such container: {container}").into()))
    }

    fn is_free(&self, name: &str) -> Result<(), EngineError> {
        if self.containers.contains_key(name) || self.kept_names.contains(name) {
            let words = format!("Conflict. The container name \"/{name}\" is already in use by container");
            return Err(EngineError::Conflict(words.into()));
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, container: &str, name: &str) -> Result<(), EngineError> {
        let before = self.find(container)?.shown.name.clone();
        if before == name {
            return Ok(());
        }
        self.is_free(name)?;
        if let Some(mut kept) = self.containers.remove(&before) {
            name.clone_into(&mut kept.shown.name);
            name.clone_into(&mut Arc::make_mut(&mut kept.description).name);
            let id = kept.shown.id.clone();
            self.containers.insert(name.to_owned(), kept);
            self.happened(&id, Happened::Renamed);
        }
        Ok(())
    }

    pub(super) fn create(
        &mut self,
        name: &str,
        spec: &SharedSpec,
        volumes: &BTreeMap<String, String>,
        names: &ContainerNames,
    ) -> Result<Created, EngineError> {
        self.is_free(name)?;
        let Some(image_id) = self.image_id(&spec.image) else {
            return Err(EngineError::NotFound(
                format!("No such image: {}", tagged_image(&spec.image)).into(),
            ));
        };
        let asked_for = spec;
        // As it is asked for: with the names of containers, and the labels of what is declared.
        let sent = with_names(asked_for, names);
        let spec = &*sent;
        let mut from = spec.volumes_from.iter().map(|name| name.split(':').next().unwrap_or(name));
        if let Some(gone) = from.find(|name| !self.containers.contains_key(*name)) {
            return Err(EngineError::NotFound(format!("No such container: {gone}").into()));
        }
        let mounts = self.mount(spec, &image_id, volumes);
        let links = match &spec.network {
            Network::Environment { .. } => Vec::new(),
            Network::Mode { links, .. } => links.iter().map(|(to, _)| to.clone()).collect(),
        };
        let id = self.new_id();
        let mut labels = self.defaults.get(&image_id).map(|image| image.labels.clone()).unwrap_or_default();
        labels.extend(asked_for.all_labels());
        labels.insert(LABEL_IMAGE_ID.to_owned(), image_id.clone());
        let shown = Container {
            id: id.clone(),
            name: name.to_owned(),
            image: spec.image.clone(),
            image_id,
            state: ContainerState::Created,
            status: "Created".to_owned(),
            labels,
            published: Vec::new(),
            networks: Vec::new(),
            on_host_network: matches!(&spec.network, Network::Mode { mode, .. } if mode == "host"),
            mounts,
        };
        let ports = spec
            .ports
            .iter()
            .flat_map(|port| (0..port.count).map(|offset| (port.host + offset, port.protocol.to_string())));
        let mut description = Description { name: name.to_owned(), ..self.description(spec, &shown) };
        FakeContainer::give_aliases(&mut description, spec, names);
        let kept = FakeContainer {
            ports: ports.collect(),
            links,
            description: Arc::new(description),
            ..FakeContainer::new(shown)
        };
        self.containers.insert(name.to_owned(), kept);
        let on_host = matches!(&spec.network, Network::Mode { mode, .. } if mode == "host");
        let warning = (on_host && !spec.ports.is_empty()).then(|| PORTS_DISCARDED.to_owned());
        Ok(Created { id, warnings: warning.into_iter().collect() })
    }

    pub(super) fn start(&mut self, container: &str, now: SystemTime) -> Result<(), EngineError> {
        let kept = self.find(container)?.clone();
        if kept.shown.state == ContainerState::Paused {
            let words = "cannot start a paused container, try unpause instead";
            return Err(EngineError::Conflict(words.into()));
        }
        if kept.shown.state.is_up() {
            return Ok(());
        }
        for other in self.containers.values().filter(|other| other.shown.state.is_up()) {
            if let Some((port, _)) = other.ports.intersection(&kept.ports).next() {
                return Err(EngineError::Refused(format!(
                    "driver failed programming external connectivity on endpoint {}: Bind for 0.0.0.0:{port} failed: \
                     port is already allocated",
                    kept.shown.name
                ).into()));
            }
        }
        let up = |name: &String| self.containers.get(name).is_some_and(|other| other.shown.state.is_up());
        if let Some(down) = kept.links.iter().find(|name| !up(name)) {
            return Err(EngineError::Refused(
                format!("Cannot link to a non running container: /{down}").into(),
            ));
        }
        let mut behaviour = self.behaviours.get(&kept.shown.image).cloned().unwrap_or_default();
        if let Some(lines) = self.said(&kept) {
            behaviour = Behaviour { dies: Some((Duration::ZERO, 0)), log: lines, ..Behaviour::default() };
        }
        let kept = self.find(container)?;
        for text in &behaviour.log {
            kept.write(now, text);
        }
        kept.serves_after = behaviour.serves_after;
        kept.healthy_after = behaviour.healthy_after;
        kept.unhealthy_after = behaviour.unhealthy_after;
        kept.dies = behaviour.dies;
        kept.restarts = 0;
        kept.pause = SHORTEST_PAUSE;
        kept.begin(Instant::now());
        let id = kept.shown.id.clone();
        self.happened(&id, Happened::Started);
        Ok(())
    }

    pub(super) fn end(&mut self, container: &str, code: i64) -> Result<(), EngineError> {
        let kept = self.find(container)?;
        if kept.shown.state.is_up() {
            let id = kept.shown.id.clone();
            self.ends(&id, code);
        }
        Ok(())
    }

    pub(super) fn kill(&mut self, container: &str) -> Result<(), EngineError> {
        let kept = self.find(container)?;
        if kept.shown.state.is_up() {
            let id = kept.shown.id.clone();
            self.happened(&id, Happened::Signalled { is_kill: true });
        }
        self.end(container, 137)
    }

    /// A container that runs ends.
    pub(super) fn ends(&mut self, id: &str, code: i64) {
        let Some(before) = self.find(id).ok().map(|kept| kept.clone()).map(|kept| self.before(&kept)) else {
            return;
        };
        if let Ok(kept) = self.find(id) {
            kept.before = before;
            kept.end(code);
        }
        self.happened(id, Happened::Died { exit_code: code });
    }

    pub(super) fn remove(&mut self, container: &str) -> Result<(), EngineError> {
        match self.find(container) {
            Err(_) => Ok(()),
            Ok(kept) if kept.shown.state.is_up() => Err(EngineError::Conflict(
                "You cannot remove a running container. Stop the container before attempting removal".into(),
            )),
            Ok(kept) => {
                let (id, name) = (kept.shown.id.clone(), kept.shown.name.clone());
                self.happened(&id, Happened::Removed);
                self.containers.remove(&name);
                Ok(())
            }
        }
    }
}

/// A specification with the names of containers in place of those of their instances.
fn with_names<'a>(spec: &'a ContainerSpec, names: &ContainerNames) -> Cow<'a, ContainerSpec> {
    if names.targets.is_empty() {
        return Cow::Borrowed(spec);
    }
    let mut sent = spec.clone();
    sent.volumes_from = spec.volumes_from.iter().map(|from| names.volumes_from(from)).collect();
    if let Network::Mode { mode, links } = &mut sent.network {
        *mode = names.mode(mode);
        *links = names.legacy_links(links);
    }
    sent.settings = names.settings(&spec.settings);
    Cow::Owned(sent)
}
