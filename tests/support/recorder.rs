//! An engine that does nothing and remembers what it was asked: enough of the Docker API, of its first days as of
//! today's, for `docker-py` and for bollard to create, start and stop containers on it.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "helpers of tests fail as tests do")]

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

/// The engine, at a port of its own on this machine. It lasts as long as the test program.
pub struct Recorder {
    port: u16,
    state: Arc<Mutex<State>>,
}

/// What it was asked since the last time.
#[derive(Debug, Default, Clone)]
pub struct Recording {
    /// Bodies of create requests, by the container's name.
    pub created: BTreeMap<String, Value>,
    /// Bodies of start requests, by the container's name.
    pub started: BTreeMap<String, String>,
    /// Queries of stop requests, by the container's name.
    pub stopped: BTreeMap<String, String>,
    /// Images that were pulled, with their tags.
    pub pulled: BTreeSet<String>,
    /// Names of networks that were made.
    pub networks: BTreeSet<String>,
    /// Requests that it does not know.
    pub unknown: Vec<String>,
}

#[derive(Default)]
struct State {
    recording: Recording,
    /// Name → create request, and whether it runs.
    containers: BTreeMap<String, (Value, bool)>,
    images: BTreeSet<String>,
    /// Name → what is told of it. Leases are volumes.
    volumes: BTreeMap<String, Value>,
}

struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    body: String,
}

enum Answer {
    Json(u16, Value),
    /// Lines of JSON, each a chunk, as the progress of a pull comes.
    Stream(Value),
    /// The head of a stream in which nothing comes, for as long as the client waits.
    Silence,
    /// Nothing, for as long as the client waits.
    Never,
}

impl Recorder {
    /// Begins to listen.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = shared.clone();
                thread::spawn(move || serve(client, &state));
            }
        });
        Self { port, state }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it was asked since the last time. Its containers are gone afterwards, its images stay.
    pub fn take(&self) -> Recording {
        let mut state = self.state.lock().unwrap();
        state.containers.clear();
        std::mem::take(&mut state.recording)
    }
}

/// One connection, to its end. A client may hang up whenever it likes.
fn serve(client: TcpStream, state: &Mutex<State>) {
    let Ok(mut back) = client.try_clone() else { return };
    let mut client = BufReader::new(client);
    while let Ok(Some(request)) = read(&mut client) {
        let answer = state.lock().unwrap().answer(&request);
        let written = match answer {
            Answer::Json(status, Value::Null) => write_whole(&mut back, status, ""),
            Answer::Json(status, json) => write_whole(&mut back, status, &json.to_string()),
            Answer::Stream(line) => write_chunk(&mut back, &format!("{line}\r\n")),
            Answer::Silence => {
                write_head(&mut back).and_then(|()| client.read_to_end(&mut Vec::new()).map(drop))
            }
            Answer::Never => client.read_to_end(&mut Vec::new()).map(drop),
        };
        if written.is_err() {
            return;
        }
    }
}

