//! `config --fix` makes the changes that can only be meant in one way, and nothing else.

use std::path::Path;

use crate::program::{Engine, Run};

const FILE: &str = "# kept\r\nname: shop\r\nservices:\r\n  web:\r\n    imgae: nginx:1.27   # kept\r\n    instances:\r\n      \
                    web-1: {restart: allways, ports: {http:80}}\r\n      web-2: {ship: nowhere}\r\n";

fn run(directory: &Path, arguments: &[&str]) -> Run {
    let run = Engine::new().run(directory, arguments);
    assert!(!run.contacted, "an engine was contacted");
    run
}

fn with(text: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("maestro.yaml"), text).unwrap();
    directory
}

#[test]
fn safe_changes_are_made_and_all_else_is_kept() {
    let directory = with(&format!("\u{feff}{FILE}"));
    let path = directory.path().join("maestro.yaml");
    let run = run(directory.path(), &["config", "--fix"]);
    let fixed = FILE.replace("imgae", "image").replace("allways", "always").replace("http:80", "http: 80");
    assert_eq!(std::fs::read_to_string(path).unwrap(), format!("\u{feff}{fixed}"));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.stdout
            .starts_with("@@ line 5\n-    imgae: nginx:1.27   # kept\n+    image: nginx:1.27   # kept\n"),
        "{}",
        run.stdout
    );
    // What is left has several ways out.
    assert!(run.stderr.contains("there is no ship `nowhere`"), "{}", run.stderr);
    assert!(run.stderr.contains("1 error in maestro.yaml"), "{}", run.stderr);
}

#[test]
fn a_dry_run_changes_nothing() {
    let directory = with(FILE);
    let run = run(directory.path(), &["config", "--fix", "--dry-run"]);
    assert_eq!(std::fs::read_to_string(directory.path().join("maestro.yaml")).unwrap(), FILE);
    assert!(run.stdout.contains("+    image: nginx:1.27"), "{}", run.stdout);
}

#[test]
fn a_valid_file_is_left_alone() {
    let text = "name: shop\nservices: {web: {image: nginx, instances: {web-1: {}}}}\n";
    let directory = with(text);
    let run = run(directory.path(), &["config", "--fix"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(directory.path().join("maestro.yaml")).unwrap(), text);
}

#[test]
fn changed_lines_show_no_secret() {
    let directory = with(
        "name: shop\nservices:\n  web:\n    image: nginx\n    env: {DB_PASSWORD:hunter2-secret, A: b}\n    instances: {web-1: {}}\n",
    );
    let run = run(directory.path(), &["config", "--fix"]);
    assert!(
        run.stdout.contains("***") && !(run.stdout + &run.stderr).contains("hunter2"),
        "{}",
        run.code.unwrap()
    );
    let text = std::fs::read_to_string(directory.path().join("maestro.yaml")).unwrap();
    assert!(text.contains("{DB_PASSWORD: hunter2-secret, A: b}"), "{text}");
}

#[test]
fn standard_input_cannot_be_fixed() {
    let directory = with(FILE);
    let said = run(directory.path(), &["-f", "-", "config", "--fix"]).refused();
    assert!(said.contains("standard input is none"), "{said}");
}
