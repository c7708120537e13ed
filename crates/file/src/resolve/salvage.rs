//! What can be used of a file with mistakes: the sections that are valid, for commands that have to work in an outage.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{ReadFile, Surroundings, resolve};
use crate::document::{
    file::Document,
    keys,
    service::{InstanceSection, ServiceSection},
    settings::Settings,
};
use maestro_core::{
    diagnostic::{CALL, Diagnostics, Severity, nearest},
    model::{Environment, InstanceId},
    source::{Sources, Span, Spanned},
};

/// The valid part of a file.
#[derive(Debug)]
pub struct Salvaged {
    /// Its ships, and the services and instances that are valid.
    pub environment: Environment,
    /// Instances that are left out, because they or their service cannot be read.
    pub left_out: Vec<String>,
    /// Instances that depend on one that is left out, or that one of these may depend on: their order is not known.
    pub unordered: BTreeSet<InstanceId>,
}

/// Keys that say an order.
const RELATIONS: [&str; 4] = ["requires", "links", "volumes_from", "net"];

/// Makes an environment of what is valid in a document with errors, which are in `diagnostics`. None if the errors are
/// not all in services, instances, registries, auditors, or keys at the top that nothing reads.
pub fn salvage(
    document: &Document,
    sources: &mut Sources,
    read_file: ReadFile<'_>,
    surroundings: Surroundings<'_>,
    diagnostics: &Diagnostics,
) -> Option<Salvaged> {
    if document.gaps.text {
        return None;
    }
    let mut reduced = document.clone();
    reduced.gaps = crate::document::unread::Gaps::default();
    let mut removed = Removed::default();
    let mut lost = false;
    let mut found = errors(diagnostics);
    loop {
        let mut progress = false;
        for (code, spans) in found {
            lost |= ["lost-instance", "lost-service", "bad-indentation"].contains(&code);
            for span in spans {
                progress |= removed.blame(document, &mut reduced, span)?;
            }
        }
        if !progress {
            return None;
        }
        removed.take_out(&mut reduced);
        let mut problems = Diagnostics::default();
        if let Some(environment) = resolve(&reduced, sources, read_file, surroundings, &mut problems) {
            if environment.instances.is_empty() {
                return None;
            }
            let unordered = unordered(document, &environment, &removed.instances, lost);
            let left_out = document.services.iter().flat_map(|service| &service.instances);
            let left_out = left_out.map(|instance| instance.name.value.clone());
            let left_out = left_out.filter(|name| removed.instances.contains(name)).collect();
            return Some(Salvaged { environment, left_out, unordered });
        }
        found = errors(&problems);
    }
}

/// The errors: of each its kind and the places that are to blame.
fn errors(diagnostics: &Diagnostics) -> Vec<(&'static str, Vec<Span>)> {
    let errors = diagnostics.sorted().into_iter().filter(|problem| problem.severity == Severity::Error);
    errors
        .map(|problem| {
            let all = ["circular", "duplicate-instance", "duplicate-service"].contains(&problem.code);
            let others = problem.secondary.iter().filter(|_| all);
            // A section that a macro wrote has the place of the call.
            let calls = problem.secondary.iter().filter(|label| label.text == CALL).map(|label| label.span);
            let calls: Vec<Span> = calls.collect();
            if !calls.is_empty() {
                return (problem.code, calls);
            }
            (problem.code, problem.primary.iter().chain(others).map(|label| label.span).collect())
        })
        .collect()
}

/// The names of what is taken out.
#[derive(Default)]
struct Removed {
    services: HashSet<String>,
    instances: HashSet<String>,
    places: HashSet<Span>,
}

impl Removed {
    /// Marks what an error makes unusable; true if that is more than before, none if the whole file is.
    fn blame(&mut self, document: &Document, reduced: &mut Document, span: Span) -> Option<bool> {
        let key = last_before(&document.keys, span)?;
        match key.value.as_str() {
            "audit" => reduced.audit.clear(),
            "registries" => reduced.registries.clear(),
            // Containers are known by their labels, whatever their names.
            "container_names" => reduced.container_names = None,
            "services" if key.span != span => return self.blame_section(document, span),
            // A key that nothing reads.
            name if key.span == span && !keys::TOP.iter().any(|key| key.name == name) => {}
            _ => return None,
        }
        Some(self.places.insert(span))
    }

