//! Whole commands of the product on engines in memory, under a clock that costs no time: many schedules, each of which
//! follows from its seed. See "The simulation" in `CONTRIBUTING.md`.

#[path = "../../tests/support/processes.rs"]
mod processes;
#[expect(dead_code, reason = "the environments are built with it, the rest is the other simulation's")]
#[path = "../../tests/support/world.rs"]
mod world;

mod fleet_bugs;
mod fleet_file;
mod fleets;
mod invariants;
mod line;
mod moves;
mod story;
mod trace;
mod watches;

use invariants::{ALL, Invariant, OF_FLEETS};
use line::Kill;
use story::{Story, Variant, tell, vanished};

/// Runs a schedule from its beginning, in a runtime of its own.
fn run(seed: u64, variant: Variant) -> Story {
    alone(tell(seed, variant))
}

fn alone<T>(story: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(story)
}

/// The same, and every 16th seed also with faults on one engine alone, compared to none.
fn run_all(seed: u64, variant: Variant) -> Story {
    let mut story = run(seed, variant);
    if seed.is_multiple_of(16) {
        let one_sided = Variant { one_sided: true, ..variant };
        let (hit, spared) = (run(seed, one_sided), run(seed, Variant { fair: true, ..one_sided }));
        // What the fault leaves in doubt is independent only without it.
        let is_other = |(name, runs): (&String, &bool)| spared.independent.get(name) != Some(runs);
        story.infected = (hit.independent.iter().any(is_other))
            .then(|| format!("with the fault {:?}, without {:?}", hit.independent, spared.independent));
        story.compared = vec![("with faults on the first engine", hit.entries), ("without", spared.entries)];
    }
    story
}

fn broken(story: &Story, seed: u64) -> Option<(&'static str, String)> {
    broken_of(story, ALL.iter(), seed)
}

