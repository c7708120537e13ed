//! Schedules by seed: an environment, commands with edits between them, what goes wrong; and how they are run.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    num::NonZeroUsize,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use maestro_core::{
    event::Event,
    model::{
        Check, Environment, InstanceId, Ship, ShipId,
        carried::{CarriedFile, FileAccess},
        container::{LABEL_CONFIG_OWN, LABEL_INSTANCE, Port, Protocol, RestartPolicy},
        name::ContainerName,
        placement::Whereabouts,
        update::{OnFailure, OnPeerChange, Order, Update},
    },
    observed::{
        Container, ContainerState, Observed,
        mounts::{Mounted, is_made_up},
        revision::Author,
    },
    plan::{
        BlockedReason, Plan, PlanRemark, Step, Wait,
        action::{Action, ActionKind, ContainerAction, WaitAction},
        apply::{self, ApplyOptions},
        reason::Note,
        restart::{self, RestartOptions},
        revision::{forgotten, recorded},
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
        tidy, volume_move,
    },
    source::Sources,
    value::{check::Tries, image_source::ImageSource},
};
use maestro_engine::{
    Engine, connect::Connection, credentials::Credentials, host::UnknownMachine, observe::Question,
};
use maestro_fake::{Behaviour, Fake};
use maestro_report::{
    explain::Context, json::JsonLines, layout::Layout, lines::Lines, message::message, plan as printed,
    progress::Reporter,
};
use maestro_run::{
    lease::{LeaseEvent, Owner, Released},
    operations::{
        self, Broadcast, Outcome, Progress, Purpose, Target,
        fleet::{Connect, Fleet},
    },
};
use tokio::{sync::Notify, time::Instant};

use crate::{
    fleet_bugs::break_fleet,
    line::{Chance, Kill, Line, Party, TIMEOUT, Weather},
    processes::Processes,
    trace::{Entry, GENERATION, Kept, LEFT_BEHIND, RUN, There, Trace, What, container_of, names_of},
    world::World,
};

const KILLS: [Kill; 3] = [Kill::BeforeArrival, Kill::InFlight, Kill::AfterArrival];

/// A value that must never be shown.
pub const CANARY: &str = "canary-7f3a";

/// The name of a copy that somebody runs of one of our containers, from an image that they committed.
const COPY: &str = "copy";

/// What turns a schedule's seed into that of whether it carries images.
const CARRYING: u64 = 0x6361_7272_7969_6e67;

/// Who may read files of containers.
const ACCESS: FileAccess = FileAccess { uid: 0, gid: 0, mode: 0o444 };

#[derive(Clone)]
struct Drafted {
    name: String,
    number: usize,
    ships: Vec<usize>,
    requires: Vec<String>,
    image: usize,
    version: usize,
    port: Option<u16>,
    checked: bool,
    restart: bool,
    update: Update,
}

fn random_update(chance: &mut Chance, has_port: bool) -> Update {
    let start_first = chance.percent(40) && !has_port;
    Update {
        order: if start_first { Order::StartFirst } else { Order::StopFirst },
        parallel: NonZeroUsize::MIN.saturating_add(chance.below(2)),
        max_per_ship: None,
        canary: None,
        delay: Duration::from_secs([0, 0, 2][chance.below(3)]),
        on_failure: [OnFailure::Rollback, OnFailure::Rollback, OnFailure::Pause, OnFailure::Continue]
            [chance.below(4)],
        max_failures: [0, 0, 1][chance.below(3)],
        on_peer_change: OnPeerChange::Keep,
    }
}

/// What a file says, and can be edited.
#[derive(Clone)]
struct Draft {
    ships: usize,
    one_engine: bool,
    /// Whether containers have other names than their instances.
    named: bool,
    /// Whether images come from this machine's own engine.
    carries: bool,
    services: Vec<Drafted>,
}

impl Draft {
    fn random(chance: &mut Chance) -> Self {
        let ships = 1 + chance.below(3);
        let mut draft = Self {
            ships,
            one_engine: chance.percent(25),
            named: chance.percent(25),
            carries: false,
            services: Vec::new(),
        };
        for number in 0..=chance.below(5) {
            let requires =
                draft.services.iter().filter(|_| chance.percent(40)).map(|s| s.name.clone()).collect();
            let port = chance.percent(20).then(|| 8000 + u16::try_from(number).expect("a few"));
            let service = Drafted {
                name: format!("s{number}"),
                number,
                ships: (0..=chance.below(3)).map(|_| chance.below(ships)).collect(),
                requires,
                // Some never get ready.
                image: if chance.percent(15) { 3 + chance.below(2) } else { 1 + chance.below(2) },
                version: 0,
                port,
                checked: chance.percent(25),
                restart: chance.percent(30),
                update: random_update(chance, port.is_some()),
            };
            draft.services.push(service);
        }
        draft
    }

    /// Another image, which more often than not does not work.
    fn roll_out(&mut self, chance: &mut Chance) {
        let at = chance.below(self.services.len());
        self.services[at].image = 2 + chance.below(4);
    }

    fn edit(&mut self, chance: &mut Chance) {
        let at = chance.below(self.services.len());
        match chance.below(9) {
            0 | 1 => self.services[at].image = 1 + chance.below(5),
            2 | 3 => self.services[at].version += 1,
            4 if self.services.len() > 1 => {
                let gone = self.services.remove(at).name;
                for service in &mut self.services {
                    service.requires.retain(|name| *name != gone);
                }
            }
            5 => self.services[at].checked ^= true,
            6 => self.named ^= true,
            _ => self.scale(at, chance),
        }
    }

