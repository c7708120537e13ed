//! The `exec` check: a command on this machine, with its instance's environment.

use std::{
    io,
    os::fd::OwnedFd,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Map, Value};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::unix::pipe::Receiver,
    process::{Child, Command},
};

use super::{Seen, ended};
use maestro_core::{fault::ProbeFault, model::variables::Variables, value::check::EnvFrom};

/// How much of what it writes is kept.
const OUTPUT: usize = 4096;
/// How long the rest of its output may take once it has ended: something that it left running may hold it open.
const REST: Duration = Duration::from_millis(100);

/// Runs it once. Who gives it up kills it, and what it began.
pub(super) async fn attempt(command: &[String], env_from: EnvFrom, env: &Variables) -> Result<(), Seen> {
    let (process, input) = prepare(command, env_from, env);
    let name = command.first().map_or("", String::as_str);
    let (mut child, output) = start(process).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Seen::Never(ProbeFault::NoProgram(name.to_owned())),
        io::ErrorKind::PermissionDenied => Seen::Never(ProbeFault::NotExecutable(name.to_owned())),
        _ => Seen::NotYet(ProbeFault::NotStarted(error.to_string())),
    })?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    let mut kept = Vec::new();
    let status = {
        let reading = read(output, &mut kept);
        tokio::pin!(reading);
        let ending = feed_and_wait(&mut child, input);
        tokio::pin!(ending);
        let (status, is_read) = tokio::select! {
            status = &mut ending => (status, false),
            () = &mut reading => (ending.await, true),
        };
        // It is no more, and its number may become another's.
        group.0 = None;
        if !is_read {
            // Without its rest what it wrote still says something.
            tokio::time::timeout(REST, reading).await.ok();
        }
        status
    };
    let output = String::from_utf8_lossy(&kept);
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Seen::NotYet(told(status, &output))),
        Err(error) => Err(Seen::NotYet(ProbeFault::EndUnseen(error.to_string()))),
    }
}

fn told(status: ExitStatus, output: &str) -> ProbeFault {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => ended(code.into(), output),
        (None, Some(signal)) => ProbeFault::Signal(signal),
        (None, None) => ProbeFault::Words(status.to_string()),
    }
}

/// The process, and what it gets on standard input.
fn prepare(command: &[String], env_from: EnvFrom, env: &Variables) -> (Command, Option<Vec<u8>>) {
    let (program, words) =
        command.split_first().map_or(("", command), |(first, rest)| (first.as_str(), rest));
    let mut process = Command::new(program);
    // A group of its own: a signal of the terminal ends it through us, with all that it began.
    process.args(words).process_group(0).kill_on_drop(true).stdin(Stdio::null());
    match env_from {
        EnvFrom::Variables => {
            for (name, value) in env {
                match value {
                    Some(value) => process.env(name, value),
                    // As in the container, where a bare name takes the variable away.
                    None => process.env_remove(name),
                };
            }
            (process, None)
        }
        EnvFrom::Stdin => {
            let own = std::env::vars_os().map(|(name, value)| {
                (name.to_string_lossy().into_owned(), Value::from(value.to_string_lossy()))
            });
            let mut all: Map<String, Value> = own.collect();
            for (name, value) in env {
                match value {
                    Some(value) => all.insert(name.clone(), Value::from(value.as_str())),
                    None => all.remove(name),
                };
            }
            process.stdin(Stdio::piped());
            (process, Some(Value::Object(all).to_string().into_bytes()))
        }
    }
}

/// Begins it. What it writes, on both outputs, comes through one pipe.
fn start(mut process: Command) -> io::Result<(Child, Receiver)> {
    let (reader, writer) = io::pipe()?;
    process.stdout(writer.try_clone()?).stderr(writer);
    let child = process.spawn()?;
    // Our ends for writing go with `process`: otherwise the output would never end.
    drop(process);
    Ok((child, Receiver::from_owned_fd(OwnedFd::from(reader))?))
}

async fn feed_and_wait(child: &mut Child, input: Option<Vec<u8>>) -> io::Result<ExitStatus> {
    if let (Some(bytes), Some(mut stdin)) = (input, child.stdin.take()) {
        let feed = async move {
            // A command need not read what it is given.
            stdin.write_all(&bytes).await.ok();
            stdin.shutdown().await.ok();
        };
        let (status, ()) = tokio::join!(child.wait(), feed);
        return status;
    }
    child.wait().await
}

