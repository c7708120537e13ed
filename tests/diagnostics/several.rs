//! Files of Maestro that are read together: `-f` several times, `include` and `--env-file`.

use crate::program::{Engine, here, snapshots};

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
