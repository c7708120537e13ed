//! What no other test found when it was planted as a bug: in plans, in their execution and in leases.

use std::{collections::BTreeMap, time::Duration};

use maestro_core::{
    event::Event,
    model::{
        Check,
        check::LifecycleState,
        container::{ContainerNames, Port, Protocol},
    },
    observed::{Container, ContainerState},
    plan::{
        action::{Action, ActionKind},
        apply::ApplyOptions,
        orphans,
        stop::{self, StopMethod, StopOptions},
        tidy,
    },
    value::check::{EnvFrom, Tries},
};
use maestro_engine::{Containers as _, Networks as _};
use maestro_fake::{Behaviour, Fake, InjectedFault};
use maestro_run::lease::Released;

use crate::{
    apply::{block_on, planned},
    takeovers::Machines,
    world::World,
};

/// One instance, `web-1`, that runs.
async fn running() -> World {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    let outcome = world.run(planned(&world, ApplyOptions::default()).await).await;
    assert!(outcome.failures().is_empty());
    world
}

/// A new image for `web-1` whose program ends at once.
fn break_it(world: &mut World) {
    world.engines[0].add_image("app:2");
    let dies = Some((Duration::from_millis(100), 3));
    world.engines[0].behave("app:2", Behaviour { dies, ..Behaviour::default() });
    "app:2".clone_into(&mut world.instance_mut("web-1").container.image);
}