/// Keeps the last of what is written.
async fn read(mut output: Receiver, kept: &mut Vec<u8>) {
    let mut buffer = [0; 1024];
    while let Ok(length @ 1..) = output.read(&mut buffer).await {
        kept.extend_from_slice(&buffer[..length]);
        let surplus = kept.len().saturating_sub(OUTPUT);
        kept.drain(..surplus);
    }
}

/// A process group that is killed with what stands here, unless it came to its end.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // It may be gone already.
            kill_process_group(pid, Signal::KILL).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Instant};

    use super::*;

    fn words(line: &str) -> Vec<String> {
        shlex::split(line).unwrap()
    }

    async fn run(line: &str, env_from: EnvFrom) -> Result<(), Seen> {
        let env =
            Variables::from([("SHIP_SAYS".to_owned(), Some("hi".to_owned())), ("HOME".to_owned(), None)]);
        attempt(&words(line), env_from, &env).await
    }

    fn exited(exit_code: i64, last_line: Option<&str>) -> Result<(), Seen> {
        let last_line = last_line.map(str::to_owned);
        Err(Seen::NotYet(ProbeFault::Exited { exit_code, last_line }))
    }

    #[tokio::test]
    async fn the_exit_code_decides_and_the_last_line_is_told() {
        assert_eq!(run("true", EnvFrom::Variables).await, Ok(()));
        assert_eq!(run("false", EnvFrom::Variables).await, exited(1, None));
        assert_eq!(
            run("sh -c 'echo one; echo two >&2; exit 3'", EnvFrom::Variables).await,
            exited(3, Some("two"))
        );
        assert_eq!(
            run("sh -c 'kill -9 $$'", EnvFrom::Variables).await,
            Err(Seen::NotYet(ProbeFault::Signal(9)))
        );
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_never_passes() {
        let seen = run("/no/such/program", EnvFrom::Variables).await;
        assert_eq!(seen, Err(Seen::Never(ProbeFault::NoProgram("/no/such/program".to_owned()))));
        assert!(matches!(run("/etc/passwd", EnvFrom::Variables).await, Err(Seen::Never(_))));
    }

    #[tokio::test]
    async fn the_environment_comes_as_variables_or_as_json() {
        let variables = "sh -c '[ \"$SHIP_SAYS\" = hi ] && [ -n \"$PATH\" ] && [ -z \"$HOME\" ]'";
        assert_eq!(run(variables, EnvFrom::Variables).await, Ok(()));
        let json =
            "sh -c '[ -z \"$SHIP_SAYS\" ] && grep -q \"\\\"SHIP_SAYS\\\":\\\"hi\\\"\" && [ -n \"$PATH\" ]'";
        assert_eq!(run(json, EnvFrom::Stdin).await, Ok(()));
        // Who does not read it is not held up.
        assert_eq!(run("true", EnvFrom::Stdin).await, Ok(()));
    }

    #[tokio::test]
    async fn what_it_leaves_running_does_not_hold_it_up() {
        let began = Instant::now();
        let line = "sh -c 'sleep 30 & echo left; exit 1'";
        let seen = run(line, EnvFrom::Variables).await;
        assert_eq!(seen, exited(1, Some("left")));
        assert!(began.elapsed() < Duration::from_secs(20));
    }

    #[tokio::test]
    async fn who_gives_it_up_kills_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pids");
        let script = format!("sleep 1000 & echo $! >{0}.part; mv {0}.part {0}; sleep 1000", file.display());
        let line = ["sh".to_owned(), "-c".to_owned(), script];
        let env = Variables::new();
        let running = attempt(&line, EnvFrom::Variables, &env);
        let begun = async {
            while !file.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            seen = running => panic!("{seen:?}"),
            () = begun => {}
        }
        let pid = std::fs::read_to_string(&file).unwrap();
        let process = Path::new("/proc").join(pid.trim()).join("status");
        let end = Instant::now() + Duration::from_secs(20);
        // What is dead may lie there until its parent looks.
        while std::fs::read_to_string(&process).is_ok_and(|status| !status.contains("State:\tZ")) {
            assert!(Instant::now() < end, "the grandchild lives on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
