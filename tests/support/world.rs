//! Environments made by hand, and runs of them on engines in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use maestro_core::{
    event::{Event, Summary},
    model::{
        Endpoint, Environment, Instance, InstanceId, Required, RequiredBy, RequiredState, Requirement,
        Service, ServiceId, Ship, ShipId,
        check::Lifecycle,
        container::{ContainerOwner, ContainerSpec, Network},
        swarm::{EndpointMode, SwarmMode, SwarmSpec},
        update::Update,
        variables::{self, Neighbour},
    },
    observed::{Observed, carriable::CarrySource},
    plan::Plan,
    source::{Sources, Span},
};
use maestro_engine::{Engine, credentials::Credentials, observe};
use maestro_fake::Fake;
use maestro_report::{
    explain::Context,
    message::{FailureText, Message, message},
};
use maestro_run::execute::{self, Run};
use tokio::sync::{mpsc, watch};

/// Builds an environment service by service, each with instances on ships by number.
pub struct World {
    pub environment: Environment,
    pub engines: Vec<Fake>,
    pub same_engine: Vec<usize>,
    /// Engines that images are carried from, beside the ships.
    pub sources: BTreeMap<CarrySource, Arc<dyn Engine>>,
}

pub fn span() -> Span {
    Span::new(Sources::default().add("world.yaml", ""), 0..0)
}

impl World {
    /// So many ships, each with an engine of its own that has the image `app`.
    pub fn new(ships: usize) -> Self {
        let engines: Vec<Fake> = (0..ships).map(|ship| Fake::new(&format!("engine-{ship}"))).collect();
        for engine in &engines {
            engine.add_image("app");
        }
        let ship = |index| Ship {
            name: format!("ship-{index}"),
            address: format!("10.0.0.{index}"),
            endpoint: Endpoint::Local,
            timeout: Duration::from_secs(60),
            api_version: None,
            labels: std::collections::BTreeMap::new(),
            drain: false,
            swarm: false,
            managers: Vec::new(),
            span: None,
        };
        let environment = Environment {
            sensitive: maestro_core::value::secret::Sensitive::default(),
            name: "world".to_owned(),
            ships: (0..ships).map(ship).collect(),
            services: Vec::new(),
            instances: Vec::new(),
            registries: Vec::new(),
            audit: Vec::new(),
            container_names: None,
            declared_networks: Vec::new(),
            inactive: Vec::new(),
            inactive_instances: Vec::new(),
            found: BTreeMap::new(),
            volumes: Vec::new(),
        };
        Self { environment, engines, same_engine: (0..ships).collect(), sources: BTreeMap::new() }
    }

    /// So many ships that are one and the same engine.
    pub fn on_one_engine(ships: usize) -> Self {
        let mut world = Self::new(ships);
        let first = world.engines[0].clone();
        world.engines.fill(first);
        world.same_engine.fill(0);
        world
    }

    /// Makes a ship a Swarm of these nodes.
    pub fn make_swarm(&mut self, ship: usize) {
        self.environment.ships[ship].swarm = true;
    }

    /// Adds a service with so many tasks on a ship that is a Swarm.
    pub fn swarm_service(&mut self, name: &str, ship: usize, tasks: u64, requires: &[&str]) {
        let id = self.service(name, &[ship], requires);
        let at = self.environment.service(id).instances[0];
        let instance = &mut self.environment.instances[at.0];
        name.clone_into(&mut instance.name);
        let mut spec = (*instance.container).clone();
        name.clone_into(&mut spec.name);
        instance.container = spec.into();
        instance.swarm = Some(Box::new(SwarmSpec {
            endpoint: EndpointMode::Dnsrr,
            ..SwarmSpec::of(SwarmMode::Replicated(tasks))
        }));
    }

    /// The engines of all ships; of a Swarm, that whose containers are its services.
    pub fn all_engines(&self) -> Vec<Arc<dyn Engine>> {
        let each = self.engines.iter().zip(&self.environment.ships);
        each.map(|(fake, ship)| -> Arc<dyn Engine> {
            if ship.swarm { Arc::new(fake.as_swarm(&["n1", "n2", "n3"])) } else { Arc::new(fake.clone()) }
        })
        .collect()
    }

    /// Adds a service with an instance on each of these ships; its instances are `name-1`, `name-2` …
    pub fn service(&mut self, name: &str, ships: &[usize], requires: &[&str]) -> ServiceId {
        let id = ServiceId(self.environment.services.len());
        let requires = requires.iter().map(|other| self.requirement(other)).collect();
        let mut instances = Vec::new();
        for (number, &ship) in ships.iter().enumerate() {
            instances.push(InstanceId(self.environment.instances.len()));
            self.environment.instances.push(instance(
                &format!("{name}-{}", number + 1),
                name,
                id,
                ShipId(ship),
            ));
        }
        self.environment.services.push(Service {
            name: name.to_owned(),
            omit: false,
            instances,
            requires,
            update: Update::default(),
            replicated: false,
            candidates: Vec::new(),
            build: None,
            profiles: Vec::new(),
            span: span(),
        });
        id
    }

    fn requirement(&self, service: &str) -> Requirement {
        let at =
            self.environment.services.iter().position(|s| s.name == service).expect("a service of that name");
        Requirement {
            on: Required::Service(ServiceId(at)),
            by: RequiredBy::Requires,
            state: RequiredState::Ready,
            span: span(),
        }
    }

