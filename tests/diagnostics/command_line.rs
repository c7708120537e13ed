//! Mistakes on the command line.

use std::path::Path;

use crate::program::{Engine, here, snapshots};

const FILE: &str = "name: shop\nservices:\n  web:\n    image: nginx\n    instances: {web-1: {}, web-2: {}}\n  \
                    database:\n    image: postgres:17\n    instances: {db-1: {}}\n";

/// Compares what is said to this command line, beside a good file, with the snapshot of that name.
fn told(name: &str, arguments: &[&str]) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("maestro.yaml"), FILE).unwrap();
    told_in(directory.path(), name, arguments);
}

fn told_in(directory: &Path, name: &str, arguments: &[&str]) {
    let said = Engine::new().run(directory, arguments).refused();
    snapshots().bind(|| insta::assert_snapshot!(format!("cli-{name}"), said));
}

#[test]
fn an_unknown_thing_and_the_nearest() {
    told("unknown_things", &["start", "databse", "web-1", "queue"]);
}

#[test]
fn a_pattern_that_is_none_and_one_that_matches_nothing() {
    told("bad_pattern", &["status", "-C", "web-[1"]);
    told("nothing_matches", &["status", "-C", "api-*"]);
}

#[test]
fn a_file_that_is_not_there() {
    told("no_such_file", &["-f", "prod.yaml", "status"]);
    told_in(tempfile::tempdir().unwrap().path(), "no_file", &["status"]);
}

#[test]
fn a_directory_in_place_of_a_file() {
    told_in(&here(), "directory", &["-f", "good", "status"]);
    told_in(&here(), "current_directory", &["-f", ".", "status"]);
}

#[test]
fn a_compose_file_that_is_called_as_a_file_of_maestro() {
    let directory = tempfile::tempdir().unwrap();
    let file = "services:\n  web:\n    image: nginx\n    ports: [\"8080:80\"]\n    depends_on: [db]\n  db:\n    image: postgres\n";
    std::fs::write(directory.path().join("maestro.yaml"), file).unwrap();
    told_in(directory.path(), "compose_in_maestro_yaml", &["plan"]);
}

#[test]
fn a_compose_file_is_not_fixed() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("compose.yaml"), "services: {web: {imag: nginx}}\n").unwrap();
    told_in(directory.path(), "fix_of_compose", &["config", "--fix"]);
}

#[test]
fn files_of_both_kinds_and_options_of_the_other() {
    let directory = tempfile::tempdir().unwrap();
    for (name, file) in [("maestro.yaml", FILE), ("compose.yaml", "services: {web: {image: nginx}}\n")] {
        std::fs::write(directory.path().join(name), file).unwrap();
    }
    told_in(directory.path(), "both_kinds", &["-f", "compose.yaml", "-f", "maestro.yaml", "plan"]);
    told_in(directory.path(), "option_of_compose", &["plan", "--project-name", "dev"]);
    told_in(directory.path(), "files_on_both_sides", &["-f", "compose.yaml", "config", "-f", "maestro.yaml"]);
}

#[test]
fn no_command() {
    let said = Engine::new().run(&here(), &[] as &[&str]).refused();
    assert!(said.contains("Usage: maestro") && said.contains("status"), "{said}");
}

#[test]
fn an_unknown_command() {
    told("unknown_command", &["strat"]);
    told("foreign_command", &["rollout", "undo", "web"]);
    told("foreign_tool", &["compose", "down"]);
}

#[test]
fn a_name_of_a_service_and_of_an_instance() {
    let directory = tempfile::tempdir().unwrap();
    let file = "name: shop\nservices:\n  web:\n    image: nginx\n    instances: {web: {}, web-2: {}}\n  \
                db:\n    image: postgres:17\n    instances: {db: {}}\n";
    std::fs::write(directory.path().join("maestro.yaml"), file).unwrap();
    told_in(directory.path(), "ambiguous_name", &["deptree", "web", "db"]);
    let engine = Engine::new();
    let shown = |name: &str| engine.run(directory.path(), &["config", name]).stdout.matches("image:").count();
    assert_eq!([shown("service/web"), shown("instance/web"), shown("web-2")], [2, 1, 1]);
    assert_eq!(engine.run(directory.path(), &["config", "service/db"]).code, Some(0));
}

#[test]
fn errors_for_programs() {
    told("json_option", &["--output", "json", "apply", "--force-recreate"]);
    told("json_command", &["up", "--output=json", "web", "--no-recreate"]);
    told("json_name", &["--output", "json", "start", "databse"]);
    told("json_no_file", &["--output", "json", "-f", "prod.yaml", "status"]);
    told_in(&here().join("bad"), "json_file", &["--output", "json", "-f", "misspelt_key.yaml", "plan"]);
}

#[test]
fn an_unknown_option() {
    told("unknown_option", &["start", "--refesh-images"]);
    told("foreign_option", &["up", "--force-recreate"]);
    told("ambiguous_option", &["start", "--re"]);
    told("unknown_word", &["--output", "yaml", "status"]);
    told("out_of_range", &["start", "-c", "0"]);
    told("no_generation", &["rollback", "0"]);
    told("no_number", &["rollback", "yesterday"]);
}

/// Services of a file of Maestro, one for each way in which a number cannot be set.
const SCALED: &str = "name: shop
services:
  web:
    image: nginx
    replicas: 2
    ports: {http: \"80:8080\"}
  old:
    image: nginx
    instances: {old-1: {}, old-2: {}, old-4: {}, old-5: {}}
  migrate:
    image: nginx
    job: true
    replicas: 1
";

/// The same for a Compose file.
const SCALED_PROJECT: &str = "name: shop
services:
  web:
    image: nginx
    ports: [\"8080:80\"]
    depends_on: {migrate: {condition: service_completed_successfully}}
  named: {image: nginx, container_name: named}
  agent: {image: nginx, deploy: {mode: global}}
  migrate: {image: nginx}
";

#[test]
fn a_number_that_cannot_be_set() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("maestro.yaml"), SCALED).unwrap();
    let told = |name: &str, line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        told_in(directory.path(), name, &words);
    };
    told("scale_port", "scale web=3");
    told("scale_fixed", "scale old=6");
    told("scale_fixed_fewer", "up --scale old=1");
    told("scale_job", "plan --scale migrate=2");
    told("scale_instance", "scale old-1=3");
    told("scale_unknown", "scale wbe=3");
    told("scale_twice", "scale web=1 web=3");
    told("scale_no_number", "scale web=three");
    told("scale_nothing", "scale web");
    told("scale_saved", "plan -o next.plan --scale web=1");
    told("scale_json", "--output json scale old=3");
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("compose.yaml"), SCALED_PROJECT).unwrap();
    let line = "scale web=2 named=2 agent=3 migrate=2";
    told_in(directory.path(), "scale_of_compose", &line.split(' ').collect::<Vec<_>>());
}
