//! Instances that move to another ship with the data of their volumes, and faults on the way.

use std::time::Duration;

use maestro_core::{
    event::{BlockedKind, Cause, Event},
    fault::VolumeCopyFault,
    model::{ShipId, container::Mount},
    observed::{ContainerState, Observed, copy_mark::KeptVolume, restore_mark::RestoreMark},
    plan::{BlockedReason, Plan, VolumeRefusal, apply, apply::ApplyOptions, volume_move},
};
use maestro_engine::{Containers as _, observe};
use maestro_fake::{Behaviour, InjectedFault};
use maestro_report::message::Message;

use crate::{
    apply::block_on,
    world::{Outcome, World},
};

const TABLE: &[u8] = &[7; 9000];

/// Lets something go wrong.
type WorldFault = fn(&World);

/// `db-1` with a volume, which runs on the first of two ships and which the file has on the second now.
async fn moved() -> World {
    let mut world = World::new(2);
    world.service("db", &[0], &[]);
    world.instance_mut("db-1").container.mounts =
        vec![Mount { source: "data".into(), target: "/data".into(), mode: "rw".into() }];
    let plan = applied(&world).await;
    assert!(world.run(plan).await.failures().is_empty());
    world.engines[0].put_file("data", "db/table", TABLE);
    world.instance_mut("db-1").ship = ShipId(1);
    world
}

async fn observed(world: &World) -> Observed {
    tokio::time::sleep(Duration::from_secs(1)).await;
    let question = observe::Question { left_behind: false, leftover_files: false, ..observe::Question::ALL };
    let mut ships = Vec::new();
    for engine in &world.engines {
        ships.push(observe::observe(engine, &world.environment.name, question).await);
    }
    Observed { ships, ..Observed::default() }
}

async fn applied(world: &World) -> Plan {
    apply::plan(&world.environment, &observed(world).await, &world.all(), ApplyOptions::PLAIN)
}

async fn planned(world: &World) -> Plan {
    volume_move::plan(&world.environment, &observed(world).await, world.id("db-1"), false)
}

async fn run(world: &World) -> Outcome {
    world.run(planned(world).await).await
}

/// The states of the containers on each ship, carriers included.
fn states(world: &World) -> [Vec<(String, ContainerState)>; 2] {
    [0, 1].map(|ship| world.engines[ship].states().into_iter().collect())
}

fn only(state: ContainerState) -> Vec<(String, ContainerState)> {
    vec![("db-1".to_owned(), state)]
}

fn table(world: &World, ship: usize) -> Option<Vec<u8>> {
    world.engines[ship].file_of("data", "db/table")
}

fn is_marked(world: &World) -> bool {
    let mark = RestoreMark { environment: "world".into(), volume: "data".into() };
    world.engines[1].volume_names().contains(&mark.record())
}

fn is_kept(world: &World) -> bool {
    world.engines[0].volume_names().contains(&KeptVolume::record_of("world", "data"))
}

/// The instance runs on the new ship alone, with its data, and the old volume is kept.
fn has_moved(world: &World) {
    assert_eq!(states(world), [Vec::new(), only(ContainerState::Running)]);
    assert_eq!([table(world, 0), table(world, 1)], [Some(TABLE.to_vec()), Some(TABLE.to_vec())]);
    assert!(!is_marked(world) && is_kept(world));
}

/// The instance runs on the old ship alone again, and nothing is left on the new one.
fn is_back(world: &World) {
    assert_eq!(states(world), [only(ContainerState::Running), Vec::new()]);
    assert_eq!([table(world, 0), table(world, 1)], [Some(TABLE.to_vec()), None]);
    assert!(!world.engines[1].volume_names().contains(&"data".to_owned()));
    assert!(!is_marked(world) && !is_kept(world));
}

fn cause(outcome: &Outcome) -> &Cause {
    let cause = outcome.events.iter().find_map(|event| match event {
        Event::StepFailed { failure, .. } => Some(&failure.cause),
        _ => None,
    });
    cause.expect("a failure")
}

