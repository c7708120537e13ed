//! What happened in a schedule, in order: what parties asked, what engines did, what was told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use maestro_core::{
    event::Event,
    model::{Environment, Instance},
    plan::Plan,
};
use tokio::time::Instant;

/// What the names of volumes begin with that are revisions.
pub const GENERATION: &str = "maestro-generation-";
/// What the name of a volume begins with that keeps the timing of a run.
pub const RUN: &str = "maestro-run-";
/// What the name of a volume begins with that records an anonymous volume which was left behind.
pub const LEFT_BEHIND: &str = "maestro-left-behind-";
/// The name of the volume that is the lease.
pub const LEASE: &str = "maestro-lease-world";
/// What the name of a volume begins with that makes the next run wait until all is over; the run's nonce follows.
pub const SIGN: &str = "maestro-takeover-";

#[derive(Debug, Clone)]
pub struct Call {
    pub engine: usize,
    pub number: usize,
    pub method: &'static str,
    pub about: String,
}

impl Call {
    /// Whether it is one that only a step of a plan makes: leases are none, and neither are checks.
    pub fn is_planned(&self) -> bool {
        let is_lease = self.method.ends_with("_volume") && !self.about.starts_with(GENERATION);
        !is_lease && self.method != "exec"
    }
}

/// A container that an engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself")]
pub struct Kept {
    pub id: String,
    pub instance: String,
    pub image: String,
    pub config: String,
    /// The hash of its configuration without what it is told of its peers.
    pub own: String,
    pub up: bool,
    /// Its engine restarts it, or finds it unhealthy.
    pub ailing: bool,
    /// The names of its anonymous volumes.
    pub volumes: BTreeSet<String>,
    /// The image that it was created from lacks layers.
    pub lacks_layers: bool,
    /// It was started without files that it was created for.
    pub lacks_files: bool,
}

/// All containers of all engines, by their names.
pub type There = Vec<BTreeMap<String, Kept>>;

/// The names that an instance's container can have, whichever file it was made from.
pub fn names_of(instance: &Instance) -> [String; 2] {
    [instance.name.clone(), format!("world-{}", instance.name)]
}

/// An instance's container on its engine, but not one beside it.
pub fn container_of<'a>(there: &'a BTreeMap<String, Kept>, instance: &Instance) -> Option<&'a Kept> {
    there
        .get(instance.container_name())
        .or_else(|| names_of(instance).iter().find_map(|name| there.get(name)))
}

#[derive(Debug, Clone)]
pub enum What {
    /// A party begins a command.
    Begins {
        command: &'static str,
        environment: Arc<Environment>,
        /// Whether nothing goes wrong with its calls, it is not killed, and no other runs beside it.
        calm: bool,
        there: There,
    },
    Sent(Call),
    /// An engine has carried out a change, well or not. `there` are the instance's containers after it, `running` those
    /// of them that run.
    Done {
        call: Call,
        name: String,
        instance: String,
        ours: bool,
        ok: bool,
        /// Whether the engine had the party's lease when the request arrived.
        leased: bool,
        there: usize,
        running: usize,
        /// The other engines on which a container of the instance runs.
        elsewhere: Vec<usize>,
        /// Whether two of those that run have the same anonymous volume.
        shared: bool,
        images: Vec<usize>,
    },
    Answered(Call, Result<(), String>),
    Crash(usize),
    Planned {
        plan: Arc<Plan>,
        printed: BTreeMap<(String, String), usize>,
    },
    Event(Arc<Event>),
    /// A party's command is over: how, and on which engines its lease is known not to be given back.
    Ends {
        how: String,
        listed: BTreeSet<usize>,
        leases: Vec<(usize, String)>,
        steps_told: Option<usize>,
        there: There,
    },
    Killed,
    /// From now on nothing goes wrong any more.
    Healed,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub at: Duration,
    pub party: usize,
    pub what: What,
}

#[derive(Clone)]
pub struct Trace {
    begin: Instant,
    entries: Arc<Mutex<Vec<Entry>>>,
}

impl Trace {
    pub fn new() -> Self {
        Self { begin: Instant::now(), entries: Arc::default() }
    }

    pub fn tell(&self, party: usize, what: What) {
        let at = self.begin.elapsed();
        self.entries.lock().expect("no test panics with it").push(Entry { at, party, what });
    }

    /// A party begins anew: what it told until now is of a plan that was given up, in which nothing was changed.
    pub fn begin_anew(&self, party: usize) {
        let mut entries = self.entries.lock().expect("no test panics with it");
        entries.retain(|entry| entry.party != party || !matches!(entry.what, What::Event(_)));
    }

    pub fn len(&self) -> usize {
        self.entries.lock().expect("no test panics with it").len()
    }

    pub fn since(&self, from: usize) -> Vec<Entry> {
        self.entries.lock().expect("no test panics with it")[from..].to_vec()
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().expect("no test panics with it").clone()
    }
}

/// The whole schedule as text: what is compared when it is replayed, and shown when something is wrong.
pub fn text(entries: &[Entry]) -> String {
    let mut text = String::new();
    for Entry { at, party, what } in entries {
        let what = match what {
            What::Begins { command, environment, .. } => {
                format!("begins {command} of {} instances", environment.instances.len())
            }
            What::Planned { plan, .. } => format!(
                "planned {:?}",
                plan.steps.iter().map(|s| (s.action.word(), s.instance, &s.after)).collect::<Vec<_>>()
            ),
            other => format!("{other:?}"),
        };
        let _ = writeln!(text, "{:>8} {party} {what}", at.as_millis());
    }
    text
}
