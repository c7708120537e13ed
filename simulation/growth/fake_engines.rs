//! Engines in memory for a dataset, and whole commands on them: what `operations` does in the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    path::Path,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use maestro_core::{
    diagnostic::Diagnostics,
    event::Summary,
    model::{Environment, InstanceId, Ship},
    observed::{Observed, revision::Author},
    plan::{
        Plan,
        apply::{self, ApplyOptions},
        revision::recorded,
    },
    source::Sources,
};
use maestro_engine::{
    connect::Connection, credentials::Credentials, host::UnknownMachine, observe::Question,
};
use maestro_fake::Fake;
use maestro_file::{
    document::{self, file::Document},
    resolve::{Surroundings, resolve},
};
use maestro_run::{
    lease::{Holder, MachineId, Owner, Process},
    operations::{
        self, Broadcast, Outcome, Target,
        fleet::{Connect, Fleet},
    },
};
use tokio::sync::watch;

/// All that can be asked before a plan is made. Hashes are a stage of their own.
const ALL: Question = Question { compared: false, ..Question::ALL };

/// Reads a file.
pub fn read(text: &str) -> (Sources, Document) {
    let document::load::Loaded { sources, yaml, mut diagnostics } =
        document::load("dataset.yaml", text.as_bytes().to_vec(), Path::new("."), &BTreeMap::new());
    let document = yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics));
    (sources.clone(), accepted(document, &diagnostics, &sources))
}

/// Makes an environment of what was read.
pub fn resolved(document: &Document, sources: &mut Sources) -> Environment {
    let mut diagnostics = Diagnostics::default();
    let none = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let variables = BTreeMap::new();
    let surroundings = Surroundings::new(Path::new("."), &variables);
    let environment = resolve(document, sources, &none, surroundings, &mut diagnostics);
    accepted(environment, &diagnostics, sources)
}

/// What was made; a mistake in a dataset ends the program.
pub fn accepted<T>(made: Option<T>, diagnostics: &Diagnostics, sources: &Sources) -> T {
    made.unwrap_or_else(|| panic!("{}", maestro_report::diagnostics::draw(diagnostics, sources, false)))
}

/// All instances.
pub fn all(environment: &Environment) -> BTreeSet<InstanceId> {
    environment.instance_ids().collect()
}

/// The plan of an `apply` of all, with what it records.
pub fn applied(environment: &Environment, observed: &Observed) -> Plan {
    let author = Author { by: "ann@box".to_owned(), command: "maestro apply".to_owned(), commit: None };
    let plan = apply::plan(environment, observed, &all(environment), ApplyOptions::default());
    recorded(plan, environment, observed, &author)
}

/// The engines of a dataset's ships, in memory, each with the images that it needs.
#[derive(Clone)]
pub struct FakeEngines {
    engines: BTreeMap<String, Fake>,
}

#[async_trait]
impl Connect for FakeEngines {
    async fn connect(&self, ship: &Ship) -> Connection {
        let engine = Arc::new(self.engines[&ship.name].clone());
        Connection { engine, host: Arc::new(UnknownMachine), remark: None }
    }
}

/// Runs something under a clock that costs no time.
pub fn at_once<T>(doing: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().expect("a runtime").block_on(doing)
}

impl FakeEngines {
    /// Engines with nothing but images. They keep the time of the runtime that they are made in.
    pub fn new(environment: &Environment) -> Self {
        let fake = |ship: &Ship| (ship.name.clone(), Fake::new(&ship.name));
        let engines: BTreeMap<String, Fake> = environment.ships.iter().map(fake).collect();
        let mut images: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for instance in &environment.instances {
            let ship = environment.ship(instance.ship).name.as_str();
            images.entry(ship).or_default().insert(&instance.container.image);
        }
        for (ship, images) in images {
            for image in images {
                engines[ship].add_image(image);
            }
        }
        Self { engines }
    }

    /// What the engines say.
    pub async fn observe(&self, environment: &Environment) -> Observed {
        let needed = environment.ship_ids().collect();
        Fleet::connect_and_observe_on(environment, self, &needed, ALL).await.observed
    }

    /// Carries a command out, from the first question to the lease given back.
    pub async fn change(
        &self,
        environment: &Arc<Environment>,
        plan: fn(&Environment, &Observed) -> Plan,
    ) -> Summary {
        let tell = Broadcast::default();
        let mut told = tell.subscribe();
        let (_keep, interrupted) = watch::channel(false);
        let planned_for = environment.clone();
        let planner = move |observed: &Observed| {
            Ok::<_, Infallible>(Target { plan: plan(&planned_for, observed), environment: None })
        };
        let asked = operations::ChangeRequest {
            environment: environment.clone(),
            routes: Arc::new(self.clone()),
            needed: environment.ship_ids().collect(),
            anywhere: None,
            quick_scope: ALL,
            question: ALL,
            identify: false,
            is_impatient: false,
            me: Arc::new(me()),
            wait: Duration::ZERO,
            credentials: Credentials::default(),
            concurrency: None,
            planner: Arc::new(planner),
            has_preflight: false,
            purpose: operations::Purpose::Other,
        };
        let listening = async { while told.recv().await.is_some() {} };
        match tokio::join!(operations::change(asked, interrupted, tell), listening).0 {
            Outcome::Carried { summary, .. } => summary,
            Outcome::Stopped { stop, .. } => match stop {},
            Outcome::Unsafe { .. } => panic!("no preflight was asked for"),
            Outcome::Refused(_) => panic!("nobody else holds the lease"),
        }
    }
}

fn me() -> Owner {
    let text = |text: &str| text.to_owned();
    let machine =
        MachineId { host: text("box"), id: text("id"), boot: text("boot"), namespace: text("pid:[1]") };
    let holder = Holder {
        nonce: text("nonce"),
        environment: text("dataset"),
        user: text("ann"),
        machine,
        process: Some(1),
        started: text("1"),
        command: text("maestro"),
        stop_timeout: Duration::ZERO,
    };
    Owner { holder, look: Box::new(|_| Process::Since("1".to_owned())) }
}
