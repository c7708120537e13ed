//! Anonymous volumes: a new container takes over those of its predecessor, or says what stays behind.

use std::{collections::BTreeMap, time::Duration};

use maestro_core::{
    event::{Event, Remark},
    model::{
        container::{ContainerNames, Mount},
        update::Order,
    },
    observed::{ContainerState, Observed, description::ImageDefaults},
    plan::{
        BlockedReason, Plan,
        apply::ApplyOptions,
        restart::{self, RestartOptions},
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
        tidy::{CleanOptions, VolumeScope, plan_clean_with},
        volumes::VolumeOutcome,
    },
};
use maestro_engine::Containers as _;
use maestro_fake::{Behaviour, InjectedFault};
use maestro_run::store::LabelStore;

use crate::{
    apply::{block_on, planned},
    world::World,
};

const RENEW: StartOptions = StartOptions {
    refresh_images: false,
    reuse: false,
    adopt: false,
    ignore_dependencies: false,
    renew_volumes: true,
    detach: false,
    moves: false,
    skip_unreachable: false,
};

fn plain() -> ApplyOptions {
    ApplyOptions::default()
}

/// Lets an image declare volumes.
fn declare(world: &World, image: &str, paths: &[&str]) {
    let volumes = paths.iter().map(|&path| path.to_owned()).collect();
    world.engines[0].image_adds(image, ImageDefaults { volumes, ..ImageDefaults::default() });
}

/// `db-1`, which runs from an image with a volume at `/var/lib/db` and has one at `/cache` by the file.
async fn running() -> World {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.instance_mut("db-1").container.volumes = vec!["/cache/".to_owned()];
    declare(&world, "app", &["/var/lib/db"]);
    carry_out(&world, planned(&world, plain()).await).await;
    assert_eq!(volumes(&world).len(), 2);
    world
}

async fn carry_out(world: &World, plan: Plan) {
    let outcome = world.run(plan).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
}

fn volumes(world: &World) -> BTreeMap<String, String> {
    world.engines[0].volumes_of("db-1")
}

async fn start(world: &World, options: StartOptions) -> Plan {
    start::plan(&world.environment, &world.observe().await, &world.all(), options)
}

async fn stop(world: &World) {
    let options = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
    let plan = stop::plan(&world.environment, &world.observe().await, &world.all(), options);
    carry_out(world, plan).await;
}

/// What becomes of each volume, by path.
fn fates(plan: &Plan) -> BTreeMap<&str, &VolumeOutcome> {
    plan.volumes.iter().map(|one| (one.path.as_str(), &one.fate)).collect()
}

async fn is_same(world: &World) -> bool {
    planned(world, plain()).await.steps.is_empty()
}

#[test]
fn a_new_container_has_the_volumes_of_its_predecessor() {
    block_on(async {
        let mut world = running().await;
        let before = volumes(&world);
        // stop and start
        stop(&world).await;
        let plan = start(&world, StartOptions::default()).await;
        assert_eq!(fates(&plan)["/var/lib/db"], &VolumeOutcome::CarriedIfDeclared);
        carry_out(&world, plan).await;
        assert_eq!(volumes(&world), before);
        // restart
        let observed = world.observe().await;
        let plan = restart::plan(&world.environment, &observed, &world.all(), RestartOptions::default());
        carry_out(&world, plan).await;
        assert_eq!(volumes(&world), before);
        // apply
        world.instance_mut("db-1").container.env.insert("TUNE".to_owned(), Some("2".to_owned()));
        let plan = planned(&world, plain()).await;
        assert_eq!(fates(&plan)["/var/lib/db"], &VolumeOutcome::Carried);
        assert_eq!(fates(&plan)["/cache"], &VolumeOutcome::Carried);
        carry_out(&world, plan).await;
        assert_eq!(volumes(&world), before);
        // What was taken over is no difference, and only the two volumes are there.
        assert!(is_same(&world).await);
        assert_eq!(world.engines[0].states().into_keys().collect::<Vec<_>>(), ["db-1"]);
        assert_eq!(world.engines[0].volume_names().len(), 2);
    });
}

