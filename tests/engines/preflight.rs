//! What would go wrong is told before the first step, all at once, and what runs goes on running.

use std::net::TcpListener;

use crate::{
    failures::file,
    support::{IMAGE, normal, proxy::Proxy, registry::Registry, site::Site},
};

/// Two that run, of which the first is going to be replaced.
const BEFORE: &str = "  db:
    image: busybox
    sh: runs
    env: {MODE: fast}
    instances: {db-unique: {}}
  web:
    image: busybox
    sh: runs
    requires: db
    instances: {web-unique: {}}
";
/// The same with ports that others have, an image that its registry has not, and a path that cannot be.
const AFTER: &str = "  db:
    image: 127.0.0.1:PORT2/app:9
    sh: runs
    env: {MODE: safe}
    instances: {db-unique: {}}
  web:
    image: busybox
    sh: runs
    requires: db
    ports: {http: '80:PORT3'}
    instances: {web-unique: {}}
  new:
    image: busybox
    sh: runs
    ports: {http: '80:PORT4'}
    instances:
      new-unique:
        volumes: {/below: FOLDER/maestro.yaml/below}
";

fn ids(site: &Site) -> String {
    site.docker("ps --no-trunc --format {{.ID}} --filter label=maestro.environment=env-unique")
}

#[test]
#[ignore = "needs an engine"]
fn nothing_is_taken_down_for_what_cannot_be_brought_up() {
    let mut site = Site::new(&file("", BEFORE));
    site.succeed("apply");
    let before = ids(&site);
    assert_eq!(before.lines().count(), 2);
    let _registry = Registry::open(&site);
    site.strangers.push("taker-unique".to_owned());
    site.docker(&format!("run -d --name taker-unique -p PORT3:80 {IMAGE} /bin/busybox sleep 1000"));
    let _listener = TcpListener::bind(format!("127.0.0.1:{}", site.real("PORT4"))).unwrap();
    let folder = site.path().display().to_string();
    site.write(&file("", AFTER).replace("FOLDER", &folder));
    let applied = site.transcript("apply");
    assert_eq!(ids(&site), before, "{applied}");

    let (events, code) = site.json_lines("apply");
    assert_eq!(code, Some(6), "{events:?}");
    let [event] = &events[..] else { panic!("one event: {events:#?}") };
    assert_eq!((&event["event"], &event["outcome"]), (&"preflight".into(), &"refused".into()));
    assert_eq!(event["findings"].as_array().unwrap().len(), 4);

    let proxy = Proxy::new(site.path(), &site.host);
    site.set("DOCKER_HOST", &proxy.host());
    let planned = site.output("--output json plan");
    assert_eq!(planned.code, Some(6), "{}", planned.text);
    let plan: serde_json::Value = serde_json::from_str(&planned.text).unwrap();
    assert_eq!(plan["findings"].as_array().unwrap().len(), 4, "{}", planned.text);
    let requests = proxy.requests();
    assert!(requests.iter().all(|request| request.starts_with("GET ")), "{requests:?}");
    assert!(requests.iter().any(|request| request.contains("/distribution/")), "{requests:?}");
    let unlooked = site.output("--output json plan --no-preflight");
    assert_eq!(unlooked.code, Some(0), "{}", unlooked.text);
    assert!(!proxy.requests().iter().any(|request| request.contains("/distribution/")));
    let host = site.host.clone();
    site.set("DOCKER_HOST", &host);

    let restarted = site.run("restart web-unique");
    assert_eq!(restarted.code, Some(6), "{}", restarted.text);
    assert_eq!(ids(&site), before, "{}", restarted.text);
    // Who knows better goes on, and is told by the step that fails.
    let gone_on = site.run("apply --no-preflight new-unique");
    assert_eq!(gone_on.code, Some(1), "{}", gone_on.text);
    assert_eq!(ids(&site), before, "{}", gone_on.text);
    insta::assert_snapshot!(applied);
}

#[test]
#[ignore = "needs an engine"]
fn an_apply_whose_own_old_container_has_the_port_goes_on() {
    let services = "  web:
    image: busybox
    sh: runs
    ports: {http: '80:PORT1'}
    env: {MODE: fast}
    instances: {web-unique: {}}
";
    let mut site = Site::new(&file("", services));
    site.succeed("apply");
    site.write(&file("", services).replace("fast", "safe"));
    let applied = site.succeed("apply");
    assert!(!applied.contains("before the first step"), "{applied}");
    // A container with the ship's own network has ports that no list tells.
    let on_host = "  web:
    image: busybox
    command: [/bin/busybox, nc, -ll, -p, 'PORT2', -e, /bin/busybox, cat]
    stop_timeout: 1
    net: host
    instances: {web-unique: {}}
";
    site.write(&file("", on_host));
    site.succeed("apply");
    site.write(&file("", services).replace("80:PORT1", "80:PORT2"));
    let said = site.succeed("apply");
    assert!(said.contains("1 warning before the first step: apply continues"), "{said}");
}

#[test]
#[ignore = "needs an engine"]
fn what_the_engine_warns_of_at_create_is_told() {
    let services = "  web:
    image: busybox
    sh: runs
    net: host
    ports: {http: 'PORT1:PORT1'}
    instances: {web-unique: {}}
";
    let site = Site::new(&file("", services));
    let warning = "the engine warns: Published ports are discarded when using host network mode";
    let said = site.succeed("start");
    assert!(normal::unwrapped(&said).contains(warning), "{said}");
    site.succeed("kill");
    site.succeed("clean");
    let said = site.succeed("--output json start");
    let events = said.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let remarks: Vec<_> = events.filter(|event| event["event"] == "remark").collect();
    let [remark] = &remarks[..] else { panic!("{said}") };
    assert_eq!((&remark["remark"], &remark["instance"]), (&warning.into(), &site.real("web-unique").into()));
}

#[test]
#[ignore = "needs an engine"]
fn a_version_that_the_engine_does_not_speak() {
    let services = "  web:\n    image: busybox\n    sh: runs\n    instances: {web-unique: {}}\n";
    let mut site = Site::new("");
    let socket = site.socket();
    let ships = format!(
        "ships:\n  local: {{host: 'unix://{}', ip: localhost, api_version: '9.9'}}\n",
        socket.display()
    );
    site.write(&file(&ships, services));
    let told = site.transcript("apply");
    assert!(told.contains("does not speak version 9.9 of Docker's API"), "{told}");
    assert!(told.contains("leave `api_version` out of the ship"), "{told}");
    assert!(told.ends_with("exit code: 4\n"), "{told}");
}
