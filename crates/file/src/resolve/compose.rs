//! From a Compose project to a valid environment: containers, networks and volumes under the names that docker compose
//! gives them. A service's name is that of a service here, and its containers are the instances `SERVICE-1`, `SERVICE-2` ….

mod address;
mod api_socket;
mod build;
mod buildkit;
mod check;
mod constraint;
mod container;
mod duplicate;
mod file;
mod forms;
mod hook;
mod links;
mod local_path;
mod mount;
mod network;
mod parts;
mod placement;
mod port;
mod ranges;
mod reach;
mod refused;
mod relation;
mod security;
mod setting;
mod subnet;
mod support;
mod swarm;
mod swarm_keys;
mod ulimit;
mod update;
mod update_hook;
mod volume;

pub(super) use forms::read as read_forms;
pub use parts::ProjectParts;
pub use support::{KeySupport, support};
pub use swarm_keys::REFUSED as NOT_ON_A_SWARM;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    time::Duration,
};

use super::{
    Surroundings,
    build::KnownBuilds,
    checks::{CheckResolver, Whose},
    near_name::ALLOWED,
    registries,
    ships::{self, KnownShips},
    update as written_update,
};
use crate::{
    compose::{element::Element, files::ProjectFiles, project::Project, service::ComposeService},
    document::{checks::LifecycleSection, site::SiteDocument},
};
use check::Awaited;
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    model::{
        ContainerName, Environment, Instance, InstanceId, NamePattern, Service, ServiceId, Ship, ShipId,
        check::Lifecycle, container::Port, network::EnvironmentNetwork,
    },
    source::{Sources, Span},
    value::{pull::PullPolicy, secret::Sensitive},
};

/// How long docker compose lets a container stop, if the file does not say.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Prefix of a network or namespace that is shared with the service whose name follows.
const OF_SERVICE: &str = "service:";
/// How docker compose names containers.
const CONTAINER_NAMES: &str = "{environment}-{instance}";

