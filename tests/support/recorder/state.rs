//! What the engine has, and what it answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Answer, Recording, Request, tarball, unescaped};

/// Network, volume and container that are there before the first request.
const OUTSIDE: &str = "outside";

/// Command of a container that ends at once, with success.
const ENDS: &str = "true";

/// An image's id is this and its name.
const ID: &str = "sha256:";

/// What is told of a container.
const CREATED: &str = "created";
const RUNNING: &str = "running";
const EXITED: &str = "exited";

#[derive(Default)]
pub(super) struct State {
    pub(super) api: &'static str,
    recording: Recording,
    /// Name → create request, and its status.
    containers: BTreeMap<String, (Value, &'static str)>,
    images: BTreeSet<String>,
    /// Name → what is told of it.
    networks: BTreeMap<String, Value>,
    /// Name → what is told of it. Leases are volumes.
    volumes: BTreeMap<String, Value>,
}

impl State {
    pub(super) fn new(api: &'static str) -> Self {
        Self { api, ..Self::default() }
    }

    pub(super) fn with_images(api: &'static str, images: &[&str]) -> Self {
        let mut state = Self::new(api);
        state.images = images.iter().map(|image| (*image).to_owned()).collect();
        let outside = || OUTSIDE.to_owned();
        state.networks.insert(outside(), network(json!({ "Name": OUTSIDE })));
        state.volumes.insert(outside(), json!({ "Name": OUTSIDE, "Labels": {}, "Driver": "local" }));
        state.containers.insert(outside(), (json!({ "Image": images[0], "Labels": {} }), RUNNING));
        state
    }

    /// What it was asked since the last time.
    pub(super) fn take(&mut self) -> Recording {
        self.containers.clear();
        self.networks.clear();
        std::mem::take(&mut self.recording)
    }

