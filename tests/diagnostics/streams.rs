//! Files that are none, and outputs that cannot be written.

use std::{
    fs::{self, File},
    process::{Command, Stdio},
    thread,
};

const FILE: &str = "name: demo\nships: {s: {ip: 127.0.0.1, docker_port: 1, timeout: 1}}\nservices: {web: {image: nginx, instances: {web-1: {ship: s}}}}\n";

fn maestro(folder: &tempfile::TempDir, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maestro"));
    command.args(arguments.split(' ')).current_dir(folder.path()).env_clear().env("HOME", folder.path());
    command
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("maestro.yaml"), FILE).unwrap();
    folder
}

#[test]
fn an_output_that_cannot_be_written_is_a_failure_and_is_told() {
    let folder = folder();
    for arguments in [
        "--help",
        "--version",
        "config",
        "config --output json",
        "dump",
        "deptree",
        "graph",
        "status",
        "status --output json",
        "plan",
        "plan --output json",
        "diff --output json",
        "history --output json",
        "completions bash",
        "start --output json",
        "start",
        "apply --output json",
        "stop --output json",
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let run = maestro(&folder, arguments).stdout(full).output().unwrap();
        let told = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(1), "{arguments}: {told}");
        assert!(told.contains("the output cannot be written"), "{arguments}: {told}");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let folder = folder();
    for arguments in ["--help", "config", "completions bash", "deptree"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = maestro(&folder, arguments).stdout(writer).output().unwrap();
        let told = String::from_utf8(run.stderr).unwrap();
        assert_eq!((run.status.code(), told.as_str()), (Some(0), ""), "{arguments}");
    }
}

#[test]
fn a_pipe_is_read_as_a_file() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let run =
        maestro(&folder, "-f pipe config").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let writer = thread::spawn(move || fs::write(pipe, FILE));
    let output = run.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_has_no_end_is_not_read_to_it() {
    let run = maestro(&folder(), "-f /dev/zero config").output().unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2), "{told}");
    assert!(told.contains("/dev/zero is too large") && told.contains("nothing was contacted"), "{told}");
}

#[test]
fn a_link_out_of_the_folder_is_included_only_if_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::write(folder.path().join("out.yaml"), "services: {}\n").unwrap();
    fs::write(folder.path().join("in/maestro.yaml"), "name: demo\n{% include 'link.yaml' %}").unwrap();
    std::os::unix::fs::symlink("../out.yaml", folder.path().join("in/link.yaml")).unwrap();
    let refused = maestro(&folder, "-f in/maestro.yaml config").output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{told}");
    assert!(told.contains("bad-include") && told.contains("--allow-outside"), "{told}");
    let allowed = maestro(&folder, "-f in/maestro.yaml --allow-outside config").output().unwrap();
    assert_eq!(allowed.status.code(), Some(0), "{}", String::from_utf8_lossy(&allowed.stderr));
}
