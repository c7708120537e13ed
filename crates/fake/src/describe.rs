//! How the engine in memory tells what a container is made of, and how a test changes that behind an environment's back.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Fake, container::FakeContainer, state::Inside};
use maestro_core::{
    model::{
        attachment::Attachment,
        container::{
            ContainerNames, ContainerOwner, ContainerSpec, LABEL_IMAGE_ID, Network, OF_CONTAINER, Port,
            Protocol, has_entrypoint, tagged_image,
        },
        shared::SharedSpec,
        variables::Variables,
    },
    observed::{
        Container, ContainerState,
        description::{AttachedNetwork, Description, ImageDefaults},
    },
};
use maestro_engine::{EngineError, events::Happened};

impl Fake {
    /// Puts a container that somebody else made on the engine.
    pub fn add_foreign(&self, name: &str, image: &str, state: ContainerState) {
        let mut inside = self.inside();
        let id = inside.new_id();
        let shown = Container {
            id,
            name: name.to_owned(),
            image: image.to_owned(),
            image_id: String::new(),
            status: format!("{state:?}"),
            state,
            labels: BTreeMap::new(),
            published: Vec::new(),
            networks: Vec::new(),
            on_host_network: false,
            mounts: Vec::new(),
        };
        inside
            .containers
            .insert(name.to_owned(), FakeContainer { by_hand: true, ..FakeContainer::new(shown) });
    }

    /// Makes an image of a container, with its labels, as `docker commit` does. The new image's id.
    ///
    /// # Errors
    /// As an engine has them: no such container.
    pub fn commit(&self, container: &str, image: &str) -> Result<String, EngineError> {
        let mut inside = self.inside();
        let labels = inside.find(container)?.shown.labels.clone();
        let id = inside.new_id();
        inside.images.insert(id.clone(), id.clone());
        inside.images.insert(tagged_image(image), id.clone());
        inside.defaults.insert(id.clone(), ImageDefaults { labels, ..ImageDefaults::default() });
        Ok(id)
    }

    /// Runs a container of an image by hand, as `docker run` does: it bears the labels of its image and no others.
    ///
    /// # Errors
    /// As an engine has them: no such image, or a container has that name.
    pub fn run_by_hand(&self, name: &str, image: &str) -> Result<String, EngineError> {
        let mut inside = self.inside();
        let network = Network::Mode { mode: "bridge".to_owned(), links: Vec::new() };
        let owner = ContainerOwner { environment: String::new(), service: String::new() };
        let spec = SharedSpec::from(ContainerSpec::new(name, image, network, owner));
        let id = inside.create(name, &spec, &BTreeMap::new(), &ContainerNames::default())?.id;
        let kept = inside.find(&id)?;
        let image_id = kept.shown.image_id.clone();
        let labels = inside.defaults.get(&image_id).map(|image| image.labels.clone()).unwrap_or_default();
        let kept = inside.find(&id)?;
        kept.by_hand = true;
        kept.shown.labels.clone_from(&labels);
        Arc::make_mut(&mut kept.description).labels = labels;
        inside.start(&id, self.time())?;
        Ok(id)
    }

    /// The ids of the containers that somebody made by hand, whatever labels they bear.
    #[must_use]
    pub fn made_by_hand(&self) -> BTreeSet<String> {
        let inside = self.inside();
        let by_hand = inside.containers.values().filter(|kept| kept.by_hand);
        by_hand.map(|kept| kept.shown.id.clone()).collect()
    }

    /// Takes the label with the image's id off all containers, as if an older release had made them.
    pub fn age(&self) {
        for kept in self.inside().containers.values_mut().filter(|kept| !kept.by_hand) {
            kept.shown.labels.remove(LABEL_IMAGE_ID);
            Arc::make_mut(&mut kept.description).labels.remove(LABEL_IMAGE_ID);
        }
    }

    /// The images of all containers, by the containers' names.
    #[must_use]
    pub fn images_of_containers(&self) -> BTreeMap<String, String> {
        let inside = self.inside();
        inside.containers.iter().map(|(name, kept)| (name.clone(), kept.shown.image.clone())).collect()
    }

    /// Gives a container another name, as `docker rename` does.
    ///
    /// # Errors
    /// As an engine has them: no such container, or another has that name.
    pub fn rename_by_hand(&self, container: &str, name: &str) -> Result<(), EngineError> {
        self.inside().rename(container, name)
    }

