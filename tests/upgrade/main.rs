//! What release 1.0.0-alpha.1 made on an engine, as that engine describes it, is "unchanged" for this version, and its
//! records can be rolled back to. `scripts/upgrade-test` holds the same on an engine; see "Upgrades" in `CONTRIBUTING.md`.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

/// The environments: one whose name Docker allows, and one whose name it does not.
const RECORDED: [(&str, &str); 2] =
    [("up", include_str!("plain.json")), ("up тест", include_str!("odd.json"))];
const FILE: &str = include_str!("maestro.yaml");

/// An engine that answers questions with what was recorded, and refuses all else.
struct Recorded {
    folder: tempfile::TempDir,
    changes: Arc<Mutex<Vec<String>>>,
}

impl Recorded {
    fn new(recorded: &str, has_lease: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut data: Value = serde_json::from_str(recorded).expect("JSON");
        if has_lease {
            let lease = data["lease"].as_array().cloned().unwrap_or_default();
            assert_eq!(lease.len(), 1);
            data["volumes"].as_array_mut().expect("a list").extend(lease);
        }
        let changes = Arc::new(Mutex::new(Vec::new()));
        let (data, kept) = (Arc::new(data), changes.clone());
        let listener = UnixListener::bind(folder.path().join("engine.sock")).expect("a socket");
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (data, kept) = (data.clone(), kept.clone());
                thread::spawn(move || serve(&client, &data, &kept));
            }
        });
        Self { folder, changes }
    }

    /// Runs a command on the file of the environment, with that word as the variable `MODE`. Output and exit code.
    fn run(&self, environment: &str, mode: &str, arguments: &[&str]) -> (String, Option<i32>) {
        let folder: &Path = self.folder.path();
        let file = FILE.replace("ENVIRONMENT", environment).replace("MODE_VALUE", mode);
        fs::write(folder.join("maestro.yaml"), file).expect("a file");
        let ran = Command::new(env!("CARGO_BIN_EXE_maestro"))
            .args(arguments)
            .current_dir(folder)
            .env("DOCKER_HOST", format!("unix://{}", folder.join("engine.sock").display()))
            .env("HOME", folder)
            .env("NO_COLOR", "1")
            .env_remove("DOCKER_CONTEXT")
            .env_remove("DOCKER_TLS_VERIFY")
            .output()
            .expect("it runs");
        let text = [ran.stdout, ran.stderr].concat();
        (String::from_utf8_lossy(&text).into_owned(), ran.status.code())
    }

    fn changes(&self) -> Vec<String> {
        self.changes.lock().expect("no test panics with it").clone()
    }
}

