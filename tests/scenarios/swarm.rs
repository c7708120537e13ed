//! Services on a Swarm, in memory: the same plans, order, leases and failures as for containers.

use std::{collections::BTreeMap, time::Duration};

use maestro_core::{
    model::{
        Environment, InstanceId,
        carried::{CarriedFile, FileAccess},
        swarm::{StoredKind, SwarmFile, SwarmMode, SwarmSpec, UpdatePolicy},
    },
    observed::{ContainerState, Observed, revision::Author},
    plan::{
        BlockedReason, Plan,
        apply::{self, ApplyOptions},
        down::{self, DownOptions},
        restart,
        revision::{forgotten, history::history, recorded, rollback},
        start,
        stop::{self, StopMethod, StopOptions},
    },
};
use maestro_engine::Services as _;
use maestro_fake::{Behaviour, Fake};
use maestro_run::store::LabelStore;
use serde_json::json;

use crate::{
    apply::{converge, described, fields, planned},
    world::World,
};

const PRUNE: ApplyOptions = ApplyOptions { prune: true, ..ApplyOptions::PLAIN };
const STOP: StopOptions = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };

/// A database on a Swarm, a web service of two tasks there, and a proxy on another ship that requires it.
fn shop() -> World {
    let mut world = World::new(2);
    world.make_swarm(0);
    world.swarm_service("db", 0, 1, &[]);
    world.swarm_service("web", 0, 2, &["db"]);
    world.service("proxy", &[1], &["web"]);
    world
}

fn swarm_mut<'w>(world: &'w mut World, name: &str) -> &'w mut SwarmSpec {
    world.instance_mut(name).swarm.as_mut().expect("a service on a Swarm")
}

pub(crate) fn words(plan: &Plan, world: &World) -> Vec<String> {
    let whom = |id: Option<InstanceId>| id.map_or("all", |id| world.environment.instance(id).name.as_str());
    plan.steps.iter().map(|step| format!("{} {}", step.action.word(), whom(step.instance))).collect()
}

