//! Text of engines that would steer a terminal: names, labels, images, states, errors, logs, progress.

use crate::server::{Answer, Ran, Site, json, typed};

/// Clears the screen, changes the title, turns text round, begins lines of its own.
const EVIL: &str =
    "\u{1b}[2J\u{1b}]0;evil\u{7}\u{9b}31m\u{202e}\u{2066}\u{200f}\r\nFAKE LINE\u{8}\u{7f}\u{0}\u{85}\u{2028}";

const FILE: &str = "name: shop
ships: {node1: {ip: 10.0.0.1, timeout: 3, socket_path: docker.sock}}
services:
  db: {image: postgres, instances: {db-1: {ship: node1}}}
  web: {image: nginx, requires: [db], instances: {web-1: {ship: node1, env: {A: b}}}}
";

const COMMANDS: &[&str] = &[
    "status",
    "status --full",
    "plan",
    "plan -o next.plan",
    "diff",
    "why web-1",
    "history",
    "logs",
    "logs web-1",
    "start",
    "stop",
    "restart",
    "kill",
    "clean",
    "pull",
    "apply",
    "apply --prune --adopt",
    "rollback",
    "unlock x",
    "deptree",
    "graph --observe",
    "graph --observe --format svg",
    "graph --format dot",
    "dump",
    "config",
];

fn evil() -> String {
    serde_json::to_string(EVIL).unwrap().trim_matches('"').to_owned()
}

fn container(name: &str, state: &str, evil: &str) -> String {
    format!(
        r#"{{"Id":"c-{name}","Names":["/{name}"],"Image":"{evil}","ImageID":"{evil}","State":"{state}","Status":"Up {evil}",
           "Labels":{{"maestro.environment":"shop","maestro.service":"web{evil}","maestro.instance":"{name}","maestro.config":"{evil}","maestro.image-id":"{evil}","a{evil}":"{evil}"}},"Ports":[]}}"#
    )
}

fn inspected(name: &str, evil: &str) -> String {
    format!(
        r#"{{"Id":"c-{name}","Name":"/{name}","Image":"{evil}","State":{{"Status":"running","Error":"{evil}","StartedAt":"{evil}","Health":{{"Status":"{evil}","Log":[{{"ExitCode":1,"Output":"{evil}"}}]}}}},
           "Config":{{"Image":"{evil}","Env":["A={evil}","B{evil}={evil}"],"Cmd":["{evil}"],"Labels":{{"maestro.environment":"shop","maestro.instance":"{name}","x{evil}":"{evil}"}},"Hostname":"{evil}","User":"{evil}"}},
           "HostConfig":{{"Binds":["/{evil}:/b"],"NetworkMode":"{evil}","RestartPolicy":{{"Name":"{evil}"}},"CapAdd":["{evil}"],"LogConfig":{{"Type":"{evil}"}}}},
           "Mounts":[],"NetworkSettings":{{"Networks":{{"{evil}":{{"Aliases":["{evil}"]}}}}}}}}"#
    )
}

/// An engine all of whose words are `evil`, in JSON; one that `refuses` says no to all changes.
fn engine(request: &str, refuses: bool, evil: &str) -> Answer {
    let message = format!("{{\"message\":\"no such thing: {evil}\"}}");
    let path = request.split_once(' ').map_or("", |(_, path)| path);
    match request {
        "GET /containers/json?all=1" => {
            let all = [
                container("web-1", "running", evil),
                container("old-1", "exited", evil),
                container(&format!("x{evil}"), evil, evil),
            ];
            json(200, &format!("[{}]", all.join(",")))
        }
        "GET /images/json" => json(200, &format!("[{{\"Id\":\"{evil}\",\"RepoTags\":[\"{evil}\"]}}]")),
        "GET /networks" => {
            json(200, &format!("[{{\"Name\":\"{evil}\",\"Labels\":{{\"{evil}\":\"{evil}\"}}}}]"))
        }
        "GET /info" => {
            json(200, &format!("{{\"ID\":\"{evil}\",\"Name\":\"{evil}\",\"DockerRootDir\":\"{evil}\"}}"))
        }
        _ if path.starts_with("/volumes") && request.starts_with("GET") => json(
            200,
            &format!(
                r#"{{"Volumes":[{{"Name":"maestro-generation-shop-1-{evil}","CreatedAt":"{evil}","Labels":{{"maestro.environment":"shop","maestro.generation":"1","maestro.by":"{evil}","maestro.command":"{evil}"}}}}]}}"#
            ),
        ),
        _ if path.contains("/logs?") => {
            let line = format!("{EVIL}\nnext {EVIL}\n");
            let frame =
                [&[1, 0, 0, 0][..], &u32::try_from(line.len()).unwrap().to_be_bytes(), line.as_bytes()]
                    .concat();
            typed(200, "application/octet-stream", &frame)
        }
        _ if path.starts_with("/containers/") && path.ends_with("/json") => {
            let name = if path.contains("old-1") { "old-1" } else { "web-1" };
            json(200, &inspected(name, evil))
        }
        _ if path.starts_with("/images/create") && !refuses => json(
            200,
            &format!(
                "{{\"status\":\"{evil}\",\"id\":\"{evil}\",\"progressDetail\":{{\"current\":1,\"total\":2}}}}\r\n{{\"error\":\"{evil}\",\"errorDetail\":{{\"message\":\"{evil}\"}}}}\r\n"
            ),
        ),
        _ if refuses => json(500, &message),
        "POST /volumes/create" => Answer::Echo,
        _ => json(404, &message),
    }
}