    /// Gives each instance the variables about its own service and those that this requires, as a file does.
    pub fn tell_peers(&mut self) {
        let environment = &self.environment;
        let of_service = |id: ServiceId, internal: bool| {
            let service = environment.service(id);
            let members = service.instances.iter().map(|id| environment.instance(*id));
            let members: Vec<Neighbour<'_>> = members
                .map(|one| Neighbour {
                    instance: &one.name,
                    address: &environment.ship(one.ship).address,
                    ports: &one.ports,
                })
                .collect();
            variables::of_service(&service.name, &members, internal)
        };
        let told = environment.instances.iter().map(|instance| {
            let mut all: BTreeSet<usize> = BTreeSet::new();
            let mut pending = vec![instance.service];
            while let Some(id) = pending.pop() {
                for requirement in &environment.service(id).requires {
                    if let Required::Service(other) = requirement.on
                        && all.insert(other.0)
                    {
                        pending.push(other);
                    }
                }
            }
            let others = all.into_iter().flat_map(|at| of_service(ServiceId(at), false));
            of_service(instance.service, true).into_iter().chain(others).collect::<Vec<_>>()
        });
        let told: Vec<_> = told.collect();
        for (instance, told) in self.environment.instances.iter_mut().zip(told) {
            instance.container.env.extend(told);
        }
    }

    pub fn id(&self, instance: &str) -> InstanceId {
        InstanceId(self.environment.instances.iter().position(|i| i.name == instance).expect("an instance"))
    }

    pub fn instance_mut(&mut self, name: &str) -> &mut Instance {
        let id = self.id(name);
        &mut self.environment.instances[id.0]
    }

    pub fn all(&self) -> BTreeSet<InstanceId> {
        self.environment.instance_ids().collect()
    }

    pub fn some(&self, names: &[&str]) -> BTreeSet<InstanceId> {
        names.iter().map(|name| self.id(name)).collect()
    }

    /// What the engines say, a while after whatever was started.
    pub async fn observe(&self) -> Observed {
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.observe_at_once().await
    }

    /// What the engines say now.
    pub async fn observe_at_once(&self) -> Observed {
        let question = observe::Question {
            images: true,
            networks: true,
            identity: true,
            ..observe::Question::default()
        };
        let mut ships = Vec::new();
        for engine in self.all_engines() {
            ships.push(observe::observe(&*engine, &self.environment.name, question).await);
        }
        Observed { ships, ..Observed::default() }
    }

    pub async fn run(&self, plan: Plan) -> Outcome {
        let (_keep, interrupted) = watch::channel(false);
        self.run_with(plan, None, interrupted).await
    }

    pub async fn run_with(
        &self,
        plan: Plan,
        concurrency: Option<usize>,
        interrupted: watch::Receiver<bool>,
    ) -> Outcome {
        let (events, mut received) = mpsc::unbounded_channel();
        let plan = Arc::new(plan);
        let engines = self.all_engines().into_iter().map(Some);
        let summary = execute::execute(Run {
            environment: Arc::new(self.environment.clone()),
            plan: plan.clone(),
            engines: engines.collect(),
            same_engine: self.same_engine.clone(),
            credentials: Credentials::default(),
            concurrency,
            interrupted,
            begun: tokio::time::Instant::now(),
            events,
            guard: None,
            me: Arc::new(maestro_run::lease::here(
                &self.environment.name,
                "tests".to_owned(),
                "maestro",
                Duration::ZERO,
            )),
            sources: self.sources.clone(),
            carrying: execute::Carrying::default(),
            made: execute::CreatedContainers::default(),
        })
        .await;
        let mut all = Vec::new();
        while let Ok(event) = received.try_recv() {
            all.push(event);
        }
        let (environment, invocation, typed) = (&self.environment, "maestro", "maestro again");
        let sources = Sources::default();
        let context = Context { environment, plan: &plan, sources: &sources, invocation, typed };
        let messages = all.iter().map(|event| message(event.clone(), &context)).collect();
        Outcome { events: all, messages, summary }
    }
}

/// What came of a run.
pub struct Outcome {
    pub events: Vec<Event>,
    /// The same in words.
    pub messages: Vec<Message>,
    pub summary: Summary,
}

impl Outcome {
    /// Where in the run an instance's action was begun or done.
    pub fn at(&self, wanted: &str, instance: &str, done: bool) -> Option<usize> {
        self.events.iter().position(|event| match event {
            Event::StepStarted { subject, action, .. } => {
                !done && action.word() == wanted && subject.instance.as_deref() == Some(instance)
            }
            Event::StepDone { subject, action, .. } => {
                done && action.word() == wanted && subject.instance.as_deref() == Some(instance)
            }
            _ => false,
        })
    }

    pub fn failures(&self) -> Vec<&Event> {
        self.events.iter().filter(|event| matches!(event, Event::StepFailed { .. })).collect()
    }

    /// The failures in words.
    pub fn failure_texts(&self) -> Vec<&FailureText> {
        self.messages
            .iter()
            .filter_map(|message| match message {
                Message::StepFailed { failure, .. } => Some(failure),
                _ => None,
            })
            .collect()
    }

    pub fn held(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Blocked { subject, .. } => subject.instance.as_deref(),
                _ => None,
            })
            .collect()
    }
}

fn instance(name: &str, service_name: &str, service: ServiceId, ship: ShipId) -> Instance {
    Instance {
        name: name.to_owned(),
        container_name: None,
        service,
        ship,
        requires: Vec::new(),
        links: Vec::new(),
        ports: Vec::new(),
        container: ContainerSpec::new(
            name,
            "app",
            Network::Environment { name: "maestro-world".to_owned(), links: Vec::new() },
            ContainerOwner { environment: "world".to_owned(), service: service_name.to_owned() },
        )
        .into(),
        files: maestro_core::model::carried::CarriedFiles::default(),
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
    }
}
