//! What an engine of this process has, and what it answers: enough of the Docker API for containers to be created,
//! started, listed, inspected and read. It runs nothing.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The API of Docker 28.
pub const API: &str = "1.51";

/// The id of the one image that is there, whatever its name.
const IMAGE_ID: &str = "sha256:9b1c2b0a6f3d4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789ab";
/// When everything was created.
const CREATED: &str = "2026-01-01T00:00:00Z";
/// The same, in seconds since 1970.
const CREATED_AT: u64 = 1_767_225_600;

/// What comes back for a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A whole answer.
    Json(u16, Value),
    /// Frames of a container's output.
    Output(Vec<u8>),
    /// The head of a stream in which nothing comes.
    Silence,
}

#[derive(Debug)]
struct Container {
    name: String,
    /// What the request asked for, without the parts below.
    config: Value,
    host: Value,
    networks: Value,
    is_running: bool,
    has_ended: bool,
}

/// What an engine has.
#[derive(Debug, Default)]
pub struct State {
    /// Tells engines apart.
    name: String,
    containers: BTreeMap<String, Container>,
    networks: BTreeMap<String, Value>,
    volumes: BTreeMap<String, Value>,
    unknown: Vec<String>,
    /// Those who follow the events.
    followers: Vec<UnboundedSender<String>>,
}

impl State {
    /// An engine without containers.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// How many containers run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.containers.values().filter(|container| container.is_running).count()
    }

    /// The requests that it does not know.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// The events from now on, a line each.
    pub fn follow(&mut self) -> UnboundedReceiver<String> {
        let (sender, receiver) = unbounded_channel();
        self.followers.push(sender);
        receiver
    }

    /// Tells an event of a container.
    fn tell(&mut self, id: &str, action: &str) {
        let Some(container) = self.containers.get(id) else { return };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut attributes = container.config["Labels"].clone();
        attributes["name"] = container.name.clone().into();
        let event = json!({
            "Type": "container", "Action": action, "Actor": {"ID": id, "Attributes": attributes},
            "scope": "local", "time": now.as_secs(), "timeNano": u64::try_from(now.as_nanos()).unwrap_or_default(),
        });
        let line = format!("{event}\n");
        self.followers.retain(|follower| follower.send(line.clone()).is_ok());
    }

    /// The answer to a request. The path has no version of the API.
    pub fn answer(&mut self, method: &str, path: &str, query: &str, body: &Value) -> Answer {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method, &parts[..]) {
            ("GET" | "HEAD", ["_ping"]) => Answer::Json(200, Value::Null),
            ("GET", ["version"]) => {
                Answer::Json(200, json!({"Version": "28.5.1", "ApiVersion": API, "Os": "linux"}))
            }
            ("GET", ["info"]) => Answer::Json(200, self.info()),
            ("GET", ["images", "json"]) => {
                Answer::Json(200, json!([{"Id": IMAGE_ID, "RepoTags": ["web:1"]}]))
            }
            ("GET", ["images", name @ .., "json"]) => Answer::Json(200, image(&name.join("/"))),
            ("GET", ["networks"]) => Answer::Json(200, self.networks.values().cloned().collect()),
            ("GET", ["networks", name]) => found(self.networks.get(*name)),
            ("POST", ["networks", "create"]) => {
                let name = text(&body["Name"]);
                let made = json!({
                    "Id": name, "Name": name, "Driver": "bridge", "Scope": "local", "Labels": body["Labels"],
                });
                self.networks.insert(name.clone(), made);
                Answer::Json(201, json!({"Id": name, "Warning": ""}))
            }
            ("GET", ["volumes"]) => {
                let wanted = labels(query);
                let volumes: Vec<&Value> =
                    self.volumes.values().filter(|volume| bears(&volume["Labels"], &wanted)).collect();
                Answer::Json(200, json!({"Volumes": volumes, "Warnings": null}))
            }
            ("GET", ["volumes", name]) => found(self.volumes.get(*name)),
            ("POST", ["volumes", "create"]) => {
                let name = text(&body["Name"]);
                let made = json!({"Name": name, "Driver": "local", "Labels": body["Labels"]});
                Answer::Json(201, self.volumes.entry(name).or_insert(made).clone())
            }
            ("DELETE", ["volumes", name]) => {
                self.volumes.remove(*name);
                Answer::Json(204, Value::Null)
            }
            ("GET", ["containers", "json"]) => {
                let wanted = labels(query);
                let shown = self.containers.iter().filter(|(_, one)| bears(&one.config["Labels"], &wanted));
                Answer::Json(200, shown.map(|(id, one)| one.listed(id)).collect())
            }
            ("POST", ["containers", "create"]) => self.create(query, body.clone()),
            (method, ["containers", id, rest @ ..]) => self.container(method, id, rest),
            _ => self.refuse(method, path),
        }
    }

    fn container(&mut self, method: &str, id: &str, rest: &[&str]) -> Answer {
        // An engine knows a container by its name too.
        let named =
            self.containers.iter().find(|(_, container)| container.name == id).map(|(id, _)| id.clone());
        let id = named.as_deref().unwrap_or(id);
        let Some(container) = self.containers.get_mut(id) else {
            return Answer::Json(404, json!({"message": format!("No such container: {id}")}));
        };
        match (method, rest) {
            ("GET", ["json"]) => Answer::Json(200, container.inspected(id)),
            ("GET", ["logs"]) => Answer::Output(frame(&format!("{CREATED} {} is ready\n", container.name))),
            ("GET", ["stats"]) => Answer::Json(200, usage()),
            ("POST", [verb @ ("start" | "stop")]) => {
                let is_start = *verb == "start";
                (container.is_running, container.has_ended) = (is_start, !is_start);
                let id = id.to_owned();
                self.tell(&id, if is_start { "start" } else { "die" });
                Answer::Json(204, Value::Null)
            }
            // It runs on.
            ("POST", ["wait"]) => Answer::Silence,
            ("DELETE", []) => {
                self.containers.remove(id);
                Answer::Json(204, Value::Null)
            }
            _ => self.refuse(method, &format!("/containers/{id}/{}", rest.join("/"))),
        }
    }

    fn create(&mut self, query: &str, mut config: Value) -> Answer {
        let name = query.split('&').find_map(|pair| pair.strip_prefix("name=")).unwrap_or_default();
        let id = format!("{:0>64}", format!("{:x}", self.containers.len() + 1));
        let container = Container {
            name: name.to_owned(),
            host: config["HostConfig"].take(),
            networks: config["NetworkingConfig"]["EndpointsConfig"].take(),
            config,
            is_running: false,
            has_ended: false,
        };
        self.containers.insert(id.clone(), container);
        Answer::Json(201, json!({"Id": id, "Warnings": []}))
    }

    fn refuse(&mut self, method: &str, path: &str) -> Answer {
        self.unknown.push(format!("{method} {path}"));
        Answer::Json(404, json!({"message": "page not found"}))
    }

    fn info(&self) -> Value {
        json!({
            "ID": self.name, "Name": self.name, "OSType": "linux", "Architecture": "x86_64",
            "ServerVersion": "28.5.1", "MemTotal": 8_589_934_592_u64, "NCPU": 4,
        })
    }
}

