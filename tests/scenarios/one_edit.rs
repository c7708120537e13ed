//! A file whose one edit replaces a ship by the Swarm that the ship's engine manages, or the other way round. What runs on that
//! engine is seen although no ship of the file is it.

use maestro_core::{
    model::{
        Environment,
        container::Mount,
        swarm::{LABEL_TASK_OF, LABEL_TASK_OF_NAME},
    },
    observed::{Container, ContainerState, Observed, ShipState},
    plan::{
        BlockedReason,
        apply::{self, ApplyOptions},
        down::{self, DownOptions},
        orphans,
        reason::OrphanReason,
    },
};
use maestro_engine::Containers as _;
use maestro_fake::ManagerLoss;

use crate::{
    apply::{converge, described, planned},
    swarm::words,
    world::World,
};

const MOVES: ApplyOptions = ApplyOptions { moves: true, ..ApplyOptions::PLAIN };

fn with_volume(world: &mut World, instance: &str) {
    let instance = world.instance_mut(instance);
    let mut spec = (*instance.container).clone();
    spec.mounts = vec![Mount { source: "world_data".into(), target: "/data".into(), mode: "rw".into() }];
    instance.container = spec.into();
}

/// A web service that requires a database, both as containers of one ship; the database has a volume if that is wanted.
fn on_ship(has_data: bool) -> World {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0, 0], &["db"]);
    if has_data {
        with_volume(&mut world, "db-1");
    }
    world
}

/// The same as services of a Swarm.
fn on_swarm(has_data: bool) -> World {
    let mut world = World::new(1);
    world.make_swarm(0);
    world.swarm_service("db", 0, 1, &[]);
    world.swarm_service("web", 0, 2, &["db"]);
    if has_data {
        with_volume(&mut world, "db");
    }
    world
}

/// That environment on these engines.
fn of(world: &World, environment: &Environment) -> World {
    World { environment: environment.clone(), engines: world.engines.clone(), ..World::new(1) }
}

/// What ran on the ship, in a file that has the Swarm alone.
async fn replaced(has_data: bool) -> World {
    let before = on_ship(has_data);
    converge(&before, ApplyOptions::PLAIN).await;
    of(&before, &on_swarm(has_data).environment)
}

async fn containers(world: &World) -> Vec<String> {
    let all = world.engines[0].containers().await.expect("an answer");
    all.into_iter().map(|container| container.name).collect()
}

#[tokio::test(start_paused = true)]
async fn containers_of_a_manager_end_when_the_services_have_their_tasks() {
    let world = replaced(false).await;
    let plan = converge(&world, ApplyOptions::PLAIN).await;
    let all = words(&plan, &world);
    let at = |wanted: &str| all.iter().position(|word| word == wanted).expect("a step");
    assert!(at("ready web") < at("stop all"), "{all:?}");
    assert_eq!(containers(&world).await, Vec::<String>::new());
    assert_eq!(world.engines[0].service_names(), ["db 1 app", "web 2 app"]);
}

