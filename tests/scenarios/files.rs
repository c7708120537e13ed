//! Files that are copied into containers: before the first start of each, whatever happened before.

use std::time::Duration;

use maestro_core::{
    model::{
        carried::{CarriedFile, FileAccess},
        container::{ContainerNames, Setting, SettingValue},
        update::Order,
    },
    observed::{ContainerState, revision::Author},
    plan::{
        Plan,
        action::{Action, ActionKind, ContainerAction},
        apply::{self, ApplyOptions},
        revision::{
            recorded,
            rollback::{self, Missing},
        },
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
    },
};
use maestro_engine::Containers as _;
use maestro_fake::{Behaviour, InjectedFault};
use maestro_run::store::LabelStore;

use crate::{
    apply::{block_on, described, planned},
    world::{Outcome, World},
};

const ACCESS: FileAccess = FileAccess { uid: 0, gid: 0, mode: 0o444 };
const CONFIG: &str = "/etc/app/config";

/// Gives an instance a file with that content.
fn give(world: &mut World, instance: &str, content: &str) {
    let instance = world.instance_mut(instance);
    let is_read_only = instance.container.settings.contains_key(&Setting::ReadOnly);
    let owner = instance.container.owner.clone();
    let content = content.as_bytes().to_vec().into();
    instance.files =
        [CarriedFile::new((&owner.environment, &owner.service), CONFIG, ACCESS, is_read_only, content)]
            .into_iter()
            .collect();
    instance.container.files = instance.files.specs();
}

/// `web-1` with a file.
fn web(content: &str) -> World {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    give(&mut world, "web-1", content);
    world
}

fn file(world: &World) -> Option<String> {
    world.engines[0].file_in("web-1", CONFIG)
}

async fn carry_out(world: &World, plan: Plan) {
    let outcome = world.run(plan).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
}

async fn apply(world: &World) {
    carry_out(world, planned(world, ApplyOptions::PLAIN).await).await;
    let again = planned(world, ApplyOptions::PLAIN).await;
    assert!(!again.changes() && again.differing.is_empty(), "{again:?}");
}

/// Calls that change containers, in their order.
fn calls(world: &World) -> Vec<&'static str> {
    let of_containers = ["create", "copy_files", "start", "stop", "rename", "remove"];
    let calls = world.engines[0].calls().into_iter().map(|call| call.method);
    calls.filter(|method| of_containers.contains(method)).collect()
}

fn containers(world: &World) -> Vec<String> {
    world.engines[0].states().into_keys().collect()
}

fn copies(plan: &Plan) -> usize {
    plan.steps.iter().filter(|step| step.action.kind() == ActionKind::Copy).count()
}

async fn stop(world: &World) {
    let options = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
    let plan = stop::plan(&world.environment, &world.observe().await, &world.all(), options);
    carry_out(world, plan).await;
}

async fn started(world: &World, options: StartOptions) -> Plan {
    start::plan(&world.environment, &world.observe().await, &world.all(), options)
}

#[test]
fn a_container_has_its_files_before_it_starts() {
    block_on(async {
        let mut world = web("one");
        apply(&world).await;
        assert_eq!(calls(&world), ["create", "copy_files", "start"]);
        assert_eq!(file(&world).as_deref(), Some("one"));
        // Another content makes another container, and the old one is stopped when the new one has its files.
        give(&mut world, "web-1", "two");
        let plan = planned(&world, ApplyOptions::PLAIN).await;
        let fields: Vec<&str> = plan.differing[0].differences.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["files./etc/app/config"]);
        carry_out(&world, plan).await;
        let all = calls(&world);
        assert_eq!(all[3..], ["create", "copy_files", "stop", "rename", "rename", "start", "remove"]);
        assert_eq!(file(&world).as_deref(), Some("two"));
        // So do other permissions.
        let instance = world.instance_mut("web-1");
        for file in instance.container.files.values_mut() {
            file.access.mode = 0o400;
        }
        instance.files = instance.files.filled(&instance.container.files.clone());
        apply(&world).await;
        assert_eq!(world.engines[0].files_of("web-1")[CONFIG].access.mode, 0o400);
    });
}

