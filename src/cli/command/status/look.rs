//! Looks closer at instances where the list of containers does not say enough.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::cli::{args::StatusArgs, fleet::Fleet, session::Session};
use maestro_core::{
    model::{
        Check, Environment, Instance, InstanceId, check::secrets_of, container::Protocol,
        variables::Variables,
    },
    observed::{Age, Container, ContainerState, Holdings, InstanceState},
    plan::{
        drift::{Difference, ObservedContainer, differences},
        verify::doubt,
    },
    value::shortened,
};
use maestro_engine::{Engine, Inspected};
use maestro_report::{
    explain::{self, probe},
    status::{Findings, InstanceDetails, NotReady, PortStates, differs},
};
use maestro_run::{
    lifecycle::{self, CheckTarget, NotReached, ReadyNow},
    operations::each::ask_each,
};

/// Of how many instances that are down, or differ from the file, the details are asked. Of more the list has to do: a
/// status stays a few requests whatever the number of instances.
const DETAILS_AT_MOST: usize = 32;

/// How many characters of a health check's output are kept.
const OUTPUT_AT_MOST: usize = 300;

/// How closely instances are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli::command) enum Depth {
    /// Where the list does not say enough, but no check is tried.
    WithoutChecks,
    /// Where the list does not say enough; each check is tried once.
    WithChecks,
    /// All that engines tell of each, and each check is tried once.
    Whole,
}

impl Depth {
    pub(super) fn of(args: &StatusArgs) -> Self {
        if args.no_checks { Self::WithoutChecks } else { Self::WithChecks }
    }
}

/// An instance that is looked at.
struct Look<'a> {
    environment: &'a Environment,
    instance: &'a Instance,
    container: &'a Container,
    holdings: &'a Holdings,
    /// Whether it may not be ready, and the checks that tell.
    checks: Option<&'a [Check]>,
    differs: bool,
}

/// Looks which instances that are up are ready, tries each `running` check once, and asks why others are down and in what
/// they differ from the file.
pub(in crate::cli::command) async fn look(
    session: &Session,
    fleet: &Fleet,
    shown: &[InstanceId],
    depth: Depth,
) -> Findings {
    let environment = &*session.environment;
    let observed = fleet.observed.by_label(environment);
    let with_checks = depth != Depth::WithoutChecks;
    let mut looks = Vec::new();
    for &id in shown {
        let instance = environment.instance(id);
        let state = observed.instance(environment, id);
        let InstanceState::Ours(container) = state else { continue };
        let Some(holdings) = observed.holdings(instance.ship) else { continue };
        let checks = with_checks.then_some(instance.lifecycle.running.as_slice());
        let checks = is_doubted(instance, container, with_checks).then(|| checks.unwrap_or_default());
        let differs = differs(environment, &observed, id, state);
        looks.push((id, Look { environment, instance, container, holdings, checks, differs }));
    }
    if depth != Depth::Whole {
        let has_details = |look: &Look<'_>| {
            let is_over = has_ended(look.container) || look.container.has_completed(look.instance);
            look.checks.is_none() && (look.differs || is_over)
        };
        let is_much = looks.iter().filter(|(_, look)| has_details(look)).count() > DETAILS_AT_MOST;
        looks.retain(|(_, look)| look.checks.is_some() || !is_much && has_details(look));
    }
    let ids: Vec<InstanceId> = looks.iter().map(|(id, _)| *id).collect();
    let asked = looks.into_iter().map(|(id, look)| (environment.instance(id).ship, look));
    let found = ask_each(&fleet.engines, asked, |engine, look| look.found(engine)).await;
    ids.into_iter().zip(found).filter_map(|(id, found)| Some((id, found?))).collect()
}

/// Whether only a closer look tells that an instance is ready.
fn is_doubted(instance: &Instance, container: &Container, with_checks: bool) -> bool {
    let is_quick = (instance.lifecycle.running.is_empty() || !with_checks) && container.age() == Age::New;
    matches!(container.state, ContainerState::Running | ContainerState::Restarting)
        && !is_quick
        && (with_checks || container.age() != Age::Settled || container.state != ContainerState::Running)
        && doubt(instance, container).is_some()
}

/// Whether a container does not run for a reason that only its engine can tell.
fn has_ended(container: &Container) -> bool {
    match container.state {
        ContainerState::Created | ContainerState::Dead => true,
        ContainerState::Exited => !container.status.starts_with("Exited (0)"),
        ContainerState::Running
        | ContainerState::Paused
        | ContainerState::Restarting
        | ContainerState::Removing
        | ContainerState::Other(_) => false,
    }
}