    /// One instance more, or one fewer.
    fn scale(&mut self, at: usize, chance: &mut Chance) {
        let ships = &mut self.services[at].ships;
        if ships.len() > 1 && chance.percent(40) {
            ships.pop();
        } else {
            ships.push(chance.below(self.ships));
        }
    }

    fn environment(&self) -> Environment {
        let mut world = World::new(self.ships);
        for service in &self.services {
            let requires: Vec<&str> = service.requires.iter().map(String::as_str).collect();
            let id = world.service(&service.name, &service.ships, &requires);
            world.environment.services[id.0].update = service.update;
            for (number, _) in service.ships.iter().enumerate() {
                let name = format!("{}-{}", service.name, number + 1);
                let instance = world.instance_mut(&name);
                instance.image_source = match (self.carries, service.number.is_multiple_of(2)) {
                    (false, _) => ImageSource::Registry,
                    (true, true) => ImageSource::Carry,
                    (true, false) => ImageSource::Auto,
                };
                if self.named {
                    let [_, name] = names_of(instance);
                    instance.container_name = ContainerName::new(&name);
                }
                let spec = &mut instance.container;
                spec.image = format!("app{}", service.image);
                if service.update.order == Order::StopFirst {
                    spec.volumes = vec!["/data".to_owned()];
                }
                if service.number.is_multiple_of(2) {
                    let content = format!("{CANARY} {}", service.version).into_bytes().into();
                    let file = CarriedFile::new(("world", &service.name), "/etc/app", ACCESS, false, content);
                    instance.files = [file].into_iter().collect();
                    spec.files = instance.files.specs();
                }
                spec.env.insert("VERSION".to_owned(), Some(service.version.to_string()));
                spec.env.insert("DB_PASSWORD".to_owned(), Some(format!("{CANARY}-{}", service.version)));
                spec.restart =
                    service.restart.then(|| RestartPolicy { name: "always".to_owned(), retries: 0 });
                spec.ports = service
                    .port
                    .map(|port| port_of(port + 100 * u16::try_from(number).expect("a few")))
                    .into_iter()
                    .collect();
                if service.checked {
                    let tries = Tries {
                        within: Duration::from_secs(3),
                        at_least: 1,
                        each: Duration::from_secs(3),
                        at_most: Some(Duration::from_secs(3)),
                    };
                    instance.lifecycle.running =
                        vec![Check::Rexec { command: vec!["true".to_owned()], tries }];
                }
            }
        }
        world.tell_peers();
        world.environment
    }
}

fn port_of(number: u16) -> Port {
    let protocol = Protocol::Tcp;
    Port {
        name: String::new(),
        container: 80,
        host: number,
        count: 1,
        choice: 1,
        protocol,
        bind: None,
        ipv6: false,
    }
}

/// The names of a container's anonymous volumes.
pub fn volumes_of(container: &Container) -> BTreeSet<String> {
    container.mounts.iter().filter_map(Mounted::anonymous).map(str::to_owned).collect()
}

/// The engines, and whose process lives.
pub struct FakeEngines {
    pub fakes: Vec<Fake>,
    pub one_engine: bool,
    /// This machine's own engine, from which images are carried.
    own: Option<Fake>,
    processes: Processes,
    /// Whether commands write down what they stop on purpose.
    keeps_purposes: bool,
    pub trace: Trace,
}

impl FakeEngines {
    /// Any container of any engine, by its engine and its name; none if that engine has none.
    pub fn any_container(&self, chance: &mut Chance) -> Option<(&Fake, String)> {
        let fake = &self.fakes[chance.below(self.fakes.len())];
        let mut names: Vec<String> = fake.states().into_keys().collect();
        (!names.is_empty()).then(|| (fake, names.swap_remove(chance.below(names.len()))))
    }
}

struct Routes {
    fakes: Vec<Fake>,
    one_engine: bool,
    own: Option<Fake>,
    party: Arc<Party>,
}

#[async_trait]
impl Connect for Routes {
    async fn connect(&self, ship: &Ship) -> Connection {
        let ship = engine_number(ship);
        let engine = if self.one_engine { 0 } else { ship };
        let fake = self.fakes[engine].clone();
        let line = Line { party: self.party.clone(), engine, ship, fake };
        Connection { engine: Arc::new(line), host: Arc::new(UnknownMachine), remark: None }
    }

    async fn this_machine(&self) -> Option<Arc<dyn Engine>> {
        // It comes behind the ships.
        let (fake, number) = (self.own.clone()?, self.fakes.len());
        Some(Arc::new(Line { party: self.party.clone(), engine: number, ship: number, fake }))
    }
}

pub const COMMANDS: &[&str] =
    &["apply", "start", "stop", "restart", "apply", "prune", "clean", "pull", "kill", "plan"];

/// Who records a revision: the same for all, as it is for one who types the same again.
fn author() -> Author {
    Author { by: "ann@box".to_owned(), command: "maestro apply".to_owned(), commit: None }
}

