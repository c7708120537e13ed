//! Random environments, what was done to their containers by hand, and commands: planned, printed and carried out on
//! engines in memory, with faults. What is printed is what is done, and once nothing goes wrong any more `apply` comes to
//! what the file says and then has nothing to do.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    num::NonZeroUsize,
    sync::Arc,
    time::Duration,
};

use arbitrary::{Arbitrary, Unstructured};
use maestro_core::{
    event::{Event, Summary},
    model::{
        Check, Environment,
        container::{LABEL_INSTANCE, Port, Protocol, RestartPolicy},
        update::{OnFailure, Order, Update},
    },
    observed::{ContainerState, Observed, revision::Author},
    plan::{
        Plan,
        apply::{self, ApplyOptions},
        restart::{self, RestartOptions},
        revision::{forgotten, recorded},
        saved::{Asked, Saved},
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
        tidy,
    },
    value::check::Tries,
};
use maestro_engine::{
    Engine,
    credentials::Credentials,
    observe::{self, Describing, Question},
};
use maestro_fake::{Behaviour, Fake, InjectedFault};
use maestro_report::plan as printed;
use maestro_run::{
    execute::{self, Run},
    store::LabelStore,
};
use tokio::sync::{mpsc, watch};

use crate::{engine::sources, surroundings::assert_harmless, world::World};

const IMAGES: u8 = 5;
/// What happens in a story, at most.
const MOST_ACTS: usize = 8;
/// The faults of a command, at most.
const FAULTS: usize = 4;

#[derive(Debug, Arbitrary)]
struct Story {
    ships: u8,
    one_engine: bool,
    /// By image, whether an engine has it from the beginning.
    there: u8,
    services: Vec<Drafted>,
    acts: Vec<Act>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is something that a file may say")]
#[derive(Debug, Clone, Arbitrary)]
struct Drafted {
    /// A bit for each service before it.
    requires: u8,
    ships: [u8; 3],
    instances: u8,
    image: u8,
    version: u8,
    port: bool,
    checked: bool,
    restart: bool,
    start_first: bool,
    parallel: bool,
    delay: bool,
    on_failure: u8,
    max_failures: u8,
    gone: bool,
}

#[derive(Debug, Arbitrary)]
enum Act {
    Command { which: u8, faults: Vec<(u8, u8)>, some: u8, adopt: bool },
    Edit { service: u8, what: u8, to: u8 },
    ByHand { engine: u8, container: u8, what: u8 },
    Time(u8),
}

/// Containers' names and images are those of services `s0`, `s1` …
fn environment(story: &Story) -> Environment {
    let ships = 1 + usize::from(story.ships % 3);
    let mut world = World::new(ships);
    let mut names: Vec<Option<String>> = Vec::new();
    for (number, drafted) in story.services.iter().take(5).enumerate() {
        if drafted.gone {
            names.push(None);
            continue;
        }
        let requires = names.iter().enumerate().filter(|(at, _)| drafted.requires >> at & 1 != 0);
        let requires: Vec<String> = requires.filter_map(|(_, name)| name.clone()).collect();
        let requires: Vec<&str> = requires.iter().map(String::as_str).collect();
        let name = format!("s{number}");
        let instances = 1 + usize::from(drafted.instances % 3);
        let on: Vec<usize> =
            drafted.ships[..instances].iter().map(|ship| usize::from(*ship) % ships).collect();
        let id = world.service(&name, &on, &requires);
        world.environment.services[id.0].update = Update {
            // A port that both would have stands in the way of two at once, which a file's checks find out.
            order: if drafted.start_first && !drafted.port { Order::StartFirst } else { Order::StopFirst },
            parallel: NonZeroUsize::MIN.saturating_add(usize::from(drafted.parallel)),
            delay: Duration::from_secs(if drafted.delay { 2 } else { 0 }),
            on_failure: [OnFailure::Rollback, OnFailure::Pause, OnFailure::Continue]
                [usize::from(drafted.on_failure % 3)],
            max_failures: usize::from(drafted.max_failures % 3),
            ..Update::default()
        };
        for at in 0..instances {
            let instance = world.instance_mut(&format!("{name}-{}", at + 1));
            instance.container.image = format!("app{}", drafted.image % IMAGES);
            instance.container.env.insert("VERSION".to_owned(), Some(drafted.version.to_string()));
            instance.container.restart =
                drafted.restart.then(|| RestartPolicy { name: "always".to_owned(), retries: 0 });
            if drafted.port {
                let host =
                    8000 + 100 * u16::try_from(at).expect("a few") + u16::try_from(number).expect("a few");
                instance.container.ports.push(Port {
                    name: String::new(),
                    container: 80,
                    host,
                    count: 1,
                    choice: 1,
                    protocol: Protocol::Tcp,
                    bind: None,
                    ipv6: false,
                });
            }
            if drafted.checked {
                let each = Duration::from_secs(3);
                let tries = Tries { within: each, at_least: 1, each, at_most: Some(each) };
                instance.lifecycle.running = vec![Check::Rexec { command: vec!["true".to_owned()], tries }];
            }
        }
        names.push(Some(name));
    }
    world.environment
}

/// The engines, one for each ship or one for all.
struct FakeEngines {
    fakes: Vec<Fake>,
    same: Vec<usize>,
}

impl FakeEngines {
    fn new(story: &Story) -> Self {
        let ships = 1 + usize::from(story.ships % 3);
        let mut fakes: Vec<Fake> = (0..ships).map(|ship| Fake::new(&format!("engine-{ship}"))).collect();
        for fake in &fakes {
            for image in 0..IMAGES {
                let name = format!("app{image}");
                fake.allow_pull(&name);
                if story.there >> image & 1 != 0 {
                    fake.add_image(&name);
                }
            }
            let dies = Some((Duration::from_millis(100), 3));
            fake.behave("app3", Behaviour { dies, ..Behaviour::default() });
            fake.behave(
                "app4",
                Behaviour {
                    serves_after: Duration::from_secs(6000),
                    stops_after: Duration::from_secs(3),
                    ..Behaviour::default()
                },
            );
        }
        let mut same = (0..ships).collect::<Vec<_>>();
        if story.one_engine {
            let first = fakes[0].clone();
            fakes.fill(first);
            same.fill(0);
        }
        Self { fakes, same }
    }

