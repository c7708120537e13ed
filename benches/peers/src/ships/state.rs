//! What an engine of this process has, and what it answers: enough of the Docker API for containers to be created,
//! started, listed, inspected and read. It runs nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

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

    /// The answer to a request. The path has no version of the API.
    pub fn answer(&mut self, method: &str, path: &str, query: &str, body: &Value) -> Answer {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method, &parts[..]) {
            ("GET" | "HEAD", ["_ping"]) => Answer::Json(200, Value::Null),
            ("GET", ["events"]) => Answer::Silence,
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
            ("POST", ["start"]) => {
                container.is_running = true;
                Answer::Json(204, Value::Null)
            }
            ("POST", ["stop"]) => {
                container.is_running = false;
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
        if self.is_running { "running" } else { "created" }
    }

    fn listed(&self, id: &str) -> Value {
        json!({
            "Id": id, "Names": [format!("/{}", self.name)], "Image": self.config["Image"], "ImageID": IMAGE_ID,
            "State": self.state(), "Status": "Up 2 hours", "Created": CREATED_AT, "Labels": self.config["Labels"],
        })
    }

    fn inspected(&self, id: &str) -> Value {
        json!({
            "Id": id, "Name": format!("/{}", self.name), "Image": IMAGE_ID, "Created": CREATED,
            "Config": self.config, "HostConfig": self.host,
            "NetworkSettings": {"Networks": self.networks},
            "State": {
                "Status": self.state(), "Running": self.is_running, "StartedAt": CREATED, "FinishedAt": "",
                "ExitCode": 0, "Error": "",
            },
        })
    }
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
