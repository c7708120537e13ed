//! A run that is killed, whenever it is: the next one carries on, and leaves nothing behind.

use std::{fs, thread, time::Instant};

use crate::{
    failures::file,
    support::site::{Running, Site},
};

const MOMENTS: u32 = 32;
/// Of the moments; a failure names the one that it came of.
const SEED: u64 = 4711;

/// `front` is replaced without a gap, the others one after the other, all at the same time.
fn services(colour: &str) -> String {
    let services = "  front:
    image: busybox
    sh: runs
    env: {COLOUR: NAMED}
    update: {order: start-first}
    instances: {front-unique: {}}
  web:
    image: busybox
    sh: runs
    env: {COLOUR: NAMED}
    instances: {web-1-unique: {}, web-2-unique: {}}
";
    file("", &services.replace("NAMED", colour))
}

/// Names and colours of all containers of the environment that run, and names of those that do not.
fn containers(site: &Site) -> Vec<String> {
    let filter = "label=maestro.environment=env-unique";
    let all = site.docker(&format!("ps -a --filter {filter} --format '{{{{.Names}}}}'"));
    // Docker 26.1's list may be late with a state, and an engine finishes the removal of a killed run.
    let named = |name: &str| {
        let inspected =
            site.docker_if_there(&format!("inspect -f '{{{{.State.Status}}}} {{{{.Config.Env}}}}' {name}"))?;
        let (state, variables) = inspected.split_once(' ').unwrap();
        let colour = variables.split("COLOUR=").nth(1).unwrap();
        let colour = colour.split([' ', ']']).next().unwrap();
        Some(site.told(&format!("{name} {colour} {state}")))
    };
    let mut all: Vec<String> = all.lines().filter_map(named).collect();
    all.sort();
    all
}

fn volumes(site: &Site) -> String {
    site.docker("volume ls -q --filter label=maestro.environment=env-unique --filter name=maestro-lease")
}

/// A number below one, of a seed (Knuth's MMIX).
fn random(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    f64::from(u32::try_from(*seed >> 32).unwrap()) / f64::from(u32::MAX)
}

#[test]
#[ignore = "needs an engine"]
fn apply_is_killed_at_any_moment_and_the_next_one_carries_on() {
    let site = Site::new(&services("c"));
    let write =
        |colour: &str| fs::write(site.path().join("maestro.yaml"), site.real(&services(colour))).unwrap();
    site.succeed("apply");
    write("first");
    let began = Instant::now();
    site.succeed("apply");
    let length = began.elapsed();
    let mut seed = SEED;
    let (mut cut_short, mut replaced) = (0, 0);
    for moment in 0..MOMENTS {
        let colour = format!("c{moment}");
        write(&colour);
        let delay = length.mul_f64((f64::from(moment) + random(&mut seed)) / f64::from(MOMENTS));
        let apply = Running::begin(site.command("apply"), true);
        // Nothing is waited for here: this is the moment.
        thread::sleep(delay);
        apply.signal("KILL");
        let killed = apply.end();
        let left = format!(
            "killed after {delay:?} of {length:?} (moment {moment} of seed {SEED}), having said:\n{}and left {:?}",
            killed.text,
            containers(&site)
        );
        let had_lease = !volumes(&site).is_empty();
        let next = site.run("apply");
        assert_eq!(next.code, Some(0), "{left}\n{}", next.text);
        let says_so = next.text.contains("which is gone; this run takes it over");
        cut_short += u32::from(killed.code.is_none());
        replaced += u32::from(says_so);
        assert!(!had_lease || says_so, "{left}\n{}", next.text);
        let expected =
            ["front-unique", "web-1-unique", "web-2-unique"].map(|name| format!("{name} {colour} running"));
        assert_eq!(containers(&site), expected, "{left}\n{}", next.text);
        assert_eq!(volumes(&site), "", "{left}\n{}", next.text);
        let third = site.succeed("apply");
        assert!(third.contains("nothing to do"), "{left}\n{}\n{third}", next.text);
    }
    assert!(cut_short > MOMENTS / 2 && replaced > MOMENTS / 2, "{cut_short} killed, {replaced} leases taken");
    println!("{cut_short} of {MOMENTS} runs were killed, {replaced} leases replaced, one run is {length:?}");
    site.succeed("kill");
}
