//! What a run finds that a killed one has left under way, on engines in memory, through the whole of a change.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc, time::Duration};

use async_trait::async_trait;
use maestro_core::{
    event::{Event, Summary},
    model::{Check, Environment, Ship, container::ContainerNames},
    observed::{ContainerState, Observed},
    plan::{
        Plan,
        apply::{self, ApplyOptions},
        stop::{self, StopMethod, StopOptions},
    },
    timeline::Timeline,
    value::check::Tries,
};
use maestro_engine::{
    Containers as _, Engine, connect::Connection, credentials::Credentials, host::UnknownMachine,
    observe::Question,
};
use maestro_fake::{Behaviour, Fake, InjectedFault};
use maestro_run::{
    lease::{LeaseEvent, LeaseRefused, Owner, Released},
    operations::{self, Broadcast, Outcome, Progress, Purpose, Target, fleet::Connect},
};
use tokio::{sync::watch, time::Instant};

use crate::{processes::Processes, world::World};

/// How long a stop may take, by what leases say.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much longer than its own time a stop is waited for.
const MARGIN: Duration = Duration::from_secs(10);

pub struct Routes(pub Vec<Fake>);

#[async_trait]
impl Connect for Routes {
    async fn connect(&self, ship: &Ship) -> Connection {
        let number: usize = ship.name.trim_start_matches("ship-").parse().expect("a number");
        let engine = self.0[number].clone();
        let engine: Arc<dyn Engine> =
            if ship.swarm { Arc::new(engine.as_swarm(&["n1", "n2", "n3"])) } else { Arc::new(engine) };
        Connection { engine, host: Arc::new(UnknownMachine), remark: None }
    }
}

/// What came of a change.
pub struct Changed {
    pub summary: Summary,
    pub events: Vec<Event>,
    /// For how long at most each engine's stops were waited for.
    pub settling: Vec<Duration>,
    pub released: Vec<Released>,
    pub took: Duration,
    pub timeline: Arc<Timeline>,
}

/// Processes of one machine.
#[derive(Default)]
pub struct Machines {
    processes: Processes,
}

impl Machines {
    pub fn process(&self, number: u32) -> Arc<Owner> {
        Arc::new(self.processes.begin(number, TIMEOUT))
    }

    /// Runs a command to its end.
    pub async fn run(&self, number: u32, world: &World, command: &'static str) -> Changed {
        let me = self.process(number);
        let changed = change(world, &me, command).await;
        self.dies(number);
        changed
    }

    /// Runs a command and kills it at that time. Whether it had ended before. Engines go on with what they were asked.
    pub async fn killed(&self, number: u32, world: &World, command: &'static str, at: Duration) -> bool {
        let ended = tokio::time::timeout(at, self.run(number, world, command)).await.is_ok();
        self.dies(number);
        ended
    }

    /// The process of that number ends, whatever it was about.
    pub fn dies(&self, number: u32) {
        self.processes.end(number);
    }
}

pub fn planned(environment: &Environment, observed: &Observed, command: &str) -> Plan {
    let all = environment.instance_ids().collect();
    match command {
        "stop" => {
            let options = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
            stop::plan(environment, observed, &all, options)
        }
        _ => apply::plan(environment, observed, &all, ApplyOptions::default()),
    }
}

pub async fn change(world: &World, me: &Arc<Owner>, command: &'static str) -> Changed {
    let changed = try_to_change(world, me, command, Duration::ZERO).await;
    changed.unwrap_or_else(|_| panic!("nobody else has the lease"))
}

/// What a command asks for that does not wait for the lease.
pub fn asked<E: 'static>(
    world: &World,
    me: &Arc<Owner>,
    command: &'static str,
) -> operations::ChangeRequest<E> {
    let question = Question { descriptions: command != "stop", ..Question::ALL };
    let environment = Arc::new(world.environment.clone());
    let planned_for = Arc::clone(&environment);
    let planner = move |observed: &Observed| {
        Ok(Target { plan: planned(&planned_for, observed, command), environment: None })
    };
    operations::ChangeRequest {
        routes: Arc::new(Routes(world.engines.clone())),
        needed: environment.ship_ids().collect(),
        anywhere: None,
        quick_scope: question,
        question,
        identify: false,
        is_impatient: false,
        me: Arc::clone(me),
        wait: Duration::ZERO,
        credentials: Credentials::default(),
        concurrency: None,
        planner: Arc::new(planner),
        has_preflight: false,
        purpose: match command {
            "stop" => Purpose::Stop(environment.instance_ids().collect()),
            _ => Purpose::Run(environment.instance_ids().collect()),
        },
        environment,
    }
}