#[track_caller]
fn assert_harmless(what: &str, ran: &Ran) {
    let all = ran.all();
    assert!(!all.contains("panicked"), "{what}: {all}");
    let steers = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    assert!(!all.contains(steers), "{what}: {all:?}");
    // The lines of a log are those that the container wrote.
    let is_log = what.starts_with("logs");
    assert!(is_log || !all.lines().any(|line| line.starts_with("FAKE LINE")), "{what}: {all}");
    assert!(ran.code.is_some(), "{what} was killed: {all}");
}

#[test]
fn no_engine_steers_a_terminal() {
    let mut shown = String::new();
    for refuses in [false, true] {
        let site = Site::new(FILE, move |request| engine(request, refuses, &evil()));
        for command in COMMANDS {
            for output in ["text", "json"] {
                let ran = site.run(&format!("--output {output} {command}"));
                assert_harmless(command, &ran);
                shown += &ran.all();
            }
        }
        let saved = std::fs::read_to_string(site.path().join("next.plan")).unwrap_or_default();
        assert!(!saved.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{saved}");
    }
    // The words are there, or this test says nothing.
    assert!(shown.contains("\\u{1b}[2J") && shown.contains("\\u001b[2J"), "{shown}");
    assert!(shown.contains("next \\u{1b}"), "a log is shown:\n{shown}");
}

#[test]
fn no_engine_fills_the_screen_with_a_name_or_a_label() {
    // Logs, and what differs from the file, are shown as they are.
    let is_whole = |command: &str| ["logs", "diff", "why"].iter().any(|whole| command.starts_with(whole));
    let mut wrong = Vec::new();
    for refuses in [false, true] {
        let site = Site::new(FILE, move |request| engine(request, refuses, &"long ".repeat(100_000)));
        for command in COMMANDS.iter().filter(|command| !is_whole(command)) {
            let ran = site.run(command);
            let all = ran.all();
            let longest = all.lines().max_by_key(|line| line.len()).unwrap_or_default();
            if longest.len() > 8_000 || all.len() > 80_000 {
                let start: String = longest.chars().take(300).collect();
                wrong.push(format!("{command}: {} bytes, a line of {}: {start}", all.len(), longest.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_files_own_words_steer_no_terminal() {
    let evil = evil();
    let file = format!(
        "name: shop\nships: {{node1: {{ip: 10.0.0.1, timeout: 3, socket_path: docker.sock}}}}\nservices:\n  \
         web: {{image: nginx, command: [\"a\\e[2J\\u202E\", \"{evil}\"], env: {{A: \"{evil}\"}}, labels: {{b: \"{evil}\"}}, instances: {{web-1: {{}}}}}}\n"
    );
    let site = Site::new(&file, |request| engine(request, false, &self::evil()));
    for command in COMMANDS {
        assert_harmless(command, &site.run(command));
        assert_harmless(command, &site.run(&format!("--output json {command}")));
    }
    let bad = format!("name: shop\nservices:\n  \"w{evil}\": {{imgae: \"{evil}\", \"{evil}\": 1}}\n");
    let site = Site::new(&bad, |request| engine(request, false, &self::evil()));
    let ran = site.run("status");
    assert_eq!(ran.code, Some(2));
    assert_harmless("a bad file", &ran);
    assert_harmless("a bad file in colours", &site.run("status --color never"));
}
