//! A dependant starts after what it requires is ready, and stops before it; nothing else waits.

use std::{collections::BTreeSet, time::Duration};

use maestro_core::{
    model::InstanceId,
    observed::ContainerState,
    plan::{
        reason::{BarrierKind, Note},
        restart::{self, RestartOptions},
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
        tidy,
    },
};
use maestro_fake::Behaviour;
use maestro_run::execute::{PER_ENGINE, STOP_COUNTS};
use proptest::prelude::*;

use crate::world::World;

const STOP: StopOptions = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };

/// Services that each require some of the ones before them, with one to three instances on two ships.
fn worlds() -> impl Strategy<Value = Vec<(Vec<usize>, Vec<usize>)>> {
    let service = (prop::collection::vec(0..2_usize, 1..4), prop::collection::vec(0..12_usize, 0..4));
    prop::collection::vec(service, 1..12)
}

fn build(shape: &[(Vec<usize>, Vec<usize>)]) -> World {
    let mut world = World::new(2);
    for (index, (ships, requires)) in shape.iter().enumerate() {
        let requires: Vec<String> =
            requires.iter().filter(|&&other| other < index).map(|other| format!("s{other}")).collect();
        let requires: Vec<&str> = requires.iter().map(String::as_str).collect();
        world.service(&format!("s{index}"), ships, &requires);
    }
    world
}

/// All pairs of (dependant, what it needs), however indirectly.
fn pairs(world: &World) -> Vec<(String, String)> {
    let environment = &world.environment;
    let mut pairs = Vec::new();
    for id in environment.instance_ids() {
        let mut pending = environment.service(environment.instance(id).service).requires.clone();
        let mut seen = BTreeSet::new();
        while let Some(requirement) = pending.pop() {
            let maestro_core::model::Required::Service(service) = requirement.on else { continue };
            if seen.insert(service) {
                pending.extend(environment.service(service).requires.clone());
                for &needed in &environment.service(service).instances {
                    pairs.push((
                        environment.instance(id).name.clone(),
                        environment.instance(needed).name.clone(),
                    ));
                }
            }
        }
    }
    pairs
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_start_and_a_stop_keep_the_order(shape in worlds(), chosen in prop::collection::vec(any::<bool>(), 36)) {
        block_on(async {
            let world = build(&shape);
            // A part of the instances only: the order holds through those that are left out as well.
            let some: BTreeSet<InstanceId> = world.all().into_iter().filter(|id| chosen[id.0 % chosen.len()]).collect();
            let plan = start::plan(&world.environment, &world.observe().await, &some, StartOptions::default());
            let started = world.run(plan).await;
            prop_assert_eq!(started.failures().len(), 0);
            for (dependant, needed) in pairs(&world) {
                if let (Some(start), Some(ready)) =
                    (started.at("start", &dependant, false), started.at("ready", &needed, true))
                {
                    prop_assert!(ready < start, "{} started before {} was ready", dependant, needed);
                }
            }
            let up = world.engines.iter().flat_map(maestro_fake::Fake::states).filter(|(_, state)| state.is_up()).count();
            prop_assert_eq!(up, some.len());

            let again = start::plan(&world.environment, &world.observe().await, &some, StartOptions::default());
            prop_assert_eq!(again.steps.len(), 0, "a second run changes nothing");

            let restarted = restart::plan(&world.environment, &world.observe().await, &some, RestartOptions::default());
            let restarted = world.run(restarted).await;
            prop_assert_eq!(restarted.failures().len(), 0);
            for (dependant, needed) in pairs(&world) {
                if let (Some(down), Some(stop)) =
                    (restarted.at("stop", &dependant, true), restarted.at("stop", &needed, false))
                {
                    prop_assert!(down < stop, "{} was stopped before {}", needed, dependant);
                    prop_assert!(restarted.at("ready", &needed, true) < restarted.at("start", &dependant, false));
                }
            }

            let plan = stop::plan(&world.environment, &world.observe().await, &some, STOP);
            let stopped = world.run(plan).await;
            for (dependant, needed) in pairs(&world) {
                if let (Some(down), Some(stop)) =
                    (stopped.at("stop", &dependant, true), stopped.at("stop", &needed, false))
                {
                    prop_assert!(down < stop, "{} was stopped before {}", needed, dependant);
                }
            }
            let left = world.engines.iter().flat_map(maestro_fake::Fake::states);
            prop_assert!(left.into_iter().all(|(_, state)| state == ContainerState::Exited));
            Ok(())
        })?;
    }

    #[test]
    fn changes_under_way_on_one_engine_are_bounded(shape in worlds(), limit in 1..4_usize) {
        block_on(async {
            let world = build(&shape);
            for engine in &world.engines {
                engine.slow("create", Duration::from_millis(10));
                engine.slow("start", Duration::from_millis(100));
            }
            let plan = start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
            let (_keep, interrupted) = tokio::sync::watch::channel(false);
            world.run_with(plan, Some(limit), interrupted).await;
            let most: usize = world.engines.iter().map(maestro_fake::Fake::most_under_way).sum();
            prop_assert!(most <= limit * world.engines.len());
            for engine in &world.engines {
                prop_assert!(engine.most_under_way() <= limit.min(PER_ENGINE));
            }
            Ok(())
        })?;
    }
}

