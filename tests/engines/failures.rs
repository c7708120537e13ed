//! What goes wrong on an engine, as it is told: the whole text, with the exit code.

use std::{net::TcpListener, os::unix::net::UnixListener};

use crate::support::{IMAGE, normal, site::Site};

/// Runs until it is asked to end.
pub const RUNS: &str = "trap 'exit 0' TERM; echo up; while true; do /bin/busybox sleep 0.1; done";

/// A file with these ships and services; `script` in a service's `sh: …` is run by busybox's shell.
pub fn file(ships: &str, services: &str) -> String {
    let services = services
        .replace("image: busybox", &format!("image: {IMAGE}"))
        .replace("sh: runs", &format!("command: [/bin/busybox, sh, -c, \"{RUNS}\"]"));
    format!("name: env-unique\n{ships}services:\n{services}")
}

#[test]
#[ignore = "needs an engine"]
fn an_engine_that_never_answers() {
    let services = "  db:
    image: busybox
    sh: runs
    instances:
      db-unique: {ship: mute}
  web:
    image: busybox
    sh: runs
    requires: db
    instances:
      web-unique: {ship: local}
  other:
    image: busybox
    sh: runs
    instances:
      other-unique: {ship: local}
";
    let ships = "ships:
  local: {host: 'unix://SOCKET', ip: localhost}
  mute: {host: 'unix://MUTE', ip: localhost, timeout: 1}
";
    let mut site = Site::new("");
    let mute = site.path().join("mute.sock");
    let _listener = UnixListener::bind(&mute).unwrap();
    let ships =
        ships.replace("SOCKET", site.socket().to_str().unwrap()).replace("MUTE", mute.to_str().unwrap());
    site.write(&file(&ships, services));
    insta::assert_snapshot!(site.transcripts(&["plan", "start", "status", "stop"]));
}

#[test]
#[ignore = "needs an engine"]
fn an_engine_that_refuses() {
    let ships = "ships:
  local: {host: 'tcp://127.0.0.1:1', ip: localhost}
";
    let services = "  web:
    image: busybox
    sh: runs
    instances:
      web-unique: {}
";
    let mut site = Site::new(&file(ships, services));
    let nowhere = format!("unix://{}", site.path().join("nowhere.sock").display());
    site.set("DOCKER_HOST", &nowhere);
    let refused = site.transcripts(&["start", "status", "logs web-unique"]);
    // Without ships the file means the local engine, which is nowhere.
    site.write(&file("", services));
    insta::assert_snapshot!(format!("{refused}\nwithout ships:\n{}", site.transcript("start")));
}

#[test]
#[ignore = "needs an engine"]
fn an_image_that_cannot_be_had() {
    let services = "  web:
    image: 127.0.0.1:1/none:1
    instances:
      web-unique: {}
  app:
    image: busybox
    sh: runs
    requires: web
    instances:
      app-unique: {}
";
    let site = Site::new(&file("", services));
    insta::assert_snapshot!(site.transcripts(&["pull web", "start -c 1"]));
}

/// What engines say of a port that is taken, in the words of 20.10 and 26.1, and in one line: where it is wrapped depends
/// on the words.
fn as_20_10_says(text: &str) -> String {
    let reason = regex::Regex::new("(?s)    reason   one of its ports.*?\n    state").unwrap();
    let of_28 = regex::Regex::new(r"failed to bind host port for 0.0.0.0:PORT1:[0-9.]+:80/tcp:").unwrap();
    let of_20_10 = "Error starting userland proxy: listen tcp4 0.0.0.0:PORT1: bind:";
    let text = reason.replace_all(text, |found: &regex::Captures<'_>| {
        let words: Vec<&str> = found[0].split_whitespace().collect();
        let words = words.join(" ");
        format!("    {}\n    state", words.trim_end_matches(" state"))
    });
    of_28.replace_all(&text, of_20_10).replace("failed to set up container networking: ", "")
}

