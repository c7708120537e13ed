//! What each command does to containers, and what its options change.

use std::{io::Write as _, process::Stdio};

use serde_json::Value;

use crate::{
    failures::file,
    support::site::{Running, Site},
};

/// `db` before `app` before `web`, each with one instance; `db` has a second.
const CHAIN: &str = "  db:
    image: busybox
    sh: runs
    instances:
      db1-unique: {}
      db2-unique: {}
  app:
    image: busybox
    sh: runs
    requires: db
    instances:
      app-unique: {}
  web:
    image: busybox
    sh: runs
    requires: app
    instances:
      web-unique: {}
";

/// Steps as they ended: `stop web-unique`.
fn done(events: &[Value]) -> Vec<String> {
    let done = events.iter().filter(|event| event["event"] == "step-done");
    let word = |event: &Value, key: &str| event[key].as_str().unwrap_or("-").to_owned();
    done.map(|event| format!("{} {}", word(event, "action"), word(event, "instance"))).collect()
}

fn of(events: &[Value], action: &str) -> Vec<String> {
    let prefix = format!("{action} ");
    done(events).iter().filter_map(|step| step.strip_prefix(&prefix).map(str::to_owned)).collect()
}

/// Each step of the plan begins once and ends once, in that order; the summary counts them.
fn complete(events: &[Value]) {
    assert_eq!(events[0]["event"], "started");
    let last = events.last().unwrap();
    assert_eq!(last["event"], "finished");
    let steps = events[0]["steps"].as_u64().unwrap();
    for step in 0..steps {
        let told = events.iter().filter(|event| event["step"] == step && event["event"] != "step-progress");
        let kinds: Vec<&str> = told.filter_map(|event| event["event"].as_str()).collect();
        assert_eq!(kinds, ["step-started", "step-done"], "step {step} of {events:#?}");
    }
    assert_eq!(last["summary"]["done"], steps);
}

#[test]
#[ignore = "needs an engine"]
fn order_of_start_restart_and_stop() {
    let site = Site::new(&file("", CHAIN));
    let (events, code) = site.json_lines("start");
    assert_eq!(code, Some(0));
    complete(&events);
    assert_eq!(of(&events, "start")[2..], ["app-unique", "web-unique"]);

    let (events, _) = site.json_lines("restart");
    complete(&events);
    assert_eq!(of(&events, "stop")[..2], ["web-unique", "app-unique"]);
    assert_eq!(of(&events, "start")[2..], ["app-unique", "web-unique"]);

    // Of what is not named only what depends on it is taken along, and only if that is asked for.
    let (events, _) = site.json_lines("restart -d app");
    // Instances that are named are replaced in turns, each once what it requires is ready.
    assert_eq!(of(&events, "stop"), ["app-unique", "web-unique"]);
    assert_eq!(of(&events, "start"), ["app-unique", "web-unique"]);
    let (events, _) = site.json_lines("restart -d --all-at-once app");
    assert_eq!(of(&events, "stop"), ["web-unique", "app-unique"]);
    let (events, _) = site.json_lines("restart app");
    assert_eq!(of(&events, "start"), ["app-unique"]);

    let (events, _) = site.json_lines("stop -d -c 1 db1-unique");
    complete(&events);
    assert_eq!(of(&events, "stop"), ["web-unique", "app-unique", "db1-unique"]);
    let (events, _) = site.json_lines("start -d web");
    assert_eq!(of(&events, "start"), ["db1-unique", "app-unique", "web-unique"]);
}

/// A mistake in one instance keeps nobody from stopping what has nothing to do with it.
#[test]
#[ignore = "needs an engine"]
fn stop_in_spite_of_a_mistake() {
    let services = format!(
        "{CHAIN}  cache:\n    image: busybox\n    sh: runs\n    instances:\n      cache-unique: {{}}\n"
    );
    let mut site = Site::new(&file("", &services));
    assert_eq!(site.json_lines("start").1, Some(0));
    site.write(&file("", &services.replace("app-unique: {}", "app-unique: {restrat: always}")));
    let status = site.output("status");
    assert_eq!(status.code, Some(2), "{}", status.text);
    assert_eq!(status.text.matches(" up ").count(), 4, "{}", status.text);
    // `web` needs what cannot be read, which needs `db`: only `cache` has no order with it.
    let (events, code) = site.json_lines("stop");
    assert_eq!((of(&events, "stop"), code), (vec!["cache-unique".to_owned()], Some(2)));
    let (events, code) = site.json_lines("stop -i web");
    assert_eq!((of(&events, "stop"), code), (vec!["web-unique".to_owned()], Some(2)));
    site.write(&file("", &services));
    assert_eq!(of(&site.json_lines("stop").0, "stop")[0], "app-unique");
}