    async fn observe(&self, environment: &Environment) -> Observed {
        let mut observed = Observed::default();
        for fake in &self.fakes {
            let mut state = observe::observe(fake, &environment.name, Question::ALL).await;
            LabelStore::on(fake).observe_revisions(&environment.name, &mut state).await;
            observe::describe(fake, &environment.name, &Describing::of(environment), &mut state).await;
            observed.ships.push(state);
        }
        observed
    }

    async fn carry_out(&self, environment: &Environment, plan: &Plan) -> (Vec<Event>, Summary) {
        let (events, mut received) = mpsc::unbounded_channel();
        let (_keep, interrupted) = watch::channel(false);
        let engines = self.fakes.iter().map(|fake| Some(Arc::new(fake.clone()) as Arc<dyn Engine>));
        let summary = execute::execute(Run {
            environment: Arc::new(environment.clone()),
            plan: Arc::new(plan.clone()),
            engines: engines.collect(),
            same_engine: self.same.clone(),
            credentials: Credentials::default(),
            concurrency: None,
            interrupted,
            begun: tokio::time::Instant::now(),
            events,
            guard: None,
            sources: std::collections::BTreeMap::new(),
            carrying: execute::Carrying::default(),
            made: execute::CreatedContainers::default(),
            me: Arc::new(maestro_run::lease::here(
                &environment.name,
                "fuzz".to_owned(),
                "maestro",
                Duration::ZERO,
            )),
        })
        .await;
        let mut all = Vec::new();
        while let Ok(event) = received.try_recv() {
            all.push(event);
        }
        (all, summary)
    }