#[test]
fn a_container_of_a_run_that_was_killed_before_the_copy_gets_its_files_before_it_starts() {
    block_on(async {
        let world = web("one");
        world.engines[0].slow("copy_files", Duration::from_secs(60));
        let plan = planned(&world, ApplyOptions::PLAIN).await;
        assert!(tokio::time::timeout(Duration::from_secs(5), world.run(plan)).await.is_err());
        world.engines[0].slow("copy_files", Duration::ZERO);
        assert_eq!((calls(&world), file(&world)), (vec!["create", "copy_files"], None));
        let plan = planned(&world, ApplyOptions::PLAIN).await;
        assert_eq!(copies(&plan), 1);
        carry_out(&world, plan).await;
        assert_eq!(calls(&world)[2..], ["copy_files", "start"]);
        assert_eq!(file(&world).as_deref(), Some("one"));
    });
}

#[test]
fn a_container_that_has_run_is_started_with_the_files_that_it_has() {
    block_on(async {
        let mut world = web("one");
        apply(&world).await;
        stop(&world).await;
        let reuse = StartOptions { reuse: true, ..StartOptions::default() };
        for plan in [started(&world, reuse).await, planned(&world, ApplyOptions::PLAIN).await] {
            assert_eq!((copies(&plan), plan.steps.is_empty()), (0, false));
        }
        // Nobody knows what the file said when a container was created that never ran, so there is a new one.
        let (spec, files) = {
            let instance = world.instance_mut("web-1");
            (instance.container.clone(), instance.files.clone())
        };
        let engine = world.engines[0].clone();
        engine.remove("web-1").await.unwrap();
        engine.create("web-1", &spec, &[].into(), &ContainerNames::default()).await.unwrap();
        assert_eq!(copies(&started(&world, reuse).await), 1);
        give(&mut world, "web-1", "two");
        let plan = started(&world, reuse).await;
        assert!(plan.steps.iter().any(|step| step.action.kind() == ActionKind::Create), "{plan:?}");
        carry_out(&world, plan).await;
        assert_eq!(file(&world).as_deref(), Some("two"));
        assert_ne!(files, world.instance_mut("web-1").files);
    });
}

#[test]
fn if_files_cannot_be_copied_the_old_container_runs_on_and_nothing_is_left() {
    block_on(async {
        for order in [Order::StopFirst, Order::StartFirst] {
            let mut world = web("one");
            world.environment.services[0].update.order = order;
            apply(&world).await;
            let id = world.engines[0].inspect("web-1").await.unwrap().unwrap().description.id;
            give(&mut world, "web-1", "two");
            world.engines[0].fail_next(
                "copy_files",
                "",
                InjectedFault::Refused("cannot overwrite directory".to_owned()),
            );
            let outcome: Outcome = world.run(planned(&world, ApplyOptions::PLAIN).await).await;
            let failure = outcome.failure_texts()[0].clone();
            assert!(failure.reason.contains("copy 1 file into its container"), "{failure:?}");
            assert!(failure.state.starts_with("rolled back"), "{failure:?}");
            let now = world.engines[0].inspect("web-1").await.unwrap().unwrap();
            assert_eq!((now.description.id, now.state), (id, ContainerState::Running));
            assert_eq!(containers(&world), ["web-1"]);
            apply(&world).await;
            assert_eq!(file(&world).as_deref(), Some("two"));
        }
    });
}

#[test]
fn a_copy_whose_answer_is_lost_is_repeated() {
    block_on(async {
        for fault in [InjectedFault::AnswerLost, InjectedFault::RequestLost] {
            let world = web("one");
            world.engines[0].fail_next("copy_files", "", fault);
            apply(&world).await;
            assert_eq!(file(&world).as_deref(), Some("one"));
        }
    });
}

