//! Commands that have to work in an outage use what is valid of a file with mistakes, and end with 2.

use crate::program::{Engine, Run};

const FILE: &str = "name: shop
version: 3
ships: {node1: {host: 'tcp://127.0.0.1:1', timeout: 1}}
services:
  db: {image: postgres:17, instances: {db-1: {}}}
  web:
    image: nginx:1.27
    requires: db
    instances:
      web-1: {restrat: always}
      web-2: {}
  other: {image: busybox, instances: {other-1: {}}}
";

fn run(text: &str, arguments: &[&str]) -> Run {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("maestro.yaml"), text).unwrap();
    Engine::new().run(directory.path(), arguments)
}

#[test]
fn status_shows_what_is_valid_after_the_mistakes() {
    let run = run(FILE, &["status"]);
    assert_eq!(run.code, Some(2));
    let said = format!("{}\n{}", run.stderr, run.stdout);
    // Where the socket is that stands in for a port of this machine.
    let socket = said.split([' ', '\n']).find(|word| word.ends_with("docker.sock")).unwrap();
    insta::assert_snapshot!(said.replace(socket.trim_start_matches("unix://"), "SOCKET"));
}

#[test]
fn logs_history_and_stop_go_on_as_well() {
    for command in ["logs", "history", "stop"] {
        let run = run(FILE, &[command]);
        assert_eq!(run.code, Some(2), "{command}: {}", run.stderr);
        let goes_on = format!("2 errors in maestro.yaml: `{command}` continues with the valid part");
        assert!(run.stderr.contains(&goes_on), "{}", run.stderr);
        assert!(run.stderr.contains("127.0.0.1:1"), "the ship was not contacted: {}", run.stderr);
    }
}

#[test]
fn stop_leaves_alone_what_has_to_do_with_what_cannot_be_read() {
    let run = run(FILE, &["stop"]);
    assert!(run.stderr.contains("note: not changed: db-1. "), "{}", run.stderr);
    assert!(!run.stdout.contains("db-1"), "{}", run.stdout);
}

#[test]
fn what_cannot_be_read_cannot_be_named() {
    for command in ["status", "logs", "stop"] {
        let run = run(FILE, &[command, "web-1"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{command}");
        assert!(run.stderr.contains("error: `web-1` cannot be read"), "{}", run.stderr);
        assert!(run.stderr.ends_with("nothing was contacted\n"), "{}", run.stderr);
    }
}

#[test]
fn a_mistake_in_a_macro_leaves_the_instances_of_its_call_out() {
    let text = FILE.replace("      web-1: {restrat: always}\n", "{{ worker('web-1') }}\n");
    let text = format!(
        "{{% macro worker(name) %}}\n      {{{{ name }}}}: {{restart: alway}}\n{{% endmacro %}}\n{text}"
    );
    let run = run(&text.replace("version: 3\n", ""), &["status"]);
    assert!(run.stderr.contains("called here"), "{}", run.stderr);
    assert!(run.stderr.contains("skipped (invalid): web-1"), "{}", run.stderr);
}

#[test]
fn a_mistake_in_a_ship_ends_them() {
    for command in ["status", "logs", "history", "stop"] {
        run(&FILE.replace("host:", "hots:"), &[command]).refused();
        run(&FILE.replace("name: shop", "nam: shop"), &[command]).refused();
    }
}

#[test]
fn what_needs_no_image_works_where_its_tag_is_not_set() {
    let directory = tempfile::tempdir().unwrap();
    let site = "ships: {node1: {host: 'tcp://127.0.0.1:1', timeout: 1}}\n";
    for (name, text) in
        [("compose.yaml", "services: {web: {image: 'app:${RELEASE}'}}\n"), ("site.yaml", site)]
    {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let run =
        |command| Engine::new().run(directory.path(), &["-f", "compose.yaml", "-f", "site.yaml", command]);
    for command in ["status", "stop", "logs", "history"] {
        let run = run(command);
        let said = format!("{}{}", run.stderr, run.stdout);
        assert!(run.code != Some(2) && !said.contains("bad-image"), "{command}: {said}");
        assert!(
            said.contains("docker.sock") || said.contains("127.0.0.1:1"),
            "the ship was not contacted: {said}"
        );
    }
    for command in ["plan", "apply"] {
        let message = run(command).refused();
        assert!(message.contains("error[bad-image]"), "{message}");
    }
}
