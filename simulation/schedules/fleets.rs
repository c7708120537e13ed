//! Schedules of fleets: services that Maestro places on up to twelve ships, edits that move them, jobs, links, containers
//! that somebody stops or removes by hand, faults, kills and Ctrl-C.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use maestro_core::{
    model::{
        Environment,
        placement::{DataMoves, Whereabouts},
    },
    observed::mounts::is_made_up,
};
use maestro_engine::Containers as _;
use maestro_fake::{Behaviour, Fake};

use crate::{
    fleet_file::{Edit, FleetFile, JOB, MOST_SHIPS},
    line::{Chance, Kill, TIMEOUT, Weather},
    story::{FakeEngines, Story, engine_number},
    trace::{GENERATION, Kept, LEFT_BEHIND, RUN, There, What},
};

const COMMANDS: [&str; 12] = [
    "apply", "apply", "apply", "apply", "start", "stop", "restart", "prune", "prune", "kill", "plan", "pull",
];
const KILLS: [Kill; 3] = [Kill::BeforeArrival, Kill::InFlight, Kill::AfterArrival];

/// The engines of all ships that a file may have.
fn engines(chance: &mut Chance, ships: usize) -> FakeEngines {
    assert!(ships <= MOST_SHIPS);
    let fakes: Vec<Fake> = (0..ships).map(|ship| Fake::new(&format!("engine-{ship}"))).collect();
    for fake in &fakes {
        for image in [1, 2, JOB] {
            let name = format!("app{image}");
            fake.allow_pull(&name);
            if chance.percent(50) {
                fake.add_image(&name);
            }
        }
        let ends = Some((Duration::from_millis(100), 0));
        fake.behave(&format!("app{JOB}"), Behaviour { dies: ends, ..Behaviour::default() });
        if chance.percent(20) {
            fake.list_late(Duration::from_millis(5 + chance.next() % 45));
        }
    }
    FakeEngines::of(fakes)
}

/// A schedule while it runs.
struct Schedule {
    chance: Chance,
    engines: FakeEngines,
    file: FleetFile,
    bug: Option<&'static str>,
    parties: usize,
    calls: usize,
    environment: Arc<Environment>,
    /// What left its data behind.
    lost: Option<String>,
}

impl Schedule {
    fn weather(&mut self, faults: usize) -> (usize, Weather) {
        self.parties += 1;
        let chance = Chance(self.chance.next());
        (self.parties, Weather { faults, bug: self.bug, ..Weather::calm(chance) })
    }

    /// A command as it is typed: it looks where instances run, places them, and runs.
    async fn run(&mut self, command: &'static str, faults: usize, cut: Option<(usize, Option<Kill>)>) {
        let alone = self.file.environment(Whereabouts::UNKNOWN, self.bug).expect("the file can be read");
        let moves_data = command == "prune" || self.bug == Some("careless");
        let asked = Whereabouts {
            data_moves: if moves_data { DataMoves::All } else { DataMoves::None },
            ..Whereabouts::default()
        };
        let dark = self.chance.below(self.engines.fakes.len());
        let dark = (faults > 0 && self.chance.percent(25)).then_some(dark);
        let (party, weather) = self.weather(faults);
        let found = self.engines.locate(party, &alone, Weather { dark, ..weather }).await;
        let mut found = Whereabouts { data_moves: asked.data_moves.clone(), ..found };
        if self.bug == Some("forgetful") {
            found = asked;
        }
        // What cannot be placed now is told, and nothing runs.
        let Some(environment) = self.file.environment(&found, self.bug) else { return };
        self.environment = environment.clone();
        let (party, mut weather) = self.weather(faults);
        weather.dark = dark;
        match cut {
            Some((at, Some(kill))) => weather.kill = Some((at, kill)),
            Some((at, None)) => weather.interrupt = Some(at),
            None => {}
        }
        let before = self.engines.there();
        self.calls += self.engines.run(party, command, &environment, weather, Duration::from_secs(600)).await;
        if command != "prune" && self.lost.is_none() {
            self.lost = left_its_data(&before, &self.engines.there(), &self.file);
        }
    }

