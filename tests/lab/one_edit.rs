//! One edit of the file replaces a ship by the Swarm that the ship's engine manages, and the other way round.

use std::fs;

use crate::{support::lab::IMAGE, swarm::Swarm};

const SHIP: &str = "ships: {one: {ip: IP-OF-SHIP1, docker_port: 2375, tls: false}}\n";

#[test]
#[ignore = "needs a lab"]
fn what_runs_on_a_manager_is_seen_though_no_ship_of_the_file_is_its_engine() {
    let swarm = Swarm::new();
    let lab = &swarm.0;
    let project = format!(
        "name: env-unique
services:
  db:
    image: {IMAGE}
    command: [busybox, sh, -c, \"echo row >>/data/rows; trap 'exit 0' TERM; while true; do busybox sleep 0.1; done\"]
    volumes: ['data:/data']
    deploy: {{endpoint_mode: dnsrr}}
volumes: {{data: {{}}}}
"
    );
    fs::write(lab.path().join("compose.yaml"), lab.real(&project)).unwrap();
    fs::write(lab.path().join("ship.yaml"), lab.real(SHIP)).unwrap();
    let at_home = "deploy: {endpoint_mode: dnsrr, placement: {constraints: [node.hostname == ship1]}}";
    fs::write(lab.path().join("swarm.yaml"), format!("services: {{db: {{{at_home}}}}}\n")).unwrap();
    let on_ship = "-f compose.yaml -f ship.yaml";
    let on_swarm = "-f compose.yaml -f swarm.yaml -f site.yaml";
    let refused = |arguments: &str, words: &str| {
        let words = &lab.real(words);
        let said = lab.run(arguments);
        assert_eq!(said.code, Some(6), "{}", said.text);
        assert!(said.text.contains(words), "{}", said.text);
    };
    lab.succeed(&format!("{on_ship} apply"));

    refused(&format!("{on_swarm} apply"), "its containers are on a manager of cluster");
    assert!(lab.succeed(&format!("{on_swarm} status")).contains(&lab.real("env-unique-db-1")));
    lab.succeed(&format!("{on_swarm} apply --move"));
    let label = lab.real("label=maestro.environment=env-unique");
    assert_eq!(lab.docker_on(1, &["ps", "-aq", "--filter", &label], ""), "");
    let rows = lab.succeed(&format!("{on_swarm} exec -T db busybox cat /data/rows"));
    assert_eq!(rows.matches("row").count(), 2, "{rows}");

    refused(&format!("{on_ship} apply --move"), "docker service rm env-unique_db");
    lab.succeed(&format!("{on_swarm} down --yes"));
    lab.succeed(&format!("{on_ship} apply"));
    lab.succeed(&format!("{on_ship} down --volumes --yes"));
}
