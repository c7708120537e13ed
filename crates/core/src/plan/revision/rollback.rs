//! `rollback`: the whole environment becomes again what it was in an earlier revision. It is an `apply` of another
//! environment: that of the records.

use std::collections::{BTreeMap, BTreeSet};

pub use super::missing::Missing;
use super::{RevisionStore, contents, revision_stores};
use crate::{
    model::{
        Check, ContainerName, Environment, Instance, InstanceId, Required, RequiredBy, RequiredState,
        Requirement, Service, ServiceId, ShipId, carried::CarriedFiles, check::Lifecycle, container::Port,
        graph::Graph, naming::Names, shared::SharedSpec, swarm::SwarmSpec, update::Update,
    },
    observed::{
        Observed, ShipState,
        revision::{KEPT, Needed, Recorded},
    },
    plan::{
        Plan,
        apply::{self, ApplyOptions},
        command::Command,
    },
    source::{Sources, Span},
};

/// An environment as it was in a revision, and what makes it so again.
#[derive(Debug)]
pub struct Rollback {
    /// The revision's number.
    pub number: u64,
    /// The environment as it was.
    pub environment: Environment,
    /// What is done.
    pub plan: Plan,
}

/// Plans the way back to a revision; without a number, to the newest that is not what runs.
///
/// # Errors
/// All that is missing for it.
pub fn plan(
    environment: &Environment,
    observed: &Observed,
    number: Option<u64>,
    options: ApplyOptions,
) -> Result<Rollback, Vec<Missing>> {
    let seen = observed.by_label(environment);
    let number = match number {
        Some(number) => number,
        None => target(environment, &seen)?,
    };
    let environment = environment_at(environment, &seen, number)?;
    let all: BTreeSet<InstanceId> = environment.instance_ids().collect();
    // Exactly what ran then comes back, what containers were told of their peers included.
    let options = ApplyOptions { prune: true, peers: true, continues: true, ..options };
    let plan = as_rollback(apply::plan(&environment, observed, &all, options), number);
    let missing = contents::missing_files(&environment, &plan);
    if !missing.is_empty() {
        return Err(missing);
    }
    Ok(Rollback { number, environment, plan })
}

/// The numbers of all revisions that are recorded anywhere, oldest first.
#[must_use]
pub fn numbers(environment: &Environment, observed: &Observed) -> Vec<u64> {
    let revision_stores = revision_stores(environment, observed);
    let all: BTreeSet<u64> =
        revision_stores.iter().flat_map(|store| store.records.iter().map(|record| record.number)).collect();
    all.into_iter().collect()
}

/// Whether what runs is what ran in a revision, as far as ships answer.
#[must_use]
pub fn is_at(environment: &Environment, observed: &Observed, number: u64) -> bool {
    revision_stores(environment, observed).iter().all(|store| store.is_at(&environment.name, number))
}

/// The newest revision that is not what runs now.
fn target(environment: &Environment, observed: &Observed) -> Result<u64, Vec<Missing>> {
    let numbers = numbers(environment, observed);
    if numbers.is_empty() {
        let unanswered = unanswered(environment, observed);
        return Err(if unanswered.is_empty() { vec![Missing::Records] } else { unanswered });
    }
    let other = numbers.into_iter().rev().find(|&number| !is_at(environment, observed, number));
    other.ok_or_else(|| vec![Missing::Earlier])
}

fn unanswered(environment: &Environment, observed: &Observed) -> Vec<Missing> {
    let ships = environment.ship_ids().filter_map(|ship| match observed.ship(ship) {
        ShipState::Unreachable { reason } => Some(Missing::Ship { ship, reason: reason.clone() }),
        ShipState::NotAsked | ShipState::Answering(_) => None,
    });
    ships.collect()
}

/// What is missing for the way back to a revision; nothing if there is a way.
#[must_use]
pub fn missing(environment: &Environment, observed: &Observed, number: u64) -> Vec<Missing> {
    environment_at(environment, observed, number).err().unwrap_or_default()
}