    /// Somebody stops or removes a container with Docker's own commands.
    fn meddle(&mut self) {
        let Some((fake, name)) = self.engines.any_container(&mut self.chance) else { return };
        if self.chance.percent(50) { fake.take_away(&name) } else { fake.ends_by_itself(&name, 137) }
    }

    /// Whether nothing of the environment is left there.
    fn is_empty(&self, ship: usize) -> bool {
        let fake = &self.engines.fakes[ship];
        fake.states().is_empty() && leases(fake).is_empty()
    }

    fn edit(&mut self) {
        let empty: Vec<bool> = (0..self.engines.fakes.len()).map(|ship| self.is_empty(ship)).collect();
        self.file.edit(&mut self.chance, |ship| empty[ship]);
    }
}

/// Runs the schedule of a seed.
pub async fn tell(seed: u64, bug: Option<&'static str>) -> Story {
    let mut chance = Chance(seed);
    let file = FleetFile::random(&mut chance);
    let engines = engines(&mut chance, file.ships.len());
    let environment = file.environment(Whereabouts::UNKNOWN, None).expect("the file can be read");
    let faults = [0, 0, 2, 5][chance.below(4)];
    let mut schedule = Schedule { chance, engines, file, bug, parties: 0, calls: 0, environment, lost: None };
    for at in 0..2 + schedule.chance.below(4) {
        let command = if at == 0 { "apply" } else { COMMANDS[schedule.chance.below(COMMANDS.len())] };
        let cut = match schedule.chance.below(8) {
            0 => Some((1 + schedule.chance.below(150), Some(KILLS[schedule.chance.below(3)]))),
            1 => Some((1 + schedule.chance.below(150), None)),
            _ => None,
        };
        schedule.run(command, faults, cut).await;
        // What an engine has begun for a client that is gone, it ends.
        tokio::time::sleep(TIMEOUT * 2).await;
        if schedule.chance.percent(30) {
            schedule.meddle();
        }
        if schedule.chance.percent(70) {
            schedule.edit();
        }
    }
    ended(schedule).await
}

/// The edits after which a fleet is killed at each call, one a scenario.
const CUT_EDITS: [Edit; 6] =
    [Edit::Drain, Edit::Version, Edit::Replicas, Edit::Zone, Edit::Addition, Edit::Removal];
/// More ships have more calls, and nothing else to show.
const SHIPS_OF_CUT: usize = 4;

/// A fleet whose file is edited once it runs, and the command that follows: `prune`, which also moves instances with data,
/// or `apply`.
pub struct Scenario {
    before: FleetFile,
    after: FleetFile,
    /// What is edited.
    pub edit: Edit,
    command: &'static str,
    seed: u64,
}

/// The scenario of that number: all edits take turns.
pub fn scenario(number: u64) -> Scenario {
    let edit = CUT_EDITS[usize::try_from(number).expect("a few") % CUT_EDITS.len()];
    for seed in (0..1_000).map(|at| number * 1_000 + at) {
        let mut chance = Chance(seed);
        let before = FleetFile::random(&mut chance);
        if before.ships.len() > SHIPS_OF_CUT {
            continue;
        }
        let command = if chance.percent(50) { "prune" } else { "apply" };
        if let Some(after) = before.clone().edited(edit, &mut chance) {
            return Scenario { before, after, edit, command, seed };
        }
    }
    panic!("no fleet of scenario {number} can be edited like that")
}

