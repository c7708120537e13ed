//! Secrets of the file, of its env files, of variables and of logins, while all goes wrong: no byte of output has one.

use crate::server::{Answer, Site, json};

const CANARY: &str = "c4nary";

const FILE: &str = "name: shop
registries: {hub.example.com: {username: ann, password: \"{{ env.HUB_PASSWORD }}\"}}
audit: [{type: log, file: audit.log, level: debug}]
ships: {node1: {ip: 10.0.0.1, timeout: 3, socket_path: docker.sock}}
services:
  web:
    image: hub.example.com/web:1
    envfile: [web.env]
    env: {API_TOKEN: \"{{ env.API_TOKEN }}\", DATABASE_URL: \"postgres://shop:c4nary-url@db/shop\", PLAIN: x}
    labels: {api-key: c4nary-label}
    command: [serve, --password, c4nary-command]
    instances: {web-1: {ship: node1}, web-2: {ship: node1}}
";

const COMMANDS: &[&str] = &[
    "status",
    "status --full",
    "config",
    "dump",
    "deptree",
    "graph --format svg",
    "plan",
    "plan -o next.plan",
    "diff",
    "why web-1",
    "history",
    "inspect web-1",
    "images",
    "top",
    "stats",
    "volume ls",
    "down --dry-run",
    "start",
    "restart",
    "apply",
    "apply --adopt --prune",
    "apply next.plan",
    "pull",
    "stop",
    "kill",
    "clean",
    "logs",
    "rollback",
    "rollback 1 --dry-run",
    "unlock x",
];

/// A container that was made from the same file with other secrets.
const INSPECTED: &str = r#"{"Id":"c1","Name":"/web-1","Image":"sha256:1","State":{"Status":"running","ExitCode":0,"StartedAt":"2026-11-22T21:00:00Z"},
  "Config":{"Image":"hub.example.com/web:1","Env":["API_TOKEN=c4nary-old","DATABASE_URL=postgres://shop:c4nary-old@db/shop","FILE_PASSWORD=c4nary-old","PLAIN=y"],
  "Cmd":["serve","--password","c4nary-old"],"Labels":{"maestro.environment":"shop","maestro.instance":"web-1","maestro.service":"web","api-key":"c4nary-old"}},
  "HostConfig":{"NetworkMode":"maestro-shop"},"Mounts":[],"NetworkSettings":{"Networks":{"maestro-shop":{}}}}"#;

/// How an engine goes wrong: not at all, refusing changes, or not understood.
#[derive(Clone, Copy)]
enum Mood {
    Good,
    Refuses,
    Garbles,
    HangsUp,
}

fn engine(request: &str, mood: Mood) -> Answer {
    let path = request.split_once(' ').map_or("", |(_, path)| path);
    match (request, mood) {
        ("GET /containers/json?all=1", _) => json(
            200,
            r#"[{"Id":"c1","Names":["/web-1"],"Image":"hub.example.com/web:1","ImageID":"sha256:1","State":"running","Status":"Up","Labels":{"maestro.environment":"shop","maestro.service":"web","maestro.instance":"web-1","maestro.config":"old","maestro.image-id":"sha256:1"}}]"#,
        ),
        ("GET /images/json", _) => json(200, r#"[{"Id":"sha256:1","RepoTags":["hub.example.com/web:1"]}]"#),
        ("GET /networks", _) => {
            json(200, r#"[{"Name":"maestro-shop","Labels":{"maestro.environment":"shop"}}]"#)
        }
        ("GET /info", _) => json(200, r#"{"ID":"A","Name":"box","SystemTime":"2026-11-22T21:00:00Z"}"#),
        (_, Mood::HangsUp) => Answer::HangUp(b"HTTP/1.1 200".to_vec()),
        (_, Mood::Garbles) => json(200, "{\"what\": "),
        (_, Mood::Refuses) if !request.starts_with("GET") => {
            json(500, r#"{"message":"unauthorized: authentication required"}"#)
        }
        _ if path.starts_with("/containers/") && path.ends_with("/json") => json(200, INSPECTED),
        _ if path.starts_with("/images/") && path.ends_with("/json") => {
            json(200, r#"{"Id":"sha256:1","Config":{}}"#)
        }
        ("POST /volumes/create", _) => Answer::Echo,
        _ if request.starts_with("GET /volumes?") => json(200, r#"{"Volumes":[]}"#),
        _ if request.starts_with("POST /containers/create") => {
            json(409, r#"{"message":"Conflict. The container name is already in use"}"#)
        }
        _ if request.starts_with("POST /containers/") => json(204, ""),
        _ => json(404, r#"{"message":"no such thing"}"#),
    }
}

#[test]
fn no_secret_is_in_any_output_whatever_goes_wrong() {
    let variables = [("HUB_PASSWORD", "c4nary-registry"), ("API_TOKEN", "c4nary-variable")];
    let mut all = String::new();
    for mood in [Mood::Good, Mood::Refuses, Mood::Garbles, Mood::HangsUp] {
        let site = Site::new(FILE, move |request| engine(request, mood));
        std::fs::write(site.path().join("web.env"), "FILE_PASSWORD=c4nary-file\nLEVEL=info\n").unwrap();
        for command in COMMANDS {
            for output in ["text", "json"] {
                let ran = site.run_with(&format!("--output {output} {command}"), &variables);
                let told = ran.all();
                assert!(!told.contains(CANARY), "{command} shows a secret:\n{told}");
                assert!(ran.code.is_some() && !told.contains("panicked"), "{command}: {told}");
                all += &told;
            }
        }
        for kept in ["next.plan", "audit.log"] {
            let text = std::fs::read_to_string(site.path().join(kept)).unwrap_or_default();
            assert!(!text.contains(CANARY), "{kept} has a secret:\n{text}");
            all += &text;
        }
        // They are in the file, or this says nothing.
        let shown = site.run_with("config --show-secrets", &variables).text;
        for secret in ["c4nary-variable", "c4nary-url", "c4nary-file", "c4nary-command"] {
            assert!(shown.contains(secret), "{secret}: {shown}");
        }
        assert!(!shown.contains("c4nary-registry"), "{shown}");
    }
    // The differences are told, and plans and audits are kept.
    for words in ["env.API_TOKEN", "maestro_plan", "unauthorized"] {
        assert!(all.contains(words), "{words} is nowhere:\n{all}");
    }
}

#[test]
fn mistakes_beside_secrets_of_env_files_and_variables_show_none() {
    let variables = [("HUB_PASSWORD", "c4nary-registry"), ("API_TOKEN", "c4nary-variable")];
    for (from, to) in [
        ("PLAIN: x", "PLAIN: {a: b}"),
        ("image: hub", "imgae: hub"),
        ("\"{{ env.API_TOKEN }}\"", "{{ env.API_TOKEN }}: x"),
        ("password: \"{{ env.HUB_PASSWORD }}\"", "password: [\"{{ env.HUB_PASSWORD }}\"]"),
        ("[web.env]", "[broken.env]"),
        ("labels: {", "labels: ["),
    ] {
        let site = Site::new(&FILE.replacen(from, to, 1), |request| engine(request, Mood::Good));
        std::fs::write(site.path().join("web.env"), "FILE_PASSWORD=c4nary-file\n").unwrap();
        std::fs::write(
            site.path().join("broken.env"),
            "FILE PASSWORD c4nary-file\n=c4nary-file\nA c4nary-file=x\n",
        )
        .unwrap();
        let ran = site.run_with("plan", &variables);
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.all());
        let quoted = ["c4nary-registry", "c4nary-variable", "c4nary-file"];
        assert!(!quoted.iter().any(|secret| ran.all().contains(secret)), "{to}: {}", ran.all());
    }
}

const PROJECT: &str = "name: shop
services:
  web:
    image: hub.example.com/web:1
    configs: [{source: inline, target: /etc/inline}]
    secrets: [of_file, of_variable]
configs:
  inline: {content: \"some {words} c4nary-content\"}
secrets:
  of_file: {file: ./secret.txt}
  of_variable: {environment: APP_VALUE}
";

/// An engine that quotes what it was to unpack.
fn unpacking(request: &str) -> Answer {
    if request.starts_with("PUT /containers/") {
        return json(500, r#"{"message":"cannot unpack c4nary-file, nor c4nary-variable"}"#);
    }
    if request.starts_with("POST /networks/create") {
        return json(201, r#"{"Id":"n1"}"#);
    }
    if request.starts_with("POST /containers/create") {
        return json(201, r#"{"Id":"c2","Warnings":["what of c4nary-variable?"]}"#);
    }
    engine(request, Mood::Good)
}

#[test]
fn no_config_and_no_secret_of_a_project_is_in_any_output() {
    let variables = [("APP_VALUE", "c4nary-variable")];
    let project = |text: &str| {
        let site = Site::new("", unpacking);
        std::fs::remove_file(site.path().join("maestro.yaml")).unwrap();
        std::fs::write(site.path().join("compose.yaml"), text).unwrap();
        std::fs::write(site.path().join("secret.txt"), "c4nary-file\n").unwrap();
        site
    };
    let site = project(PROJECT);
    let mut all = String::new();
    for command in COMMANDS {
        for output in ["text", "json"] {
            let ran = site.run_with(&format!("--output {output} {command}"), &variables);
            let told = ran.all();
            assert!(!told.contains(CANARY), "{command} shows a content:\n{told}");
            assert!(ran.code.is_some() && !told.contains("panicked"), "{command}: {told}");
            all += &told;
        }
    }
    let kept = std::fs::read_to_string(site.path().join("next.plan")).unwrap();
    assert!(!kept.contains(CANARY), "{kept}");
    for words in [
        "copy 3 files",
        "cannot unpack ***, nor ***",
        "files./etc/inline",
        "files./run/secrets/of_file",
        "\"copy\"",
    ] {
        assert!(all.contains(words), "{words} is nowhere:\n{all}");
    }
    assert!(site.requests().iter().any(|request| request.starts_with("PUT ")));
    assert!(site.run_with("config --show-secrets", &variables).text.contains("c4nary-content"));
    // Neither is it beside mistakes.
    for (from, to) in [
        ("image: hub", "imgae: hub"),
        ("{content:", "{file: x, content:"),
        ("APP_VALUE", "NOT_SET"),
        ("./secret.txt", "./missing.txt"),
        ("{content: \"some", "{content: [\"some"),
        ("{words}", "${words:?is missing}"),
    ] {
        let ran = project(&PROJECT.replacen(from, to, 1)).run_with("plan", &variables);
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.all());
        assert!(!ran.all().contains(CANARY), "{to}: {}", ran.all());
    }
}