#[test]
#[ignore = "needs an engine"]
fn dependencies_ignored() {
    let services = CHAIN.replace("requires: app", "requires: app\n    stop_timeout: 1").replace(
        "    requires: db\n",
        "    requires: db\n    lifecycle: {running: [{type: sleep, wait: 1}]}\n",
    );
    let site = Site::new(&file("", &services));
    let (events, code) = site.json_lines("start -i");
    assert_eq!(code, Some(0));
    complete(&events);
    let steps = done(&events);
    let at = |step: &str| steps.iter().position(|other| other == step).unwrap();
    assert!(at("start web-unique") < at("ready app-unique"), "{steps:?}");
}

#[test]
#[ignore = "needs an engine"]
fn filters_and_names() {
    let ships = "ships:\n  local: {host: 'unix://SOCKET', ip: localhost}\n  other: {host: 'unix://SOCKET', ip: localhost}\n";
    let services = CHAIN
        .replace("db2-unique: {}", "db2-unique: {ship: other}")
        .replace("-unique: {}", "-unique: {ship: local}");
    let mut site = Site::new("");
    site.write(&file(&ships.replace("SOCKET", site.socket().to_str().unwrap()), &services));
    let (events, _) = site.json_lines("start -S oth*");
    assert_eq!(of(&events, "start"), ["db2-unique"]);
    let (events, _) = site.json_lines("start -C db[13]*");
    assert_eq!(of(&events, "start"), ["db1-unique"]);
    let (events, _) = site.json_lines("start -c 1 app -C web* web");
    assert_eq!(of(&events, "start"), ["web-unique"]);
    assert_eq!(of(&site.json_lines("kill -C db* -S local").0, "kill"), ["db1-unique"]);
    insta::assert_snapshot!(site.transcripts(&[
        "status",
        "start dv",
        "start ap-unique web",
        "stop -C nothing*",
        "start -c 0",
        "start -C [",
        "strat",
    ]));
}

#[test]
#[ignore = "needs an engine"]
fn logs() {
    let script = "echo one; printf '\\\\033[31mtwo\\\\033]0;owned\\\\007\\\\n'; /bin/busybox sleep 0.2; echo three >&2";
    let services = format!(
        "  loud:
    image: busybox
    command: [/bin/busybox, sh, -c, \"{script}; /bin/busybox sleep 1\"]
    instances:
      loud-unique: {{}}
  quiet:
    image: busybox
    sh: runs
    instances:
      q-unique: {{}}
  absent:
    image: busybox
    instances:
      absent-unique: {{}}
"
    );
    let site = Site::new(&file("", &services));
    site.succeed("start loud");
    let mut followed = Running::begin(site.command("logs -F loud"), true);
    followed.says("three");
    // Lines are printed in the order of their times: `quiet` writes its first one after the last one of `loud`.
    site.succeed("start quiet");
    followed.signal("INT");
    let followed = site.transcript_of("logs -F loud", &followed.end());
    let rest = site.transcripts(&["logs -n 1 loud", "logs -n 1 loud quiet", "logs absent", "logs -n 0 loud"]);
    insta::assert_snapshot!(format!("{followed}\n{rest}"));
    let (lines, code) = site.json_lines("logs loud");
    assert_eq!(code, Some(0));
    assert_eq!(lines[1]["line"], "\u{1b}[31mtwo\u{1b}]0;owned\u{7}");
}

#[test]
#[ignore = "needs an engine"]
fn a_file_from_standard_input() {
    let site = Site::new("not even YAML: [");
    let yaml = site.real(&file("", CHAIN));
    let mut command = site.command("-f - status");
    command.stdin(Stdio::piped());
    let mut running = Running::begin(command, true);
    running.child.stdin.take().unwrap().write_all(yaml.as_bytes()).unwrap();
    let said = running.end();
    insta::assert_snapshot!(site.transcript_of("-f - status", &said));
}

#[test]
#[ignore = "needs an engine"]
fn what_contacts_nothing() {
    let services = CHAIN.replace(
        "  web:\n",
        "  web:\n    env: {COUNT: 1.5, FLAG: true, DB_PASSWORD: hush}\n    links: {app-unique: back}\n",
    );
    let mut site = Site::new(&file("", &services));
    site.set("DOCKER_HOST", "unix:///nowhere");
    insta::assert_snapshot!(site.transcripts(&["deptree", "deptree -r web", "config web"]));
    let config = site.output("config");
    let yaml = maestro_file::document::load(
        "config",
        config.text.into_bytes(),
        site.path(),
        &std::collections::BTreeMap::new(),
    );
    assert!(yaml.yaml.is_some() && yaml.diagnostics.is_empty(), "it is YAML again");
    let json: Value = serde_json::from_str(&site.output("--output json config").text).unwrap();
    assert_eq!(
        json["services"]["web"]["instances"][site.real("web-unique")]["container"]["env"]["COUNT"],
        "1.5"
    );
}