    /// Lets a container that is there hold a TCP port of the ship.
    pub fn hold_port(&self, container: &str, port: u16) {
        let mut inside = self.inside();
        if let Some(kept) = inside.containers.get_mut(container) {
            kept.ports.insert((port, Protocol::Tcp.to_string()));
        }
    }

    /// Looks at all containers as they are, without a call.
    pub fn peek<T>(&self, look: impl FnOnce(&mut dyn Iterator<Item = &Container>) -> T) -> T {
        let mut inside = self.inside();
        inside.tick();
        look(&mut inside.containers.values().map(|kept| &kept.shown))
    }

    /// The commands that were run in a container, in their order.
    #[must_use]
    pub fn executed(&self, container: &str) -> Vec<String> {
        self.inside().containers.get(container).map(|kept| kept.executed.clone()).unwrap_or_default()
    }

    /// Names and states of all containers.
    #[must_use]
    pub fn states(&self) -> BTreeMap<String, ContainerState> {
        let mut inside = self.inside();
        inside.tick();
        inside.containers.iter().map(|(name, kept)| (name.clone(), kept.shown.state.clone())).collect()
    }

    /// Whether an image is there, without a call.
    #[must_use]
    pub fn has_image(&self, image: &str) -> bool {
        self.inside().images.contains_key(&tagged_image(image))
    }

    /// Lets nothing more go wrong of what was asked for.
    pub fn forget_faults(&self) {
        self.inside().faults.clear();
    }

    /// Lets the program of a container end by itself.
    pub fn ends_by_itself(&self, container: &str, code: i64) {
        // One that is not there has ended already.
        let _ = self.inside().end(container, code);
        self.changed.notify_waiters();
    }

    /// Takes a container away, as `docker rm -f` does.
    pub fn take_away(&self, container: &str) {
        let mut inside = self.inside();
        if let Ok(id) = inside.find(container).map(|kept| kept.shown.id.clone()) {
            inside.happened(&id, Happened::Removed);
        }
        inside.containers.remove(container);
        drop(inside);
        self.changed.notify_waiters();
    }

    /// The engine crashes and comes back: what its restart policy starts again runs anew, the rest has ended.
    pub fn reboot(&self) {
        let mut inside = self.inside();
        inside.tick();
        inside.unlabelled = inside.volumes.keys().cloned().collect();
        inside.forget_all();
        inside.kept_names.clear();
        inside.logs_broken += 1;
        let up: Vec<String> = inside
            .containers
            .values_mut()
            .filter(|kept| kept.shown.state.is_up())
            .map(|kept| {
                kept.end(137);
                (
                    kept.shown.name.clone(),
                    matches!(kept.description.restart.0.as_str(), "always" | "unless-stopped"),
                )
            })
            .filter_map(|(name, again)| again.then_some(name))
            .collect();
        for name in up {
            // One whose port is taken stays down, as it does there.
            let _ = inside.start(&name, self.time());
        }
        drop(inside);
        self.changed.notify_waiters();
    }

    /// Changes a container by hand, as `docker update` and `docker network disconnect` do.
    pub fn tamper(&self, container: &str, change: impl FnOnce(&mut Description)) {
        let mut inside = self.inside();
        if let Some(kept) = inside.containers.get_mut(container) {
            change(Arc::make_mut(&mut kept.description));
        }
    }
}

impl Inside {
    /// What an image adds, by its id or a reference to it.
    pub(super) fn defaults_of(&self, image: &str) -> Option<ImageDefaults> {
        let id = self.images.get(&tagged_image(image)).map_or(image, String::as_str);
        let is_there = self.images.values().any(|one| one == id);
        is_there.then(|| self.defaults.get(id).cloned().unwrap_or_default())
    }

