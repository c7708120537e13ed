//! What runs and is left alone is verified: no run reports that as ready which an earlier one found not to be.

use std::{collections::BTreeSet, time::Duration};

use maestro_core::{
    event::Summary,
    model::{Check, InstanceId, container::RestartPolicy},
    observed::ContainerState,
    plan::{
        Plan,
        apply::{self, ApplyOptions},
        start::{self, StartOptions},
    },
    value::check::Tries,
};
use maestro_fake::Behaviour;
use maestro_report::message::FailureText;

use crate::world::{Outcome, World};

const SECOND: Duration = Duration::from_secs(1);

async fn plan_start(world: &World) -> Plan {
    start::plan(&world.environment, &world.observe_at_once().await, &world.all(), StartOptions::default())
}

async fn start(world: &World) -> Outcome {
    world.run(plan_start(world).await).await
}

fn rexec() -> Vec<Check> {
    let tries = Tries { within: 3 * SECOND, at_least: 1, each: 3 * SECOND, at_most: Some(3 * SECOND) };
    vec![Check::Rexec { command: vec!["check".to_owned()], tries }]
}

/// A world with one instance whose image behaves like that.
fn one(behaviour: Behaviour) -> World {
    let mut world = World::new(1);
    world.engines[0].behave("app", behaviour);
    world.service("web", &[0], &[]);
    world
}

fn restarts(world: &mut World, name: &str) {
    world.instance_mut("web-1").container.restart = Some(RestartPolicy { name: name.to_owned(), retries: 0 });
}

fn failure(outcome: &Outcome) -> &FailureText {
    match outcome.failure_texts()[..] {
        [failure] => failure,
        ref other => panic!("one failure is expected: {other:?}"),
    }
}

fn numbers(summary: &Summary) -> (usize, usize, usize) {
    (summary.done, summary.checked, summary.failed)
}

