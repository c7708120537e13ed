//! Schedules of `watch`: it heals what dies, flaps or is removed while others apply, stop and start, are killed, and engines
//! crash. It never changes anything while another run holds the lease, never starts what was stopped on purpose, and tries a
//! bounded number of times, each later than the one before.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use maestro_core::{
    model::Environment,
    observed::{ContainerState, revision::Author},
    value::on_unhealthy::OnUnhealthy,
    watch::HealLimits,
};
use maestro_engine::credentials::Credentials;
use maestro_fake::{Behaviour, Fake};
use maestro_run::{
    lease::{Owner, Process},
    operations::watching::{WatchOperation, WatchRequest},
};
use tokio::time::sleep;

use crate::{
    line::{Chance, Kill, Party, Weather},
    story::FakeEngines,
    trace::{Entry, LEASE, What, text},
    world::World,
};

/// The party that watches.
const WATCH: usize = 1000;
/// The image of what dies again and again.
const FLAPPING: &str = "app3";
const LIMITS: HealLimits = HealLimits {
    tries: 3,
    backoff: Duration::from_secs(10),
    longest: Duration::from_secs(60),
    stable: Duration::from_secs(60),
};
const COMMANDS: [&str; 6] = ["apply", "apply", "start", "stop", "restart", "kill"];
const KILLS: [Kill; 3] = [Kill::BeforeArrival, Kill::InFlight, Kill::AfterArrival];

pub const FIGHTS: &str = "watch never changes anything while another run holds the lease";
pub const RAISES: &str = "watch never starts what was stopped on purpose";
pub const BOUNDED: &str = "watch tries a bounded number of times, each later than the one before";
pub const HEALS: &str = "watch heals what died";

/// Each with the planted bug that breaks it.
pub const BUGS: [(&str, &str); 5] =
    [("usurps", FIGHTS), ("forgets", RAISES), ("tireless", BOUNDED), ("hasty", BOUNDED), ("idle", HEALS)];

/// What came of a schedule.
#[derive(Default)]
pub struct WatchStory {
    /// What is wrong, by the name of the invariant.
    pub broken: Option<(&'static str, String)>,
    /// What happened.
    pub told: String,
    /// How often a container was started by `watch`.
    pub healed: usize,
    pub calls: usize,
}

fn environment(chance: &mut Chance, ships: usize) -> Environment {
    let mut world = World::new(ships);
    let mut before: Option<String> = None;
    for number in 0..=chance.below(3) {
        let name = format!("s{number}");
        let places: Vec<usize> = (0..=chance.below(2)).map(|_| chance.below(ships)).collect();
        let requires = before.as_deref().filter(|_| chance.percent(40));
        let requires: Vec<&str> = requires.into_iter().collect();
        world.service(&name, &places, &requires);
        let image = if chance.percent(30) { FLAPPING } else { "app1" };
        let policy = [OnUnhealthy::Restart, OnUnhealthy::Restart, OnUnhealthy::Replace, OnUnhealthy::Notify];
        let policy = policy[chance.below(4)];
        for number in 1..=places.len() {
            let instance = world.instance_mut(&format!("{name}-{number}"));
            image.clone_into(&mut instance.container.image);
            instance.on_unhealthy = policy;
        }
        before = Some(name);
    }
    world.tell_peers();
    world.environment
}

/// A schedule while it runs.
struct Schedule {
    chance: Chance,
    engines: FakeEngines,
    environment: Arc<Environment>,
    bug: Option<&'static str>,
    parties: usize,
    calls: usize,
}

impl Schedule {
    /// Begins to watch, over lines with faults.
    fn watch(&mut self, faults: usize, applies: bool) -> (WatchOperation, Arc<Party>) {
        let weather = Weather { faults, ..Weather::calm(Chance(self.chance.next())) };
        let (party, routes) = self.engines.routes(WATCH, weather);
        let (processes, number) =
            (self.engines.processes(), AtomicU32::new(u32::try_from(WATCH).expect("a few")));
        let bug = self.bug;
        let owner = move || {
            let owner = processes.begin(number.fetch_add(1, Ordering::Relaxed), Duration::from_secs(10));
            // It takes every other run for one that is gone.
            if bug == Some("usurps") { Owner { look: Box::new(|_| Process::None), ..owner } } else { owner }
        };
        let limits = match bug {
            Some("tireless") => HealLimits { tries: u32::MAX, ..LIMITS },
            Some("hasty") => HealLimits { backoff: Duration::ZERO, ..LIMITS },
            Some(_) | None => LIMITS,
        };
        let asked = WatchRequest {
            environment: self.environment.clone(),
            routes,
            owner: Arc::new(owner),
            author: Author { by: "ann@box".into(), command: "maestro watch".into(), commit: None },
            credentials: Credentials::default(),
            limits,
            applies,
            is_dry_run: bug == Some("idle"),
        };
        let (operation, mut told) = WatchOperation::spawn(asked);
        tokio::spawn(async move { while told.recv().await.is_some() {} });
        (operation, party)
    }

