//! Compose projects on an engine: what they start, in which order, and what docker compose makes of it and back.

use std::{fs, process::Command};

use serde_json::Value;

use crate::support::{IMAGE, normal::unwrapped, site::Site};

/// A database with data, a job that prepares it, two web servers behind it, on two networks.
const PROJECT: &str = r#"name: env-unique
services:
  web:
    image: IMAGE
    command: [/bin/busybox, sh, -c, "/bin/busybox cp /data/schema /index.html; exec /bin/busybox httpd -f -p 80 -h /"]
    depends_on:
      migrate: {condition: service_completed_successfully}
      db: {condition: service_healthy}
    deploy: {replicas: 2}
    networks: [front, back]
    volumes: ["data:/data:ro"]
    stop_grace_period: 100ms
  migrate:
    image: IMAGE
    command: [/bin/busybox, sh, -c, "echo run >>/data/runs; echo JOB >/data/schema; JOB"]
    environment: {VERSION: "1"}
    depends_on: {db: {condition: service_healthy}}
    networks: [back]
    volumes: ["data:/data"]
  db:
    image: IMAGE
    command: [/bin/busybox, sh, -c, "echo up >/data/ready; exec /bin/busybox sleep 1000"]
    healthcheck: {test: [CMD, /bin/busybox, test, -e, /data/ready], interval: 200ms}
    networks: {back: {aliases: [postgres]}}
    volumes: ["data:/data"]
    stop_grace_period: 100ms
networks:
  front:
  back: {internal: true, labels: {tier: back}}
volumes:
  data:
"#;

fn text() -> String {
    PROJECT.replace("IMAGE", IMAGE)
}

/// A site with a Compose file alone.
pub fn project(text: &str) -> Site {
    let mut site = Site::new("");
    fs::remove_file(site.path().join("maestro.yaml")).unwrap();
    site.environment = site.real("env-unique");
    write(&site, text);
    site
}

pub fn write(site: &Site, text: &str) {
    fs::write(site.path().join("compose.yaml"), site.real(text)).unwrap();
}

/// What a service's container says to a command.
pub fn inside(site: &Site, container: &str, command: &str) -> String {
    site.docker(&format!("exec env-unique-{container} /bin/busybox {command}"))
}