#[tokio::test(start_paused = true)]
async fn a_dependant_is_pulled_and_created_while_what_it_requires_gets_ready() {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0], &["db"]);
    world.instance_mut("web-1").container.image = "far/app".to_owned();
    world.engines[0].allow_pull("far/app");
    world.engines[0].slow("pull", Duration::from_millis(200));
    world.engines[0].slow("start", Duration::from_millis(100));
    let plan = start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    let outcome = world.run(plan).await;
    let created = outcome.at("create", "web-1", true).expect("web-1 is created");
    assert!(created < outcome.at("ready", "db-1", true).expect("db-1 gets ready"));
    // db: start 100 ms, ready 300 ms; web: start 100 ms, ready 300 ms. Its pull costs nothing.
    assert_eq!(outcome.summary.milliseconds, 800);
}

#[tokio::test(start_paused = true)]
async fn independent_instances_start_together() {
    let mut world = World::new(1);
    world.service("web", &[0, 0, 0, 0], &[]);
    world.engines[0].slow("start", Duration::from_millis(100));
    let plan = start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    assert_eq!(world.run(plan).await.summary.milliseconds, 400);
}

#[tokio::test(start_paused = true)]
async fn a_large_service_behind_a_large_service_is_a_small_plan() {
    let mut world = World::new(1);
    world.service("db", &[0; 500], &[]);
    world.service("web", &[0; 500], &["db"]);
    let plan = start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    let edges: usize = plan.steps.iter().map(|step| step.after.len()).sum();
    assert!(edges < 5_000, "{edges} edges");
}

#[tokio::test(start_paused = true)]
async fn a_container_that_stops_slowly_is_waited_for_before_what_it_needs_is_stopped() {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0], &["db"]);
    world.engines[0].behave("app", Behaviour { stops_after: Duration::from_secs(3), ..Behaviour::default() });
    let start =
        start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    world.run(start).await;
    let stop = stop::plan(&world.environment, &world.observe().await, &world.all(), STOP);
    assert_eq!(world.run(stop).await.summary.milliseconds, 6_000);
}