    async fn run(&mut self, command: &'static str, kill: Option<(usize, Kill)>) {
        self.parties += 1;
        let weather = Weather { kill, bug: self.bug, ..Weather::calm(Chance(self.chance.next())) };
        let wait = Duration::from_secs(600);
        self.calls += self.engines.run(self.parties, command, &self.environment, weather, wait).await;
    }

    /// Something happens to a container, or to its engine.
    fn meddle(&mut self) {
        let Some((fake, name)) = self.engines.any_container(&mut self.chance) else { return };
        match self.chance.below(8) {
            0 => fake.take_away(&name),
            1 => fake.reboot(),
            2 => fake.lose_events(),
            _ => fake.ends_by_itself(&name, 137),
        }
    }

    /// All goes well, and then all containers end: what may be healed comes back.
    async fn settle(&mut self) -> Option<(&'static str, String)> {
        for fake in &self.engines.fakes {
            fake.behave(FLAPPING, Behaviour::default());
        }
        // What runs behaves as it did when it was started.
        sleep(Duration::from_secs(30)).await;
        self.run("apply", None).await;
        sleep(Duration::from_secs(300)).await;
        for fake in &self.engines.fakes {
            fake.states().into_keys().for_each(|name| fake.ends_by_itself(&name, 137));
        }
        sleep(Duration::from_secs(600)).await;
        let is_up = |instance: &maestro_core::model::Instance| {
            let fake: &Fake = &self.engines.fakes[instance.ship.0];
            fake.states().get(&instance.name).is_some_and(ContainerState::is_up)
        };
        let down = self
            .environment
            .instances
            .iter()
            .find(|instance| instance.on_unhealthy != OnUnhealthy::Notify && !is_up(instance));
        down.map(|down| (HEALS, format!("{} stays down", down.name)))
    }
}

/// Runs the schedule of a seed.
pub async fn tell(seed: u64, bug: Option<&'static str>) -> WatchStory {
    let mut chance = Chance(seed);
    let ships = 1 + chance.below(2);
    let environment = Arc::new(environment(&mut chance, ships));
    let fakes: Vec<Fake> = (0..ships).map(|ship| Fake::new(&format!("engine-{ship}"))).collect();
    for fake in &fakes {
        fake.add_image("app1");
        fake.add_image(FLAPPING);
        let stops_after = Duration::from_secs([0, 3, 20][chance.below(3)]);
        fake.behave("app1", Behaviour { stops_after, ..Behaviour::default() });
    }
    let engines = FakeEngines::of(fakes).keeping_purposes(bug != Some("forgets"));
    let mut schedule = Schedule { chance, engines, environment, bug, parties: 0, calls: 0 };
    schedule.run("apply", None).await;
    for fake in &schedule.engines.fakes {
        let dies = Some((Duration::from_secs(5), 3));
        fake.behave(FLAPPING, Behaviour { dies, ..Behaviour::default() });
    }
    let faults = [0, 0, 0, 3][schedule.chance.below(4)];
    let applies = schedule.chance.percent(30);
    let (operation, watching) = schedule.watch(faults, applies);
    for _ in 0..3 + schedule.chance.below(6) {
        let pause = Duration::from_millis(
            schedule.chance.next() % [3_000, 60_000, 300_000][schedule.chance.below(3)],
        );
        sleep(pause).await;
        if schedule.chance.percent(40) {
            let command = COMMANDS[schedule.chance.below(COMMANDS.len())];
            let at = 1 + schedule.chance.below(60);
            let kill = schedule.chance.percent(15).then(|| (at, KILLS[schedule.chance.below(3)]));
            schedule.run(command, kill).await;
        } else {
            schedule.meddle();
        }
    }
    watching.weather.lock().expect("no test panics with it").faults = 0;
    let before = schedule.engines.trace.len();
    let unhealed = schedule.settle().await;
    operation.interrupt();
    let entries = schedule.engines.trace.entries();
    WatchStory {
        broken: fights(&entries)
            .or_else(|| raises(&entries))
            // With `--apply`, the file is applied every five minutes, whatever was tried.
            .or_else(|| {
                if faults == 0 && !applies {
                    unbounded(&entries[..before], &schedule.environment)
                } else {
                    None
                }
            })
            .or(unhealed),
        told: text(&entries),
        healed: changes(&entries).filter(|(.., method, _)| *method == "start").count(),
        calls: schedule.calls + *watching.calls.lock().expect("no test panics with it"),
    }
}

/// What `watch` did to containers, and engines carried out: when, on which engine, what, and the instance.
fn changes(entries: &[Entry]) -> impl Iterator<Item = (Duration, usize, &'static str, &str)> {
    entries.iter().filter(|entry| entry.party == WATCH).filter_map(change)
}

fn change(entry: &Entry) -> Option<(Duration, usize, &'static str, &str)> {
    let What::Done { call, instance, ok: true, .. } = &entry.what else { return None };
    let is_change = ["create", "start", "stop", "kill", "remove", "rename"].contains(&call.method);
    is_change.then_some((entry.at, call.engine, call.method, instance.as_str()))
}

/// A change that `watch` made on an engine whose lease a living run had, or such a lease that it took away.
fn fights(entries: &[Entry]) -> Option<(&'static str, String)> {
    let mut holders: BTreeMap<usize, usize> = BTreeMap::new();
    for entry in entries {
        let (party, at) = (entry.party, entry.at);
        match &entry.what {
            What::Done { call, ok: true, .. } if call.about == LEASE && call.method == "create_volume" => {
                // An engine that has it already tells that one.
                holders.entry(call.engine).or_insert(party);
            }
            What::Done { call, ok: true, .. } if call.about == LEASE && call.method == "remove_volume" => {
                let holder = holders.remove(&call.engine);
                if let Some(holder) = holder.filter(|holder| party == WATCH && *holder != WATCH) {
                    return Some((FIGHTS, format!("it took the lease of party {holder} away at {at:?}")));
                }
            }
            What::Ends { .. } | What::Killed => holders.retain(|_, holder| *holder != party),
            _ if party == WATCH => {
                let Some((_, engine, method, instance)) = change(entry) else { continue };
                if let Some(holder) = holders.get(&engine).filter(|holder| **holder != WATCH) {
                    let what =
                        format!("{method} of {instance} at {at:?}, while party {holder} has the lease");
                    return Some((FIGHTS, what));
                }
            }
            _ => {}
        }
    }
    None
}

/// A start by `watch` after all was stopped on purpose.
fn raises(entries: &[Entry]) -> Option<(&'static str, String)> {
    let (mut commands, mut stopped) = (BTreeMap::new(), None);
    for entry in entries {
        match &entry.what {
            What::Begins { command, .. } => {
                commands.insert(entry.party, *command);
                if !["stop", "kill"].contains(command) {
                    stopped = None;
                }
            }
            What::Ends { how, .. } if how != "refused" => {
                let is_stop =
                    commands.get(&entry.party).is_some_and(|command| ["stop", "kill"].contains(command));
                stopped = is_stop.then_some(entry.party);
            }
            _ if entry.party == WATCH => {
                if let (Some(party), Some((at, _, "start", instance))) = (stopped, change(entry)) {
                    return Some((RAISES, format!("{instance} at {at:?}, which party {party} has stopped")));
                }
            }
            _ => {}
        }
    }
    None
}

/// Starts of what dies soon that are too many, or too near to one another. What is stopped on purpose is counted anew.
fn unbounded(entries: &[Entry], environment: &Environment) -> Option<(&'static str, String)> {
    let flaps = |name: &str| {
        let of = environment.instances.iter().find(|instance| instance.name == name);
        of.is_some_and(|instance| instance.container.image == FLAPPING)
    };
    let mut starts: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for entry in entries {
        match &entry.what {
            What::Begins { command: "stop" | "kill", .. } => starts.clear(),
            _ if entry.party == WATCH => {
                let Some((at, _, "start", instance)) = change(entry) else { continue };
                if !flaps(instance) {
                    continue;
                }
                let known = starts.entry(instance).or_default();
                let tries = u32::try_from(known.len()).expect("a few");
                let early = known.last().is_some_and(|last| at < *last + LIMITS.after(tries));
                known.push(at);
                if early || tries >= LIMITS.tries {
                    return Some((BOUNDED, format!("{instance} was started at {known:?}")));
                }
            }
            _ => {}
        }
    }
    None
}
