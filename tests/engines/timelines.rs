//! `--timeline`, `timeline` and `graph --observe`, with the program on an engine.

use std::fs;

use crate::support::{IMAGE, site::Site};

fn file() -> String {
    let command = "[/bin/busybox, sh, -c, 'trap exit TERM; /bin/busybox sleep 600 & wait']";
    format!(
        "name: env-unique\nservices:\n  db:\n    image: {IMAGE}\n    command: {command}\n    instances: {{db-unique: {{}}}}\n  \
         web:\n    image: {IMAGE}\n    command: {command}\n    requires: [db]\n    instances: {{web-unique: {{}}}}\n"
    )
}

#[test]
#[ignore = "needs an engine"]
fn a_run_is_drawn_and_remembered_until_nothing_is_left() {
    let site = Site::new(&file());
    site.succeed("apply --timeline run.svg");
    let svg = fs::read_to_string(site.path().join("run.svg")).unwrap();
    assert!(svg.contains(&site.real("web-unique")) && svg.contains("until ready"), "{svg}");

    site.succeed("stop web --timeline stop.json");
    let stop = fs::read_to_string(site.path().join("stop.json")).unwrap();
    let stop: serde_json::Value = serde_json::from_str(&stop).unwrap();
    assert_eq!((&stop["outcome"], &stop["steps"][0]["action"]), (&"done".into(), &"stop".into()));

    let told = site.succeed("timeline");
    assert!(told.contains("stop web on ") && told.contains("Longest chain: "), "{told}");
    let listed = site.succeed("timeline --list");
    assert_eq!(listed.lines().count(), 3, "{listed}");

    let graph = site.succeed("graph --observe");
    assert!(graph.contains("╰─▸ db") && graph.contains("✗ "), "{graph}");

    let labels = "volume ls -q --filter label=maestro.environment=env-unique --filter label=maestro.run";
    assert_eq!(site.docker(labels).lines().count(), 2);
    site.succeed("down");
    assert_eq!(site.docker(labels), "");
    assert!(site.succeed("timeline").contains("no run is remembered"));
}