    fn blame_section(&mut self, document: &Document, span: Span) -> Option<bool> {
        let service = document.services.iter().filter(|service| is_before(service.name.span, span));
        let service = service.max_by_key(|service| service.name.span.start)?;
        let instances = service.instances.iter().filter(|instance| is_before(instance.name.span, span));
        let instance = instances.max_by_key(|instance| instance.name.span.start);
        // A key of the service may stand below its instances.
        let keys = service.settings.written.iter().filter(|key| is_before(key.span, span));
        let key = keys.max_by_key(|key| key.span.start);
        let of_service = |instance: &&InstanceSection| {
            key.is_some_and(|key| key.value != "instances" && key.span.start > instance.name.span.start)
        };
        let before = self.instances.len() + self.services.len();
        match instance.filter(|instance| !of_service(instance)) {
            // A template may have written several at one place.
            Some(instance) => {
                for other in document.services.iter().flat_map(|service| &service.instances) {
                    if other.name.span == instance.name.span || other.name.value == instance.name.value {
                        self.instances.insert(other.name.value.clone());
                    }
                }
            }
            None => {
                for other in document.services.iter().filter(|other| other.name.span == service.name.span) {
                    self.services.insert(other.name.value.clone());
                    self.instances.extend(other.instances.iter().map(|instance| instance.name.value.clone()));
                }
            }
        }
        let more = self.instances.len() + self.services.len() > before;
        Some(more | self.places.insert(span))
    }

    /// Takes out what is marked, and what names it elsewhere.
    fn take_out(&self, document: &mut Document) {
        for service in &mut document.services {
            service.instances.retain(|instance| !self.instances.contains(&instance.name.value));
        }
        let gone = |service: &ServiceSection| {
            self.services.contains(&service.name.value) || service.instances.is_empty()
        };
        let services: HashSet<String> = document
            .services
            .iter()
            .filter(|service| gone(service))
            .map(|service| service.name.value.clone())
            .collect();
        document.services.retain(|service| !gone(service));
        let is_gone = |name: &Spanned<String>| {
            self.instances.contains(&name.value)
                || services.contains(&name.value)
                || self.services.contains(&name.value)
        };
        let prune = |settings: &mut Settings| {
            settings.requires.retain(|name| !is_gone(name));
            settings.volumes_from.retain(|name| !is_gone(name));
            settings.wants_info.retain(|name| !is_gone(name));
            settings.links.retain(|(target, _)| !is_gone(target));
        };
        for service in &mut document.services {
            prune(&mut service.settings);
            service.instances.iter_mut().for_each(|instance| prune(&mut instance.settings));
        }
    }
}

fn is_before(start: Span, span: Span) -> bool {
    start.file == span.file && start.start <= span.start
}

fn last_before(keys: &[Spanned<String>], span: Span) -> Option<&Spanned<String>> {
    keys.iter().filter(|key| is_before(key.span, span)).max_by_key(|key| key.span.start)
}

/// The valid instances whose order is not known: those that depend on one that was removed, and those that such a one
/// depends on, at any distance. All of them if it cannot be known on what such a one depends.
fn unordered(
    document: &Document,
    environment: &Environment,
    removed: &HashSet<String>,
    lost: bool,
) -> BTreeSet<InstanceId> {
    let mut members: HashMap<&str, Vec<&str>> = HashMap::new();
    for service in &document.services {
        let names = service.instances.iter().map(|instance| instance.name.value.as_str());
        members.entry(&service.name.value).or_default().extend(names);
    }
    let instances: HashSet<&str> = members.values().flatten().copied().collect();
    let mut needs: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut needed: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut unknown = lost;
    for service in &document.services {
        for instance in &service.instances {
            let name = instance.name.value.as_str();
            for settings in [&service.settings, &instance.settings] {
                let mut known = true;
                for target in targets(settings) {
                    let all = match instances.get(target) {
                        Some(&instance) => vec![instance],
                        None => members.get(target).cloned().unwrap_or_default(),
                    };
                    known &= !all.is_empty();
                    for &other in &all {
                        needed.entry(other).or_default().push(name);
                    }
                    needs.entry(name).or_default().extend(all);
                }
                known &= relations_are_read(settings);
                unknown |= !known && removed.contains(name);
            }
        }
    }
    if unknown {
        return environment.instance_ids().collect();
    }
    let start: Vec<&str> = removed.iter().map(String::as_str).collect();
    let mut related = closure(&start, &needs);
    related.extend(closure(&start, &needed));
    environment
        .instance_ids()
        .filter(|&id| related.contains(environment.instance(id).name.as_str()))
        .collect()
}

/// The names that say an order.
fn targets(settings: &Settings) -> Vec<&str> {
    let names = settings.requires.iter().chain(&settings.volumes_from);
    let names = names.chain(settings.links.iter().map(|(target, _)| target)).map(|name| name.value.as_str());
    let net = settings.net.as_ref().and_then(|net| net.value.strip_prefix("container:"));
    names.chain(net).collect()
}

/// Whether all keys that say an order were read; one that was misspelt was not.
fn relations_are_read(settings: &Settings) -> bool {
    settings.written.iter().all(|key| {
        let name = key.value.as_str();
        match name {
            "requires" => !settings.requires.is_empty(),
            "links" => !settings.links.is_empty(),
            "volumes_from" => !settings.volumes_from.is_empty(),
            "net" => settings.net.is_some(),
            _ => {
                let known = [keys::INSTANCE, keys::SERVICE_ONLY, keys::PLACEMENT].concat();
                known.iter().any(|key| key.name == name)
                    || (name != "depends_on" && nearest(name, RELATIONS).is_none())
            }
        }
    })
}