#[tokio::test(start_paused = true)]
async fn data_of_a_manager_has_one_writer_at_a_time() {
    let world = replaced(true).await;
    let plan = planned(&world, ApplyOptions::PLAIN).await;
    assert_eq!(plan.steps.len(), 0, "{:?}", words(&plan, &world));
    let BlockedReason::ServiceMoved { is_beside: true, data, .. } = &plan.blocked[0].reason else {
        panic!("{:?}", plan.blocked)
    };
    assert_eq!(data[..], ["volume world_data (/data)"]);
    let plan = planned(&world, MOVES).await;
    let place = |word: &str, instance| {
        plan.steps.iter().position(|step| step.action.word() == word && step.instance == instance)
    };
    let (create, stop) = (place("create", Some(world.id("db"))), place("stop", None).expect("a stop"));
    let after = format!("{:?}", plan.steps[create.expect("a service")].after);
    assert!(after.contains(&format!("StepId({stop})")), "{after}");
    converge(&world, MOVES).await;
    assert_eq!(containers(&world).await, Vec::<String>::new());
    assert!(world.engines[0].volume_names().contains(&"world_data".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_a_ship_of_the_file_has_too_is_listed_once() {
    let before = on_ship(false);
    converge(&before, ApplyOptions::PLAIN).await;
    // The Swarm and its manager's engine, both in the file.
    let mut file = World::on_one_engine(2);
    file.make_swarm(0);
    file.swarm_service("db", 0, 1, &[]);
    file.service("web", &[1, 1], &["db"]);
    file.engines = vec![before.engines[0].clone(); 2];
    let observed = described(&file).await;
    assert_eq!(observed.ships.iter().filter_map(beside).collect::<Vec<_>>(), [3, 0]);
    let all = orphans::list(&file.environment, &observed);
    let all: Vec<_> = all.iter().map(|one| (one.ship.0, one.container.as_str(), &one.reason)).collect();
    assert!(matches!(all[..], [(1, "db-1", OrphanReason::OnSwarm { .. })]), "{all:?}");
}

fn beside(state: &ShipState) -> Option<usize> {
    match state {
        ShipState::Answering(holdings) => Some(holdings.beside.len()),
        ShipState::NotAsked | ShipState::Unreachable { .. } => None,
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_file_forgot_is_pruned_and_taken_down_from_a_manager_too() {
    for prunes in [true, false] {
        let before = on_ship(true);
        converge(&before, ApplyOptions::PLAIN).await;
        let mut file = World::new(1);
        file.make_swarm(0);
        file.swarm_service("other", 0, 1, &[]);
        let world = of(&before, &file.environment);
        let observed = described(&world).await;
        assert_eq!(orphans::list(&world.environment, &observed).len(), 3);
        let plan = if prunes {
            planned(&world, ApplyOptions { prune: true, ..ApplyOptions::PLAIN }).await
        } else {
            let options = DownOptions { all_orphans: true, ..DownOptions::default() };
            down::plan(&world.environment, &observed, &world.all(), options)
        };
        assert!(world.run(plan).await.failures().is_empty());
        assert_eq!(containers(&world).await, Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_manager_that_is_lost_hides_nothing_that_another_one_has() {
    let world = replaced(true).await;
    world.engines[0].have_managers(3);
    assert_eq!(beside(&described(&world).await.ships[0]), Some(3));
    world.engines[0].lose_manager(1, ManagerLoss::Gone);
    assert_eq!(beside(&described(&world).await.ships[0]), Some(3));
    converge(&world, MOVES).await;
    assert_eq!(containers(&world).await, Vec::<String>::new());
}

/// The container of a task of that service, as its node's engine lists it.
fn task(service: &str, id: &str, state: ContainerState) -> Container {
    let labels = [(LABEL_TASK_OF, id), (LABEL_TASK_OF_NAME, service)];
    Container {
        id: "f00".to_owned(),
        name: format!("{service}.1.f00"),
        image: "app".to_owned(),
        image_id: String::new(),
        state,
        status: String::new(),
        labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        published: Vec::new(),
        networks: Vec::new(),
        on_host_network: false,
        mounts: Vec::new(),
    }
}

fn put(observed: &mut Observed, ship: usize, task: Container) {
    let ShipState::Answering(holdings) = &mut observed.ships[ship] else { panic!("an answer") };
    holdings.containers.insert(task.name.clone(), task);
}

#[tokio::test(start_paused = true)]
async fn a_ship_that_runs_tasks_of_a_service_gets_no_container_of_it() {
    let world = on_ship(true);
    let running = ContainerState::Running;
    for (service, state, is_blocked) in [
        ("world_db", running.clone(), true),
        ("world_db", ContainerState::Exited, false),
        ("other_db", running.clone(), false),
    ] {
        let mut observed = world.observe().await;
        put(&mut observed, 0, task(service, "s1", state));
        let plan = apply::plan(&world.environment, &observed, &world.all(), MOVES);
        let is_told = plan.blocked.iter().any(|one| {
            one.reason == BlockedReason::OnUnknownSwarm { service: "world_db".to_owned() }
                && one.instance == world.id("db-1")
        });
        assert_eq!((is_told, plan.steps.is_empty()), (is_blocked, is_blocked), "{service}");
        assert!(plan.blocked.iter().all(|_| is_blocked));
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_of_a_swarm_of_the_file_moves_to_a_ship_that_runs_its_tasks() {
    let before = on_swarm(true);
    converge(&before, ApplyOptions::PLAIN).await;
    let mut file = World::new(2);
    file.make_swarm(0);
    file.service("db", &[1], &[]);
    with_volume(&mut file, "db-1");
    file.engines[0] = before.engines[0].clone();
    let mut observed = described(&file).await;
    let id =
        observed.holdings(maestro_core::model::ShipId(0)).expect("an answer").containers["db"].id.clone();
    put(&mut observed, 1, task("world_db", &id, ContainerState::Running));
    let plan = apply::plan(&file.environment, &observed, &file.all(), MOVES);
    assert_eq!(plan.blocked, []);
}