fn planned(command: &str, environment: &Environment, observed: &Observed, bug: Option<&str>) -> Plan {
    let all = environment.instance_ids().collect();
    let foreign = bug == Some("foreign");
    let stopping = |how| StopOptions { how, adopt: foreign, ignore_dependencies: false };
    let mut plan = match command {
        "apply" | "prune" | "plan" => {
            let options = ApplyOptions {
                prune: command == "prune",
                // Data is not copied, so else what may have data stays where it is.
                moves: command == "prune" || bug == Some("careless"),
                adopt: foreign,
                peers: bug == Some("gossip"),
                ..ApplyOptions::default()
            };
            apply::plan(environment, observed, &all, options)
        }
        "start" => start::plan(
            environment,
            observed,
            &all,
            StartOptions { adopt: foreign, ..StartOptions::default() },
        ),
        "restart" => restart::plan(environment, observed, &all, RestartOptions::default()),
        "stop" => stop::plan(environment, observed, &all, stopping(StopMethod::Stop)),
        "kill" => stop::plan(environment, observed, &all, stopping(StopMethod::Kill)),
        "clean" => tidy::plan_clean(environment, observed, &all, foreign),
        "move" => volume_move::plan(environment, observed, InstanceId(0), false),
        _ => tidy::plan_pull(environment, observed, &all),
    };
    break_plan(&mut plan, bug, observed, environment);
    break_fleet(&mut plan, bug, environment);
    break_move(&mut plan, bug);
    match command {
        "apply" | "prune" | "plan" | "move" => recorded(plan, environment, observed, &author()),
        "clean" => forgotten(plan, environment, observed),
        _ => plan,
    }
}

/// Lets steps wait only for these others.
pub fn keep(plan: &mut Plan, of: impl Fn(&Action) -> bool, stays: impl Fn(&Action, bool) -> bool) {
    let known: Vec<_> = plan.steps.iter().map(|step| (step.action.clone(), step.instance)).collect();
    for step in plan.steps.iter_mut().filter(|step| of(&step.action)) {
        let own = step.instance;
        step.after.retain(|wait| match wait {
            Wait::Step(id) => stays(&known[id.0].0, known[id.0].1 == own),
            Wait::Barrier(_) => false,
        });
    }
}

pub fn stops(action: &Action) -> bool {
    matches!(action.kind(), ActionKind::Stop | ActionKind::Kill)
}

/// Plants a mistake in a plan.
fn break_plan(plan: &mut Plan, bug: Option<&str>, observed: &Observed, environment: &Environment) {
    match bug {
        Some("order") => keep(plan, |a| a.kind() == ActionKind::Start, |_, own| own),
        Some("renews") => {
            for step in &mut plan.steps {
                if let Action::Container(ContainerAction::Create { volumes, .. }) = &mut step.action {
                    volumes.clear();
                }
            }
        }
        Some("beside") => {
            keep(plan, |action| action.kind() == ActionKind::Rename, |action, _| !stops(action));
        }
        Some("reverse") => keep(plan, stops, |_, own| own),
        Some("image") => {
            let made = |action: &Action| {
                matches!(action.kind(), ActionKind::Pull | ActionKind::Create | ActionKind::Copy)
            };
            keep(plan, stops, |action, _| !made(action));
        }
        Some("unmade") => {
            keep(plan, stops, |a, _| !matches!(a.kind(), ActionKind::Create | ActionKind::Copy));
        }
        Some("eager") => {
            for step in &mut plan.steps {
                step.compensation = None;
            }
        }
        Some("lost") => {
            for compensation in &mut plan.compensations {
                compensation.tolerates = usize::MAX;
            }
        }
        Some("litter") => drop(plan.steps.pop_if(|step| step.action.word() == "remove")),
        Some("forgets") => skip(plan, Step::is_verification),
        Some("unfiled") => skip(plan, |step| step.action.kind() == ActionKind::Copy),
        Some("isolation") if observed.is_incomplete() => {
            plan.steps.clear();
            plan.barriers.clear();
            plan.compensations.clear();
        }
        Some("shows") => {
            if let Some(id) = environment.instance_ids().next() {
                let names = vec![format!("{:?}", environment.instance(id).container.env)];
                plan.remarks.push(PlanRemark { instance: id, note: Note::RequiresDown(names) });
            }
        }
        _ => {}
    }
}

/// Plants a mistake in the plan of a move.
fn break_move(plan: &mut Plan, bug: Option<&str>) {
    match bug {
        Some("twice") => skip(plan, |step| step.action.kind() == ActionKind::Stop),
        Some("empty") => skip(plan, |step| step.action.kind() == ActionKind::CopyVolume),
        _ => {}
    }
}

/// Does nothing in the place of steps.
pub fn skip(plan: &mut Plan, predicate: impl Fn(&Step) -> bool) {
    for step in plan.steps.iter_mut().filter(|step| predicate(step)) {
        step.action = Action::Wait(WaitAction::Pause { duration: Duration::ZERO });
    }
}

/// The file that all places of a hand-made environment are in.
fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.add("world.yaml", "");
    sources
}

fn steps_of(plan: &Plan, environment: &Environment, bug: Option<&str>) -> BTreeMap<(String, String), usize> {
    let json = printed::json(plan, environment, &sources());
    let mut steps = BTreeMap::new();
    for step in json["steps"].as_array().into_iter().flatten() {
        let details = &step["details"];
        for name in details["containers"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default().to_owned();
            *steps.entry(("discard".to_owned(), name)).or_default() += 1;
        }
        let about = ["container_id", "container", "image", "network", "volume"]
            .iter()
            .find_map(|key| details[key].as_str());
        let key =
            (step["action"].as_str().unwrap_or_default().to_owned(), about.unwrap_or_default().to_owned());
        *steps.entry(key).or_default() += 1;
    }
    if bug == Some("unprinted") {
        steps.retain(|(action, _), _| action != "start");
    }
    steps
}

impl FakeEngines {
    /// A ship for each of these.
    pub fn of(fakes: Vec<Fake>) -> Self {
        let (processes, trace) = (Processes::default(), Trace::new());
        Self { fakes, one_engine: false, own: None, processes, keeps_purposes: false, trace }
    }

    /// The same with commands that write down what they stop on purpose, or without.
    pub fn keeping_purposes(self, keeps_purposes: bool) -> Self {
        Self { keeps_purposes, ..self }
    }

