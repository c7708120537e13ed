//! From what the user wrote to a valid environment: names are looked up, values checked against one another, and what a
//! service says is handed down to its instances. All problems are found, not only the first.

mod attachment;
mod build;
mod carried;
mod checks;
mod compose;
mod container;
mod document;
mod endpoint;
mod files;
mod forms;
mod host;
mod inherited;
mod instance_files;
mod label;
mod links;
mod naming;
mod near_name;
mod network;
mod not_on_ship;
mod placement;
mod ports;
mod profiles;
mod program;
mod registries;
mod relations;
mod rings;
mod salvage;
mod scale;
mod security;
mod settings;
mod ships;
mod side_by_side;
mod surroundings;
mod update;
mod update_hooks;
mod volumes;
mod wish;
mod written;

pub use compose::{KeySupport, NOT_ON_A_SWARM, ProjectParts, resolve_project, support};
pub use document::resolve;
use forms::Forms;
pub use inherited::inherit;
pub use profiles::activate;
pub use program::{ProgramFault, Programs, RunProgram};
pub use salvage::{Salvaged, salvage};
pub use scale::{CountChange, CountPlace, Scales, places_in_document, places_in_project};
pub use ships::local as local_ship;
pub use surroundings::Surroundings;

use std::{collections::HashMap, io, path::Path};

use indexmap::IndexMap;

use carried::Content;
use near_name::{ALLOWED, container_name_like};

use crate::document::{
    file::Document,
    files::FileKind,
    schema::Schema,
    service::{InstanceSection, ServiceSection},
};
use maestro_core::model::{
    Instance, InstanceId, NamePattern, Service, ServiceId, Ship, ShipId, name::is_container_name,
    variables::Variables,
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest_name},
    source::{Sources, Span, Spanned},
};

/// Reads a file that the environment names, as an env file.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// What each name of the file means.
struct Index<'a> {
    ships: HashMap<String, ShipId>,
    services: IndexMap<&'a str, ServiceId>,
    instances: IndexMap<&'a str, InstanceId>,
    /// The sections of every instance, in order.
    sections: Vec<Section<'a>>,
}

/// An instance as it is written, with its service.
#[derive(Clone, Copy)]
struct Section<'a> {
    service_id: ServiceId,
    service: &'a ServiceSection,
    instance: &'a InstanceSection,
}

/// Of more names none is listed.
const MANY: usize = 10;

/// A service and its instances: it can require none of them.
fn own_names(section: &ServiceSection) -> Vec<&str> {
    let instances = section.instances.iter().map(|instance| instance.name.value.as_str());
    std::iter::once(section.name.value.as_str()).chain(instances).collect()
}

impl Section<'_> {
    /// Where its networks are written; none if it says nothing of them.
    fn networks_span(self) -> Option<Span> {
        let sides = [&self.instance.settings, &self.service.settings];
        sides.into_iter().find_map(|side| side.forms.get("networks")).map(|networks| networks.key)
    }
}

impl<'a> Index<'a> {
    fn new(document: &'a Document, ships: &[Ship], diagnostics: &mut Diagnostics) -> Self {
        let mut index = Self {
            ships: ships.iter().enumerate().map(|(at, ship)| (ship.name.clone(), ShipId(at))).collect(),
            services: IndexMap::new(),
            instances: IndexMap::new(),
            sections: Vec::new(),
        };
        for (at, service) in document.services.iter().enumerate() {
            index.services.insert(&service.name.value, ServiceId(at));
            for instance in &service.instances {
                index.add(Section { service_id: ServiceId(at), service, instance }, diagnostics);
            }
        }
        index
    }

    /// A name with a number behind it that no instance of the file has.
    fn free_name(&self, name: &str) -> String {
        let sections = self.sections.iter().map(|section| section.instance.name.value.as_str());
        let taken: Vec<&str> = sections.collect();
        let mut names = (2..).map(|number| format!("{name}-{number}"));
        names.find(|name| !taken.contains(&name.as_str())).unwrap_or_default()
    }

    fn add(&mut self, section: Section<'a>, diagnostics: &mut Diagnostics) {
        let name = &section.instance.name;
        if !is_container_name(&name.value) {
            diagnostics.push(
                Diagnostic::error("bad-name", format!("`{}` cannot be the name of an instance", name.value))
                    .at(name.span, "it becomes the container's name")
                    .note(ALLOWED)
                    .help(format!("call it `{}`, for example", container_name_like(&name.value)))
                    .replace(name.span, container_name_like(&name.value)),
            );
        }
        if let Some(&InstanceId(first)) = self.instances.get(name.value.as_str()) {
            let first = self.sections[first];
            diagnostics.push(
                Diagnostic::error("duplicate-instance", format!("two instances are called `{}`", name.value))
                    .at(name.span, format!("again, in service `{}`", section.service.name.value))
                    .also(
                        first.instance.name.span,
                        format!("first, in service `{}`", first.service.name.value),
                    )
                    .note(
                        "commands, links and labels name an instance, so its name must be the only one in the file",
                    )
                    .help(format!("call this one `{}`, for example", self.free_name(&name.value)))
                    .replace(name.span, self.free_name(&name.value)),
            );
            return;
        }
        self.instances.insert(&name.value, InstanceId(self.sections.len()));
        self.sections.push(section);
    }
}

