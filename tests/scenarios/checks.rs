//! Checks at every state of a life: when they are made, and what becomes of a run when they do not pass.

use std::time::Duration;

use maestro_core::{
    event::{BlockedKind, Event, FailureKind},
    model::{
        Check,
        check::{Lifecycle, LifecycleState},
    },
    observed::ContainerState,
    plan::{
        Plan,
        action::{Action, ActionKind, WaitAction},
        restart::{self, RestartOptions},
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
    },
    value::{
        check::{EnvFrom, Tries},
        setting::{Setting, SettingValue},
    },
};
use maestro_fake::{Behaviour, InjectedFault};
use maestro_report::message::{FailureText, Message};

use crate::world::{Outcome, World};

const STOP: StopOptions = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
const WAIT: Duration = Duration::from_secs(2);

fn passes() -> Vec<Check> {
    vec![Check::Sleep { wait: WAIT }]
}

/// A command in the container, tried for three seconds.
fn rexec() -> Vec<Check> {
    let within = Duration::from_secs(3);
    let tries = Tries { within, at_least: 1, each: within, at_most: Some(within) };
    vec![Check::Rexec { command: vec!["ready".to_owned()], tries }]
}

/// A program that is not there.
fn never() -> Vec<Check> {
    let within = Duration::from_secs(3);
    let tries = Tries { within, at_least: 1, each: within, at_most: Some(within) };
    let command = vec!["/no/such/program".to_owned()];
    vec![Check::Exec { command, env_from: EnvFrom::Variables, tries }]
}

/// `db` ← `web`, both with checks at each state.
fn pair() -> World {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0], &["db"]);
    for name in ["db-1", "web-1"] {
        world.instance_mut(name).lifecycle =
            Lifecycle { pre_start: passes(), running: passes(), pre_stop: passes(), stopped: passes() };
    }
    world
}

async fn plan_start(world: &World) -> Plan {
    start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default())
}

async fn plan_stop(world: &World, options: StopOptions) -> Plan {
    stop::plan(&world.environment, &world.observe().await, &world.all(), options)
}

async fn start(world: &World) -> Outcome {
    world.run(plan_start(world).await).await
}

async fn stop(world: &World) -> Outcome {
    world.run(plan_stop(world, STOP).await).await
}

async fn restart(world: &World) -> Outcome {
    let observed = world.observe().await;
    let plan = restart::plan(&world.environment, &observed, &world.all(), RestartOptions::default());
    world.run(plan).await
}

fn failure(outcome: &Outcome) -> &FailureText {
    match outcome.failure_texts()[..] {
        [failure] => failure,
        ref other => panic!("one failure expected, not {other:?}"),
    }
}

/// The steps in the order in which they were done: `web-1 start`.
fn done(outcome: &Outcome) -> Vec<String> {
    let done = outcome.events.iter().filter_map(|event| match event {
        Event::StepDone { subject, action, .. } => {
            Some(format!("{} {action}", subject.instance.as_deref().unwrap_or("-")))
        }
        _ => None,
    });
    done.collect()
}

#[tokio::test(start_paused = true)]
async fn checks_stand_before_the_start_and_around_the_stop() {
    let world = pair();
    let started = start(&world).await;
    // The creates wait for nothing.
    let order: Vec<String> = done(&started).into_iter().filter(|step| !step.ends_with("create")).collect();
    assert_eq!(
        order,
        [
            "- create-network",
            "db-1 pre-start",
            "db-1 start",
            "db-1 ready",
            "web-1 pre-start",
            "web-1 start",
            "web-1 ready"
        ]
    );
    assert_eq!(started.summary.milliseconds, 8_000);
    assert!(!plan_start(&world).await.changes());
    let stopped = stop(&world).await;
    let order =
        ["web-1 pre-stop", "web-1 stop", "web-1 stopped", "db-1 pre-stop", "db-1 stop", "db-1 stopped"];
    assert_eq!(done(&stopped), order);
}

#[tokio::test(start_paused = true)]
async fn a_restart_makes_all_checks_in_their_order() {
    let world = pair();
    start(&world).await;
    let order = done(&restart(&world).await);
    let of_web: Vec<&str> = order.iter().filter_map(|step| step.strip_prefix("web-1 ")).collect();
    assert_eq!(of_web, ["pre-stop", "stop", "stopped", "pre-start", "remove", "create", "start", "ready"]);
    let at = |step: &str| order.iter().position(|done| done == step).expect(step);
    assert!(at("web-1 stopped") < at("db-1 pre-stop"));
    assert!(at("db-1 ready") < at("web-1 pre-start"));
}

#[tokio::test(start_paused = true)]
async fn a_kill_asks_nothing_before_and_checks_after() {
    let world = pair();
    start(&world).await;
    let kill = plan_stop(&world, StopOptions { how: StopMethod::Kill, ..STOP }).await;
    assert_eq!(done(&world.run(kill).await), ["web-1 kill", "web-1 stopped", "db-1 kill", "db-1 stopped"]);
}