    /// The processes of the machine from which commands are run.
    pub fn processes(&self) -> Processes {
        self.processes.clone()
    }

    /// Lines to all engines for a party of its own.
    pub fn routes(&self, number: usize, weather: Weather) -> (Arc<Party>, Arc<dyn Connect>) {
        let party = Party::new(number, weather, &self.fakes, self.trace.clone());
        let (fakes, one_engine, own) = (self.fakes.clone(), self.one_engine, self.own.clone());
        (party.clone(), Arc::new(Routes { fakes, one_engine, own, party }))
    }

    /// Looks where the instances of a fleet run, over lines that go wrong as the weather says.
    pub async fn locate(&self, number: usize, environment: &Environment, weather: Weather) -> Whereabouts {
        let party = Party::new(number, weather, &self.fakes, self.trace.clone());
        let (fakes, one_engine, own) = (self.fakes.clone(), self.one_engine, self.own.clone());
        let routes = Routes { fakes, one_engine, own, party };
        operations::whereabouts::locate(environment, &routes).await.whereabouts
    }

    /// Runs a command of a party to its end, or until it is killed. Tells how many calls it made.
    pub async fn run(
        &self,
        number: usize,
        command: &'static str,
        environment: &Arc<Environment>,
        weather: Weather,
        wait: Duration,
    ) -> usize {
        let bug = weather.bug;
        let calm = !weather.paired && weather.faults == 0 && weather.kill.is_none();
        let party = Party::new(number, weather, &self.fakes, self.trace.clone());
        let begins = What::Begins { command, environment: environment.clone(), calm, there: self.there() };
        self.trace.tell(number, begins);
        let process = u32::try_from(number).expect("a few");
        let me = Arc::new(self.processes.begin(process, Duration::from_secs(10)));
        let going = self.go(number, command, environment, &party, me, wait, bug);
        tokio::select! {
            biased;
            () = party.killed.notified() => self.trace.tell(number, What::Killed),
            () = going => {}
        }
        self.processes.end(process);
        *party.calls.lock().expect("no test panics with it")
    }

    #[expect(clippy::too_many_arguments, clippy::too_many_lines, reason = "one command, with one caller")]
    async fn go(
        &self,
        number: usize,
        command: &'static str,
        environment: &Arc<Environment>,
        party: &Arc<Party>,
        me: Arc<Owner>,
        wait: Duration,
        bug: Option<&'static str>,
    ) {
        let (fakes, one_engine, own) = (self.fakes.clone(), self.one_engine, self.own.clone());
        let routes = Routes { fakes, one_engine, own, party: party.clone() };
        let descriptions = matches!(command, "apply" | "prune" | "plan" | "move");
        let revisions = descriptions || command == "clean";
        let question = Question { descriptions, revisions, ..Question::ALL };
        let is_start = command == "start";
        let quick_scope = Question { images: !is_start, networks: !is_start, ..question };
        let needed: BTreeSet<_> = environment.ship_ids().collect();
        if command == "plan" && bug != Some("writes") {
            let fleet = Fleet::connect_and_observe_on(environment, &routes, &needed, question).await;
            let plan = planned(command, environment, &fleet.observed, bug);
            drop(printed::text(&plan, environment, &sources(), printed::View { steps: true, colour: false }));
            let how = "looked".to_owned();
            self.ends(number, how, BTreeSet::new(), None);
            return;
        }
        let tell = Broadcast::default();
        let mut told = tell.subscribe();
        let interrupted = party.interrupted.subscribe();
        // Tell it as it is made: a killed process shows nothing any more; of two plans the last one is carried out.
        let (trace, planned_for) = (self.trace.clone(), environment.clone());
        let planner = move |observed: &Observed| {
            let plan = planned(command, &planned_for, observed, bug);
            let printed = steps_of(&plan, &planned_for, bug);
            trace.tell(number, What::Planned { plan: Arc::new(plan.clone()), printed });
            Ok::<_, Infallible>(Target { plan, environment: None })
        };
        let asked = operations::ChangeRequest {
            environment: environment.clone(),
            routes: Arc::new(routes),
            needed,
            anywhere: None,
            quick_scope,
            question,
            identify: false,
            is_impatient: command == "kill",
            me,
            wait,
            credentials: Credentials::default(),
            concurrency: None,
            planner: Arc::new(planner),
            has_preflight: false,
            purpose: self.purpose(command, environment),
        };
        let mut untold = BTreeSet::new();
        let engine_of =
            |ship: ShipId| if self.one_engine { 0 } else { engine_number(environment.ship(ship)) };
        let begun = Instant::now();
        let follow = async {
            while let Some(told) = told.recv().await {
                match told {
                    Progress::Event(event) => {
                        if let Event::Finished { summary, .. } = &*event {
                            // Connecting and waiting for the lease are part of the time that is told.
                            assert_eq!(u128::from(summary.milliseconds), begun.elapsed().as_millis());
                        }
                        let twice = bug == Some("stutters") && matches!(*event, Event::StepFailed { .. });
                        if twice {
                            self.trace.tell(number, What::Event(event.clone()));
                        }
                        self.trace.tell(number, What::Event(event));
                    }
                    Progress::Lease(event) => {
                        if let LeaseEvent::NotReleased(ship, _) = *event {
                            untold.insert(engine_of(ship));
                        }
                    }
                    Progress::Outdated => self.trace.begin_anew(number),
                    Progress::Looked
                    | Progress::Preflight
                    | Progress::Found { .. }
                    | Progress::Planned { .. }
                    | Progress::Timed(_)
                    | Progress::Releasing => {}
                }
            }
        };
        // In no task of its own: a process that is killed does nothing more.
        let (ended, ()) = tokio::join!(operations::change(asked, interrupted, tell), follow);
        match ended {
            Outcome::Carried { summary, released, .. } => {
                let listed = released.iter().filter(|(_, of)| matches!(of, Released::Unknown(_)));
                let listed = listed.map(|(ship, _)| engine_of(*ship));
                // One that was taken and could not be given back while others were waited for was told then.
                let listed = listed.chain(untold).collect();
                let told = summary.done
                    + summary.checked
                    + summary.seen
                    + summary.failed
                    + summary.unreachable
                    + summary.unknown
                    + summary.cancelled
                    + summary.not_started;
                self.ends(number, format!("{summary:?}"), listed, Some(told));
            }
            Outcome::Stopped { stop, .. } => match stop {},
            Outcome::Unsafe { .. } => unreachable!("no preflight is asked for"),
            Outcome::Refused(_) => self.ends(number, "refused".to_owned(), untold, None),
        }
    }

