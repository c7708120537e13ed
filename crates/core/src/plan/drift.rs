//! What differs between what the file declares of a container and what runs.
//!
//! What an image adds by itself is no difference, and neither is what an engine makes of what it was told: where a
//! container was made from the very same declaration, only what can be changed behind its back is looked at.

mod difference;
mod files;
mod limits;
mod naming;
mod network;
mod secrets;
mod service;
mod settings;
mod variables;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use difference::{Difference, FieldValue, FileComparison, HIDDEN};
pub use secrets::hide_running;

use super::place::place;
use crate::{
    model::{
        Environment, Instance,
        carried::own_volumes,
        container::{ContainerSpec, LABEL_CONFIG, tagged_image},
        peers::with_peers_of,
        shared::SharedSpec,
    },
    observed::{
        Container, Holdings,
        description::{Description, ImageDefaults},
    },
    value::{
        secret::{Sensitive, hides},
        setting::{has_entrypoint, shares_namespace},
        sha256,
    },
};

/// What a container is compared with, beside what the file says.
#[derive(Debug, Clone, Copy)]
pub struct ObservedContainer<'a> {
    /// How the container is made.
    pub description: &'a Description,
    /// What its image adds; none if the image is not there any more.
    pub image: Option<&'a ImageDefaults>,
    /// The engine's id of the image that the file names; none if the ship has none.
    pub image_id: Option<&'a str>,
    /// All containers of the ship, by name.
    pub containers: &'a HashMap<String, Container>,
}

impl<'a> ObservedContainer<'a> {
    /// What is known of a container; none if it was not described.
    #[must_use]
    pub fn of(instance: &Instance, container: &Container, holdings: &'a Holdings) -> Option<Self> {
        let description = holdings.descriptions.get(&container.id)?;
        Some(Self {
            description,
            image: holdings.defaults.get(&description.image_id),
            image_id: holdings.image_id(&instance.container.image),
            containers: &holdings.containers,
        })
    }
}

/// All differences, in a fixed order.
#[must_use]
pub fn differences(
    environment: &Environment,
    instance: &Instance,
    running: ObservedContainer<'_>,
) -> Vec<Difference> {
    if let (Some(swarm), Some(service)) = (&instance.swarm, &running.description.service) {
        return service::differences(environment, instance, swarm, service);
    }
    let spec = &*instance.container.with_contents_of(&running.description.labels);
    let hash = spec.hash();
    let is_same = is_made_from(spec, running.description);
    let mut drift = Drift { environment, instance, running, is_same, found: Vec::new() };
    drift.identity(spec);
    drift.variables(spec);
    drift.storage(spec);
    drift.files(spec);
    drift.network(spec);
    drift.rights(spec);
    drift.limits(spec);
    drift.settings(spec);
    // Without its image nobody can tell what of it the file said once, and does not say any more.
    if drift.found.is_empty() && !is_same && running.image.is_none() {
        let before = running.description.labels.get(LABEL_CONFIG).cloned();
        drift.push("configuration", before, Some(hash.to_owned()));
    }
    drift.found
}

/// Whether a container was made from that declaration, other peers aside. Containers of older releases have only the hash
/// of all, so that is made anew with the peers that the container knows.
fn is_made_from(spec: &SharedSpec, running: &Description) -> bool {
    let Some(hash) = running.labels.get(LABEL_CONFIG) else { return false };
    if *hash == spec.hash() {
        return true;
    }
    let env = with_peers_of(&spec.env, &running.env);
    *hash == ContainerSpec { env, ..ContainerSpec::clone(spec) }.hash()
}

/// Hides the values of what the file marks as secret.
pub fn hide_sensitive(differences: &mut [Difference], instance: &Instance, sensitive: &Sensitive) {
    let service = &instance.container.owner.service;
    for difference in differences {
        if sensitive.covers_key(service, &instance.name, &difference.field) {
            for value in [&mut difference.running, &mut difference.declared].into_iter().flatten() {
                value.hide();
            }
        }
    }
}

