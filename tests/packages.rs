//! What goes into packages beside the program: manual pages, and the files of `dist/`, tried as far as this machine can.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_maestro");
/// What the install script may use beside what fetches.
const TOOLS: [&str; 14] = [
    "cat",
    "chmod",
    "cp",
    "cut",
    "gzip",
    "id",
    "mkdir",
    "mktemp",
    "mv",
    "rm",
    "sed",
    "sha256sum",
    "tar",
    "uname",
];

fn dist() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dist")
}

fn both(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

fn pages() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(PROGRAM).arg("man").arg(folder.path()).output().unwrap();
    assert!(output.status.success() && both(&output).is_empty(), "{output:?}");
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = pages();
    let names = names(folder.path());
    let help = both(&Command::new(PROGRAM).arg("--help").output().unwrap());
    let is_command = |line: &&str| line.starts_with("  ") && line.as_bytes()[2].is_ascii_lowercase();
    let commands: Vec<&str> =
        help.lines().filter(is_command).map(|line| line.split_whitespace().next().unwrap()).collect();
    assert!(commands.len() > 30, "{help}");
    for command in commands.into_iter().filter(|command| *command != "help") {
        assert!(names.contains(&format!("maestro-{command}.1")), "no page of {command}: {names:?}");
        let page = fs::read_to_string(folder.path().join(format!("maestro-{command}.1"))).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let title =
            format!(".TH MAESTRO-{} 1 \"\" \"maestro {version}\" \"Maestro Manual\"", command.to_uppercase());
        assert!(page.contains(&title), "{page}");
        assert!(page.contains(&format!(".SH SYNOPSIS\nmaestro {}", command.replace('-', "\\-"))), "{page}");
        assert_eq!(page.matches(".ds Aq").count(), 2, "{page}");
    }
    assert!(names.contains(&"maestro-volume-backup.1".to_owned()));
    assert!(!names.iter().any(|name| name.contains("complete.1") || name.contains("help")), "{names:?}");
    let whole = fs::read_to_string(folder.path().join("maestro.1")).unwrap();
    assert_eq!(both(&Command::new(PROGRAM).arg("man").output().unwrap()), whole);
    assert!(whole.contains("maestro\\-apply(1)") && whole.contains(".SH FILES"), "{whole}");
}

#[test]
fn pages_that_cannot_be_written_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let output = Command::new(PROGRAM).arg("man").arg(file.join("below")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(both(&output).contains("the pages cannot be written to "), "{output:?}");
}

#[test]
#[ignore = "needs mandoc"]
fn mandoc_accepts_the_pages() {
    let folder = pages();
    let mut mandoc = Command::new("mandoc");
    mandoc.args(["-T", "lint", "-W", "warning"]).current_dir(folder.path()).args(names(folder.path()));
    let said = both(&mandoc.output().unwrap());
    // clap_mangen puts `.br` around empty lines; a date would make two builds differ.
    let known = ["skipping paragraph macro: br", "missing date, using \"\""];
    let unknown: Vec<&str> =
        said.lines().filter(|line| !known.iter().any(|known| line.contains(known))).collect();
    assert!(unknown.is_empty() && said.contains("missing date"), "{unknown:#?}");
}

/// A web server with these files; gone with the test.
fn serve(files: BTreeMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let path = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default().to_owned();
            let _rest = lines.take_while(|line| !line.is_empty()).count();
            let (status, body) = match files.get(path.trim_start_matches("/release/")) {
                Some(body) => ("200 OK", body.as_slice()),
                None => ("404 Not Found", b"".as_slice()),
            };
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).ok();
        }
    });
    format!("http://{address}/release/")
}

fn archive_name() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "maestro-linux-arm64.tar.gz",
        _ => "maestro-linux-amd64.tar.gz",
    }
}

