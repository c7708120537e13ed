//! The example across two ships: it starts in its order, all of it finds one another, and it goes away again.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::{lab::Lab, projects::answer};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/zookeeper-kafka");
const NODES: [&str; 3] = ["zk-1", "zk-2", "zk-3"];
const BROKERS: [&str; 3] = ["kafka-1", "kafka-2", "kafka-3"];
/// Where they answer.
const NODES_AT: [&str; 3] = ["IP-OF-SHIP1:2181", "IP-OF-SHIP2:2182", "IP-OF-SHIP1:2183"];
const BROKERS_AT: [&str; 3] = ["IP-OF-SHIP2:9092", "IP-OF-SHIP1:9093", "IP-OF-SHIP2:9094"];

/// A lab whose ships have the example's images, which go with it.
struct Example(Lab);

impl Example {
    fn new() -> Self {
        let mut lab = Lab::with("SHIPS\n");
        // It has a name of its own.
        "zk-kafka".clone_into(&mut lab.environment);
        let file = fs::read_to_string(Path::new(EXAMPLE).join("maestro.yaml")).unwrap();
        fs::write(lab.path().join("maestro.yaml"), file).unwrap();
        for (variable, ship) in [("ALPHA", "MAESTRO_LAB_SHIP1"), ("BETA", "MAESTRO_LAB_SHIP2")] {
            let address = lab.variables[ship].clone();
            lab.set(variable, &address);
        }
        let example = Self(lab);
        for ship in [1, 2] {
            for image in ["zookeeper", "kafka"] {
                let (tag, folder) = (format!("stand-in-{image}:1"), format!("{EXAMPLE}/{image}"));
                let words = ["build", "--build-arg", "BASE=lab/busybox:1", "--tag", &tag, &folder];
                example.0.docker_on(ship, &words, "");
            }
        }
        example
    }

    /// What a page says at an address.
    fn page(&self, address: &str, path: &str) -> String {
        let address = self.0.real(address);
        let body = answer(&address, path).unwrap_or_else(|error| panic!("{address}{path}: {error}"));
        self.0.told(&body)
    }
}

impl Drop for Example {
    /// Images that containers have stay.
    fn drop(&mut self) {
        self.0.run("stop");
        self.0.run("clean");
        for ship in [1, 2] {
            let words = ["image", "rm", "--force", "stand-in-zookeeper:1", "stand-in-kafka:1"];
            self.0.docker_command(ship, &words).output().ok();
        }
    }
}

/// Where an event stands among others.
fn position(events: &[Value], event: &str, action: &str, instance: &str) -> usize {
    let is =
        |line: &Value| line["event"] == event && line["action"] == action && line["instance"] == instance;
    events.iter().position(is).unwrap_or_else(|| panic!("{event} of {action} of {instance}: {events:#?}"))
}

/// The events of a command that succeeds.
fn events(lab: &Lab, command: &str) -> Vec<Value> {
    let (events, code) = lab.json_lines(command);
    assert_eq!(code, Some(0), "{command}: {events:#?}");
    events
}

#[test]
#[ignore = "needs a lab"]
fn zookeeper_and_kafka_across_two_ships() {
    let example = Example::new();
    let lab = &example.0;
    let start = events(lab, "start");
    for (node, broker) in NODES.iter().flat_map(|node| BROKERS.map(|broker| (node, broker))) {
        let (ready, begun) =
            (position(&start, "step-done", "ready", node), position(&start, "step-started", "start", broker));
        assert!(ready < begun, "{broker} started before {node} was ready: {start:#?}");
    }
    insta::assert_snapshot!("zookeeper_kafka", lab.talk(&["status", "start"]));

    let nodes = NODES.iter().zip(NODES_AT).map(|(node, at)| format!("{node} {at}\n")).collect::<Vec<_>>();
    for at in BROKERS_AT {
        assert_eq!(example.page(at, "/nodes"), nodes.concat(), "{at}");
    }
    for at in NODES_AT {
        let told = example.page(at, "/brokers");
        let mut brokers: Vec<&str> = told.lines().collect();
        brokers.sort_unstable();
        assert_eq!(brokers, BROKERS, "{at}");
        let members = "server.1=IP-OF-SHIP1:2888\nserver.2=IP-OF-SHIP2:2889\nserver.3=IP-OF-SHIP1:2890\n";
        assert_eq!(example.page(at, "/members"), members, "{at}");
    }

    let stop = events(lab, "stop");
    for (node, broker) in NODES.iter().flat_map(|node| BROKERS.map(|broker| (node, broker))) {
        let (down, begun) =
            (position(&stop, "step-done", "stop", broker), position(&stop, "step-started", "stop", node));
        assert!(down < begun, "{node} was stopped before {broker} was down: {stop:#?}");
    }
    // None had to be killed.
    for name in NODES.iter().chain(&BROKERS) {
        let ship = if lab.talk(&[&format!("status {name}")]).contains("alpha") { 1 } else { 2 };
        let code = lab.docker_on(ship, &["inspect", "--format", "{{.State.ExitCode}}", name], "");
        assert_eq!(code, "0", "{name}");
    }
    events(lab, "clean");
    assert_eq!(lab.things(), Vec::<String>::new());
}