#[test]
fn a_new_image_has_the_volumes_that_it_declares() {
    block_on(async {
        let mut world = running().await;
        let before = volumes(&world);
        world.engines[0].add_image("app:2");
        declare(&world, "app:2", &["/var/lib/db", "/new"]);
        "app:2".clone_into(&mut world.instance_mut("db-1").container.image);
        carry_out(&world, planned(&world, plain()).await).await;
        let after = volumes(&world);
        assert_eq!((&after["/var/lib/db"], &after["/cache"]), (&before["/var/lib/db"], &before["/cache"]));
        assert_eq!(after.len(), 3);
        // The next image has none: that is found out when it is there, and told.
        world.engines[0].allow_pull("app:3");
        "app:3".clone_into(&mut world.instance_mut("db-1").container.image);
        let outcome = world.run(planned(&world, plain()).await).await;
        assert!(outcome.failures().is_empty());
        assert_eq!(volumes(&world).into_values().collect::<Vec<_>>(), [before["/cache"].clone()]);
        let stays =
            Remark::VolumeStays { volume: before["/var/lib/db"].clone(), path: "/var/lib/db".to_owned() };
        let is_told = |event: &Event| matches!(event, Event::Remark { remark, .. } if *remark == stays);
        assert!(outcome.events.iter().any(is_told));
        assert!(is_same(&world).await);
    });
}

#[test]
fn what_stays_behind_is_named_and_kept() {
    block_on(async {
        let mut world = running().await;
        let before = volumes(&world);
        let db = world.instance_mut("db-1");
        db.container.mounts =
            vec![Mount { source: "data".into(), target: "/var/lib/db".into(), mode: "rw".into() }];
        db.container.volumes.clear();
        let plan = planned(&world, plain()).await;
        assert_eq!(fates(&plan)["/var/lib/db"], &VolumeOutcome::Covered("data".to_owned()));
        assert_eq!(fates(&plan)["/cache"], &VolumeOutcome::Undeclared);
        carry_out(&world, plan).await;
        assert_eq!(volumes(&world), [("/var/lib/db".to_owned(), "data".to_owned())].into());
        let left = world.engines[0].volume_names();
        assert!(before.values().all(|name| left.contains(name)), "{left:?}");
        assert!(is_same(&world).await);
    });
}

#[test]
fn new_volumes_are_made_where_they_are_asked_for() {
    block_on(async {
        let mut world = running().await;
        let mut before = volumes(&world);
        let mut all_differ = |world: &World| {
            let after = volumes(world);
            let differ = after.iter().all(|(path, name)| before[path] != *name);
            before = after;
            differ
        };
        stop(&world).await;
        carry_out(&world, start(&world, RENEW).await).await;
        assert!(all_differ(&world));
        let options = RestartOptions { start: RENEW, ..RestartOptions::default() };
        let plan = restart::plan(&world.environment, &world.observe().await, &world.all(), options);
        carry_out(&world, plan).await;
        assert!(all_differ(&world));
        world.instance_mut("db-1").container.env.insert("TUNE".to_owned(), Some("2".to_owned()));
        let renew = ApplyOptions { renew_volumes: true, ..plain() };
        carry_out(&world, planned(&world, renew).await).await;
        assert!(all_differ(&world));
        let (volumes, records) = anonymous(&world);
        assert_eq!((volumes.len(), records), (8, 6));
    });
}

#[test]
fn two_containers_never_write_to_one_volume_at_a_time() {
    block_on(async {
        let mut world = running().await;
        let before = volumes(&world);
        world.environment.services[0].update.order = Order::StartFirst;
        world.instance_mut("db-1").container.env.insert("TUNE".to_owned(), Some("2".to_owned()));
        let plan = planned(&world, plain()).await;
        let paths = vec!["/cache".to_owned(), "/var/lib/db".to_owned()];
        assert_eq!(plan.blocked[0].reason, BlockedReason::SharedVolume { paths });
        assert!(plan.steps.is_empty() && plan.has_blocked_data());
        let outcome = world.run(plan).await;
        assert_eq!((outcome.summary.blocked_data, volumes(&world)), (1, before.clone()));
        // With new ones there is nothing to share.
        let renew = ApplyOptions { renew_volumes: true, ..plain() };
        carry_out(&world, planned(&world, renew).await).await;
        assert_ne!(volumes(&world)["/cache"], before["/cache"]);
        // And what is down does not write.
        stop(&world).await;
        world.instance_mut("db-1").container.env.insert("TUNE".to_owned(), Some("3".to_owned()));
        assert!(planned(&world, plain()).await.blocked.is_empty());
    });
}

#[test]
fn an_old_container_comes_back_with_its_volumes() {
    block_on(async {
        let mut world = running().await;
        let before = volumes(&world);
        world.engines[0].add_image("broken");
        declare(&world, "broken", &["/var/lib/db"]);
        let dies = Some((Duration::from_millis(50), 3));
        world.engines[0].behave("broken", Behaviour { dies, ..Behaviour::default() });
        "broken".clone_into(&mut world.instance_mut("db-1").container.image);
        let outcome = world.run(planned(&world, plain()).await).await;
        assert_eq!(outcome.failures().len(), 1);
        assert_eq!(volumes(&world), before);
        assert_eq!(world.engines[0].states()["db-1"], ContainerState::Running);
        assert_eq!(world.engines[0].volume_names().len(), 2);
    });
}