#[tokio::test(start_paused = true)]
async fn without_its_pre_start_checks_nothing_is_started_and_the_old_container_stays() {
    let mut world = pair();
    start(&world).await;
    stop(&world).await;
    world.instance_mut("db-1").lifecycle.pre_start = never();
    let before = world.observe().await;
    let outcome = start(&world).await;
    let failure = failure(&outcome);
    assert!(failure.reason.contains("there is no program"), "{}", failure.reason);
    assert_eq!((failure.kind, failure.state.as_str()), (FailureKind::Failed, "db-1 was not started"));
    assert_eq!(outcome.held(), ["web-1"]);
    let after = world.observe().await;
    let id = |observed: &maestro_core::observed::Observed| {
        observed.holdings(maestro_core::model::ShipId(0)).expect("it answers").containers["db-1"].id.clone()
    };
    assert_eq!(id(&before), id(&after));
    assert!(world.engines[0].states().values().all(|state| !state.is_up()));
}

#[tokio::test(start_paused = true)]
async fn without_its_pre_stop_checks_an_instance_runs_on_and_so_does_what_it_needs() {
    let mut world = pair();
    start(&world).await;
    world.instance_mut("web-1").lifecycle.pre_stop = never();
    for outcome in [stop(&world).await, restart(&world).await] {
        assert!(failure(&outcome).next.contains("maestro kill web-1"), "{}", failure(&outcome).next);
        assert_eq!(outcome.held(), ["db-1"]);
        assert!(world.engines[0].states().values().all(ContainerState::is_up));
    }
}

