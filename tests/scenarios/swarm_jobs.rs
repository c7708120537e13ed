//! Jobs on a Swarm: they run to their end before what waits for it, once, and again if they are made of something else.

use std::time::Duration;

use maestro_core::{
    model::{
        check::Check,
        swarm::{SwarmMode, SwarmSpec, TaskRestart},
    },
    observed::{Container, ContainerState},
    plan::{
        Plan,
        restart::{self, RestartOptions},
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
    },
};
use maestro_fake::Behaviour;

use crate::{
    apply::{converge, described, planned},
    swarm::words,
    world::World,
};
use maestro_core::plan::apply::ApplyOptions;

const PLAIN: ApplyOptions = ApplyOptions::PLAIN;

fn ends(code: i64) -> Behaviour {
    Behaviour {
        dies: Some((Duration::from_secs(2), code)),
        log: vec!["cannot migrate".to_owned()],
        ..Behaviour::default()
    }
}

/// A job and a web service that waits for its end.
fn shop(mode: SwarmMode) -> World {
    let mut world = World::new(1);
    world.make_swarm(0);
    world.swarm_service("migrate", 0, 1, &[]);
    world.swarm_service("web", 0, 2, &["migrate"]);
    let instance = world.instance_mut("migrate");
    instance.lifecycle.running = vec![Check::Completion];
    let restart = TaskRestart { condition: Some("none".to_owned()), ..TaskRestart::default() };
    let spec: &mut SwarmSpec = instance.swarm.as_mut().expect("a service on a Swarm");
    (spec.mode, spec.restart) = (mode, Some(restart));
    let mut container = (*instance.container).clone();
    "job".clone_into(&mut container.image);
    instance.container = container.into();
    world.engines[0].add_image("job");
    world.engines[0].behave("job", ends(0));
    world
}

async fn job(world: &World) -> Container {
    let engine = &world.all_engines()[0];
    let all = engine.containers().await.expect("an answer");
    all.into_iter().find(|one| one.name == "migrate").expect("the job")
}

fn again(world: &World, plan: &Plan) -> Vec<String> {
    words(plan, world)
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_job_starts_when_it_has_ended_and_the_job_runs_once() {
    for (mode, status) in [
        (SwarmMode::ReplicatedJob(1), "Exited (0): 1/1 tasks completed"),
        (SwarmMode::ReplicatedJob(2), "Exited (0): 2/2 tasks completed"),
        (SwarmMode::GlobalJob, "Exited (0): 3/3 tasks completed"),
    ] {
        let world = shop(mode);
        let plan = converge(&world, PLAIN).await;
        assert_eq!(
            again(&world, &plan),
            ["create-network all", "create migrate", "ready migrate", "create web", "ready web"]
        );
        let job = job(&world).await;
        assert_eq!((job.state, job.status.as_str()), (ContainerState::Exited, status));
        let start =
            start::plan(&world.environment, &described(&world).await, &world.all(), StartOptions::default());
        assert!(!start.changes(), "{:?}", again(&world, &start));
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_runs_again_if_it_is_made_of_something_else_or_is_restarted() {
    let mut world = shop(SwarmMode::ReplicatedJob(1));
    converge(&world, PLAIN).await;
    let instance = world.instance_mut("migrate");
    let mut container = (*instance.container).clone();
    container.command = Some(vec!["migrate".to_owned(), "--all".to_owned()]);
    instance.container = container.into();
    let plan = converge(&world, PLAIN).await;
    assert_eq!(again(&world, &plan), ["update migrate", "ready migrate"]);
    let some = world.some(&["migrate"]);
    let options = RestartOptions { in_batches: true, ..RestartOptions::default() };
    let plan = restart::plan(&world.environment, &described(&world).await, &some, options);
    assert!(again(&world, &plan).contains(&"update migrate".to_owned()), "{:?}", again(&world, &plan));
    assert!(world.run(plan).await.failures().is_empty());
    assert!(job(&world).await.status.starts_with("Exited (0)"));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_blocks_what_waits_for_it_and_is_tried_by_the_next_run() {
    let world = shop(SwarmMode::ReplicatedJob(1));
    world.engines[0].behave("job", ends(3));
    for _ in 0..2 {
        let outcome = world.run(planned(&world, PLAIN).await).await;
        let [failure] = &outcome.failure_texts()[..] else { panic!("one failure") };
        assert!(failure.reason.contains("task: non-zero exit (3)"), "{}", failure.reason);
        assert_eq!((failure.exit_code, &failure.log[..]), (Some(3), &["cannot migrate".to_owned()][..]));
        assert_eq!(outcome.held(), ["web"]);
        let job = job(&world).await;
        assert_eq!(
            (job.state, job.status.as_str()),
            (ContainerState::Exited, "Exited (3): 0/1 tasks completed")
        );
    }
    world.engines[0].behave("job", ends(0));
    let plan = converge(&world, PLAIN).await;
    assert_eq!(again(&world, &plan), ["update migrate", "ready migrate", "create web", "ready web"]);
}

#[tokio::test(start_paused = true)]
async fn a_job_with_attempts_has_all_of_them_and_one_without_limit_fails_at_the_second() {
    for (max_attempts, failed, goes_on) in
        [(Some(3), "4 tasks failed", false), (None, "2 tasks failed", true)]
    {
        let mut world = shop(SwarmMode::ReplicatedJob(1));
        let restart =
            TaskRestart { condition: Some("on-failure".to_owned()), max_attempts, ..TaskRestart::default() };
        world.instance_mut("migrate").swarm.as_mut().expect("a service").restart = Some(restart);
        world.engines[0].behave("job", ends(1));
        let outcome = world.run(planned(&world, PLAIN).await).await;
        let [failure] = &outcome.failure_texts()[..] else { panic!("one failure") };
        assert!(failure.reason.contains(failed), "{}", failure.reason);
        assert_eq!(failure.state.contains("goes on"), goes_on, "{}", failure.state);
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_runs_is_waited_for_and_can_be_stopped() {
    let world = shop(SwarmMode::ReplicatedJob(1));
    let long = Behaviour { dies: Some((Duration::from_secs(60), 0)), ..Behaviour::default() };
    world.engines[0].behave("job", long);
    let plan = planned(&world, PLAIN).await;
    let run = tokio::time::timeout(Duration::from_secs(10), world.run(plan)).await;
    assert!(run.is_err(), "it was not interrupted");
    assert_eq!(job(&world).await.state, ContainerState::Running);
    let plan = planned(&world, PLAIN).await;
    assert_eq!(again(&world, &plan), ["verify migrate", "create web", "ready web"]);
    let options = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
    let stop = stop::plan(&world.environment, &described(&world).await, &world.all(), options);
    assert!(world.run(stop).await.failures().is_empty());
    let stopped = job(&world).await;
    assert_eq!((stopped.state, stopped.status.as_str()), (ContainerState::Exited, "0 tasks"));
    converge(&world, PLAIN).await;
    assert!(job(&world).await.status.starts_with("Exited (0)"));
}
