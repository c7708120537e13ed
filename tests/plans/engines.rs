//! What engines have, from text. `case.rs` has its words.

use std::collections::BTreeMap;

use super::case::author;
use maestro_core::{
    model::{
        Environment, Instance, Required, ShipId,
        container::{
            ContainerSpec, LABEL_CONFIG, LABEL_CONFIG_OWN, LABEL_ENVIRONMENT, LABEL_INSTANCE, Network,
            older_network_name, tagged_image,
        },
        one_off::LABEL_ONE_OFF,
    },
    observed::{
        Container, ContainerState, Holdings, Observed, ShipState,
        copy_mark::{CopyMark, KeptVolume},
        description::{AttachedNetwork, Description, ImageDefaults},
        left_behind::LeftBehind,
        mounts::{Mounted, Source},
        restore_mark::RestoreMark,
        revision::{Needed, Record, Recorded},
    },
    plan::published::declared_ports,
};

/// The name that an engine made up for the anonymous volume of an instance's container at a path.
pub(super) fn volume(container: &str, path: &str) -> String {
    let letters = format!("{container}{path}").into_bytes();
    let digits: Vec<String> = letters.iter().map(|letter| format!("{letter:02x}")).collect();
    format!("{:0>64}", digits.concat())
}

/// The labels of what that environment has made; `-` stands for nobody.
fn labels_of(environment: &str) -> BTreeMap<String, String> {
    let labels = [(LABEL_ENVIRONMENT.to_owned(), environment.to_owned())].into_iter();
    labels.filter(|(_, of)| of != "-").collect()
}

/// The engine's id of an image.
fn image_id(image: &str) -> String {
    format!("id-of-{}", tagged_image(image))
}

pub(super) fn read(text: &str, environment: &Environment, old: &Environment) -> Observed {
    let ships = environment.ship_ids().map(|_| ShipState::Answering(holdings(environment, old))).collect();
    let mut observed = Observed { ships, ..Observed::default() };
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (of, words) = line.split_once(": ").unwrap_or_else(|| panic!("{line}"));
        let mut words = words.split(' ');
        let (ship, name) = of.split_once('/').unwrap_or((of, ""));
        let at = environment.ships.iter().position(|one| one.name == ship).unwrap_or_else(|| panic!("{of}"));
        let ship = Ship { id: ShipId(at), environment, old };
        if name.is_empty() {
            ship.read(&mut observed.ships[at], &mut words);
        } else {
            let ShipState::Answering(holdings) = &mut observed.ships[at] else { panic!("{line}") };
            ship.container(holdings, name, &mut words);
        }
    }
    observed
}

/// What a ship has that nothing is said of.
fn holdings(environment: &Environment, old: &Environment) -> Holdings {
    let all = environment.instances.iter().chain(&old.instances);
    let images: BTreeMap<String, String> =
        all.map(|one| (tagged_image(&one.container.image), image_id(&one.container.image))).collect();
    let defaults = images.values().map(|id| (id.clone(), ImageDefaults::default())).collect();
    let labels = [(LABEL_ENVIRONMENT.to_owned(), environment.name.clone())].into();
    Holdings {
        images: Some(images),
        networks: Some([(environment.network(), labels)].into()),
        revisions: Some(Vec::new()),
        defaults,
        ..Holdings::default()
    }
}

/// A ship whose line is read.
struct Ship<'a> {
    id: ShipId,
    environment: &'a Environment,
    old: &'a Environment,
}

