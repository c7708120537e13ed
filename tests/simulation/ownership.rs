//! Containers that bear the environment's labels without being its own: copies of its containers, made by hand from images
//! that somebody committed. They are unmanaged.

use std::time::Duration;

use maestro::{
    engine::fake::Behaviour,
    observed::{InstanceState, State, ownership::Why},
    plan::{
        HeldReason, Plan,
        action::Action,
        apply::{self, ApplyOptions},
        restart::{self, RestartOptions},
        start::{self, StartOptions},
        stop::{self, How, StopOptions},
        tidy,
    },
};

use crate::{
    apply::{block_on, described, planned},
    world::World,
};

const PLAIN: ApplyOptions = ApplyOptions::PLAIN;
const PRUNE: ApplyOptions = ApplyOptions { prune: true, ..PLAIN };

/// An environment that runs: `web-1` on one ship.
async fn shop() -> World {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    let plan = planned(&world, PLAIN).await;
    let outcome = world.run(plan).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    world
}

/// The plans of all commands that change something.
async fn plans(world: &World) -> Vec<Plan> {
    let (observed, all) = (described(world).await, world.all());
    let environment = &world.environment;
    let stopping = |how| StopOptions { how, adopt: false, ignore_dependencies: false };
    vec![
        apply::plan(environment, &observed, &all, PLAIN),
        apply::plan(environment, &observed, &all, PRUNE),
        start::plan(environment, &observed, &all, StartOptions::default()),
        restart::plan(environment, &observed, &all, RestartOptions::default()),
        stop::plan(environment, &observed, &all, stopping(How::Stop)),
        stop::plan(environment, &observed, &all, stopping(How::Kill)),
        tidy::plan_clean(environment, &observed, &all, false),
    ]
}

/// Whether a plan says anything of a container, by its name or id.
fn is_about(plan: &Plan, name: &str, id: &str) -> bool {
    let text = format!("{:?} {:?} {:?}", plan.steps, plan.orphans, plan.rescues);
    text.contains(&format!("{name:?}")) || text.contains(id)
}

#[test]
fn a_copy_of_a_container_is_left_alone_and_told() {
    block_on(async {
        for is_older in [false, true] {
            let world = shop().await;
            let engine = &world.engines[0];
            if is_older {
                engine.age();
            }
            engine.commit("web-1", "debug").unwrap();
            let id = engine.run_by_hand("copy", "debug").unwrap();
            for plan in plans(&world).await {
                assert!(!is_about(&plan, "copy", &id), "{is_older}: {plan:?}");
                assert!(plan.held.is_empty(), "{is_older}: {:?}", plan.held);
            }
            let observed = described(&world).await;
            let holdings = observed.holdings(maestro::model::ShipId(0)).unwrap();
            let told: Vec<_> = holdings.lookalikes.iter().map(|one| (one.name.as_str(), one.why)).collect();
            assert_eq!(told, [("copy", Why::Inherited)]);
            assert!(!holdings.descriptions.contains_key(&id));
            assert!(planned(&world, PRUNE).await.steps.is_empty());
        }
    });
}

#[test]
fn a_copy_under_an_instances_name_is_unmanaged() {
    block_on(async {
        let world = shop().await;
        let engine = &world.engines[0];
        engine.commit("web-1", "debug").unwrap();
        engine.take_away("web-1");
        let id = engine.run_by_hand("web-1", "debug").unwrap();
        let observed = described(&world).await;
        let state = observed.instance(&world.environment, world.id("web-1"));
        assert!(matches!(state, InstanceState::Foreign(_)), "{state:?}");
        for plan in plans(&world).await {
            assert!(plan.holds_foreign() && !is_about(&plan, "web-1", &id), "{plan:?}");
        }
        // A container under another name does not become the instance's.
        engine.rename_by_hand("web-1", "copy").unwrap();
        let observed = described(&world).await;
        let observed = observed.by_label(&world.environment);
        let state = observed.instance(&world.environment, world.id("web-1"));
        assert!(matches!(state, InstanceState::Absent), "{state:?}");
    });
}

#[test]
fn a_container_made_from_a_committed_image_is_the_environments() {
    block_on(async {
        let mut world = shop().await;
        world.engines[0].commit("web-1", "web-debug").unwrap();
        world.instance_mut("web-1").container.image = "web-debug".into();
        let plan = planned(&world, PLAIN).await;
        assert!(world.run(plan).await.failures().is_empty());
        let again = planned(&world, PRUNE).await;
        assert!(again.steps.is_empty() && again.differing.is_empty() && again.held.is_empty(), "{again:?}");
        assert_eq!(world.engines[0].images_of_containers(), [("web-1".into(), "web-debug".into())].into());
    });
}

#[test]
fn an_older_container_is_known_by_its_image_and_unmanaged_without_it() {
    block_on(async {
        let world = shop().await;
        let engine = &world.engines[0];
        engine.age();
        let plan = planned(&world, PRUNE).await;
        assert!(plan.steps.is_empty() && plan.held.is_empty() && plan.differing.is_empty(), "{plan:?}");
        engine.remove_image("app");
        let observed = described(&world).await;
        let holdings = observed.holdings(maestro::model::ShipId(0)).unwrap();
        assert_eq!(holdings.lookalikes[0].why, Why::ImageUnknown);
        let plan = apply::plan(&world.environment, &observed, &world.all(), PLAIN);
        assert!(matches!(plan.held[0].reason, HeldReason::Foreign { .. }) && plan.steps.is_empty());
        // One that bears its image's id needs no image to be known.
        let newer = shop().await;
        newer.engines[0].remove_image("app");
        assert!(described(&newer).await.holdings(maestro::model::ShipId(0)).unwrap().lookalikes.is_empty());
    });
}

#[test]
fn a_compensation_discards_no_copy() {
    block_on(async {
        let mut world = shop().await;
        let engine = world.engines[0].clone();
        engine.commit("web-1", "debug").unwrap();
        engine.add_image("broken");
        let dies = Some((Duration::from_millis(100), 3));
        engine.behave("broken", Behaviour { dies, ..Behaviour::default() });
        world.instance_mut("web-1").container.image = "broken".into();
        let plan = planned(&world, PLAIN).await;
        let discards = |step: &maestro::plan::Step| matches!(&step.action, Action::Discard { names, .. } if names.iter().any(|name| name == "web-1.next"));
        assert!(plan.steps.iter().any(discards), "{plan:?}");
        // Somebody takes the successor's name after the plan was made.
        engine.run_by_hand("web-1.next", "debug").unwrap();
        world.run(plan).await;
        let states = engine.states();
        assert_eq!(states["web-1.next"], State::Running, "{states:?}");
        assert_eq!(states["web-1"], State::Running, "{states:?}");
    });
}