/// Makes an environment of a project: on the ships of its site file; without one, on the engine that `DOCKER_HOST` or the
/// Docker context in use names. None if there are errors.
#[must_use]
pub fn resolve_project(
    parts: ProjectParts<'_>,
    surroundings: Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Environment> {
    let ProjectParts { project, site, files, sources, makes_containers } = parts;
    let sections = site.and_then(|site| site.ships.as_deref()).unwrap_or_default();
    let ships = ships::resolve(sections, surroundings, diagnostics);
    let mut resolver = ProjectResolver {
        project,
        site,
        surroundings,
        ships: &ships,
        sources,
        files,
        contents: file::Contents::default(),
        builds: KnownBuilds::default(),
        makes_containers,
        unplaced: Vec::new(),
        diagnostics,
    };
    resolver.tell_unsupported();
    resolver.tell_unknown_services();
    resolver.tell_unknown_files();
    resolver.tell_bad_subnets();
    resolver.tell_shared_addresses();
    resolver.tell_bad_volumes();
    resolver.tell_no_services();
    let networks = resolver.networks();
    let (mut services, mut instances) = resolver.services(&networks);
    resolver.update_hooks(&mut services, &instances);
    resolver.tell_unplaced();
    resolver.tell_port_of_two_services(&services, &instances);
    resolver.side_by_side(&mut services, &instances);
    resolver.reach(&services, &mut instances);
    let on_swarms = swarm::name_networks(&networks, &mut instances);
    resolver.record_links(&services, &mut instances);
    let volumes = resolver.volumes();
    let registries = site.map(|site| registries::resolve(&site.registries, diagnostics));
    if !diagnostics.has_errors() {
        ships::warn_of_plain_tcp(&ships, sections, diagnostics);
    }
    let environment = Environment {
        name: project.name.clone(),
        found: surroundings.whereabouts.found_on(&ships),
        ships,
        services,
        instances,
        registries: registries.unwrap_or_default(),
        audit: site.map(|site| site.audit.clone()).unwrap_or_default(),
        sensitive: Sensitive::default(),
        container_names: NamePattern::parse(CONTAINER_NAMES).ok(),
        declared_networks: networks.into_values().chain(on_swarms).collect(),
        inactive: project.disabled.keys().cloned().collect(),
        inactive_instances: Vec::new(),
        volumes,
    };
    (!diagnostics.has_errors()).then_some(environment)
}

/// The networks of a project, by their keys.
type Networks<'p> = BTreeMap<&'p str, EnvironmentNetwork>;

/// The work of [`resolve_project`].
struct ProjectResolver<'p, 'd> {
    project: &'p Project,
    site: Option<&'d SiteDocument>,
    /// Where paths in the site file count from, and the programs that it names.
    surroundings: Surroundings<'d>,
    ships: &'d [Ship],
    sources: &'d Sources,
    /// Services of which nothing says where they run.
    unplaced: Vec<String>,
    /// Files that configs and secrets name.
    files: &'d dyn ProjectFiles,
    contents: file::Contents,
    builds: KnownBuilds,
    makes_containers: bool,
    diagnostics: &'d mut Diagnostics,
}

impl<'p, 'd> ProjectResolver<'p, 'd> {
    fn services(&mut self, networks: &Networks<'p>) -> (Vec<Service>, Vec<Instance>) {
        let project = self.project;
        let (mut services, mut instances) = (Vec::new(), Vec::new());
        let ids: HashMap<&str, ServiceId> =
            project.services().enumerate().map(|(at, service)| (service.name, ServiceId(at))).collect();
        let mut awaited = check::awaited(project);
        awaited.extend(self.hook_jobs());
        self.tell_unscalable(&awaited);
        let placements = self.placements();
        for ((at, service), (candidates, ships, count)) in project.services().enumerate().zip(placements) {
            self.tell_refused(service);
            let mut own = self.instances(service, (ServiceId(at), ships), networks, &awaited);
            let is_on_swarm = self.swarm_of(&candidates).is_some();
            if let Some(instance) = own.first_mut().filter(|_| is_on_swarm) {
                self.on_swarm(service, count, instance);
            } else {
                self.addresses(service.element);
            }
            self.tell_shared_port(service, &own);
            let site_update = self.site_service(service.name).and_then(|site| site.update.as_ref());
            services.push(Service {
                name: service.name.to_owned(),
                omit: false,
                instances: (0..own.len()).map(|at| InstanceId(instances.len() + at)).collect(),
                requires: relation::requirements(service, &ids),
                update: site_update.map_or_else(
                    || update::update(service, own.len()),
                    |site| written_update::of(site, own.len()),
                ),
                replicated: !is_on_swarm,
                candidates,
                build: self.build(service),
                profiles: profiles(service.element),
                span: service.element.span,
            });
            instances.extend(own);
        }
        (services, instances)
    }

    /// The instances of a service. They differ in their names and numbers alone.
    fn instances(
        &mut self,
        service: ComposeService<'p>,
        (id, ships): (ServiceId, Vec<ShipId>),
        networks: &Networks<'p>,
        awaited: &Awaited<'p>,
    ) -> Vec<Instance> {
        if ships.is_empty() {
            return Vec::new();
        }
        let element = service.element;
        let grace = element.spanned_integer("stop_grace_period");
        let grace = grace.and_then(|nanoseconds| u64::try_from(nanoseconds.value).ok());
        let (mut spec, files) = self.container(service, &ships, networks);
        let grace = grace.map(Duration::from_nanos);
        spec.stop_timeout = grace.and_then(|grace| i64::try_from(grace.as_secs()).ok());
        let hooks = self.hooks(service);
        let (own, mut written) = (check::lifecycle(service, awaited), written(element));
        written.extend(file::places(service));
        let restart = spec.restart.as_ref().map(|restart| restart.name.as_str());
        let is_kept_up = matches!(restart, Some("always" | "unless-stopped"));
        let instance = |(at, ship): (usize, ShipId)| {
            let number = at + 1;
            let lifecycle = self.lifecycle(service, &spec.ports, ship, own.clone());
            Instance {
                name: instance_name(service.name, number),
                container_name: self.container_name(service, number),
                service: id,
                ship,
                requires: Vec::new(),
                links: Vec::new(),
                ports: spec.ports.clone(),
                container: container::numbered(spec.clone(), service.name, number).into(),
                files: files.clone(),
                swarm: None,
                pull_policy: element
                    .text_of("pull_policy")
                    .and_then(PullPolicy::from_word)
                    .unwrap_or_default(),
                image_source: self.image_source(service.name, ship),
                on_unhealthy: self
                    .site_service(service.name)
                    .and_then(|site| site.on_unhealthy)
                    .unwrap_or_default(),
                may_end: lifecycle.running.is_empty() && !is_kept_up,
                hooks: hooks.clone(),
                stop_timeout: grace.unwrap_or(STOP_TIMEOUT),
                lifecycle,
                span: element.span,
                written: written.clone(),
            }
        };
        ships.into_iter().enumerate().map(instance).collect()
    }

    /// Tells that the files have no service at all, not even one whose profile is not active.
    fn tell_no_services(&mut self) {
        if self.project.services().next().is_some() || !self.project.disabled.is_empty() {
            return;
        }
        self.diagnostics.push(
            Diagnostic::error("no-services", "the project has no services")
                .at(self.project.span(), "no service in this file")
                .help("write for example `services: {web: {image: nginx:1.27}}`"),
        );
    }

    fn known_ships(&self) -> KnownShips<'d> {
        KnownShips {
            ships: self.ships,
            sections: self.site.and_then(|site| site.ships.as_deref()).unwrap_or_default(),
            incomplete: self.site.is_some_and(|site| site.incomplete_ships),
        }
    }

    /// The checks of an instance: its own, and those of the site file.
    fn lifecycle(
        &mut self,
        service: ComposeService<'p>,
        ports: &[Port],
        ship: ShipId,
        mut own: Lifecycle,
    ) -> Lifecycle {
        let Some(written) = self.site_service(service.name) else { return own };
        let ports: Vec<Port> = ports.iter().map(named_by_number).collect();
        let place = |_: &str| service.element.get("ports").map_or(service.element.span, |ports| ports.span);
        let whose = Whose {
            name: service.name,
            ports: &ports,
            ship: Some(ship),
            place: &place,
            lacks_ports: false,
            of_compose: true,
        };
        let (files, directory) = (self.files, self.surroundings.directory);
        let read_file = |path: &Path| files.read(&directory.join(path));
        let mut checks = CheckResolver {
            ships: self.ships,
            sources: self.sources,
            read_file: &read_file,
            diagnostics: self.diagnostics,
        };
        let more = checks.lifecycle(whose, &written.lifecycle, &LifecycleSection::default());
        own.pre_start.extend(more.pre_start);
        own.running.extend(more.running);
        own.pre_stop.extend(more.pre_stop);
        own.stopped.extend(more.stopped);
        own
    }

    fn container_name(&mut self, service: ComposeService<'p>, number: usize) -> Option<ContainerName> {
        let written = service.element.spanned_text("container_name");
        let usual = || format!("{}-{}", self.project.name, instance_name(service.name, number));
        let span = written.as_ref().map_or(service.element.span, |name| name.span);
        let name = written.map_or_else(usual, |name| name.value.to_owned());
        let allowed = ContainerName::new(&name);
        if allowed.is_none() {
            self.diagnostics.push(
                Diagnostic::error("bad-name", format!("`{name}` cannot be the name of a container"))
                    .at(span, "the container's name")
                    .note(ALLOWED)
                    .help("write another name, for example `container_name: web-1`"),
            );
        }
        allowed
    }
}

