//! Environments, observations, plans and events made by hand, for the tests of this module.

use std::{collections::HashMap, time::Duration};

use crate::message::{FailureText, Message};
use maestro_core::{
    event::{BlockedKind, FailureKind, Subject, Summary},
    model::{
        Check, Endpoint, Environment, Instance, InstanceId, Required, RequiredBy, RequiredState, Requirement,
        Service, ServiceId, Ship, ShipId,
        carried::CarriedFiles,
        check::Lifecycle,
        container::{ContainerNames, ContainerOwner, ContainerSpec, Network, Port, Protocol},
        update::Update,
    },
    observed::{Container, ContainerState, Holdings, Observed, ShipState, pull::PullAmount},
    plan::{
        Barrier, BarrierId, BlockedInstance, BlockedReason, Plan, Step, StepId, Unchanged, Wait,
        action::{Action, ActionKind, ContainerAction, ImageAction, NetworkAction, WaitAction},
        command::Command,
        reason::{BarrierKind, Note, Reason, UnchangedReason},
    },
    source::{Sources, Span},
};

pub(crate) fn subject(instance: &str, service: &str, ship: &str) -> Subject {
    Subject { instance: Some(instance.into()), service: Some(service.into()), ship: ship.into() }
}

pub(crate) fn span() -> Span {
    let file = Sources::default().add("maestro.yaml", "name: Hello\n");
    Span::new(file, 0..4)
}

/// An environment without any instance: its ships and its services.
pub(crate) fn empty(ships: &[&str], services: &[&str]) -> Environment {
    let ships = ships.iter().enumerate().map(|(at, name)| Ship {
        name: (*name).into(),
        address: format!("10.0.0.{}", at + 1),
        endpoint: Endpoint::Local,
        timeout: Duration::from_secs(5),
        api_version: None,
        labels: std::collections::BTreeMap::new(),
        drain: false,
        swarm: false,
        managers: Vec::new(),
        span: None,
    });
    let services = services.iter().map(|name| Service {
        name: (*name).into(),
        omit: false,
        instances: Vec::new(),
        requires: Vec::new(),
        update: Update::default(),
        replicated: false,
        candidates: Vec::new(),
        build: None,
        profiles: Vec::new(),
        span: span(),
    });
    Environment {
        sensitive: maestro_core::value::secret::Sensitive::default(),
        name: "Hello".into(),
        ships: ships.collect(),
        services: services.collect(),
        instances: Vec::new(),
        registries: Vec::new(),
        audit: Vec::new(),
        container_names: None,
        declared_networks: Vec::new(),
        inactive: Vec::new(),
        inactive_instances: Vec::new(),
        found: std::collections::BTreeMap::new(),
        volumes: Vec::new(),
    }
}

/// Adds an instance to a service, by the places of service and ship.
pub(crate) fn add(environment: &mut Environment, name: &str, service: usize, ship: usize) -> InstanceId {
    let id = InstanceId(environment.instances.len());
    environment.instances.push(Instance {
        name: name.into(),
        container_name: None,
        service: ServiceId(service),
        ship: ShipId(ship),
        requires: Vec::new(),
        links: Vec::new(),
        ports: Vec::new(),
        container: spec(name, &environment.services[service].name).into(),
        files: CarriedFiles::default(),
        pull_policy: maestro_core::value::pull::PullPolicy::default(),
        image_source: maestro_core::value::image_source::ImageSource::default(),
        on_unhealthy: maestro_core::value::on_unhealthy::OnUnhealthy::default(),
        may_end: false,
        swarm: None,
        hooks: maestro_core::value::hook::Hooks::default(),
        stop_timeout: Duration::from_secs(10),
        lifecycle: Lifecycle::default(),
        span: span(),
        written: std::collections::BTreeMap::new(),
    });
    environment.services[service].instances.push(id);
    id
}

pub(crate) fn requirement(on: Required, by: RequiredBy) -> Requirement {
    Requirement { on, by, state: RequiredState::Ready, span: span() }
}

fn spec(name: &str, service: &str) -> ContainerSpec {
    ContainerSpec {
        env: [("PASSWORD".into(), Some("secret".into()))].into(),
        ..ContainerSpec::new(
            name,
            &format!("example/{service}:1.2"),
            Network::Mode { mode: "host".into(), links: Vec::new() },
            ContainerOwner { environment: "Hello".into(), service: service.into() },
        )
    }
}