fn closure<'a>(start: &[&'a str], edges: &HashMap<&'a str, Vec<&'a str>>) -> HashSet<&'a str> {
    let mut found: HashSet<&str> = HashSet::new();
    let mut pending = start.to_vec();
    while let Some(name) = pending.pop() {
        for &next in edges.get(name).into_iter().flatten() {
            if found.insert(next) {
                pending.push(next);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, io, path::Path};

    use super::*;
    use crate::document;

    /// What is left of a file: the valid instances, those left out, those without an order.
    fn of(text: &str) -> Option<String> {
        let (directory, variables) = (Path::new("/"), BTreeMap::new());
        let document::Loaded { mut sources, yaml, mut diagnostics } =
            document::load("maestro.yaml", text.as_bytes().to_vec(), directory, &variables);
        let document = document::file::read(&yaml?, &mut diagnostics)?;
        let surroundings = Surroundings::new(directory, &variables);
        let read = |_: &Path| Err(io::ErrorKind::NotFound.into());
        assert!(
            resolve(&document, &mut sources, &read, surroundings, &mut diagnostics).is_none(),
            "it is valid"
        );
        let salvaged = salvage(&document, &mut sources, &read, surroundings, &diagnostics)?;
        let names = |ids: &mut dyn Iterator<Item = InstanceId>| {
            ids.map(|id| salvaged.environment.instance(id).name.clone()).collect::<Vec<_>>().join(" ")
        };
        let all = names(&mut salvaged.environment.instance_ids());
        let unordered = names(&mut salvaged.unordered.iter().copied());
        Some(format!("{all} | {} | {unordered}", salvaged.left_out.join(" ")))
    }

    const CHAIN: &str = "name: shop
services:
  db: {image: a, instances: {db-1: {}}}
  app:
    image: a
    requires: db
    instances:
      app-1: {}
      app-2: {}
  web: {image: a, requires: app, instances: {web-1: {}}}
  other: {image: a, instances: {other-1: {}}}
";

    fn changed(from: &str, to: &str) -> Option<String> {
        assert!(CHAIN.contains(from), "{from}");
        of(&CHAIN.replace(from, to))
    }

    #[test]
    fn what_is_beside_a_mistake_can_be_used() {
        let of_instance = changed("app-2: {}", "app-2: {restrat: always}");
        assert_eq!(of_instance.unwrap(), "db-1 app-1 web-1 other-1 | app-2 | db-1 web-1");
        let of_service = changed("requires: db", "requires: db\n    restart: alwais");
        assert_eq!(of_service.unwrap(), "db-1 web-1 other-1 | app-1 app-2 | db-1 web-1");
        let below_instances = changed("app-2: {}", "app-2: {}\n    restart: alwais");
        assert_eq!(below_instances.unwrap(), "db-1 web-1 other-1 | app-1 app-2 | db-1 web-1");
        let at_the_top = changed("name: shop", "name: shop\nversion: 3");
        assert_eq!(at_the_top.unwrap(), "db-1 app-1 app-2 web-1 other-1 |  | ");
    }

    #[test]
    fn nothing_is_ordered_where_an_order_cannot_be_read() {
        let unknown = changed("app-2: {}", "app-2: {requires: dbb}");
        assert_eq!(unknown.unwrap(), "db-1 app-1 web-1 other-1 | app-2 | db-1 app-1 web-1 other-1");
        let misspelt = changed("app-2: {}", "app-2: {requries: other}");
        assert_eq!(misspelt.unwrap(), "db-1 app-1 web-1 other-1 | app-2 | db-1 app-1 web-1 other-1");
        let lost = changed("name: shop", "name: shop\nweb-2: {restart: always}");
        assert_eq!(lost.unwrap(), "db-1 app-1 app-2 web-1 other-1 |  | db-1 app-1 app-2 web-1 other-1");
    }

    #[test]
    fn a_mistake_that_may_be_about_everything_leaves_nothing() {
        assert_eq!(changed("name: shop", "name: shop\nships: {a: {ipp: 10.0.0.1}}"), None);
        assert_eq!(changed("name: shop", "nam: shop"), None);
        assert_eq!(of("name: shop\nservices: []\n"), None);
        assert_eq!(of("name: shop\nservices: {web: {image: a, instances: {web-1: {shp: b}}}}\n"), None);
    }

    #[test]
    fn a_circle_is_left_out_with_all_its_parts() {
        let circle = changed("db: {image: a,", "db: {image: a, requires: web,");
        assert_eq!(circle.unwrap(), "other-1 | db-1 app-1 app-2 web-1 | ");
    }
}