impl Ship<'_> {
    fn read<'w>(&self, state: &mut ShipState, words: &mut impl Iterator<Item = &'w str>) {
        while let Some(word) = words.next() {
            let ShipState::Answering(holdings) = state else { panic!("{word} behind a ship that is silent") };
            let mut next = || words.next().unwrap_or_else(|| panic!("{word} of what?"));
            let networks = holdings.networks.get_or_insert_default();
            match word {
                "silent" => *state = ShipState::Unreachable { reason: "connection refused".into() },
                "not-asked" => *state = ShipState::NotAsked,
                "no-images" => holdings.images = Some(BTreeMap::new()),
                "no-network" => networks.clear(),
                "network-of" => {
                    let labels = [(LABEL_ENVIRONMENT.to_owned(), next().to_owned())].into();
                    networks.insert(self.environment.network(), labels);
                }
                "old-network" => {
                    let labels = networks.remove(&self.environment.network()).unwrap_or_default();
                    networks.insert(older_network_name(&self.environment.name), labels);
                }
                "engine" => holdings.engine_id = Some(next().to_owned()),
                "new-image" => {
                    let image = next();
                    let images = holdings.images.get_or_insert_default();
                    images.insert(tagged_image(image), format!("new-{}", image_id(image)));
                }
                "declares" => {
                    let image = holdings.defaults.entry(image_id(next())).or_default();
                    image.volumes.insert(next().to_owned());
                }
                "volume" | "restoring" | "copy" | "kept" => self.volume(holdings, word, &mut next),
                "left" => {
                    let (instance, path) = (next().to_owned(), next().to_owned());
                    let (volume, environment) = (volume(&instance, &path), self.environment.name.clone());
                    holdings.left_behind.push(LeftBehind { volume, environment, instance, path });
                }
                "revision" => {
                    let number = next().parse().expect("a number");
                    let instances = match next() {
                        "now" => Some(self.ran(self.environment)),
                        "old" => Some(self.ran(self.old)),
                        "unreadable" => None,
                        other => panic!("a revision that is {other}"),
                    };
                    let (environment, author) = (self.environment.name.clone(), author());
                    let record = Record {
                        number,
                        environment,
                        author,
                        is_found: false,
                        created: None,
                        instances,
                        newer: None,
                        is_older: false,
                        past_images: Vec::new(),
                    };
                    holdings.revisions.get_or_insert_default().push(record);
                }
                other => panic!("a ship that is {other}"),
            }
        }
    }

    /// A volume: whole, of a restore, of a copy from a ship, or kept since its instance moved to a ship.
    fn volume<'w>(&self, holdings: &mut Holdings, word: &str, next: &mut impl FnMut() -> &'w str) {
        let there = holdings.volumes.get_or_insert_default();
        let (volume, environment) = (next().to_owned(), self.environment.name.clone());
        let mark = RestoreMark { environment: environment.clone(), volume: volume.clone() };
        let owner = match word {
            "volume" => next().to_owned(),
            "copy" => {
                let copy = CopyMark { mark: mark.clone(), from: next().to_owned() };
                there.insert(mark.record(), copy.labels());
                environment
            }
            "kept" => {
                let (environment, volume) = (environment.clone(), volume.clone());
                let kept = KeptVolume { environment, volume, to: next().to_owned() };
                there.insert(kept.record(), kept.labels());
                kept.environment
            }
            _ => {
                there.insert(mark.record(), mark.labels());
                environment
            }
        };
        there.insert(volume, labels_of(&owner));
    }

    /// All instances of an environment on the ship, as they are recorded.
    fn ran(&self, environment: &Environment) -> Vec<Recorded> {
        let here = environment.instances.iter().filter(|instance| instance.ship == self.id);
        let each = here.map(|instance| Recorded {
            service: None,
            ship: environment.ship(instance.ship).name.clone(),
            spec: instance.container.clone(),
            config: instance.container.hash().to_owned(),
            image_id: image_id(&instance.container.image),
            digest: None,
            stop_timeout: instance.stop_timeout,
            requires: Some(needed(environment, instance)),
        });
        each.collect()
    }

    fn container<'w>(&self, holdings: &mut Holdings, name: &str, words: &mut impl Iterator<Item = &'w str>) {
        let state = ContainerState::from_word(words.next().expect("a state"));
        let words = Words(words.collect());
        let instance = words.behind("of").first().map_or(name, |of| of[0]);
        let named = |environment: &Environment| {
            environment.instances.iter().find(|one| one.name == instance).cloned()
        };
        let made = named(self.environment).filter(|_| !words.has("old")).or_else(|| named(self.old));
        let spec = made.unwrap_or_else(|| panic!("no file declares {instance}")).container;
        let labels = words.labels(name, instance, spec.all_labels());
        let status = match state {
            ContainerState::Running => {
                let age = words.behind("up").first().map_or("2 hours", |age| self::age(age[0]));
                format!("Up {age}")
            }
            ContainerState::Exited => "Exited (0) 2 hours ago".to_owned(),
            _ => format!("{state:?}"),
        };
        // Ships that are one engine have the same containers.
        let engine = holdings.engine_id.as_ref().unwrap_or(&self.environment.ship(self.id).name);
        let id = format!("{name}@{engine}");
        let image_id = image_id(&spec.image);
        let mut description = description(name, &spec, &id, &image_id, &labels);
        let mut mounts: Vec<Mounted> = spec.mounts.iter().map(mounted).collect();
        for path in words.behind("anonymous") {
            mounts.push(anonymous(name, path[0]));
            description.volumes.insert(path[0].to_owned());
        }
        mounts.extend(words.behind("has").into_iter().map(|has| anonymous(has[0], has[1])));
        holdings.descriptions.insert(id.clone(), description);
        let networks = match &spec.network {
            Network::Environment { name, .. } => vec![name.clone()],
            Network::Mode { .. } => Vec::new(),
        };
        let container = Container {
            id,
            name: name.into(),
            image: spec.image.clone(),
            image_id,
            state,
            status,
            labels,
            published: Vec::new(),
            networks,
            on_host_network: false,
            mounts,
        };
        holdings.containers.insert(name.into(), container);
    }
}