/// The work of [`resolve`].
struct Resolver<'a, 'd> {
    document: &'a Document,
    ships: Vec<Ship>,
    index: Index<'a>,
    sources: &'d mut Sources,
    read_file: ReadFile<'d>,
    diagnostics: &'d mut Diagnostics,
    env_files: HashMap<String, Option<Variables>>,
    /// Where the file lies, the variables of the process, and the programs that print contents.
    surroundings: Surroundings<'d>,
    /// Contents of configs and secrets. What cannot be read has none, and was told.
    file_contents: HashMap<(FileKind, String), Option<Content>>,
    builds: build::KnownBuilds,
    /// How containers are named.
    container_names: Option<NamePattern>,
    /// What the file says in forms of Compose; none in a schema that has none.
    forms: Option<Forms>,
    /// Of each instance, whether its ship is known; otherwise a problem with it was told.
    known_ship: Vec<bool>,
    /// Of each service the ships that its instances are placed on.
    candidates: Vec<Vec<ShipId>>,
}

impl Resolver<'_, '_> {
    fn services(&mut self) -> Vec<Service> {
        let mut services = Vec::with_capacity(self.document.services.len());
        let mut members: Vec<Vec<InstanceId>> = vec![Vec::new(); self.document.services.len()];
        for (at, section) in self.index.sections.iter().enumerate() {
            members[section.service_id.0].push(InstanceId(at));
        }
        let candidates = std::mem::take(&mut self.candidates);
        let parts = self.document.services.iter().zip(members).zip(candidates);
        for ((section, instances), candidates) in parts {
            services.push(Service {
                name: section.name.value.clone(),
                omit: section.omit,
                update: update::of(&section.update, instances.len()),
                instances,
                requires: Vec::new(),
                replicated: section.placement.is_written(),
                candidates,
                build: self.build_of(section),
                profiles: profiles::of_service(section),
                span: section.name.span,
            });
        }
        for (at, section) in self.document.services.iter().enumerate() {
            services[at].requires = self.requirements(&section.settings.requires, &own_names(section));
        }
        services
    }

    fn instances(&mut self) -> Vec<Instance> {
        let sections = self.index.sections.clone();
        sections.into_iter().map(|section| self.instance(section)).collect()
    }

    /// The instance; after a problem with something in the place of what is not known, so that its relations can still
    /// be looked at.
    fn instance(&mut self, section: Section<'_>) -> Instance {
        let ship = self.ship_of(section);
        self.known_ship.push(ship.is_some());
        self.tell_swarm(section, ship);
        let image = self.image_of(section).unwrap_or_default();
        let ports = container::ports(section);
        let lifecycle = self.lifecycle(section, &ports, ship);
        let names = [section.service.name.value.as_str(), section.instance.name.value.as_str()];
        let requires = self.requirements(&section.instance.settings.requires, &names);
        let ship = ship.unwrap_or(ShipId(0));
        let mut spec = self.container(section, ship, image, &ports);
        let files = self.instance_files(section, &mut spec);
        let own = &section.instance.settings;
        let stop_timeout = own.stop_timeout.or(section.service.settings.stop_timeout);
        spec.stop_timeout = stop_timeout.and_then(|timeout| i64::try_from(timeout.as_secs()).ok());
        let pull_policy = own.pull_policy.or(section.service.settings.pull_policy);
        let of_ship = self.document.ships.as_ref().and_then(|ships| ships.get(ship.0)?.image_source);
        let image_source = own.image_source.or(section.service.settings.image_source).or(of_ship);
        Instance {
            name: section.instance.name.value.clone(),
            container_name: None,
            service: section.service_id,
            ship,
            requires,
            links: Vec::new(),
            ports,
            container: spec.into(),
            files,
            swarm: None,
            pull_policy: pull_policy.unwrap_or_default(),
            image_source: image_source.unwrap_or_default(),
            on_unhealthy: own.on_unhealthy.or(section.service.settings.on_unhealthy).unwrap_or_default(),
            may_end: false,
            hooks: maestro_core::value::hook::Hooks {
                post_start: container::either(section, |s| &s.post_start).unwrap_or_default(),
                pre_stop: container::either(section, |s| &s.pre_stop).unwrap_or_default(),
            },
            stop_timeout: stop_timeout.unwrap_or(std::time::Duration::from_secs(10)),
            lifecycle,
            span: section.instance.name.span,
            written: self.written(section),
        }
    }

