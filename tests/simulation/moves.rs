//! Instances that the file has on another ship than the one that their container is on.

use std::time::Duration;

use maestro::{
    engine::{
        Engine as _,
        fake::{Behaviour, Fault},
    },
    model::{ShipId, container::Mount},
    observed::{ShipState, State},
    plan::{
        HeldReason, Plan,
        apply::ApplyOptions,
        start::{self, StartOptions},
    },
};

use crate::{
    apply::{block_on, planned},
    world::{Outcome, World},
};

fn mount(source: &str, target: &str, mode: &str) -> Mount {
    Mount { source: source.into(), target: target.into(), mode: mode.into() }
}

fn plain() -> ApplyOptions {
    ApplyOptions::default()
}

fn moving() -> ApplyOptions {
    ApplyOptions { moves: true, ..plain() }
}

async fn apply(world: &World, options: ApplyOptions) -> Outcome {
    world.run(planned(world, options).await).await
}

/// `db-1` with these mounts, which runs on the first of two ships and which the file has on the second now.
async fn moved(mounts: &[Mount]) -> World {
    let mut world = World::new(2);
    world.service("db", &[0], &[]);
    world.instance_mut("db-1").container.mounts = mounts.to_vec();
    assert!(apply(&world, plain()).await.failures().is_empty());
    world.instance_mut("db-1").ship = ShipId(1);
    world
}

fn states(world: &World, ship: usize) -> Vec<(String, State)> {
    world.engines[ship].states().into_iter().collect()
}

fn only(state: State) -> Vec<(String, State)> {
    vec![("db-1".to_owned(), state)]
}

/// At no time does the instance run on both ships.
fn never_both(outcome: &Outcome) {
    let (down, up) = (outcome.at("stop", "db-1", true), outcome.at("start", "db-1", false));
    assert!(down.is_some() && down < up, "{down:?} {up:?}");
}

async fn is_done(world: &World) {
    let plan = planned(world, plain()).await;
    assert!(plan.steps.is_empty() && plan.moves.is_empty() && plan.orphans.is_empty(), "{plan:?}");
    assert_eq!((states(world, 0), states(world, 1)), (Vec::new(), only(State::Running)));
}

#[test]
fn an_instance_without_data_moves_in_one_plan() {
    block_on(async {
        let mounts = [
            mount("/srv/config", "/etc/app", "ro"),
            mount("/var/run/docker.sock", "/var/run/docker.sock", "rw"),
        ];
        let world = moved(&mounts).await;
        let plan = planned(&world, plain()).await;
        assert!(plan.orphans.is_empty() && plan.held.is_empty());
        assert_eq!((plan.moves[0].from, plan.moves[0].data.len()), (ShipId(0), 0));
        let outcome = world.run(plan).await;
        assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
        never_both(&outcome);
        is_done(&world).await;
    });
}

#[test]
fn data_is_left_only_if_that_is_asked_for() {
    block_on(async {
        for (source, shown) in [("/srv/db", "/srv/db (/data)"), ("data", "volume data (/data)")] {
            let world = moved(&[mount(source, "/data", "rw")]).await;
            let plan = planned(&world, plain()).await;
            let data = vec![shown.to_owned()];
            assert_eq!(plan.held[0].reason, HeldReason::Moved { from: ShipId(0), data: data.clone() });
            assert!(plan.holds_data() && plan.steps.is_empty() && plan.orphans.is_empty());
            world.run(plan).await;
            assert_eq!((states(&world, 0), states(&world, 1)), (only(State::Running), Vec::new()));
            let plan = planned(&world, moving()).await;
            assert_eq!(plan.moves[0].data, data);
            let outcome = world.run(plan).await;
            assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
            never_both(&outcome);
            is_done(&world).await;
        }
    });
}

async fn start(world: &World, moves: bool) -> Plan {
    let options = StartOptions { moves, ..StartOptions::default() };
    start::plan(&world.environment, &world.observe().await, &world.all(), options)
}

