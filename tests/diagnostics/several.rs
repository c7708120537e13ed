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
