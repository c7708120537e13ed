//! What tests against a real engine share.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "each test takes what it needs, and fails and speaks as tests do"
)]

pub mod browser;
pub mod cable;
pub mod counting;
pub mod front;
pub mod guest_program;
pub mod lab;
pub mod normal;
pub mod projects;
pub mod proxy;
pub mod registry;
pub mod site;
pub mod sshd;
pub mod terminal;
pub mod traffic;

use std::{
    collections::BTreeMap,
    fs::File,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Once},
    time::Duration,
};

use maestro_core::model::{
    Endpoint, Ship,
    container::{ContainerOwner, ContainerSpec, Network},
};
use maestro_engine::{
    Engine,
    connect::{Connection, connect},
};

/// An image with busybox alone, which [`engine`] brings to the engine.
pub const IMAGE: &str = "eng-busybox:1";

static IMPORTED: Once = Once::new();

/// The address of the engine that tests run against. The engine has [`IMAGE`].
///
/// # Panics
/// If `MAESTRO_TEST_DOCKER_HOST` is not set. Each test that calls this is marked `#[ignore = "needs an engine"]`, so
/// that `cargo test` without an engine counts it as ignored.
pub fn host() -> String {
    let host = std::env::var("MAESTRO_TEST_DOCKER_HOST")
        .expect("MAESTRO_TEST_DOCKER_HOST is an engine's address; ./test brings an engine");
    IMPORTED.call_once(|| import_image(&host));
    host
}

/// The engine that tests run against.
pub async fn engine() -> Arc<dyn Engine> {
    engine_at(&host()).await
}

/// An engine, by its `DOCKER_HOST`.
pub async fn engine_at(host: &str) -> Arc<dyn Engine> {
    engine_of(host, false).await
}

/// An engine, or the Swarm that it is a manager of.
pub async fn engine_of(host: &str, swarm: bool) -> Arc<dyn Engine> {
    let ship = Ship {
        managers: Vec::new(),
        name: "test".into(),
        address: "localhost".into(),
        endpoint: Endpoint::Local,
        timeout: Duration::from_secs(60),
        api_version: None,
        labels: std::collections::BTreeMap::new(),
        drain: false,
        swarm,
        span: None,
    };
    let environment = BTreeMap::from([("DOCKER_HOST".to_owned(), host.to_owned())]);
    let Connection { engine, .. } = connect(&ship, &environment).await;
    engine
}

fn import_image(host: &str) {
    // Several test programs may begin at once.
    let _alone = lock("image");
    let present = Command::new("docker")
        .args(["-H", host, "image", "inspect", IMAGE])
        .output()
        .expect("the docker command is installed");
    if present.status.success() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let bin = directory.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    copy_busybox(&bin);
    let mut tar = Command::new("tar")
        .args(["-c", "bin"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let imported = Command::new("docker")
        .args(["-H", host, "import", "-", IMAGE])
        .stdin(tar.stdout.take().unwrap())
        .output()
        .unwrap();
    tar.wait().unwrap();
    assert!(imported.status.success(), "{imported:?}");
}

/// Keeps all others that ask for a lock of this name waiting, also in other processes, until what it returns is dropped.
/// `MAESTRO_TEST_LOCKS` names the folder of the locks, for tests that run with several engines at once.
pub fn lock(name: &str) -> File {
    let folder =
        std::env::var("MAESTRO_TEST_LOCKS").unwrap_or_else(|_| env!("CARGO_TARGET_TMPDIR").to_owned());
    let file = File::create(Path::new(&folder).join(format!("{name}.lock"))).unwrap();
    file.lock().unwrap();
    file
}

/// A name that no other test uses, nor another run of this one.
pub fn unique(name: &str) -> String {
    format!("eng-{name}-{}", std::process::id())
}

/// A container without network that runs `script` in busybox's shell.
pub fn spec(name: &str, script: &str) -> ContainerSpec {
    let words = ["/bin/busybox", "sh", "-c", script];
    ContainerSpec {
        command: Some(words.map(str::to_owned).to_vec()),
        ..ContainerSpec::new(
            &unique(name),
            IMAGE,
            Network::Mode { mode: "none".into(), links: Vec::new() },
            ContainerOwner { environment: "eng-test".into(), service: name.into() },
        )
    }
}

/// A script that ends with that exit code as soon as it is asked to, and not before. It says `up` when it can be asked.
pub fn until_stopped(exit_code: u8) -> String {
    format!("trap 'exit {exit_code}' TERM; echo up; while true; do /bin/busybox sleep 0.1; done")
}

/// Removes containers and networks when a test ends, however it ends.
#[derive(Default)]
pub struct Leftovers {
    /// Containers.
    pub containers: Vec<String>,
    /// Networks, removed after the containers.
    pub networks: Vec<String>,
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        let host = std::env::var("MAESTRO_TEST_DOCKER_HOST").unwrap_or_default();
        let remove = |what: &[&str], names: &[String]| {
            if !names.is_empty() {
                let docker = Command::new("docker").args(["-H", &host]).args(what).args(names).output();
                drop(docker);
            }
        };
        remove(&["rm", "-f", "-v"], &self.containers);
        remove(&["network", "rm"], &self.networks);
    }
}

/// Puts a static busybox into a directory.
pub fn copy_busybox(directory: &std::path::Path) {
    let busybox = std::env::var("MAESTRO_TEST_BUSYBOX").unwrap_or_else(|_| "/bin/busybox".to_owned());
    std::fs::copy(&busybox, directory.join("busybox"))
        .expect("a static busybox; scripts/need-busybox brings one");
}