#[tokio::test(start_paused = true)]
async fn a_check_that_did_not_pass_is_made_by_every_later_start() {
    let mut world = one(Behaviour { serves_after: 60 * SECOND, ..Behaviour::default() });
    world.instance_mut("web-1").lifecycle.running = rexec();
    assert_eq!(start(&world).await.summary.failed, 1);
    for _ in 0..2 {
        let plan = plan_start(&world).await;
        assert!(!plan.changes() && plan.expected() == 0, "{plan:?}");
        let again = world.run(plan).await;
        assert_eq!(numbers(&again.summary), (0, 0, 1));
        assert_eq!(failure(&again).state, "the container web-1 is running; it is unknown whether it works");
    }
    tokio::time::sleep(60 * SECOND).await;
    assert_eq!(numbers(&start(&world).await.summary), (0, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_pass_at_the_first_try_takes_one_look_and_one_probe() {
    let mut world = one(Behaviour::default());
    world.instance_mut("web-1").lifecycle.running = rexec();
    start(&world).await;
    let before = world.engines[0].calls().len();
    assert_eq!(numbers(&start(&world).await.summary), (0, 1, 0));
    let calls = world.engines[0].calls();
    let asked: Vec<&str> = calls[before..].iter().map(|call| call.method).collect();
    assert_eq!(asked, ["containers", "images", "networks", "identity", "inspect", "exit_within", "exec"]);
}

#[tokio::test(start_paused = true)]
async fn what_has_no_checks_and_has_run_for_a_while_costs_nothing() {
    let mut world = World::new(1);
    world.service("web", &[0; 20], &[]);
    start(&world).await;
    tokio::time::sleep(SECOND).await;
    assert!(plan_start(&world).await.steps.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_restarted_again_and_again_fails_every_start() {
    // Whether it lives for a moment or for some seconds, and in whatever part of its life it is found.
    for (lives, pause) in
        [(100, 0), (100, 250), (100, 20_000), (4_000, 1_000), (4_000, 9_000), (4_000, 30_000)]
    {
        let dies = Some((Duration::from_millis(lives), 3));
        let mut world = one(Behaviour { dies, ..Behaviour::default() });
        restarts(&mut world, "always");
        start(&world).await;
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let again = start(&world).await;
            let state = world.engines[0].states()["web-1"].clone();
            assert!(state.is_up(), "{state:?}");
            // Before its first end nothing tells it from one that works.
            if lives == 4_000 && pause == 1_000 && again.summary.failed == 0 {
                continue;
            }
            assert_eq!(
                again.summary.failed, 1,
                "lives {lives} ms, seen after {pause} ms: {:?}",
                again.events
            );
            assert!(
                failure(&again).state.contains("its restart policy makes the engine restart it"),
                "{again:?}",
                again = failure(&again)
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_down_when_it_is_listed_and_up_when_it_is_looked_at_fails() {
    let mut world = one(Behaviour { dies: Some((Duration::from_millis(100), 3)), ..Behaviour::default() });
    restarts(&mut world, "always");
    start(&world).await;
    let comes_to = async |state: ContainerState| {
        while world.engines[0].states()["web-1"] != state {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    // After its first restart, and after many.
    for _ in 0..6 {
        comes_to(ContainerState::Restarting).await;
        let plan = plan_start(&world).await;
        comes_to(ContainerState::Running).await;
        let outcome = world.run(plan).await;
        assert_eq!(outcome.summary.failed, 1, "{:?}", outcome.events);
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_was_restarted_once_and_stays_up_is_ready() {
    let dies = Some((2 * SECOND, 1));
    let mut world = one(Behaviour { dies, ..Behaviour::default() });
    restarts(&mut world, "on-failure");
    start(&world).await;
    tokio::time::sleep(3 * SECOND).await;
    // From now on it works.
    world.engines[0].behave("app", Behaviour::default());
    world.engines[0].reboot();
    start(&world).await;
    assert_eq!(start(&world).await.summary.failed, 0);
}

#[tokio::test(start_paused = true)]
async fn an_unhealthy_container_fails_every_start_and_apply() {
    let world = one(Behaviour {
        healthy_after: Some(SECOND),
        unhealthy_after: Some(5 * SECOND),
        ..Behaviour::default()
    });
    assert_eq!(start(&world).await.summary.failed, 0);
    tokio::time::sleep(6 * SECOND).await;
    let again = start(&world).await;
    assert_eq!(
        failure(&again).reason,
        "the health check reports it unhealthy: its last run ended with exit code 1 and wrote: no answer"
    );
    let plan = apply::plan(
        &world.environment,
        &world.observe_at_once().await,
        &world.all(),
        ApplyOptions::default(),
    );
    assert_eq!(world.run(plan).await.summary.failed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ends_between_start_and_check_leaves_nothing_that_counts_as_ready() {
    let dies = Some((Duration::from_millis(200), 1));
    let world = one(Behaviour { dies, ..Behaviour::default() });
    world.engines[0].slow("start", Duration::from_millis(10));
    let killed = tokio::time::timeout(Duration::from_millis(50), start(&world)).await;
    assert!(killed.is_err() && world.engines[0].states()["web-1"] == ContainerState::Running);
    assert_eq!(start(&world).await.summary.failed, 1);
}

#[tokio::test(start_paused = true)]
async fn what_requires_an_instance_that_is_not_ready_is_not_started_and_each_such_instance_is_told() {
    let mut world = World::new(1);
    world.engines[0].add_image("never");
    world.engines[0].behave("never", Behaviour { serves_after: 600 * SECOND, ..Behaviour::default() });
    world.service("db", &[0], &[]);
    world.service("api", &[0], &["db"]);
    world.service("web", &[0], &["api"]);
    for name in ["db-1", "api-1"] {
        let instance = world.instance_mut(name);
        instance.container.image = "never".to_owned();
        instance.lifecycle.running = rexec();
    }
    let some: BTreeSet<InstanceId> = world.some(&["db-1", "api-1"]);
    let observed = world.observe_at_once().await;
    let options = StartOptions { ignore_dependencies: true, ..StartOptions::default() };
    world.run(start::plan(&world.environment, &observed, &some, options)).await;
    let outcome = start(&world).await;
    assert_eq!(outcome.failures().len(), 2, "one does not hide the other");
    assert_eq!(outcome.held(), ["web-1"]);
    assert!(!world.engines[0].states().get("web-1").is_some_and(ContainerState::is_up));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_comes_to_its_end_is_told_as_what_it_is() {
    let world = one(Behaviour { dies: Some((Duration::from_millis(50), 0)), ..Behaviour::default() });
    let failed = start(&world).await;
    let failure = failure(&failed);
    assert_eq!(failure.reason, "the program exited with code 0 right after the start");
    assert!(failure.next.contains("If it is a job that ends, write `job: true`"), "{}", failure.next);
    assert!(failure.state.ends_with("each `start` or `apply` runs its program again"), "{failure:?}");
    // And so they do, and say it again.
    let again = start(&world).await;
    assert!(again.at("start", "web-1", true).is_some(), "{:?}", again.events);
    assert_eq!(again.summary.failed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_container_that_somebody_paused_is_not_ready_and_goes_on_when_it_is_unpaused() {
    for checks in [Vec::new(), rexec()] {
        let mut world = one(Behaviour::default());
        world.service("api", &[0], &["web"]);
        world.instance_mut("web-1").lifecycle.running = checks;
        let web = world.some(&["web-1"]);
        let observed = world.observe_at_once().await;
        world.run(start::plan(&world.environment, &observed, &web, StartOptions::default())).await;
        tokio::time::sleep(120 * SECOND).await;
        world.engines[0].pause("web-1");
        for _ in 0..2 {
            let again = start(&world).await;
            assert_eq!(failure(&again).reason, "the container is paused (`docker pause`)");
            assert!(failure(&again).next.contains("`docker unpause web-1` on ship"), "{:?}", failure(&again));
            assert_eq!(again.held(), ["api-1"], "what requires it is not started");
        }
        let observed = world.observe_at_once().await;
        let plan = apply::plan(&world.environment, &observed, &world.all(), ApplyOptions::default());
        assert_eq!(world.run(plan).await.summary.failed, 1);
        world.engines[0].unpause("web-1");
        let again = start(&world).await.summary;
        assert_eq!((again.failed, again.unreachable), (0, 0));
        assert_eq!(world.engines[0].states()["api-1"], ContainerState::Running);
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_paused_while_it_is_waited_for_is_not_ready() {
    let world = one(Behaviour::default());
    let pause = async {
        while world.engines[0].states().get("web-1") != Some(&ContainerState::Running) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        world.engines[0].pause("web-1");
    };
    let (outcome, ()) = tokio::join!(start(&world), pause);
    assert_eq!(failure(&outcome).reason, "the container is paused (`docker pause`)");
}