fn broken_of<'a>(
    story: &Story,
    mut invariants: impl Iterator<Item = &'a Invariant>,
    seed: u64,
) -> Option<(&'static str, String)> {
    let is_looked_at =
        |invariant: &Invariant| invariant.name != "no secret in any output" || seed.is_multiple_of(8);
    invariants.find_map(|invariant| {
        Some((invariant.name, (invariant.check)(story).err().filter(|_| is_looked_at(invariant))?))
    })
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[expect(clippy::print_stdout, reason = "the figures, and a schedule that is replayed")]
/// Runs these schedules; panics if one of them breaks an invariant; five are enough.
fn hold(seeds: impl Iterator<Item = u64>, is_one: bool) {
    let (mut schedules, mut calls, mut violations) = (0_usize, 0, Vec::new());
    for seed in seeds {
        let story = run_all(seed, Variant::default());
        schedules += 1;
        calls += story.calls;
        if is_one {
            println!("{}", trace::text(&story.entries));
            for (how, entries) in story.compared.iter().filter(|_| story.infected.is_some()) {
                println!("== compared: {how}\n{}", trace::text(entries));
            }
        }
        if let Some((name, what)) = broken(&story, seed) {
            let what: String = what.chars().take(600).collect();
            violations.push(format!(
                "seed {seed} breaks: {name}\n  {what}\n  replay: MAESTRO_SIM_SEED={seed} cargo test -p maestro-simulation -- --nocapture one"
            ));
            if violations.len() == 5 {
                break;
            }
        }
    }
    println!("{schedules} schedules, {calls} calls, {} violations", violations.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

const PARTS: u64 = 4;

fn part(part: u64) {
    let all = number("MAESTRO_SIM_SCHEDULES").unwrap_or(1_000);
    let first = number("MAESTRO_SIM_FIRST").unwrap_or(0);
    hold((first..first + all).filter(|seed| seed % PARTS == part), false);
}

#[test]
fn every_schedule_holds_part_1() {
    part(0);
}

#[test]
fn every_schedule_holds_part_2() {
    part(1);
}

#[test]
fn every_schedule_holds_part_3() {
    part(2);
}

#[test]
fn every_schedule_holds_part_4() {
    part(3);
}

#[test]
fn one_seed_is_replayed() {
    let seed = number("MAESTRO_SIM_SEED");
    hold(seed.into_iter(), true);
}

#[test]
fn a_seed_is_the_same_byte_for_byte() {
    for seed in 0..200 {
        let text = || trace::text(&run(seed, Variant::default()).entries);
        assert!(text() == text(), "seed {seed} differs from itself");
    }
}

#[test]
fn each_invariant_finds_the_bug_that_is_planted_for_it() {
    let mut blind = Vec::new();
    for invariant in ALL {
        let variant = Variant { bug: Some(invariant.bug), ..Variant::default() };
        let step = if invariant.bug == "isolation" { 16 } else { 1 };
        let found = (0..400)
            .map(|seed| seed * step)
            .find(|&seed| (invariant.check)(&run_all(seed, variant)).is_err());
        match found {
            Some(seed) => println!("{}: seed {seed}", invariant.name),
            None => blind.push(invariant.name),
        }
    }
    assert!(blind.is_empty(), "{blind:?} find nothing");
}

/// Killed at every call, before it arrives and after it is done: what was uninterrupted and what was killed and run
/// again come to the same end, which is what the file says; and a further run changes nothing.
#[test]
fn killed_at_every_call_it_converges() {
    let first = number("MAESTRO_SIM_FIRST_SCENARIO").unwrap_or(0);
    let scenarios = number("MAESTRO_SIM_SCENARIOS").unwrap_or(6);
    let (mut points, mut wrong) = (0, Vec::new());
    for seed in first..first + scenarios {
        let before = points;
        let calls = run(seed, Variant { fair: true, ..Variant::default() }).calls;
        for at in 1..=calls {
            for kind in [Kill::BeforeArrival, Kill::InFlight, Kill::AfterArrival] {
                points += 1;
                let story = run(seed, Variant { kill: Some((at, kind)), ..Variant::default() });
                if let Some((name, what)) = broken(&story, 1) {
                    wrong
                        .push(format!("seed {seed} killed at call {at} ({kind:?}) breaks: {name}\n  {what}"));
                }
            }
        }
        // A long run that is stopped can begin with the next one.
        println!("scenario {seed}: {} crash points", points - before);
    }
    println!("{points} crash points of {scenarios} scenarios from {first} on");
    assert!(wrong.is_empty(), "{} of {points}\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
}

/// Fleets of up to twelve ships on which Maestro places instances.
#[test]
fn fleets_converge_and_run_nothing_twice() {
    // One of them has as many calls as ten others.
    let all = number("MAESTRO_SIM_SCHEDULES").map_or(40, |all| all.div_ceil(4));
    let first = number("MAESTRO_SIM_FIRST").unwrap_or(0);
    let (mut calls, mut wrong) = (0, Vec::new());
    for seed in first..first + all {
        let story = alone(fleets::tell(seed, None));
        calls += story.calls;
        if all == 1 {
            println!("{}", trace::text(&story.entries));
        }
        if let Some((name, what)) = broken_of(&story, ALL.iter().chain(OF_FLEETS), seed) {
            let what: String = what.chars().take(1_000).collect();
            let replay = format!("MAESTRO_SIM_FIRST={seed} MAESTRO_SIM_SCHEDULES=1");
            wrong.push(format!("seed {seed} breaks: {name}: {what} ({replay})"));
        }
        if wrong.len() == 5 {
            break;
        }
    }
    println!("{all} schedules of fleets, {calls} calls, {} violations", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Fleets of up to four ships whose file is edited: a ship is drained, a service gets more or fewer instances, other ships,
/// another version, comes or goes. Killed at every call of the command that follows, they come to what the file says.
#[test]
fn fleets_killed_at_every_call_converge() {
    let scenarios = number("MAESTRO_SIM_SCENARIOS").unwrap_or(6);
    // In short, some moments of each.
    let step = number("MAESTRO_SIM_STEP").unwrap_or(if scenarios < 20 { 16 } else { 1 });
    let step = usize::try_from(step).expect("a few");
    let first = number("MAESTRO_SIM_FIRST_SCENARIO").unwrap_or(0);
    let (mut points, mut wrong) = (0, Vec::new());
    for at in first..first + scenarios {
        let (scenario, before) = (fleets::scenario(at), points);
        let (_, calls) = alone(fleets::cut(&scenario, None));
        for call in (1 + usize::try_from(at).expect("a few") % step..=calls).step_by(step) {
            for kind in [Kill::BeforeArrival, Kill::InFlight, Kill::AfterArrival] {
                points += 1;
                let (story, _) = alone(fleets::cut(&scenario, Some((call, kind))));
                if let Some((name, what)) = broken_of(&story, ALL.iter().chain(OF_FLEETS), 1) {
                    let what: String = what.chars().take(1_000).collect();
                    wrong.push(format!(
                        "scenario {at} killed at call {call} ({kind:?}) breaks: {name}\n  {what}"
                    ));
                }
            }
        }
        println!("scenario {at} of fleets ({:?}): {} crash points", scenario.edit, points - before);
    }
    println!("{points} crash points of fleets");
    assert!(wrong.is_empty(), "{} of {points}\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
}

/// Bugs that few schedules of fleets show, and the seed from which on they are looked for.
const RARE_BUGS: [(&str, u64); 3] = [("crowded", 185), ("careless", 103), ("stale", 154)];

#[test]
fn bugs_that_are_planted_in_fleets_are_found() {
    let mut blind = Vec::new();
    for invariant in OF_FLEETS {
        let find = |seed: &u64| (invariant.check)(&alone(fleets::tell(*seed, Some(invariant.bug)))).is_err();
        let rare = RARE_BUGS.iter().find(|(bug, _)| *bug == invariant.bug);
        let first = rare.map_or(0, |(_, first)| *first);
        match (first..first + 400).find(find) {
            Some(seed) => println!("{} ({}): seed {seed}", invariant.name, invariant.bug),
            None => blind.push((invariant.name, invariant.bug)),
        }
    }
    assert!(blind.is_empty(), "{blind:?} find nothing");
}

/// Instances that move with their data.
#[test]
fn moves_lose_no_data_and_run_in_one_place() {
    let all = number("MAESTRO_SIM_SCHEDULES").unwrap_or(200);
    let first = number("MAESTRO_SIM_FIRST").unwrap_or(0);
    let (mut moved, mut cut, mut calls, mut wrong) = (0, 0, 0, Vec::new());
    for seed in first..first + all {
        let story = alone(moves::tell(seed, None));
        (moved, cut, calls) = (moved + story.moved, cut + story.cut, calls + story.calls);
        if let Some((name, what)) = story.broken {
            let replay = format!("MAESTRO_SIM_FIRST={seed} MAESTRO_SIM_SCHEDULES=1");
            let told = if all == 1 { story.told.as_str() } else { "" };
            wrong.push(format!("seed {seed} breaks: {name}: {what} ({replay})\n{told}"));
        }
    }
    println!("{all} schedules, {calls} calls, {moved} moves, {cut} commands cut off");
    assert!(wrong.is_empty(), "{} of {all}\n{}", wrong.len(), wrong[..wrong.len().min(10)].concat());
    assert!(all < 100 || u64::try_from(moved).is_ok_and(|moved| moved > all / 8), "{moved} moves");
}

#[test]
fn bugs_that_are_planted_in_moves_are_found() {
    for (bug, name) in
        [("twice", "a volume's instance never runs in two places"), ("empty", "data is never lost")]
    {
        let found = (0..400).find_map(|seed| alone(moves::tell(seed, Some(bug))).broken);
        assert_eq!(found.map(|(name, _)| name), Some(name), "{bug}");
    }
}

/// `watch` beside commands, faults and crashes.
#[test]
fn watch_heals_and_fights_nobody() {
    // One of them has as many calls as several others.
    let all = number("MAESTRO_SIM_SCHEDULES").map_or(100, |all| all.div_ceil(4));
    let first = number("MAESTRO_SIM_FIRST").unwrap_or(0);
    let (mut healed, mut calls, mut wrong) = (0, 0, Vec::new());
    for seed in first..first + all {
        let story = alone(watches::tell(seed, None));
        (healed, calls) = (healed + story.healed, calls + story.calls);
        if let Some((name, what)) = story.broken {
            let replay = format!("MAESTRO_SIM_FIRST={seed} MAESTRO_SIM_SCHEDULES=1");
            let told = if all == 1 { story.told.as_str() } else { "" };
            wrong.push(format!("seed {seed} breaks: {name}: {what} ({replay})\n{told}"));
        }
    }
    println!("{all} schedules, {calls} calls, {healed} starts by watch");
    assert!(wrong.is_empty(), "{} of {all}\n{}", wrong.len(), wrong[..wrong.len().min(10)].concat());
    assert!(all < 100 || u64::try_from(healed).is_ok_and(|healed| healed > all), "{healed} starts by watch");
}

#[test]
fn watching_is_the_same_byte_for_byte() {
    for seed in 0..20 {
        let told = || alone(watches::tell(seed, None)).told;
        assert!(told() == told(), "seed {seed} differs from itself");
    }
}

#[test]
fn bugs_that_are_planted_in_watching_are_found() {
    for (bug, name) in watches::BUGS {
        let is_found = |seed: &u64| {
            let broken = alone(watches::tell(*seed, Some(bug))).broken;
            broken.is_some_and(|(found, _)| found == name)
        };
        let found = (0..400).find(is_found);
        assert!(found.is_some(), "{bug}: nothing breaks {name:?}");
        println!("{name} ({bug}): seed {found:?}");
    }
}

/// The lease vanishes under a roll-out, at each of its calls, and another run begins: no instance is lost, and the next
/// run comes to what the file says.
#[test]
fn runs_that_both_believe_to_hold_the_lease_lose_no_instance() {
    let scenarios = number("MAESTRO_SIM_SCENARIOS");
    // In short, some moments of each.
    let step = if scenarios.is_some() { 1 } else { 16 };
    let begin = number("MAESTRO_SIM_FIRST_SCENARIO").unwrap_or(0);
    let (mut moments, mut wrong) = (0, Vec::new());
    for seed in begin..begin + scenarios.unwrap_or(6) {
        let first = 1 + usize::try_from(seed).expect("a few") % step;
        for at in (first..).step_by(step) {
            let (calls, what) = alone(vanished(seed, at, None));
            moments += 1;
            wrong.extend(what.map(|what| format!("seed {seed}, vanished at call {at}: {what}")));
            if at >= calls {
                break;
            }
        }
    }
    println!("{moments} moments");
    assert!(wrong.is_empty(), "{} of {moments}\n{}", wrong.len(), wrong[..wrong.len().min(2)].join("\n"));
}
