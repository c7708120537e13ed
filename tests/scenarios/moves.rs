//! Instances that the file has on another ship than the one that their container is on.

use std::{num::NonZeroUsize, time::Duration};

use maestro_core::{
    model::{
        ShipId,
        container::{ContainerNames, Mount},
        update::OnFailure,
    },
    observed::{ContainerState, ShipState},
    plan::{
        BlockedReason, Plan,
        apply::ApplyOptions,
        moves::{maybe_elsewhere, on_old_ship},
        orphans,
        reason::{Note, UnchangedReason},
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
    },
};
use maestro_engine::{Containers as _, Networks as _};
use maestro_fake::{Behaviour, InjectedFault};

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

fn states(world: &World, ship: usize) -> Vec<(String, ContainerState)> {
    world.engines[ship].states().into_iter().collect()
}

fn only(state: ContainerState) -> Vec<(String, ContainerState)> {
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
    assert_eq!((states(world, 0), states(world, 1)), (Vec::new(), only(ContainerState::Running)));
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
        assert!(plan.orphans.is_empty() && plan.blocked.is_empty());
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
            assert_eq!(plan.blocked[0].reason, BlockedReason::Moved { from: ShipId(0), data: data.clone() });
            assert!(plan.has_blocked_data() && plan.steps.is_empty() && plan.orphans.is_empty());
            world.run(plan).await;
            assert_eq!((states(&world, 0), states(&world, 1)), (only(ContainerState::Running), Vec::new()));
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
        assert!(plan.has_blocked_data() && plan.steps.is_empty());
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
        assert_eq!((states(&world, 0), states(&world, 1)), (only(ContainerState::Running), Vec::new()));
    });
}

