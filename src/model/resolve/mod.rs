//! From what the user wrote to a valid environment: names are looked up, values checked against one another, and what a
//! service says is handed down to its instances. All problems are found, not only the first.

mod container;
mod links;
mod relations;
mod ships;

use std::{collections::HashMap, io, path::Path};

use indexmap::IndexMap;

use super::{Environment, Instance, InstanceId, Service, ServiceId, Ship, ShipId, name::is_container_name};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, nearest},
    document::{
        file::{Document, Schema},
        service::{InstanceSection, ServiceSection},
    },
    source::{Sources, Span, Spanned},
};

/// Reads a file that the environment names, as an env file.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// Makes an environment of a document. None if there are errors; env files that were read are kept in `sources`.
pub fn resolve(
    document: &Document,
    sources: &mut Sources,
    read_file: ReadFile<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Environment> {
    let ships = ships::resolve(document, diagnostics);
    let mut resolver = Resolver {
        document,
        index: Index::new(document, &ships, diagnostics),
        ships,
        sources,
        read_file,
        diagnostics,
        env_files: HashMap::new(),
    };
    let mut instances = resolver.instances();
    let services = resolver.services();
    if instances.len() == resolver.index.instances.len() {
        resolver.relate(&services, &mut instances);
    }
    let (ships, name) = (resolver.ships, document.name.value.clone());
    (!diagnostics.has_errors()).then_some(Environment { name, ships, services, instances })
}

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

    fn add(&mut self, section: Section<'a>, diagnostics: &mut Diagnostics) {
        let name = &section.instance.name;
        if !is_container_name(&name.value) {
            diagnostics.push(
                Diagnostic::error("bad-name", format!("`{}` cannot be the name of an instance", name.value))
                    .at(name.span, "it becomes the container's name")
                    .note("Docker allows two or more letters, digits, `_`, `.` and `-`, the first a letter or digit"),
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
                        "an instance's name is its container's name, so it must be the only one in the file",
                    )
                    .help(format!("call this one `{}-2`, for example", name.value)),
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
    env_files: HashMap<String, Option<super::variables::Variables>>,
}

impl Resolver<'_, '_> {
    fn services(&mut self) -> Vec<Service> {
        let mut services = Vec::with_capacity(self.document.services.len());
        for (at, section) in self.document.services.iter().enumerate() {
            let of_service = |section: &&Section<'_>| section.service_id == ServiceId(at);
            let ids = self.index.sections.iter().filter(of_service);
            let instances =
                ids.filter_map(|s| self.index.instances.get(s.instance.name.value.as_str()).copied());
            services.push(Service {
                name: section.name.value.clone(),
                omit: section.omit,
                instances: instances.collect(),
                requires: Vec::new(),
                span: section.name.span,
            });
        }
        for (at, section) in self.document.services.iter().enumerate() {
            services[at].requires = self.requirements(&section.settings.requires);
        }
        services
    }

    fn instances(&mut self) -> Vec<Instance> {
        let sections = self.index.sections.clone();
        sections.into_iter().filter_map(|section| self.instance(section)).collect()
    }

    fn instance(&mut self, section: Section<'_>) -> Option<Instance> {
        let ship = self.ship_of(section);
        let image = self.image_of(section);
        let ports = container::ports(section);
        let running = self.checks(section, &ports, ship);
        let requires = self.requirements(&section.instance.settings.requires);
        let (ship, image) = (ship?, image?);
        let spec = self.container(section, ship, image, &ports);
        let own = &section.instance.settings;
        let stop_timeout = own.stop_timeout.or(section.service.settings.stop_timeout);
        Some(Instance {
            name: section.instance.name.value.clone(),
            service: section.service_id,
            ship,
            requires,
            ports,
            container: spec,
            stop_timeout: stop_timeout.unwrap_or(std::time::Duration::from_secs(10)),
            running,
            span: section.instance.name.span,
        })
    }

    fn ship_of(&mut self, section: Section<'_>) -> Option<ShipId> {
        let written = section.instance.settings.ship.as_ref().or(section.service.settings.ship.as_ref());
        match written {
            Some(name) => self.ship_named(name),
            None if self.ships.len() == 1 => Some(ShipId(0)),
            None => {
                let names = self.ship_names();
                self.diagnostics.push(
                    Diagnostic::error(
                        "missing-key",
                        format!(
                            "instance `{}` does not say on which ship it runs",
                            section.instance.name.value
                        ),
                    )
                    .at(section.instance.span, "no `ship` here")
                    .help(format!("add `ship:` with one of {names}")),
                );
                None
            }
        }
    }

    fn ship_named(&mut self, name: &Spanned<String>) -> Option<ShipId> {
        if let Some(&id) = self.index.ships.get(&name.value) {
            return Some(id);
        }
        let near = nearest(&name.value, self.ships.iter().map(|ship| ship.name.as_str()));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the ships are {}", self.ship_names()),
        };
        self.diagnostics.push(
            Diagnostic::error("unknown-ship", format!("there is no ship `{}`", name.value))
                .at(name.span, "unknown ship")
                .help(help),
        );
        None
    }

    fn ship_names(&self) -> String {
        self.ships.iter().map(|ship| format!("`{}`", ship.name)).collect::<Vec<_>>().join(", ")
    }

    fn image_of(&mut self, section: Section<'_>) -> Option<String> {
        let image = section.instance.settings.image.as_ref().or(section.service.settings.image.as_ref());
        if image.is_none() {
            let service = &section.service.name;
            self.diagnostics.push(
                Diagnostic::error(
                    "missing-image",
                    format!("service `{}` does not say which image it runs", service.value),
                )
                .at(service.span, "no `image` here, nor at each of its instances")
                .help(format!("add `image: NAME:TAG` to service `{}`", service.value)),
            );
        }
        image.map(|image| image.value.clone())
    }

    /// A name that is neither a service nor an instance.
    fn unknown(&mut self, code: &'static str, wanted: &str, name: &Spanned<String>, known: &[&str]) {
        let near = nearest(&name.value, known.iter().copied());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "there is none yet".to_owned(),
            None => format!("there are: {}", known.join(", ")),
        };
        self.diagnostics.push(
            Diagnostic::error(code, format!("there is no {wanted} `{}`", name.value))
                .at(name.span, format!("unknown {wanted}"))
                .help(help),
        );
    }

    fn is_schema_one(&self) -> bool {
        self.document.schema == Schema::One
    }
}

/// Says that a value cannot be right.
fn bad(code: &'static str, text: impl Into<String>, span: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, text).at(span, label)
}
