//! An engine that does nothing and remembers what it was asked: enough of the Docker API, of its first days as of
//! today's, for `docker-py`, docker compose and bollard to create, start and stop containers on it.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "helpers of tests fail as tests do")]

#[path = "recorder/state.rs"]
mod state;
#[path = "recorder/tarball.rs"]
mod tarball;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use self::state::State;
use serde_json::Value;

/// The API of an engine that `MaestroNG` spoke with, and of Docker 28.
const OLD_API: &str = "1.41";
const NEW_API: &str = "1.51";

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
    /// Bodies of requests that make networks, by their names.
    pub networks: BTreeMap<String, Value>,
    /// Bodies of requests that make volumes, by their names.
    pub volumes: BTreeMap<String, Value>,
    /// Bodies of the requests that prepared a command in a container, by its name.
    pub executed: BTreeMap<String, Vec<Value>>,
    /// Files that were copied into a container, by its name: path, owner, mode and content.
    pub copied: BTreeMap<String, BTreeSet<String>>,
    /// Requests that it does not know.
    pub unknown: Vec<String>,
}

struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    body: Vec<u8>,
    /// Whether the client asks for a connection of its own.
    upgrades: bool,
}

enum Answer {
    Json(u16, Value),
    /// Lines of JSON, each a chunk, as the progress of a pull comes.
    Stream(Value),
    /// The head of a stream in which nothing comes, for as long as the client waits.
    Silence,
    /// Nothing, for as long as the client waits.
    Never,
    /// A connection of another protocol, on which nothing comes.
    Upgrade,
}

impl Recorder {
    /// Begins to listen.
    pub fn new() -> Self {
        Self::with(State::new(OLD_API))
    }

    /// The same with the API of Docker 28, these images, and a network, a volume and a container named `outside`.
    pub fn with_images(images: &[&str]) -> Self {
        Self::with(State::with_images(NEW_API, images))
    }

    fn with(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(state));
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
        state.take()
    }
}

/// One connection, to its end. A client may hang up whenever it likes.
fn serve(client: TcpStream, state: &Mutex<State>) {
    let Ok(mut back) = client.try_clone() else { return };
    let mut client = BufReader::new(client);
    while let Ok(Some(request)) = read(&mut client) {
        let (api, answer) = {
            let mut state = state.lock().unwrap();
            (state.api, state.answer(&request))
        };
        let written = match answer {
            Answer::Json(status, Value::Null) => write_whole(&mut back, api, status, ""),
            Answer::Json(status, json) => write_whole(&mut back, api, status, &json.to_string()),
            Answer::Stream(line) => write_chunk(&mut back, &format!("{line}\r\n")),
            Answer::Silence => {
                write_head(&mut back).and_then(|()| client.read_to_end(&mut Vec::new()).map(drop))
            }
            Answer::Upgrade => {
                back.write_all(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n").ok();
                return;
            }
            Answer::Never => client.read_to_end(&mut Vec::new()).map(drop),
        };
        if written.is_err() {
            return;
        }
    }
}

fn read(client: &mut impl BufRead) -> io::Result<Option<Request>> {
    let (mut first, mut length, mut is_chunked, mut upgrades) = (None, 0, false, false);
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
        } else if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                "transfer-encoding" => is_chunked = true,
                "upgrade" => upgrades = true,
                _ => {}
            }
        }
    }
    let body = if is_chunked { read_chunks(client)? } else { read_bytes(client, length)? };
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
        body,
        upgrades,
    }))
}

fn read_bytes(client: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_chunks(client: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        client.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim_end(), 16).unwrap();
        body.extend(read_bytes(client, length)?);
        client.read_line(&mut line)?;
        if length == 0 {
            return Ok(body);
        }
    }
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

fn write_whole(client: &mut impl Write, api: &str, status: u16, body: &str) -> io::Result<()> {
    // An answer without content has no length either.
    let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    write!(
        client,
        "HTTP/1.1 {status} Recorded\r\nApi-Version: {api}\r\nContent-Type: application/json\r\n{length}\r\n{body}"
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