/// Runs a scenario, whose second command is killed there. Tells how many calls that command has as well.
pub async fn cut(scenario: &Scenario, kill: Option<(usize, Kill)>) -> (Story, usize) {
    let Scenario { before, after, command, seed, .. } = scenario;
    let mut chance = Chance(*seed);
    let file = before.clone();
    let engines = engines(&mut chance, file.ships.len());
    let environment = file.environment(Whereabouts::UNKNOWN, None).expect("the file can be read");
    let (bug, lost) = (None, None);
    let mut schedule = Schedule { chance, engines, file, bug, parties: 0, calls: 0, environment, lost };
    schedule.run("apply", 0, None).await;
    schedule.file = after.clone();
    let before = schedule.calls;
    schedule.run(command, 0, kill.map(|(at, kill)| (at, Some(kill)))).await;
    let calls = schedule.calls - before;
    // What an engine has begun for a client that is gone, it ends.
    tokio::time::sleep(TIMEOUT * 2).await;
    (ended(schedule).await, calls)
}

/// What is looked at in the end, when all has gone well.
async fn ended(mut schedule: Schedule) -> Story {
    let stray = settle(&mut schedule).await;
    let stray = schedule.lost.or(stray);
    Story {
        entries: schedule.engines.trace.entries(),
        stray,
        independent: BTreeMap::new(),
        infected: None,
        compared: Vec::new(),
        calls: schedule.calls,
        one_engine: false,
        last_environment: schedule.environment,
    }
}

/// From now on all goes well. What is wrong then.
async fn settle(schedule: &mut Schedule) -> Option<String> {
    for fake in &schedule.engines.fakes {
        fake.list_late(Duration::ZERO);
        fake.break_archive_after(usize::MAX);
    }
    schedule.engines.trace.tell(0, What::Healed);
    tokio::time::sleep(TIMEOUT).await;
    let mut stray = None;
    for run in ["first", "second", "third"] {
        let before = schedule.engines.trace.len();
        schedule.run("prune", 0, None).await;
        let entries = schedule.engines.trace.since(before);
        let changed = entries
            .iter()
            .filter(|entry| matches!(&entry.what, What::Done { call, .. } if call.is_planned()));
        let changed: Vec<String> = changed.map(|entry| format!("{:?}", entry.what)).collect();
        if run == "second" && !changed.is_empty() {
            stray = Some(format!("a further run changed something: {changed:?}"));
        }
    }
    let there = schedule.engines.there();
    // It removes what killed runs have left, and jobs that have ended.
    schedule.run("clean", 0, None).await;
    let declared = schedule.file.environment(Whereabouts::UNKNOWN, None).expect("the file can be read");
    stray
        .or_else(|| not_as_declared(&there, &schedule.environment))
        .or_else(|| crowded(&there, &schedule.file))
        .or_else(|| not_empty(&there, &declared))
        .or_else(|| left_leases(&schedule.engines.fakes))
        .or(stale_link(&schedule.engines.fakes, &there, &schedule.environment).await)
}

/// What is not as the environment says. Jobs have ended.
fn not_as_declared(there: &There, environment: &Environment) -> Option<String> {
    let mut declared = vec![BTreeMap::new(); there.len()];
    for instance in &environment.instances {
        let spec = &instance.container;
        let wants = (
            instance.name.clone(),
            spec.image.clone(),
            spec.hash_without_peers().to_owned(),
            !instance.is_job(),
        );
        declared[engine_number(environment.ship(instance.ship))].insert(instance.name.clone(), wants);
    }
    let facts = |kept: &Kept| (kept.instance.clone(), kept.image.clone(), kept.own.clone(), kept.up);
    let running: Vec<BTreeMap<String, _>> = there
        .iter()
        .map(|engine| engine.iter().map(|(name, kept)| (name.clone(), facts(kept))).collect())
        .collect();
    let different = running.iter().zip(&declared).position(|(running, declared)| running != declared)?;
    let (running, declared) = (&running[different], &declared[different]);
    Some(format!("ship-{different} has {running:?}, not {declared:?}"))
}

