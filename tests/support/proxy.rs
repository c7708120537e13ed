//! A Unix socket that passes everything on to an engine and remembers what was asked.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

/// A proxy in front of an engine. It lasts as long as the test program.
pub struct Proxy {
    socket: PathBuf,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Listens in `directory` for what is meant for the engine at `host`, a Unix socket.
    pub fn new(directory: &Path, host: &str) -> Self {
        let engine = PathBuf::from(host.strip_prefix("unix://").expect("the engine is at a Unix socket"));
        let socket = directory.join("proxy.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (engine, kept) = (engine.clone(), kept.clone());
                thread::spawn(move || serve(client, &engine, &kept));
            }
        });
        Self { socket, requests }
    }

    /// Where it listens, as `DOCKER_HOST` writes it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// What was asked since the last time, method and path, without the API's version.
    pub fn requests(&self) -> Vec<String> {
        let version = regex::Regex::new(r" /v[0-9.]+/").unwrap();
        let requests = std::mem::take(&mut *self.requests.lock().unwrap());
        requests.iter().map(|request| version.replace(request, " /").into_owned()).collect()
    }
}

/// One connection, to its end.
fn serve(client: UnixStream, engine: &Path, requests: &Mutex<Vec<String>>) {
    let Ok(engine) = UnixStream::connect(engine) else { return };
    let (Ok(mut answers), Ok(mut back)) = (engine.try_clone(), client.try_clone()) else { return };
    thread::spawn(move || {
        io::copy(&mut answers, &mut back).ok();
        back.shutdown(Shutdown::Write).ok();
    });
    let mut up = &engine;
    let mut client = BufReader::new(client);
    while let Ok(Some(request)) = pass_on(&mut client, &mut up) {
        requests.lock().unwrap().push(request);
    }
    engine.shutdown(Shutdown::Write).ok();
}

/// Passes one request on, and tells its method and path; none at the end.
fn pass_on(client: &mut impl BufRead, engine: &mut impl Write) -> io::Result<Option<String>> {
    let (mut head, mut request, mut length) = (Vec::new(), None, 0);
    loop {
        let mut line = String::new();
        if client.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        head.extend_from_slice(line.as_bytes());
        let line = line.trim_end();
        if request.is_none() {
            request = line.rsplit_once(' ').map(|(request, _)| request.to_owned());
        } else if line.is_empty() {
            break;
        } else if let Some((name, value)) = line.split_once(':') {
            // A body of unknown length would have to be taken apart; Maestro sends none.
            assert!(!name.eq_ignore_ascii_case("transfer-encoding"), "{line}");
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
    }
    engine.write_all(&head)?;
    io::copy(&mut client.take(length), engine)?;
    Ok(request)
}