/// What a line says of a container, behind its state.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn has(&self, word: &str) -> bool {
        self.0.contains(&word)
    }

    /// What stands behind each of these words.
    fn behind(&self, word: &str) -> Vec<&[&'a str]> {
        let each = self.0.iter().enumerate().filter(|(_, one)| **one == word);
        each.map(|(at, _)| &self.0[at + 1..]).collect()
    }

    fn labels(
        &self,
        name: &str,
        instance: &str,
        mut own: BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        if self.has("one-off") {
            own.insert(LABEL_INSTANCE.to_owned(), name.to_owned());
            own.insert(LABEL_ONE_OFF.to_owned(), instance.to_owned());
        }
        if self.has("unmanaged") {
            own.clear();
        }
        if let Some(other) = self.behind("labelled").first() {
            let of = [(LABEL_ENVIRONMENT, other[0]), (LABEL_INSTANCE, instance)];
            own = of.map(|(label, value)| (label.to_owned(), value.to_owned())).into();
        }
        if self.has("without-hash") {
            own.remove(LABEL_CONFIG);
            own.remove(LABEL_CONFIG_OWN);
        }
        own
    }
}

fn anonymous(container: &str, path: &str) -> Mounted {
    Mounted { source: Source::Volume(volume(container, path)), path: path.into(), writable: true }
}

/// An engine's words for how long a container has been up.
fn age(word: &str) -> &str {
    match word {
        "new" => "Less than a second",
        "young" => "7 seconds",
        "unhealthy" => "2 hours (unhealthy)",
        other => panic!("up since {other}"),
    }
}

fn needed(environment: &Environment, instance: &Instance) -> Vec<Needed> {
    let service = environment.service(instance.service);
    let all = instance.requires.iter().chain(&service.requires);
    let each = all.map(|requirement| match requirement.on {
        Required::Service(id) => Needed::Service(environment.service(id).name.clone()),
        Required::Instance(id) => Needed::Instance(environment.instance(id).name.clone()),
    });
    each.collect()
}

fn mounted(mount: &maestro_core::model::container::Mount) -> Mounted {
    let source = if mount.source.starts_with('/') { Source::Path } else { Source::Volume };
    let (source, path) = (source(mount.source.clone()), mount.target.clone());
    Mounted { source, path, writable: mount.mode != "ro" }
}

/// What an engine tells of a container, as far as the files of these tests use it.
fn description(
    name: &str,
    spec: &ContainerSpec,
    id: &str,
    image_id: &str,
    labels: &BTreeMap<String, String>,
) -> Description {
    let (network_mode, networks, links) = match &spec.network {
        Network::Environment { name, links } => {
            let endpoint =
                AttachedNetwork { links: links.iter().cloned().collect(), ..AttachedNetwork::default() };
            (name.clone(), [(name.clone(), endpoint)].into(), Vec::new())
        }
        Network::Mode { mode, links } => (mode.clone(), BTreeMap::new(), links.clone()),
    };
    let mounts = spec.mounts.iter();
    Description {
        id: id.to_owned(),
        name: name.to_owned(),
        image: spec.image.clone(),
        image_id: image_id.to_owned(),
        command: spec.command.clone().unwrap_or_default(),
        env: spec.env.clone(),
        hostname: spec.hostname.clone().unwrap_or_default(),
        ports: declared_ports(&spec.ports).into_iter().collect(),
        mounts: mounts.map(|one| (one.target.clone(), (one.source.clone(), one.mode.clone()))).collect(),
        volumes: spec.volumes.iter().cloned().collect(),
        volumes_from: spec.volumes_from.clone(),
        network_mode,
        networks,
        links: links.into_iter().collect(),
        extra_hosts: spec.extra_hosts.clone().into_iter().collect(),
        restart: spec.restart.as_ref().map_or(("no".into(), 0), |one| (one.name.clone(), one.retries.into())),
        labels: labels.clone(),
        log_driver: "json-file".to_owned(),
        ..Description::default()
    }
}
