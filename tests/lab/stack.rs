//! Services of a Swarm that `docker stack deploy` made of a file, taken over by Maestro: they are the same, field by field, but
//! for what is listed here.

use std::{collections::BTreeSet, fs};

use maestro_core::model::swarm::tidy;
use serde_json::Value;

use crate::{
    support::lab::{IMAGE, Lab},
    swarm::Swarm,
};

/// Every key of a service that `docker stack deploy` reads and a Swarm of this kernel can run.
const FILE: &str = r#"services:
  web:
    image: IMAGE
    entrypoint: [busybox, sh, -c]
    command: ["trap 'exit 0' TERM; while true; do busybox sleep 0.1; done"]
    environment: {COLOUR: green, EMPTY: "", MORE: "1"}
    labels: {inside: "yes"}
    hostname: web-host
    user: "0:0"
    working_dir: /tmp
    stop_signal: SIGTERM
    stop_grace_period: 3s
    init: true
    read_only: true
    tty: true
    stdin_open: true
    tmpfs: [/run]
    cap_add: [NET_ADMIN]
    cap_drop: [CHOWN]
    sysctls: {net.core.somaxconn: "512"}
    ulimits: {nofile: {soft: 1024, hard: 2048}, nproc: 512}
    extra_hosts: ["db:10.9.8.7", "cache:10.9.8.8"]
    dns: [10.9.9.9]
    dns_search: [example.com]
    logging: {driver: json-file, options: {max-size: 1m}}
    healthcheck: {test: [CMD, busybox, "true"], interval: 500ms, timeout: 2s, retries: 4, start_period: 1s}
    networks: {front: {aliases: [www]}, back: {}}
    ports:
      - {target: 18090, published: 18090, protocol: tcp, mode: host}
      - {target: 18091, published: 18091, protocol: udp, mode: host}
    volumes:
      - data:/data
      - type: bind
        source: /etc/hostname
        target: /etc/of-the-node
        read_only: true
      - {type: volume, source: plain, target: /plain, read_only: true}
    deploy:
      replicas: 1
      endpoint_mode: dnsrr
      labels: {of: service}
      resources:
        limits: {cpus: "0.5", memory: 64M, pids: 50}
        reservations: {cpus: "0.1", memory: 16M}
      restart_policy: {condition: on-failure, delay: 2s, max_attempts: 3, window: 5s}
      update_config: {parallelism: 2, delay: 1s, failure_action: rollback, monitor: 1s, max_failure_ratio: 0.3, order: stop-first}
      rollback_config: {parallelism: 1, delay: 1s, failure_action: continue, monitor: 1s, max_failure_ratio: 0.1, order: start-first}
      placement:
        constraints: [node.role == manager]
        preferences: [{spread: node.labels.zone}]
        max_replicas_per_node: 1
  each:
    image: IMAGE
    command: [busybox, sh, -c, "trap 'exit 0' TERM; while true; do busybox sleep 0.1; done"]
    healthcheck: {disable: true}
    networks: [back]
    restart: "no"
    deploy: {mode: global, endpoint_mode: dnsrr}
  plain:
    image: IMAGE
    command: busybox sleep 1000
    restart: on-failure:3
    stop_grace_period: 0s
    networks: [back]
    deploy: {endpoint_mode: dnsrr}
networks:
  front: {}
  back: {driver: overlay, labels: {tier: back}}
volumes:
  data: {labels: {kind: data}}
  plain: {}
"#;

/// The services of a project as their Swarm has them, without the labels that each tool writes for itself, and with aliases
/// in order.
fn services(lab: &Lab, project: &str) -> Vec<Value> {
    let ids = lab.docker_on(1, &["service", "ls", "-q"], "");
    let inspected =
        lab.docker_on(1, &[&["service", "inspect"][..], &ids.lines().collect::<Vec<_>>()].concat(), "");
    let networks = lab.docker_on(1, &["network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"], "");
    let named = networks.lines().filter_map(|line| line.split_once(' '));
    let text = named.fold(inspected, |text, (id, name)| text.replace(id, name));
    let all: Vec<Value> = serde_json::from_str(&text.replace(&lab.real(project), "project")).unwrap();
    let mut specs: Vec<Value> = all.into_iter().map(|service| service["Spec"].clone()).collect();
    for spec in &mut specs {
        tidy(spec);
        let labels = spec["Labels"].as_object_mut().unwrap();
        labels.retain(|name, _| !name.starts_with("maestro."));
        for network in spec["TaskTemplate"]["Networks"].as_array_mut().unwrap() {
            network["Aliases"].as_array_mut().unwrap().sort_by_key(Value::to_string);
        }
    }
    specs.sort_by_key(|spec| spec["Name"].to_string());
    specs
}

/// What differs, as `path: the one → the other`.
fn differences(path: &str, stack: &Value, ours: &Value, found: &mut BTreeSet<String>) {
    match (stack, ours) {
        (Value::Object(one), Value::Object(other)) => {
            for key in one.keys().chain(other.keys()) {
                let at = |side: &serde_json::Map<String, Value>| side.get(key).cloned().unwrap_or_default();
                differences(&format!("{path}.{key}"), &at(one), &at(other), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                differences(&format!("{path}[{at}]"), one, other, found);
            }
        }
        (one, other) if one == other => {}
        (one, other) => {
            found.insert(format!("{path}: {one} → {other}"));
        }
    }
}

#[test]
#[ignore = "needs a lab"]
fn a_stack_is_adopted_and_its_services_are_the_same() {
    let swarm = Swarm::new();
    let lab = &swarm.0;
    let file = FILE.replace("IMAGE", IMAGE);
    fs::write(lab.path().join("stack.yaml"), format!("version: \"3.13\"\n{file}")).unwrap();
    let stack = lab.real("env-unique");
    let path = lab.path().join("stack.yaml").display().to_string();
    lab.docker_on(1, &["stack", "deploy", "--resolve-image", "never", "-c", &path, &stack], "");
    let theirs = services(lab, "env-unique");
    fs::write(lab.path().join("compose.yaml"), lab.real(&format!("name: env-unique\n{file}"))).unwrap();
    let run = |arguments: &str, code: i32| {
        let said = lab.run(&format!("-f compose.yaml -f site.yaml {arguments}"));
        assert_eq!(said.code, Some(code), "{}", said.text);
        said.text
    };
    let refused = run("apply", 6);
    assert!(refused.contains("--adopt"), "{refused}");
    run("apply --adopt", 0);
    let ours = services(lab, "env-unique");
    assert_eq!(theirs.len(), ours.len());
    let mut found = BTreeSet::new();
    for (one, other) in theirs.iter().zip(&ours) {
        differences(one["Name"].as_str().unwrap(), one, other, &mut found);
    }
    let listed = lab.docker_on(1, &["stack", "services", "--format", "{{.Name}}", "env-unique"], "");
    assert_eq!(listed.lines().count(), ours.len(), "docker finds them as a stack: {listed}");
    let again = run("apply", 0);
    assert!(again.contains("nothing to do"), "{again}");
    run("down --yes", 0);
    // The networks of the stack are not Maestro's.
    lab.docker_on(1, &["stack", "rm", &stack], "");
    insta::assert_snapshot!(found.into_iter().collect::<Vec<_>>().join("\n"));
}
