//! `watch` and what happens to ships: one that is cut off, one whose engine starts again.

use crate::{
    faults::RUNS,
    support::{lab::Lab, site::Running},
};

fn lab() -> Lab {
    let service = |name: &str, ship: &str| {
        format!(
            "  {name}:\n    image: lab/busybox:1\n    command: {RUNS}\n    instances: {{{name}-unique: {{ship: {ship}}}}}\n"
        )
    };
    let services = [service("db", "ship1"), service("app", "ship2")].concat();
    Lab::with(&format!("name: env-unique\nSHIPS\nship_defaults: {{timeout: 2}}\nservices:\n{services}"))
}

fn watching(lab: &Lab) -> Running {
    lab.succeed("start");
    let mut running = Running::begin(lab.maestro("watch"), true);
    running.says("2 as declared");
    running
}

fn ends(lab: &Lab, running: Running) {
    running.signal("TERM");
    assert_eq!(running.end().code, Some(143));
    lab.succeed("stop");
}

#[test]
#[ignore = "needs a lab"]
fn a_lost_ship_is_told_and_what_died_there_is_healed_when_it_is_back() {
    let lab = lab();
    let mut running = watching(&lab);
    lab.command("cut ship1");
    running.says("ship ship1: unreachable");
    // What goes on elsewhere is healed meanwhile.
    lab.docker_on(2, &["kill", "app-unique"], "");
    running.says(&lab.real("app-unique on ship2: healed in"));
    lab.command("exec ship1 pkill -9 -f sleep.0.1;.done");
    lab.command("heal ship1");
    running.says("ship ship1: answers again");
    running.says(&lab.real("db-unique on ship1: healed in"));
    ends(&lab, running);
}

#[test]
#[ignore = "needs a lab"]
fn what_does_not_run_when_an_engine_starts_again_is_started() {
    let lab = lab();
    let mut running = watching(&lab);
    lab.command("poweroff ship1");
    running.says("ship ship1: unreachable");
    lab.command("poweron ship1");
    running.says("ship ship1: answers again");
    running.says(&lab.real("db-unique on ship1: healed in"));
    ends(&lab, running);
}
