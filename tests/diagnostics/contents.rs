//! Contents that programs print: which commands run the programs, how often, and that no output has the contents.

use std::{fs, thread};

use crate::program::{Engine, commands};

/// What the contents begin with.
const CANARY: &str = "c4nary";

/// Each program writes a line, so that its runs can be counted.
const FILE: &str = r#"name: shop
ships: {node1: {ip: 127.0.0.1, docker_port: 1, timeout: 1, tls: false}}
configs:
  app: {command: [sh, -c, "echo config >> runs; echo c4nary-config"]}
secrets:
  token: {command: "sh ./token.sh"}
services:
  web:
    image: nginx:1.27
    configs: [app]
    secrets: [token]
    replicas: 3
  api:
    image: nginx:1.27
    secrets: [{source: token, target: /etc/token}]
    instances: {api-1: {}}
"#;

const COMPOSE: &str = "name: shop
services:
  web:
    image: nginx:1.27
    configs: [{source: app, target: /etc/app}]
    secrets: [token]
    deploy: {replicas: 3}
configs: {app: {content: replaced}}
secrets: {token: {external: true}}
";

const SITE: &str = r#"ships: {node1: {ip: 127.0.0.1, docker_port: 1, timeout: 1, tls: false}}
configs:
  app: {command: [sh, -c, "echo config >> runs; echo c4nary-config"]}
secrets:
  token: {command: "sh ./token.sh"}
"#;

/// Commands that read no file, none that declares services, or none without a terminal.
const WITHOUT_A_FILE: [&str; 7] = ["completions", "dash", "guest", "help", "import", "init", "man"];
/// Commands that create containers, compare them with the file, or build images with secrets.
const WITH_CONTENTS: [&str; 13] = [
    "start", "apply", "scale", "plan", "diff", "why", "restart", "rollback", "run", "build", "ship", "ui",
    "watch",
];

/// Runs a command in a directory of its own with these files, and returns what the programs wrote.
fn runs(files: &[(&str, &str)], options: &[&str], command: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("runs");
    fs::write(&path, "").unwrap();
    fs::write(directory.path().join("token.sh"), "echo secret >> runs\nprintf 'c4nary-secret'").unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let needed = match command {
        "why" | "attach" | "inspect" | "run" | "wait" => vec!["web-1"],
        "exec" => vec!["web-1", "true"],
        "scale" => vec!["web=1"],
        "events" => vec!["--until", "1s"],
        "unlock" => vec!["0123456789abcdef"],
        "cp" => vec!["web-1:/x", "copied"],
        "port-forward" => vec!["web-1", "0:80"],
        "volume" => vec!["ls"],
        "ship" => vec!["drain", "node1"],
        // No machine has this address, so nothing is served.
        "watch" => vec!["--metrics", "192.0.2.1:1"],
        "ui" => vec!["--listen", "192.0.2.1:1"],
        _ => Vec::new(),
    };
    let arguments: Vec<&str> = options.iter().copied().chain([command]).chain(needed).collect();
    let run = Engine::new().run(directory.path(), &arguments);
    let text = run.stdout + &run.stderr;
    assert!(!text.contains(CANARY), "{command} shows a content:\n{text}");
    assert_ne!(run.code, Some(2), "{command} refuses the file:\n{text}");
    let written = fs::read_to_string(path).unwrap();
    let mut lines: Vec<&str> = written.lines().collect();
    lines.sort_unstable();
    lines.join(" ")
}

fn only_commands_that_need_contents_run_programs(files: &[(&str, &str)], options: &[&str]) {
    let commands = commands();
    assert!(WITH_CONTENTS.iter().all(|known| commands.iter().any(|command| command == known)));
    // All at once: each waits for an engine that does not answer.
    thread::scope(|scope| {
        for command in commands.iter().filter(|command| !WITHOUT_A_FILE.contains(&command.as_str())) {
            scope.spawn(move || {
                let expected = if WITH_CONTENTS.contains(&command.as_str()) { "config secret" } else { "" };
                assert_eq!(runs(files, options, command), expected, "{command}");
            });
        }
    });
}

#[test]
fn programs_of_a_file_run_once_and_for_commands_that_need_the_contents_alone() {
    only_commands_that_need_contents_run_programs(&[("maestro.yaml", FILE)], &[]);
}

#[test]
fn programs_of_a_site_file_run_once_and_for_commands_that_need_the_contents_alone() {
    let files = [("compose.yaml", COMPOSE), ("site.yaml", SITE)];
    only_commands_that_need_contents_run_programs(&files, &["-f", "compose.yaml", "-f", "site.yaml"]);
}

#[test]
fn no_program_runs_for_a_file_with_another_mistake() {
    let directory = tempfile::tempdir().unwrap();
    let mistake = FILE.replace("image: nginx:1.27", "imag: nginx:1.27");
    fs::write(directory.path().join("maestro.yaml"), mistake).unwrap();
    let message = Engine::new().run(directory.path(), &["plan"]).refused();
    assert!(message.contains("imag") && !directory.path().join("runs").exists(), "{message}");
}