/// An archive as of a release, with this script as the program.
fn archive(folder: &Path, script: &str) -> Vec<u8> {
    let files = folder.join("files");
    fs::create_dir_all(files.join("bin")).unwrap();
    fs::create_dir_all(files.join("share/man/man1")).unwrap();
    fs::write(files.join("share/man/man1/maestro.1"), "page").unwrap();
    fs::write(files.join("bin/maestro"), script).unwrap();
    fs::set_permissions(files.join("bin/maestro"), fs::Permissions::from_mode(0o755)).unwrap();
    let output = Command::new("tar").arg("-C").arg(&files).args(["-cz", "bin", "share"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn sum(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::new(), |sum, byte| sum + &format!("{byte:02x}"))
}

/// A release with that archive; what it says of it is changed by `sums`.
fn release(archive: &[u8], sums: impl FnOnce(String) -> String) -> String {
    let sums = sums(format!("{}  other\n{}  {}\n", sum(b""), sum(archive), archive_name()));
    let files = [("SHA256SUMS", sums.into_bytes()), (archive_name(), archive.to_vec())];
    serve(files.map(|(name, bytes)| (name.to_owned(), bytes)).into())
}

/// A machine on which the script is run, with a program that fetches and without the other.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new(fetches: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tools")).unwrap();
        for tool in TOOLS.iter().chain([&fetches]) {
            let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
                .map(|folder| folder.join(tool))
                .find(|path| path.exists());
            let found = found.unwrap_or_else(|| panic!("there is no {tool}"));
            symlink(found, folder.path().join("tools").join(tool)).unwrap();
        }
        Self { folder }
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("target")
    }

    /// Runs the script; what it said, and whether it succeeded.
    fn install(&self, from: &str, options: &[&str]) -> (String, bool) {
        let mut command = Command::new("/bin/sh");
        command
            .arg(dist().join("install.sh"))
            .args(["--from", from, "--to"])
            .arg(self.target())
            .args(options);
        let output = command.env_clear().env("PATH", self.folder.path().join("tools")).output().unwrap();
        (both(&output), output.status.success())
    }

    /// What the installed program says.
    fn version(&self) -> Option<String> {
        let output = Command::new(self.target().join("bin/maestro")).arg("--version").output().ok()?;
        Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    }
}

/// What says its version.
fn program(version: &str) -> String {
    format!("#!/bin/sh\necho maestro {version}\n")
}

fn installs(fetches: &str) {
    let machine = Machine::new(fetches);
    let old = release(&archive(machine.folder.path(), &program("1")), |sums| sums);
    let (said, done) = machine.install(&old, &[]);
    assert!(done && said.contains("install.sh: maestro 1 is in "), "{said}");
    assert!(said.contains("add it to PATH: export PATH="), "{said}");
    assert_eq!(machine.version().as_deref(), Some("maestro 1"));
    assert_eq!(fs::read(machine.target().join("share/man/man1/maestro.1")).unwrap(), b"page");

    // None of these replaces it.
    let new = archive(machine.folder.path(), &program("2"));
    let missing = format!("{}none", release(&new, |sums| sums));
    let unnamed = release(&new, |_| format!("{}  other\n", sum(b"")));
    let damaged = release(&new, |sums| sums.replace(&sum(&new), &sum(b"another")));
    let intact = release(&new, |sums| sums);
    let broken = archive(machine.folder.path(), "#!/bin/sh\nexit 1\n");
    let not_starting = release(&broken, |sums| sums);
    let trusted = sum(b"what somebody trusts");
    for (from, options, told) in [
        (&missing, &[][..], "cannot fetch "),
        (&unnamed, &[], "does not name maestro-linux-"),
        (&damaged, &[], "is not what it should be: nothing is installed"),
        (&intact, &["--sha256", &trusted], "is not what it should be: nothing is installed"),
        (&not_starting, &[], "the new program does not start: nothing is installed"),
        (&intact, &["--form", "x"], "it is: install.sh --from URL"),
    ] {
        let (said, done) = machine.install(from, options);
        assert!(!done && said.contains(told), "{told}: {said}");
        assert_eq!(machine.version().as_deref(), Some("maestro 1"), "{told}");
    }

    let (said, done) = machine.install(&intact, &["--sha256", &sum(&new)]);
    assert!(done, "{said}");
    assert_eq!(machine.version().as_deref(), Some("maestro 2"));
    assert_eq!(names(&machine.target().join("bin")), ["maestro"]);
}

#[test]
#[ignore = "needs curl"]
fn curl_installs_what_its_checksum_says() {
    installs("curl");
}

#[test]
#[ignore = "needs wget"]
fn wget_installs_what_its_checksum_says() {
    installs("wget");
}