fn profiles(service: &Element) -> Vec<String> {
    let profiles = service.spanned_texts("profiles").unwrap_or_default();
    profiles.into_iter().map(|profile| profile.value.to_owned()).collect()
}

/// The port under the name that checks of a site file have for it: the container's number, with `/udp` for UDP.
fn named_by_number(port: &Port) -> Port {
    let name = port.name.strip_suffix("/tcp").unwrap_or(&port.name).to_owned();
    Port { name, ..port.clone() }
}

/// The name on an engine of a network or volume. Reading a project gives each one.
fn engine_name(key: &str, element: &Element) -> String {
    element.text_of("name").unwrap_or(key).to_owned()
}

/// The name of a service's instance with that number, from 1.
fn instance_name(service: &str, number: usize) -> String {
    format!("{service}-{number}")
}

/// Where the keys of a service are written, under the names that differences have.
fn written(element: &Element) -> BTreeMap<String, Span> {
    let mut places = BTreeMap::new();
    for (key, member) in element.members().into_iter().flatten() {
        let field = match key.as_str() {
            "environment" => "env",
            "user" => "username",
            "working_dir" => "workdir",
            "network_mode" => "net",
            "logging" => "log_driver",
            other => other,
        };
        places.insert(field.to_owned(), member.key);
        for (name, inner) in member.value.members().into_iter().flatten() {
            places.insert(format!("{field}.{name}"), inner.key);
        }
    }
    for port in element.each("ports") {
        let target = port.spanned_integer("target").map(|target| target.value);
        let protocol = port.text_of("protocol").unwrap_or("tcp");
        places.extend(target.map(|target| (format!("ports.{target}/{protocol}"), port.span)));
    }
    for (name, _) in element.get("logging").into_iter().flat_map(|logging| logging.entries("options")) {
        places.insert(format!("log_opt.{}", name.value), name.span);
    }
    let limits =
        [("mem_limit", "limits.memory"), ("memswap_limit", "limits.swap"), ("cpu_shares", "limits.cpu")];
    for (key, field) in limits {
        places.extend(places.get(key).copied().map(|span| (field.to_owned(), span)));
    }
    places
}
