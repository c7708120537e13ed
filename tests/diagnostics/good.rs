//! Files that must load without a word: every key of schema 1 and 2, in every form. And files that load with warnings.

use crate::program::{Engine, each, here};

#[test]
fn every_key_is_read_without_a_word() {
    let engine = Engine::new();
    each("good", |name| {
        let file = format!("{name}.yaml");
        let run = engine.run(&here().join("good"), &["-f", &file, "config"]);
        assert_eq!((run.stderr.as_str(), run.code, run.contacted), ("", Some(0), false), "{name}");
        insta::assert_snapshot!(format!("good-{name}"), run.stdout);
    });
}

#[test]
fn warnings_are_shown_and_the_command_goes_on() {
    let engine = Engine::new();
    each("warnings", |name| {
        let file = format!("{name}.yaml");
        let run = engine.run(&here().join("warnings"), &["-f", &file, "deptree"]);
        assert_eq!((run.code, run.contacted), (Some(0), false), "{name}: {}", run.stderr);
        assert!(!run.stdout.is_empty(), "{name}");
        insta::assert_snapshot!(format!("warnings-{name}"), run.stderr);
    });
}