struct Drift<'a> {
    environment: &'a Environment,
    instance: &'a Instance,
    running: ObservedContainer<'a>,
    /// Whether the container was made from the very same declaration, its peers aside.
    is_same: bool,
    found: Vec<Difference>,
}

impl Drift<'_> {
    fn push(&mut self, field: impl Into<String>, running: Option<String>, declared: Option<String>) {
        self.push_values(field.into(), running.map(FieldValue::Text), declared.map(FieldValue::Text));
    }

    fn push_values(&mut self, field: String, running: Option<FieldValue>, declared: Option<FieldValue>) {
        let place = Some(place(self.instance, &field));
        self.found.push(Difference { field, running, declared, place, is_peers_alone: false });
    }

    fn one(&mut self, field: &str, running: &str, declared: &str) {
        if running != declared {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            self.push(field, some(running), some(declared));
        }
    }

    /// Compares name by name. What runs beyond what is declared counts only where it can be a leftover.
    fn each(
        &mut self,
        field: &str,
        running: &BTreeMap<String, String>,
        declared: &BTreeMap<String, String>,
        extras: bool,
    ) {
        let names: BTreeSet<&String> = running.keys().chain(declared.keys()).collect();
        for name in names {
            let (now, wanted) = (running.get(name), declared.get(name));
            if now == wanted || (wanted.is_none() && !extras) {
                continue;
            }
            let shown = |value: Option<&String>| {
                value.map(|value| if hides(name, value) { HIDDEN.to_owned() } else { value.clone() })
            };
            self.push(format!("{field}.{name}"), shown(now), shown(wanted));
        }
    }

    fn list(&mut self, field: &str, running: &[String], declared: &[String]) {
        if running != declared {
            let shown = |list: &[String]| (!list.is_empty()).then(|| list.join(", "));
            self.push(field, shown(running), shown(declared));
        }
    }

    /// What it is and runs.
    fn identity(&mut self, spec: &ContainerSpec) {
        let now = self.running.description;
        let none = ImageDefaults::default();
        let (image, is_known) = (self.running.image.unwrap_or(&none), self.running.image.is_some());
        self.one("name", &now.name, self.instance.container_name());
        self.image(spec);
        let by_itself = if has_entrypoint(&spec.settings) { &none.command } else { &image.command };
        let command = spec.command.as_ref().unwrap_or(by_itself);
        if (spec.command.is_some() || is_known) && *command != now.command {
            let words = |words: &[String]| (!words.is_empty()).then(|| words.join(" "));
            self.push("command", words(&now.command), words(command));
        }
        for (field, now, declared, of_image) in [
            ("username", &now.user, &spec.user, &image.user),
            ("workdir", &now.workdir, &spec.workdir, &image.workdir),
        ] {
            if declared.is_some() || is_known {
                let trimmed = |path: &str| {
                    if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path.to_owned() }
                };
                self.one(field, &trimmed(now), &trimmed(declared.as_ref().unwrap_or(of_image)));
            }
        }
        if let Some(hostname) = &spec.hostname {
            self.one("hostname", &now.hostname, hostname);
        }
    }

    /// By the id that the reference has on the ship now; where it has none, by the reference.
    fn image(&mut self, spec: &ContainerSpec) {
        let now = self.running.description;
        let is_same_reference = tagged_image(&now.image) == tagged_image(&spec.image);
        match self.running.image_id {
            id if is_same_reference && id.is_none_or(|id| id == now.image_id) => return,
            Some(id) if is_same_reference => {
                let with = |id: &str| FieldValue::Image { reference: spec.image.clone(), id: id.to_owned() };
                self.push_values("image".to_owned(), Some(with(&now.image_id)), Some(with(id)));
                return;
            }
            _ => {}
        }
        // Another name of the very same image makes no other container.
        let is_same_image = self.running.image_id == Some(now.image_id.as_str());
        if !is_same_image && (spec.image.is_empty() || !now.image_id.ends_with(&spec.image)) {
            let value = |image: &String| {
                let is_id = image.starts_with("sha256:");
                if is_id { FieldValue::ImageId(image.clone()) } else { FieldValue::Text(image.clone()) }
            };
            self.push_values("image".to_owned(), Some(value(&now.image)), Some(value(&spec.image)));
        }
    }

    fn storage(&mut self, spec: &ContainerSpec) {
        let now = self.running.description;
        let shown = |source: &str, mode: &str| {
            if mode == "rw" { source.to_owned() } else { format!("{source} ({mode})") }
        };
        let running =
            now.mounts.iter().map(|(path, (source, mode))| (path.clone(), shown(source, mode))).collect();
        let declared = spec
            .mounts
            .iter()
            .map(|mount| (mount.target.clone(), shown(&mount.source, &mount.mode)))
            .collect();
        self.each("volumes", &running, &declared, true);
        self.anonymous_volumes(spec);
        // They were looked up by the names that containers had then, and hold whatever those are called now.
        if !self.is_same {
            let running: Vec<String> = now.volumes_from.iter().map(|from| self.by_instance(from)).collect();
            self.list("volumes_from", &running, &spec.volumes_from);
        }
    }

    fn anonymous_volumes(&mut self, spec: &ContainerSpec) {
        let now = self.running.description;
        let paths = |paths: &mut dyn Iterator<Item = &String>| -> BTreeSet<String> {
            paths.map(|path| path.trim_end_matches('/').to_owned()).collect()
        };
        let of_image = self.running.image.map(|image| image.volumes.clone()).unwrap_or_default();
        let of_files = own_volumes(&spec.files);
        let (running, declared) = (
            paths(&mut now.volumes.iter()),
            paths(&mut spec.volumes.iter().chain(&of_image).chain(&of_files)),
        );
        let may_be_left_over = self.running.image.is_some() && !self.is_same;
        for path in running.symmetric_difference(&declared) {
            let is_declared = declared.contains(path);
            if is_declared || may_be_left_over {
                let side = |is_there: bool| is_there.then_some(FieldValue::AnonymousVolume);
                self.push_values(format!("container_volumes.{path}"), side(!is_declared), side(is_declared));
            }
        }
    }

    fn rights(&mut self, spec: &ContainerSpec) {
        let now = self.running.description;
        if now.privileged != spec.privileged {
            self.push("privileged", Some(now.privileged.to_string()), Some(spec.privileged.to_string()));
        }
        self.list("cap_add", &capabilities(&now.cap_add), &capabilities(&spec.cap_add));
        self.list("cap_drop", &capabilities(&now.cap_drop), &capabilities(&spec.cap_drop));
        // An engine adds this by itself to containers that are privileged or share a namespace of their ship.
        let is_added = spec.privileged || shares_namespace(&spec.settings);
        let own = |option: &&String| !(is_added && option.starts_with("label=disable"));
        let sorted = |options: &mut dyn Iterator<Item = &String>| {
            options
                .filter(own)
                .map(|option| shown_option(option))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
        };
        let running = sorted(&mut now.security_opt.iter());
        self.list("security_opt", &running, &sorted(&mut spec.security_opt.iter()));
    }
}

/// A security option, with a digest in place of a whole profile.
fn shown_option(option: &str) -> String {
    match option.strip_prefix("seccomp=").filter(|profile| profile.starts_with('{')) {
        Some(profile) => format!("seccomp=profile {}", sha256::digits(profile.as_bytes(), 12)),
        None => option.to_owned(),
    }
}

/// `NET_ADMIN` and `CAP_NET_ADMIN` are one.
fn capabilities<'a>(list: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let plain = |name: &String| {
        let name = name.to_ascii_uppercase();
        name.strip_prefix("CAP_").map(str::to_owned).unwrap_or(name)
    };
    list.into_iter().map(plain).collect::<BTreeSet<_>>().into_iter().collect()
}
