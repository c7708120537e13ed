//! What grows with the number of ships, counted in calls: no clock says it, so no load changes it.

use maestro_engine::observe::Question;
use maestro_run::operations::fleet::Fleet;

use crate::{
    takeovers::{Machines, Routes},
    world::World,
};

/// The calls of a `status`, a `plan` and an `apply` that has nothing to do, with so many ships of two instances each.
async fn calls(ships: usize) -> [usize; 3] {
    let mut world = World::new(ships);
    let places: Vec<usize> = (0..ships).collect();
    for service in ["db", "web"] {
        world.service(service, &places, &[]);
    }
    let machines = Machines::default();
    assert_eq!(machines.run(1, &world, "apply").await.summary.failed, 0);
    // What has begun to run lately is looked at more closely.
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    let all = || world.engines.iter().map(|engine| engine.calls().len()).sum::<usize>();
    let needed = world.environment.ship_ids().collect();
    let (routes, environment) = (Routes(world.engines.clone()), &world.environment);
    let mut counts = [all(); 4];
    Fleet::connect_and_observe_on(environment, &routes, &needed, Question::CONTAINERS).await;
    counts[1] = all();
    Fleet::connect_and_observe_on(environment, &routes, &needed, Question::ALL).await;
    counts[2] = all();
    let summary = machines.run(2, &world, "apply").await.summary;
    assert_eq!((summary.failed, summary.done), (0, 0));
    counts[3] = all();
    [1, 2, 3].map(|at| counts[at] - counts[at - 1])
}

#[tokio::test(start_paused = true)]
async fn fifty_times_the_ships_are_asked_fifty_times_as_much() {
    let (few, many) = (calls(10).await, calls(500).await);
    assert!(few.iter().all(|count| *count > 0), "{few:?}");
    assert_eq!(few.map(|count| count * 50), many);
}
