//! Jobs of a Swarm of two versions of Docker.

use std::fs;

use crate::{support::lab::IMAGE, swarm::Swarm};

/// A job that ends so, one on each node, and a service that waits for the first.
fn project(code: u8) -> String {
    format!(
        r#"name: env-unique
services:
  migrate:
    image: {IMAGE}
    command: [busybox, sh, -c, "echo migrates with {code}; exit {code}"]
  each:
    image: {IMAGE}
    command: [busybox, "true"]
    deploy: {{mode: global-job}}
  web:
    image: {IMAGE}
    command: [busybox, sh, -c, "trap 'exit 0' TERM; while true; do busybox sleep 0.1; done"]
    depends_on: {{migrate: {{condition: service_completed_successfully}}}}
    deploy: {{endpoint_mode: dnsrr}}
"#
    )
}

#[test]
#[ignore = "needs a lab"]
fn jobs_run_to_their_end_once_and_again_if_they_are_asked_to_or_changed() {
    let swarm = Swarm::new();
    let lab = &swarm.0;
    let run = |code: u8, arguments: &str, exit: i32| {
        fs::write(lab.path().join("compose.yaml"), lab.real(&project(code))).unwrap();
        let said = lab.run(&format!("-f compose.yaml -f site.yaml {arguments}"));
        assert_eq!(said.code, Some(exit), "{arguments}: {}", said.text);
        said.text
    };
    let failed = run(3, "apply", 1);
    for words in ["task: non-zero exit (3)", "code 3", "migrates with 3"] {
        assert!(failed.contains(words), "{words}: {failed}");
    }
    let status = run(3, "status", 0);
    assert!(status.contains("down, exit code 3, 0/1 tasks completed"), "{status}");
    assert!(status.contains("completed, 2/2 tasks completed"), "{status}");
    run(0, "apply", 0);
    let second = run(0, "apply", 0);
    assert!(second.contains("nothing to do, 3 unchanged"), "{second}");
    let again = run(0, "run migrate", 0);
    assert_eq!(again.matches("migrates with").count(), 1, "{again}");
    run(4, "run migrate", 4);
    run(0, "down --yes", 0);
}
