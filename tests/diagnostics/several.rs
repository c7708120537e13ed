//! Files of Maestro that are read together: `-f` several times, `include` and `--env-file`.

use crate::program::{Engine, fixtures, here, snapshots};

#[test]
fn later_files_and_included_ones_are_merged() {
    let engine = Engine::new();
    let arguments = ["--env-file", "variables.env", "-f", "maestro.yaml", "-f", "production.yaml", "config"];
    let run = engine.run(&here().join("several"), &arguments);
    assert_eq!((run.stderr.as_str(), run.code, run.contacted), ("", Some(0), false));
    assert!(!run.stdout.contains("hunter2"), "{}", run.stdout);
    snapshots().bind(|| insta::assert_snapshot!("several-merged", run.stdout));
    // Without the env file a variable without a value stays one, and a template says which is missing.
    let run = engine.run_with(
        &here().join("several"),
        &["-f", "maestro.yaml", "config", "web-1"],
        &[("IMAGE_TAG", "1.27"), ("TOKEN", "of the process")],
    );
    assert!(run.stdout.contains("TOKEN: null") && run.stdout.contains("PLAIN: null"), "{}", run.stdout);
}

#[test]
fn a_later_file_removes_and_replaces_values_of_an_earlier_one() {
    let directory = tempfile::tempdir().unwrap();
    let base = "name: shop\nservices:\n  web:\n    image: nginx:1.27\n    cap_add: [NET_ADMIN]\n    env: {A: 1, B: 2}\n    \
                instances: {web-1: {restart: always, ports: {http: 80}}, web-2: {}}\n";
    let later = "services:\n  web:\n    cap_add: !override [SYS_TIME]\n    env: {B: !reset null, C: 3}\n    \
                 instances: {web-1: {restart: !reset null, ports: !override {admin: 81}}, web-2: !reset {}, \
                 web-3: {restart: !reset always}}\n";
    std::fs::write(directory.path().join("maestro.yaml"), base).unwrap();
    std::fs::write(directory.path().join("later.yaml"), later).unwrap();
    let engine = Engine::new();
    let run = engine.run(directory.path(), &["-f", "maestro.yaml", "-f", "later.yaml", "config"]);
    assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)));
    for there in ["SYS_TIME", "web-1", "web-3", "admin", "A:", "C:"] {
        assert!(run.stdout.contains(there), "{there}: {}", run.stdout);
    }
    for gone in ["NET_ADMIN", "web-2", "http", "always", "B:"] {
        assert!(!run.stdout.contains(gone), "{gone}: {}", run.stdout);
    }
    // Alone there is nothing that it could remove.
    let message = engine.run(directory.path(), &["-f", "later.yaml", "plan"]).refused();
    assert!(
        message.contains("`!override` is about the value of an earlier file, and there is none"),
        "{message}"
    );
}

#[test]
fn mistakes_of_each_file_are_told_at_their_places() {
    let engine = Engine::new();
    let arguments = ["--env-file", "variables.env", "-f", "maestro.yaml", "-f", "bad.yaml", "plan"];
    let message = engine.run(&here().join("several"), &arguments).refused();
    snapshots().bind(|| insta::assert_snapshot!("several-bad", message));
}

/// Each good file as a Compose file, which the program reads again, and which holds no secret.
#[test]
fn a_file_of_maestro_can_be_written_as_a_compose_file() {
    let engine = Engine::new();
    let directory = tempfile::tempdir().unwrap();
    let mut read = 0;
    for name in fixtures("good") {
        let file = format!("{name}.yaml");
        let run = engine.run(&here().join("good"), &["-f", &file, "config", "--format", "compose"]);
        assert_eq!((run.code, run.contacted), (Some(0), false), "{name}: {}", run.stderr);
        assert!(!run.stdout.contains("hunter2"), "{name}: {}", run.stdout);
        // What cannot be said is a comment and a warning.
        assert_eq!(
            run.stdout.contains("# left out"),
            run.stderr.contains("left out"),
            "{name}: {}",
            run.stderr
        );
        if run.stdout.contains("services: {}") {
            continue;
        }
        std::fs::write(directory.path().join("out.yaml"), &run.stdout).unwrap();
        let again = engine.run(directory.path(), &["-f", "out.yaml", "config"]);
        assert_eq!(again.code, Some(0), "{name}: {}\n{}", again.stderr, run.stdout);
        assert!(again.stdout.contains("container_name: "), "{name} is read as a Compose file");
        read += 1;
    }
    assert!(read > 15, "{read} files");
    let run = engine
        .run(&here().join("good"), &["-f", "networks_and_volumes.yaml", "config", "--format", "compose"]);
    snapshots().bind(|| insta::assert_snapshot!("several-compose", run.stdout + &run.stderr));
}

#[test]
fn each_file_that_cannot_be_included_is_told() {
    let message = Engine::new().run(&here().join("several"), &["-f", "includes.yaml", "plan"]).refused();
    snapshots().bind(|| insta::assert_snapshot!("several-includes", message));
}

#[test]
fn a_compose_file_is_told_where_start_first_does_not_hold() {
    let run = Engine::new().run(&here().join("several"), &["-f", "start_first.compose.yaml", "config"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(!run.stderr.contains("`holds-1`"), "{}", run.stderr);
    snapshots().bind(|| insta::assert_snapshot!("several-start_first", run.stderr));
}