async fn try_to_change(
    world: &World,
    me: &Arc<Owner>,
    command: &'static str,
    wait: Duration,
) -> Result<Changed, LeaseRefused> {
    let tell = Broadcast::default();
    let mut told = tell.subscribe();
    let (_keep, interrupted) = watch::channel(false);
    let asked = operations::ChangeRequest::<Infallible> { wait, ..asked(world, me, command) };
    let begun = Instant::now();
    // In no task of its own: a process that is killed does nothing more.
    let ended = operations::change(asked, interrupted, tell).await;
    let took = begun.elapsed();
    let (mut events, mut settling, mut timeline) = (Vec::new(), Vec::new(), None);
    while let Some(told) = told.recv().await {
        match told {
            Progress::Event(event) => events.push(Event::clone(&event)),
            Progress::Lease(event) => {
                if let LeaseEvent::Settling(_, _, most) = *event {
                    settling.push(most);
                }
            }
            Progress::Looked
            | Progress::Preflight
            | Progress::Found { .. }
            | Progress::Planned { .. }
            | Progress::Outdated
            | Progress::Releasing => {}
            Progress::Timed(told) => timeline = Some(told),
        }
    }
    match ended {
        Outcome::Carried { summary, released, .. } => {
            let released = released.into_iter().map(|(_, released)| released).collect();
            let timeline = timeline.expect("each run is timed");
            Ok(Changed { summary, events, settling, released, took, timeline })
        }
        Outcome::Stopped { stop, .. } => match stop {},
        Outcome::Unsafe { .. } => panic!("no preflight was asked for"),
        Outcome::Refused(refusal) => Err(refusal),
    }
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// One instance, `web-1`, that runs and takes five seconds to stop.
pub async fn slow_to_stop() -> (World, Machines) {
    let mut world = World::new(1);
    world.engines[0].behave("app", Behaviour { stops_after: seconds(5), ..Behaviour::default() });
    world.service("web", &[0], &[]);
    let machines = Machines::default();
    assert_eq!(machines.run(1, &world, "apply").await.summary.failed, 0);
    (world, machines)
}

/// The fake ends a stop only while it is asked for: what a killed run asked for goes on in a task of its own.
fn stop_alone(world: &World) {
    let engine = world.engines[0].clone();
    tokio::spawn(async move { engine.stop("web-1", TIMEOUT).await });
}

#[tokio::test(start_paused = true)]
async fn a_killed_runs_stop_is_waited_for_while_the_engine_remembers_it() {
    let (world, machines) = slow_to_stop().await;
    tokio::time::sleep(seconds(60)).await;
    stop_alone(&world);
    assert!(!machines.killed(2, &world, "stop", seconds(1)).await);
    world.engines[0].be_busy(100);
    let next = machines.run(3, &world, "apply").await;
    assert_eq!((next.settling.len(), next.summary.failed, next.summary.unknown), (1, 0, 0));
    assert!(next.took < seconds(10), "{:?}", next.took);
    // Nothing is left that could stop it later.
    tokio::time::sleep(seconds(30)).await;
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Running);
}

/// An engine that gives no lease is left alone; the others are not.
#[tokio::test(start_paused = true)]
async fn a_ship_whose_engine_gives_no_lease_is_held() {
    let mut world = World::new(2);
    world.service("web", &[0, 1], &[]);
    world.engines[0].fail_next("create_volume", "", InjectedFault::Unreachable);
    let changed = Machines::default().run(1, &world, "apply").await;
    assert_eq!(changed.summary.skipped, 1);
    assert_eq!(world.engines[0].states(), BTreeMap::new());
    assert_eq!(world.engines[1].states()["web-2"], ContainerState::Running);
}

