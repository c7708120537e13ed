//! Replacing in turns: what does not work is taken back, and a run that is ended anywhere is carried on by the next.

use std::{num::NonZeroUsize, time::Duration};

use maestro_core::{
    event::Event,
    model::update::{OnFailure, Order, Update},
    observed::ContainerState,
    plan::{
        apply::ApplyOptions,
        command::Command,
        restart::{self, RestartOptions},
        start::StartOptions,
    },
};
use maestro_engine::Containers as _;
use maestro_fake::{Behaviour, InjectedFault};
use maestro_report::explain::remark;

use crate::{
    apply::{block_on, planned},
    world::{Outcome, World},
};

const PLAIN: ApplyOptions = ApplyOptions::PLAIN;

/// A service of so many instances, which run from the image `app`.
pub async fn running(instances: usize, update: Update) -> World {
    let mut world = World::new(1);
    let service = world.service("web", &vec![0; instances], &[]);
    world.environment.services[service.0].update = update;
    assert!(apply(&world).await.failures().is_empty());
    world
}

pub async fn apply(world: &World) -> Outcome {
    world.run(planned(world, PLAIN).await).await
}

/// Lets the file name another image, whose containers end at once where they are `broken`.
pub fn change(world: &mut World, broken: &[&str]) {
    let dies = Some((Duration::from_millis(50), 3));
    world.engines[0].add_image("broken");
    world.engines[0].add_image("app:2");
    world.engines[0].behave("broken", Behaviour { dies, ..Behaviour::default() });
    for instance in &mut world.environment.instances {
        let is_broken = broken.contains(&instance.name.as_str());
        if is_broken { "broken" } else { "app:2" }.clone_into(&mut instance.container.image);
    }
}

/// `web-1 app running`, of all containers.
pub fn containers(world: &World) -> Vec<String> {
    let images = world.engines[0].images_of_containers();
    let states = world.engines[0].states();
    states.iter().map(|(name, state)| format!("{name} {} {state:?}", images[name])).collect()
}

fn remarks(outcome: &Outcome) -> Vec<String> {
    let remark = |event: &Event| match event {
        Event::Remark { subject, remark } => {
            let name = subject.instance.as_ref()?;
            Some(format!("{name}: {}", remark::sentence(name, remark, Command::Apply, "stop_timeout")))
        }
        _ => None,
    };
    outcome.events.iter().filter_map(remark).collect()
}

fn parallel(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("more than none")
}

#[test]
fn a_successor_that_does_not_work_is_taken_back_with_all_of_its_service() {
    block_on(async {
        let mut world = running(3, Update::default()).await;
        change(&mut world, &["web-2"]);
        let outcome = apply(&world).await;
        let [failure] = &outcome.failure_texts()[..] else { panic!("one fails") };
        // Its instance alone would leave the service half-way.
        assert!(failure.next.ends_with("apply web` again"), "{}", failure.next);
        assert_eq!(containers(&world), ["web-1 app Running", "web-2 app Running", "web-3 app Running"]);
        assert_eq!(outcome.summary.taken_back, 3);
        // The third was never touched.
        assert_eq!(outcome.at("stop", "web-3", false), None);
        let mut told = remarks(&outcome);
        told.sort();
        let expected = [
            "web-1: rolled back: web-2 failed, and the previous container runs again",
            "web-2: rolled back: the previous container runs again",
            "web-3: not replaced: web-2 failed; its container stays",
        ];
        assert_eq!(told, expected);
    });
}

#[test]
fn pause_takes_back_what_failed_and_leaves_the_rest_as_it_is() {
    block_on(async {
        let update = Update { on_failure: OnFailure::Pause, ..Update::default() };
        let mut world = running(3, update).await;
        change(&mut world, &["web-2"]);
        let outcome = apply(&world).await;
        let expected =
            ["web-1 app:2 Running", "web-2 app Running", "web-3 app Running", "web-3.next app:2 Created"];
        assert_eq!(containers(&world), expected);
        assert_eq!(outcome.held(), ["web-3"]);
        assert_eq!(remarks(&outcome), ["web-2: rolled back: the previous container runs again"]);
        // Mended, the next run goes on, and leaves nothing beside.
        change(&mut world, &[]);
        assert!(apply(&world).await.failures().is_empty());
        assert_eq!(containers(&world), ["web-1 app:2 Running", "web-2 app:2 Running", "web-3 app:2 Running"]);
        assert!(planned(&world, PLAIN).await.steps.is_empty());
    });
}

