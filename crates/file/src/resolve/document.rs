//! From a document of Maestro to an environment.

use std::collections::HashMap;

use super::{
    Index, ReadFile, Resolver, Surroundings, build::KnownBuilds, compose, naming, placement, registries,
    scale, ships,
};
use crate::document::{file::Document, profiles::InactivePart};
use maestro_core::{diagnostic::Diagnostics, model::Environment, source::Sources};

/// Makes an environment of a document. None if there are errors; env files that were read are kept in `sources`.
pub fn resolve(
    document: &Document,
    sources: &mut Sources,
    read_file: ReadFile<'_>,
    surroundings: Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Environment> {
    let sections = document.ships.as_deref().unwrap_or_default();
    let ships = ships::resolve(sections, surroundings, diagnostics);
    let forms = compose::read_forms(document, (&ships, sources), surroundings, diagnostics);
    let with_ports = forms.as_ref().filter(|forms| forms.has_ports()).map(|forms| forms.fill_in(document));
    let document = with_ports.as_ref().unwrap_or(document);
    scale::check(document, surroundings.scales, diagnostics);
    let (document, candidates) = placement::with_instances(document, &ships, surroundings, diagnostics);
    let document = &*document;
    let registries = registries::resolve(&document.registries, diagnostics);
    let container_names = naming::pattern(document, diagnostics);
    let mut resolver = Resolver {
        document,
        index: Index::new(document, &ships, diagnostics),
        ships,
        sources,
        read_file,
        diagnostics,
        env_files: HashMap::new(),
        surroundings,
        file_contents: HashMap::new(),
        builds: KnownBuilds::default(),
        known_ship: Vec::new(),
        container_names,
        forms,
        candidates,
    };
    let mut instances = resolver.instances();
    resolver.name_containers(&mut instances);
    let mut services = resolver.services();
    resolver.relate(&mut services, &mut instances);
    if !resolver.diagnostics.has_errors() {
        ships::warn_of_plain_tcp(&resolver.ships, sections, resolver.diagnostics);
    }
    let (ships, name, container_names) =
        (resolver.ships, document.name.value.clone(), resolver.container_names);
    let forms = resolver.forms.unwrap_or_default();
    let audit = document.audit.clone();
    let sensitive = document.sensitive.clone();
    let environment = Environment {
        name,
        found: surroundings.whereabouts.found_on(&ships),
        ships,
        services,
        instances,
        registries,
        audit,
        sensitive,
        container_names,
        declared_networks: forms.declared_networks(),
        inactive: names_of(&document.inactive, true),
        inactive_instances: names_of(&document.inactive, false),
        volumes: forms.declared_volumes(),
    };
    (!diagnostics.has_errors()).then_some(environment)
}

/// The names of services, or of instances, that take no part.
fn names_of(inactive: &[InactivePart], services: bool) -> Vec<String> {
    inactive.iter().filter(|part| part.is_service == services).map(|part| part.name.value.clone()).collect()
}