/// What the engine has forgotten is older than what it remembers, so that much less is waited for.
#[tokio::test(start_paused = true)]
async fn a_stop_that_the_engine_has_forgotten_is_waited_for_only_as_long_as_it_may_still_take() {
    for (age, waits) in [(0, Some(20)), (12, Some(8)), (25, None)] {
        let (world, machines) = slow_to_stop().await;
        assert!(!machines.killed(2, &world, "stop", seconds(1)).await);
        // Whatever the killed run has begun is over when this engine has forgotten it.
        tokio::time::sleep(seconds(60)).await;
        assert_eq!(machines.run(3, &world, "apply").await.summary.failed, 0);
        assert!(!machines.killed(4, &world, "stop", Duration::from_millis(1)).await);
        world.engines[0].be_busy(256);
        tokio::time::sleep(seconds(age)).await;
        let next = machines.run(5, &world, "apply").await;
        assert_eq!(next.settling, waits.map(seconds).into_iter().collect::<Vec<_>>(), "{age} s");
        assert!(next.took < MARGIN + TIMEOUT + seconds(5), "{:?}", next.took);
        assert_eq!(world.engines[0].states()["web-1"], ContainerState::Running);
        assert!(next.events.iter().all(|event| !matches!(event, Event::StepFailed { .. })));
        assert_eq!(next.released, [Released::Free]);
    }
}

/// Asks for a container in a task of its own, as a run did that is killed: the engine goes on with it.
fn create_alone(world: &World, name: &'static str, instance: &str) {
    let engine = world.engines[0].clone();
    let spec = world.environment.instance(world.id(instance)).container.clone();
    tokio::spawn(
        async move { engine.create(name, &spec, &BTreeMap::new(), &ContainerNames::default()).await },
    );
}

/// One instance whose container takes seven seconds to be created.
fn slow_to_create() -> (World, Machines) {
    let mut world = World::new(1);
    world.engines[0].behave("app", Behaviour { creates_after: seconds(7), ..Behaviour::default() });
    world.service("web", &[0], &[]);
    (world, Machines::default())
}