#[test]
fn an_instance_moves_with_its_data() {
    block_on(async {
        let world = moved().await;
        let outcome = run(&world).await;
        assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
        let (down, up) = (outcome.at("stop", "db-1", true), outcome.at("start", "db-1", false));
        let copied = outcome.at("copy-volume", "db-1", true);
        assert!(down.is_some() && down < copied && copied < up, "{down:?} {copied:?} {up:?}");
        has_moved(&world);
        assert!(applied(&world).await.steps.iter().all(maestro_core::plan::Step::is_verification));
        // Back again: what is kept there is not overwritten.
        let mut world = world;
        world.instance_mut("db-1").ship = ShipId(0);
        let plan = planned(&world).await;
        assert_eq!(
            plan.blocked[0].reason,
            BlockedReason::Volume(VolumeRefusal::Exists { volume: "data".into() })
        );
    });
}

#[test]
fn what_fails_on_the_way_brings_the_old_container_back() {
    block_on(async {
        let faults: [(&str, WorldFault); 6] = [
            ("the line is cut while it is read", |world| world.engines[0].break_archive_after(5000)),
            ("the line is cut while it is written", |world| world.engines[1].break_archive_after(5000)),
            ("the disk is full", |world| world.engines[1].limit_room(5000)),
            ("a file is damaged", |world| world.engines[1].damage_writes()),
            ("the new ship refuses the container", |world| {
                world.engines[1].fail_next("create", "db-1", InjectedFault::Refused("no".into()));
            }),
            ("the new container ends", |world| {
                let dies = Some((Duration::from_millis(50), 1));
                world.engines[1].behave("app", Behaviour { dies, ..Behaviour::default() });
            }),
        ];
        for (what, fault) in faults {
            let world = moved().await;
            fault(&world);
            let outcome = run(&world).await;
            assert_eq!(outcome.failures().len(), 1, "{what}: {:?}", outcome.failures());
            assert_eq!(outcome.summary.taken_back, 1, "{what}");
            let texts = outcome.failure_texts();
            assert!(texts[0].state.contains("rolled back"), "{what}: {:?}", texts[0]);
            is_back(&world);
        }
    });
}

#[test]
fn a_damaged_copy_is_told_as_such() {
    block_on(async {
        let world = moved().await;
        world.engines[1].damage_writes();
        let outcome = run(&world).await;
        assert!(
            matches!(cause(&outcome), Cause::NotCopied { fault: VolumeCopyFault::Differs { .. }, .. }),
            "{:?}",
            cause(&outcome)
        );
        let outcome = run(&world).await;
        assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
        has_moved(&world);
    });
}

/// The run is killed while the archive is read, and the next one comes to the same end.
#[test]
fn a_run_that_is_killed_in_the_copy_is_begun_again() {
    block_on(async {
        let world = moved().await;
        let plan = planned(&world).await;
        world.engines[0].slow("read_archive", Duration::from_secs(60));
        let killed = tokio::time::timeout(Duration::from_secs(30), world.run(plan)).await;
        assert!(killed.is_err() && is_marked(&world));
        // Neither `apply` nor `start` takes what is there for the data.
        for moves in [false, true] {
            let options = ApplyOptions { moves, ..ApplyOptions::PLAIN };
            let plan = apply::plan(&world.environment, &observed(&world).await, &world.all(), options);
            assert!(
                matches!(plan.blocked[0].reason, BlockedReason::Volume(VolumeRefusal::CopyNotTaken { .. })),
                "{plan:?}"
            );
            assert!(plan.steps.is_empty());
        }
        world.engines[0].slow("read_archive", Duration::ZERO);
        // Carriers of a process that lives are another run's; this one's are gone with it.
        for engine in &world.engines {
            for (name, state) in engine.states() {
                if state == ContainerState::Created {
                    maestro_engine::Archives::remove_carrier(engine, &name).await.expect("a carrier");
                }
            }
        }
        // If the next one fails, what the killed one has stopped runs again.
        world.engines[1].limit_room(5000);
        assert_eq!(run(&world).await.failures().len(), 1);
        is_back(&world);
        world.engines[1].limit_room(usize::MAX);
        let outcome = run(&world).await;
        assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
        has_moved(&world);
    });
}