#[test]
fn continue_goes_on_with_the_next_turn_and_so_do_failures_that_are_allowed() {
    block_on(async {
        let go_on = Update { on_failure: OnFailure::Continue, ..Update::default() };
        let allowed = Update { max_failures: 1, ..Update::default() };
        for update in [go_on, allowed] {
            let mut world = running(3, update).await;
            change(&mut world, &["web-2"]);
            let outcome = apply(&world).await;
            assert_eq!(outcome.failures().len(), 1);
            let expected = ["web-1 app:2 Running", "web-2 app Running", "web-3 app:2 Running"];
            assert_eq!(containers(&world), expected, "{update:?}");
        }
        // One more than allowed takes all back.
        let mut world = running(4, allowed).await;
        change(&mut world, &["web-1", "web-3"]);
        let outcome = apply(&world).await;
        assert_eq!(outcome.failures().len(), 2);
        let old = ["web-1 app Running", "web-2 app Running", "web-3 app Running", "web-4 app Running"];
        assert_eq!(containers(&world), old);
    });
}

#[test]
fn turns_come_one_after_the_other_and_are_as_large_as_asked_for() {
    block_on(async {
        let delay = Duration::from_secs(7);
        let mut world = running(5, Update { parallel: parallel(2), delay, ..Update::default() }).await;
        change(&mut world, &[]);
        let outcome = apply(&world).await;
        let at = |action, name: &str, done| outcome.at(action, name, done).unwrap();
        for (before, after) in
            [("web-1", "web-3"), ("web-2", "web-4"), ("web-4", "web-5"), ("web-3", "web-5")]
        {
            assert!(at("ready", before, true) < at("stop", after, false), "{before} before {after}");
        }
        assert!(at("stop", "web-2", false) < at("ready", "web-1", true));
        assert!(outcome.summary.milliseconds > 14_000);
        assert!(containers(&world).iter().all(|line| line.ends_with("app:2 Running")));
    });
}

#[test]
fn a_turn_replaces_so_many_instances_of_a_ship_as_may_be_and_the_other_ships_go_on_beside() {
    block_on(async {
        let mut world = World::new(2);
        let service = world.service("web", &[0, 1, 0, 1], &[]);
        let most = Some(parallel(1));
        world.environment.services[service.0].update =
            Update { parallel: parallel(4), max_per_ship: most, ..Update::default() };
        assert!(apply(&world).await.failures().is_empty());
        world.engines.iter().for_each(|engine| engine.add_image("app:2"));
        for instance in &mut world.environment.instances {
            "app:2".clone_into(&mut instance.container.image);
        }
        let outcome = apply(&world).await;
        assert!(outcome.failures().is_empty());
        let at = |action, name: &str, done| outcome.at(action, name, done).unwrap();
        assert!(at("stop", "web-2", false) < at("ready", "web-1", true), "both ships at once");
        for (before, after) in [("web-1", "web-3"), ("web-2", "web-4"), ("web-2", "web-3")] {
            assert!(at("ready", before, true) < at("stop", after, false), "{before} before {after}");
        }
    });
}