    pub(super) fn answer(&mut self, request: &Request) -> Answer {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), &parts[..]) {
            ("GET", ["events"]) => Answer::Silence,
            ("GET", ["info"]) => Answer::Json(200, json!({ "ID": "recorder", "OSType": "linux" })),
            ("GET", ["version"]) => {
                Answer::Json(200, json!({ "Version": "28.5.1", "ApiVersion": self.api, "Os": "linux" }))
            }
            ("GET", ["images", "json"]) => Answer::Json(200, self.listed_images()),
            ("GET", ["images", image, "json"]) => self.image(&unescaped(image)),
            ("POST", ["images", "create"]) => self.pull(&request.query),
            ("POST", ["images", _, "tag"]) => Answer::Json(201, Value::Null),
            ("GET", ["networks"]) => {
                Answer::Json(200, chosen(self.networks.values(), request).cloned().collect())
            }
            ("GET", ["networks", name]) => found(self.networks.get(*name), "network", name),
            ("POST", ["networks", "create"]) => {
                let body = json_of(&request.body);
                let name = body["Name"].as_str().unwrap().to_owned();
                self.networks.insert(name.clone(), network(body.clone()));
                self.recording.networks.insert(name.clone(), body);
                Answer::Json(201, json!({ "Id": name, "Warning": "" }))
            }
            ("DELETE", ["networks", _]) => Answer::Json(204, Value::Null),
            ("POST", ["volumes", "create"]) => {
                let body = json_of(&request.body);
                let name = body["Name"].as_str().unwrap().to_owned();
                let volume = json!({ "Name": name, "Labels": body["Labels"], "Driver": "local" });
                self.recording.volumes.insert(name.clone(), body);
                Answer::Json(201, self.volumes.entry(name).or_insert(volume).clone())
            }
            ("GET", ["volumes"]) => {
                let volumes: Vec<&Value> = chosen(self.volumes.values(), request).collect();
                Answer::Json(200, json!({ "Volumes": volumes, "Warnings": null }))
            }
            ("GET", ["volumes", name]) => found(self.volumes.get(*name), "volume", name),
            ("DELETE", ["volumes", name]) => {
                self.volumes.remove(*name);
                Answer::Json(204, Value::Null)
            }
            ("GET", ["containers", "json"]) => {
                let labels = labels_of(request);
                let listed = self.containers.iter().filter(|(_, (body, _))| bears(body, &labels));
                Answer::Json(
                    200,
                    listed.map(|(name, (body, status))| listed_as(name, body, status)).collect(),
                )
            }
            ("POST", ["containers", "create"]) => self.create(&request.query, json_of(&request.body)),
            ("POST", ["exec", _, "start"]) if request.upgrades => Answer::Upgrade,
            ("GET" | "HEAD", ["_ping"]) | ("POST", ["exec", _, "start"]) => Answer::Json(200, Value::Null),
            ("GET", ["exec", id, "json"]) => {
                Answer::Json(200, json!({ "ID": id, "Running": false, "ExitCode": 0 }))
            }
            (method, ["containers", name, rest @ ..]) => self.container(method, name, rest, request),
            _ => self.unknown(request),
        }
    }

    fn container(&mut self, method: &str, name: &str, rest: &[&str], request: &Request) -> Answer {
        let Some((body, status)) = self.containers.get_mut(name) else {
            return Answer::Json(404, json!({ "message": format!("No such container: {name}") }));
        };
        match (method, rest) {
            ("GET", ["json"]) => Answer::Json(200, inspected(name, body, status)),
            ("POST", ["start"]) => {
                *status = if body["Cmd"] == json!([ENDS]) { EXITED } else { RUNNING };
                let body = String::from_utf8_lossy(&request.body).into_owned();
                self.recording.started.insert(name.to_owned(), body);
                Answer::Json(204, Value::Null)
            }
            ("POST", ["stop"]) => {
                *status = EXITED;
                let seconds = request.query.get("t").cloned().unwrap_or_default();
                self.recording.stopped.insert(name.to_owned(), seconds);
                Answer::Json(204, Value::Null)
            }
            ("POST", ["wait"]) if *status == RUNNING => Answer::Never,
            ("POST", ["wait"]) => Answer::Json(200, json!({ "StatusCode": 0 })),
            ("POST", ["exec"]) => {
                let executed = self.recording.executed.entry(name.to_owned()).or_default();
                executed.push(json_of(&request.body));
                Answer::Json(201, json!({ "Id": name }))
            }
            ("PUT", ["archive"]) => {
                let files = tarball::files(&request.query["path"], &request.body);
                self.recording.copied.entry(name.to_owned()).or_default().extend(files);
                Answer::Json(200, Value::Null)
            }
            ("DELETE", []) => {
                self.containers.remove(name);
                Answer::Json(204, Value::Null)
            }
            _ => self.unknown(request),
        }
    }

    fn create(&mut self, query: &BTreeMap<String, String>, body: Value) -> Answer {
        let name = &query["name"];
        let mut asked = body.clone();
        if let Some(platform) = query.get("platform").filter(|platform| !platform.is_empty()) {
            asked["(platform)"] = json!(platform);
        }
        self.recording.created.insert(name.to_owned(), asked);
        self.containers.insert(name.to_owned(), (body, CREATED));
        Answer::Json(201, json!({ "Id": name, "Warnings": [] }))
    }

    fn pull(&mut self, query: &BTreeMap<String, String>) -> Answer {
        let image = match query.get("tag").filter(|tag| !tag.is_empty()) {
            Some(tag) => format!("{}:{tag}", query["fromImage"]),
            None => query["fromImage"].clone(),
        };
        self.images.insert(image.clone());
        self.recording.pulled.insert(image);
        Answer::Stream(json!({ "status": "Pull complete", "id": "1" }))
    }

    fn image(&self, image: &str) -> Answer {
        let image = image.strip_prefix(ID).unwrap_or(image);
        let tagged = format!("{image}:latest");
        let image = if self.images.contains(&tagged) { tagged.as_str() } else { image };
        if !self.images.contains(image) {
            return Answer::Json(404, json!({ "message": format!("No such image: {image}") }));
        }
        Answer::Json(
            200,
            json!({ "Id": image_id(image), "RepoTags": [image], "Config": {}, "Os": "linux", "Architecture": "amd64" }),
        )
    }

    fn listed_images(&self) -> Value {
        self.images.iter().map(|image| json!({ "Id": image_id(image), "RepoTags": [image] })).collect()
    }

    fn unknown(&mut self, request: &Request) -> Answer {
        self.recording.unknown.push(format!("{} {}", request.method, request.path));
        Answer::Json(404, json!({ "message": "page not found" }))
    }
}

