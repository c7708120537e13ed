//! Files that a plan is saved in, or is to be carried out from: what is wrong with them is told before anything is
//! contacted.

use std::{fs, path::Path};

use crate::program::{Engine, snapshots};

const FILE: &str = "name: shop\nservices:\n  web:\n    image: nginx\n    instances: {web-1: {}, web-2: {}}\n";

/// A saved plan that does nothing, of that environment.
fn plan(environment: &str) -> String {
    let program = env!("CARGO_PKG_VERSION");
    format!(
        r#"{{
  "maestro_plan": 2,
  "program": "{program}",
  "environment": "{environment}",
  "asked": {{
    "things": [], "container_filter": null, "ship_filter": null, "with_dependencies": false,
    "ignore_dependencies": false, "prune": false, "adopt": false, "instances": ["web-1", "web-2"]
  }},
  "declared": {{"services": {{}}, "instances": {{}}}},
  "ships": {{}},
  "found": {{}},
  "plan": {{"version": 1}}
}}
"#
    )
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("maestro.yaml", FILE);
    write("next.plan", &plan("shop"));
    write("other.plan", &plan("market"));
    write("web", &plan("shop"));
    write("cut.plan", &plan("shop")[..200]);
    write("format.plan", &plan("shop").replacen(": 2,", ": 3,", 1));
    write("program.plan", &plan("shop").replace(env!("CARGO_PKG_VERSION"), "0.9.0\\u001b[2J"));
    write("wrong.plan", &plan("shop").replacen("\"prune\": false", "\"prune\": \"no\"", 1));
    write("told.json", "{\n  \"version\": 1,\n  \"command\": \"apply\",\n  \"steps\": []\n}\n");
    write("empty.plan", "");
    let large = fs::File::create(folder.path().join("large.plan")).unwrap();
    std::io::Write::write_all(&mut &large, plan("shop").as_bytes()).unwrap();
    large.set_len((64 << 20) + 1).unwrap();
    fs::create_dir(folder.path().join("plans")).unwrap();
    folder
}

/// What is said to each of these command lines, after each other.
fn told(folder: &Path, commands: &[&str]) -> String {
    let mut told = String::new();
    for command in commands {
        let arguments: Vec<&str> = command.split(' ').collect();
        let said = Engine::new().run(folder, &arguments).refused();
        told.extend(["$ maestro ", command, "\n", &said, "\n"]);
    }
    told.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn a_file_that_is_no_plan_to_carry_out() {
    let folder = folder();
    let commands = [
        "apply cut.plan",
        "apply format.plan",
        "apply program.plan",
        "apply wrong.plan",
        "apply large.plan",
        "apply empty.plan",
        "apply told.json",
        "apply other.plan",
        "apply ./gone.plan",
        "apply gone.plan",
        "apply plans",
        "apply web",
    ];
    let said = told(folder.path(), &commands);
    snapshots().bind(|| insta::assert_snapshot!("cli-saved_plan_unfit", said));
}

#[test]
fn beside_a_saved_plan_there_is_nothing_that_would_make_another() {
    let folder = folder();
    let commands = [
        "apply next.plan web-1",
        "apply next.plan ./web",
        "apply next.plan -C web-* -S local -d -i --adopt",
        "apply next.plan --prune",
    ];
    let said = told(folder.path(), &commands);
    snapshots().bind(|| insta::assert_snapshot!("cli-saved_plan_beside", said));
}

#[test]
fn a_plan_is_not_saved_over_something_else() {
    let folder = folder();
    let commands = [
        "plan -o -",
        "plan -o plans",
        "plan -o maestro.yaml",
        "plan --out told.json",
        "plan -o gone/next.plan",
        "plan -o /dev/null",
    ];
    let said = told(folder.path(), &commands);
    snapshots().bind(|| insta::assert_snapshot!("cli-saved_plan_target", said));
    assert_eq!(fs::read_to_string(folder.path().join("maestro.yaml")).unwrap(), FILE);
}

#[test]
fn a_plan_that_could_not_be_made_leaves_what_is_there() {
    let folder = folder();
    let before = entries(folder.path());
    let run = Engine::new().run(folder.path(), &["plan", "-o", "next.plan", "nothing-1"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(fs::read_to_string(folder.path().join("next.plan")).unwrap(), plan("shop"));
    assert_eq!(entries(folder.path()), before, "nothing is left behind");
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_plan_of_a_file_without_services_is_not_done_for_nothing() {
    let folder = folder();
    fs::write(folder.path().join("maestro.yaml"), "name: shop\n").unwrap();
    // No instance is left; but what was planned is not what is there.
    fs::write(folder.path().join("next.plan"), plan("shop").replacen("[]", "[\"web\"]", 1)).unwrap();
    let run = Engine::new().run(folder.path(), &["apply", "next.plan"]);
    assert_eq!(run.code, Some(5), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("plan web -o next.plan"), "{}", run.stderr);
}
