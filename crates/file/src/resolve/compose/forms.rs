//! Reads values of a file of Maestro that are in forms of Compose.

use std::collections::HashMap;

use super::{ProjectResolver, Surroundings, file::Contents, mount::Mounts, named_by_number};
use crate::{
    compose::{
        FilesOnDisk, Fragment, ProjectSection, clean_path,
        element::{Content, Element, Member, Members},
        project::Project,
        service::ComposeService,
    },
    document::{file::Document, schema::Schema, settings::Settings},
    resolve::{
        build::KnownBuilds,
        forms::{DEFAULT, Forms, SectionForms, SectionKey, WrittenMount},
        label::labels,
    },
};
use maestro_core::{
    diagnostic::Diagnostics,
    model::{
        Ship,
        container::{Port, network_name},
        network::EnvironmentNetwork,
        volume::EnvironmentVolume,
    },
    source::{Sources, Spanned},
};

/// Reads what a document says in forms of Compose. None in a schema that has none.
pub(in crate::resolve) fn read(
    document: &Document,
    parts: (&[Ship], &Sources),
    surroundings: Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Forms> {
    if document.schema != Schema::Three {
        return None;
    }
    let directory = std::path::absolute(surroundings.directory).ok();
    let directory = directory.map(|path| clean_path(&path.to_string_lossy()));
    let mut forms = Forms { directory: directory.unwrap_or_default(), ..Forms::default() };
    let sections = written(document);
    if sections.is_empty() && document.resources.is_empty() {
        return Some(forms);
    }
    let fragment = Fragment {
        name: prefix(&document.name.value),
        directory: forms.directory.clone(),
        home: surroundings.variables.get("HOME").filter(|home| !home.is_empty()).cloned(),
        model: model(document, &sections),
    };
    let project = fragment.project(diagnostics);
    let mut resolver = ProjectResolver {
        project: &project,
        site: None,
        surroundings,
        ships: parts.0,
        sources: parts.1,
        files: &FilesOnDisk,
        contents: Contents::default(),
        builds: KnownBuilds::default(),
        makes_containers: true,
        unplaced: Vec::new(),
        diagnostics,
    };
    resolver.tell_unsupported();
    resolver.tell_bad_subnets();
    resolver.tell_bad_volumes();
    forms.networks = networks(&resolver);
    forms.volumes = volumes(&resolver);
    forms.volume_names = volume_names(&project);
    for service in project.services() {
        let Some((key, _)) = service.name.parse().ok().and_then(|at: usize| sections.get(at)) else {
            continue;
        };
        resolver.tell_refused(service);
        resolver.addresses(service.element);
        forms.sections.insert(key.clone(), resolver.section(service));
    }
    Some(forms)
}

/// The services and instances that say something in forms of Compose.
fn written(document: &Document) -> Vec<(SectionKey, &Settings)> {
    let mut sections = Vec::new();
    for (at, service) in document.services.iter().enumerate() {
        let own =
            service.instances.iter().map(|instance| (Some(instance.name.value.clone()), &instance.settings));
        let all = std::iter::once((None, &service.settings)).chain(own);
        sections.extend(
            all.filter(|(_, settings)| !settings.forms.is_empty())
                .map(|(name, settings)| ((at, name), settings)),
        );
    }
    sections
}

/// What the names of an environment's networks and volumes begin with: its own name, as far as Docker allows it.
fn prefix(environment: &str) -> String {
    let network = network_name(environment);
    network.strip_prefix("maestro-").unwrap_or(&network).to_owned()
}

/// What is written, as a part of a Compose file. Services have numbers in place of names: nothing is said of them.
fn model(document: &Document, sections: &[(SectionKey, &Settings)]) -> Element {
    let span = document.name.span;
    let mut model = Members::new();
    let mapping = |members: Members| Member::new(span, Element::new(span, Content::Mapping(members)));
    model.extend(document.resources.clone());
    let networks = model.entry("networks".to_owned()).or_insert_with(|| mapping(Members::new()));
    if let Some(networks) = networks.value.members_mut() {
        let default = networks.entry(DEFAULT.to_owned()).or_insert_with(|| mapping(Members::new()));
        if default.value.is_null() {
            default.value.content = Content::Mapping(Members::new());
        }
        let is_external = default.value.is_external();
        if !is_external {
            default.value.add("name", Content::Text(network_name(&document.name.value)));
        }
    }
    let services = sections
        .iter()
        .enumerate()
        .map(|(at, (_, settings))| (at.to_string(), mapping(settings.forms.clone())));
    model.insert("services".to_owned(), mapping(services.collect()));
    Element::new(span, Content::Mapping(model))
}

/// The networks with the labels that the file says: docker compose's own belong to its projects.
fn networks(resolver: &ProjectResolver<'_, '_>) -> HashMap<String, EnvironmentNetwork> {
    let written = |key: &str| resolver.project.entry(ProjectSection::Networks, key);
    let networks = resolver.networks().into_iter().map(|(key, mut network)| {
        network.options.labels = written(key).map(|element| labels(element, [])).unwrap_or_default();
        (key.to_owned(), network)
    });
    networks.collect()
}

/// The volumes, likewise.
fn volumes(resolver: &ProjectResolver<'_, '_>) -> Vec<EnvironmentVolume> {
    let written = resolver.project.entries(ProjectSection::Volumes);
    let mut volumes = resolver.volumes();
    for (volume, (_, element)) in volumes.iter_mut().zip(written) {
        volume.options.labels = labels(element, []);
    }
    volumes
}

fn volume_names(project: &Project) -> HashMap<String, String> {
    let volumes = project.entries(ProjectSection::Volumes);
    volumes.map(|(key, element)| (key.to_owned(), super::engine_name(key, element))).collect()
}

impl<'p> ProjectResolver<'p, '_> {
    /// What a service or an instance says, of which a service of the part has the forms.
    fn section(&mut self, service: ComposeService<'p>) -> SectionForms {
        let element = service.element;
        let networks = element.get("networks").and_then(Element::members).cloned().unwrap_or_default();
        let ports = element.get("ports").and_then(Element::items).map(|items| {
            let ports = service.ports().zip(items);
            let ports = ports.filter_map(|(port, item)| Some(Spanned::new(self.port(&port)?, item.span)));
            with_names(ports.collect())
        });
        let mounts = element.get("volumes").and_then(Element::items).map(|items| {
            let mut written = Vec::with_capacity(items.len());
            for (mount, item) in service.mounts().zip(items) {
                let mut mounts = Mounts::default();
                self.mount(&mount, item, &mut mounts);
                let Mounts { named, anonymous, memory } = mounts;
                let text = self.sources.text(item.span).trim_start_matches(['"', '\'']);
                let is_relative = text.starts_with("./") || text.starts_with("../");
                let relative = text.split_once(':').filter(|_| is_relative).map(|(path, _)| path.to_owned());
                written.push(WrittenMount { span: item.span, relative, named, anonymous, memory });
            }
            written
        });
        SectionForms { networks, ports, mounts }
    }
}

/// Names the ports by their numbers: `80`, `53/udp`; a port that is published again is `80-2`.
fn with_names(mut ports: Vec<Spanned<Port>>) -> Vec<Spanned<Port>> {
    let mut known: HashMap<String, usize> = HashMap::new();
    for port in &mut ports {
        let mut named = named_by_number(&port.value);
        let count = known.entry(named.name.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            named.name = format!("{}-{count}", named.name);
        }
        port.value = named;
    }
    ports
}