#[test]
#[ignore = "needs an engine"]
fn a_port_that_is_taken() {
    let services = "  first:
    image: busybox
    sh: runs
    ports: {http: '80:PORT1'}
    instances:
      first-unique: {}
  second:
    image: busybox
    sh: runs
    ports: {http: '80:PORT1'}
    instances:
      second-unique: {}
";
    let site = Site::new(&file("", services));
    let listener = TcpListener::bind(("0.0.0.0", site.real("PORT1").parse().unwrap())).unwrap();
    let by_program = site.transcript("start first");
    drop(listener);
    site.succeed("start first");
    let by_container = site.transcripts(&["start second", "status"]);
    let text = as_20_10_says(&format!("{by_program}\n{by_container}"));
    // A free port beside the one that two publish.
    let proposed = regex::Regex::new(r#"another port of the ship: `"80:\d+"`"#).unwrap();
    insta::assert_snapshot!(proposed.replace_all(&text, r#"another port of the ship: `"80:FREE"`"#));
}

#[test]
#[ignore = "needs an engine"]
fn a_container_that_dies_at_once() {
    let services = "  db:
    image: busybox
    command: [/bin/busybox, sh, -c, 'echo one; echo; echo three; exit 3']
    instances:
      db-unique: {}
  web:
    image: busybox
    sh: runs
    requires: db
    instances:
      web-unique: {}
";
    let site = Site::new(&file("", services));
    insta::assert_snapshot!(site.transcripts(&["start -c 1", "status"]));
}

#[test]
#[ignore = "needs an engine"]
fn a_container_that_the_engine_keeps_starting_again() {
    let services = "  web:
    image: busybox
    command: [/bin/busybox, sh, -c, 'echo boom; exit 1']
    restart: always
    instances:
      web-unique: {}
";
    let site = Site::new(&file("", services));
    let said = site.run("start");
    assert_eq!(said.code, Some(1), "{}", said.text);
    let text = normal::unwrapped(&said.text);
    for words in ["boom", "its restart policy makes the engine restart it"] {
        assert!(text.contains(words), "{words} in {}", said.text);
    }
    // On a busy machine the engine may have started it again before it is looked at.
    let is_first = text.contains("exited right after its start") && text.contains("code 1");
    assert!(is_first || text.contains("its program keeps exiting"), "{}", said.text);
}

#[test]
#[ignore = "needs an engine"]
fn a_command_that_the_image_does_not_have() {
    let services = "  web:
    image: busybox
    command: /no/such/program --fast
    instances:
      web-unique: {}
  app:
    image: busybox
    instances:
      app-unique: {}
";
    let site = Site::new(&file("", services));
    insta::assert_snapshot!(site.transcripts(&["start web", "start app"]));
}

#[test]
#[ignore = "needs an engine"]
fn a_program_that_needs_more_memory_than_its_limit() {
    let services = "  web:
    image: busybox
    command: [/bin/busybox, sh, -c, 'a=x; while true; do a=$a$a$a; done']
    limits: {memory: 48m}
    ports: {http: '80:PORT1'}
    lifecycle: {running: [{type: tcp, port: http, max_wait: 60}]}
    instances:
      web-unique: {}
";
    // A lower limit can kill runc's own process before the program begins. On a busy machine the program may take longer
    // than a container without a check has to stay up.
    let site = Site::new(&file("", services));
    insta::assert_snapshot!(site.transcript("start"));
}

#[test]
#[ignore = "needs an engine"]
fn what_an_engine_refuses_is_told_with_its_key_and_line() {
    let services = "  user:
    image: busybox
    sh: runs
    username: nobody2
    instances:
      user-unique: {}
  workdir:
    image: busybox
    sh: runs
    workdir: /bin/busybox
    instances:
      workdir-unique: {}
  mount:
    image: busybox
    sh: runs
    volumes: {/bin/busybox: /tmp}
    instances:
      mount-unique: {}
  network:
    image: busybox
    sh: runs
    net: no-such-network
    instances:
      network-unique: {}
  address:
    image: busybox
    sh: runs
    ports: {http: {exposed: 80, external: [198.51.100.9, PORT1]}}
    instances:
      address-unique: {}
  ulimits:
    image: busybox
    sh: runs
    ulimits: {nofile: 2147483584}
    instances:
      ulimits-unique: {}
  driver:
    image: busybox
    sh: runs
    log_driver: syslog
    log_opt: {syslog-address: 'tcp://127.0.0.1:1'}
    instances:
      driver-unique: {}
";
    let site = Site::new(&file("", services));
    insta::assert_snapshot!(site.transcript("start --no-preflight -c 1"));
}

#[test]
#[ignore = "needs an engine"]
fn a_check_that_never_passes() {
    let services = "  web:
    image: busybox
    sh: runs
    ports: {http: '80:PORT1'}
    lifecycle: {running: [{type: tcp, port: http, max_wait: 1}]}
    instances:
      web-unique: {}
";
    let site = Site::new(&file("", services));
    insta::assert_snapshot!(site.transcript("start"));
}