/// A ship that has more instances of a service than the file allows.
fn crowded(there: &There, file: &FleetFile) -> Option<String> {
    for (service, most) in file.limits() {
        let is_of = |kept: &&Kept| service_of(&kept.instance) == service;
        if let Some(ship) = there.iter().position(|engine| engine.values().filter(is_of).count() > most) {
            return Some(format!(
                "ship-{ship} has more than {most} instances of {service}: {:?}",
                there[ship]
            ));
        }
    }
    None
}

fn service_of(instance: &str) -> &str {
    instance.rsplit_once('-').map_or(instance, |(service, _)| service)
}

/// An instance with data that is on another ship than before, though nobody said that its data stays behind.
fn left_its_data(before: &There, after: &There, file: &FleetFile) -> Option<String> {
    let services = file.with_volumes();
    let has_data = |kept: &&Kept| services.iter().any(|service| service == service_of(&kept.instance));
    let on = |there: &There, instance: &str| {
        there.iter().position(|engine| engine.values().any(|kept| kept.instance == instance))
    };
    let had = before.iter().flat_map(BTreeMap::values).filter(has_data);
    had.filter_map(|kept| Some((kept, on(before, &kept.instance)?, on(after, &kept.instance)?)))
        .find(|(_, from, to)| from != to)
        .map(|(kept, from, to)| {
            format!("{} went from ship-{from} to ship-{to} without its data", kept.instance)
        })
}

/// A ship that is to be empty and has an instance that may run on another.
fn not_empty(there: &There, declared: &Environment) -> Option<String> {
    let can_leave = |kept: &&Kept| {
        let of = declared.services.iter().find(|service| service.name == service_of(&kept.instance));
        of.is_some_and(|of| of.candidates.iter().any(|ship| !declared.ship(*ship).drain))
    };
    let drained = declared.ships.iter().filter(|ship| ship.drain);
    let mut left =
        drained.filter_map(|ship| Some((ship, there[engine_number(ship)].values().find(can_leave)?)));
    left.next().map(|(ship, kept)| format!("{} is drained, but has {kept:?}", ship.name))
}

fn left_leases(fakes: &[Fake]) -> Option<String> {
    let left: Vec<Vec<String>> = fakes.iter().map(leases).collect();
    left.iter().any(|leases| !leases.is_empty()).then(|| format!("leases are left: {left:?}"))
}

/// The leases on an engine, and the signs of killed runs.
fn leases(fake: &Fake) -> Vec<String> {
    let is_kept =
        |name: &str| [GENERATION, LEFT_BEHIND, RUN, "world_data-"].iter().any(|kind| name.starts_with(kind));
    fake.volume_names().into_iter().filter(|name| !is_kept(name) && !is_made_up(name)).collect()
}

/// A link that leads to no container that runs.
async fn stale_link(fakes: &[Fake], there: &There, environment: &Environment) -> Option<String> {
    for instance in environment.instances.iter().filter(|instance| !instance.is_job()) {
        let fake = &fakes[engine_number(environment.ship(instance.ship))];
        let Ok(Some(inspected)) = fake.inspect(&instance.name).await else {
            return Some(format!("{} is not there", instance.name));
        };
        for link in &instance.links {
            let hosts = inspected.description.extra_hosts.get(&link.alias);
            for target in link.targets.iter().map(|id| environment.instance(*id)) {
                let engine = engine_number(environment.ship(target.ship));
                let runs = there[engine].get(&target.name).is_some_and(|kept| kept.up);
                let address = format!("10.0.0.{engine}");
                let leads = if link.route.is_published() {
                    hosts.is_some_and(|hosts| hosts.split(',').any(|host| host == address))
                } else {
                    true
                };
                if !runs || !leads {
                    let alias = &link.alias;
                    return Some(format!("{alias} of {} leads to {hosts:?}, not {address}", instance.name));
                }
            }
        }
    }
    None
}