/// Waits until the successor has the instance's name.
async fn until_named(engine: &Fake) {
    let is_it = |one: &Container| one.name == "web-1" && one.image == "app:2";
    let is_named = || engine.peek(|all| all.filter(|one| is_it(one)).count() == 1);
    while !is_named() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn a_compensation_discards_nobody_elses_container_under_its_names() {
    for is_ours in [false, true] {
        block_on(async {
            let mut world = running().await;
            break_it(&mut world);
            let spec = world.instance_mut("web-1").container.clone();
            let plan = planned(&world, ApplyOptions::default()).await;
            let engine = world.engines[0].clone();
            let other = async {
                until_named(&engine).await;
                if is_ours {
                    // Another run's successor, which this one has not made.
                    engine
                        .create("web-1.next", &spec, &BTreeMap::new(), &ContainerNames::default())
                        .await
                        .expect("created");
                } else {
                    engine.add_foreign("web-1.next", "theirs", ContainerState::Running);
                }
            };
            let (outcome, ()) = tokio::join!(world.run(plan), other);
            assert_eq!(outcome.summary.taken_back, 1, "{:?}", outcome.failures());
            let states = engine.states();
            assert_eq!(states["web-1"], ContainerState::Running);
            assert!(states.contains_key("web-1.next"), "ours: {is_ours}: {states:?}");
        });
    }
}

/// A program that is not there.
fn never() -> Vec<Check> {
    let within = Duration::from_secs(3);
    let tries = Tries { within, at_least: 1, each: within, at_most: Some(within) };
    vec![Check::Exec { command: vec!["/no/such/program".to_owned()], env_from: EnvFrom::Variables, tries }]
}

#[test]
fn a_roll_out_stops_and_starts_nothing_whose_checks_before_do_not_pass() {
    block_on(async {
        let mut world = running().await;
        let old =
            world.engines[0].inspect("web-1").await.expect("answered").expect("it is there").description.id;
        world.instance_mut("web-1").container.env.insert("VERSION".to_owned(), Some("2".to_owned()));
        world.instance_mut("web-1").lifecycle.pre_stop = never();
        let outcome = world.run(planned(&world, ApplyOptions::default()).await).await;
        assert_eq!((outcome.summary.failed, outcome.at("stop", "web-1", false)), (1, None));
        let now = world.engines[0].inspect("web-1").await.expect("answered").expect("it is there");
        assert_eq!((now.description.id, now.state), (old, ContainerState::Running));
        world.instance_mut("web-1").lifecycle.pre_stop.clear();
        world.instance_mut("web-1").lifecycle.pre_start = never();
        let outcome = world.run(planned(&world, ApplyOptions::default()).await).await;
        let failed = |event: &Event| {
            matches!(event, Event::StepFailed { action: ActionKind::Check(LifecycleState::PreStart), .. })
        };
        let failed = outcome.events.iter().position(failed).expect("its check fails");
        // What starts then is the old one, which comes back.
        assert!(outcome.at("start", "web-1", false).is_none_or(|started| failed < started));
        assert_eq!(outcome.summary.failed, 1, "{:?}", outcome.failures());
    });
}

#[test]
fn containers_of_an_environment_with_a_longer_name_are_no_orphans() {
    block_on(async {
        let world = running().await;
        let mut spec = world.environment.instances[0].container.clone();
        "world-2".clone_into(&mut spec.owner.environment);
        "web-2".clone_into(&mut spec.name);
        world.engines[0]
            .create("web-2", &spec, &BTreeMap::new(), &ContainerNames::default())
            .await
            .expect("created");
        world.engines[0].start("web-2").await.expect("started");
        let found = orphans::list(&world.environment, &world.observe().await);
        assert!(found.is_empty(), "{found:?}");
        let plan = planned(&world, ApplyOptions { prune: true, ..ApplyOptions::default() }).await;
        assert!(plan.steps.is_empty(), "{plan:?}");
    });
}

#[test]
fn clean_leaves_a_network_that_is_not_the_environments() {
    block_on(async {
        let world = World::new(1);
        for labels in
            [BTreeMap::new(), BTreeMap::from([("maestro.environment".to_owned(), "world-2".to_owned())])]
        {
            world.engines[0]
                .create_network("maestro-world", &labels.clone().into(), false)
                .await
                .expect("created");
            let plan = tidy::plan_clean(&world.environment, &world.observe().await, &world.all(), false);
            let removes = |action: &Action| action.kind() == ActionKind::RemoveNetwork;
            assert!(!plan.steps.iter().any(|step| removes(&step.action)), "{plan:?}");
            world.engines[0].remove_network("maestro-world").await.expect("removed");
        }
    });
}

#[test]
fn a_stop_also_stops_what_an_ended_run_has_left_running() {
    block_on(async {
        let world = running().await;
        let spec = world.environment.instances[0].container.clone();
        world.engines[0]
            .create("web-1.next", &spec, &BTreeMap::new(), &ContainerNames::default())
            .await
            .expect("created");
        world.engines[0].start("web-1.next").await.expect("started");
        let options = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
        let plan = stop::plan(&world.environment, &world.observe().await, &world.all(), options);
        assert!(world.run(plan).await.failures().is_empty());
        assert!(world.engines[0].states().values().all(|state| !state.is_up()));
    });
}

#[test]
fn a_replacement_starts_when_the_orphan_that_holds_its_port_is_down() {
    block_on(async {
        let port = Port {
            name: String::new(),
            container: 80,
            host: 8080,
            count: 1,
            choice: 1,
            protocol: Protocol::Tcp,
            bind: None,
            ipv6: false,
        };
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        let without = world.environment.clone();
        world.service("old", &[0], &[]);
        world.instance_mut("old-1").container.ports = vec![port.clone()];
        world.engines[0].add_image("slow");
        let stops_after = Duration::from_secs(5);
        world.engines[0].behave("slow", Behaviour { stops_after, ..Behaviour::default() });
        "slow".clone_into(&mut world.instance_mut("old-1").container.image);
        assert!(world.run(planned(&world, ApplyOptions::default()).await).await.failures().is_empty());
        world.environment = without;
        world.instance_mut("web-1").ports = vec![port.clone()];
        world.instance_mut("web-1").container.ports = vec![port];
        let prune = ApplyOptions { prune: true, ..ApplyOptions::default() };
        let outcome = world.run(planned(&world, prune).await).await;
        assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
        assert_eq!(world.engines[0].states(), [("web-1".to_owned(), ContainerState::Running)].into());
    });
}

/// A container of that name from something else is not what a lost answer was about.
#[test]
fn another_container_under_the_name_is_not_taken_for_the_one_that_was_renamed() {
    block_on(async {
        let mut world = running().await;
        world.instance_mut("web-1").container.env.insert("VERSION".to_owned(), Some("2".to_owned()));
        let plan = planned(&world, ApplyOptions::default()).await;
        let engine = world.engines[0].clone();
        engine.fail_next("rename", "", InjectedFault::RequestLost);
        engine.slow("rename", Duration::from_secs(1));
        let other = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            engine.add_foreign("web-1.previous", "theirs", ContainerState::Running);
        };
        let (outcome, ()) = tokio::join!(world.run(plan), other);
        assert_eq!(outcome.summary.unknown, 1, "{:?}", outcome.events);
    });
}