/// What docker compose prints in the site.
pub fn docker_compose(site: &Site, arguments: &str) -> String {
    let program = std::env::var_os("MAESTRO_BENCH_COMPOSE");
    let program = program.expect("MAESTRO_BENCH_COMPOSE is set: eval \"$(scripts/need-compose)\"");
    let output = Command::new(program)
        .args(arguments.split(' '))
        .current_dir(site.path())
        .env("DOCKER_HOST", &site.host)
        .output()
        .unwrap();
    assert!(output.status.success(), "docker compose {arguments}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn inspected(site: &Site, what: &str) -> Value {
    let told =
        site.docker(&format!("{what} inspect env-unique_{}", if what == "volume" { "data" } else { "back" }));
    let mut all: Vec<Value> = serde_json::from_str(&told).unwrap();
    all.remove(0)
}

#[test]
#[ignore = "needs an engine"]
fn a_project_starts_by_its_conditions_and_a_job_runs_once() {
    let site = project(&text().replace("JOB", "true"));
    let planned = site.run("plan --steps").text;
    assert!(planned.contains("volume env-unique_data") || planned.contains("create volume"), "{planned}");
    site.succeed("apply");
    let names = site.docker("ps -a --filter label=maestro.environment=env-unique --format {{.Names}}");
    let mut names: Vec<String> = names.lines().map(|name| site.told(name)).collect();
    names.sort();
    assert_eq!(names, ["env-unique-db-1", "env-unique-migrate-1", "env-unique-web-1", "env-unique-web-2"]);
    // The job ended before the web servers began, so they serve what it wrote.
    assert_eq!(inside(&site, "web-1", "wget -qO- http://web-2/"), "true");
    let resolved = inside(&site, "web-1", "nslookup postgres");
    assert!(resolved.contains("Address"), "{resolved}");
    let (network, volume) = (inspected(&site, "network"), inspected(&site, "volume"));
    assert_eq!(network["Internal"], true);
    assert_eq!(network["Labels"]["tier"], "back");
    assert_eq!(network["Labels"]["com.docker.compose.network"], "back");
    assert_eq!(volume["Labels"]["com.docker.compose.volume"], "data");
    let status = site.succeed("status");
    assert!(status.contains("completed") && status.contains("4 of 4"), "{status}");

    // Nothing is done a second time.
    let again = site.succeed("apply");
    assert!(again.contains("nothing to do"), "{again}");
    assert!(!site.output("diff").text.contains('→'));
    site.succeed("start");
    assert_eq!(inside(&site, "db-1", "cat /data/runs"), "run");
    // A job that is made of something else runs again.
    write(&site, &text().replace("JOB", "true").replace("VERSION: \"1\"", "VERSION: \"2\""));
    site.succeed("apply");
    assert_eq!(inside(&site, "db-1", "cat /data/runs"), "run\nrun");
    site.succeed("stop");
    site.succeed("clean");
    assert!(site.docker("volume ls -q").contains(&site.real("env-unique_data")), "data stays");
}

#[test]
#[ignore = "needs an engine"]
fn what_waits_for_a_job_that_fails_is_not_started() {
    let site = project(&text().replace("JOB", "false"));
    let said = site.run("apply");
    assert_eq!(said.code, Some(1), "{}", said.text);
    assert!(said.text.contains("migrate-1"), "{}", said.text);
    let up = site.docker("ps --filter label=maestro.environment=env-unique --format {{.Names}}");
    assert_eq!(site.told(&up), "env-unique-db-1");
    // The next run tries again; when it succeeds, the rest follows.
    write(&site, &text().replace("JOB", "true"));
    site.succeed("apply");
    assert_eq!(inside(&site, "web-1", "wget -qO- http://web/"), "true");
    site.succeed("kill");
    site.succeed("clean");
}

/// As docker compose, which takes it for success each time.
#[test]
#[ignore = "needs an engine"]
fn a_service_that_ends_with_exit_code_0_is_done_and_started_again_by_the_next_apply() {
    let file = |exit_code: u8| {
        format!(
            "name: env-unique\nservices:\n  once:\n    image: {IMAGE}\n    command: [/bin/busybox, sh, -c, 'exit {exit_code}']\n"
        )
    };
    let site = project(&file(0));
    for _ in 0..2 {
        let said = site.succeed("apply");
        assert!(said.contains("ended with exit code 0"), "{said}");
        assert!(site.run("status").text.contains("exit"), "{said}");
    }
    write(&site, &file(3));
    assert_eq!(site.run("apply").code, Some(1));
    site.succeed("clean");
}

/// Two containers that share a network and volumes, and a port that the engine chooses.
const SHARED: &str = r#"name: env-unique
services:
  web:
    image: IMAGE
    command: [/bin/busybox, httpd, -f, -p, "80"]
    volumes: ["./made:/x", /x/y]
    logging: {driver: json-file, options: {max-size: 1m}}
    ports: ["80"]
    stop_grace_period: 100ms
  side:
    image: IMAGE
    command: [/bin/busybox, sleep, "1000"]
    network_mode: service:web
    volumes_from: [web]
    stop_grace_period: 100ms
"#;

#[test]
#[ignore = "needs an engine"]
fn what_is_shared_with_another_service_is_made_anew_with_it() {
    let site = project(&SHARED.replace("IMAGE", IMAGE));
    site.succeed("apply");
    assert!(site.succeed("apply").contains("nothing to do"));
    let ports = site.succeed("status -F");
    assert!(ports.contains("any→80/tcp") && !ports.contains("closed"), "{ports}");
    // A second environment's port that the engine chooses as well is in nobody's way.
    write(&site, &SHARED.replace("IMAGE", IMAGE).replace("max-size: 1m", "max-size: 2m"));
    let planned = site.succeed("plan");
    assert!(planned.contains("max-size") && planned.contains("compose.yaml:7"), "{planned}");
    // What a service mounts of another one does not stay behind.
    assert!(!planned.contains("stays on the ship"), "{planned}");
    site.succeed("apply");
    write(&site, &SHARED.replace("IMAGE", IMAGE).replace("web", "www"));
    let renamed = site.succeed("plan");
    assert!(!renamed.contains("uses one of its"), "{renamed}");
    site.succeed("apply --prune");
    site.succeed("kill");
    site.succeed("clean --volumes --yes");
}

#[test]
#[ignore = "needs an engine"]
fn an_external_network_or_volume_must_be_there() {
    let file = text()
        .replace("JOB", "true")
        .replace("  front:\n", "  front: {external: true, name: env-unique-out}\n");
    let site = project(&file);
    let said = site.run("apply");
    assert_eq!(said.code, Some(6), "{}", said.text);
    let told = site.told(&said.text);
    assert!(told.contains("docker network create env-unique-out"), "{told}");
    assert_eq!(site.docker("ps -aq --filter name=env-unique-web"), "");
    site.docker("network create --label maestro.environment=env-unique env-unique-out");
    site.succeed("apply");
    site.succeed("kill");
    site.succeed("clean");
}

#[test]
#[ignore = "needs an engine"]
fn what_docker_compose_started_is_taken_over_with_its_data_and_given_back() {
    let site = project(&text().replace("JOB", "true"));
    let compose = |arguments: &str| docker_compose(&site, arguments);
    compose("up -d");
    inside(&site, "db-1", "sh -c 'echo precious >/data/row'");
    assert_eq!(site.run("apply").code, Some(6));
    site.succeed("apply --adopt");
    assert_eq!(inside(&site, "db-1", "cat /data/row"), "precious");
    assert!(site.succeed("apply").contains("nothing to do"));
    // Both know the containers.
    assert!(compose("ps --format {{.Name}}").contains(&site.real("env-unique-web-2")));
    compose("up -d");
    assert_eq!(inside(&site, "db-1", "cat /data/row"), "precious");
    compose("down -t 0");
    assert!(site.docker("volume ls -q").contains(&site.real("env-unique_data")));
    compose("down -v");
}

#[test]
#[ignore = "needs an engine"]
fn clean_removes_what_docker_compose_made_for_the_project() {
    let site = project(&text().replace("JOB", "true"));
    docker_compose(&site, "up -d");
    site.succeed("apply --adopt");
    site.succeed("stop");
    let planned = unwrapped(&site.succeed("clean --dry-run"));
    let cleaned = unwrapped(&site.succeed("clean"));
    let networks = site.docker("network ls --format {{.Name}}");
    docker_compose(&site, "down -v");
    assert!(!networks.contains(&site.real("env-unique_")), "{networks}\n{cleaned}");
    assert!(planned.contains("4 to remove, 2 networks to remove, 1 revision to remove"), "{planned}");
    assert!(planned.contains("(7 steps on 1 ship)"), "{planned}");
    assert!(cleaned.contains("4 removed, 2 networks removed, 1 revision removed"), "{cleaned}");
}

#[test]
#[ignore = "needs an engine"]
fn what_an_engine_refuses_is_told_in_the_words_of_the_file() {
    let text = |more: &str| format!("name: env-unique\nservices:\n  mail:\n    image: {IMAGE}\n    {more}\n");
    let site = project(&text("user: nosuch\n    command: [/bin/busybox, sleep, '9']"));
    let said = unwrapped(&site.run("apply").text);
    assert!(said.contains("the image has no user nosuch (`user`, compose.yaml:5)"), "{said}");

    site.succeed("clean");
    write(&site, &text("command: [nosuchprogram]"));
    site.run("apply");
    let status = site.run("status").text;
    assert!(status.contains("created, its start failed: exec: \"nosuchprogram\""), "{status}");

    site.succeed("clean");
    write(&site, &text("command: [/bin/busybox, sleep, '9']\n    ports:\n      - PORT1:80"));
    let port: u16 = site.real("PORT1").parse().unwrap();
    let _listener = std::net::TcpListener::bind(("0.0.0.0", port)).unwrap();
    let said = site.run("apply").text;
    assert!(said.contains("compose.yaml:7:9"), "{said}");
    assert!(said.contains("publish another port of the ship: `\"SHIP:80\"` in `ports` of mail"), "{said}");
    site.run("clean");
}
