//! A Swarm of three nodes and two other ships, of three versions of Docker, with one file: `web` on a ship requires `api` on the
//! Swarm, which requires `cache` there and `db` on the other ship. Then nodes are lost and drained, and an image is bad.
//! `scripts/lab-tests` brings up the lab of five ships.

use std::fs;

use crate::support::{
    lab::{IMAGE, Lab},
    site::{Running, until},
};

const NODES: usize = 3;

const SITE: &str = "ship_defaults: {tls: false, timeout: 4}
ships:
  cluster:
    ip: IP-OF-SHIP1
    swarm: true
    managers: ['tcp://IP-OF-SHIP1:2375', 'tcp://IP-OF-SHIP2:2375', 'tcp://IP-OF-SHIP3:2375']
  ship4: {ip: IP-OF-SHIP4, docker_port: 2375}
  ship5: {ip: IP-OF-SHIP5, docker_port: 2375}
services:
  web: {ship: ship4}
  api: {ship: cluster}
  cache: {ship: cluster}
  db: {ship: ship5}
";

/// Each service answers with its name. `cache` does not run on the node that loses its engine, so its update can go on.
const PROJECT: &str = r#"name: env-unique
x-service: &service
  image: IMAGE
  stop_grace_period: 1s
services:
  web:
    <<: *service
    command: [busybox, sh, -c, "busybox mkdir /w; echo web > /w/index.html; exec busybox httpd -f -p 18081 -h /w"]
    depends_on: {api: {condition: service_healthy}}
    healthcheck: {test: [CMD, busybox, wget, -q, -O-, "http://api:18080/"], interval: 300ms, retries: 50}
  api:
    <<: *service
    command: [busybox, sh, -c, "busybox mkdir /w; echo api > /w/index.html; exec busybox httpd -f -p 18080 -h /w"]
    ports: [{target: 18080, published: "18080", mode: host}]
    depends_on: {db: {condition: service_healthy}, cache: {condition: service_healthy}}
    healthcheck: {test: [CMD, busybox, wget, -q, -O-, "http://cache:18083/"], interval: 300ms, retries: 50}
    deploy: {mode: global, endpoint_mode: dnsrr}
  cache:
    <<: *service
    command: [busybox, sh, -c, "RUNS; busybox mkdir /w; echo cache > /w/index.html; exec busybox httpd -f -p 18083 -h /w"]
    healthcheck: {test: [CMD, busybox, wget, -q, -O-, "http://localhost:18083/"], interval: 300ms, retries: 50}
    deploy:
      replicas: 2
      endpoint_mode: dnsrr
      placement: {constraints: [node.hostname != ship1]}
      update_config: {parallelism: 0, failure_action: rollback, monitor: 1s}
      rollback_config: {parallelism: 0, monitor: 1s}
      restart_policy: {delay: 0s}
  db:
    <<: *service
    command: [busybox, sh, -c, "echo db > /data/index.html; exec busybox httpd -f -p 18082 -h /data"]
    ports: ["18082:18082"]
    volumes: ["data:/data"]
    healthcheck: {test: [CMD, busybox, wget, -q, -O-, "http://localhost:18082/"], interval: 300ms, retries: 50}
volumes: {data: {}}
"#;

struct Cluster(Lab);

impl Cluster {
    /// All three nodes are managers, the first ship is the leader.
    fn new() -> Self {
        let lab = Lab::with("name: env-unique\nSHIPS\n");
        fs::write(lab.path().join("site.yaml"), lab.real(SITE)).unwrap();
        let address = lab.real("IP-OF-SHIP1");
        lab.docker_on(1, &["swarm", "init", "--advertise-addr", &address], "");
        let token = lab.docker_on(1, &["swarm", "join-token", "-q", "manager"], "");
        for ship in 2..=NODES {
            lab.docker_on(ship, &["swarm", "join", "--token", token.trim(), &format!("{address}:2377")], "");
        }
        Self(lab)
    }

    /// Writes the project with a `cache` that does this first.
    fn write(&self, first: &str) {
        let text = PROJECT.replace("IMAGE", IMAGE).replace("RUNS", first);
        fs::write(self.0.path().join("compose.yaml"), self.0.real(&text)).unwrap();
    }

