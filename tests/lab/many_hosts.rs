//! The guide "Many hosts" on five ships behind SSH, of three generations of Docker. They are a lab of their own, which
//! `scripts/lab-tests` brings up.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use crate::support::{
    lab::{IMAGE, Lab},
    normal,
};

const ZONES: [&str; 5] = ["east", "east", "east", "west", "west"];
/// The ships of `web`.
const WEB: [&str; 4] = ["ship1", "ship2", "ship3", "ship4"];
const RUNS: &str =
    "[/bin/busybox, sh, -c, \"trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.2; done\"]";

/// What a test changes in its file.
struct File {
    ships: usize,
    drained: &'static str,
    of_web: &'static str,
    colour: &'static str,
}

impl File {
    /// Four instances of `web` on the first ships of the lab, and on the fifth a database, with data, that they require.
    fn text(&self) -> String {
        let mut text =
            String::from("__maestro: {schema: 3}\nname: env-unique\nship_defaults: {timeout: 4}\nships:\n");
        for (at, zone) in ZONES.iter().enumerate().filter(|(at, _)| *at < self.ships || *at == 4) {
            let (name, number) = (format!("ship{}", at + 1), at + 1);
            let role = if at < 4 { "web" } else { "data" };
            let drain = if self.drained == name { ", drain: true" } else { "" };
            // Writing to a text does not fail.
            let _ = writeln!(
                text,
                "  {name}: {{host: 'ssh://root@IP-OF-SHIP{number}', ip: IP-OF-SHIP{number}, \
                 labels: {{role: {role}, zone: {zone}}}{drain}}}"
            );
        }
        let Self { of_web, colour, .. } = self;
        text + &format!(
            "volumes: {{data-unique: {{}}}}\nservices:\n  db:\n    image: {IMAGE}\n    command: {RUNS}\n    \
             volumes: ['data-unique:/data']\n    ships: {{role: data}}\n    replicas: 1\n  \
             web:\n    image: {IMAGE}\n    command: {RUNS}\n    env: {{COLOUR: {colour}}}\n    requires: [db]\n    \
             ships: {{role: web}}\n    replicas: 4\n{of_web}"
        )
    }
}

/// The ship of each instance of `web` that is up.
fn placed(lab: &Lab) -> BTreeMap<String, String> {
    let said = lab.output("--output json status web").text;
    let told: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
    let instances = told["instances"].as_array().unwrap().iter().filter(|one| one["state"] == "up");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    instances.map(|one| (text(&one["instance"]), text(&one["ship"]))).collect()
}

/// How many instances of `web` are on each of these ships.
fn counts<'s>(lab: &Lab, ships: impl IntoIterator<Item = &'s str>) -> Vec<usize> {
    let placed = placed(lab);
    ships.into_iter().map(|ship| placed.values().filter(|of| *of == ship).count()).collect()
}

/// How many containers of `web` on these ships have that colour.
fn coloured(lab: &Lab, ships: std::ops::RangeInclusive<usize>, colour: &str) -> usize {
    let told = |ship| {
        let names = lab.docker_on(ship, &["ps", "-q", "--filter", "label=maestro.service=web"], "");
        let ids = names.lines().filter(|id| !id.is_empty());
        ids.filter(|id| lab.docker_on(ship, &["inspect", id], "").contains(&format!("COLOUR={colour}")))
            .count()
    };
    ships.map(told).sum()
}

#[test]
#[ignore = "needs a lab"]
fn many_hosts_are_looked_after_as_the_guide_says() {
    let mut lab = Lab::over("ssh", "SHIPS\n");
    let file = |ships, drained, of_web, colour| File { ships, drained, of_web, colour }.text();

    // A fresh placement is that of `config`.
    lab.write(&file(3, "", "    preferences: [{spread: zone}]\n", "blue"));
    let shown = lab.succeed("config web");
    lab.succeed("apply");
    let three = placed(&lab);
    for (name, ship) in &three {
        let (_, of) = shown.split_once(&format!("{name}:\n")).unwrap();
        assert!(of.trim_start().starts_with(&format!("ship: {ship}\n")), "{name} on {ship}: {shown}");
    }
    assert_eq!(three.len(), 4);

    // A host more: only its part moves, and both zones have equally many.
    lab.write(&file(4, "", "    preferences: [{spread: zone}]\n", "blue"));
    lab.succeed("apply");
    let four = placed(&lab);
    assert!(four.iter().filter(|(name, ship)| three[*name] != **ship).count() <= 2, "{three:?} {four:?}");
    assert_eq!(counts(&lab, WEB)[3], 2, "{four:?}");

    a_drained_host_ends_empty(&mut lab, &file);
    a_change_goes_from_host_to_host(&mut lab, &file);
    two_of_five_hosts_are_lost(&mut lab, &file);
    lab.succeed("down");
}

type Write<'f> = &'f dyn Fn(usize, &'static str, &'static str, &'static str) -> String;

fn a_drained_host_ends_empty(lab: &mut Lab, file: Write<'_>) {
    lab.write(&file(4, "", "", "blue"));
    lab.succeed("apply --rebalance");
    assert_eq!(counts(lab, WEB), [1, 1, 1, 1]);
    let shown = normal::unwrapped(&lab.succeed("ship drain ship1"));
    assert!(shown.contains("add `drain: true` to ship `ship1`"), "{shown}");
    lab.write(&file(4, "ship1", "", "blue"));
    lab.succeed("apply");
    assert_eq!(counts(lab, WEB)[0], 0);
    let listed = lab.succeed("ship ls");
    let first = listed.lines().find(|line| line.starts_with("ship1")).unwrap();
    assert!(first.contains("0 of 0 up, drained"), "{listed}");
    assert!(lab.succeed("ship check").contains("5 ships"));
    lab.write(&file(4, "", "", "blue"));
    lab.succeed("apply");
    assert_eq!(counts(lab, WEB), [1, 1, 1, 1]);
}

fn a_change_goes_from_host_to_host(lab: &mut Lab, file: Write<'_>) {
    let update = "    update: {canary: 1, parallel: 50%, max_per_ship: 1}\n";
    lab.write(&file(4, "", update, "green"));
    lab.succeed("apply");
    assert_eq!(coloured(lab, 1..=4, "green"), 1);
    lab.succeed("apply --continue");
    assert_eq!(coloured(lab, 1..=4, "green"), 4);
}

fn two_of_five_hosts_are_lost(lab: &mut Lab, file: Write<'_>) {
    lab.command("poweroff ship1");
    lab.command("cut ship5");
    lab.write(&file(4, "", "", "red"));
    let status = lab.run("status");
    assert_eq!(status.code, Some(4), "{}", status.text);
    // The database does not answer, so nothing that requires it is touched.
    let blocked = lab.run("apply");
    assert_eq!((blocked.code, coloured(lab, 2..=4, "red")), (Some(4), 0), "{}", blocked.text);
    let without = lab.run("apply --skip-unreachable");
    assert_eq!((without.code, coloured(lab, 2..=4, "red")), (Some(4), 3), "{}", without.text);
    lab.command("mend");
    lab.succeed("apply");
    assert_eq!(coloured(lab, 1..=4, "red"), 4);
    assert!(lab.succeed("plan").contains("nothing to do"));
}