#[tokio::test(start_paused = true)]
async fn a_killed_runs_creation_is_waited_for_and_used() {
    for listed in [false, true] {
        let (world, machines) = slow_to_create();
        if listed {
            world.engines[0].list_creations();
        }
        assert!(!machines.killed(1, &world, "apply", Duration::from_millis(1)).await);
        let next = machines.run(2, &world, "apply").await;
        assert_eq!((next.summary.failed, next.summary.unknown), (0, 0), "{:?}", next.events);
        assert_eq!(world.engines[0].states(), [("web-1".to_owned(), ContainerState::Running)].into());
        let further = machines.run(3, &world, "apply").await;
        assert_eq!(further.summary.done, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_killed_runs_creation_of_a_successor_is_used() {
    let (mut world, machines) = slow_to_create();
    assert_eq!(machines.run(1, &world, "apply").await.summary.failed, 0);
    world.instance_mut("web-1").container.env.insert("VERSION".to_owned(), Some("2".to_owned()));
    assert!(!machines.killed(2, &world, "apply", Duration::from_millis(1)).await);
    let next = machines.run(3, &world, "apply").await;
    assert_eq!((next.summary.failed, next.summary.unknown), (0, 0), "{:?}", next.events);
    assert_eq!(world.engines[0].states(), [("web-1".to_owned(), ContainerState::Running)].into());
    assert_eq!(machines.run(4, &world, "apply").await.summary.done, 0);
}

/// What was created from something else is no container of this run: the next run removes it.
#[tokio::test(start_paused = true)]
async fn a_killed_runs_creation_of_something_else_is_left_alone() {
    let (mut world, machines) = slow_to_create();
    assert!(!machines.killed(1, &world, "apply", Duration::from_millis(1)).await);
    world.instance_mut("web-1").container.env.insert("VERSION".to_owned(), Some("2".to_owned()));
    let next = machines.run(2, &world, "apply").await;
    assert_eq!(next.summary.failed, 1, "{:?}", next.events);
    assert_eq!(world.engines[0].states(), [("web-1".to_owned(), ContainerState::Created)].into());
    assert_eq!(machines.run(3, &world, "apply").await.summary.failed, 0);
    assert_eq!(world.engines[0].states(), [("web-1".to_owned(), ContainerState::Running)].into());
}

/// Without a killed run, whoever has the name is somebody else.
#[tokio::test(start_paused = true)]
async fn a_conflict_without_a_killed_run_is_a_failure_at_once() {
    let (world, machines) = slow_to_create();
    create_alone(&world, "web-1", "web-1");
    let next = machines.run(1, &world, "apply").await;
    assert_eq!(next.summary.failed, 1);
    assert!(next.took < seconds(7), "{:?}", next.took);
}

/// The names of the volumes on an engine but those of runs, which each run leaves, and of what was stopped on purpose.
pub(crate) fn signs(engine: &Fake) -> Vec<String> {
    let is_kept =
        |name: &String| ["maestro-run-", "maestro-stopped-"].iter().any(|kept| name.starts_with(kept));
    engine.volume_names().into_iter().filter(|name| !is_kept(name)).collect()
}

/// A run that has lost an answer can give its lease back, but what it asked for may still be under way.
#[tokio::test(start_paused = true)]
async fn what_an_unknown_outcome_may_have_left_under_way_is_waited_for() {
    let (world, machines) = slow_to_stop().await;
    world.engines[0].fail_next("stop", "", InjectedFault::RequestLost);
    let stopped = machines.run(2, &world, "stop").await;
    assert_eq!((stopped.summary.unknown, &stopped.released[..]), (1, &[Released::Free][..]));
    assert_eq!(world.engines[0].volume_holders(), [""; 0]);
    assert_eq!(signs(&world.engines[0]), ["maestro-takeover-nonce2"]);
    // Its proxy delivers the request late.
    stop_alone(&world);
    tokio::time::sleep(Duration::from_millis(1)).await;
    let next = machines.run(3, &world, "apply").await;
    assert_eq!((next.settling.len(), next.summary.failed), (1, 0));
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Running);
    assert_eq!(signs(&world.engines[0]), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_creation_whose_answer_was_late_is_used_by_the_next_run() {
    let (world, machines) = slow_to_create();
    world.engines[0].fail_next("create", "", InjectedFault::RequestLost);
    let first = machines.run(1, &world, "apply").await;
    assert_eq!(first.summary.unknown, 1, "{:?}", first.events);
    create_alone(&world, "web-1", "web-1");
    let next = machines.run(2, &world, "apply").await;
    assert_eq!((next.summary.failed, next.summary.unknown), (0, 0), "{:?}", next.events);
    assert_eq!(world.engines[0].states(), [("web-1".to_owned(), ContainerState::Running)].into());
}

/// The lease vanishes under a run before its first stop: nothing is stopped, and the run says so.
#[tokio::test(start_paused = true)]
async fn a_run_whose_lease_is_taken_away_stops_and_removes_nothing() {
    let (mut world, machines) = slow_to_create();
    assert_eq!(machines.run(1, &world, "apply").await.summary.failed, 0);
    world.instance_mut("web-1").container.env.insert("VERSION".to_owned(), Some("2".to_owned()));
    let engine = world.engines[0].clone();
    let vanishing = async {
        tokio::time::sleep(seconds(3)).await;
        engine.lose_volume("maestro-lease-world");
    };
    let (changed, ()) = tokio::join!(machines.run(2, &world, "apply"), vanishing);
    assert!(changed.summary.lease_lost, "{:?}", changed.events);
    assert_eq!(changed.released, [Released::Lost]);
    let is_old =
        |one: &maestro_core::observed::Container| one.name == "web-1" && one.state == ContainerState::Running;
    assert_eq!(engine.peek(|all| all.filter(|one| is_old(one)).count()), 1);
}

/// A container under the name that runs already, or has other volumes, is not what this run would have created.
#[tokio::test(start_paused = true)]
async fn only_a_container_that_never_ran_and_has_the_same_volumes_is_used() {
    for is_started in [true, false] {
        let (mut world, machines) = slow_to_create();
        world.instance_mut("web-1").container.volumes = vec!["/data".to_owned()];
        assert_eq!(machines.run(1, &world, "apply").await.summary.failed, 0);
        world.instance_mut("web-1").container.env.insert("VERSION".to_owned(), Some("2".to_owned()));
        let engine = world.engines[0].clone();
        let carried = engine.volumes_of("web-1");
        assert_eq!(carried.len(), 1);
        world.engines[0].slow("create", Duration::from_millis(5));
        assert!(!machines.killed(2, &world, "apply", Duration::from_millis(1)).await);
        world.engines[0].slow("create", Duration::ZERO);
        let spec = world.environment.instance(world.id("web-1")).container.clone();
        tokio::spawn(async move {
            let volumes = if is_started { carried } else { BTreeMap::new() };
            let created = engine
                .create("web-1.next", &spec, &volumes, &ContainerNames::default())
                .await
                .expect("created");
            if is_started {
                engine.start(&created.id).await.expect("started");
            }
        });
        let next = machines.run(3, &world, "apply").await;
        assert_eq!(next.summary.failed, 1, "started: {is_started}: {:?}", next.events);
    }
}

/// `web-1`, whose verification takes five seconds.
async fn slow_to_verify() -> (World, Machines) {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    let tries = Tries { within: seconds(30), at_least: 1, each: seconds(30), at_most: Some(seconds(30)) };
    world.instance_mut("web-1").lifecycle.running =
        vec![Check::Rexec { command: vec!["true".to_owned()], tries }];
    let machines = Machines::default();
    assert_eq!(machines.run(1, &world, "apply").await.summary.failed, 0);
    world.engines[0].slow("exec", seconds(5));
    (world, machines)
}

#[tokio::test(start_paused = true)]
async fn what_another_run_stops_while_it_is_verified_is_looked_at_anew_under_the_lease() {
    for by_hand in [false, true] {
        let (world, machines) = slow_to_verify().await;
        let other = async {
            tokio::time::sleep(seconds(1)).await;
            if by_hand {
                world.engines[0].kill("web-1").await.expect("killed");
            } else {
                assert_eq!(machines.run(3, &world, "stop").await.summary.failed, 0);
            }
        };
        let me = machines.process(2);
        let (changed, ()) = tokio::join!(try_to_change(&world, &me, "apply", seconds(60)), other);
        let Ok(changed) = changed else { panic!("the lease is free in time") };
        assert_eq!((changed.summary.failed, changed.summary.outdated), (0, 0), "{:?}", changed.events);
        assert_eq!(world.engines[0].states()["web-1"], ContainerState::Running);
        let ends = changed.events.iter().filter(|event| matches!(event, Event::Finished { .. }));
        assert_eq!(ends.count(), 1, "one end is told: {:?}", changed.events);
        assert_eq!(world.engines[0].volume_holders(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_run_stops_while_it_is_verified_and_still_works_on_is_told_as_its() {
    let (mut world, machines) = slow_to_verify().await;
    world.service("slow", &[0], &[]);
    world.engines[0].add_image("slow");
    world.engines[0].behave("slow", Behaviour { stops_after: seconds(9), ..Behaviour::default() });
    world.instance_mut("slow-1").container.image = "slow".to_owned();
    assert_eq!(machines.run(2, &world, "apply").await.summary.failed, 0);
    tokio::time::sleep(seconds(60)).await;
    let other = async {
        tokio::time::sleep(seconds(1)).await;
        machines.run(4, &world, "stop").await
    };
    let me = machines.process(3);
    let (refused, _) = tokio::join!(try_to_change(&world, &me, "apply", Duration::ZERO), other);
    assert!(matches!(refused, Err(LeaseRefused::Busy(_))), "the other run holds the lease");
}

#[tokio::test(start_paused = true)]
async fn a_program_that_ends_by_itself_while_it_is_verified_is_a_failure() {
    let (world, machines) = slow_to_verify().await;
    let other = async {
        tokio::time::sleep(seconds(1)).await;
        world.engines[0].ends_by_itself("web-1", 3);
    };
    let (changed, ()) = tokio::join!(machines.run(2, &world, "apply"), other);
    assert_eq!((changed.summary.failed, changed.summary.outdated), (1, 0), "{:?}", changed.events);
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Exited);
}
