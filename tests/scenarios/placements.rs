//! Services that have a choice of ships, with ships that are drained, fail and come back.

use maestro_core::{
    model::{
        ServiceId, ShipId,
        placement::{Demand, InstanceCount, PlacedService, place_all},
    },
    observed::{ContainerState, Observed, ShipState},
    plan::{
        apply::{self, ApplyOptions},
        whereabouts::whereabouts,
    },
};
use maestro_fake::InjectedFault;

use crate::{
    apply::{block_on, planned},
    world::World,
};

const PLAIN: ApplyOptions = ApplyOptions::PLAIN;

/// A service that has all ships to choose from, all of whose instances run.
async fn spread(ships: usize, instances: usize) -> World {
    let mut world = World::new(ships);
    let all: Vec<usize> = (0..ships).collect();
    let on: Vec<usize> = (0..instances).map(|number| number % ships).collect();
    let service = world.service("web", &on, &[]);
    world.environment.services[service.0].candidates = all.into_iter().map(ShipId).collect();
    assert!(world.run(planned(&world, PLAIN).await).await.failures().is_empty());
    world
}

/// Places the instances of the first service as the resolver does, with where they were found.
fn place(world: &mut World, observed: &Observed) {
    let found = whereabouts(&world.environment, observed);
    let service = &world.environment.services[ServiceId(0).0];
    let placed = PlacedService {
        candidates: service.candidates.clone(),
        count: InstanceCount::Total(service.instances.len()),
        max_per_ship: None,
        spread: Vec::new(),
        demand: Demand::default(),
        found: found.of_service(&service.name, &world.environment.ships),
        recorded: found.recorded_of_service(&service.name),
        begun: found.begun_of_service(&service.name, &world.environment.ships),
    };
    let (ids, scope) = (service.instances.clone(), found.scope(&world.environment.ships));
    for (id, ship) in ids.into_iter().zip(&place_all(&[placed], &scope)[0].ships) {
        world.environment.instances[id.0].ship = *ship;
    }
}

fn running(world: &World, ship: usize) -> usize {
    world.engines[ship].states().into_iter().filter(|(_, state)| *state == ContainerState::Running).count()
}

fn containers(world: &World) -> Vec<usize> {
    world.engines.iter().map(|engine| engine.states().len()).collect()
}

/// No instance runs on two ships.
fn runs_once(world: &World) {
    let mut names: Vec<String> = Vec::new();
    for engine in &world.engines {
        let up = engine.states().into_iter().filter(|(_, state)| *state == ContainerState::Running);
        names.extend(up.map(|(name, _)| name.split('.').next().unwrap_or_default().to_owned()));
    }
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "{names:?}");
}

#[test]
fn a_drained_ship_ends_empty_and_takes_its_part_back() {
    block_on(async {
        let mut world = spread(3, 6).await;
        world.environment.ships[0].drain = true;
        let observed = world.observe().await;
        place(&mut world, &observed);
        let outcome = world.run(planned(&world, PLAIN).await).await;
        assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
        assert_eq!(containers(&world), [0, 3, 3]);
        let observed = world.observe().await;
        place(&mut world, &observed);
        assert!(planned(&world, PLAIN).await.steps.is_empty());
        world.environment.ships[0].drain = false;
        place(&mut world, &observed);
        assert!(world.run(planned(&world, PLAIN).await).await.failures().is_empty());
        assert_eq!(containers(&world), [2, 2, 2]);
    });
}

#[test]
fn a_drain_that_was_ended_anywhere_is_carried_on() {
    block_on(async {
        for method in ["create", "stop", "start", "remove"] {
            for fault in [InjectedFault::Unreachable, InjectedFault::AnswerLost, InjectedFault::RequestLost] {
                let mut world = spread(3, 6).await;
                world.environment.ships[0].drain = true;
                let observed = world.observe().await;
                place(&mut world, &observed);
                for engine in &world.engines {
                    engine.fail_next(method, "", fault.clone());
                }
                world.run(planned(&world, PLAIN).await).await;
                runs_once(&world);
                for engine in &world.engines {
                    engine.forget_faults();
                }
                for _ in 0..2 {
                    let observed = world.observe().await;
                    place(&mut world, &observed);
                    world.run(planned(&world, PLAIN).await).await;
                    runs_once(&world);
                }
                assert_eq!(containers(&world), [0, 3, 3], "{method} {fault:?}");
                let observed = world.observe().await;
                place(&mut world, &observed);
                assert!(planned(&world, PLAIN).await.steps.is_empty(), "{method} {fault:?}");
            }
        }
    });
}

#[test]
fn an_instance_on_a_ship_that_does_not_answer_is_not_started_elsewhere() {
    block_on(async {
        for drained in [None, Some(0), Some(1), Some(2)] {
            let mut world = spread(3, 6).await;
            // Ship 0 was drained once, so the placement is not the file's.
            world.environment.ships[0].drain = true;
            let observed = world.observe().await;
            place(&mut world, &observed);
            assert!(world.run(planned(&world, PLAIN).await).await.failures().is_empty());
            world.environment.ships[0].drain = false;
            if let Some(drained) = drained {
                world.environment.ships[drained].drain = true;
            }
            let mut observed = crate::apply::described(&world).await;
            observed.ships[2] = ShipState::Unreachable { reason: "refused".into() };
            place(&mut world, &observed);
            let plan = apply::plan(&world.environment, &observed, &world.all(), PLAIN);
            assert!(world.run(plan).await.failures().is_empty());
            runs_once(&world);
            assert_eq!(running(&world, 2), 3, "{drained:?}");
        }
    });
}