#[test]
fn a_canary_that_does_not_work_is_taken_back_and_one_that_works_waits_until_somebody_goes_on() {
    block_on(async {
        let canary = Some(parallel(1));
        let mut world = running(3, Update { parallel: parallel(2), canary, ..Update::default() }).await;
        change(&mut world, &["web-1"]);
        assert_eq!(apply(&world).await.failures().len(), 1);
        assert_eq!(containers(&world), ["web-1 app Running", "web-2 app Running", "web-3 app Running"]);
        change(&mut world, &[]);
        let canary = ["web-1 app:2 Running", "web-2 app Running", "web-3 app Running"];
        // The run that replaces it, and each one after that.
        for _ in 0..2 {
            assert!(apply(&world).await.failures().is_empty());
            assert_eq!(containers(&world), canary);
        }
        assert!(planned(&world, PLAIN).await.has_waiting());
        let go_on = ApplyOptions { continues: true, ..PLAIN };
        assert!(world.run(planned(&world, go_on).await).await.failures().is_empty());
        assert_eq!(containers(&world), ["web-1 app:2 Running", "web-2 app:2 Running", "web-3 app:2 Running"]);
        let plan = planned(&world, PLAIN).await;
        assert!(plan.steps.is_empty() && !plan.has_waiting());
    });
}

#[test]
fn an_instance_that_is_down_is_no_canary_and_waits_for_none() {
    block_on(async {
        let mut world = running(3, Update { canary: Some(parallel(1)), ..Update::default() }).await;
        world.engines[0].stop("web-3", Duration::ZERO).await.expect("it runs");
        change(&mut world, &[]);
        assert!(apply(&world).await.failures().is_empty());
        assert_eq!(containers(&world), ["web-1 app:2 Running", "web-2 app Running", "web-3 app:2 Running"]);
    });
}

#[test]
fn what_cannot_be_made_stops_nothing() {
    block_on(async {
        let mut world = running(2, Update::default()).await;
        change(&mut world, &[]);
        world.engines[0].fail_next(
            "create",
            "web-1.next",
            InjectedFault::Refused("no space left on device".into()),
        );
        let outcome = apply(&world).await;
        assert_eq!(outcome.failures().len(), 1);
        assert_eq!(outcome.at("stop", "web-1", false), None);
        assert!(
            containers(&world).starts_with(&["web-1 app Running".to_owned(), "web-2 app Running".to_owned()])
        );
        assert!(apply(&world).await.failures().is_empty());
        assert_eq!(containers(&world), ["web-1 app:2 Running", "web-2 app:2 Running"]);
    });
}

#[test]
fn start_first_runs_the_successor_before_the_old_one_stops() {
    block_on(async {
        let update = Update { order: Order::StartFirst, ..Update::default() };
        let mut world = running(2, update).await;
        change(&mut world, &[]);
        let outcome = apply(&world).await;
        let at = |action, name: &str, done| outcome.at(action, name, done).unwrap();
        for name in ["web-1", "web-2"] {
            assert!(at("ready", name, true) < at("rejoin", name, false));
            assert!(at("rejoin", name, true) < at("stop", name, false));
        }
        assert!(outcome.failures().is_empty());
        assert_eq!(containers(&world), ["web-1 app:2 Running", "web-2 app:2 Running"]);
        assert!(planned(&world, PLAIN).await.steps.is_empty());
        // One that does not wait until ready costs nothing: the old one was never stopped.
        change(&mut world, &["web-1", "web-2"]);
        let outcome = apply(&world).await;
        assert_eq!(outcome.at("stop", "web-1", false), None);
        assert_eq!(containers(&world), ["web-1 app:2 Running", "web-2 app:2 Running"]);
    });
}