    /// Faults of the calls that come.
    fn harm(&self, faults: &[(u8, u8)]) {
        const METHODS: [&str; 12] = [
            "create",
            "start",
            "stop",
            "remove",
            "rename",
            "rejoin",
            "inspect",
            "create_network",
            "pull",
            "exec",
            "create_volume",
            "exit_within",
        ];
        for (at, &(method, fault)) in faults.iter().take(FAULTS).enumerate() {
            let fault = match fault % 4 {
                0 => InjectedFault::Refused("no \u{1b}[31mspace\n left".to_owned()),
                1 => InjectedFault::Unreachable,
                2 => InjectedFault::AnswerLost,
                _ => InjectedFault::RequestLost,
            };
            let fake = &self.fakes[at % self.fakes.len()];
            fake.fail_next(METHODS[usize::from(method) % METHODS.len()], "", fault);
        }
    }

    fn by_hand(&self, engine: u8, container: u8, what: u8) {
        let fake = &self.fakes[usize::from(engine) % self.fakes.len()];
        let mut names: Vec<String> = fake.peek(|all| all.map(|c| c.name.clone()).collect());
        names.sort();
        let Some(name) = names.get(usize::from(container) % names.len().max(1)) else { return };
        match what % 7 {
            0 => fake.take_away(name),
            1 => drop(fake.rename_by_hand(name, &format!("by-hand-{container}"))),
            2 => fake.reboot(),
            3 => fake.lose_image(&format!("app{}", container % IMAGES)),
            4 => fake.allow_pull(&format!("app{}", container % IMAGES)),
            5 => fake.add_foreign(&format!("s{}-1", container % 5), "theirs", ContainerState::Running),
            _ => fake.tamper(name, |description| {
                description.env = std::mem::take(&mut description.env).into_iter().skip(1).collect();
            }),
        }
    }

