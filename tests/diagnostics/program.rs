//! The real program, run beside an engine that must not be asked.

use std::{
    ffi::OsStr,
    io::ErrorKind,
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A socket where the program would find an engine, in a directory of its own.
pub struct Engine {
    listener: UnixListener,
    directory: tempfile::TempDir,
}

/// How a run of the program ended.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// Whether somebody wanted to talk to the engine.
    pub contacted: bool,
}

impl Engine {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("docker.sock")).unwrap();
        listener.set_nonblocking(true).unwrap();
        context(directory.path(), "production", r#"{"Host":"ssh://ops@10.0.0.9"}"#);
        context(directory.path(), "broken", r#"{"Host":"carrier-pigeon://coop"}"#);
        Self { listener, directory }
    }

    /// Runs `maestro` with these arguments in `directory`.
    pub fn run(&self, directory: &Path, arguments: &[impl AsRef<OsStr>]) -> Run {
        self.run_with(directory, arguments, &[])
    }

    /// The same with more variables.
    pub fn run_with(
        &self,
        directory: &Path,
        arguments: &[impl AsRef<OsStr>],
        variables: &[(&str, &str)],
    ) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_maestro"))
            .args(arguments)
            .current_dir(directory)
            .env_clear()
            .env("HOME", self.directory.path())
            .env("DOCKER_HOST", format!("unix://{}", self.directory.path().join("docker.sock").display()))
            // What the templates of the fixtures ask for.
            .envs([("TAG", "1.27"), ("SHIP", "node3"), ("DB_PASSWORD", "hunter2")])
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        self.ended(output)
    }

    fn ended(&self, output: Output) -> Run {
        let contacted = match self.listener.accept() {
            Ok(_) => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => panic!("{error}"),
        };
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            contacted,
        }
    }
}

/// Makes a Docker context in a home directory.
fn context(home: &Path, name: &str, endpoint: &str) {
    // As `printf NAME | sha256sum` says.
    let id = match name {
        "production" => "ab8e18ef4ebebeddc0b3152ce9c9006e14fc05242e3fc9ce32246ea6a9543074",
        _ => "f526795c95399cea27c055c842c3d6ab018ed0fa4f66f701c28ab22dec28237b",
    };
    let meta = home.join(".docker/contexts/meta").join(id);
    std::fs::create_dir_all(&meta).unwrap();
    let json = format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{endpoint}}}}}"#);
    std::fs::write(meta.join("meta.json"), json).unwrap();
}

impl Run {
    /// Asserts that the program refused its input and asked no engine; the message for it.
    pub fn refused(self) -> String {
        assert_eq!(self.code, Some(2), "exit code; {}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "", "standard output");
        assert!(!self.contacted, "an engine was contacted");
        self.stderr
    }
}

/// The directory of this test.
pub fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// All commands that the program's help lists.
pub fn commands() -> Vec<String> {
    let run = Engine::new().run(&here(), &["--help"]);
    let lines = run.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    // A line that goes on with the one before is indented further.
    let rows = lines.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
    let names: Vec<String> = rows.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    assert!(names.iter().any(|name| name == "apply"), "{}", run.stdout);
    names
}

/// The YAML files of a directory of fixtures, without their ending, in order.
pub fn fixtures(directory: &str) -> Vec<String> {
    let files = std::fs::read_dir(here().join(directory)).unwrap().map(|file| file.unwrap().path());
    let yaml = files.filter(|file| file.extension().is_some_and(|end| end == "yaml"));
    let mut names: Vec<String> =
        yaml.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// Where the snapshots are.
pub fn snapshots() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(here().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

/// Checks each fixture, and names all that fail rather than the first.
pub fn each(directory: &str, check: impl Fn(&str)) {
    let failed: Vec<String> = snapshots().bind(|| {
        let checked =
            |name: &String| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(name))).is_err();
        fixtures(directory).into_iter().filter(checked).collect()
    });
    assert!(failed.is_empty(), "in tests/diagnostics/{directory}: {}", failed.join(", "));
}