/// The environment as the records tell it of a revision. Ships, registries and auditors are the file's, and so are the
/// checks of instances that it still has.
///
/// # Errors
/// All that is missing for it.
pub fn environment_at(
    environment: &Environment,
    observed: &Observed,
    number: u64,
) -> Result<Environment, Vec<Missing>> {
    let revision_stores = revision_stores(environment, observed);
    let mut missing = unanswered(environment, observed);
    let known = numbers(environment, observed);
    if !known.contains(&number) {
        missing.insert(0, Missing::Revision { number, known });
        return Err(missing);
    }
    let mut all = Vec::new();
    for store in &revision_stores {
        let Some(record) = store.at(number) else {
            if let Some(oldest) = store.records.first().filter(|_| store.records.len() >= KEPT) {
                missing.push(Missing::Forgotten { ship: store.ship, oldest: oldest.number });
            }
            continue;
        };
        let Some(instances) = &record.instances else {
            missing.push(Missing::Unreadable {
                ship: store.ship,
                number: record.number,
                newer: record.newer,
            });
            continue;
        };
        for one in instances {
            match made(environment, store, one) {
                Ok(made) => all.push(made),
                Err(gone) => missing.push(gone),
            }
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    // Of an instance that was on two ships, the file's own counts.
    all.sort_by_key(|made| place(environment, &made.spec.name, made.ship));
    let mut names = BTreeSet::new();
    all.retain(|made| names.insert(made.spec.name.clone()));
    let built = built(environment, &all, true);
    // Records of several revisions may not go together; then only what the file says of order counts.
    Ok(if Graph::of(&built).rings().is_empty() { built } else { self::built(environment, &all, false) })
}

/// An instance that is brought back.
struct Made<'a> {
    ship: ShipId,
    spec: SharedSpec,
    /// Its files, as far as the file still gives their contents.
    files: CarriedFiles,
    recorded: &'a Recorded,
}

fn made<'a>(
    environment: &Environment,
    store: &RevisionStore<'_>,
    one: &'a Recorded,
) -> Result<Made<'a>, Missing> {
    let by_name = store.ships.iter().copied().find(|ship| environment.ship(*ship).name == one.ship);
    let ship = by_name.unwrap_or(store.ship);
    let none = BTreeMap::new();
    let instance = one.spec.name.clone();
    let Some(spec) = one.to_make(store.holdings.images.as_ref().unwrap_or(&none)) else {
        return Err(Missing::Image {
            ship,
            instance,
            image: one.spec.image.clone(),
            id: one.image_id.clone(),
        });
    };
    let files = contents::files_of(environment, &spec);
    let lacking = files.lacking(&spec.files);
    // A container that is there has its files.
    if !lacking.is_empty() && one.service.is_none() && !store.runs(&environment.name, one) {
        return Err(Missing::Files { ship, instance, files: lacking });
    }
    Ok(Made { ship, spec, files, recorded: one })
}

/// Where an instance stands: those of the file in its order, then all others.
fn place(environment: &Environment, name: &str, ship: ShipId) -> (usize, bool) {
    let at = environment.instances.iter().position(|instance| instance.name == name);
    let on = at.map(|at| environment.instances[at].ship);
    (at.unwrap_or(usize::MAX), on.is_some_and(|on| on != ship))
}