#[test]
fn a_successor_that_fails_is_rolled_back_to_a_container_with_its_own_files() {
    block_on(async {
        let mut world = web("one");
        apply(&world).await;
        give(&mut world, "web-1", "two");
        world.engines[0].behave("app", Behaviour { dies: Some((Duration::ZERO, 1)), ..Behaviour::default() });
        let plan = planned(&world, ApplyOptions::PLAIN).await;
        let back = plan.steps.iter().filter(|step| step.compensation.is_some());
        assert!(back.clone().count() > 0);
        assert!(back.clone().all(|step| step.action.kind() != ActionKind::Copy));
        world.run(plan).await;
        assert_eq!(file(&world).as_deref(), Some("one"));
    });
}

#[test]
fn volumes_of_files_come_and_go_with_their_container() {
    block_on(async {
        let mut world = web("one");
        world.instance_mut("web-1").container.settings =
            [(Setting::ReadOnly, SettingValue::Flag(true))].into();
        give(&mut world, "web-1", "one");
        apply(&world).await;
        let first = world.engines[0].volumes_of("web-1");
        assert_eq!(first.keys().collect::<Vec<_>>(), ["/etc/app"]);
        give(&mut world, "web-1", "two");
        let plan = planned(&world, ApplyOptions::PLAIN).await;
        assert!(plan.volumes.is_empty(), "{:?}", plan.volumes);
        carry_out(&world, plan).await;
        let second = world.engines[0].volumes_of("web-1");
        assert_ne!(first, second);
        assert_eq!(world.engines[0].volume_names(), second.values().cloned().collect::<Vec<_>>());
        assert_eq!(file(&world).as_deref(), Some("two"));
        // One that is rolled back takes its volume with it.
        give(&mut world, "web-1", "three");
        world.engines[0].fail_next("copy_files", "", InjectedFault::Refused("no".to_owned()));
        world.run(planned(&world, ApplyOptions::PLAIN).await).await;
        assert_eq!(world.engines[0].volume_names(), second.values().cloned().collect::<Vec<_>>());
        // Without its volume nothing could be copied.
        world.instance_mut("web-1").container.files.values_mut().for_each(|file| file.own_volume = false);
        let instance = world.instance_mut("web-1");
        instance.files = instance.files.filled(&instance.container.files.clone());
        let outcome = world.run(planned(&world, ApplyOptions::PLAIN).await).await;
        assert_eq!(outcome.failures().len(), 1);
    });
}

/// The plan of a rollback to revision 1, with what it is a plan for.
async fn back(world: &World) -> Result<rollback::Rollback, Vec<Missing>> {
    let mut observed = described(world).await;
    LabelStore::on(&world.engines[0])
        .observe_revisions(&world.environment.name, &mut observed.ships[0])
        .await;
    rollback::plan(&world.environment, &observed, Some(1), ApplyOptions::PLAIN)
}

async fn apply_and_record(world: &World) {
    let mut observed = described(world).await;
    LabelStore::on(&world.engines[0])
        .observe_revisions(&world.environment.name, &mut observed.ships[0])
        .await;
    let plan = apply::plan(&world.environment, &observed, &world.all(), ApplyOptions::PLAIN);
    carry_out(world, recorded(plan, &world.environment, &observed, &Author::default())).await;
}

#[test]
fn a_rollback_needs_the_contents_that_the_containers_had() {
    block_on(async {
        let mut world = web("one");
        world.service("db", &[0], &[]);
        give(&mut world, "db-1", "of db");
        apply_and_record(&world).await;
        give(&mut world, "web-1", "two");
        apply_and_record(&world).await;
        let missing = back(&world).await.unwrap_err();
        assert!(
            matches!(&missing[..], [Missing::Files { instance, files, .. }]
                if instance == "web-1" && *files == [CONFIG]),
            "{missing:?}"
        );
        // What runs as it did then needs nothing that the file does not say any more.
        give(&mut world, "web-1", "one");
        give(&mut world, "db-1", "changed in the file alone");
        let way = back(&world).await.unwrap();
        let created = way.plan.steps.iter().filter_map(|step| match &step.action {
            Action::Container(ContainerAction::Create { spec, .. }) => Some(spec.name.as_str()),
            _ => None,
        });
        assert_eq!(created.collect::<Vec<_>>(), ["web-1"]);
        world.environment = way.environment;
        carry_out(&world, way.plan).await;
        assert_eq!(file(&world).as_deref(), Some("one"));
    });
}
