//! Containers without checks right after their start: how a death is found, whatever becomes of the engine's events.

use std::time::Duration;

use maestro_core::{
    model::container::RestartPolicy,
    observed::ContainerState,
    plan::start::{self, StartOptions},
};
use maestro_fake::{Behaviour, Fake, InjectedFault};

use crate::world::{Outcome, World};

const MOMENT: Duration = Duration::from_millis(100);
/// How long a container has to stay up.
const SETTLE: u64 = 300;

/// One instance whose container dies after that time.
fn dying(after: Duration) -> World {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    let log = vec!["no such file".to_owned()];
    world.engines[0].behave("app", Behaviour { dies: Some((after, 3)), log, ..Behaviour::default() });
    world
}

async fn start(world: &World) -> Outcome {
    let observed = world.observe().await;
    let plan = start::plan(&world.environment, &observed, &world.all(), StartOptions::default());
    world.run(plan).await
}

fn restart_always(world: &mut World) {
    let policy = RestartPolicy { name: "always".to_owned(), retries: 0 };
    world.instance_mut("web-1").container.restart = Some(policy);
}

fn asked(engine: &Fake, method: &str) -> usize {
    engine.calls().iter().filter(|call| call.method == method).count()
}

fn assert_found(outcome: &Outcome) {
    let texts = outcome.failure_texts();
    assert_eq!(outcome.summary.failed, 1, "{:?}", outcome.events);
    assert_eq!((texts[0].exit_code, &texts[0].log[..]), (Some(3), &["no such file".to_owned()][..]));
}

#[tokio::test(start_paused = true)]
async fn a_container_that_stays_up_costs_one_look_and_all_of_an_engine_one_stream() {
    let mut world = World::on_one_engine(2);
    world.service("web", &[0, 1, 0, 1], &[]);
    let outcome = start(&world).await;
    assert_eq!((outcome.summary.failed, outcome.summary.milliseconds), (0, SETTLE));
    let engine = &world.engines[0];
    assert_eq!(["follow", "inspect", "exit_within"].map(|method| asked(engine, method)), [1, 4, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_death_is_told_when_it_happens() {
    let world = dying(MOMENT);
    let outcome = start(&world).await;
    assert_found(&outcome);
    assert_eq!(outcome.summary.milliseconds, 100);
}

#[tokio::test(start_paused = true)]
async fn a_death_is_told_though_a_restart_policy_starts_the_program_again() {
    let mut world = dying(MOMENT);
    restart_always(&mut world);
    assert_found(&start(&world).await);
}

#[tokio::test(start_paused = true)]
async fn a_death_is_found_without_events() {
    let find = async |break_it: &dyn Fn(&Fake)| {
        let world = dying(MOMENT);
        break_it(&world.engines[0]);
        let outcome = start(&world).await;
        assert_found(&outcome);
        outcome.summary.milliseconds
    };
    let refused =
        |engine: &Fake| engine.fail_next("follow", "", InjectedFault::Refused("no events".to_owned()));
    assert_eq!(find(&refused).await, 100, "the engine is asked to tell of the end");
    assert_eq!(find(&|engine| engine.fail_next("follow", "", InjectedFault::Unreachable)).await, 100);
    let hangs = |engine: &Fake| engine.slow("follow", Duration::from_secs(3600));
    assert_eq!(find(&hangs).await, SETTLE);
    assert_eq!(find(&Fake::silence_events).await, SETTLE);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_while_it_is_listened_to_lets_no_dead_container_pass() {
    for (lost_after, dies_after) in [(50, 100), (150, 100), (50, 299), (299, 298)] {
        let world = dying(Duration::from_millis(dies_after));
        let lost = async {
            tokio::time::sleep(Duration::from_secs(1) + Duration::from_millis(lost_after)).await;
            world.engines[0].lose_events();
        };
        let (outcome, ()) = tokio::join!(start(&world), lost);
        assert_found(&outcome);
        assert_eq!(outcome.summary.milliseconds, dies_after);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_nothing_told_of_is_found() {
    let mut world = dying(MOMENT * 3 / 2);
    restart_always(&mut world);
    world.engines[0].silence_events();
    let outcome = start(&world).await;
    assert_eq!(outcome.summary.failed, 1, "{:?}", outcome.events);
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Running);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_earlier_life_is_no_death() {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    start(&world).await;
    world.engines[0].ends_by_itself("web-1", 1);
    let outcome = start(&world).await;
    assert_eq!((outcome.summary.failed, outcome.summary.milliseconds), (0, SETTLE));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_the_kernel_killed_for_its_memory_is_told_with_the_limit() {
    let mut world = dying(MOMENT);
    world.engines[0].behave("app", Behaviour { dies: Some((MOMENT, 137)), ..Behaviour::default() });
    let mut spec = world.instance_mut("web-1").container.clone();
    spec.memory = Some(8 << 20);
    world.instance_mut("web-1").container = spec;
    let outcome = start(&world).await;
    let texts = outcome.failure_texts();
    assert_eq!(texts[0].reason, "out of memory: limit 8 MiB (`limits`)");
    assert_eq!(
        texts[0].next,
        "raise `limits.memory`, or make the program use less; `maestro logs web-1` shows the whole log. Then run \
         `maestro start web-1` again"
    );
}
