//! Who holds a lease, as its labels say it, and whether that is still so.

use std::{collections::BTreeMap, time::Duration};

use super::{family, process::Process};
use maestro_core::{model::container::LABEL_ENVIRONMENT, value::shortened};

/// Label that every volume of a lease has: the lease's own name, by which all of them are found.
pub(super) const LABEL_LEASE: &str = "maestro.lease";
/// Another that each has: a word that no other run has.
pub(super) const LABEL_NONCE: &str = "maestro.lease.nonce";
const USER: &str = "maestro.lease.user";
const HOST: &str = "maestro.lease.host";
const MACHINE: &str = "maestro.lease.machine";
const BOOT: &str = "maestro.lease.boot";
const NAMESPACE: &str = "maestro.lease.namespace";
const PROCESS: &str = "maestro.lease.process";
const STARTED: &str = "maestro.lease.started";
const COMMAND: &str = "maestro.lease.command";
/// How many seconds a stop by this run may take.
pub(super) const LABEL_PATIENCE: &str = "maestro.lease.patience";

/// What `/proc/self/ns/pid` is for processes that are in no container. Fixed in the Linux kernel.
const OUTERMOST: &str = "pid:[4026531836]";
/// The longest time of a stop that is believed.
const LONGEST_PATIENCE: Duration = Duration::from_secs(3600);
/// The longest nonce that is taken for one.
const LONGEST_NONCE: usize = 64;

/// How many characters of a label are kept: a name, a version, a command.
const LONGEST_LABEL: usize = 500;

/// A run that holds a lease, or asks for one. Read from labels, all of it is untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holder {
    /// A word that no other run has: ASCII letters and digits.
    pub nonce: String,
    /// The environment's name.
    pub environment: String,
    /// The user's name.
    pub user: String,
    /// Where it runs.
    pub machine: MachineId,
    /// Its process's id; none if it is not known.
    pub process: Option<u32>,
    /// When that process was started, as its machine counts: another text is another process.
    pub started: String,
    /// What was typed.
    pub command: String,
    /// The longest time that it gives a container to stop; zero if it is not known.
    pub stop_timeout: Duration,
}

/// What tells a machine, and a life of it, from others. What is not known is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MachineId {
    /// Its host name.
    pub host: String,
    /// Hash of its id, which says nothing about it to whoever reads it.
    pub id: String,
    /// Another one each time that it is started.
    pub boot: String,
    /// Which processes are seen from there: containers each see their own.
    pub namespace: String,
}

/// What is known of a holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// Its process is on this machine, and runs.
    Running,
    /// Its process was on this machine, and is gone.
    Gone,
    /// Nothing: it is on another machine, or cannot be seen from here.
    Unknown,
}

impl Holder {
    /// Whether both are runs of one process.
    #[must_use]
    pub fn is_of_process(&self, other: &Self) -> bool {
        self.process.is_some()
            && (&self.machine, self.process, &self.started) == (&other.machine, other.process, &other.started)
    }

    /// The labels that say all this.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<String, String> {
        let MachineId { host, id, boot, namespace } = &self.machine;
        let process = self.process.map(|process| process.to_string()).unwrap_or_default();
        [
            (LABEL_ENVIRONMENT, &self.environment),
            (LABEL_LEASE, &family(&self.environment)),
            (LABEL_NONCE, &self.nonce),
            (USER, &self.user),
            (HOST, host),
            (MACHINE, id),
            (BOOT, boot),
            (NAMESPACE, namespace),
            (PROCESS, &process),
            (STARTED, &self.started),
            (COMMAND, &self.command),
            (LABEL_PATIENCE, &self.stop_timeout.as_secs().to_string()),
        ]
        .map(|(label, value)| (label.to_owned(), value.clone()))
        .into()
    }

    /// Who these labels tell of; none if they are not a lease's.
    #[must_use]
    pub fn from_labels(labels: &BTreeMap<String, String>) -> Option<Self> {
        let text = |label: &str| labels.get(label).map_or_else(String::new, |text| short(text));
        let nonce = text(LABEL_NONCE);
        // It becomes part of a volume's name.
        let is_nonce = (1..=LONGEST_NONCE).contains(&nonce.len())
            && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_nonce.then(|| Self {
            nonce,
            environment: text(LABEL_ENVIRONMENT),
            user: text(USER),
            machine: MachineId {
                host: text(HOST),
                id: text(MACHINE),
                boot: text(BOOT),
                namespace: text(NAMESPACE),
            },
            process: text(PROCESS).parse().ok(),
            started: text(STARTED),
            command: text(COMMAND),
            stop_timeout: stop_timeout(labels),
        })
    }
}

fn short(text: &str) -> String {
    shortened(text, LONGEST_LABEL).into_owned()
}

/// How long a stop by a lease's holder may take, bounded; zero if that is not told.
pub(super) fn stop_timeout(labels: &BTreeMap<String, String>) -> Duration {
    let seconds = labels.get(LABEL_PATIENCE).and_then(|text| text.parse().ok()).unwrap_or_default();
    Duration::from_secs(seconds).min(LONGEST_PATIENCE)
}