    fn ship_of(&mut self, section: Section<'_>) -> Option<ShipId> {
        let (own, service) = (&section.instance.settings, &section.service.settings);
        if own.gaps.ship {
            return None;
        }
        match own.ship.as_ref().or(service.ship.as_ref()) {
            Some(name) => self.ship_named(name),
            None if service.gaps.ship || self.document.gaps.ships => None,
            None if self.ships.len() == 1 => Some(ShipId(0)),
            None => {
                let names = self.ship_names();
                let name = &section.instance.name.value;
                let text = format!("instance `{name}` does not say on which ship it runs");
                self.diagnostics.push(
                    bad("missing-ship", text, section.instance.span, "no `ship` here")
                        .help(format!("add `ship:` and one of {names}")),
                );
                None
            }
        }
    }

    /// Tells an instance that would run on a Swarm: services of a Compose file alone can.
    fn tell_swarm(&mut self, section: Section<'_>, ship: Option<ShipId>) {
        let Some(ship) = ship.filter(|ship| self.ships[ship.0].swarm) else { return };
        let (own, service) = (&section.instance.settings.ship, &section.service.settings.ship);
        let name = &section.instance.name;
        let span = own.as_ref().or(service.as_ref()).map_or(name.span, |ship| ship.span);
        let text = format!("`{}` cannot run on `{}`, which is a Swarm", name.value, self.ships[ship.0].name);
        self.diagnostics.push(
            bad("not-on-a-swarm", text, span, "a Swarm")
                .note("a Swarm runs services of Compose files, placed there by a site file")
                .help("write the service in a Compose file, or name a ship that is no Swarm"),
        );
    }

    fn image_of(&mut self, section: Section<'_>) -> Option<String> {
        let (own, of_service) = (&section.instance.settings, &section.service.settings);
        let image = own.image.as_ref().or(of_service.image.as_ref());
        if image.is_none() && section.service.build.is_some() {
            return Some(self.image_of_service(section.service));
        }
        if image.is_none() && !own.gaps.image && !of_service.gaps.image {
            let has_image = |instance: &InstanceSection| {
                instance.settings.image.is_some() || instance.settings.gaps.image
            };
            let service = &section.service.name;
            // Where some instances have one, the others were forgotten; where none has, the service was.
            let diagnostic = if section.service.instances.iter().any(has_image) {
                let instance = &section.instance.name;
                let text = format!("instance `{}` does not say which image it runs", instance.value);
                bad("missing-image", text, instance.span, "no `image` here, nor at its service").help(
                    format!(
                        "add `image: NAME:TAG` to it, or to service `{}` for all that have none",
                        service.value
                    ),
                )
            } else {
                let text = format!("service `{}` does not say which image it runs", service.value);
                bad("missing-image", text, service.span, "no `image` here")
                    .help(format!("add `image: NAME:TAG` to service `{}`", service.value))
            };
            self.diagnostics.push(diagnostic);
        }
        image.map(|image| image.value.clone())
    }

    /// A name that is neither a service nor an instance.
    fn unknown(&mut self, code: &'static str, wanted: &str, name: &Spanned<String>, known: &[&str]) {
        if let Some(part) = self.document.inactive.iter().find(|part| part.name.value == name.value) {
            self.diagnostics.push(profiles::needed(part, name));
            return;
        }
        if self.document.gaps.instances {
            return;
        }
        let parts: Vec<&str> = name.value.split([',', ' ']).filter(|part| !part.is_empty()).collect();
        let near = nearest_name(&name.value, known.iter().copied());
        let help = match near {
            _ if parts.len() > 1 && parts.iter().all(|part| known.contains(part)) => {
                let names = parts.join(", ");
                let help = Help::from(format!("a list has brackets: write `[{names}]`"));
                let in_list = self.sources.before(name.span).trim_end().ends_with(['[', ',', '-']);
                help.replace(name.span, if in_list { names } else { format!("[{names}]") })
            }
            Some(near) => Help::from(format!("did you mean `{near}`?")).replace(name.span, near),
            None if known.is_empty() => {
                // The service or instance that names it is no candidate.
                let other = if wanted.contains("service") || wanted == "instance" { "other " } else { "" };
                Help::from(format!("the file has no {other}{wanted}"))
            }
            // A part of many names is no help.
            None if known.len() > MANY => format!(
                "write the one that is meant, or leave it out: none of the {} names that the file has is like it",
                known.len()
            )
            .into(),
            None => {
                let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                Help::from(format!("there are {}", names.join(", ")))
            }
        };
        let text = format!("there is no {wanted} `{}`", name.value);
        self.diagnostics.push(bad(code, text, name.span, format!("unknown {wanted}")).help(help));
    }

    fn is_schema_one(&self) -> bool {
        self.document.schema == Schema::One
    }
}

/// Says that a value cannot be right.
fn bad(code: &'static str, text: impl Into<String>, span: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, text).at(span, label)
}
