//! An engine that answers what a test wants, and the program that asks it, with bounded memory.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

/// What the program may have of memory, addresses counted, in KiB: two of the largest answers that are read.
const MEMORY: u64 = 1_200_000;

/// What is answered to a request.
pub enum Answer {
    /// These bytes; the connection stays open.
    Bytes(Vec<u8>),
    /// These bytes, then these again and again for as long as somebody reads.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, then nothing more, with the connection open.
    Silence(Vec<u8>),
    /// What was sent, as an engine answers that makes a volume: a lease is had by this.
    Echo,
    /// These bytes, and an end.
    HangUp(Vec<u8>),
    /// The second bytes one by one behind the first, each after a tenth of a second.
    Drops(Vec<u8>, Vec<u8>),
}

/// An answer with that body.
pub fn json(status: u16, body: &str) -> Answer {
    typed(status, "application/json", body.as_bytes())
}

pub fn typed(status: u16, kind: &str, body: &[u8]) -> Answer {
    let head =
        format!("HTTP/1.1 {status} Some\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
    Answer::Bytes([head.as_bytes(), body].concat())
}

/// How an engine answers `METHOD /path`.
pub type Script = Arc<dyn Fn(&str) -> Answer + Send + Sync>;

/// A folder with a file for the program, and an engine beside it.
pub struct Site {
    pub folder: tempfile::TempDir,
    requests: Arc<Mutex<Vec<String>>>,
}

/// How a run of the program ended.
pub struct Ran {
    pub code: Option<i32>,
    pub text: String,
    pub errors: String,
}

impl Site {
    /// An engine that answers like that, and this file.
    pub fn new(file: &str, script: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("maestro.yaml"), file).unwrap();
        let listener = UnixListener::bind(folder.path().join("docker.sock")).unwrap();
        let (script, requests): (Script, Arc<Mutex<Vec<String>>>) = (Arc::new(script), Arc::default());
        let heard = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (script, heard) = (script.clone(), heard.clone());
                thread::spawn(move || serve(stream, &script, &heard));
            }
        });
        Self { folder, requests }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// All that was asked so far, as `METHOD /path` with the version left out.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Runs the program with these words, in bounded memory, for a minute at most.
    pub fn run(&self, words: &str) -> Ran {
        self.run_with(words, &[])
    }

    /// Runs the program with these words on a terminal, and tells all that was written there.
    pub fn run_on_a_terminal(&self, words: &str) -> String {
        let program = env!("CARGO_BIN_EXE_maestro");
        let output = Command::new("script")
            .args(["-qec", &format!("timeout -s KILL 60 '{program}' {words}"), "/dev/null"])
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .output()
            .expect("`script`, which is part of every Debian");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The same with so many open files.
    pub fn run_with_open_files(&self, files: u32, words: &str) -> Ran {
        self.run_limited(&format!("ulimit -n {files}"), words, &[])
    }

    pub fn run_with(&self, words: &str, variables: &[(&str, &str)]) -> Ran {
        self.run_limited(&format!("ulimit -v {MEMORY}"), words, variables)
    }

    fn run_limited(&self, limit: &str, words: &str, variables: &[(&str, &str)]) -> Ran {
        let program = env!("CARGO_BIN_EXE_maestro");
        let line = format!("{limit}; exec timeout -s KILL 60 '{program}' {words}");
        let output = Command::new("bash")
            .args(["-c", &line])
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("DOCKER_HOST", format!("unix://{}", self.path().join("docker.sock").display()))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Ran { code: output.status.code(), text: text(output.stdout), errors: text(output.stderr) }
    }
}

impl Ran {
    /// All that was printed.
    pub fn all(&self) -> String {
        format!("{}{}", self.text, self.errors)
    }
}

/// None when the other side has had enough.
fn serve(stream: UnixStream, script: &Script, heard: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let (request, body) = read_request(&mut reader)?;
        heard.lock().unwrap().push(request.clone());
        let answer = if request == "GET /_ping" {
            Answer::Bytes(b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK".to_vec())
        } else {
            script(&request)
        };
        match answer {
            Answer::Bytes(bytes) => stream.write_all(&bytes).ok()?,
            Answer::Echo => {
                let Answer::Bytes(bytes) = typed(201, "application/json", &body) else { return None };
                stream.write_all(&bytes).ok()?;
            }
            Answer::Endless(begin, again) => {
                stream.write_all(&begin).ok()?;
                let again = again.repeat(1 + 65_536 / again.len());
                loop {
                    stream.write_all(&again).ok()?;
                }
            }
            Answer::Silence(bytes) => {
                stream.write_all(&bytes).ok()?;
                // Until the other side goes.
                reader.read_to_end(&mut Vec::new()).ok()?;
            }
            Answer::HangUp(bytes) => {
                stream.write_all(&bytes).ok()?;
                return None;
            }
            Answer::Drops(begin, drops) => {
                stream.write_all(&begin).ok()?;
                for drop in drops {
                    thread::sleep(std::time::Duration::from_millis(100));
                    stream.write_all(&[drop]).ok()?;
                }
            }
        }
    }
}

/// Reads a request and its body.
fn read_request(reader: &mut BufReader<UnixStream>) -> Option<(String, Vec<u8>)> {
    let (mut first, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if first.is_empty() {
            first.clone_from(&line);
        }
        if let Some(told) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = told.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    Some((format!("{method} {}", path.strip_prefix("/v1.41").unwrap_or(path)), body))
}