    /// What an engine says of a container that it made from `spec`.
    pub(super) fn description(&self, spec: &ContainerSpec, shown: &Container) -> Description {
        let (id, image_id) = (shown.id.as_str(), shown.image_id.as_str());
        let image = self.defaults.get(image_id).cloned().unwrap_or_default();
        let (network_mode, networks, links) = connected(spec);
        // One list, as engines have it: what the image adds stands behind all that is declared.
        let mut env: Variables = spec.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        for (name, value) in image.env {
            env.insert_missing(name, value);
        }
        let labels = shown.labels.clone();
        let mut settings = image.settings;
        settings.extend(spec.settings.iter().map(|(setting, value)| (*setting, value.clone())));
        settings.retain(|setting, value| !setting.is_nothing(value));
        let command = if has_entrypoint(&spec.settings) { Vec::new() } else { image.command };
        let mut volumes = image.volumes;
        volumes.extend(spec.anonymous_volumes());
        Description {
            service: None,
            id: id.to_owned(),
            name: spec.name.clone(),
            image: spec.image.clone(),
            image_id: image_id.to_owned(),
            command: spec.command.clone().unwrap_or(command),
            env,
            hostname: spec.hostname.clone().unwrap_or_else(|| id.chars().take(12).collect()),
            ports: spec.ports.iter().flat_map(published).collect(),
            mounts: spec
                .mounts
                .iter()
                .map(|mount| (mount.target.clone(), (mount.source.clone(), mount.mode.clone())))
                .collect(),
            volumes,
            volumes_from: spec.volumes_from.clone(),
            network_mode,
            networks,
            links: links.into_iter().collect(),
            extra_hosts: spec.extra_hosts.clone().into_iter().collect(),
            restart: spec
                .restart
                .as_ref()
                .map_or_else(|| ("no".to_owned(), 0), |policy| (policy.name.clone(), policy.retries.into())),
            privileged: spec.privileged,
            cap_add: spec.cap_add.iter().cloned().collect(),
            cap_drop: spec.cap_drop.iter().cloned().collect(),
            dns: spec.dns.clone(),
            security_opt: spec.security_opt.iter().cloned().collect(),
            ulimits: spec
                .ulimits
                .iter()
                .map(|limit| (limit.name.clone(), (limit.soft, limit.hard)))
                .collect(),
            user: spec.user.clone().unwrap_or(image.user),
            workdir: spec.workdir.clone().unwrap_or(image.workdir),
            labels,
            cpu_shares: spec.cpu_shares.unwrap_or_default(),
            memory: spec.memory.unwrap_or_default(),
            // As Docker does: twice the memory, where nothing is said.
            memory_swap: spec.memory_swap.unwrap_or_else(|| spec.memory.unwrap_or_default() * 2),
            other_limits: [].into(),
            log_driver: spec.log_driver.clone().unwrap_or_else(|| "json-file".to_owned()),
            log_opt: spec.log_opt.clone(),
            settings,
        }
    }
}

fn published(port: &Port) -> Vec<(String, String)> {
    let address = port.bind.map_or_else(|| "0.0.0.0".to_owned(), |bind| bind.to_string());
    let each = (0..port.count).map(|offset| {
        let outside = if port.choice > 1 {
            port.on_ship()
        } else {
            (u32::from(port.host) + u32::from(offset)).to_string()
        };
        let inside = u32::from(port.container) + u32::from(offset);
        (format!("{inside}/{}", port.protocol), format!("{address}:{outside}"))
    });
    each.collect()
}

/// Adds how it is on its networks as its specification says.
fn attach(networks: &mut BTreeMap<String, AttachedNetwork>, attachments: &BTreeMap<String, Attachment>) {
    for (network, attachment) in attachments {
        let endpoint = networks.entry(network.clone()).or_default();
        endpoint.aliases.extend(attachment.aliases.iter().cloned());
        endpoint.ipv4_address.clone_from(&attachment.ipv4_address);
        endpoint.ipv6_address.clone_from(&attachment.ipv6_address);
        endpoint.driver_opts.clone_from(&attachment.driver_opts);
        endpoint.mac_address.clone_from(&attachment.mac_address);
    }
}

/// Mode, networks and legacy links.
fn connected(spec: &ContainerSpec) -> (String, BTreeMap<String, AttachedNetwork>, Vec<(String, String)>) {
    let (mode, mut networks, links) = first_network(&spec.network);
    attach(&mut networks, &spec.attachments);
    (mode, networks, links)
}

fn first_network(network: &Network) -> (String, BTreeMap<String, AttachedNetwork>, Vec<(String, String)>) {
    match network {
        Network::Environment { name, links } => {
            let endpoint =
                AttachedNetwork { links: links.iter().cloned().collect(), ..AttachedNetwork::default() };
            (name.clone(), [(name.clone(), endpoint)].into(), Vec::new())
        }
        Network::Mode { mode, links } if mode.starts_with(OF_CONTAINER) => {
            (mode.clone(), [].into(), links.clone())
        }
        Network::Mode { mode, links } => {
            (mode.clone(), [(mode.clone(), AttachedNetwork::default())].into(), links.clone())
        }
    }
}
