//! Image registries of a test's own: a real one that wants a password, and one that answers badly.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{
    IMAGE,
    site::{Site, until},
};

/// The user that registries of tests know.
pub const USER: &str = "deploy";
/// That user's password: what no output may ever show.
pub const PASSWORD: &str = "c4nary-pa55word";
/// bcrypt of [`PASSWORD`].
const HASH: &str = "$2b$04$r0O05L51WTz1vZc4wbPGNeXwFqVy0kVt2km032vMPe1GGbl5NPBoq";

/// A registry that runs until it is dropped.
pub struct Registry {
    process: Child,
    folder: PathBuf,
    address: String,
    host: String,
}

impl Registry {
    /// A registry at `PORT1` of a site that has the image `app:1` and wants a password for it.
    pub fn with_password(site: &Site) -> Self {
        let folder = site.path().join("registry");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("htpasswd"), format!("{USER}:{HASH}\n")).unwrap();
        // Filled through another door, which is open.
        let open = Self::at(site, &folder, "PORT2", "");
        site.docker(&format!("tag {IMAGE} {}/app:1", open.address));
        site.docker(&format!("push {}/app:1", open.address));
        drop(open);
        let auth =
            format!("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", folder.join("htpasswd").display());
        Self::at(site, &folder, "PORT1", &auth)
    }

    /// A registry at `PORT2` that anybody may read, with the image `app:1`.
    pub fn open(site: &Site) -> Self {
        let folder = site.path().join("registry");
        fs::create_dir_all(&folder).unwrap();
        let open = Self::at(site, &folder, "PORT2", "");
        site.docker(&format!("tag {IMAGE} {}/app:1", open.address));
        site.docker(&format!("push {}/app:1", open.address));
        site.docker(&format!("image rm {}/app:1", open.address));
        open
    }

    fn at(site: &Site, folder: &Path, port: &str, auth: &str) -> Self {
        let address = format!("127.0.0.1:{}", site.real(port));
        let config = folder.join(format!("{port}.yml"));
        let storage = folder.join("data");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http: {{addr: \"{address}\"}}\n{auth}",
            storage.display()
        );
        fs::write(&config, text).unwrap();
        let program = std::env::var("MAESTRO_TEST_REGISTRY").unwrap_or_else(|_| "docker-registry".to_owned());
        let process = Command::new(program)
            .arg("serve")
            .arg(&config)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a registry's program; scripts/need-registry brings one");
        let registry = Self { process, folder: folder.to_owned(), address, host: site.host.clone() };
        until("the registry answers", || TcpStream::connect(&registry.address).ok());
        registry
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        let image = format!("{}/app:1", self.address);
        Command::new("docker").args(["-H", &self.host, "image", "rm", "-f", &image]).output().ok();
        debug_assert!(self.folder.exists());
    }
}

/// What Docker Hub says to one who has pulled too much.
const LIMIT: &str = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit"}]}"#;

/// What a bad registry does with a request.
#[derive(Clone, Copy)]
pub enum Badly {
    /// Answers with this status.
    Status(u16),
    /// Answers as Docker Hub does to one who has pulled too much.
    Limits,
    /// Never answers.
    Silently,
}

/// Listens at `PORT1` of a site and answers so many requests badly; after that it is the registry at `PORT2`. Lasts as
/// long as the test program. Counts the requests that it answered badly.
pub fn bad(site: &Site, badly: Badly, times: usize) -> Arc<AtomicUsize> {
    let listener = TcpListener::bind(format!("127.0.0.1:{}", site.real("PORT1"))).unwrap();
    let behind = format!("127.0.0.1:{}", site.real("PORT2"));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (behind, counted) = (behind.clone(), Arc::clone(&counted));
            thread::spawn(move || serve(client, &behind, badly, times, &counted));
        }
    });
    count
}

fn serve(
    mut client: TcpStream,
    behind: &str,
    badly: Badly,
    times: usize,
    counted: &AtomicUsize,
) -> Option<()> {
    let mut first = [0];
    client.peek(&mut first).ok()?;
    if first == [0x16] {
        // An engine tries TLS first; that a registry does not speak it is said by an answer without.
        client.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n").ok()?;
        return client.shutdown(Shutdown::Both).ok();
    }
    if counted.load(Ordering::SeqCst) < times {
        counted.fetch_add(1, Ordering::SeqCst);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let (status, body) = match badly {
            Badly::Status(status) => (status, ""),
            Badly::Limits => (429, LIMIT),
            Badly::Silently => (0, ""),
        };
        match badly {
            Badly::Silently => io::copy(&mut client, &mut io::sink()).ok()?,
            Badly::Status(_) | Badly::Limits => {
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
                     Connection: close\r\n\r\n{body}"
                );
                client.write_all(answer.as_bytes()).ok()?;
                0
            }
        };
        return Some(());
    }
    let mut registry = TcpStream::connect(behind).ok()?;
    let (mut back, mut answers) = (client.try_clone().ok()?, registry.try_clone().ok()?);
    thread::spawn(move || {
        io::copy(&mut answers, &mut back).ok();
        back.shutdown(Shutdown::Both).ok();
    });
    io::copy(&mut client, &mut registry).ok();
    registry.shutdown(Shutdown::Write).ok()
}