/// What became of a holder, as seen from `here`; `look` looks after a process here. In doubt it is unknown.
pub fn fate(holder: &Holder, here: &MachineId, look: &dyn Fn(u32) -> Process) -> Liveness {
    let there = &holder.machine;
    let known = |text: &str| !text.is_empty();
    if there.host != here.host || there.id != here.id || !known(&there.boot) || !known(&here.boot) {
        return Liveness::Unknown;
    }
    if there.boot != here.boot {
        // Copies of one image, as containers are, may share a name and an id and all be alive.
        let outermost = there.namespace == OUTERMOST && here.namespace == OUTERMOST;
        return if outermost && known(&there.id) { Liveness::Gone } else { Liveness::Unknown };
    }
    let (Some(process), true) = (holder.process, known(&there.namespace)) else { return Liveness::Unknown };
    if there.namespace != here.namespace {
        return Liveness::Unknown;
    }
    match look(process) {
        Process::None => Liveness::Gone,
        // A number is given to another process when its owner is gone.
        Process::Since(started) if known(&holder.started) && started != holder.started => Liveness::Gone,
        Process::Since(_) => Liveness::Running,
        Process::Unknown => Liveness::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> MachineId {
        MachineId { host: "box".into(), id: "m".into(), boot: "b".into(), namespace: OUTERMOST.into() }
    }

    fn holder() -> Holder {
        Holder {
            nonce: "abc123".into(),
            environment: "shop".into(),
            user: "ann".into(),
            machine: machine(),
            process: Some(7),
            started: "100".into(),
            command: "maestro start".into(),
            stop_timeout: Duration::from_secs(20),
        }
    }

    fn seen(process: &Process, change: impl Fn(&mut Holder, &mut MachineId)) -> Liveness {
        let (mut holder, mut here) = (holder(), machine());
        change(&mut holder, &mut here);
        fate(&holder, &here, &|number| {
            assert_eq!(number, 7);
            process.clone()
        })
    }

    #[test]
    fn runs_of_one_process_are_known_by_it() {
        let other = |change: &dyn Fn(&mut Holder)| {
            let mut other = Holder { nonce: "def456".into(), command: "maestro ui".into(), ..holder() };
            change(&mut other);
            other.is_of_process(&holder())
        };
        assert!(other(&|_| {}));
        assert!(!other(&|other| other.process = Some(8)));
        assert!(!other(&|other| other.started = "200".into()));
        assert!(!other(&|other| other.machine.boot = "c".into()));
        let unknown = Holder { process: None, ..holder() };
        assert!(!unknown.is_of_process(&unknown));
    }

    #[test]
    fn labels_say_it_all() {
        assert_eq!(Holder::from_labels(&holder().labels()), Some(holder()));
        let other = BTreeMap::from([(LABEL_ENVIRONMENT.to_owned(), "shop".to_owned())]);
        assert_eq!(Holder::from_labels(&other), None);
        for nonce in ["", "../x", "a b", &"x".repeat(65)] {
            assert_eq!(Holder::from_labels(&Holder { nonce: nonce.into(), ..holder() }.labels()), None);
        }
    }

    #[test]
    fn a_process_of_this_machine_is_looked_after() {
        assert_eq!(seen(&Process::None, |_, _| ()), Liveness::Gone);
        assert_eq!(seen(&Process::Since("100".into()), |_, _| ()), Liveness::Running);
        assert_eq!(seen(&Process::Since("200".into()), |_, _| ()), Liveness::Gone, "another has its number");
        assert_eq!(seen(&Process::Unknown, |_, _| ()), Liveness::Unknown);
        assert_eq!(seen(&Process::None, |holder, _| holder.process = None), Liveness::Unknown);
    }

    #[test]
    fn what_cannot_be_seen_from_here_is_unknown() {
        let gone = Process::None;
        assert_eq!(seen(&gone, |_, here| here.host = "other".into()), Liveness::Unknown);
        assert_eq!(seen(&gone, |_, here| here.id = "other".into()), Liveness::Unknown);
        assert_eq!(
            seen(&gone, |_, here| here.namespace = "pid:[1]".into()),
            Liveness::Unknown,
            "a container"
        );
        assert_eq!(seen(&gone, |holder, _| holder.machine.boot.clear()), Liveness::Unknown);
        let nowhere = |holder: &mut Holder, here: &mut MachineId| {
            holder.machine.namespace.clear();
            here.namespace.clear();
        };
        assert_eq!(seen(&gone, nowhere), Liveness::Unknown);
    }

    #[test]
    fn nothing_outlives_its_machine() {
        let alive = Process::Since("100".into());
        assert_eq!(seen(&alive, |_, here| here.boot = "later".into()), Liveness::Gone);
        let container = |holder: &mut Holder, here: &mut MachineId| {
            here.boot = "later".into();
            holder.machine.namespace = "pid:[1]".into();
        };
        assert_eq!(seen(&alive, container), Liveness::Unknown, "copies of an image look like one machine");
        let nameless = |holder: &mut Holder, here: &mut MachineId| {
            here.boot = "later".into();
            here.id.clear();
            holder.machine.id.clear();
        };
        assert_eq!(seen(&alive, nameless), Liveness::Unknown);
    }
}