/// `web` (two instances, one of them on the ship `far`) requires `db`.
pub(crate) fn environment() -> Environment {
    let mut environment = empty(&["local", "far"], &["db", "web"]);
    let db = add(&mut environment, "db-1", 0, 0);
    environment.instances[db.0].lifecycle.running.push(Check::Tcp {
        host: "10.0.0.1".into(),
        port: 5432,
        max_wait: Duration::from_secs(30),
    });
    environment.instances[db.0].ports.push(Port {
        name: "sql".into(),
        container: 5432,
        host: 15432,
        count: 1,
        choice: 1,
        protocol: Protocol::Tcp,
        bind: None,
        ipv6: false,
    });
    let web = add(&mut environment, "web-1", 1, 0);
    add(&mut environment, "web-2", 1, 1);
    environment.services[1].requires.push(requirement(Required::Service(ServiceId(0)), RequiredBy::Requires));
    environment.instances[web.0].requires.push(requirement(Required::Instance(db), RequiredBy::Links));
    environment
}

/// A container of an instance as the engine lists it, made from the configuration that the environment has.
pub(crate) fn container(
    environment: &Environment,
    id: InstanceId,
    state: ContainerState,
    status: &str,
) -> Container {
    let instance = environment.instance(id);
    Container {
        id: format!("{:04}567890abcdef", id.0),
        name: instance.name.clone(),
        image: instance.container.image.clone(),
        image_id: String::new(),
        published: Vec::new(),
        networks: Vec::new(),
        on_host_network: false,
        mounts: Vec::new(),
        state,
        status: status.into(),
        labels: instance.container.all_labels(),
    }
}

/// Observations of ships on which these containers are.
pub(crate) fn observed(environment: &Environment, containers: &[Container]) -> Observed {
    let mut observed = Observed::default();
    for ship in environment.ship_ids() {
        let here = |c: &&Container| {
            let instance = environment.instances.iter().find(|i| i.name == c.name);
            instance.is_some_and(|i| i.ship == ship)
        };
        let here: HashMap<String, Container> =
            containers.iter().filter(here).map(|c| (c.name.clone(), c.clone())).collect();
        observed.ships.push(ShipState::Answering(Holdings { containers: here, ..Holdings::default() }));
    }
    observed
}

fn step(instance: Option<usize>, action: Action, reason: Reason, after: &[usize]) -> Step {
    Step {
        ship: ShipId(0),
        instance: instance.map(InstanceId),
        action,
        reason,
        after: after.iter().map(|at| Wait::Step(StepId(*at))).collect(),
        compensation: None,
    }
}

/// A start of [`environment`] whose second ship does not answer.
pub(crate) fn plan(environment: &Environment) -> Plan {
    let create = |id: usize| {
        Action::Container(ContainerAction::Create {
            name: environment.instances[id].name.clone(),
            spec: environment.instances[id].container.clone(),
            volumes: Vec::new(),
            names: ContainerNames::default(),
        })
    };
    let start =
        |name: &str| Action::Container(ContainerAction::Start { container: name.into(), hooks: Vec::new() });
    let ready = |id: usize| {
        Action::Wait(WaitAction::Ready {
            container: environment.instances[id].name.clone(),
            checks: environment.instances[id].lifecycle.running.clone(),
        })
    };
    let network = Action::Network(NetworkAction::Create {
        name: environment.network(),
        options: Box::default(),
        environment: environment.name.clone(),
        fixed: false,
    });
    let pull = Action::Image(ImageAction::Pull { image: "example/web:1.2".into(), notes_age: false });
    let mut plan = Plan {
        command: Command::Start,
        steps: vec![
            step(None, network, Reason::NetworkMissing, &[]),
            step(Some(1), pull, Reason::ImageMissing, &[]),
            step(Some(0), create(0), Reason::NoContainer, &[0]),
            step(Some(0), start("db-1"), Reason::NoContainer, &[2]),
            step(Some(0), ready(0), Reason::AwaitsReady, &[3]),
            step(Some(1), create(1), Reason::NoContainer, &[0, 1]),
            step(Some(1), start("web-1"), Reason::NoContainer, &[5]),
            step(Some(1), ready(1), Reason::AwaitsReady, &[6]),
        ],
        barriers: vec![Barrier {
            kind: BarrierKind::ServiceReady(ServiceId(0)),
            after: vec![Wait::Step(StepId(4))],
            tolerance: None,
        }],
        unchanged: Vec::new(),
        blocked: vec![BlockedInstance {
            instance: InstanceId(2),
            reason: BlockedReason::Unreachable { reason: "connection refused".into() },
        }],
        ..Plan::default()
    };
    plan.steps[6].after.push(Wait::Barrier(BarrierId(0)));
    plan
}