#[test]
fn what_takes_the_volumes_of_another_has_those_of_its_successor() {
    block_on(async {
        let mut world = running().await;
        world.service("backup", &[0], &["db"]);
        world.instance_mut("backup-1").container.volumes_from = vec!["db-1:ro".to_owned()];
        carry_out(&world, planned(&world, plain()).await).await;
        let before = volumes(&world);
        assert_eq!(world.engines[0].volumes_of("backup-1"), before);
        world.instance_mut("db-1").container.env.insert("TUNE".to_owned(), Some("2".to_owned()));
        let plan = planned(&world, plain()).await;
        // They are db-1's, and told once.
        assert!(plan.volumes.iter().all(|one| one.instance == world.id("db-1")), "{:?}", plan.volumes);
        carry_out(&world, plan).await;
        assert_eq!(
            (volumes(&world), world.engines[0].volumes_of("backup-1")),
            (before.clone(), before.clone())
        );
        // New ones of db-1 are backup-1's too.
        stop(&world).await;
        carry_out(&world, start(&world, RENEW).await).await;
        assert_ne!(volumes(&world), before);
        assert_eq!(world.engines[0].volumes_of("backup-1"), volumes(&world));
    });
}

#[test]
fn an_adopted_containers_volumes_are_taken_over() {
    block_on(async {
        let mut world = running().await;
        let before = volumes(&world);
        // As if somebody else had made it.
        world.environment.name = "other".to_owned();
        world.instance_mut("db-1").container.owner.environment = "other".to_owned();
        let plan = planned(&world, plain()).await;
        assert!(plan.has_unmanaged());
        carry_out(&world, planned(&world, ApplyOptions { adopt: true, ..plain() }).await).await;
        assert_eq!(volumes(&world), before);
        assert_eq!(world.engines[0].states().into_keys().collect::<Vec<_>>(), ["db-1"]);
    });
}

/// A start that is killed at any step leaves either the old container or a new one that has its volumes.
#[test]
fn a_start_that_failed_anywhere_is_carried_on_with_the_same_volumes() {
    block_on(async {
        for method in ["create", "remove", "rename", "start"] {
            for fault in [InjectedFault::Unreachable, InjectedFault::AnswerLost, InjectedFault::RequestLost] {
                let world = running().await;
                let before = volumes(&world);
                stop(&world).await;
                world.engines[0].fail_next(method, "", fault.clone());
                world.run(start(&world, StartOptions::default()).await).await;
                carry_out(&world, start(&world, StartOptions::default()).await).await;
                assert_eq!(volumes(&world), before, "{method} {fault:?}");
                assert!(is_same(&world).await, "{method} {fault:?}");
                let left = world.engines[0].states().into_keys().collect::<Vec<_>>();
                assert_eq!(left, ["db-1"], "{method} {fault:?}");
                assert_eq!(world.engines[0].volume_names().len(), 2, "{method} {fault:?}");
            }
        }
    });
}

#[test]
fn an_engine_keeps_the_volumes_of_containers_that_are_removed() {
    block_on(async {
        let world = running().await;
        let before = volumes(&world);
        stop(&world).await;
        world.engines[0].remove("db-1").await.expect("it is down");
        assert_eq!(world.engines[0].volume_names(), {
            let mut names: Vec<String> = before.into_values().collect();
            names.sort();
            names
        });
    });
}

/// What the engines say, with what is recorded as left behind.
async fn with_left_behind(world: &World) -> Observed {
    let mut observed = world.observe().await;
    for (state, engine) in observed.ships.iter_mut().zip(&world.engines) {
        LabelStore::on(engine).observe_left_behind(&world.environment.name, state).await;
    }
    observed
}

async fn clean(world: &World, volumes: VolumeScope) -> Plan {
    let options = CleanOptions { volumes, ..CleanOptions::default() };
    plan_clean_with(&world.environment, &with_left_behind(world).await, &world.all(), options)
}

/// The anonymous volumes on the engine, and how many records there are of such.
fn anonymous(world: &World) -> (Vec<String>, usize) {
    let (all, records): (Vec<_>, Vec<_>) =
        world.engines[0].volume_names().into_iter().partition(|name| name.len() == 64);
    (all, records.iter().filter(|name| name.starts_with("maestro-left-behind-")).count())
}

fn sorted(volumes: &BTreeMap<String, String>) -> Vec<String> {
    let mut names: Vec<String> = volumes.values().cloned().collect();
    names.sort();
    names
}

