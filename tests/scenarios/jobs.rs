//! Jobs: instances that are ready when their container has ended with exit code 0.

use std::time::Duration;

use maestro_core::{
    fault::ProbeFault,
    model::{Check, variables::Variables},
    observed::{Age, ContainerState},
    plan::{
        Plan,
        reason::UnchangedReason,
        start::{self, StartOptions},
    },
};
use maestro_fake::Behaviour;
use maestro_run::lifecycle::{CheckTarget, NotReached, ready_now};

use crate::world::World;

/// A job that ends after three seconds with that exit code, and an instance that requires it.
fn world(exit_code: i64) -> World {
    let mut world = World::new(1);
    let dies = Some((Duration::from_secs(3), exit_code));
    world.engines[0].behave("app", Behaviour { dies, ..Behaviour::default() });
    world.service("job", &[0], &[]);
    world.service("web", &[0], &["job"]);
    world.instance_mut("job-1").lifecycle.running = vec![Check::Completion];
    "server".clone_into(&mut world.instance_mut("web-1").container.image);
    world.engines[0].add_image("server");
    world
}

async fn plan(world: &World) -> Plan {
    start::plan(&world.environment, &world.observe_at_once().await, &world.all(), StartOptions::default())
}

#[tokio::test(start_paused = true)]
async fn what_requires_a_job_starts_when_it_has_succeeded_and_it_is_not_run_again() {
    let world = world(0);
    let outcome = world.run(plan(&world).await).await;
    assert_eq!(outcome.failures().len(), 0);
    assert!(outcome.summary.milliseconds >= 3_000);
    let states = world.engines[0].states();
    assert_eq!((&states["job-1"], states["web-1"].is_up()), (&ContainerState::Exited, true));
    let again = plan(&world).await;
    let job = again.unchanged.iter().find(|unchanged| unchanged.reason == UnchangedReason::Completed);
    assert!(job.is_some(), "{:?}", again.unchanged);
    assert!(again.steps.iter().all(maestro_core::plan::Step::is_verification), "{:?}", again.steps);
}

#[tokio::test(start_paused = true)]
async fn what_requires_a_job_that_fails_is_not_started() {
    let world = world(7);
    let outcome = world.run(plan(&world).await).await;
    assert_eq!(outcome.failure_texts()[0].exit_code, Some(7));
    assert!(!world.engines[0].states().get("web-1").is_some_and(ContainerState::is_up));
    assert!(!plan(&world).await.steps.is_empty(), "it is run again");
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_may_end_is_done_with_exit_code_0_and_started_again_by_the_next_apply() {
    for (exit_code, failures) in [(0, 0), (3, 1)] {
        let mut world = World::new(1);
        let dies = Some((Duration::from_millis(100), exit_code));
        world.engines[0].behave("app", Behaviour { dies, ..Behaviour::default() });
        world.service("once", &[0], &[]);
        world.instance_mut("once-1").may_end = true;
        let outcome = world.run(plan(&world).await).await;
        assert_eq!(outcome.failures().len(), failures, "exit code {exit_code}");
        assert_eq!(world.engines[0].states()["once-1"], ContainerState::Exited);
        assert!(plan(&world).await.steps.iter().any(|step| !step.is_verification()), "it is started again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_at_a_job_that_runs_does_not_wait_for_its_end() {
    let world = world(0);
    let begin = tokio::time::Instant::now();
    let running = async { world.run(plan(&world).await).await };
    let looked = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let env = Variables::new();
        let target = CheckTarget {
            engine: &world.engines[0],
            container: "job-1",
            env: &env,
            deaths: None,
            tried: None,
        };
        let seen = ready_now(target, &[Check::Completion], Age::New).await;
        (seen.outcome, begin.elapsed())
    };
    let (_, (outcome, after)) = tokio::join!(running, looked);
    let Err(NotReached::Check { last, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(*last, ProbeFault::Runs);
    assert!(after < Duration::from_secs(2), "{after:?}");
}
