//! From a Compose project to a valid environment: containers, networks and volumes under the names that docker compose
//! gives them. A service's name is that of a service here, and its containers are the instances `SERVICE-1`, `SERVICE-2` ….

mod check;
mod container;
mod file;
mod label;
mod mount;
mod network;
mod port;
mod relation;
mod setting;
mod support;
mod volume;

pub use support::{KeySupport, support};

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use super::{Surroundings, ships};
use crate::compose::{element::Element, project::Project, service::ComposeService};
use check::Awaited;
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    model::{
        ContainerName, Environment, Instance, InstanceId, NamePattern, Service, ServiceId, ShipId,
        network::EnvironmentNetwork, update::Update,
    },
    source::Span,
    value::secret::Sensitive,
};

/// How long docker compose lets a container stop, if the file does not say.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How docker compose names containers.
const CONTAINER_NAMES: &str = "{environment}-{instance}";

/// Makes an environment of a project, on the engine that `DOCKER_HOST` or the Docker context in use names. None if there are
/// errors.
#[must_use]
pub fn resolve_project(
    project: &Project,
    surroundings: Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Environment> {
    let mut resolver = ProjectResolver { project, diagnostics };
    resolver.tell_unsupported();
    let networks = resolver.networks();
    let (services, instances) = resolver.services(&networks);
    let volumes = resolver.volumes();
    let environment = Environment {
        name: project.name.clone(),
        ships: vec![ships::local(surroundings)],
        services,
        instances,
        registries: Vec::new(),
        audit: Vec::new(),
        sensitive: Sensitive::default(),
        container_names: NamePattern::parse(CONTAINER_NAMES).ok(),
        declared_networks: networks.into_values().collect(),
        inactive: project.disabled.keys().cloned().collect(),
        volumes,
    };
    (!diagnostics.has_errors()).then_some(environment)
}

/// The networks of a project, by their keys.
type Networks<'p> = BTreeMap<&'p str, EnvironmentNetwork>;

/// The work of [`resolve_project`].
struct ProjectResolver<'p, 'd> {
    project: &'p Project,
    diagnostics: &'d mut Diagnostics,
}

impl<'p> ProjectResolver<'p, '_> {
    fn services(&mut self, networks: &Networks<'p>) -> (Vec<Service>, Vec<Instance>) {
        let project = self.project;
        let (mut services, mut instances) = (Vec::new(), Vec::new());
        let ids: HashMap<&str, ServiceId> =
            project.services().enumerate().map(|(at, service)| (service.name, ServiceId(at))).collect();
        let awaited = check::awaited(project);
        for (at, service) in project.services().enumerate() {
            let own = self.instances(service, ServiceId(at), networks, &awaited);
            services.push(Service {
                name: service.name.to_owned(),
                omit: false,
                instances: (0..own.len()).map(|at| InstanceId(instances.len() + at)).collect(),
                requires: relation::requirements(service, &ids),
                update: update(service),
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
        id: ServiceId,
        networks: &Networks<'p>,
        awaited: &Awaited<'p>,
    ) -> Vec<Instance> {
        let replicas = usize::try_from(service.replicas().unwrap_or(1)).unwrap_or_default();
        if replicas == 0 {
            return Vec::new();
        }
        let element = service.element;
        let grace = element.spanned_integer("stop_grace_period");
        let grace = grace.and_then(|nanoseconds| u64::try_from(nanoseconds.value).ok());
        let spec = self.container(service, networks);
        let (lifecycle, written) = (check::lifecycle(service, awaited), written(element));
        let instance = |number: usize| Instance {
            name: instance_name(service.name, number),
            container_name: self.container_name(service, number),
            service: id,
            ship: ShipId(0),
            requires: Vec::new(),
            ports: spec.ports.clone(),
            container: container::numbered(spec.clone(), service.name, number).into(),
            stop_timeout: grace.map_or(STOP_TIMEOUT, Duration::from_nanos),
            lifecycle: lifecycle.clone(),
            span: element.span,
            written: written.clone(),
        };
        (1..=replicas).map(instance).collect()
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
                    .note("Docker allows two or more letters, digits, `_`, `.` and `-`, the first a letter or digit")
                    .help("write another name, for example `container_name: web-1`"),
            );
        }
        allowed
    }
}

/// The name on an engine of a network or volume. Reading a project gives each one.
fn engine_name(key: &str, element: &Element) -> String {
    element.text_of("name").unwrap_or(key).to_owned()
}

/// The name of a service's instance with that number, from 1.
fn instance_name(service: &str, number: usize) -> String {
    format!("{service}-{number}")
}

/// How many containers are replaced at once. docker compose has no words for the rest, so `deploy.update_config` counts as
/// far as a single engine can follow it.
fn update(service: ComposeService<'_>) -> Update {
    let default = Update::default();
    let config = service.element.get("deploy").and_then(|deploy| deploy.get("update_config"));
    let Some(config) = config else { return default };
    let parallel =
        config.spanned_integer("parallelism").and_then(|number| usize::try_from(number.value).ok());
    let delay = config.spanned_integer("delay").and_then(|delay| u64::try_from(delay.value).ok());
    Update {
        parallel: parallel.and_then(std::num::NonZeroUsize::new).unwrap_or(default.parallel),
        delay: delay.map_or(default.delay, Duration::from_nanos),
        ..default
    }
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