#[tokio::test(start_paused = true)]
async fn what_runs_is_verified_before_what_requires_it_starts() {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0], &["db"]);
    let wait = Duration::from_secs(2);
    world.instance_mut("db-1").lifecycle.running = vec![maestro_core::model::Check::Sleep { wait }];
    let start =
        start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    world.run(start).await;
    let again =
        start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    assert!(!again.changes() && again.verifications() == 1, "{again:?}");
    let id = world.id("web-1");
    let only_web = [id].into();
    let stop = stop::plan(&world.environment, &world.observe().await, &only_web, STOP);
    world.run(stop).await;
    let start =
        start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    let outcome = world.run(start).await;
    assert!(outcome.at("verify", "db-1", true) < outcome.at("start", "web-1", false));
}

#[tokio::test(start_paused = true)]
async fn what_is_required_but_down_and_not_asked_for_is_told() {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0], &["db"]);
    let only_web = [world.id("web-1")].into();
    let plan = start::plan(&world.environment, &world.observe().await, &only_web, StartOptions::default());
    let notes: Vec<&Note> = plan.remarks.iter().map(|remark| &remark.note).collect();
    assert_eq!(notes, [&Note::RequiresDown(vec!["db-1".into()])]);
    let all = start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    assert_eq!(all.remarks, []);
}

#[tokio::test(start_paused = true)]
async fn programs_that_take_long_to_end_do_not_keep_others_from_being_stopped() {
    let stopped = async |limit, lines| {
        let mut world = World::new(1);
        world.service("app", &[0; 3 * PER_ENGINE], &[]);
        if let Some(lines) = lines {
            world.engines[0].limit_lines(lines);
        }
        world.engines[0]
            .behave("app", Behaviour { stops_after: Duration::from_secs(3), ..Behaviour::default() });
        world
            .run(start::plan(
                &world.environment,
                &world.observe().await,
                &world.all(),
                StartOptions::default(),
            ))
            .await;
        let plan = stop::plan(&world.environment, &world.observe().await, &world.all(), STOP);
        let (_keep, interrupted) = tokio::sync::watch::channel(false);
        world.run_with(plan, limit, interrupted).await.summary.milliseconds
    };
    let latest = u64::try_from((2 * STOP_COUNTS).as_millis()).unwrap();
    let took = stopped(None, None).await;
    assert!((3000 + latest..3100 + latest).contains(&took), "{took} ms");
    // Who has said how many may be under way means it.
    let took = stopped(Some(PER_ENGINE), None).await;
    assert!((9000..9100).contains(&took), "{took} ms");
    // Nor are all lines to an engine taken by calls that last: half of them are left for others.
    let took = stopped(None, Some(PER_ENGINE)).await;
    assert!((18_000..18_100).contains(&took), "{took} ms");
}

#[tokio::test(start_paused = true)]
async fn two_ships_that_are_one_engine_have_one_network_and_one_bound() {
    let mut world = World::on_one_engine(2);
    world.service("web", &[0, 0, 0, 1, 1, 1], &[]);
    world.engines[0].slow("start", Duration::from_millis(100));
    let plan = start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    world.run(plan).await;
    let networks = world.engines[0].calls().iter().filter(|call| call.method == "create_network").count();
    assert_eq!(networks, 1);
    assert!(world.engines[0].most_under_way() <= PER_ENGINE);
    let stop = stop::plan(&world.environment, &world.observe().await, &world.all(), STOP);
    world.run(stop).await;
    let clean = tidy::plan_clean(&world.environment, &world.observe().await, &world.all(), false);
    let outcome = world.run(clean).await;
    assert_eq!(outcome.failures().len(), 0);
    let removed = world.engines[0].calls().iter().filter(|call| call.method == "remove_network").count();
    assert_eq!((removed, world.engines[0].states().len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_barrier_that_nothing_waits_for_is_not_in_the_plan() {
    let mut world = World::new(1);
    world.service("db", &[0, 0], &[]);
    world.service("web", &[0, 0], &["db"]);
    let plan = start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    assert_eq!(
        plan.barriers.iter().map(|barrier| barrier.kind).collect::<Vec<_>>(),
        [BarrierKind::ServiceReady(maestro_core::model::ServiceId(0))]
    );
}