impl Look<'_> {
    async fn found(self, engine: &dyn Engine) -> InstanceDetails {
        let Self { container, instance, .. } = self;
        let env = &instance.container.env;
        let mut finding = InstanceDetails::default();
        let seen = match self.checks {
            Some(checks) => {
                let target = CheckTarget { engine, container: &container.id, env, deaths: None, tried: None };
                let ReadyNow { seen, outcome } = lifecycle::ready_now(target, checks, container.age()).await;
                finding.ready = Some(outcome.map_err(|why| not_ready(&why, env)));
                seen
            }
            // What cannot be asked is left out: the list says what it says.
            None => engine.inspect(&container.id).await.ok().flatten(),
        };
        let Some(seen) = seen else { return finding };
        if self.differs {
            finding.differences = self.differences(engine, &seen).await;
            finding.differing = finding.differences.iter().map(|one| one.field.clone()).collect();
        }
        finding.exit_code = seen.exit_code;
        finding.is_out_of_memory = seen.is_out_of_memory;
        finding.restarts = Some(seen.restarts);
        let secrets = secrets_of(env);
        finding.error = secrets.hide(&seen.error).into_owned();
        finding.took = took(&seen);
        finding.started = seen.started;
        if let Some(health) = seen.health {
            let runs = health.earlier.into_iter().chain(health.last);
            let hidden = |(code, output): (i64, String)| {
                (code, shortened(&secrets.hide(&output), OUTPUT_AT_MOST).into_owned())
            };
            finding.health_log = runs.map(hidden).collect();
            finding.health = Some(health.status);
        }
        finding
    }

    /// In what a container differs from the file.
    async fn differences(&self, engine: &dyn Engine, seen: &Inspected) -> Vec<Difference> {
        let mut description = seen.description.clone();
        self.holdings.files.bring_up_to_date(&description.id, &mut description.labels);
        let image = engine.image_defaults(&description.image_id).await.ok().flatten();
        let running = ObservedContainer {
            description: &description,
            image: image.as_ref(),
            image_id: self.holdings.image_id(&self.instance.container.image),
            containers: &self.holdings.containers,
        };
        let found = differences(self.environment, self.instance, running).into_iter();
        found.filter(|difference| !difference.is_peers_alone).collect()
    }
}

/// How long the last run of a container took that has ended. Docker 20.10 notes the start of a short run after its end.
fn took(seen: &Inspected) -> Option<Duration> {
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let (started, ended) = (time(&seen.started)?, time(&seen.ended)?);
    ended.duration_since(started).max(SignedDuration::ZERO).try_into().ok()
}

fn not_ready(why: &NotReached, env: &Variables) -> NotReady {
    let secrets = secrets_of(env);
    let told = |text: String| NotReady::Check(secrets.hide(&text).into_owned());
    match why {
        NotReached::Restarted { times, .. } => NotReady::Restarting(*times),
        NotReached::Paused => told("the container is paused".to_owned()),
        NotReached::Unhealthy { last } => {
            NotReady::Unhealthy(secrets.hide(&probe::last_run(last.as_ref())).into_owned())
        }
        NotReached::Check { what, last, .. } => {
            told(format!("{}: {}", probe::probe(what), probe::sentence(last)))
        }
        NotReached::Impossible { what, why } => {
            told(format!("{} cannot pass: {}", probe::probe(what), probe::sentence(why)))
        }
        NotReached::Died { exit_code } => told(format!("it exited with code {exit_code}")),
        NotReached::Engine(error) => told(explain::engine::sentence(error.fault())),
    }
}

/// Looks at the TCP ports of all instances that run, all at once; of a range at its first.
pub(super) async fn look_at_ports(session: &Session, fleet: &Fleet, shown: &[InstanceId]) -> PortStates {
    let environment = &session.environment;
    let observed = fleet.observed.by_label(environment);
    let mut looks = Vec::new();
    for &id in shown {
        let instance = environment.instance(id);
        let InstanceState::Ours(container) = observed.instance(environment, id) else { continue };
        if !container.state.is_up() {
            continue;
        }
        // Which of several the engine chose is not known here.
        let ports = instance.ports.iter().enumerate();
        for (place, port) in
            ports.filter(|(_, port)| port.protocol == Protocol::Tcp && !port.is_chosen_by_engine())
        {
            let address = environment.ship(instance.ship).address.clone();
            let host =
                port.bind.filter(|bind| !bind.is_unspecified()).map_or(address, |bind| bind.to_string());
            let number = port.host;
            looks.push(async move { ((id, place), lifecycle::answers(&host, number).await) });
        }
    }
    futures_util::future::join_all(looks).await.into_iter().collect()
}