    /// What a command means for `watch`.
    fn purpose(&self, command: &str, environment: &Environment) -> Purpose {
        let all = environment.instance_ids().collect();
        match command {
            "stop" | "kill" if self.keeps_purposes => Purpose::Stop(all),
            "apply" | "prune" | "start" | "restart" if self.keeps_purposes => Purpose::Run(all),
            _ => Purpose::Other,
        }
    }

    fn ends(&self, party: usize, how: String, listed: BTreeSet<usize>, steps_told: Option<usize>) {
        let leases = self.fakes.iter().enumerate();
        let leases = leases
            .flat_map(|(at, fake)| fake.volume_holders().into_iter().map(move |nonce| (at, nonce)))
            .collect();
        let there = self.there();
        self.trace.tell(party, What::Ends { how, listed, leases, steps_told, there });
    }

    /// All containers.
    pub fn there(&self) -> There {
        let of = |fake: &Fake| {
            let (by_hand, without_files) = (fake.made_by_hand(), fake.started_without_files());
            let half_images = fake.half_images();
            fake.peek(|containers| {
                let each = containers.map(|c| {
                    let instance = c.labels.get(LABEL_INSTANCE).filter(|_| !by_hand.contains(&c.id));
                    let kept = Kept {
                        id: c.id.clone(),
                        instance: instance.cloned().unwrap_or_default(),
                        image: c.image.clone(),
                        config: c.config_hash().unwrap_or_default().to_owned(),
                        own: c.labels.get(LABEL_CONFIG_OWN).cloned().unwrap_or_default(),
                        up: c.state.is_up(),
                        ailing: c.is_unhealthy() || c.state == ContainerState::Restarting,
                        volumes: volumes_of(c),
                        lacks_layers: half_images.contains(&c.image_id) && !by_hand.contains(&c.id),
                        lacks_files: without_files.contains(&c.id) && !by_hand.contains(&c.id),
                    };
                    (c.name.clone(), kept)
                });
                each.collect()
            })
        };
        self.fakes.iter().map(of).collect()
    }

    /// Somebody commits a container and runs the image, under a name of its own or under that of its origin, which is gone
    /// then.
    fn copy(&self, chance: &mut Chance) {
        for fake in &self.fakes {
            let names: Vec<String> = fake.states().into_keys().filter(|name| name != COPY).collect();
            if names.is_empty() {
                continue;
            }
            let origin = &names[chance.below(names.len())];
            // An engine lists a creation that is under way and does not find it.
            if fake.commit(origin, "committed").is_err() {
                continue;
            }
            let name = if chance.percent(70) { COPY } else { origin };
            if name == origin {
                fake.take_away(origin);
            }
            // A copy may be there already.
            let _ = fake.run_by_hand(name, "committed");
        }
    }

    /// Images come from this machine's own engine from now on. It lacks few; the ships have what they had, or an older one.
    fn carry_images(&mut self, chance: &mut Chance) {
        let own = Fake::new("engine-own");
        for number in 1..=5 {
            let name = format!("app{number}");
            if chance.percent(90) {
                add_app(&own, number, false);
            }
            for fake in self.fakes.iter().filter(|fake| fake.has_image(&name)) {
                fake.lose_image(&name);
                add_app(fake, number, chance.percent(30));
            }
        }
        for fake in self.fakes.iter().filter(|_| chance.percent(15)) {
            fake.load_half(true);
        }
        self.own = Some(own);
    }

    /// All that went wrong goes well from now on.
    fn heal(&self) {
        for number in (1..=5).filter(|_| self.own.is_some()) {
            self.own.iter().for_each(|own| add_app(own, number, false));
            self.fakes.iter().for_each(|fake| fake.load_half(false));
        }
        for fake in &self.fakes {
            for image in 1..=5 {
                fake.behave(&format!("app{image}"), Behaviour::default());
                fake.allow_pull(&format!("app{image}"));
            }
            let by_hand = fake.made_by_hand();
            // A copy that is in nobody's way stays.
            let is_foreign = |c: &&Container| by_hand.contains(&c.id) && c.name != COPY;
            let foreign: Vec<String> =
                fake.peek(|all| all.filter(is_foreign).map(|c| c.name.clone()).collect());
            for name in foreign {
                fake.take_away(&name);
            }
            // What runs behaves as it did when it was started.
            fake.reboot();
            fake.list_late(Duration::ZERO);
        }
    }
}

/// Puts an image of several layers on an engine: the one that its name stands for now, or an older one.
fn add_app(fake: &Fake, number: u8, is_old: bool) {
    let top = [if is_old { b'a' } else { b'0' } + number; 1_500];
    fake.add_layered_image(&format!("app{number}"), &[&[b'b'; 2_000], &top]);
}

