//! Projects of the shapes that people have: docker compose and Maestro start each of them, and both answer the same
//! requests with what its file `requests` says.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

use super::compose::{docker_compose, project};
use crate::support::{IMAGE, site::Site};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/projects");
/// How long a project may take to answer, once it is up: a worker may still be at its job.
const PATIENCE: Duration = Duration::from_secs(30);

/// The image of all services, for as long as it lives.
struct Application<'s> {
    site: &'s Site,
}

impl<'s> Application<'s> {
    fn new(site: &'s Site) -> Self {
        site.docker(&format!("run --name made-unique {IMAGE} /bin/busybox --install -s /bin"));
        site.docker(&format!("cp {FOLDER}/app/. made-unique:/app/"));
        let changes = r#"--change 'ENTRYPOINT ["/app/run"]' --change 'ENV PATH=/bin'"#;
        site.docker(&format!("commit {changes} made-unique unique-app:1"));
        site.docker("rm made-unique");
        Self { site }
    }
}

impl Drop for Application<'_> {
    fn drop(&mut self) {
        let words = ["rmi", "-f", "unique-app:1"].map(|word| self.site.real(word));
        self.site.program("docker", &words).output().ok();
    }
}

/// A request, and what answers it.
struct Request {
    port: String,
    path: String,
    answer: String,
}

/// Those of a file: `GET PORT1/path` and the lines of the answer, with an empty line before the next one.
fn requests(text: &str) -> Vec<Request> {
    let requests = text.split("\n\n").map(|request| {
        let (first, answer) = request.split_once('\n').unwrap();
        let address = first.strip_prefix("GET ").unwrap();
        let (port, path) = address.split_once('/').unwrap();
        Request { port: port.to_owned(), path: format!("/{path}"), answer: answer.trim_end().to_owned() }
    });
    requests.collect()
}

/// What a port of this machine answers; an error in words, since a server may not be there yet.
fn answer(port: &str, path: &str) -> Result<String, String> {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    let text = ask().map_err(|error| error.to_string())?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| format!("no answer of HTTP: {text}"))?;
    if head.contains(" 200 ") { Ok(body.trim_end().to_owned()) } else { Err(text) }
}

/// Asks until the answers are those that are wanted, or [`PATIENCE`] is over.
fn answers(requests: &[Request], tool: &str) {
    let end = Instant::now() + PATIENCE;
    for Request { port, path, answer: wanted } in requests {
        loop {
            let told = answer(port, path);
            if told.as_ref() == Ok(wanted) {
                break;
            }
            assert!(Instant::now() < end, "{tool}: {path}: wanted {wanted:?}, got {told:?}");
        }
    }
}

/// Copies the project's files with the words of the test.
fn copy(site: &Site, from: &Path, to: &Path) {
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

/// A range of addresses that no other test has.
fn subnet(site: &Site) -> String {
    let number = u32::from_str_radix(&site.real("unique")[1..], 16).unwrap();
    format!("10.{}.{}", 200 + number / 256 % 16, number % 256)
}

fn starts_through_both(name: &str) {
    let site = project("services: {}\n");
    fs::remove_file(site.path().join("compose.yaml")).unwrap();
    copy(&site, &Path::new(FOLDER).join(name), site.path());
    let file = site.path().join("compose.yaml");
    let subnetted = fs::read_to_string(&file).unwrap().replace("SUBNET", &subnet(&site));
    fs::write(&file, subnetted).unwrap();
    let text = fs::read_to_string(site.path().join("requests")).unwrap().replace("SUBNET", &subnet(&site));
    let requests = requests(&text);
    let _image = Application::new(&site);

    docker_compose(&site, "up -d");
    answers(&requests, "docker compose");
    docker_compose(&site, "down -v -t 0");

    site.succeed("apply");
    answers(&requests, "maestro");
    let planned = site.run("plan --detailed-exitcode");
    assert_eq!(planned.code, Some(0), "{}", planned.text);
    site.succeed("stop");
    let cleaned = site.succeed("clean --volumes");
    let left =
        |list: &str| site.docker(&format!("{list} --filter label=com.docker.compose.project=env-unique"));
    for list in ["ps -aq", "network ls -q"] {
        assert_eq!(left(list), "", "{list}: {cleaned}");
    }
    // Only named volumes stay, which hold data.
    for volume in left("volume ls -q").lines() {
        assert!(volume.starts_with(&site.real("env-unique_")), "{volume}: {cleaned}");
        site.docker(&format!("volume rm {volume}"));
    }
}

/// A test for each project.
macro_rules! projects {
    ($($name:ident: $folder:literal,)*) => {
        $(
            #[test]
            #[ignore = "needs an engine"]
            fn $name() {
                starts_through_both($folder);
            }
        )*

        #[test]
        fn each_project_has_a_test() {
            let mut folders: Vec<String> = fs::read_dir(FOLDER)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name != "app")
                .collect();
            folders.sort();
            let mut tested = vec![$($folder),*];
            tested.sort_unstable();
            assert_eq!(folders, tested);
        }
    };
}

projects! {
    addresses: "addresses",
    generator_and_sidecar: "generator-and-sidecar",
    hardened: "hardened",
    include_and_extends: "include-and-extends",
    migration: "migration",
    overrides: "overrides",
    profiles: "profiles",
    proxy_and_replicas: "proxy-and-replicas",
    queue_and_workers: "queue-and-workers",
    secrets_and_env_files: "secrets-and-env-files",
    web_and_store: "web-and-store",
    whole_shop: "whole-shop",
}