fn built(environment: &Environment, all: &[Made<'_>], by_record: bool) -> Environment {
    let mut built = environment.clone();
    built.instances.clear();
    for service in &mut built.services {
        service.instances.clear();
        // Each instance has its own, as they were.
        service.requires.clear();
    }
    for made in all {
        let name = &made.recorded.spec.owner.service;
        let service = built.services.iter().position(|service| service.name == *name).unwrap_or_else(|| {
            built.services.push(service_of(name));
            built.services.len() - 1
        });
        built.services[service].instances.push(InstanceId(built.instances.len()));
        let declared = environment.instances.iter().find(|instance| instance.name == made.spec.name);
        let container_name = match &made.recorded.service {
            Some(service) => ContainerName::new(service.name()),
            None => container_name(environment, made, declared),
        };
        built.instances.push(instance(made, ServiceId(service), declared, container_name));
    }
    for (at, made) in all.iter().enumerate() {
        let declared = environment.instances.iter().find(|instance| instance.name == made.spec.name);
        let needed = match (&made.recorded.requires, declared) {
            (Some(needed), _) if by_record => needed.clone(),
            (_, Some(instance)) => needed_of(environment, instance),
            (_, None) => Vec::new(),
        };
        let requires = needed.iter().filter_map(|needed| required(&built, needed)).collect();
        built.instances[at].requires = requires;
    }
    built
}

fn service_of(name: &str) -> Service {
    let name = name.to_owned();
    Service {
        name,
        omit: false,
        instances: Vec::new(),
        requires: Vec::new(),
        update: Update::default(),
        replicated: false,
        candidates: Vec::new(),
        build: None,
        profiles: Vec::new(),
        span: nowhere(),
    }
}

/// What no file says stands nowhere in it.
fn nowhere() -> Span {
    Span::new(Sources::default().add("", ""), 0..0)
}

/// The name of a container as the file names it now: only what it is made of comes back.
fn container_name(
    environment: &Environment,
    made: &Made<'_>,
    declared: Option<&Instance>,
) -> Option<ContainerName> {
    let by_pattern = |service: &str, ship| {
        let ship = &environment.ship(ship).name;
        let names = Names { environment: &environment.name, service, instance: &made.spec.name, ship };
        environment.container_names.as_ref()?.name(names)
    };
    let of_file = |one: &&Instance| {
        // One that the file gives to this instance alone is the same on every ship.
        let service = &environment.service(one.service).name;
        one.ship == made.ship || by_pattern(service, one.ship) != one.container_name
    };
    match declared.filter(of_file) {
        Some(one) => one.container_name.clone(),
        None => by_pattern(&made.spec.owner.service, made.ship),
    }
}

fn instance(
    made: &Made<'_>,
    service: ServiceId,
    declared: Option<&Instance>,
    container_name: Option<ContainerName>,
) -> Instance {
    let spec = made.spec.clone();
    let lifecycle = declared.map(|instance| at_ports(&instance.lifecycle, &instance.ports, &spec.ports));
    Instance {
        name: spec.name.clone(),
        container_name,
        service,
        ship: made.ship,
        requires: Vec::new(),
        links: Vec::new(),
        ports: spec.ports.clone(),
        container: spec,
        swarm: made
            .recorded
            .service
            .as_ref()
            .map(|service| Box::new(SwarmSpec::recorded((**service).clone()))),
        files: made.files.clone(),
        pull_policy: crate::value::pull::PullPolicy::default(),
        image_source: crate::value::image_source::ImageSource::default(),
        on_unhealthy: declared.map(|instance| instance.on_unhealthy).unwrap_or_default(),
        may_end: false,
        // A record holds no hooks, since their values may be secret: those of the file count.
        hooks: declared.map(|instance| instance.hooks.clone()).unwrap_or_default(),
        stop_timeout: made.recorded.stop_timeout,
        lifecycle: lifecycle.unwrap_or_default(),
        span: declared.map_or_else(nowhere, |instance| instance.span),
        written: BTreeMap::new(),
    }
}

fn needed_of(environment: &Environment, instance: &Instance) -> Vec<Needed> {
    let service = environment.service(instance.service);
    let all = instance.requires.iter().chain(&service.requires);
    all.map(|requirement| match requirement.on {
        Required::Service(id) => Needed::Service(environment.service(id).name.clone()),
        Required::Instance(id) => Needed::Instance(environment.instance(id).name.clone()),
    })
    .collect()
}

/// What was not there then is required by nobody.
fn required(environment: &Environment, needed: &Needed) -> Option<Requirement> {
    let on = match needed {
        Needed::Service(name) => {
            let at = environment.services.iter().position(|service| service.name == *name)?;
            Required::Service(ServiceId(at))
        }
        Needed::Instance(name) => {
            let at = environment.instances.iter().position(|instance| instance.name == *name)?;
            Required::Instance(InstanceId(at))
        }
    };
    Some(Requirement { on, by: RequiredBy::Requires, state: RequiredState::Ready, span: nowhere() })
}

/// The checks of the file, at the ports that the instance had under the same names. A check of a port that it did not
/// have is left out.
fn at_ports(lifecycle: &Lifecycle, now: &[Port], then: &[Port]) -> Lifecycle {
    let moved = |number: u16| -> Option<u16> {
        let Some(port) = now.iter().find(|port| port.host == number) else { return Some(number) };
        let same = |other: &&Port| {
            other.name == port.name || (other.container == port.container && other.protocol == port.protocol)
        };
        then.iter().find(same).map(|port| port.host)
    };
    let all = |checks: &[Check]| -> Vec<Check> {
        let each = checks.iter().filter_map(|check| {
            let mut check = check.clone();
            match &mut check {
                Check::Tcp { port, .. } => *port = moved(*port)?,
                Check::Http(http) => http.port = moved(http.port)?,
                Check::Exec { .. }
                | Check::Rexec { .. }
                | Check::Docker { .. }
                | Check::Completion
                | Check::Sleep { .. } => {}
            }
            Some(check)
        });
        each.collect()
    };
    Lifecycle {
        pre_start: all(&lifecycle.pre_start),
        running: all(&lifecycle.running),
        pre_stop: all(&lifecycle.pre_stop),
        stopped: all(&lifecycle.stopped),
    }
}

/// The plan of `apply` as one of a rollback: it compares with a revision, so no line of a file says what differs.
fn as_rollback(mut plan: Plan, number: u64) -> Plan {
    plan.command = Command::Rollback(number);
    let differing = plan.differing.iter_mut().chain(&mut plan.other_peers);
    let differences = differing.flat_map(|differing| &mut differing.differences);
    differences.for_each(|difference| difference.place = None);
    plan
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::container::Protocol;

    fn port(name: &str, container: u16, host: u16) -> Port {
        let (count, choice, protocol, bind) = (1, 1, Protocol::Tcp, None);
        Port { name: name.into(), container, host, count, choice, protocol, bind, ipv6: false }
    }

    fn check(port: u16) -> Check {
        Check::Tcp { host: "10.0.0.1".into(), port, max_wait: Duration::from_secs(1) }
    }

    #[test]
    fn a_check_goes_to_the_port_that_had_its_name_then() {
        let now = [port("http", 80, 8080), port("admin", 81, 8081), port("metrics", 9000, 9000)];
        let then = [port("http", 80, 80), port("81/tcp", 81, 181)];
        let wait = Check::Sleep { wait: Duration::from_secs(1) };
        let running = vec![check(8080), check(8081), check(9000), check(5432), wait.clone()];
        let moved = at_ports(&Lifecycle { running, ..Lifecycle::default() }, &now, &then);
        // Metrics were not there then; 5432 is somebody else's.
        assert_eq!(moved.running, [check(80), check(181), check(5432), wait]);
    }
}
