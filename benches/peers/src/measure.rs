//! Runs a command in a process of its own and tells what it took.
//!
//! Between the runner and the command stands `maestro-measure`, a program of a few pages: the kernel counts the memory
//! of whoever begins a process as that process's own until its program is loaded.

use std::{
    fs,
    io::Read as _,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::engine::Problem;

/// What a command took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taken {
    /// Seconds from its beginning to its end.
    pub seconds: f64,
    /// Seconds of a core, in user and kernel mode, its children's among them.
    pub cpu: f64,
    /// The most memory that it, or one of its children, had resident, in bytes.
    pub memory: f64,
}

/// How a command is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its program and arguments.
    pub words: Vec<String>,
    /// Variables, in place of all that the runner has.
    pub variables: Vec<(String, String)>,
}

/// Runs a command to its end, for so long at most. What it writes goes to `output`, which may be read if it fails.
///
/// # Errors
/// If it cannot be run, takes too long or ends with another exit code than 0; with the last line that it wrote.
pub fn measure(program: &Path, order: &Order, output: &Path, limit: Duration) -> Result<Taken, Problem> {
    match measure_with(program, order, output, limit)? {
        (taken, 0) => Ok(taken),
        (_, code) => Err(Problem(format!("exit code {code}{}", said(output)))),
    }
}

/// The same, with the command's exit code, whatever it is.
///
/// # Errors
/// If it cannot be run or takes too long.
pub fn measure_with(
    program: &Path,
    order: &Order,
    output: &Path,
    limit: Duration,
) -> Result<(Taken, i64), Problem> {
    let mut measuring = Command::new(program)
        .arg(output)
        .args(&order.words)
        .env_clear()
        .envs(order.variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| Problem(format!("{}: {error}", program.display())))?;
    let mut pipe = measuring.stdout.take();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut told = String::new();
        if let Some(pipe) = &mut pipe {
            // What is not read is not understood, which is told below.
            let _ = pipe.read_to_string(&mut told);
        }
        let _ = send.send(told);
    });
    let told = receive.recv_timeout(limit);
    if told.is_err() {
        let group = i32::try_from(measuring.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // It may have ended this moment.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
    measuring.wait().map_err(Problem::new)?;
    let Ok(told) = told else {
        return Err(Problem(format!("no end within {} s{}", limit.as_secs(), said(output))));
    };
    read(&told).ok_or_else(|| Problem(format!("it could not be measured: {}", told.trim())))
}

/// What `maestro-measure` tells: microseconds, microseconds of a core, bytes, exit code.
fn read(told: &str) -> Option<(Taken, i64)> {
    let figures: Vec<f64> = told.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let &[seconds, cpu, memory, code] = figures.as_slice() else { return None };
    #[expect(clippy::cast_possible_truncation, reason = "an exit code has eight bits")]
    Some((Taken { seconds: seconds / 1e6, cpu: cpu / 1e6, memory }, code as i64))
}

/// The last line that says something, after a colon.
fn said(output: &Path) -> String {
    let text = fs::read(output).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    last.map_or_else(String::new, |line| {
        let line: String = line.chars().filter(|character| !character.is_control()).take(150).collect();
        format!(": {line}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read() {
        let (taken, code) = read("1500000 20000 4096 3\n").unwrap();
        assert_eq!((taken, code), (Taken { seconds: 1.5, cpu: 0.02, memory: 4096.0 }, 3));
        assert_eq!(read("no such program\n"), None);
    }
}