/// Somebody stops and removes the container on that ship.
async fn removed(world: &World, ship: usize) {
    let engine = &world.engines[ship];
    engine.stop("db-1", Duration::from_secs(1)).await.expect("it stops");
    engine.remove("db-1").await.expect("it is removed");
}

/// The container is removed on the new ship, and the file names the old ship again: the volume there has what was true
/// before the move.
#[test]
fn a_volume_that_is_kept_is_used_again_if_that_is_asked_for() {
    block_on(async {
        let mut world = moved().await;
        assert!(run(&world).await.failures().is_empty());
        has_moved(&world);
        removed(&world, 1).await;
        world.instance_mut("db-1").ship = ShipId(0);
        let plan = applied(&world).await;
        let kept = BlockedReason::Volume(VolumeRefusal::Kept {
            volume: "data".into(),
            to: world.environment.ships[1].name.clone(),
        });
        assert_eq!((plan.steps.len(), &plan.blocked[0].reason), (0, &kept));
        let options = ApplyOptions { moves: true, ..ApplyOptions::PLAIN };
        let plan = apply::plan(&world.environment, &observed(&world).await, &world.all(), options);
        assert!(world.run(plan).await.failures().is_empty());
        // It is no volume of a move any more, also not after the container is removed.
        removed(&world, 0).await;
        let plan = applied(&world).await;
        assert!(plan.blocked.is_empty() && !plan.steps.is_empty());
    });
}

/// Carries the move out and interrupts it after that time, unless it is over then.
async fn interrupted_after(world: &World, time: Duration) -> Outcome {
    let plan = planned(world).await;
    let (interrupt, interrupted) = tokio::sync::watch::channel(false);
    let run = world.run_with(plan, None, interrupted);
    let (outcome, ()) = tokio::join!(run, async {
        tokio::time::sleep(time).await;
        interrupt.send(true).ok();
    });
    outcome
}

#[test]
fn an_interrupt_takes_back_what_a_move_has_done() {
    block_on(async {
        for (ship, method) in [
            (0, "stop"),
            (1, "create_volume"),
            (1, "create_carrier"),
            (0, "read_archive"),
            (1, "write_archive"),
            (1, "read_archive"),
            (1, "create"),
            (1, "start"),
        ] {
            let world = moved().await;
            world.engines[ship].slow(method, Duration::from_secs(60));
            let outcome = interrupted_after(&world, Duration::from_secs(30)).await;
            assert!(outcome.failures().is_empty(), "{method}: {:?}", outcome.failures());
            assert!(outcome.summary.interrupted && outcome.summary.taken_back == 1, "{method}");
            is_back(&world);
            if method == "read_archive" {
                let told = outcome.messages.iter().any(|message| {
                    matches!(message, Message::Blocked { kind: BlockedKind::Interrupted, reason, .. }
                        if reason == "interrupted while volume data was copied: the copy is removed, and the old \
                                      container starts again")
                });
                assert!(told, "{:?}", outcome.messages);
            }
            world.engines[ship].slow(method, Duration::ZERO);
            assert!(run(&world).await.failures().is_empty(), "{method}");
            has_moved(&world);
        }
    });
}

/// Whenever the signal comes, the instance runs in one place, with its data.
#[test]
fn an_interrupt_at_any_time_leaves_the_instance_running_in_one_place() {
    block_on(async {
        let mut came_to = [0, 0];
        for tenths in 0.. {
            let world = moved().await;
            for engine in &world.engines {
                for method in ["stop", "create_volume", "read_archive", "write_archive", "create", "start"] {
                    engine.slow(method, Duration::from_millis(700));
                }
            }
            let outcome = interrupted_after(&world, Duration::from_millis(100 * tenths)).await;
            let running = states(&world).map(|all| all.contains(&only(ContainerState::Running)[0]));
            let place = running.iter().position(|is_running| *is_running);
            assert_eq!(running.iter().filter(|is_running| **is_running).count(), 1, "{tenths}: {running:?}");
            assert_eq!(table(&world, place.unwrap_or_default()), Some(TABLE.to_vec()), "{tenths}");
            came_to[place.unwrap_or_default()] += 1;
            if !outcome.summary.interrupted {
                break;
            }
        }
        assert!(came_to[0] > 20 && came_to[1] > 0, "{came_to:?}");
    });
}
