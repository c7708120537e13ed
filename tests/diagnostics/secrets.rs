//! Secrets in files that are read, in files with mistakes beside them, and in files that are no YAML: none is shown.

use crate::program::{Engine, Run, here};

/// What each secret of the fixtures begins with.
const CANARY: &str = "c4nary";

const COMMANDS: [&str; 9] = [
    "config",
    "config --output json",
    "dump",
    "dump --config",
    "plan",
    "plan --output json",
    "start",
    "start --output json",
    "config --format compose",
];

fn run(file: &str, command: &str) -> Run {
    let arguments: Vec<&str> = ["-f", file].into_iter().chain(command.split(' ')).collect();
    Engine::new().run(&here().join("secrets"), &arguments)
}

/// Runs every command, and returns what `config` and the first failure say.
fn shows_none(file: &str) -> String {
    let mut said = String::new();
    for command in COMMANDS {
        let run = run(file, command);
        let text = run.stdout + &run.stderr;
        assert!(!text.contains(CANARY), "{file}: {command} shows a secret:\n{text}");
        assert!(!text.is_empty(), "{file}: {command} says nothing");
        if said.is_empty() {
            said = text;
        }
    }
    said
}

#[test]
fn what_is_understood_is_shown_without_its_secrets() {
    let said = shows_none("good.yaml");
    assert!(said.contains("postgres://shop:***@db/shop") && said.contains("services:"), "{said}");
    // They are there: with the option they are shown, a registry's and an auditor's excepted.
    let shown = run("good.yaml", "config --show-secrets").stdout;
    for secret in ["c4nary-url", "c4nary-env", "c4nary-label", "c4nary-option", "c4nary-command"] {
        assert!(shown.contains(secret), "{secret}:\n{shown}");
    }
    for secret in ["c4nary-registry", "c4nary-token", "c4nary-header", "c4nary-webhook"] {
        assert!(!shown.contains(secret), "{secret}:\n{shown}");
    }
}

#[test]
fn a_saved_plan_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("next.plan");
    let saved = run("good.yaml", &format!("plan -o {}", path.display()));
    assert_eq!(saved.code, Some(4), "{}", saved.stderr);
    let text = std::fs::read_to_string(path).unwrap();
    assert!(!text.contains(CANARY), "{text}");
    assert!(text.contains("\"declared\"") && text.contains("\"silent\""), "{text}");
}

#[test]
fn mistakes_beside_secrets_show_none() {
    let said = shows_none("beside_mistakes.yaml");
    let text = std::fs::read_to_string(here().join("secrets/beside_mistakes.yaml")).unwrap();
    // Each line with a secret is shown, or this test says nothing.
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| line.contains(CANARY)) {
        let is_shown = said.lines().any(|shown| shown.trim_start().starts_with(&format!("{number} |")));
        assert!(is_shown, "line {number} is not shown: {line}\n{said}");
    }
    insta::with_settings!({snapshot_path => here().join("snapshots"), prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("secrets-beside_mistakes", said);
    });
}

#[test]
fn a_file_that_is_no_yaml_shows_none() {
    let text = std::fs::read_to_string(here().join("secrets/beside_mistakes.yaml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let secrets = text.lines().enumerate().filter(|(_, line)| line.contains(CANARY));
    for (number, line) in secrets {
        for (from, to) in [
            (": ", ": ]"),
            ("}", ""),
            ("]", ""),
            ("  ", "\t"),
            (": ", ": {{ "),
            (": ", ": {% "),
            (": ", ": \""),
        ] {
            let broken = line.replacen(from, to, 1);
            let all: Vec<&str> = text
                .lines()
                .enumerate()
                .map(|(at, line)| if at == number { broken.as_str() } else { line })
                .collect();
            std::fs::write(folder.path().join("maestro.yaml"), all.join("\n")).unwrap();
            let run = Engine::new().run(folder.path(), &["config"]);
            let said = run.stdout + &run.stderr;
            assert!(!said.contains(CANARY), "{broken}\n{said}");
        }
    }
}