/// What came of a schedule.
pub struct Story {
    pub entries: Vec<Entry>,
    /// What is wrong at its end: it did not converge, or a further run changed something.
    pub stray: Option<String>,
    /// Of a schedule that is compared: which instances that have nothing to do with the first engine run at its end.
    pub independent: BTreeMap<String, bool>,
    /// What is wrong when it is compared to the same without faults on another engine.
    pub infected: Option<String>,
    /// The two that were compared, each with what it is.
    pub compared: Vec<(&'static str, Vec<Entry>)>,
    pub calls: usize,
    /// Whether all ships are one engine.
    pub one_engine: bool,
    pub last_environment: Arc<Environment>,
}

impl Story {
    /// The engine of a ship.
    pub fn engine_of(&self, environment: &Environment, ship: ShipId) -> usize {
        if self.one_engine { 0 } else { engine_number(environment.ship(ship)) }
    }
}

/// The number of the engine of a ship that has one of its own. A file need not have all ships.
pub fn engine_number(ship: &Ship) -> usize {
    ship.name.trim_start_matches("ship-").parse().expect("a number")
}

/// How a schedule differs from what its seed says.
#[derive(Clone, Copy, Default)]
pub struct Variant {
    pub bug: Option<&'static str>,
    /// Without faults, killed at that call of its last command.
    pub kill: Option<(usize, Kill)>,
    /// Without faults but these kills.
    pub fair: bool,
    /// One `apply`, or two with new versions between them; the last with faults on the first engine alone.
    pub one_sided: bool,
}

fn fake_engines(chance: &mut Chance, draft: &Draft) -> FakeEngines {
    let fakes: Vec<Fake> = (0..draft.ships).map(|ship| Fake::new(&format!("engine-{ship}"))).collect();
    for fake in &fakes {
        for image in 1..=5 {
            let name = format!("app{image}");
            if chance.percent(50) {
                fake.add_image(&name);
            }
            if chance.percent(95) {
                fake.allow_pull(&name);
            }
        }
        let dies = Some((Duration::from_millis(100), 3));
        fake.behave("app3", Behaviour { dies, ..Behaviour::default() });
        let unhealthy_after = Some(Duration::from_secs(1));
        fake.behave(
            "app4",
            Behaviour { serves_after: TIMEOUT * 10_000, unhealthy_after, ..Behaviour::default() },
        );
        if chance.percent(10) {
            fake.behave("app2", Behaviour { dies, ..Behaviour::default() });
        }
        let (stops_after, creates_after) = (Duration::from_secs(3), Duration::from_secs(1));
        fake.behave("app5", Behaviour { stops_after, creates_after, ..Behaviour::default() });
        if chance.percent(30) {
            fake.list_late(Duration::from_millis(5 + chance.next() % 45));
        }
        if chance.percent(30) {
            fake.list_creations();
        }
        if chance.percent(20) {
            fake.be_busy(256);
        }
        if chance.percent(10) {
            fake.add_image("theirs");
            fake.add_foreign("s1-1", "theirs", ContainerState::Running);
        }
    }
    FakeEngines { one_engine: draft.one_engine, ..FakeEngines::of(fakes) }
}

/// Runs the schedule of a seed.
#[expect(clippy::too_many_lines, reason = "a schedule from its beginning to its end")]
pub async fn tell(seed: u64, variant: Variant) -> Story {
    let mut chance = Chance(seed);
    let mut draft = Draft::random(&mut chance);
    let mut fake_engines = fake_engines(&mut chance, &draft);
    let mut carrying = Chance(seed ^ CARRYING);
    draft.carries = carrying.percent(25);
    if draft.carries {
        fake_engines.carry_images(&mut carrying);
    }
    let fake_engines = fake_engines;
    let fair = variant.fair || variant.kill.is_some();
    // A roll-out in good weather: what goes wrong then is the image's fault alone.
    let drill = !fair && !variant.one_sided && chance.percent(15);
    let faults = if fair || drill { 0 } else { [0, 2, 5, 10][chance.below(4)] };
    let mut number = 0;
    let mut weather = |chance: &mut Chance, kill| {
        number += 1;
        let chance = Chance(chance.next());
        let bug = variant.bug;
        let first_engine_only = variant.one_sided;
        (number, Weather { faults, first_engine_only, kill, bug, ..Weather::calm(chance) })
    };
    let mut environment = Arc::new(draft.environment());
    let mut calls = 0;
    let commands = match (variant.one_sided, drill) {
        // Every other one begins with what runs already.
        (true, _) => 1 + usize::from(seed % 32 == 16),
        (false, true) => 2,
        (false, false) => 1 + chance.below(3),
    };
    for at in 0..commands {
        let last = at + 1 == commands;
        let command = if variant.one_sided || drill || (last && fair) {
            "apply"
        } else {
            COMMANDS[chance.below(COMMANDS.len())]
        };
        let wait = if chance.percent(50) { Duration::from_secs(600) } else { Duration::ZERO };
        let eventful = !fair && !drill && !variant.one_sided;
        let random = (eventful && chance.percent(15)).then(|| (1 + chance.below(80), KILLS[chance.below(3)]));
        let kill = if last { variant.kill.or(random) } else { random };
        let second = eventful && chance.percent(20);
        let other = COMMANDS[chance.below(COMMANDS.len())];
        let (me, mut mine) = weather(&mut chance, kill);
        mine.paired = second;
        if variant.one_sided && !last {
            mine.faults = 0;
        }
        if second {
            let (it, mut its) = weather(&mut chance, None);
            its.paired = true;
            let pair = (
                fake_engines.run(me, command, &environment, mine, wait),
                fake_engines.run(it, other, &environment, its, wait),
            );
            let (a, b) = tokio::join!(pair.0, pair.1);
            calls += a + b;
        } else {
            let made = fake_engines.run(me, command, &environment, mine, wait).await;
            calls = if variant.fair && last { made } else { calls + made };
        }
        if eventful && chance.percent(20) {
            fake_engines.copy(&mut chance);
        }
        if eventful && chance.percent(10) {
            fake_engines.fakes.iter().for_each(Fake::age);
        }
        if variant.one_sided && !last {
            draft.services.iter_mut().for_each(|service| service.version += 1);
            environment = Arc::new(draft.environment());
        } else if drill && !last {
            draft.roll_out(&mut chance);
            environment = Arc::new(draft.environment());
        } else if chance.percent(50) && !last {
            draft.edit(&mut chance);
            environment = Arc::new(draft.environment());
        }
    }
    let mut story = Story {
        entries: Vec::new(),
        stray: None,
        independent: BTreeMap::new(),
        infected: None,
        compared: Vec::new(),
        calls,
        one_engine: fake_engines.one_engine,
        last_environment: environment.clone(),
    };
    if variant.one_sided {
        // What is about to die does so first: a run that waits longer for others must not see more of it.
        tokio::time::sleep(TIMEOUT).await;
        story.entries = fake_engines.trace.entries();
        story.independent =
            independent(&fake_engines, &environment, &may_be_elsewhere(&fake_engines.trace.entries()));
        return story;
    }
    fake_engines.heal();
    fake_engines.trace.tell(0, What::Healed);
    // What is about to die does so first.
    tokio::time::sleep(TIMEOUT).await;
    for run in ["first", "second", "third"] {
        let (me, mut mine) = weather(&mut chance, None);
        mine.faults = 0;
        let before = fake_engines.trace.len();
        fake_engines.run(me, "prune", &environment, mine, Duration::ZERO).await;
        let changed: Vec<String> = fake_engines
            .trace
            .since(before)
            .iter()
            .filter(|entry| matches!(&entry.what, What::Done { call, .. } if call.is_planned()))
            .map(|entry| format!("{:?}", entry.what))
            .collect();
        // What died before the healing is only seen to be down by the first run.
        if run == "second" && !changed.is_empty() {
            story.stray = Some(format!("a further run changed something: {changed:?}"));
        }
    }
    // `clean` takes the lease for the sake of those that killed runs have left.
    let (me, mut mine) = weather(&mut chance, None);
    mine.faults = 0;
    fake_engines.run(me, "clean", &environment, mine, Duration::ZERO).await;
    story.stray = story.stray.or_else(|| not_as_declared(&fake_engines, &environment));
    story.entries = fake_engines.trace.entries();
    story
}

/// Two runs that both believe to hold the lease: it vanishes under a roll-out at one of its calls, and another begins.
/// Tells how many calls the first run made, and what is wrong then.
pub async fn vanished(seed: u64, at: usize, bug: Option<&'static str>) -> (usize, Option<String>) {
    let mut chance = Chance(seed);
    let mut draft = Draft::random(&mut chance);
    for (number, service) in draft.services.iter_mut().enumerate() {
        service.image = 1;
        service.port = None;
        service.update.order = if number % 2 == 0 { Order::StartFirst } else { Order::StopFirst };
    }
    let fake_engines = fake_engines(&mut chance, &draft);
    let told = Arc::new(Notify::new());
    let mut weather = |paired| {
        let chance = Chance(chance.next());
        Weather { paired, bug, ..Weather::calm(chance) }
    };
    fake_engines.heal();
    let mut next = |step| {
        let environment = Arc::new(draft.environment());
        draft.services.iter_mut().for_each(|service| service.version += step);
        environment
    };
    let same = usize::from(seed.is_multiple_of(3));
    let (before, mine, its) = (next(1), next(1 - same), next(1));
    fake_engines.run(1, "apply", &before, weather(false), Duration::ZERO).await;
    let first = Weather { vanish: Some((at, told.clone())), ..weather(true) };
    let second = weather(true);
    let one = async {
        let calls = fake_engines.run(2, "apply", &mine, first, Duration::ZERO).await;
        told.notify_one();
        calls
    };
    let other = async {
        told.notified().await;
        for fake in &fake_engines.fakes {
            fake.lose_volume("maestro-lease-world");
        }
        fake_engines.run(3, "apply", &its, second, Duration::from_secs(600)).await
    };
    let (calls, _) = tokio::join!(one, other);
    let there = fake_engines.there();
    let is_lost = |instance: &&maestro_core::model::Instance| {
        let engine = if fake_engines.one_engine { 0 } else { instance.ship.0 };
        !there[engine].values().any(|kept| kept.instance == instance.name)
    };
    let lost: Vec<&str> = its.instances.iter().filter(is_lost).map(|lost| lost.name.as_str()).collect();
    if !lost.is_empty() {
        return (
            calls,
            Some(format!("lost: {lost:?}\n{}", crate::trace::text(&fake_engines.trace.entries()))),
        );
    }
    fake_engines.heal();
    fake_engines.run(4, "prune", &its, weather(false), Duration::ZERO).await;
    (calls, not_as_declared(&fake_engines, &its))
}

/// The instances that the last command held since they may run on the first ship, which did not answer: those that may
/// keep data and had no container on their own ship. They would begin with an empty volume. Whatever else is held for
/// that reason counts as infected.
fn may_be_elsewhere(entries: &[Entry]) -> BTreeSet<InstanceId> {
    let (mut before, mut of, mut last) = (None, None, None);
    for entry in entries {
        match &entry.what {
            What::Begins { environment, there, .. } => (before, of) = (Some(there), Some(environment)),
            What::Planned { plan, .. } => last = Some(plan),
            _ => {}
        }
    }
    let (Some(before), Some(of), Some(last)) = (before, of, last) else { return BTreeSet::new() };
    let held = last.blocked.iter().filter(|held| {
        let instance = of.instance(held.instance);
        matches!(held.reason, BlockedReason::Elsewhere { ship: ShipId(0), .. })
            && !instance.container.volumes.is_empty()
            && container_of(&before[instance.ship.0], instance).is_none()
    });
    held.map(|held| held.instance).collect()
}

/// What runs of the instances that have nothing to do with the first engine, nor with one that may be there.
fn independent(
    fake_engines: &FakeEngines,
    environment: &Environment,
    may_be_there: &BTreeSet<InstanceId>,
) -> BTreeMap<String, bool> {
    let graph = maestro_core::model::graph::Graph::of(environment);
    let all = environment.instance_ids();
    let is_there = |id: &InstanceId| environment.instance(*id).ship.0 == 0 || may_be_there.contains(id);
    let alone = all.filter(|&id| {
        let closure = graph.closure(&[id], maestro_core::model::graph::Direction::NeedsFirst);
        !fake_engines.one_engine && !closure.iter().chain([&id]).any(is_there)
    });
    alone
        .map(|id| {
            let instance = environment.instance(id);
            let states = fake_engines.fakes[instance.ship.0].states();
            let names = names_of(instance);
            let is_up = names.iter().any(|name| states.get(name).is_some_and(ContainerState::is_up));
            (instance.name.clone(), is_up)
        })
        .collect()
}

/// What is not as the file says, once all has gone well.
fn not_as_declared(fake_engines: &FakeEngines, environment: &Environment) -> Option<String> {
    let mut wanted = vec![BTreeMap::new(); fake_engines.fakes.len()];
    for instance in &environment.instances {
        let engine = if fake_engines.one_engine { 0 } else { instance.ship.0 };
        let spec = &instance.container;
        // Its peers may have come and gone since it was made.
        let own = spec.hash_without_peers().to_owned();
        let wants = (instance.name.clone(), spec.image.clone(), own, true);
        wanted[engine].insert(instance.container_name().to_owned(), wants);
    }
    let volumes = fake_engines.fakes.iter().flat_map(Fake::volume_names);
    let is_record = |name: &str| [GENERATION, LEFT_BEHIND, RUN].iter().any(|kind| name.starts_with(kind));
    let is_lease = |name: &String| !is_record(name) && !is_made_up(name);
    let leases: Vec<String> = volumes.filter(is_lease).collect();
    let kept = |(name, kept): (String, Kept)| (name, (kept.instance, kept.image, kept.own, kept.up));
    let there: Vec<BTreeMap<_, _>> =
        fake_engines.there().into_iter().map(|engine| engine.into_iter().map(kept).collect()).collect();
    let there: Vec<BTreeMap<_, _>> = there
        .into_iter()
        .map(|engine: BTreeMap<_, _>| engine.into_iter().filter(|(name, _)| name != COPY).collect())
        .collect();
    if there != wanted {
        return Some(format!("it did not converge: there is {there:?}, and {wanted:?} is declared"));
    }
    (!leases.is_empty()).then(|| format!("leases are left: {leases:?}"))
}

/// All that is shown of the last command's events and plan, in every form.
pub fn shown(story: &Story) -> String {
    let mut shown = Vec::new();
    for (at, entry) in story.entries.iter().enumerate() {
        let What::Planned { plan, .. } = &entry.what else { continue };
        // Of two plans the last one is carried out: events name its steps.
        let mut later = story.entries[at + 1..].iter().filter(|other| other.party == entry.party);
        let is_carried_out = !later.any(|other| matches!(other.what, What::Planned { .. }));
        let environment = environment_of(story, entry.party);
        let all: Vec<_> = environment.instance_ids().collect();
        let view = printed::View { steps: true, colour: false };
        shown.extend(printed::text(plan, &environment, &sources(), view).into_bytes());
        shown.extend(printed::json(plan, &environment, &sources()).to_string().into_bytes());
        let layout = || Layout::new(&environment, &all, plan);
        let (mut text, mut json, mut live) = (Vec::new(), Vec::new(), Vec::new());
        {
            let mut reporters: Vec<Box<dyn Reporter + '_>> = vec![
                Box::new(Lines::new(&mut text, layout(), false)),
                Box::new(JsonLines::new(&mut json)),
                Box::new(maestro_report::live::Live::new(&mut live, || (120, 40), layout(), true)),
            ];
            let (invocation, typed) = ("maestro", "maestro again");
            let context = Context { environment: &environment, plan, sources: &sources(), invocation, typed };
            for event in events(story, entry.party).filter(|_| is_carried_out) {
                let message = message(event.clone(), &context);
                for reporter in &mut reporters {
                    reporter.event(&message).ok();
                    reporter.tick(Duration::ZERO).ok();
                }
            }
        }
        shown.extend(text.into_iter().chain(json).chain(live));
    }
    String::from_utf8_lossy(&shown).into_owned()
}

pub fn events(story: &Story, party: usize) -> impl Iterator<Item = &maestro_core::event::Event> {
    story.entries.iter().filter(move |entry| entry.party == party).filter_map(|entry| match &entry.what {
        What::Event(event) => Some(&**event),
        _ => None,
    })
}

pub fn environment_of(story: &Story, party: usize) -> Arc<Environment> {
    let begins = story.entries.iter().find_map(|entry| match &entry.what {
        What::Begins { environment, .. } if entry.party == party => Some(environment.clone()),
        _ => None,
    });
    begins.unwrap_or_else(|| story.last_environment.clone())
}