#[test]
fn a_run_that_is_ended_after_any_call_is_carried_on() {
    for order in [Order::StopFirst, Order::StartFirst] {
        for broken in [false, true] {
            for calls in 0.. {
                let ended = block_on(async {
                    let mut world = running(2, Update { order, ..Update::default() }).await;
                    change(&mut world, if broken { &["web-2"] } else { &[] });
                    for method in ["create", "rename", "rejoin", "start", "stop", "remove", "inspect"] {
                        world.engines[0].slow(method, Duration::from_millis(10));
                    }
                    let killed = Duration::from_millis(1000 + 10 * calls + 5);
                    let ended = tokio::time::timeout(killed, apply(&world)).await.is_ok();
                    let up = |name| {
                        containers(&world)
                            .iter()
                            .any(|line| line.starts_with(name) && line.ends_with("Running"))
                    };
                    assert!(
                        order == Order::StopFirst || (up("web-1") && up("web-2")),
                        "{:?}",
                        containers(&world)
                    );
                    change(&mut world, &[]);
                    let story =
                        format!("{order:?}, broken: {broken}, ended after {calls}: {:?}", containers(&world));
                    let outcome = apply(&world).await;
                    assert!(outcome.failures().is_empty(), "{story}: {:?}", outcome.failures());
                    assert_eq!(containers(&world), ["web-1 app:2 Running", "web-2 app:2 Running"], "{story}");
                    let again = planned(&world, PLAIN).await;
                    assert!(again.steps.is_empty(), "{story}: {again:?}");
                    ended
                });
                if ended {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_successor_that_an_ended_run_has_left_is_taken_back_by_the_next() {
    block_on(async {
        let mut world = running(1, Update::default()).await;
        change(&mut world, &["web-1"]);
        world.engines[0].slow("start", Duration::from_millis(10));
        // Ended when the successor has been started.
        let _ = tokio::time::timeout(Duration::from_millis(1015), apply(&world)).await;
        assert_eq!(world.engines[0].states()["web-1.previous"], ContainerState::Exited);
        let outcome = apply(&world).await;
        assert_eq!(outcome.failures().len(), 1, "{:?}", containers(&world));
        assert_eq!(containers(&world), ["web-1 app Running"]);
    });
}

#[test]
fn what_an_ended_hand_over_has_left_running_is_stopped_before_a_third_starts() {
    for calls in 0.. {
        let ended = block_on(async {
            let mut world = running(1, Update { order: Order::StartFirst, ..Update::default() }).await;
            for method in ["create", "rename", "rejoin", "start", "stop", "remove", "inspect"] {
                world.engines[0].slow(method, Duration::from_millis(10));
            }
            change(&mut world, &[]);
            let killed = Duration::from_millis(1000 + 10 * calls + 5);
            let ended = tokio::time::timeout(killed, apply(&world)).await.is_ok();
            let left = containers(&world);
            // The file has changed once more.
            world.engines[0].add_image("app:3");
            "app:3".clone_into(&mut world.environment.instances[0].container.image);
            let mut most = 0;
            let mut applied = std::pin::pin!(apply(&world));
            let outcome = loop {
                tokio::select! {
                    biased;
                    outcome = &mut applied => break outcome,
                    () = tokio::time::sleep(Duration::from_millis(1)) => {
                        let up = containers(&world).iter().filter(|line| line.ends_with("Running")).count();
                        most = most.max(up);
                    }
                }
            };
            assert!(outcome.failures().is_empty(), "{left:?}: {:?}", outcome.failures());
            assert_eq!(most, 2, "{left:?}");
            assert_eq!(containers(&world), ["web-1 app:3 Running"], "{left:?}");
            ended
        });
        if ended {
            break;
        }
    }
}

#[test]
fn what_has_been_taken_back_is_not_stopped_when_its_turn_comes() {
    block_on(async {
        let update = Update { max_failures: 1, ..Update::default() };
        let mut world = running(3, update).await;
        // One that is down has no turn, but its failure counts.
        world.engines[0].stop("web-3", Duration::from_secs(1)).await.expect("it stops");
        change(&mut world, &["web-1", "web-3"]);
        let outcome = apply(&world).await;
        assert_eq!(outcome.failures().len(), 2);
        assert_eq!(containers(&world), ["web-1 app Running", "web-2 app Running", "web-3 app Running"]);
        assert_eq!(outcome.at("stop", "web-2", false), None);
    });
}

/// A restart of the instances of that name, in turns.
async fn restart(world: &World, names: &[&str], options: RestartOptions) -> Outcome {
    let observed = world.observe().await;
    let some = world.some(names);
    let options = RestartOptions { in_batches: true, ..options };
    world.run(restart::plan(&world.environment, &observed, &some, options)).await
}

#[test]
fn a_restart_of_a_service_goes_in_batches_and_takes_back_what_fails() {
    block_on(async {
        let all = ["web-1", "web-2", "web-3"];
        let world = running(3, Update { parallel: parallel(2), ..Update::default() }).await;
        let outcome = restart(&world, &all, RestartOptions::default()).await;
        assert!(outcome.failures().is_empty() && outcome.held().is_empty());
        let (stopped, ready) = (outcome.at("stop", "web-3", false), outcome.at("ready", "web-1", true));
        assert!(stopped > ready && stopped > outcome.at("ready", "web-2", true), "the third comes last");
        assert_eq!(containers(&world), ["web-1 app Running", "web-2 app Running", "web-3 app Running"]);
        // The same container is stopped and started, in turns too.
        let ids = || async {
            let observed = world.observe().await;
            let all = &observed.holdings(maestro_core::model::ShipId(0)).unwrap().containers;
            all.values()
                .map(|one| (one.name.clone(), one.id.clone()))
                .collect::<std::collections::BTreeMap<_, _>>()
        };
        let before = ids().await;
        let start = StartOptions { reuse: true, ..StartOptions::default() };
        let outcome = restart(&world, &all, RestartOptions { start, ..RestartOptions::default() }).await;
        assert!(outcome.failures().is_empty());
        assert!(outcome.at("stop", "web-3", false) > outcome.at("ready", "web-1", true));
        assert_eq!(ids().await, before);
        // One of them works no more: all goes back, and the third was never touched.
        let dies = Some((Duration::from_millis(50), 3));
        world.engines[0].behave("app", Behaviour { dies, ..Behaviour::default() });
        let outcome = restart(&world, &all, RestartOptions::default()).await;
        assert!(!outcome.failures().is_empty());
        assert_eq!(outcome.at("stop", "web-3", false), None);
    });
}

#[test]
fn a_restart_with_dependants_makes_each_anew_when_what_it_requires_is_ready() {
    block_on(async {
        let mut world = World::new(1);
        world.service("db", &[0], &[]);
        world.service("web", &[0, 0], &["db"]);
        assert!(apply(&world).await.failures().is_empty());
        let outcome = restart(&world, &["db-1", "web-1", "web-2"], RestartOptions::default()).await;
        assert!(outcome.failures().is_empty());
        assert!(outcome.at("stop", "web-1", false) > outcome.at("ready", "db-1", true));
        assert!(outcome.at("stop", "web-2", false) > outcome.at("ready", "web-1", true));
        let delays = RestartOptions {
            step_delay: Duration::from_secs(7),
            stop_start_delay: Duration::from_secs(9),
            ..RestartOptions::default()
        };
        let before = tokio::time::Instant::now();
        let outcome = restart(&world, &["web-1", "web-2"], delays).await;
        assert!(outcome.failures().is_empty() && before.elapsed() >= Duration::from_secs(32));
    });
}

#[test]
fn a_name_that_the_engine_keeps_for_nothing_is_passed_over() {
    block_on(async {
        for (order, fails) in [Order::StopFirst, Order::StartFirst]
            .into_iter()
            .flat_map(|order| [(order, false), (order, true)])
        {
            let mut world = running(2, Update { order, ..Update::default() }).await;
            for name in ["web-1.next", "web-1.next-2", "web-1.previous"] {
                world.engines[0].keep_name(name);
            }
            change(&mut world, if fails { &["web-2"] } else { &[] });
            let outcome = apply(&world).await;
            let image = if fails { "app" } else { "app:2" };
            assert_eq!(
                containers(&world),
                [format!("web-1 {image} Running"), format!("web-2 {image} Running")],
                "{order:?}, {fails}: {:?}",
                outcome.events
            );
            assert_eq!(outcome.failures().len(), usize::from(fails), "{:?}", outcome.failures());
        }
    });
}

#[test]
fn an_instances_own_name_that_the_engine_keeps_for_nothing_is_told_as_such() {
    block_on(async {
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        world.engines[0].keep_name("web-1");
        let outcome = apply(&world).await;
        let [failure] = &outcome.failure_texts()[..] else { panic!("one fails") };
        assert!(failure.reason.contains("has no container of that name"), "{}", failure.reason);
        assert!(failure.next.contains("restart the engine or rename the instance"), "{}", failure.next);
        // A restart of the engine frees it.
        world.engines[0].reboot();
        assert!(apply(&world).await.failures().is_empty());
    });
}
