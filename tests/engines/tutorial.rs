//! The tutorial's services, stage by stage, with its images.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;

use crate::support::site::{Site, until};

const ENVIRONMENT: &str = "WayTooComplicatedHelloWorld";
const GREETING: &str = "Hello from the volume of simple_node_service";

/// A file of the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The tutorial's place, with its images built and nothing running. Only one at a time: it has names and ports that
/// cannot be changed.
pub fn site() -> Site {
    let site = Site::fixed(ENVIRONMENT, "tutorial");
    let has = |image: &str| {
        let words = ["image", "inspect", image].map(str::to_owned);
        site.program("docker", &words).output().is_ok_and(|output| output.status.success())
    };
    if !["simple_node_service", "linked_node_app"].into_iter().all(has) {
        let script = project("scripts/tutorial-images");
        let status = Command::new(script).env("DOCKER_HOST", &site.host).status().unwrap();
        assert!(status.success(), "scripts/tutorial-images builds the images");
    }
    site
}

/// What is served at a port of this machine: tried until something answers.
pub fn page(port: u16) -> String {
    until(&format!("an answer on port {port}"), || {
        let mut stream = TcpStream::connect(("localhost", port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split_once("\r\n\r\n").map(|(_, body)| body.trim().to_owned())
    })
}

/// From now on the file is that of this stage.
fn stage(site: &mut Site, name: &str) {
    let file = project("examples/tutorial/stages").join(name);
    site.write(&fs::read_to_string(file).unwrap());
}

/// A folder with something to serve.
fn with_data(site: &mut Site) {
    let data = site.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("message.txt"), format!("{GREETING}\n")).unwrap();
    site.set("NODE_DATA", data.to_str().unwrap());
}

/// Where in a run an event of that kind is told of an instance's step.
fn at(events: &[Value], kind: &str, action: &str, instance: &str) -> usize {
    events
        .iter()
        .position(|event| {
            event["event"] == kind && event["action"] == action && event["instance"] == instance
        })
        .unwrap_or_else(|| panic!("no {kind} of {action} of {instance} in {events:#?}"))
}

fn status(site: &Site) -> Vec<String> {
    let text = site.output("status").text;
    // Name, ship, state.
    let state =
        |line: &str| line.split("  ").filter(|cell| !cell.trim().is_empty()).nth(2).map(str::to_owned);
    text.lines().skip(2).filter_map(state).map(|state| state.trim().to_owned()).collect()
}

#[test]
#[ignore = "needs an engine"]
fn stage_by_stage() {
    let mut site = site();
    with_data(&mut site);
    stage(&mut site, "1-ships.yaml");
    assert!(
        site.succeed("status")
            .starts_with(&format!("No services are defined in the environment {ENVIRONMENT}"))
    );

    stage(&mut site, "2-service.yaml");
    assert_eq!(status(&site), ["absent"]);
    site.succeed("start");
    assert_eq!(status(&site), ["ready"]);
    assert_eq!(page(8099), "nothing in /var/data: is the volume mounted?");
    site.succeed("stop");
    assert_eq!(status(&site), ["down, exit 0"]);

    stage(&mut site, "3-volume.yaml");
    site.succeed("start");
    assert_eq!(page(8099), GREETING);

    stage(&mut site, "4-second-service.yaml");
    site.succeed("start");
    assert!(page(8090).starts_with("cannot reach http://service:8099: ENOTFOUND"));
    linked(&mut site);
}

/// The last stage, and the end.
fn linked(site: &mut Site) {
    stage(site, "5-linked.yaml");
    let server = site.docker("inspect --format {{.Id}} server");
    assert!(site.succeed("start").contains("apply web"), "what differs is told, with what to type");
    site.succeed("apply web");
    assert_eq!(page(8090), GREETING);
    assert_eq!(site.docker("inspect --format {{.Id}} server"), server, "server was left alone");
    assert!(site.succeed("start").contains("nothing to do"));

    let (events, code) = site.json_lines("stop");
    assert_eq!(code, Some(0));
    assert!(at(&events, "step-done", "stop", "web") < at(&events, "step-started", "stop", "server"));
    let (events, code) = site.json_lines("start");
    assert_eq!(code, Some(0));
    assert!(at(&events, "step-done", "ready", "server") < at(&events, "step-started", "start", "web"));
    assert_eq!(page(8090), GREETING);

    site.succeed("stop");
    site.succeed("clean");
    let ours = format!("--filter label=maestro.environment={ENVIRONMENT}");
    assert_eq!(site.docker(&format!("ps -aq {ours}")), "");
    assert_eq!(site.docker(&format!("network ls -q {ours}")), "");
}

#[test]
#[ignore = "needs an engine"]
fn a_stop_and_a_start_bring_the_link_as_a_restart_does() {
    let mut site = site();
    with_data(&mut site);
    stage(&mut site, "4-second-service.yaml");
    site.succeed("start");
    stage(&mut site, "5-linked.yaml");
    site.succeed("stop");
    site.succeed("start");
    assert_eq!(page(8090), GREETING);
    // Its target may be replaced; the link holds.
    site.succeed("restart server");
    assert_eq!(page(8099), GREETING);
    assert_eq!(page(8090), GREETING);
}