#[test]
fn a_start_moves_too_and_stopped_data_counts() {
    block_on(async {
        let world = moved(&[mount("data", "/data", "rw")]).await;
        world.engines[0].stop("db-1", Duration::ZERO).await.expect("it runs");
        let plan = start(&world, false).await;
        assert!(plan.holds_data() && plan.steps.is_empty());
        let outcome = world.run(start(&world, true).await).await;
        assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
        is_done(&world).await;
    });
}

#[test]
fn what_does_not_work_on_the_new_ship_comes_back_on_the_old_one() {
    block_on(async {
        let world = moved(&[mount("data", "/data", "rw")]).await;
        let dies = Some((Duration::from_millis(50), 3));
        world.engines[1].behave("app", Behaviour { dies, ..Behaviour::default() });
        let outcome = apply(&world, moving()).await;
        assert_eq!((outcome.failures().len(), outcome.summary.taken_back), (1, 1));
        assert_eq!((states(&world, 0), states(&world, 1)), (only(State::Running), Vec::new()));
    });
}

#[test]
fn a_move_that_was_ended_anywhere_is_carried_on() {
    block_on(async {
        for method in ["create", "stop", "start", "remove"] {
            for fault in [Fault::Unreachable, Fault::AnswerLost, Fault::RequestLost] {
                let world = moved(&[mount("data", "/data", "rw")]).await;
                for engine in &world.engines {
                    engine.fail_next(method, "", fault.clone());
                }
                apply(&world, moving()).await;
                for engine in &world.engines {
                    // What was not asked for is not to go wrong later.
                    engine.forget_faults();
                }
                apply(&world, moving()).await;
                is_done(&world).await;
            }
        }
    });
}

#[test]
fn one_that_may_run_on_a_ship_that_does_not_answer_is_not_started_elsewhere() {
    block_on(async {
        let mut world = moved(&[mount("data", "/data", "rw")]).await;
        world.service("web", &[1], &[]);
        let mut observed = world.observe().await;
        observed.ships[0] = ShipState::Unreachable { reason: "refused".to_owned() };
        let planned = |moves| {
            let options = StartOptions { moves, ..StartOptions::default() };
            start::plan(&world.environment, &observed, &world.all(), options)
        };
        let plan = planned(false);
        let reason = HeldReason::Elsewhere { ship: ShipId(0), reason: "refused".to_owned() };
        assert_eq!(plan.held.iter().map(|held| &held.reason).collect::<Vec<_>>(), [&reason]);
        // What keeps nothing is started, and what does if the user says so.
        assert!(
            plan.steps.iter().all(|step| step.instance == Some(world.id("web-1")) || step.instance.is_none())
        );
        assert!(planned(true).held.is_empty());
    });
}

#[test]
fn two_ships_that_are_one_engine_move_nothing() {
    block_on(async {
        let mut world = World::on_one_engine(2);
        world.service("db", &[0], &[]);
        world.instance_mut("db-1").container.mounts = vec![mount("data", "/data", "rw")];
        assert!(apply(&world, plain()).await.failures().is_empty());
        world.instance_mut("db-1").ship = ShipId(1);
        let plan = planned(&world, plain()).await;
        assert!(plan.steps.is_empty() && plan.moves.is_empty() && plan.held.is_empty(), "{plan:?}");
    });
}

#[test]
fn what_runs_on_both_ships_is_an_orphan_on_the_other() {
    block_on(async {
        let world = moved(&[]).await;
        let spec = &world.environment.instances[0].container;
        world.engines[1].create_network("maestro-world", &[].into(), false).await.expect("a network");
        world.engines[1].create("db-1", spec, &[].into()).await.expect("a container");
        world.engines[1].start("db-1").await.expect("it starts");
        let plan = planned(&world, plain()).await;
        assert_eq!((plan.orphans.len(), plan.moves.len(), plan.steps.len()), (1, 0, 0));
    });
}