/// One connection, to its end.
fn serve(client: &UnixStream, data: &Value, changes: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(client);
    loop {
        let (mut request, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or_default() == 0 {
                return;
            }
            let line = line.trim_end();
            if request.is_empty() {
                line.clone_into(&mut request);
            } else if line.is_empty() {
                break;
            } else if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = text.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let mut words = request.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let answer = if matches!(method, "GET" | "HEAD") {
            answer(data, target)
        } else {
            changes.lock().expect("no test panics with it").push(request.clone());
            None
        };
        let (status, body) = match answer {
            Some(answer) => ("200 OK", answer.to_string()),
            None => ("404 Not Found", json!({"message": format!("not recorded: {request}")}).to_string()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let body = if method == "HEAD" { "" } else { &body };
        if (&mut &*client).write_all((head + body).as_bytes()).is_err() {
            return;
        }
    }
}

/// What the engine said; none if that was not recorded.
fn answer(data: &Value, target: &str) -> Option<Value> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    if parts[0].starts_with("v1") {
        parts.remove(0);
    }
    let found = |list: &str, keys: &[&str], name: &str| {
        let all = data[list].as_array()?;
        let is_it = |key: &str, one: &Value| {
            one[key].as_str().is_some_and(|value| value.trim_start_matches('/') == name)
        };
        all.iter().find(|one| keys.iter().any(|key| is_it(key, one))).cloned()
    };
    match parts[..] {
        ["_ping"] => Some(json!("OK")),
        ["version"] => Some(data["version"].clone()),
        ["info"] => Some(data["info"].clone()),
        ["containers", "json"] => Some(data["containers"].clone()),
        ["containers", name, "json"] => found("inspect", &["Id", "Name"], name),
        ["images", "json"] => Some(data["images"].clone()),
        ["images", .., "json"] => Some(data["image"].clone()),
        ["networks"] => Some(data["networks"].clone()),
        ["networks", name] => found("networks", &["Id", "Name"], name),
        ["volumes"] => Some(json!({"Volumes": with_labels(&data["volumes"], query), "Warnings": null})),
        ["volumes", name] => found("volumes", &["Name"], name),
        _ => None,
    }
}

/// The volumes that have the labels that a query asks for, as `label=NAME` or `label=NAME=VALUE`.
fn with_labels(volumes: &Value, query: &str) -> Vec<Value> {
    let query: BTreeMap<_, _> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let decoded = query.get("filters").map(|text| decode(text)).unwrap_or_default();
    let filters: Value = serde_json::from_str(&decoded).unwrap_or_default();
    let wanted = filters["label"].as_array().cloned().unwrap_or_default();
    let has = |volume: &Value, label: &str| {
        let (name, value) = label.split_once('=').map_or((label, None), |(name, value)| (name, Some(value)));
        let found = volume["Labels"][name].as_str();
        found.is_some_and(|found| value.is_none_or(|value| value == found))
    };
    let all = volumes.as_array().cloned().unwrap_or_default();
    let is_wanted =
        |volume: &Value| wanted.iter().all(|label| label.as_str().is_some_and(|label| has(volume, label)));
    all.into_iter().filter(is_wanted).collect()
}

fn decode(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| byte == b'%') {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn what_the_release_made_is_unchanged() {
    for (environment, recorded) in RECORDED {
        let engine = Recorded::new(recorded, false);
        let (text, code) = engine.run(environment, "slow", &["plan", "--detailed-exitcode"]);
        assert_eq!(code, Some(0), "{environment}: {text}");
        let (text, code) = engine.run(environment, "slow", &["apply"]);
        assert_eq!(code, Some(0), "{environment}: {text}");
        let (text, code) = engine.run(environment, "slow", &["status", "--exit-code"]);
        assert_eq!(code, Some(0), "{environment}: {text}");
        assert!(!text.contains("orphan"), "{text}");
        // Another value is a difference: the engine is believed, not just heard.
        let (text, code) = engine.run(environment, "other", &["plan", "--detailed-exitcode"]);
        assert_eq!(code, Some(3), "{environment}: {text}");
        assert_eq!(engine.changes(), [""; 0], "{environment}");
    }
}

#[test]
fn the_releases_records_can_be_rolled_back_to() {
    for (environment, recorded) in RECORDED {
        let engine = Recorded::new(recorded, false);
        let (text, code) = engine.run(environment, "slow", &["history", "--output", "json"]);
        assert_eq!(code, Some(0), "{environment}: {text}");
        let (text, code) = engine.run(environment, "slow", &["rollback", "1", "--dry-run"]);
        assert_eq!(code, Some(0), "{environment}: {text}");
        // Only what differed in the first revision is made anew.
        assert!(text.contains("env.MODE  slow → fast"), "{environment}: {text}");
        assert!(text.contains("1 to replace, 3 unchanged"), "{environment}: {text}");
        assert_eq!(engine.changes(), [""; 0], "{environment}");
    }
}

#[test]
fn the_lease_of_a_run_of_the_release_is_a_lease() {
    for (environment, recorded) in RECORDED {
        let engine = Recorded::new(recorded, true);
        let (text, code) = engine.run(environment, "slow", &["status"]);
        assert_eq!(code, Some(0), "{environment}: {text}");
        assert!(text.contains("another run is changing") && text.contains("@box"), "{environment}: {text}");
    }
}
