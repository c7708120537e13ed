//! Which instances a command is about: names of services and instances, filters, dependencies.

use std::collections::BTreeSet;

use globset::{Glob, GlobMatcher};

use crate::diagnostic::nearest;

use super::{
    Environment, InstanceId, Service, ServiceId,
    graph::{Direction, Graph},
};

/// What was asked for on the command line.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Names of services and instances; none means all.
    pub things: Vec<String>,
    /// Pattern for instance names.
    pub container_filter: Option<String>,
    /// Pattern for ship names.
    pub ship_filter: Option<String>,
    /// Take in what must come before; always so if nothing is named, unless dependencies are ignored.
    pub with_dependencies: bool,
    /// Whether services with `omit: true` are part of "all".
    pub include_omitted: bool,
    /// Do not take in anything.
    pub ignore_dependencies: bool,
}

/// Something on the command line that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// Neither a service nor an instance.
    #[error("there is no service or instance `{name}` in this environment")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
        /// All names that there are, services first.
        known: Vec<String>,
    },
    /// Both a service, with other instances, and an instance.
    #[error("`{name}` is both a service and an instance")]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// The service's instances.
        service: Vec<String>,
    },
    /// A filter is not a pattern.
    #[error("`{pattern}` is not a pattern: {why}")]
    Pattern {
        /// What was written.
        pattern: String,
        /// Why.
        why: String,
    },
    /// The filters leave nothing over.
    #[error("no instance matches the filters")]
    Nothing,
}

/// The instances that a request is about, in the order in which the file has them.
///
/// # Errors
/// All that cannot be followed, not only the first.
pub fn select(
    environment: &Environment,
    request: &Request,
    direction: Direction,
) -> Result<BTreeSet<InstanceId>, Vec<SelectionError>> {
    let mut errors = Vec::new();
    let mut chosen = named(environment, request, &mut errors);
    let container = pattern(request.container_filter.as_deref(), &mut errors);
    let ship = pattern(request.ship_filter.as_deref(), &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    chosen.retain(|&id| {
        let instance = environment.instance(id);
        container.as_ref().is_none_or(|glob| glob.is_match(&instance.name))
            && ship.as_ref().is_none_or(|glob| glob.is_match(&environment.ship(instance.ship).name))
    });
    let filtered = container.is_some() || ship.is_some();
    if filtered && chosen.is_empty() {
        return Err(vec![SelectionError::Nothing]);
    }
    let all = request.things.is_empty() && !filtered;
    if (all || request.with_dependencies) && !request.ignore_dependencies {
        chosen = Graph::of(environment).closure(&chosen.into_iter().collect::<Vec<_>>(), direction);
    }
    Ok(chosen)
}

/// The names among these that are neither an instance nor a service of the file.
#[must_use]
pub fn undeclared(environment: &Environment, things: &[String]) -> Vec<String> {
    let is_declared = |thing: &&String| !matches!(meant(environment, thing), (None, None));
    things.iter().filter(|thing| !is_declared(thing)).cloned().collect()
}

/// Whether one of these names is that of a service whose instances are numbered: any ship may have one too many of them.
#[must_use]
pub fn may_have_surplus(environment: &Environment, things: &[String]) -> bool {
    let service = |thing: &String| meant(environment, thing).1;
    things.iter().filter_map(service).any(|service| service.replicated)
}

fn named(
    environment: &Environment,
    request: &Request,
    errors: &mut Vec<SelectionError>,
) -> BTreeSet<InstanceId> {
    if request.things.is_empty() {
        return environment
            .services
            .iter()
            .filter(|service| request.include_omitted || !service.omit)
            .flat_map(|service| service.instances.iter().copied())
            .collect();
    }
    let mut chosen = BTreeSet::new();
    for thing in &request.things {
        match meant(environment, thing) {
            (Some(instance), Some(service)) if service.instances != [instance] => {
                let names = service.instances.iter().map(|&id| environment.instance(id).name.clone());
                errors.push(SelectionError::Ambiguous { name: thing.clone(), service: names.collect() });
            }
            // A service and its only instance often share a name.
            (Some(instance), _) => {
                chosen.insert(instance);
            }
            (None, Some(service)) => chosen.extend(service.instances.iter().copied()),
            (None, None) => errors.push(unknown(environment, thing)),
        }
    }
    chosen
}

/// What a user types for an instance: its name, or `instance/NAME` where the name is also that of a service with others.
#[must_use]
pub fn typed_name(environment: &Environment, id: InstanceId) -> String {
    let name = &environment.instance(id).name;
    let (_, service) = meant(environment, name);
    if service.is_some_and(|service| service.instances != [id]) {
        format!("instance/{name}")
    } else {
        name.clone()
    }
}

/// The same for the instance of that name; the name itself if there is none.
#[must_use]
pub fn typed_instance(environment: &Environment, name: &str) -> String {
    let id = environment.instance_ids().find(|id| environment.instance(*id).name == name);
    id.map_or_else(|| name.to_owned(), |id| typed_name(environment, id))
}

/// What a user types for a service: its name, or `service/NAME` where the name is also that of an instance, unless that is its
/// only one.
#[must_use]
pub fn typed_service(environment: &Environment, id: ServiceId) -> String {
    let service = environment.service(id);
    match meant(environment, &service.name) {
        (Some(instance), _) if service.instances != [instance] => format!("service/{}", service.name),
        _ => service.name.clone(),
    }
}

/// The instance and the service that a word may stand for: `web`, `service/web`, `instance/web`. No name has a `/`.
fn meant<'a>(environment: &'a Environment, thing: &str) -> (Option<InstanceId>, Option<&'a Service>) {
    let instance =
        |name: &str| environment.instances.iter().position(|instance| instance.name == name).map(InstanceId);
    let service = |name: &str| environment.services.iter().find(|service| service.name == name);
    match thing.split_once('/') {
        Some(("service", name)) => (None, service(name)),
        Some(("instance", name)) => (instance(name), None),
        Some(_) | None => (instance(thing), service(thing)),
    }
}

fn unknown(environment: &Environment, name: &str) -> SelectionError {
    let mut known: Vec<String> = Vec::new();
    let services = environment.services.iter().map(|s| &s.name);
    for candidate in services.chain(environment.instances.iter().map(|i| &i.name)) {
        if !known.contains(candidate) {
            known.push(candidate.clone());
        }
    }
    SelectionError::Unknown {
        name: name.to_owned(),
        nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
        known,
    }
}

/// The pattern of a filter.
pub(crate) fn pattern(text: Option<&str>, errors: &mut Vec<SelectionError>) -> Option<GlobMatcher> {
    let text = text?;
    match Glob::new(text) {
        Ok(glob) => Some(glob.compile_matcher()),
        Err(error) => {
            errors.push(SelectionError::Pattern { pattern: text.to_owned(), why: error.kind().to_string() });
            None
        }
    }
}
