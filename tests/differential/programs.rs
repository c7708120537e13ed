//! Both programs, run on a file against the recording engine.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::recorder::{Recorder, Recording};

/// No command takes longer.
const DEADLINE: Duration = Duration::from_secs(120);

/// The images of the Compose files; the last one is what docker compose would build for the service `built`.
const IMAGES: [&str; 2] = ["busybox:1", "shop-built:latest"];

/// The name of the project of the Compose files.
const PROJECT: &str = "shop";

/// One of the programs.
pub(crate) enum Program {
    MaestroNg(PathBuf),
    DockerCompose(PathBuf),
    Maestro,
}

/// What a run asked of the engine, and how it ended.
pub(crate) struct Run {
    pub(crate) asked: Recording,
    pub(crate) succeeded: bool,
    /// Where the engine was.
    pub(crate) port: u16,
    pub(crate) said: String,
}

/// The Python that has `MaestroNG`.
///
/// # Panics
/// If `MAESTRO_TEST_MAESTRO_NG` is not set.
pub(crate) fn maestro_ng_python() -> PathBuf {
    let python = std::env::var_os("MAESTRO_TEST_MAESTRO_NG");
    python.expect("MAESTRO_TEST_MAESTRO_NG is set: eval \"$(scripts/need-maestro-ng)\"").into()
}

/// `MaestroNG`.
///
/// # Panics
/// See [`maestro_ng_python`].
pub(crate) fn maestro_ng() -> Program {
    Program::MaestroNg(maestro_ng_python())
}

/// docker compose.
///
/// # Panics
/// If `MAESTRO_BENCH_COMPOSE` is not set.
pub(crate) fn docker_compose() -> Program {
    let program = std::env::var_os("MAESTRO_BENCH_COMPOSE");
    Program::DockerCompose(
        program.expect("MAESTRO_BENCH_COMPOSE is set: eval \"$(scripts/need-compose)\"").into(),
    )
}

/// The files of a folder beside this one, in order.
pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential").join(folder);
    let entries = std::fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// A file's name without its ending.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

impl Program {
    /// Brings the file up and down again, on an engine of its own.
    pub(crate) fn run(&self, file: &Path) -> Run {
        self.run_on(&Recorder::new(), file, [&["start"], &["stop", "--all"]])
    }

    /// The same for a Compose file, on an engine that has the image of these files.
    pub(crate) fn run_project(&self, file: &Path) -> Run {
        let engine = Recorder::with_images(&IMAGES);
        let up: &[&str] = match self {
            Self::DockerCompose(_) => &["up", "--detach", "--no-build"],
            Self::MaestroNg(_) | Self::Maestro => &["apply", "--no-preflight", "--no-build", "--detach"],
        };
        self.run_on(&engine, file, [up, &["stop"]])
    }

    fn run_on(&self, engine: &Recorder, file: &Path, [up, down]: [&[&str]; 2]) -> Run {
        let (mut succeeded, mut said) = self.command(file, engine, up);
        if succeeded {
            let (stopped, more) = self.command(file, engine, down);
            succeeded = stopped;
            said += &more;
        }
        Run { asked: engine.take(), succeeded, said, port: engine.port() }
    }

    fn command(&self, file: &Path, engine: &Recorder, arguments: &[&str]) -> (bool, String) {
        let home = tempfile::tempdir().unwrap();
        let mut command = match self {
            Self::MaestroNg(python) => {
                let mut command = Command::new(python);
                command.args(["-m", "maestro"]);
                command
            }
            Self::DockerCompose(program) => Command::new(program),
            Self::Maestro => Command::new(env!("CARGO_BIN_EXE_maestro")),
        };
        command.arg("-f").arg(file.file_name().unwrap()).args(arguments);
        command.current_dir(file.parent().unwrap()).stdin(Stdio::null()).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap_or_default()).env("HOME", home.path());
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("PORT", engine.port().to_string());
        command.env("DOCKER_HOST", format!("tcp://127.0.0.1:{}", engine.port()));
        command.env("COMPOSE_PROJECT_NAME", PROJECT).env("GIVEN", "by the caller");
        let said = home.path().join("said");
        let output = File::create(&said).unwrap();
        command.stdout(output.try_clone().unwrap()).stderr(output);
        let mut child = command.spawn().unwrap();
        let end = Instant::now() + DEADLINE;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end {
                child.kill().ok();
                child.wait().ok();
                panic!("{} still runs after {DEADLINE:?}", file.display());
            }
            thread::sleep(Duration::from_millis(10));
        };
        let mut text = String::new();
        File::open(said).unwrap().read_to_string(&mut text).unwrap();
        (status.success(), text)
    }
}
