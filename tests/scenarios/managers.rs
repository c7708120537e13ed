//! A Swarm of several managers, some of which are lost: what a run does goes on, and nothing is done twice.

use maestro_core::{event::Summary, plan::apply::ApplyOptions};
use maestro_engine::Engine as _;
use maestro_fake::ManagerLoss;

use crate::{
    apply::{converge, planned},
    takeovers::Machines,
    world::World,
};

/// A database and a web service on a Swarm of three managers.
fn shop() -> World {
    let mut world = World::new(1);
    world.make_swarm(0);
    world.engines[0].have_managers(3);
    world.swarm_service("db", 0, 1, &[]);
    world.swarm_service("web", 0, 2, &["db"]);
    world
}

const SERVICES: [&str; 2] = ["db 1 app", "web 2 app"];

#[tokio::test(start_paused = true)]
async fn a_manager_that_cannot_be_asked_is_replaced_by_the_next() {
    for loss in [ManagerLoss::Gone, ManagerLoss::Demoted, ManagerLoss::Left] {
        let world = shop();
        world.engines[0].lose_manager(1, loss);
        converge(&world, ApplyOptions::PLAIN).await;
        assert_eq!(world.engines[0].service_names(), SERVICES);
        let chosen = world.engines[0].as_swarm(&[]).choose().await;
        assert_eq!(chosen.at, Some(1));
        let others: Vec<_> =
            chosen.others.iter().map(|one| (&one.address[..], one.is_no_manager())).collect();
        assert_eq!(others, [("manager-1", loss != ManagerLoss::Gone)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_manager_that_is_lost_between_two_calls_is_replaced() {
    let world = shop();
    let swarm = world.engines[0].as_swarm(&["n1"]);
    assert_eq!(swarm.choose().await.at, Some(0));
    world.engines[0].lose_manager(1, ManagerLoss::Demoted);
    assert_eq!(swarm.identity().await.unwrap(), "swarm:of-engine-0");
    world.engines[0].lose_manager(2, ManagerLoss::Gone);
    assert!(swarm.manager().unwrap().services().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_manager_that_is_lost_at_any_call_of_a_run_does_not_end_it() {
    let whole = shop();
    let all = Machines::default().run(1, &whole, "apply").await.summary;
    let calls = whole.engines[0].manager_calls();
    assert!(calls > 20, "{calls}");
    for (call, is_done) in (1..=calls).flat_map(|call| [(call, false), (call, true)]) {
        let world = shop();
        world.engines[0].lose_manager_at(call, is_done);
        let changed = Machines::default().run(1, &world, "apply").await;
        assert_eq!(changed.summary, all, "call {call}, {is_done}: {:#?}", changed.events);
        assert_eq!(world.engines[0].service_names(), SERVICES, "call {call}, {is_done}");
        let again = Machines::default().run(2, &world, "apply").await;
        assert_eq!(again.summary.done, 0, "call {call}, {is_done}: {:?}", again.events);
    }
}

#[tokio::test(start_paused = true)]
async fn where_no_manager_can_be_asked_each_is_named() {
    let world = shop();
    let plan = planned(&world, ApplyOptions::PLAIN).await;
    world.engines[0].lose_manager(1, ManagerLoss::Gone);
    world.engines[0].lose_manager(2, ManagerLoss::Demoted);
    world.engines[0].lose_manager(3, ManagerLoss::Left);
    let outcome = world.run(plan).await;
    let failures = outcome.failure_texts();
    insta::assert_snapshot!(failures[0].reason, @"the engine of ship ship-0 cannot be reached: none of its 3 managers can be asked: manager-1: connection refused; manager-2: the engine is a worker of its Swarm; manager-3: the engine is in no Swarm");
    insta::assert_snapshot!(failures[0].next, @"check the engine on ship-0 (the local engine), then run `maestro apply` again");
    let Summary { failed, unreachable, .. } = outcome.summary;
    assert_eq!((failed, unreachable > 0), (0, true));
}