/// The scripts of the action's steps, in their order.
fn action_scripts(action: &str) -> Vec<String> {
    let mut scripts = Vec::new();
    let mut lines = action.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "run: |" {
            let indent = line.len() - line.trim_start().len();
            let mut script = String::new();
            while let Some(line) = lines.next_if(|line| line.len() - line.trim_start().len() > indent) {
                script += line.trim_start();
                script.push('\n');
            }
            scripts.push(script);
        }
    }
    scripts
}

/// What GitHub would do with the action, but for its own machines.
#[test]
#[ignore = "needs curl"]
fn curl_is_enough_for_the_action() {
    let folder = tempfile::tempdir().unwrap();
    let from = release(&archive(folder.path(), "#!/bin/sh\necho maestro \"$@\"\n"), |sums| sums);
    let scripts = action_scripts(&fs::read_to_string(dist().join("action/action.yml")).unwrap());
    assert_eq!(scripts.len(), 2);
    let step = |script: &str| {
        let mut command = Command::new("bash");
        command.args(["-e", "-o", "pipefail", "-c", script]).current_dir(folder.path());
        command.env("GITHUB_ACTION_PATH", dist().join("action")).env("RUNNER_TEMP", folder.path());
        command
            .env("GITHUB_PATH", folder.path().join("path"))
            .env("GITHUB_OUTPUT", folder.path().join("output"));
        both(&command.env("FROM", &from).env("SHA256", "").env("RUN", "plan --steps web").output().unwrap())
    };
    let said = step(&scripts[0]);
    assert!(said.contains("maestro --version is in "), "{said}");
    let path = fs::read_to_string(folder.path().join("path")).unwrap();
    assert!(Path::new(path.trim()).join("maestro").exists(), "{path}");
    assert_eq!(fs::read_to_string(folder.path().join("output")).unwrap(), "version=maestro --version\n");
    assert_eq!(step(&scripts[1]), "maestro plan --steps web\n");
}

/// The example, and the action's steps as those of a workflow with the same inputs.
#[test]
#[ignore = "needs actionlint"]
fn actionlint_accepts_the_workflow_and_the_action() {
    let action = fs::read_to_string(dist().join("action/action.yml")).unwrap();
    let part = |from: &str, to: &str| {
        let begin = action.find(from).unwrap();
        let end = action[begin..].find(to).map_or(action.len(), |at| begin + at);
        action[begin..end].lines().skip(1).fold(String::new(), |text, line| text + "    " + line + "\n")
    };
    let typed = part("\ninputs:", "\noutputs:").replace("description:", "type: string\n        description:");
    let workflow = format!(
        "on:\n  workflow_call:\n    inputs:\n{}\njobs:\n  action:\n    runs-on: ubuntu-latest\n    steps:\n{}",
        typed.trim_start_matches([' ', '\n']).replacen("inputs:", "", 1),
        part("  steps:", "\nnothing follows"),
    );
    let folder = tempfile::tempdir().unwrap();
    let example = fs::read_to_string(dist().join("action/example.yml")).unwrap();
    let wrong = workflow.replace("inputs.sha256", "inputs.sha265");
    // It takes seconds to start.
    let mut actionlint = Command::new("actionlint");
    for (name, text) in [("action.yml", &workflow), ("example.yml", &example), ("wrong.yml", &wrong)] {
        fs::write(folder.path().join(name), text).unwrap();
        actionlint.arg(name);
    }
    let said = both(&actionlint.current_dir(folder.path()).output().unwrap());
    assert!(said.contains("sha265") && said.lines().all(|line| line.starts_with("wrong.yml:")), "{said}");
}

#[test]
#[ignore = "needs systemd"]
fn systemd_accepts_the_unit() {
    let unit = fs::read_to_string(dist().join("maestro@.service")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let verify = |text: &str| {
        // It looks for the programs that a unit starts, and the pages that it names.
        let file = folder.path().join("maestro@shop.service");
        fs::write(&file, text.replace("/usr/bin/maestro", PROGRAM)).unwrap();
        both(&Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file).output().unwrap())
    };
    let about_ours = |said: &str| said.lines().filter(|line| line.contains("maestro@")).count();
    let said = verify(&unit);
    assert_eq!(about_ours(&said), 0, "{said}");
    let said = verify(&unit.replace("WorkingDirectory", "WorkingFolder"));
    assert!(about_ours(&said) > 0, "{said}");
}