    /// All that went wrong goes well from now on.
    fn heal(&self) {
        for fake in &self.fakes {
            for image in 0..IMAGES {
                fake.behave(&format!("app{image}"), Behaviour::default());
                fake.allow_pull(&format!("app{image}"));
            }
            let foreign: Vec<String> = fake.peek(|all| {
                all.filter(|c| !c.labels.contains_key(LABEL_INSTANCE)).map(|c| c.name.clone()).collect()
            });
            for name in &foreign {
                fake.take_away(name);
            }
            fake.reboot();
        }
    }
}

/// The plan of a command about the instances that `some` leaves, all of them if it leaves none.
fn planned(which: u8, environment: &Environment, observed: &Observed, some: u8, adopt: bool) -> Plan {
    let all: BTreeSet<_> = environment.instance_ids().collect();
    let left: BTreeSet<_> = all.iter().copied().filter(|id| some >> (id.0 % 8) & 1 == 0).collect();
    let selected = if left.is_empty() { all } else { left };
    let stopping = |how| StopOptions { how, adopt, ignore_dependencies: some & 0x80 != 0 };
    let author = Author { by: "ann@box".to_owned(), command: "maestro apply".to_owned(), commit: None };
    match which % 8 {
        0..=2 => {
            let options = ApplyOptions { prune: which % 8 == 2, adopt, ..ApplyOptions::default() };
            let plan = apply::plan(environment, observed, &selected, options);
            recorded(plan, environment, observed, &author)
        }
        3 => start::plan(environment, observed, &selected, StartOptions { adopt, ..StartOptions::default() }),
        4 => restart::plan(environment, observed, &selected, RestartOptions::default()),
        5 => stop::plan(environment, observed, &selected, stopping(StopMethod::Stop)),
        6 => stop::plan(environment, observed, &selected, stopping(StopMethod::Kill)),
        _ => forgotten(tidy::plan_clean(environment, observed, &selected, adopt), environment, observed),
    }
}

/// What happened is what the plan says, and each step is told of once.
fn assert_planned(plan: &Plan, events: &[Event], summary: &Summary) {
    let mut begun = BTreeSet::new();
    let mut ended: BTreeMap<usize, bool> = BTreeMap::new();
    for event in events {
        match event {
            Event::StepStarted { step, action, .. } => {
                let planned = plan.steps.get(*step).expect("a step of the plan");
                assert_eq!(planned.action.kind(), *action, "another action than planned");
                assert!(begun.insert(*step), "step {step} begins twice");
                if let Some(compensation) = planned.compensation {
                    let watched = &plan.compensation(compensation).of;
                    let failed = watched.iter().any(|of| ended.get(&of.0) == Some(&false));
                    assert!(failed, "a compensation begins though nothing has failed");
                }
            }
            Event::StepDone { step, .. } | Event::StepCancelled { step, .. } => {
                assert!(
                    begun.contains(step) && ended.insert(*step, true).is_none(),
                    "step {step} ends twice"
                );
            }
            Event::StepFailed { step, .. } => {
                assert!(
                    begun.contains(step) && ended.insert(*step, false).is_none(),
                    "step {step} ends twice"
                );
            }
            _ => {}
        }
    }
    assert_eq!(begun.len(), ended.len(), "a step has begun and not ended");
    let verified = summary.checked + summary.seen + summary.outdated;
    let failed = summary.failed + summary.unreachable + summary.unknown + summary.cancelled;
    assert_eq!(summary.done + verified + failed, ended.len(), "{summary:?}");
}

fn look(plan: &Plan, environment: &Environment, observed: &Observed) {
    assert_harmless(&printed::text(
        plan,
        environment,
        &sources(),
        printed::View { steps: true, colour: false },
    ));
    let told = printed::json(plan, environment, &sources());
    let saved =
        Saved::of(environment, observed, Asked::default(), told, &maestro_report::explain::engine::ship);
    assert!(saved.changes(&saved).is_empty(), "a plan differs from itself");
}

pub fn run(bytes: &[u8]) {
    let Ok(story) = Story::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    paused(tell(story));
}

/// Runs on a clock that stands still while there is something to do.
fn paused(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let within = async { tokio::time::timeout(Duration::from_secs(7 * 24 * 3600), work).await };
    runtime.expect("a runtime").block_on(within).expect("an end within a week");
}

async fn tell(mut story: Story) {
    let fake_engines = FakeEngines::new(&story);
    story.services.truncate(5);
    let acts = std::mem::take(&mut story.acts);
    for act in acts.into_iter().take(MOST_ACTS) {
        match act {
            Act::Command { which, faults, some, adopt } => {
                let environment = environment(&story);
                let observed = fake_engines.observe(&environment).await;
                let plan = planned(which, &environment, &observed, some, adopt);
                look(&plan, &environment, &observed);
                fake_engines.harm(&faults);
                let (events, summary) = fake_engines.carry_out(&environment, &plan).await;
                assert_planned(&plan, &events, &summary);
            }
            Act::Edit { service, what, to } => {
                let services = story.services.len().max(1);
                let Some(drafted) = story.services.get_mut(usize::from(service) % services) else { continue };
                match what % 6 {
                    0 => drafted.image = to,
                    1 => drafted.version = to,
                    2 => drafted.gone ^= true,
                    3 => drafted.checked ^= true,
                    4 => drafted.ships = [to, to / 3, to / 9],
                    _ => drafted.instances = to,
                }
            }
            Act::ByHand { engine, container, what } => fake_engines.by_hand(engine, container, what),
            Act::Time(seconds) => tokio::time::sleep(Duration::from_secs(seconds.into())).await,
        }
    }
    converges(&fake_engines, &environment(&story)).await;
}

async fn converges(fake_engines: &FakeEngines, environment: &Environment) {
    fake_engines.heal();
    // What is about to die does so first.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let mut last = String::new();
    // Faults that no command has met yet are met now, one a run at least.
    for _ in 0..MOST_ACTS * FAULTS + 6 {
        let observed = fake_engines.observe(environment).await;
        let plan = planned(2, environment, &observed, 0, false);
        look(&plan, environment, &observed);
        if !plan.steps.iter().any(|step| step.action.changes()) && plan.blocked.is_empty() {
            return;
        }
        last = printed::text(&plan, environment, &sources(), printed::View { steps: true, colour: false });
        let (events, summary) = fake_engines.carry_out(environment, &plan).await;
        assert_planned(&plan, &events, &summary);
    }
    panic!("it does not come to what the file says:\n{last}");
}