#[tokio::test(start_paused = true)]
async fn services_are_made_in_order_and_a_second_apply_changes_nothing() {
    let world = shop();
    let plan = converge(&world, ApplyOptions::PLAIN).await;
    let expected = [
        "create-network all",
        "create db",
        "ready db",
        "create web",
        "ready web",
        "create-network all",
        "create proxy-1",
        "start proxy-1",
        "ready proxy-1",
    ];
    assert_eq!(words(&plan, &world), expected);
    assert_eq!(world.engines[0].service_names(), ["db 1 app", "web 2 app"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_by_hand_is_found_and_taken_back() {
    let world = shop();
    converge(&world, ApplyOptions::PLAIN).await;
    world.engines[0].change_service("web", "/Mode", json!({"Replicated": {"Replicas": 5}}));
    let plan = planned(&world, ApplyOptions::PLAIN).await;
    assert_eq!(fields(&plan), ["deploy.replicas: 5 → 2"]);
    assert_eq!(words(&plan, &world), ["update web", "ready web"]);
    converge(&world, ApplyOptions::PLAIN).await;
    assert_eq!(world.engines[0].service_names(), ["db 1 app", "web 2 app"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_swarm_rolls_back_is_a_failure_and_what_requires_it_is_blocked() {
    let mut world = shop();
    let rollback = UpdatePolicy { failure_action: Some("rollback".to_owned()), ..UpdatePolicy::default() };
    swarm_mut(&mut world, "web").update = Some(rollback);
    converge(&world, ApplyOptions::PLAIN).await;
    let bad = Behaviour {
        dies: Some((Duration::from_millis(100), 3)),
        log: vec!["no database".to_owned()],
        ..Behaviour::default()
    };
    world.engines[0].behave("bad", bad);
    let instance = world.instance_mut("web");
    let mut spec = (*instance.container).clone();
    "bad".clone_into(&mut spec.image);
    instance.container = spec.into();
    let outcome = world.run(planned(&world, ApplyOptions::PLAIN).await).await;
    assert_eq!(outcome.summary.failed, 1);
    let [failure] = &outcome.failure_texts()[..] else { panic!("one failure") };
    insta::assert_snapshot!(failure.reason, @"the Swarm rolled the update back: a task on n3 failed: task: non-zero exit (3)");
    assert_eq!((failure.exit_code, &failure.log[..]), (Some(3), &["no database".to_owned()][..]));
    // The former tasks run, and the next apply tries again.
    assert_eq!(world.engines[0].service_names(), ["db 1 app", "web 2 app"]);
    assert_eq!(words(&planned(&world, ApplyOptions::PLAIN).await, &world), ["update web", "ready web"]);
}

#[tokio::test(start_paused = true)]
async fn a_service_whose_tasks_fail_is_not_ready_each_time() {
    let mut world = World::new(1);
    world.make_swarm(0);
    world.swarm_service("web", 0, 1, &[]);
    world.engines[0].behave("app", Behaviour { dies: Some((Duration::ZERO, 1)), ..Behaviour::default() });
    for _ in 0..2 {
        let outcome = world.run(planned(&world, ApplyOptions::PLAIN).await).await;
        assert_eq!(outcome.summary.failed, 1, "{:?}", outcome.failure_texts());
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_of_a_lost_or_drained_node_run_elsewhere_and_nothing_is_done_about_it() {
    for (lose, status) in [
        (Fake::lose_node as fn(&Fake, &str), "2/2 tasks: n3 (2); n2 is down"),
        (Fake::drain_node, "2/2 tasks: n3 (2); n2 is drained"),
    ] {
        let world = shop();
        converge(&world, ApplyOptions::PLAIN).await;
        lose(&world.engines[0], "n2");
        let observed = described(&world).await;
        let ship = world.environment.instance(world.id("web")).ship;
        let web = &observed.holdings(ship).expect("it answers").containers["web"];
        assert_eq!((web.state.clone(), web.status.as_str()), (ContainerState::Running, status));
        assert!(!planned(&world, ApplyOptions::PLAIN).await.changes());
    }
}

#[tokio::test(start_paused = true)]
async fn services_stop_start_and_restart() {
    let mut world = shop();
    swarm_mut(&mut world, "db").mode = SwarmMode::Global;
    converge(&world, ApplyOptions::PLAIN).await;
    assert_eq!(world.engines[0].service_names(), ["db 3 app", "web 2 app"]);
    let observed = described(&world).await;
    let plan = stop::plan(&world.environment, &observed, &world.all(), STOP);
    assert_eq!(words(&plan, &world), ["stop proxy-1", "stop web", "stop db"]);
    assert!(world.run(plan).await.failures().is_empty());
    assert_eq!(world.engines[0].service_names(), ["db 0 app", "web 0 app"]);
    let observed = described(&world).await;
    let plan = start::plan(&world.environment, &observed, &world.all(), start::StartOptions::default());
    assert!(world.run(plan).await.failures().is_empty());
    assert_eq!(world.engines[0].service_names(), ["db 3 app", "web 2 app"]);
    let observed = described(&world).await;
    let options = restart::RestartOptions::default();
    let plan = restart::plan(&world.environment, &observed, &world.some(&["web"]), options);
    assert_eq!(words(&plan, &world), ["update web", "ready web"]);
    assert!(world.run(plan).await.failures().is_empty());
    assert!(!planned(&world, ApplyOptions::PLAIN).await.changes());
}

#[tokio::test(start_paused = true)]
async fn down_removes_services_and_their_network() {
    let world = shop();
    converge(&world, ApplyOptions::PLAIN).await;
    let observed = described(&world).await;
    let plan = down::plan(&world.environment, &observed, &world.all(), DownOptions::default());
    assert!(world.run(plan).await.failures().is_empty());
    assert!(world.engines[0].service_names().is_empty());
    let observed = described(&world).await;
    let plan = down::plan(&world.environment, &observed, &world.all(), DownOptions::default());
    assert!(!plan.changes(), "{plan:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_the_file_does_not_declare_is_an_orphan() {
    let world = shop();
    converge(&world, ApplyOptions::PLAIN).await;
    let mut less =
        World { environment: world.environment.clone(), engines: world.engines.clone(), ..World::new(2) };
    // Nothing requires the last one.
    less.environment.services.pop();
    less.environment.instances.pop();
    let plan = planned(&less, ApplyOptions::PLAIN).await;
    assert_eq!(plan.orphans.len(), 1);
    less.environment.services.pop();
    less.environment.instances.pop();
    let plan = planned(&less, ApplyOptions { prune: true, ..ApplyOptions::PLAIN }).await;
    assert!(less.run(plan).await.failures().is_empty());
    assert_eq!(world.engines[0].service_names(), ["db 1 app"]);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_somebody_else_made_is_taken_over_only_if_asked_to() {
    let mut world = World::new(1);
    world.make_swarm(0);
    world.swarm_service("web", 0, 2, &[]);
    let other = json!({
        "Name": "web",
        "Mode": {"Replicated": {"Replicas": 1}},
        "TaskTemplate": {"ContainerSpec": {"Image": "app"}},
    });
    let id = world.engines[0].create_service(&other, None).await.expect("a service");
    let plan = planned(&world, ApplyOptions::PLAIN).await;
    assert!(matches!(plan.blocked[0].reason, BlockedReason::Unmanaged { .. }), "{:?}", plan.blocked);
    let plan = converge(&world, ApplyOptions { adopt: true, ..ApplyOptions::PLAIN }).await;
    assert_eq!(words(&plan, &world), ["create-network all", "update web", "ready web"]);
    assert_eq!(world.engines[0].service_names(), ["web 2 app"]);
    let service = world.engines[0].service("web").await.expect("an answer").expect("a service");
    assert_eq!(service.id, id);
}

fn author() -> Author {
    Author { by: "ann@box".into(), command: "maestro apply".into(), commit: None }
}

/// What is known of it, revisions as well.
async fn looked(world: &World) -> Observed {
    let mut observed = described(world).await;
    for (state, engine) in observed.ships.iter_mut().zip(world.all_engines()) {
        LabelStore::on(&*engine).observe_revisions(&world.environment.name, state).await;
        LabelStore::on(&*engine).observe_files(&world.environment.name, state).await;
    }
    observed
}

/// Applies and records, after which there is nothing to do and to record.
async fn recorded_apply(world: &World) {
    let plan = async || {
        let observed = looked(world).await;
        let plan = apply::plan(&world.environment, &observed, &world.all(), PRUNE);
        recorded(plan, &world.environment, &observed, &author())
    };
    let outcome = world.run(plan().await).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failure_texts());
    let again = plan().await;
    assert!(again.steps.is_empty(), "{again:?}");
}

/// Goes back, and returns what was done.
async fn roll_back(world: &World, number: Option<u64>) -> Vec<String> {
    let observed = looked(world).await;
    let back = rollback::plan(&world.environment, &observed, number, ApplyOptions::default()).expect("a way");
    let plan = recorded(back.plan, &back.environment, &observed, &author());
    let then = of(world, &back.environment);
    let done = words(&plan, &then);
    let outcome = then.run(plan).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failure_texts());
    done
}

/// The engines of a world, with another environment.
pub(crate) fn of(world: &World, environment: &Environment) -> World {
    World { environment: environment.clone(), engines: world.engines.clone(), ..World::new(2) }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_brings_back_services_that_were_changed_removed_and_forgotten() {
    let mut world = shop();
    world.swarm_service("extra", 0, 1, &[]);
    recorded_apply(&world).await;
    // The file forgets the last one.
    world.environment.services.pop();
    world.environment.instances.pop();
    swarm_mut(&mut world, "web").mode = SwarmMode::Replicated(3);
    swarm_mut(&mut world, "web").constraints = vec!["node.labels.zone==a".to_owned()];
    recorded_apply(&world).await;
    let observed = looked(&world).await;
    let all = history(&world.environment, &observed);
    let keys: Vec<_> = all
        .iter()
        .map(|one| {
            (one.number, one.runs, one.changes.iter().flat_map(|c| c.keys.clone()).collect::<Vec<_>>())
        })
        .collect();
    let changed = vec!["deploy.placement".to_owned(), "deploy.replicas".to_owned()];
    assert_eq!(keys, [(2, true, changed), (1, false, Vec::new())]);

    let done = roll_back(&world, None).await;
    insta::assert_debug_snapshot!(done, @r#"
    [
        "update web",
        "ready web",
        "create extra",
        "ready extra",
        "record all",
        "record all",
    ]
    "#);
    assert_eq!(world.engines[0].service_names(), ["db 1 app", "web 2 app", "extra 1 app"]);
    let done = roll_back(&world, Some(2)).await;
    insta::assert_debug_snapshot!(done, @r#"
    [
        "update web",
        "ready web",
        "stop all",
        "remove all",
        "record all",
        "record all",
    ]
    "#);
    assert_eq!(world.engines[0].service_names(), ["db 1 app", "web 3 app"]);
    let observed = looked(&world).await;
    assert_eq!(history(&world.environment, &observed).len(), 4);
    // A second time there is nothing to do.
    assert_eq!(roll_back(&world, Some(2)).await, [""; 0]);
}

/// Gives a service a config or secret with that content.
fn give(world: &mut World, service: &str, kind: StoredKind, target: &str, content: &str) {
    let access = FileAccess { uid: 0, gid: 0, mode: 0o400 };
    let file =
        CarriedFile::new(("world", service), target, access, false, content.as_bytes().to_vec().into());
    let instance = world.instance_mut(service);
    let kept = instance.files.iter().filter(|file| file.target != target).cloned();
    instance.files = kept.chain([file]).collect();
    let mut spec = (*instance.container).clone();
    spec.files = instance.files.specs();
    instance.container = spec.into();
    let file = SwarmFile { kind, name: target.trim_start_matches('/').to_owned(), external: None, access };
    instance.swarm.as_mut().expect("a service on a Swarm").files.insert(target.to_owned(), file);
}

#[tokio::test(start_paused = true)]
async fn configs_and_secrets_are_stored_and_live_as_long_as_a_service_or_a_revision_needs_them() {
    let mut world = shop();
    give(&mut world, "web", StoredKind::Config, "/app.conf", "one");
    give(&mut world, "web", StoredKind::Secret, "/run/secrets/token", "hunter2");
    recorded_apply(&world).await;
    let swarm = &world.engines[0].clone();
    let [config, secret] = ["config world_app.conf", "secret world_run_secrets_token"];
    assert_eq!(swarm.stored_files(), [config, secret]);

    give(&mut world, "web", StoredKind::Config, "/app.conf", "two");
    let plan = planned(&world, ApplyOptions::PLAIN).await;
    assert_eq!(
        fields(&plan),
        ["files./app.conf: old content, mode 0400, owner 0:0 → new content, mode 0400, owner 0:0"]
    );
    recorded_apply(&world).await;
    assert_eq!(swarm.stored_files(), [config, config, secret]);

    // The file does not say any more what the first content was, and the Swarm has it.
    roll_back(&world, Some(1)).await;
    assert_eq!(swarm.stored_files(), [config, config, secret]);
    let observed = looked(&world).await;
    let keys: Vec<_> =
        history(&world.environment, &observed)[0].changes.iter().flat_map(|one| one.keys.clone()).collect();
    assert_eq!(keys, ["files./app.conf"]);

    // The first content is needed by no service and no revision once there are ten others.
    for number in 3..15 {
        give(&mut world, "web", StoredKind::Config, "/app.conf", &number.to_string());
        recorded_apply(&world).await;
    }
    let kept = swarm.stored_files().len();
    assert!((11..=12).contains(&kept), "{kept}");

    let observed = looked(&world).await;
    let plan = down::plan(&world.environment, &observed, &world.all(), DownOptions::default());
    let plan = forgotten(plan, &world.environment, &observed);
    assert!(world.run(plan).await.failures().is_empty());
    assert_eq!(swarm.stored_files(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_somebody_else_makes_has_to_exist() {
    let mut world = shop();
    let access = FileAccess { uid: 0, gid: 0, mode: 0o444 };
    let file =
        SwarmFile { kind: StoredKind::Secret, name: "key".into(), external: Some("tls-key".into()), access };
    swarm_mut(&mut world, "db").files.insert("/run/secrets/key".to_owned(), file);
    let outcome = world.run(planned(&world, ApplyOptions::PLAIN).await).await;
    let [failure] = &outcome.failure_texts()[..] else { panic!("one failure") };
    insta::assert_snapshot!(failure.reason, @"ship ship-0 refused to create its service: the Swarm has no secret `tls-key`; create it, or correct its name");
    let fake = &world.engines[0];
    fake.store(StoredKind::Secret, "tls-key", &BTreeMap::new(), b"x").await.unwrap();
    converge(&world, ApplyOptions::PLAIN).await;
    assert!(!planned(&world, ApplyOptions::PLAIN).await.changes());
}