#[test]
fn what_was_left_behind_is_found_and_removed_when_that_is_asked_for() {
    block_on(async {
        let world = running().await;
        let before = volumes(&world);
        stop(&world).await;
        carry_out(&world, start(&world, RENEW).await).await;
        let after = volumes(&world);
        assert_eq!((anonymous(&world).0.len(), anonymous(&world).1), (4, 2));
        // Without being asked nothing of it is removed.
        assert!(clean(&world, VolumeScope::Stay).await.steps.is_empty());
        let plan = clean(&world, VolumeScope::All).await;
        assert_eq!(plan.steps.len(), 2, "{plan:?}");
        carry_out(&world, plan).await;
        assert_eq!(anonymous(&world), (sorted(&after), 0));
        assert!(before.values().all(|name| !after.values().any(|other| other == name)));
        assert!(clean(&world, VolumeScope::All).await.steps.is_empty());
    });
}

#[test]
fn a_clean_leaves_volumes_or_removes_them_with_their_containers() {
    block_on(async {
        let world = running().await;
        let before = sorted(&volumes(&world));
        stop(&world).await;
        carry_out(&world, clean(&world, VolumeScope::Stay).await).await;
        assert_eq!(anonymous(&world), (before, 2));
        carry_out(&world, clean(&world, VolumeScope::OfSelected).await).await;
        assert_eq!(anonymous(&world), (Vec::new(), 0));
        carry_out(&world, planned(&world, plain()).await).await;
        stop(&world).await;
        let plan = clean(&world, VolumeScope::All).await;
        let words: Vec<&str> = plan.steps.iter().map(|step| step.action.word()).collect();
        assert_eq!(words, ["remove", "remove-volume", "remove-volume", "remove-network"]);
        carry_out(&world, plan).await;
        assert_eq!(anonymous(&world), (Vec::new(), 0));
    });
}

#[test]
fn volumes_that_somebody_uses_are_never_removed() {
    block_on(async {
        let mut world = running().await;
        let before = volumes(&world);
        stop(&world).await;
        carry_out(&world, start(&world, RENEW).await).await;
        // By hand one of them is mounted again, in a container that is stopped; the file names the other one.
        let mut spec = (*world.environment.instances[0].container).clone();
        spec.owner.environment = "other".to_owned();
        "compensation".clone_into(&mut spec.name);
        spec.volumes.clear();
        let spec = spec.into();
        let mounted = [("/old".to_owned(), before["/cache"].clone())].into();
        world.engines[0]
            .create("compensation", &spec, &mounted, &ContainerNames::default())
            .await
            .expect("a container");
        let plan = clean(&world, VolumeScope::All).await;
        assert_eq!(plan.steps.len(), 1, "{plan:?}");
        let named = before["/var/lib/db"].clone();
        let mount = Mount { source: named, target: "/old".into(), mode: "rw".into() };
        world.instance_mut("db-1").container.mounts = vec![mount];
        assert!(clean(&world, VolumeScope::All).await.steps.is_empty());
        world.instance_mut("db-1").container.mounts.clear();
        // A container that takes it between the plan and its step keeps it.
        let mounted = [("/old".to_owned(), before["/var/lib/db"].clone())].into();
        world.engines[0]
            .create("late", &spec, &mounted, &ContainerNames::default())
            .await
            .expect("a container");
        let outcome = world.run(plan).await;
        assert_eq!(outcome.failures().len(), 1);
        let left = world.engines[0].volume_names();
        assert!(before.values().all(|name| left.contains(name)), "{left:?}");
    });
}

#[test]
fn what_a_run_that_was_ended_has_recorded_counts_only_when_it_is_left() {
    block_on(async {
        for (method, fault) in [
            ("create_volume", InjectedFault::Unreachable),
            ("create_volume", InjectedFault::AnswerLost),
            ("remove", InjectedFault::Unreachable),
            ("remove", InjectedFault::AnswerLost),
            ("remove_volume", InjectedFault::Unreachable),
            ("remove_volume", InjectedFault::AnswerLost),
        ] {
            let world = running().await;
            stop(&world).await;
            world.engines[0].fail_next(method, "", fault.clone());
            world.run(clean(&world, VolumeScope::All).await).await;
            world.engines[0].forget_faults();
            if world.engines[0].states().contains_key("db-1") {
                // While the container is there its volumes are its own.
                let observed = with_left_behind(&world).await;
                let selected = std::collections::BTreeSet::new();
                let options = CleanOptions { volumes: VolumeScope::All, ..CleanOptions::default() };
                let plan = plan_clean_with(&world.environment, &observed, &selected, options);
                assert!(plan.steps.is_empty(), "{method} {fault:?}: {plan:?}");
            }
            carry_out(&world, clean(&world, VolumeScope::All).await).await;
            assert_eq!(anonymous(&world), (Vec::new(), 0), "{method} {fault:?}");
        }
    });
}
