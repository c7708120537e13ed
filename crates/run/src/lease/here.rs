//! This process and others of this machine, as the kernel tells of them.

use std::{
    fs,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::{Duration, SystemTime},
};

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};

use super::{Holder, MachineId, Owner, hash, process::Process};

/// How much of what was typed is told to others, in characters.
const COMMAND_LIMIT: usize = 200;

/// This process, as it asks for the lease of an environment, where stops may take as long as `stop_timeout`.
#[must_use]
pub fn here(environment: &str, user: String, command: &str, stop_timeout: Duration) -> Owner {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let process = std::process::id();
    let started = match look(process) {
        Process::Since(started) => started,
        Process::None | Process::Unknown => String::new(),
    };
    let namespace = fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string());
    let machine = MachineId {
        host: read("/proc/sys/kernel/hostname"),
        id: match read("/etc/machine-id") {
            id if id.is_empty() => id,
            id => hash(&format!("maestro {id}")),
        },
        boot: read("/proc/sys/kernel/random/boot_id"),
        namespace: namespace.unwrap_or_default(),
    };
    let holder = Holder {
        nonce: nonce(&machine, process),
        environment: environment.to_owned(),
        user,
        machine,
        process: Some(process),
        started,
        command: command.chars().take(COMMAND_LIMIT).collect(),
        stop_timeout,
    };
    Owner { holder, look: Box::new(look) }
}

/// Looks after a process of this machine.
#[must_use]
pub fn look(process: u32) -> Process {
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return Process::Unknown };
    // Asked first, for `/proc` may hide other users' processes.
    if test_kill_process(pid) == Err(Errno::SRCH) {
        return Process::None;
    }
    let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { return Process::Unknown };
    match state_and_start(&stat) {
        Some(("Z" | "X", _)) => Process::None,
        Some((_, started)) => Process::Since(started.to_owned()),
        None => Process::Unknown,
    }
}

/// The state and the start time in a text like `/proc/1/stat`; see proc(5).
fn state_and_start(stat: &str) -> Option<(&str, &str)> {
    // The second field, the program's name in parentheses, may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    Some((fields.next()?, fields.nth(18)?))
}

/// A word that no other run has; short enough to be typed.
fn nonce(machine: &MachineId, process: u32) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // Its keys come from the system's random numbers.
    let random = RandomState::new().build_hasher().finish();
    hash(&format!("{machine:?} {process} {now:?} {random}"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_is_there_until_it_has_ended() {
        let me = here("shop", "ann".into(), "maestro start", Duration::ZERO);
        let own = me.holder.process.unwrap();
        assert_eq!(look(own), Process::Since(me.holder.started.clone()));
        assert!(!me.holder.machine.boot.is_empty() && !me.holder.machine.namespace.is_empty());
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        assert!(matches!(look(child.id()), Process::Since(_)));
        child.kill().unwrap();
        // Before and after somebody asks for its exit code.
        while look(child.id()) != Process::None {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert_eq!(look(child.id()), Process::None);
    }

    #[test]
    fn a_programs_name_may_hold_anything() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
        assert_eq!(state_and_start(stat), Some(("S", "4711")));
        assert_eq!(state_and_start("7"), None);
    }

    #[test]
    fn two_runs_have_two_nonces() {
        let nonce = || here("shop", "ann".into(), "", Duration::ZERO).holder.nonce;
        assert_ne!(nonce(), nonce());
        assert_eq!(nonce().len(), 12);
    }
}
