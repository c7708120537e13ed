//! Mistakes in Compose files and site files: the whole message for each, and that its way out leads out.
//!
//! A fixture is a directory in `compose/` with `compose.yaml`, with `site.yaml` if the mistake is there, and with
//! `way-out.json`: what a help of the message says, and what somebody who follows it writes. A change is the file, the text
//! that is replaced, and the text in its place; for a file that is not there, or without a text to replace, its content.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::program::{Engine, Run, here, snapshots};

/// What to do about a mistake.
#[derive(Deserialize)]
struct WayOut {
    /// A part of the help that says so.
    help: String,
    /// File, text that is replaced, text in its place.
    changes: Vec<(String, String, String)>,
}

/// The names of the fixtures, in order.
fn mistakes() -> Vec<String> {
    let entries = fs::read_dir(here().join("compose")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn run(directory: &Path, command: &str) -> Run {
    let files: &[&str] =
        if directory.join("site.yaml").exists() { &["-f", "compose.yaml", "-f", "site.yaml"] } else { &[] };
    let arguments: Vec<&str> = files.iter().copied().chain([command]).collect();
    Engine::new().run(directory, &arguments)
}

/// What people are told about a fixture.
fn told(name: &str) -> String {
    run(&here().join("compose").join(name), "plan").refused()
}

/// Checks each fixture, and names all that fail.
fn each(check: impl Fn(&str)) {
    let fails = |name: &String| catch_unwind(AssertUnwindSafe(|| check(name))).is_err();
    let failed: Vec<String> = mistakes().into_iter().filter(fails).collect();
    assert!(failed.is_empty(), "in tests/diagnostics/compose: {}", failed.join(", "));
}

#[test]
fn every_mistake_is_told_with_its_place_and_a_way_out() {
    assert!(mistakes().len() >= 60, "fixtures are gone");
    snapshots().bind(|| {
        each(|name| {
            let message = told(name);
            let (problems, summary) = message.trim_end().rsplit_once("\n\n").unwrap();
            for problem in problems.split("\n\n") {
                assert!(problem.contains("--> ") && problem.contains("= help: "), "{name}:\n{problem}");
            }
            assert!(summary.ends_with(": nothing was contacted"), "{name}: {summary}");
            insta::assert_snapshot!(format!("compose-{name}"), message);
        });
    });
}

#[test]
fn every_way_out_leads_to_a_valid_file() {
    each(|name| {
        let fixture = here().join("compose").join(name);
        let way_out = fs::read_to_string(fixture.join("way-out.json")).unwrap();
        let way_out: WayOut = serde_json::from_str(&way_out).unwrap();
        let message = told(name);
        let helps: Vec<&str> = message.lines().filter(|line| line.contains("= help: ")).collect();
        assert!(
            helps.iter().any(|help| help.contains(&way_out.help)),
            "{name}: no {} in {helps:?}",
            way_out.help
        );
        let (_directory, project) = copy(&fixture);
        assert!(!way_out.changes.is_empty(), "{name}: nothing is changed");
        for (file, before, after) in &way_out.changes {
            let path = project.join(file);
            let text = fs::read_to_string(&path).unwrap_or_default();
            assert!(text.contains(before), "{name}: no {before:?} in {file}");
            let changed = if before.is_empty() { after.clone() } else { text.replacen(before, after, 1) };
            fs::write(path, changed).unwrap();
        }
        let run = run(&project, "dump");
        assert_eq!(run.code, Some(0), "{name}: the way out leads to\n{}", run.stderr);
        assert!(!run.contacted, "{name}: an engine was contacted");
    });
}

/// A copy of a fixture: where it lies until that is dropped, and the project.
fn copy(fixture: &Path) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    // The project's name is that of its directory.
    let project = directory.path().join("shop");
    fs::create_dir(&project).unwrap();
    for entry in fs::read_dir(fixture).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, project.join(path.file_name().unwrap())).unwrap();
    }
    (directory, project)
}

/// The problems of a project, as JSON.
fn problems(directory: &Path) -> Vec<serde_json::Value> {
    let files: &[&str] =
        if directory.join("site.yaml").exists() { &["-f", "compose.yaml", "-f", "site.yaml"] } else { &[] };
    let arguments: Vec<&str> = files.iter().copied().chain(["dump", "--output", "json"]).collect();
    let run = Engine::new().run(directory, &arguments);
    let document: serde_json::Value = serde_json::from_str(&run.stderr).unwrap_or_default();
    document["problems"].as_array().cloned().unwrap_or_default()
}

/// The file with the changes of a suggestion.
fn changed(text: &str, suggestion: &serde_json::Value) -> String {
    let at = |place: &serde_json::Value, key: &str| usize::try_from(place[key].as_u64().unwrap()).unwrap();
    let edits: Vec<_> = suggestion["edits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            let place = &edit["place"];
            (at(place, "start")..at(place, "end"), edit["replacement"].as_str().unwrap())
        })
        .collect();
    maestro_core::diagnostic::replaced(text, &edits)
}

#[test]
fn every_suggested_change_removes_its_mistake() {
    each(|name| {
        let fixture = here().join("compose").join(name);
        let before = problems(&fixture);
        for problem in &before {
            let helps = problem["help"].as_array().unwrap();
            let file = problem["place"]["file"].as_str().unwrap_or_default();
            for suggestion in helps.iter().map(|help| &help["suggestion"]).filter(|one| !one.is_null()) {
                let (_directory, project) = copy(&fixture);
                let text = fs::read_to_string(project.join(file)).unwrap();
                fs::write(project.join(file), changed(&text, suggestion)).unwrap();
                let told = |all: &[serde_json::Value]| {
                    let same = |other: &&serde_json::Value| other["message"] == problem["message"];
                    all.iter().filter(same).count()
                };
                let after = problems(&project);
                assert!(told(&after) < told(&before), "{name}: {suggestion}: {after:?}");
            }
        }
    });
}

#[test]
fn snapshots_without_a_mistake_are_gone() {
    let known: Vec<String> = mistakes().into_iter().map(|name| format!("compose-{name}.snap")).collect();
    for file in fs::read_dir(here().join("snapshots")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(!name.starts_with("compose-") || known.contains(&name), "{name} has no fixture");
    }
}

#[test]
fn config_prints_a_project_that_cannot_run_and_tells_why() {
    let directory = tempfile::tempdir().unwrap();
    let file = "services:\n  web:\n    image: nginx\n    restart: unless_stopped\n    secrets: [token]\n\
                secrets:\n  token: {file: ./token.txt}\n";
    fs::write(directory.path().join("compose.yaml"), file).unwrap();
    let run = run(directory.path(), "config");
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stdout.contains("restart: unless_stopped"), "{}", run.stdout);
    assert!(run.stderr.contains("did you mean `unless-stopped`?"), "{}", run.stderr);
    // A secret may lie on another machine.
    assert!(run.stderr.contains("\n1 error in compose.yaml: nothing was contacted"), "{}", run.stderr);
    let run = Engine::new().run(directory.path(), &["config", "--output", "json"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let document: serde_json::Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!(document["problems"].as_array().map(Vec::len), Some(1), "{}", run.stderr);
    fs::write(directory.path().join("compose.yaml"), file.replace('_', "-")).unwrap();
    let run = Engine::new().run(directory.path(), &["config"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
}
