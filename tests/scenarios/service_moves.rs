//! Services that the file places on a Swarm, whose containers run on a ship: the service takes their place. And back again.

use std::time::Duration;

use maestro_core::{
    model::container::{Mount, Port, Protocol},
    plan::{
        BlockedReason, Plan,
        apply::ApplyOptions,
        restart::{self, RestartOptions},
        start::{self, StartOptions},
    },
};
use maestro_engine::Containers as _;
use maestro_fake::Behaviour;

use crate::{
    apply::{converge, planned},
    swarm::{of, words},
    world::World,
};

const MOVES: ApplyOptions = ApplyOptions { moves: true, ..ApplyOptions::PLAIN };

/// A web server that requires a database, both on a ship, as they run; and the same on a Swarm, as the file has them now.
/// `change` is made to the services of both.
async fn moved(change: impl Fn(&mut World, &str, &str)) -> World {
    let mut before = World::new(2);
    before.make_swarm(0);
    before.service("db", &[1], &[]);
    before.service("web", &[1], &["db"]);
    change(&mut before, "db-1", "web-1");
    converge(&before, ApplyOptions::PLAIN).await;
    let mut file = World::new(2);
    file.make_swarm(0);
    file.swarm_service("db", 0, 1, &[]);
    file.swarm_service("web", 0, 2, &["db"]);
    change(&mut file, "db", "web");
    of(&before, &file.environment)
}

fn with_volume(world: &mut World, database: &str, _: &str) {
    let instance = world.instance_mut(database);
    let mut spec = (*instance.container).clone();
    spec.mounts = vec![Mount { source: "world_data".into(), target: "/data".into(), mode: "rw".into() }];
    instance.container = spec.into();
}

fn with_port(world: &mut World, _: &str, web: &str) {
    let port = Port {
        name: "http".into(),
        container: 80,
        host: 80,
        count: 1,
        choice: 1,
        protocol: Protocol::Tcp,
        bind: None,
        ipv6: false,
    };
    world.instance_mut(web).ports = vec![port];
}

async fn on_ship(world: &World) -> Vec<String> {
    let containers = world.engines[1].containers().await.expect("an answer");
    containers.into_iter().map(|container| container.name).collect()
}