impl Container {
    fn state(&self) -> &'static str {
        match (self.is_running, self.has_ended) {
            (true, _) => "running",
            (false, true) => "exited",
            (false, false) => "created",
        }
    }

    fn status(&self) -> &'static str {
        if self.has_ended { "Exited (1) 1 second ago" } else { "Up 2 hours" }
    }

    fn listed(&self, id: &str) -> Value {
        json!({
            "Id": id, "Names": [format!("/{}", self.name)], "Image": self.config["Image"], "ImageID": IMAGE_ID,
            "State": self.state(), "Status": self.status(), "Created": CREATED_AT, "Labels": self.config["Labels"],
        })
    }

    fn inspected(&self, id: &str) -> Value {
        json!({
            "Id": id, "Name": format!("/{}", self.name), "Image": IMAGE_ID, "Created": CREATED,
            "Config": self.config, "HostConfig": self.host,
            "NetworkSettings": {"Networks": self.networks},
            "State": {
                "Status": self.state(), "Running": self.is_running, "StartedAt": CREATED, "FinishedAt": "",
                "ExitCode": i32::from(self.has_ended), "Error": "",
            },
        })
    }
}

/// What a container uses, as engines count it.
fn usage() -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let system = u64::try_from(now.as_nanos()).unwrap_or_default();
    let cpu =
        json!({"cpu_usage": {"total_usage": system / 200}, "system_cpu_usage": system, "online_cpus": 4});
    json!({
        "cpu_stats": cpu, "memory_stats": {"usage": 12 << 20, "limit": 8_u64 << 30, "stats": {}},
        "pids_stats": {"current": 3}, "networks": {}, "blkio_stats": {},
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The labels that a list is asked for: `NAME`, or `NAME=value`.
fn labels(query: &str) -> Vec<String> {
    let filters = query.split('&').find_map(|pair| pair.strip_prefix("filters=")).unwrap_or_default();
    let filters: Value = serde_json::from_str(&unescaped(filters)).unwrap_or_default();
    let labels = filters["label"].as_array().into_iter().flatten();
    labels.filter_map(|label| label.as_str().map(str::to_owned)).collect()
}

/// Whether labels have all of these.
fn bears(has: &Value, wanted: &[String]) -> bool {
    wanted.iter().all(|label| match label.split_once('=') {
        Some((name, value)) => has[name] == value,
        None => has[label].is_string(),
    })
}

/// `%2F` is `/`.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.extend(code);
        bytes.extend(part.bytes().skip(2));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn found(entry: Option<&Value>) -> Answer {
    entry.map_or_else(
        || Answer::Json(404, json!({"message": "not found"})),
        |entry| Answer::Json(200, entry.clone()),
    )
}

fn image(name: &str) -> Value {
    json!({"Id": IMAGE_ID, "RepoTags": [name], "Config": {}, "Os": "linux", "Architecture": "amd64"})
}

/// A frame of standard output, as engines send the output of a container without a terminal.
fn frame(line: &str) -> Vec<u8> {
    let length = u32::try_from(line.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[1, 0, 0, 0][..], &length, line.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_that_was_started_is_listed_as_running() {
        let mut state = State::new("a");
        let mut ask =
            |method: &str, path: &str, query: &str, body: Value| state.answer(method, path, query, &body);
        let body = json!({"Image": "web:1", "Labels": {"a": "b"}});
        let Answer::Json(201, made) = ask("POST", "/containers/create", "name=web-1", body) else {
            panic!("it is not created")
        };
        let id = made["Id"].as_str().unwrap().to_owned();
        ask("POST", &format!("/containers/{id}/start"), "", Value::Null);
        let Answer::Json(200, list) = ask("GET", "/containers/json", "", Value::Null) else {
            panic!("no list")
        };
        assert_eq!((&list[0]["State"], &list[0]["Labels"]["a"]), (&json!("running"), &json!("b")));
        let output = ask("GET", &format!("/containers/{id}/logs"), "", Value::Null);
        assert_eq!(output, Answer::Output(frame("2026-01-01T00:00:00Z web-1 is ready\n")));
        assert_eq!((state.running(), state.unknown().len()), (1, 0));
    }
}