/// A pull of three images.
pub(crate) fn pulls() -> Plan {
    let pull = |id: usize| {
        let image = format!("example/app:{id}");
        step(
            Some(id),
            Action::Image(ImageAction::Pull { image, notes_age: false }),
            Reason::ImageMissing,
            &[],
        )
    };
    Plan { command: Command::Pull, steps: (0..3).map(pull).collect(), ..Plan::default() }
}

/// A plan that does nothing.
pub(crate) fn idle_plan() -> Plan {
    Plan {
        command: Command::Start,
        unchanged: vec![
            Unchanged { instance: InstanceId(0), reason: UnchangedReason::AlreadyRunning, note: None },
            Unchanged {
                instance: InstanceId(1),
                reason: UnchangedReason::AlreadyRunning,
                note: Some(Note::FileChanged),
            },
        ],
        ..Plan::default()
    }
}

pub(crate) fn failure() -> FailureText {
    FailureText {
        kind: FailureKind::Failed,
        reason: "the container exited with code 3 right after its start".into(),
        state: "the container server-1 is there, created and not running".into(),
        next: "maestro logs server-1".into(),
        exit_code: Some(3),
        log: vec!["listening\tnow\r\n".into(), "Error: \u{1b}[31mno database".into()],
    }
}

pub(crate) fn begun(step: usize, subject: &Subject, action: ActionKind) -> Message {
    Message::StepStarted { step, subject: subject.clone(), action }
}

pub(crate) fn progress(step: usize, subject: &Subject, action: ActionKind, progress: &str) -> Message {
    Message::StepProgress {
        step,
        subject: subject.clone(),
        action,
        progress: progress.into(),
        pulled: None,
        copied: None,
    }
}

/// How far the fetch of an image of 40 MB is.
pub(crate) fn pulled(step: usize, subject: &Subject, bytes: u64) -> Message {
    let (total_bytes, is_total_known) = (40_000_000, true);
    let amount = PullAmount { bytes, total_bytes, is_total_known, layers_done: 0, layers: 2 };
    let progress = crate::explain::pull::amount(&amount);
    let (subject, action) = (subject.clone(), ActionKind::Pull);
    Message::StepProgress { step, subject, action, progress, pulled: Some(amount), copied: None }
}

pub(crate) fn done(step: usize, subject: &Subject, action: ActionKind) -> Message {
    Message::StepDone {
        step,
        subject: subject.clone(),
        action,
        container: (action == ActionKind::Create).then(|| "abcdef1234567890".into()),
        outcome: (action == ActionKind::Pull).then(|| "pulled sha256:0123456789ab".into()),
        is_up_to_date: false,
        milliseconds: 120,
    }
}

pub(crate) fn failed(step: usize, subject: &Subject, action: ActionKind) -> Message {
    Message::StepFailed { step, subject: subject.clone(), action, failure: failure() }
}

pub(crate) fn blocked(subject: &Subject, kind: BlockedKind, reason: &str, next: &str) -> Message {
    Message::Blocked { subject: subject.clone(), kind, reason: reason.into(), next: next.into() }
}

pub(crate) fn started(steps: usize) -> Message {
    Message::Started { command: "start".into(), environment: "Hello".into(), steps }
}

pub(crate) fn finished(summary: Summary) -> Message {
    Message::Finished { command: "start".into(), summary }
}

/// A run of [`plan`] in which `web-1` dies at its start.
pub(crate) fn run() -> Vec<Message> {
    let network = Subject { instance: None, service: None, ship: "local".into() };
    let db = subject("db-1", "db", "local");
    let web = subject("web-1", "web", "local");
    let far = subject("web-2", "web", "far");
    let reason = "its ship does not answer: connection refused";
    vec![
        started(8),
        blocked(&far, BlockedKind::Unreachable, reason, "maestro status web-2"),
        begun(0, &network, ActionKind::CreateNetwork),
        begun(1, &web, ActionKind::Pull),
        done(0, &network, ActionKind::CreateNetwork),
        begun(2, &db, ActionKind::Create),
        progress(1, &web, ActionKind::Pull, "12 of 40 MB"),
        done(2, &db, ActionKind::Create),
        begun(3, &db, ActionKind::Start),
        done(1, &web, ActionKind::Pull),
        begun(5, &web, ActionKind::Create),
        done(5, &web, ActionKind::Create),
        done(3, &db, ActionKind::Start),
        begun(4, &db, ActionKind::Ready),
        done(4, &db, ActionKind::Ready),
        begun(6, &web, ActionKind::Start),
        failed(6, &web, ActionKind::Start),
        finished(Summary {
            done: 6,
            failed: 1,
            not_started: 1,
            skipped: 1,
            milliseconds: 3_210,
            ..Summary::default()
        }),
    ]
}