fn blocked<'p>(plan: &'p Plan, world: &World) -> Vec<(String, &'p BlockedReason)> {
    let name = |one| world.environment.instance(one).name.clone();
    plan.blocked.iter().map(|one| (name(one.instance), &one.reason)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_has_neither_data_nor_ports_ends_when_the_services_have_their_tasks() {
    let world = moved(|_, _, _| {}).await;
    let plan = converge(&world, ApplyOptions::PLAIN).await;
    let all = words(&plan, &world);
    let at = |wanted: &str| all.iter().position(|word| word == wanted).expect("a step");
    assert!(at("ready web") < at("stop all"), "{all:?}");
    assert_eq!(on_ship(&world).await, Vec::<String>::new());
    assert_eq!(world.engines[0].service_names(), ["db 1 app", "web 2 app"]);
}

#[tokio::test(start_paused = true)]
async fn what_publishes_a_port_stops_before_its_service_is_made_and_after_what_it_requires_is_ready() {
    let world = moved(with_port).await;
    let plan = planned(&world, ApplyOptions::PLAIN).await;
    let create = plan
        .steps
        .iter()
        .position(|step| step.action.word() == "create" && step.instance == Some(world.id("web")));
    let waits = format!("{:?}", plan.steps[create.expect("a step")].after);
    let stop = plan.steps.iter().position(|step| step.action.word() == "stop").expect("a step");
    assert!(waits.contains(&format!("{stop}")), "{waits}");
    assert!(!plan.steps[stop].after.is_empty());
    world.run(plan).await;
    assert_eq!(on_ship(&world).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn data_stays_and_nothing_that_requires_it_moves_without_being_asked_to() {
    let world = moved(with_volume).await;
    let plan = planned(&world, ApplyOptions::PLAIN).await;
    let [(db, reason), (web, behind)] = &blocked(&plan, &world)[..] else { panic!("{:?}", plan.blocked) };
    assert_eq!((db.as_str(), web.as_str()), ("db", "web"));
    let BlockedReason::ServiceMoved { from, is_beside: false, data } = reason else { panic!("{reason:?}") };
    assert_eq!((from.0, &data[..]), (1, &["volume world_data (/data)".to_owned()][..]));
    assert!(matches!(behind, BlockedReason::Behind { .. }));
    // Nothing that runs is stopped for what is not done.
    assert_eq!(plan.steps.len(), 0, "{:?}", words(&plan, &world));
    let start =
        start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    assert_eq!(start.blocked.len(), 2);
    converge(&world, MOVES).await;
    assert_eq!(on_ship(&world).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_leaves_what_it_was_to_replace() {
    let world = moved(with_port).await;
    let bad = Behaviour { dies: Some((Duration::ZERO, 1)), ..Behaviour::default() };
    world.engines[0].behave("app", bad);
    let outcome = world.run(planned(&world, ApplyOptions::PLAIN).await).await;
    assert_eq!(outcome.summary.failed, 1);
    assert_eq!(on_ship(&world).await.len(), 2, "{:?}", on_ship(&world).await);
    world.engines[0].behave("app", Behaviour::default());
    converge(&world, ApplyOptions::PLAIN).await;
    assert_eq!(on_ship(&world).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn start_and_restart_move_a_service_as_apply_does() {
    for restarts in [None, Some(false), Some(true)] {
        let world = moved(|_, _, _| {}).await;
        let (observed, all) = (world.observe().await, world.all());
        let plan = match restarts {
            None => start::plan(&world.environment, &observed, &all, StartOptions::default()),
            Some(in_batches) => {
                let options = RestartOptions { in_batches, ..RestartOptions::default() };
                restart::plan(&world.environment, &observed, &all, options)
            }
        };
        world.run(plan).await;
        assert_eq!(on_ship(&world).await, Vec::<String>::new(), "{restarts:?}");
        assert_eq!(world.engines[0].service_names(), ["db 1 app", "web 2 app"], "{restarts:?}");
    }
}

/// The same the other way round: both run on a Swarm, and the file has them on a ship now.
async fn moved_back(change: impl Fn(&mut World, &str, &str)) -> World {
    let mut before = World::new(2);
    before.make_swarm(0);
    before.swarm_service("db", 0, 1, &[]);
    before.swarm_service("web", 0, 2, &["db"]);
    change(&mut before, "db", "web");
    converge(&before, ApplyOptions::PLAIN).await;
    let mut file = World::new(2);
    file.make_swarm(0);
    file.service("db", &[1], &[]);
    file.service("web", &[1, 1], &["db"]);
    change(&mut file, "db-1", "web-1");
    of(&before, &file.environment)
}

const CONTAINERS: [&str; 3] = ["db-1", "web-1", "web-2"];

#[tokio::test(start_paused = true)]
async fn a_service_that_leaves_a_swarm_ends_there_when_its_containers_are_ready() {
    let world = moved_back(|_, _, _| {}).await;
    let plan = converge(&world, ApplyOptions::PLAIN).await;
    let all = words(&plan, &world);
    let at = |wanted: &str| all.iter().position(|word| word == wanted).expect("a step");
    assert!(at("ready web-2") < at("stop all"), "{all:?}");
    assert_eq!(world.engines[0].service_names(), [""; 0]);
    assert_eq!(on_ship(&world).await, CONTAINERS);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_publishes_a_port_stops_on_its_swarm_before_its_containers_start() {
    let world = moved_back(with_port).await;
    let plan = planned(&world, ApplyOptions::PLAIN).await;
    let position = |word: &str, name: &str| {
        let id = (!name.is_empty()).then(|| world.id(name));
        plan.steps.iter().position(|step| step.action.word() == word && step.instance == id).expect("a step")
    };
    let (start, stop) = (position("start", "web-1"), position("stop", ""));
    let waits = |step: usize| format!("{:?}", plan.steps[step].after);
    assert!(waits(start).contains(&format!("StepId({stop})")), "{}", waits(start));
    assert!(!plan.steps[stop].after.is_empty());
    world.run(plan).await;
    assert_eq!(world.engines[0].service_names(), [""; 0]);
    assert_eq!(on_ship(&world).await, CONTAINERS);
}

#[tokio::test(start_paused = true)]
async fn data_on_the_nodes_of_a_swarm_stays_there_unless_asked_for_the_move() {
    let world = moved_back(with_volume).await;
    let plan = planned(&world, ApplyOptions::PLAIN).await;
    let all = blocked(&plan, &world);
    let (db, BlockedReason::ServiceMoved { from, is_beside: false, data }) = &all[0] else {
        panic!("{all:?}")
    };
    assert_eq!((db.as_str(), from.0), ("db-1", 0));
    assert_eq!(data[..], ["volume world_data (/data)"]);
    assert_eq!((all.len(), plan.steps.len()), (3, 0), "{:?}", words(&plan, &world));
    converge(&world, MOVES).await;
    assert_eq!(world.engines[0].service_names(), [""; 0]);
    assert_eq!(on_ship(&world).await, CONTAINERS);
}

#[tokio::test(start_paused = true)]
async fn containers_that_fail_leave_the_service_on_its_swarm() {
    let world = moved_back(|_, _, _| {}).await;
    let bad = Behaviour { dies: Some((Duration::ZERO, 1)), ..Behaviour::default() };
    world.engines[1].behave("app", bad);
    let outcome = world.run(planned(&world, ApplyOptions::PLAIN).await).await;
    assert_eq!(outcome.summary.failed, 1);
    assert_eq!(world.engines[0].service_names(), ["db 1 app", "web 2 app"]);
    world.engines[1].behave("app", Behaviour::default());
    converge(&world, ApplyOptions::PLAIN).await;
    assert_eq!(world.engines[0].service_names(), [""; 0]);
}