#[tokio::test(start_paused = true)]
async fn without_its_stopped_checks_nothing_more_is_stopped_nor_started_again() {
    for again in [false, true] {
        let mut world = pair();
        start(&world).await;
        world.instance_mut("web-1").lifecycle.stopped = never();
        let outcome = if again { restart(&world).await } else { stop(&world).await };
        assert!(failure(&outcome).state.contains("web-1 is stopped"), "{}", failure(&outcome).state);
        assert!(failure(&outcome).next.contains("maestro start web-1"), "{}", failure(&outcome).next);
        assert_eq!(outcome.held(), ["db-1"]);
        let states = world.engines[0].states();
        assert!(!states["web-1"].is_up() && states["db-1"].is_up());
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_dies_ends_the_wait_for_its_checks_at_once() {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    world.instance_mut("web-1").lifecycle.running =
        vec![Check::Docker { max_wait: Duration::from_secs(300) }];
    let dies = Some((Duration::from_millis(500), 7));
    let healthy_after = Some(Duration::from_secs(60));
    world.engines[0].behave("app", Behaviour { dies, healthy_after, ..Behaviour::default() });
    let outcome = start(&world).await;
    assert_eq!(failure(&outcome).exit_code, Some(7));
    assert_eq!(outcome.summary.milliseconds, 500);
}

#[tokio::test(start_paused = true)]
async fn a_container_that_dies_before_its_stop_is_as_good_as_stopped() {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    let dies = Some((Duration::from_secs(1), 0));
    world.engines[0].behave("app", Behaviour { dies, ..Behaviour::default() });
    world.instance_mut("web-1").lifecycle.pre_stop = vec![Check::Sleep { wait: Duration::from_secs(60) }];
    start(&world).await;
    let outcome = stop(&world).await;
    assert_eq!(outcome.failures().len(), 0);
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Exited);
    assert!(outcome.summary.milliseconds < 2_000);
}

#[tokio::test(start_paused = true)]
async fn commands_inside_are_tried_until_they_succeed() {
    for (serves_after, passes) in [(1, true), (5, false)] {
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        world.instance_mut("web-1").lifecycle.running = rexec();
        let serves_after = Duration::from_secs(serves_after);
        world.engines[0].behave("app", Behaviour { serves_after, ..Behaviour::default() });
        let outcome = start(&world).await;
        assert_eq!(outcome.failures().is_empty(), passes);
        if !passes {
            let cause = &failure(&outcome).reason;
            assert_eq!(
                cause,
                "the command `ready` in the container did not pass within 3 s (11 tries); last result: exit code \
                 1; the last line that it wrote: ran ready"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_lost_under_a_check_is_not_waited_for() {
    for is_lost in [false, true] {
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        world.instance_mut("web-1").lifecycle.running = rexec();
        world.engines[0].fail_next("exec", "", InjectedFault::Unreachable);
        if is_lost {
            world.engines[0].fail_next("clock", "", InjectedFault::Unreachable);
        }
        let begin = tokio::time::Instant::now();
        let outcome = start(&world).await;
        // An engine that still tells the time is asked again.
        assert_eq!(outcome.failures().is_empty(), !is_lost);
        if is_lost {
            assert_eq!(failure(&outcome).kind, FailureKind::Unreachable);
        }
        assert!(begin.elapsed() < Duration::from_secs(3), "not until its time is up: {:?}", begin.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_hangs_under_a_check_is_not_waited_for() {
    for is_lost in [false, true] {
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        let command = vec!["/bin/true".to_owned()];
        let minute = Duration::from_secs(60);
        let tries = Tries { within: minute, at_least: 1, each: minute, at_most: Some(minute) };
        world.instance_mut("web-1").lifecycle.running = vec![Check::Rexec { command, tries }];
        world.engines[0].slow("exec", Duration::from_secs(20));
        if is_lost {
            world.engines[0].fail_next("clock", "", InjectedFault::Unreachable);
        }
        let begin = tokio::time::Instant::now();
        let outcome = start(&world).await;
        // A command that takes long on an engine that answers is waited for.
        assert_eq!(outcome.failures().is_empty(), !is_lost);
        assert_eq!(begin.elapsed() < Duration::from_secs(10), is_lost, "{:?}", begin.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_health_check_is_run_before_its_engine_runs_it() {
    let words = |words: &[&str]| SettingValue::Texts(words.iter().map(|word| (*word).to_owned()).collect());
    let tests = [
        (words(&["CMD", "ready"]), 1_000..2_200),
        (words(&["CMD-SHELL", "ready || exit 1"]), 1_000..2_200),
        // An engine that knows no test of it has to say so itself.
        (words(&["CMD"]), 60_000..62_000),
    ];
    for (test, expected) in tests {
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        let instance = world.instance_mut("web-1");
        instance.lifecycle.running = vec![Check::Docker { max_wait: Duration::from_secs(300) }];
        let mut spec = (*instance.container).clone();
        spec.settings.insert(Setting::HealthTest, test.clone());
        instance.container = spec.into();
        let (serves_after, healthy_after) = (Duration::from_secs(1), Some(Duration::from_secs(60)));
        world.engines[0].behave("app", Behaviour { serves_after, healthy_after, ..Behaviour::default() });
        let outcome = start(&world).await;
        assert_eq!(outcome.failures().len(), 0);
        assert!(
            expected.contains(&outcome.summary.milliseconds),
            "{test:?}: {}",
            outcome.summary.milliseconds
        );
    }
}

#[tokio::test(start_paused = true)]
async fn health_is_waited_for_and_an_image_without_it_is_told_at_once() {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    world.instance_mut("web-1").lifecycle.running = vec![Check::Docker { max_wait: Duration::from_secs(10) }];
    let outcome = start(&world).await;
    assert!(
        failure(&outcome).reason.contains("the health check cannot pass: there is none"),
        "{}",
        failure(&outcome).reason
    );
    assert_eq!(outcome.summary.milliseconds, 0);
    for (seconds, failures) in [(5, 0), (60, 1)] {
        let healthy_after = Some(Duration::from_secs(seconds));
        world.engines[0].behave("app", Behaviour { healthy_after, ..Behaviour::default() });
        let outcome = restart(&world).await;
        assert_eq!(outcome.failures().len(), failures);
        if failures == 1 {
            let cause = &failure(&outcome).reason;
            let seen = "last result: starting; its last run ended with exit code 1 and wrote: not yet";
            assert!(cause.ends_with(seen), "{cause}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_gives_checks_up_and_says_what_holds() {
    let world = pair();
    start(&world).await;
    let plan = plan_stop(&world, STOP).await;
    let (interrupt, interrupted) = tokio::sync::watch::channel(false);
    let (outcome, ()) = tokio::join!(world.run_with(plan, None, interrupted), async {
        tokio::time::sleep(WAIT / 2).await;
        interrupt.send(true).expect("the run listens");
    });
    assert_eq!((outcome.summary.cancelled, outcome.summary.milliseconds), (1, 1_000));
    let told: Vec<(&str, &str)> = outcome
        .messages
        .iter()
        .filter_map(|message| match message {
            Message::Blocked { subject, kind: BlockedKind::Interrupted, reason, .. } => {
                Some((subject.instance.as_deref().unwrap_or_default(), reason.as_str()))
            }
            _ => None,
        })
        .collect();
    let reason = "interrupted while its pre-stop checks were running: it was not stopped";
    assert_eq!(told, [("db-1", "interrupted before it was started"), ("web-1", reason)]);
    assert!(world.engines[0].states().values().all(ContainerState::is_up));
}

#[tokio::test(start_paused = true)]
async fn checks_are_not_made_on_somebody_elses_container() {
    let world = pair();
    world.engines[0].add_foreign("web-1", "theirs", ContainerState::Running);
    let plan = plan_stop(&world, StopOptions { adopt: true, ..STOP }).await;
    let checks = plan.steps.iter().filter(|step| matches!(step.action.kind(), ActionKind::Check(_))).count();
    assert_eq!((plan.steps.len(), checks), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_plan_names_each_state_once_with_its_checks() {
    let world = pair();
    let plan = plan_start(&world).await;
    let states: Vec<LifecycleState> = plan
        .steps
        .iter()
        .filter_map(|step| {
            let Action::Wait(WaitAction::Check { state, checks, .. }) = &step.action else { return None };
            (*checks == passes()).then_some(*state)
        })
        .collect();
    assert_eq!(states, [LifecycleState::PreStart, LifecycleState::PreStart]);
    assert!(
        plan.steps
            .iter()
            .filter(|step| matches!(step.action.kind(), ActionKind::Check(_)))
            .all(|s| !s.action.changes())
    );
}