fn read(client: &mut impl BufRead) -> io::Result<Option<Request>> {
    let (mut first, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if client.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if first.is_none() {
            first = Some(line.to_owned());
        } else if line.is_empty() {
            break;
        } else if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    let first = first.unwrap_or_default();
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = query.split('&').filter_map(|pair| pair.split_once('='));
    // The version of the API is not looked at.
    let path = match path.strip_prefix("/v").and_then(|rest| rest.split_once('/')) {
        Some((version, rest)) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("/{rest}"),
        _ => path.to_owned(),
    };
    Ok(Some(Request {
        method: method.to_owned(),
        path,
        query: query.map(|(name, value)| (name.to_owned(), unescaped(value))).collect(),
        body: String::from_utf8(body).unwrap(),
    }))
}

/// `%2F` is `/`.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or("").as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

fn write_whole(client: &mut impl Write, status: u16, body: &str) -> io::Result<()> {
    // An answer without content has no length either.
    let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    write!(
        client,
        "HTTP/1.1 {status} Recorded\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n{length}\r\n{body}"
    )
}

/// The head of an answer that comes in chunks.
fn write_head(client: &mut impl Write) -> io::Result<()> {
    client.write_all(
        b"HTTP/1.1 200 Recorded\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    )
}

fn write_chunk(client: &mut impl Write, chunk: &str) -> io::Result<()> {
    write_head(client)?;
    write!(client, "{:x}\r\n{chunk}\r\n0\r\n\r\n", chunk.len())
}

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), &parts[..]) {
            ("GET" | "HEAD", ["_ping"]) => Answer::Json(200, Value::Null),
            ("GET", ["events"]) => Answer::Silence,
            ("GET", ["info"]) => Answer::Json(200, json!({ "ID": "recorder" })),
            ("GET", ["images", "json"]) => Answer::Json(200, self.listed_images()),
            ("GET", ["images", image, "json"]) => self.image(&unescaped(image)),
            ("POST", ["images", "create"]) => self.pull(&request.query),
            ("GET", ["networks"]) => Answer::Json(200, self.listed_networks()),
            ("POST", ["networks", "create"]) => {
                let body: Value = serde_json::from_str(&request.body).unwrap();
                self.recording.networks.insert(body["Name"].as_str().unwrap().to_owned());
                Answer::Json(201, json!({ "Id": body["Name"], "Warning": "" }))
            }
            ("DELETE", ["networks", _]) => Answer::Json(204, Value::Null),
            ("POST", ["volumes", "create"]) => {
                let body: Value = serde_json::from_str(&request.body).unwrap();
                let name = body["Name"].as_str().unwrap().to_owned();
                let volume = json!({ "Name": name, "Labels": body["Labels"] });
                Answer::Json(201, self.volumes.entry(name).or_insert(volume).clone())
            }
            ("GET", ["volumes"]) => {
                let volumes: Vec<&Value> = self.volumes.values().collect();
                Answer::Json(200, json!({ "Volumes": volumes, "Warnings": null }))
            }
            ("GET", ["volumes", name]) => match self.volumes.get(*name) {
                Some(volume) => Answer::Json(200, volume.clone()),
                None => Answer::Json(404, json!({ "message": format!("get {name}: no such volume") })),
            },
            ("DELETE", ["volumes", name]) => {
                self.volumes.remove(*name);
                Answer::Json(204, Value::Null)
            }
            ("GET", ["containers", "json"]) => {
                let listed =
                    self.containers.iter().map(|(name, (body, running))| listed(name, body, *running));
                Answer::Json(200, listed.collect())
            }
            ("POST", ["containers", "create"]) => self.create(&request.query["name"], &request.body),
            (method, ["containers", name, rest @ ..]) => self.container(method, name, rest, request),
            _ => self.unknown(request),
        }
    }

    fn container(&mut self, method: &str, name: &str, rest: &[&str], request: &Request) -> Answer {
        let Some((body, running)) = self.containers.get_mut(name) else {
            return Answer::Json(404, json!({ "message": format!("No such container: {name}") }));
        };
        match (method, rest) {
            ("GET", ["json"]) => Answer::Json(200, inspected(name, body, *running)),
            ("POST", ["start"]) => {
                *running = true;
                self.recording.started.insert(name.to_owned(), request.body.clone());
                Answer::Json(204, Value::Null)
            }
            ("POST", ["stop"]) => {
                *running = false;
                let seconds = request.query.get("t").cloned().unwrap_or_default();
                self.recording.stopped.insert(name.to_owned(), seconds);
                Answer::Json(204, Value::Null)
            }
            ("POST", ["wait"]) if *running => Answer::Never,
            ("POST", ["wait"]) => Answer::Json(200, json!({ "StatusCode": 0 })),
            ("DELETE", []) => {
                self.containers.remove(name);
                Answer::Json(204, Value::Null)
            }
            _ => self.unknown(request),
        }
    }

    fn create(&mut self, name: &str, body: &str) -> Answer {
        let body: Value = serde_json::from_str(body).unwrap();
        self.recording.created.insert(name.to_owned(), body.clone());
        self.containers.insert(name.to_owned(), (body, false));
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
        let tagged = format!("{image}:latest");
        let image = if self.images.contains(&tagged) { tagged.as_str() } else { image };
        if !self.images.contains(image) {
            return Answer::Json(404, json!({ "message": format!("No such image: {image}") }));
        }
        Answer::Json(200, json!({ "Id": image_id(image), "RepoTags": [image], "Config": {} }))
    }

    fn listed_images(&self) -> Value {
        self.images.iter().map(|image| json!({ "Id": image_id(image), "RepoTags": [image] })).collect()
    }

    fn listed_networks(&self) -> Value {
        self.recording.networks.iter().map(|name| json!({ "Name": name, "Id": name, "Labels": {} })).collect()
    }

    fn unknown(&mut self, request: &Request) -> Answer {
        self.recording.unknown.push(format!("{} {}", request.method, request.path));
        Answer::Json(404, json!({ "message": "page not found" }))
    }
}

fn image_id(image: &str) -> String {
    format!("sha256:{image}")
}

/// The id of the image that a create request names.
fn image_of(body: &Value) -> String {
    let image = body["Image"].as_str().unwrap_or_default();
    let name = image.rsplit('/').next().unwrap_or(image);
    image_id(&if name.contains(':') { image.to_owned() } else { format!("{image}:latest") })
}

fn listed(name: &str, body: &Value, running: bool) -> Value {
    let state = if running { "running" } else { "created" };
    json!({
        "Id": name, "Names": [format!("/{name}")], "Image": body["Image"], "ImageID": image_of(body),
        "State": state, "Status": state,
        "Labels": body["Labels"],
    })
}

fn inspected(name: &str, body: &Value, running: bool) -> Value {
    let status = if running { "running" } else { "created" };
    json!({
        "Id": name, "Name": format!("/{name}"), "Image": image_of(body),
        "Config": { "Image": body["Image"], "Labels": body["Labels"], "Tty": false },
        "State": {
            "Status": status, "Running": running, "StartedAt": "2026-01-01T00:00:00Z", "FinishedAt": "",
            "ExitCode": 0, "Error": "",
        },
    })
}