fn json_of(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

fn found(entry: Option<&Value>, what: &str, name: &str) -> Answer {
    match entry {
        Some(entry) => Answer::Json(200, entry.clone()),
        None => Answer::Json(404, json!({ "message": format!("get {name}: no such {what}") })),
    }
}

/// What is told of a network that was asked for.
fn network(mut asked: Value) -> Value {
    asked["Id"] = asked["Name"].clone();
    asked["Driver"] = json!("bridge");
    asked["Scope"] = json!("local");
    asked
}

/// What bears the labels that a list is asked for.
fn chosen<'v>(all: impl Iterator<Item = &'v Value>, request: &Request) -> impl Iterator<Item = &'v Value> {
    let labels = labels_of(request);
    all.filter(move |entry| bears(entry, &labels))
}

/// The labels of a filter: a list, or a mapping of each to `true`.
fn labels_of(request: &Request) -> Vec<String> {
    let filters = request.query.get("filters").map_or(Value::Null, |filters| json_of(filters.as_bytes()));
    match &filters["label"] {
        Value::Object(labels) => labels.keys().cloned().collect(),
        Value::Array(labels) => labels.iter().map(|label| label.as_str().unwrap().to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// Whether something has the labels of a filter: `NAME=value`, or `NAME` with any value.
fn bears(entry: &Value, labels: &[String]) -> bool {
    labels.iter().all(|label| {
        let (name, value) =
            label.split_once('=').map_or((label.as_str(), None), |(name, value)| (name, Some(value)));
        entry["Labels"][name].as_str().is_some_and(|found| value.is_none_or(|value| value == found))
    })
}

fn image_id(image: &str) -> String {
    format!("{ID}{image}")
}

/// The id of the image that a create request names.
fn image_of(body: &Value) -> String {
    let image = body["Image"].as_str().unwrap_or_default();
    let name = image.rsplit('/').next().unwrap_or(image);
    image_id(&if name.contains(':') { image.to_owned() } else { format!("{image}:latest") })
}

fn listed_as(name: &str, body: &Value, status: &str) -> Value {
    json!({
        "Id": name, "Names": [format!("/{name}")], "Image": body["Image"], "ImageID": image_of(body),
        "State": status, "Status": status,
        "Labels": body["Labels"],
    })
}

fn inspected(name: &str, body: &Value, status: &str) -> Value {
    let tested = body["Healthcheck"].is_object() && body["Healthcheck"]["Test"] != json!(["NONE"]);
    let health =
        if tested && status == RUNNING { json!({ "Status": "healthy", "Log": [] }) } else { Value::Null };
    json!({
        "Id": name, "Name": format!("/{name}"), "Image": image_of(body),
        "Config": { "Image": body["Image"], "Labels": body["Labels"], "Tty": false },
        "HostConfig": { "NetworkMode": body["HostConfig"]["NetworkMode"] },
        "NetworkSettings": { "Networks": body["NetworkingConfig"]["EndpointsConfig"] },
        "State": {
            "Status": status, "Running": status == RUNNING, "StartedAt": "2026-01-01T00:00:00Z",
            "FinishedAt": "", "ExitCode": 0, "Error": "", "Health": health,
        },
    })
}