#[test]
fn a_move_that_was_ended_anywhere_is_carried_on() {
    block_on(async {
        for method in ["create", "stop", "start", "remove"] {
            for fault in [InjectedFault::Unreachable, InjectedFault::AnswerLost, InjectedFault::RequestLost] {
                let world = moved(&[mount("data", "/data", "rw")]).await;
                for engine in &world.engines {
                    engine.fail_next(method, "", fault.clone());
                }
                apply(&world, moving()).await;
                for engine in &world.engines {
                    // What was not contacted for is not to go wrong later.
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
        observed.ships[0] = ShipState::Unreachable { reason: "refused".into() };
        let planned = |moves| {
            let options = StartOptions { moves, ..StartOptions::default() };
            start::plan(&world.environment, &observed, &world.all(), options)
        };
        let plan = planned(false);
        let reason = BlockedReason::Elsewhere { ship: ShipId(0), reason: "refused".into() };
        assert_eq!(plan.blocked.iter().map(|held| &held.reason).collect::<Vec<_>>(), [&reason]);
        // What keeps nothing is started, and what does if the user says so; both are told.
        let told = |plan: &Plan| -> Vec<Note> { plan.remarks.iter().map(|one| one.note.clone()).collect() };
        let of = |names: &[&str]| Note::MayRunOnSilentShip {
            ship: "ship-0".to_owned(),
            instances: names.iter().map(|&name| name.to_owned()).collect(),
        };
        assert_eq!(told(&plan), [of(&["web-1"])]);
        assert_eq!(told(&planned(true)), [of(&["db-1", "web-1"])]);
        assert!(
            plan.steps.iter().all(|step| step.instance == Some(world.id("web-1")) || step.instance.is_none())
        );
        assert!(planned(true).blocked.is_empty());
    });
}

#[test]
fn one_that_has_not_moved_yet_is_stopped_where_it_is() {
    block_on(async {
        for how in [StopMethod::Stop, StopMethod::Kill] {
            let mut world = moved(&[mount("data", "/data", "rw")]).await;
            world.service("web", &[1], &["db"]);
            let observed = world.observe().await;
            let on_old_ship = on_old_ship(&world.environment, &observed);
            let db = world.id("db-1");
            assert_eq!((on_old_ship.len(), on_old_ship[&db].ship), (1, ShipId(0)));
            assert!(orphans::list(&world.environment, &observed).is_empty());
            let options = StopOptions { how, adopt: false, ignore_dependencies: false };
            let selected = world.some(&["db-1"]);
            let plan = stop::plan(&world.environment, &observed, &selected, options);
            assert_eq!((plan.steps.len(), plan.steps[0].ship), (1, ShipId(0)));
            let outcome = world.run(plan).await;
            assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
            assert_eq!((states(&world, 0), states(&world, 1)), (only(ContainerState::Exited), Vec::new()));
            let again = stop::plan(&world.environment, &world.observe().await, &selected, options);
            assert_eq!(again.unchanged[0].reason, UnchangedReason::DownOnShip(ShipId(0)));
        }
    });
}

#[test]
fn what_requires_one_on_its_old_ship_is_stopped_first() {
    block_on(async {
        let mut world = moved(&[]).await;
        world.instance_mut("db-1").ship = ShipId(0);
        world.service("web", &[1], &["db"]);
        assert!(apply(&world, plain()).await.failures().is_empty());
        world.instance_mut("db-1").ship = ShipId(1);
        let options = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
        let plan = stop::plan(&world.environment, &world.observe().await, &world.all(), options);
        let outcome = world.run(plan).await;
        let (web, db) = (outcome.at("stop", "web-1", true), outcome.at("stop", "db-1", false));
        assert!(web.is_some() && web < db, "{web:?} {db:?}");
    });
}

#[test]
fn a_silent_ship_may_have_what_is_missing_on_its_own() {
    block_on(async {
        let world = moved(&[]).await;
        let mut observed = world.observe().await;
        let selected = world.all();
        assert!(maybe_elsewhere(&world.environment, &observed, &selected).is_empty());
        observed.ships[0] = ShipState::Unreachable { reason: "refused".into() };
        let missing = maybe_elsewhere(&world.environment, &observed, &selected);
        assert_eq!(missing, [(world.id("db-1"), ShipId(0))]);
    });
}

/// Three instances of `web`, which run on the first of two ships and which the file has on the second now.
async fn three_moved() -> World {
    let mut world = World::new(2);
    world.service("web", &[0, 0, 0], &[]);
    assert!(apply(&world, plain()).await.failures().is_empty());
    for instance in &mut world.environment.instances {
        instance.ship = ShipId(1);
    }
    world
}

#[test]
fn instances_of_a_service_move_in_batches() {
    block_on(async {
        for parallel in [1, 2, 3] {
            let mut world = three_moved().await;
            world.environment.services[0].update.parallel = NonZeroUsize::new(parallel).expect("not 0");
            let outcome = apply(&world, plain()).await;
            assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
            let names = ["web-1", "web-2", "web-3"];
            let down: Vec<_> = names.map(|name| outcome.at("stop", name, false).expect("it stops")).into();
            let ready: Vec<_> =
                names.map(|name| outcome.at("ready", name, true).expect("it is ready")).into();
            let most =
                (0..3).map(|at| (0..3).filter(|of| down[*of] <= down[at] && ready[*of] > down[at]).count());
            assert_eq!(most.max(), Some(parallel), "{down:?} {ready:?}");
            assert!(states(&world, 0).is_empty() && states(&world, 1).len() == 3);
            assert!(planned(&world, plain()).await.steps.is_empty());
        }
    });
}

#[test]
fn a_service_whose_last_move_fails_goes_back_to_its_old_ship() {
    block_on(async {
        let mut world = three_moved().await;
        "broken".clone_into(&mut world.instance_mut("web-3").container.image);
        world.engines[1].add_image("broken");
        let dies = Some((Duration::from_millis(50), 3));
        world.engines[1].behave("broken", Behaviour { dies, ..Behaviour::default() });
        let outcome = apply(&world, plain()).await;
        assert_eq!((outcome.failures().len(), outcome.summary.taken_back), (1, 3));
        let running = |name: &str| (name.to_owned(), ContainerState::Running);
        assert_eq!(states(&world, 0), ["web-1", "web-2", "web-3"].map(running));
        assert!(states(&world, 1).is_empty());
        // What fails by itself comes back by itself if the service says so.
        world.environment.services[0].update.on_failure = OnFailure::Continue;
        let outcome = apply(&world, plain()).await;
        assert_eq!((outcome.failures().len(), outcome.summary.taken_back), (1, 1));
        assert_eq!(states(&world, 0), ["web-3"].map(running));
        assert_eq!(states(&world, 1), ["web-1", "web-2"].map(running));
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
        assert!(plan.steps.is_empty() && plan.moves.is_empty() && plan.blocked.is_empty(), "{plan:?}");
    });
}

#[test]
fn what_runs_on_both_ships_is_an_orphan_on_the_other() {
    block_on(async {
        let world = moved(&[]).await;
        let spec = &world.environment.instances[0].container;
        world.engines[1]
            .create_network("maestro-world", &maestro_core::model::network::NetworkOptions::default(), false)
            .await
            .expect("a network");
        world.engines[1]
            .create("db-1", spec, &[].into(), &ContainerNames::default())
            .await
            .expect("a container");
        world.engines[1].start("db-1").await.expect("it starts");
        let plan = planned(&world, plain()).await;
        assert_eq!((plan.orphans.len(), plan.moves.len(), plan.steps.len()), (1, 0, 0));
    });
}
