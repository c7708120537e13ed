//! Schedules of `volume move`: an instance with data goes from ship to ship, between other commands, edits, writes of its
//! program, faults, kills and Ctrl-C. It never runs in two places, and what it wrote last is never lost.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use maestro_core::{
    model::{Environment, ShipId, container::Mount},
    observed::{ContainerState, copy_mark::KeptVolume, restore_mark::RestoreMark},
};
use maestro_fake::Fake;

use crate::{
    line::{Chance, Kill, Weather},
    story::FakeEngines,
    trace::{Entry, What, text},
    world::World,
};

const INSTANCE: &str = "db-1";
const VOLUME: &str = "data";
const TABLE: &str = "db/table";
const IMAGE: &str = "app1";
/// Without `clean`: a container that is gone does not say any more where the instance was.
const COMMANDS: [&str; 7] = ["move", "move", "move", "move", "apply", "start", "stop"];
const KILLS: [Kill; 3] = [Kill::BeforeArrival, Kill::InFlight, Kill::AfterArrival];

/// What came of a schedule.
#[derive(Default)]
pub struct MoveStory {
    /// What is wrong, by the name of the invariant.
    pub broken: Option<(&'static str, String)>,
    /// What happened.
    pub told: String,
    /// How often the instance had changed its ship.
    pub moved: usize,
    /// How many commands were killed or interrupted.
    pub cut: usize,
    pub calls: usize,
}

/// The file in which the instance is on that ship.
fn environment(ship: usize) -> Arc<Environment> {
    let mut world = World::new(2);
    world.service("db", &[0], &[]);
    let instance = world.instance_mut(INSTANCE);
    instance.ship = ShipId(ship);
    IMAGE.clone_into(&mut instance.container.image);
    instance.container.mounts =
        vec![Mount { source: VOLUME.into(), target: "/data".into(), mode: "rw".into() }];
    Arc::new(world.environment)
}

/// The ships on which the instance runs.
fn running(fakes: &[Fake]) -> Vec<usize> {
    let is_up = |fake: &Fake| fake.states().get(INSTANCE).is_some_and(ContainerState::is_up);
    (0..fakes.len()).filter(|ship| is_up(&fakes[*ship])).collect()
}

/// Whether a ship has what was written last, in a volume that no command may remove or take for another.
fn has_latest(fake: &Fake, version: usize) -> bool {
    let mark = RestoreMark { environment: "world".into(), volume: VOLUME.into() };
    let is_marked = fake.volume_names().contains(&mark.record());
    // A container that was started has taken the copy, and may have written to it.
    let has_started = fake.states().get(INSTANCE).is_some_and(|state| *state != ContainerState::Created);
    (!is_marked || has_started) && is_written(fake, version)
}

fn is_written(fake: &Fake, version: usize) -> bool {
    fake.file_of(VOLUME, TABLE) == Some(content(version))
}

/// What the program writes; longer than a piece of an archive.
fn content(version: usize) -> Vec<u8> {
    format!("row {version}\n").repeat(300 + version).into_bytes()
}

/// The first moment at which the instance ran on both ships.
fn in_two_places(entries: &[Entry]) -> Option<String> {
    let mut up: BTreeMap<usize, usize> = BTreeMap::new();
    for entry in entries {
        match &entry.what {
            What::Done { call, instance, running, .. } if instance == INSTANCE => {
                up.insert(call.engine, *running);
            }
            // Nothing restarts it.
            What::Crash(engine) => drop(up.insert(*engine, 0)),
            _ => {}
        }
        if up.values().sum::<usize>() > 1 {
            return Some(format!("{up:?} at {:?}", entry.at));
        }
    }
    None
}

/// What is wrong between two commands.
fn wrong(engines: &FakeEngines, version: usize) -> Option<(&'static str, String)> {
    let fakes = &engines.fakes;
    let up = running(fakes);
    if let Some(when) = in_two_places(&engines.trace.entries()).or((up.len() > 1).then(|| format!("{up:?}")))
    {
        return Some(("a volume's instance never runs in two places", when));
    }
    if let Some(ship) = up.first().filter(|ship| !is_written(&fakes[**ship], version)) {
        return Some(("data is never lost", format!("it runs on ship {ship} without version {version}")));
    }
    (!fakes.iter().any(|fake| has_latest(fake, version)))
        .then(|| ("data is never lost", format!("no ship has version {version}")))
}

/// Removes what a move has kept, as `volume rm` does, where the instance runs on the other ship.
async fn remove_kept(fakes: &[Fake], ship: usize) {
    let other = 1 - ship;
    let kept = KeptVolume::record_of("world", VOLUME);
    if fakes[other].volume_names().contains(&kept) {
        for name in [VOLUME, &kept] {
            let _ = maestro_engine::Volumes::remove_volume(&fakes[other], name).await;
        }
    }
}

/// Runs the schedule of a seed.
pub async fn tell(seed: u64, bug: Option<&'static str>) -> MoveStory {
    let mut chance = Chance(seed);
    let fakes: Vec<Fake> = (0..2).map(|ship| Fake::new(&format!("engine-{ship}"))).collect();
    for fake in &fakes {
        fake.add_image(IMAGE);
    }
    let engines = FakeEngines::of(fakes.clone());
    let mut story = MoveStory::default();
    let (mut ship, mut version, mut party) = (0, 0, 0);
    let mut weather = |chance: &mut Chance, faults| {
        party += 1;
        let chance = Chance(chance.next());
        (party, Weather { faults, bug, ..Weather::calm(chance) })
    };
    let (me, calm) = weather(&mut chance, 0);
    story.calls += engines.run(me, "apply", &environment(ship), calm, Duration::ZERO).await;
    fakes[0].put_file(VOLUME, TABLE, &content(version));
    let faults = [0, 2, 5, 10][chance.below(4)];
    let mut place = 0;
    for at in 0..2 + chance.below(4) {
        if at == 0 || chance.percent(40) {
            ship = 1 - ship;
        }
        let command = if at == 0 { "move" } else { COMMANDS[chance.below(COMMANDS.len())] };
        let (me, mut mine) = weather(&mut chance, faults);
        match chance.below(3) {
            0 => mine.kill = Some((1 + chance.below(60), KILLS[chance.below(3)])),
            1 => mine.interrupt = Some(1 + chance.below(60)),
            _ => {}
        }
        story.cut += usize::from(mine.kill.is_some() || mine.interrupt.is_some());
        story.calls += engines.run(me, command, &environment(ship), mine, Duration::from_secs(60)).await;
        // What an engine has begun for a client that is gone, it ends.
        tokio::time::sleep(Duration::from_secs(120)).await;
        story.broken = wrong(&engines, version);
        if story.broken.is_some() {
            break;
        }
        if let [now] = running(&fakes)[..] {
            story.moved += usize::from(now != place);
            place = now;
            version += 1;
            fakes[now].put_file(VOLUME, TABLE, &content(version));
            if has_latest(&fakes[now], version) && chance.percent(50) {
                remove_kept(&fakes, now).await;
            }
        }
    }
    if story.broken.is_none() {
        story.broken = settle(&engines, ship, version, &mut chance, &mut weather).await;
    }
    story.told = text(&engines.trace.entries());
    story
}

/// From now on all goes well: the instance comes to the ship that the file names, with its data.
async fn settle(
    engines: &FakeEngines,
    ship: usize,
    version: usize,
    chance: &mut Chance,
    weather: &mut impl FnMut(&mut Chance, usize) -> (usize, Weather),
) -> Option<(&'static str, String)> {
    let fakes = &engines.fakes;
    if let [now] = running(fakes)[..] {
        remove_kept(fakes, now).await;
    }
    for command in ["move", "move", "apply", "start"] {
        let (me, calm) = weather(chance, 0);
        engines.run(me, command, &environment(ship), calm, Duration::from_secs(600)).await;
        if let Some(broken) = wrong(engines, version) {
            return Some(broken);
        }
    }
    let up = running(fakes);
    // A volume that an earlier move has kept on its ship is not written over.
    let is_blocked = fakes[ship].volume_names().contains(&VOLUME.to_owned()) && up != [ship];
    (up != [ship] && !is_blocked)
        .then(|| ("a move comes to its end", format!("it runs on {up:?}, and belongs on ship {ship}")))
}