    fn run(&self, arguments: &str, code: i32) -> String {
        let said = self.0.run(&format!("-f compose.yaml -f site.yaml {arguments}"));
        assert_eq!(said.code, Some(code), "{arguments}: {}", said.text);
        said.text
    }

    /// Waits until the status has this.
    fn shows(&self, words: &str) {
        // Managers that elect a leader do not answer.
        let status = || self.0.run("-f compose.yaml -f site.yaml status").text;
        until(words, || status().contains(words).then_some(()));
    }

    /// Waits until all of it is as declared, and nothing is to be done.
    fn is_as_declared(&self) {
        self.shows("4 of 4 instances ready");
        self.run("plan --detailed-exitcode", 0);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.0.command("mend");
        // Ignore errors: the test has failed already, or the next one says what is left.
        for ship in (1..=NODES).rev() {
            self.0.docker_command(ship, &["swarm", "leave", "--force"]).output().ok();
            self.0.docker_command(ship, &["network", "rm", "docker_gwbridge"]).output().ok();
        }
    }
}

#[test]
#[ignore = "needs a lab"]
fn one_file_spans_a_swarm_and_ships_and_survives_the_loss_of_nodes() {
    let cluster = Cluster::new();
    cluster.write("true");
    cluster.run("apply", 0);
    for (from, to) in [
        ("web", "api:18080"),
        ("api.ship1", "cache:18083"),
        ("api.ship2", "cache:18083"),
        ("api.ship3", "db:18082"),
        ("cache.1", "db:18082"),
    ] {
        let said = cluster.run(&format!("exec -T {from} busybox wget -q -O- http://{to}/"), 0);
        assert!(said.contains(&to[..to.len() - 6]), "{from} asks {to}: {said}");
    }
    cluster.is_as_declared();
    a_bad_update_is_rolled_back(&cluster);
    the_leader_is_killed_during_an_update(&cluster);
    a_node_is_drained(&cluster);
    a_node_is_powered_off(&cluster);
}

fn a_bad_update_is_rolled_back(cluster: &Cluster) {
    cluster.write("echo no config; exit 3");
    let failed = cluster.run("apply", 1);
    assert!(failed.contains("the Swarm rolled the update back"), "{failed}");
    assert!(failed.contains("non-zero exit (3)") && failed.contains("no config"), "{failed}");
    cluster.write("true");
    cluster.is_as_declared();
}

/// What becomes of the run is up to the time of the loss; the next one finishes it.
fn the_leader_is_killed_during_an_update(cluster: &Cluster) {
    cluster.write("true; true");
    let mut update = Running::begin(cluster.0.maestro("-f compose.yaml -f site.yaml apply"), true);
    update.says("waiting until ready");
    cluster.0.command("kill ship1");
    cluster.0.command("revive ship1");
    let said = update.end();
    assert!(matches!(said.code, Some(0 | 1 | 4)), "{}", said.text);
    cluster.run("apply", 0);
    cluster.is_as_declared();
}

fn a_node_is_drained(cluster: &Cluster) {
    let availability = |word: &str| {
        cluster.0.docker_on(2, &["node", "update", "--availability", word, "ship3"], "");
    };
    availability("drain");
    cluster.shows("2/2 tasks: ship2 (2); ship3 is drained");
    cluster.is_as_declared();
    availability("active");
    cluster.shows("3/3 tasks: ship1, ship2, ship3");
}

/// Its tasks run elsewhere after 9 s to 30 s, and Maestro has no part in that.
fn a_node_is_powered_off(cluster: &Cluster) {
    let leader = |ship: &str| {
        let is_leader = ["node", "inspect", "--format", "{{.ManagerStatus.Leader}}", ship];
        cluster.0.docker_on(1, &is_leader, "") == "true"
    };
    // Without a leader a Swarm moves no tasks until another one is elected.
    let (lost, other) = if leader("ship2") { (3, 2) } else { (2, 3) };
    cluster.0.command(&format!("poweroff ship{lost}"));
    cluster.shows(&format!("2/2 tasks: ship{other} (2); ship{lost} is down"));
    cluster.is_as_declared();
    cluster.0.command(&format!("poweron ship{lost}"));
    cluster.shows("3/3 tasks: ship1, ship2, ship3");
    cluster.is_as_declared();
}
