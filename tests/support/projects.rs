//! The projects of `tests/engines/projects`: their image, their files, and what they answer.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

use super::site::Site;

/// Where they are.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/projects");
/// How long a project may take to answer, once it is up: a worker may still be at its job.
const PATIENCE: Duration = Duration::from_secs(30);

/// The image of all services, `unique-app:1`, on all engines of a site, for as long as it lives.
pub struct Application<'s> {
    site: &'s Site,
}

impl<'s> Application<'s> {
    /// Made of an image with busybox.
    pub fn new(site: &'s Site, busybox: &str) -> Self {
        let application = Self { site };
        for engine in &site.engines {
            application.docker(
                engine,
                &format!("run --name made-unique --network none {busybox} /bin/busybox --install -s /bin"),
            );
            application.docker(engine, &format!("cp {FOLDER}/app/. made-unique:/app/"));
            let changes = r#"--change 'ENTRYPOINT ["/app/run"]' --change 'ENV PATH=/bin'"#;
            application.docker(engine, &format!("commit {changes} made-unique unique-app:1"));
            application.docker(engine, "rm made-unique");
        }
        application
    }

    fn docker(&self, engine: &str, arguments: &str) {
        let words = shlex::split(&self.site.real(arguments)).unwrap();
        let output = self.site.program("docker", &words).env("DOCKER_HOST", engine).output().unwrap();
        assert!(output.status.success(), "docker {arguments}: {output:?}");
    }
}

impl Drop for Application<'_> {
    fn drop(&mut self) {
        for engine in &self.site.engines {
            let words = ["rmi", "-f", "unique-app:1"].map(|word| self.site.real(word));
            self.site.program("docker", &words).env("DOCKER_HOST", engine).output().ok();
        }
    }
}

/// A request, and what answers it.
pub struct Request {
    port: String,
    path: String,
    answer: String,
}

/// Those of a file: `GET PORT1/path` and the lines of the answer, with an empty line before the next one.
pub fn requests(text: &str) -> Vec<Request> {
    let requests = text.split("\n\n").map(|request| {
        let (first, answer) = request.split_once('\n').unwrap();
        let address = first.strip_prefix("GET ").unwrap();
        let (port, path) = address.split_once('/').unwrap();
        Request { port: port.to_owned(), path: format!("/{path}"), answer: answer.trim_end().to_owned() }
    });
    requests.collect()
}

/// What a server at an address answers; an error in words, since it may not be there yet.
pub fn answer(address: &str, path: &str) -> Result<String, String> {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    let text = ask().map_err(|error| error.to_string())?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| format!("no answer of HTTP: {text}"))?;
    if head.contains(" 200 ") { Ok(body.to_owned()) } else { Err(text) }
}

/// Asks a machine until the answers are those that are wanted.
///
/// # Panics
/// If they are not within half a minute; the message names the tool that started the project.
pub fn answers(requests: &[Request], host: &str, tool: &str) {
    let end = Instant::now() + PATIENCE;
    for Request { port, path, answer: wanted } in requests {
        loop {
            let told = answer(&format!("{host}:{port}"), path);
            if told.as_ref().is_ok_and(|told| told.trim_end() == wanted) {
                break;
            }
            assert!(Instant::now() < end, "{tool}: {path}: wanted {wanted:?}, got {told:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Copies a project's files with the words of the test.
pub fn copy(site: &Site, from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(site, &entry.path(), &to);
        } else {
            fs::write(&to, site.real(&fs::read_to_string(entry.path()).unwrap())).unwrap();
        }
    }
}
