//! A run that is interrupted tells what is there of each instance that it was to change, and what to type next.

use std::time::Duration;

use maestro_core::{
    event::{Event, Life, Standing},
    model::update::{Order, Update},
    plan::{
        Plan,
        apply::ApplyOptions,
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
    },
};
use maestro_fake::{Behaviour, InjectedFault};
use maestro_report::message::Message;

use crate::{
    apply::planned,
    world::{Outcome, World},
};

const SECOND: Duration = Duration::from_secs(1);

/// Carries a plan out and interrupts it after that time.
async fn interrupted_after(world: &World, plan: Plan, time: Duration) -> Outcome {
    let (interrupt, interrupted) = tokio::sync::watch::channel(false);
    let run = world.run_with(plan, None, interrupted);
    let (outcome, ()) = tokio::join!(run, async {
        tokio::time::sleep(time).await;
        interrupt.send(true).expect("the run listens");
    });
    assert!(outcome.summary.interrupted);
    outcome
}

fn standings(outcome: &Outcome) -> (&[Standing], &str) {
    let told = outcome.messages.iter().filter_map(|message| match message {
        Message::Interrupted { instances, next } => Some((&instances[..], next.as_str())),
        _ => None,
    });
    match told.collect::<Vec<_>>()[..] {
        [told] => told,
        ref other => panic!("it is told once: {other:?}"),
    }
}

/// `web-1: old stopped, new created`, of each.
fn told(outcome: &Outcome) -> Vec<String> {
    let words = |one: &Standing| {
        let containers = one.containers.iter().map(|container| {
            let age = if container.is_new { "new" } else { "old" };
            let life = match container.life {
                Life::Created => "created",
                Life::Running => "runs",
                Life::Paused => "paused",
                Life::Restarting => "restarting",
                Life::Stopped => "stopped",
            };
            format!("{age} {} {life}", container.name)
        });
        let containers: Vec<String> = containers.collect();
        let ready = if one.is_ready { ", ready" } else { "" };
        let known = if one.is_known { "" } else { "unknown" };
        let name = one.subject.instance.as_deref().unwrap_or_default();
        format!("{name}: {}{known}{ready}", containers.join(", "))
    };
    standings(outcome).0.iter().map(words).collect()
}

async fn start(world: &World) -> Plan {
    start::plan(&world.environment, &world.observe_at_once().await, &world.all(), StartOptions::default())
}

/// `db` ← `api` ← `web`.
fn chain() -> World {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("api", &[0], &["db"]);
    world.service("web", &[0], &["api"]);
    world
}

#[tokio::test(start_paused = true)]
async fn a_start_tells_what_runs_and_what_is_only_created() {
    let world = chain();
    world.engines[0].slow("start", 2 * SECOND);
    let plan = start(&world).await;
    let outcome = interrupted_after(&world, plan, 3 * SECOND).await;
    assert_eq!(
        told(&outcome),
        ["db-1: new db-1 runs, ready", "api-1: new api-1 runs", "web-1: new web-1 created"]
    );
    assert_eq!(standings(&outcome).1, "`maestro again` continues from here; `maestro status` shows all");
    let finished = outcome.events.last();
    assert!(matches!(finished, Some(Event::Finished { .. })), "the summary comes last: {finished:?}");
}

/// One change at a time: the others have had no turn yet.
#[tokio::test(start_paused = true)]
async fn a_step_that_waits_for_its_turn_does_not_begin_after_the_interrupt() {
    let mut world = World::new(1);
    world.service("web", &[0, 0, 0], &[]);
    world.engines[0].slow("create", 2 * SECOND);
    let (interrupt, interrupted) = tokio::sync::watch::channel(false);
    let run = world.run_with(start(&world).await, Some(1), interrupted);
    let (outcome, ()) = tokio::join!(run, async {
        tokio::time::sleep(SECOND).await;
        interrupt.send(true).expect("the run listens");
    });
    let created = world.engines[0].calls().iter().filter(|call| call.method == "create").count();
    assert_eq!((created, world.engines[0].states().len()), (1, 1), "{:?}", outcome.events);
    assert!(outcome.summary.interrupted && outcome.failures().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stop_tells_what_still_runs() {
    let world = chain();
    world.run(start(&world).await).await;
    world.engines[0].behave("app", Behaviour { stops_after: 2 * SECOND, ..Behaviour::default() });
    let options = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
    let plan = stop::plan(&world.environment, &world.observe_at_once().await, &world.all(), options);
    let outcome = interrupted_after(&world, plan, SECOND).await;
    assert_eq!(told(&outcome), ["web-1: old web-1 stopped", "api-1: old api-1 runs", "db-1: old db-1 runs"]);
}

#[tokio::test(start_paused = true)]
async fn a_roll_out_tells_old_and_new_containers() {
    for (order, expected) in [
        (
            Order::StopFirst,
            [
                "web-1: old web-1 stopped, new web-1.next created",
                "web-2: old web-2 runs, new web-2.next created",
            ],
        ),
        (
            Order::StartFirst,
            ["web-1: old web-1 runs, new web-1.next runs", "web-2: old web-2 runs, new web-2.next created"],
        ),
    ] {
        let mut world = World::new(1);
        let service = world.service("web", &[0, 0], &[]);
        world.environment.services[service.0].update = Update { order, ..Update::default() };
        world.run(start(&world).await).await;
        world.engines[0].add_image("app:2");
        for name in ["web-1", "web-2"] {
            "app:2".clone_into(&mut world.instance_mut(name).container.image);
        }
        let slow = if order == Order::StopFirst { "stop" } else { "start" };
        world.engines[0].slow(slow, 2 * SECOND);
        let plan = planned(&world, ApplyOptions::PLAIN).await;
        let outcome = interrupted_after(&world, plan, SECOND).await;
        assert_eq!(told(&outcome), expected, "{order:?}");
        // It is as it is told, and the next run goes on from there.
        assert!(world.run(planned(&world, ApplyOptions::PLAIN).await).await.failures().is_empty());
        assert!(planned(&world, ApplyOptions::PLAIN).await.steps.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_ship_that_does_not_answer_then_is_told_as_unknown() {
    let world = chain();
    world.engines[0].slow("start", 2 * SECOND);
    let plan = start(&world).await;
    // The plan is made: the next list is that of the end.
    world.engines[0].fail_next("containers", "", InjectedFault::Unreachable);
    let outcome = interrupted_after(&world, plan, 3 * SECOND).await;
    assert_eq!(told(&outcome), ["db-1: unknown, ready", "api-1: unknown", "web-1: unknown"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_had_nothing_left_to_do_tells_nothing_of_that() {
    let world = chain();
    let plan = start(&world).await;
    let (_interrupt, interrupted) = tokio::sync::watch::channel(false);
    let outcome = world.run_with(plan, None, interrupted).await;
    assert!(!outcome.events.iter().any(|event| matches!(event, Event::Interrupted { .. })));
}