/// Waits until a container has that name and runs the new image.
async fn until_runs(engine: &Fake, name: &str) {
    let is_it =
        |one: &Container| one.name == name && one.image == "app:2" && one.state == ContainerState::Running;
    while engine.peek(|all| all.filter(|one| is_it(one)).count() == 0) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Two runs that both believe to hold the lease: the other one has removed the successor.
#[test]
fn a_predecessor_is_not_removed_when_its_successor_is_gone() {
    block_on(async {
        let mut world = World::new(1);
        world.service("web", &[0, 0], &[]);
        assert!(world.run(planned(&world, ApplyOptions::default()).await).await.failures().is_empty());
        world.engines[0].add_image("app:2");
        for name in ["web-1", "web-2"] {
            "app:2".clone_into(&mut world.instance_mut(name).container.image);
        }
        let engine = world.engines[0].clone();
        let plan = planned(&world, ApplyOptions::default()).await;
        let other = async {
            until_runs(&engine, "web-2").await;
            engine.take_away("web-1");
        };
        let (outcome, ()) = tokio::join!(world.run(plan), other);
        assert_eq!(outcome.summary.failed, 1, "{:?}", outcome.events);
        let states = engine.states();
        assert!(states.contains_key("web-1.previous") && states.contains_key("web-2"), "{states:?}");
    });
}

/// Two runs that both believe to hold the lease: the other one has removed the predecessor.
#[test]
fn a_successor_that_fails_is_kept_when_its_predecessor_is_gone() {
    block_on(async {
        let mut world = running().await;
        break_it(&mut world);
        let engine = world.engines[0].clone();
        let plan = planned(&world, ApplyOptions::default()).await;
        let other = async {
            until_named(&engine).await;
            engine.take_away("web-1.previous");
        };
        let (outcome, ()) = tokio::join!(world.run(plan), other);
        assert_eq!((outcome.summary.failed, outcome.summary.taken_back), (2, 0), "{:?}", outcome.events);
        assert!(engine.states().contains_key("web-1"), "{:?}", engine.states());
    });
}

/// The requests are lost, and what is seen then is not what they would have done.
#[test]
fn a_lost_creation_or_removal_is_not_told_as_done() {
    block_on(async {
        let mut world = running().await;
        world.instance_mut("web-1").container.env.insert("VERSION".to_owned(), Some("2".to_owned()));
        world.engines[0].fail_next("remove", "", InjectedFault::RequestLost);
        let outcome = world.run(planned(&world, ApplyOptions::default()).await).await;
        assert_eq!(outcome.summary.unknown, 1, "{:?}", outcome.events);
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        let mut other = world.environment.instances[0].container.clone();
        other.env.insert("VERSION".to_owned(), Some("2".to_owned()));
        let plan = planned(&world, ApplyOptions::default()).await;
        let engine = world.engines[0].clone();
        engine.create("web-1", &other, &BTreeMap::new(), &ContainerNames::default()).await.expect("created");
        engine.fail_next("create", "", InjectedFault::RequestLost);
        let outcome = world.run(plan).await;
        assert_eq!(outcome.summary.unknown, 1, "{:?}", outcome.events);
    });
}

/// The second give-back of one lease would find it gone, and tell it as lost.
#[tokio::test(start_paused = true)]
async fn two_ships_that_are_one_engine_have_one_lease() {
    let mut world = World::on_one_engine(2);
    world.service("web", &[0, 1], &[]);
    let changed = Machines::default().run(1, &world, "apply").await;
    assert_eq!((changed.summary.failed, changed.released), (0, vec![Released::Free]));
    let calls = world.engines[0].calls();
    let leases = calls.iter().filter(|call| call.method == "create_volume" && call.about.contains("lease"));
    assert_eq!(leases.count(), 1);
    assert_eq!(world.engines[0].states().len(), 2);
}
