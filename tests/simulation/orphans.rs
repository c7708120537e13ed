//! Containers of the environment that the file does not declare, and what commands do about them by name.

use std::{collections::BTreeSet, time::Duration};

use maestro::{
    engine::Engine as _,
    model::ShipId,
    observed::{Observed, State},
    plan::{
        Plan,
        apply::ApplyOptions,
        orphans,
        stop::{self, How, StopOptions},
    },
};

use crate::{
    apply::{block_on, described, planned},
    world::World,
};

/// `web-1` is declared and runs; `old-1` and `old-2` run on the second of two ships and are orphans.
async fn world() -> World {
    let mut before = World::new(2);
    before.service("web", &[0], &[]);
    let web = before.environment.clone();
    before.service("old", &[1, 1], &[]);
    let outcome = before.run(planned(&before, ApplyOptions::default()).await).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    before.environment = web;
    before
}

fn names(world: &World, observed: &Observed) -> Vec<String> {
    orphans::list(&world.environment, observed).into_iter().map(|orphan| orphan.container).collect()
}

fn stop(world: &World, observed: &Observed, name: &str, how: How) -> Plan {
    let mut named = orphans::list(&world.environment, observed);
    named.retain(|orphan| orphan.container == name);
    let options = StopOptions { how, adopt: false, ignore_dependencies: false };
    stop::plan_with(&world.environment, observed, &BTreeSet::new(), &named, options)
}

fn running(world: &World) -> Vec<String> {
    let states = world.engines.iter().flat_map(maestro::engine::fake::Fake::states);
    states.filter(|(_, state)| *state == State::Running).map(|(name, _)| name).collect()
}

#[test]
fn orphans_are_found_by_a_list_of_containers_alone() {
    block_on(async {
        let world = world().await;
        let observed = world.observe().await;
        assert_eq!(names(&world, &observed), ["old-1", "old-2"]);
        world.engines[1].stop("old-2", Duration::ZERO).await.expect("it runs");
        let observed = world.observe().await;
        assert_eq!(names(&world, &observed), ["old-1", "old-2"]);
        let up = orphans::running(&world.environment, &observed);
        assert_eq!(up.iter().map(|orphan| orphan.container.as_str()).collect::<Vec<_>>(), ["old-1"]);
    });
}

#[test]
fn an_instance_that_moves_is_no_orphan() {
    block_on(async {
        let mut world = world().await;
        world.instance_mut("web-1").ship = ShipId(1);
        assert_eq!(names(&world, &world.observe().await), ["old-1", "old-2"]);
    });
}

#[test]
fn an_orphan_is_stopped_or_killed_by_name_alone() {
    block_on(async {
        for (how, word) in [(How::Stop, "stop"), (How::Kill, "kill")] {
            let world = world().await;
            let observed = described(&world).await;
            let plan = stop(&world, &observed, "old-1", how);
            assert_eq!((plan.steps.len(), plan.steps[0].action.word()), (1, word));
            let outcome = world.run(plan).await;
            assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
            assert_eq!(running(&world), ["web-1", "old-2"]);
            let again = stop(&world, &described(&world).await, "old-1", how);
            assert!(again.steps.is_empty());
        }
    });
}

#[test]
fn an_orphan_that_others_took_the_name_of_meanwhile_is_left_alone() {
    block_on(async {
        let world = world().await;
        let mut observed = described(&world).await;
        let named = orphans::list(&world.environment, &observed);
        if let maestro::observed::ShipState::Answering(holdings) = &mut observed.ships[1] {
            for container in holdings.containers.values_mut() {
                container.id.push('x');
            }
        }
        let options = StopOptions { how: How::Stop, adopt: false, ignore_dependencies: false };
        let plan = stop::plan_with(&world.environment, &observed, &BTreeSet::new(), &named, options);
        assert!(plan.steps.is_empty());
    });
}
