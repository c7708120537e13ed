//! Containers that bear the environment's labels without being its own: copies of its containers, made by hand from images
//! that somebody committed. They are unmanaged.

use std::collections::BTreeMap;

use std::time::Duration;

use maestro_core::{
    model::{
        container::{LABEL_ENVIRONMENT, Network, network_name},
        membership::Membership,
    },
    observed::{ContainerState, InstanceState, ownership::Why},
    plan::{
        BlockedReason, Plan,
        action::{Action, ContainerAction},
        apply::{self, ApplyOptions},
        reason::Note,
        restart::{self, RestartOptions},
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
        tidy,
    },
};
use maestro_engine::{Containers as _, Networks as _};
use maestro_fake::Behaviour;

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
        stop::plan(environment, &observed, &all, stopping(StopMethod::Stop)),
        stop::plan(environment, &observed, &all, stopping(StopMethod::Kill)),
        tidy::plan_clean(environment, &observed, &all, false),
    ]
}

/// Whether a plan says anything of a container, by its name or id.
fn is_about(plan: &Plan, name: &str, id: &str) -> bool {
    let text = format!("{:?} {:?} {:?}", plan.steps, plan.orphans, plan.compensations);
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
                assert!(plan.blocked.is_empty(), "{is_older}: {:?}", plan.blocked);
            }
            let observed = described(&world).await;
            let holdings = observed.holdings(maestro_core::model::ShipId(0)).unwrap();
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
        assert!(matches!(state, InstanceState::Unmanaged(_)), "{state:?}");
        for plan in plans(&world).await {
            assert!(plan.has_unmanaged() && !is_about(&plan, "web-1", &id), "{plan:?}");
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
        assert!(
            again.steps.is_empty() && again.differing.is_empty() && again.blocked.is_empty(),
            "{again:?}"
        );
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
        assert!(plan.steps.is_empty() && plan.blocked.is_empty() && plan.differing.is_empty(), "{plan:?}");
        engine.lose_image("app");
        let observed = described(&world).await;
        let holdings = observed.holdings(maestro_core::model::ShipId(0)).unwrap();
        assert_eq!(holdings.lookalikes[0].why, Why::ImageUnknown);
        let plan = apply::plan(&world.environment, &observed, &world.all(), PLAIN);
        assert!(matches!(plan.blocked[0].reason, BlockedReason::Unmanaged { .. }) && plan.steps.is_empty());
        // One that bears its image's id needs no image to be known.
        let newer = shop().await;
        newer.engines[0].lose_image("app");
        assert!(
            described(&newer).await.holdings(maestro_core::model::ShipId(0)).unwrap().lookalikes.is_empty()
        );
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
        let discards = |step: &maestro_core::plan::Step| matches!(&step.action, Action::Container(ContainerAction::Discard { names, .. }) if names.iter().any(|name| name == "web-1.next"));
        assert!(plan.steps.iter().any(discards), "{plan:?}");
        // Somebody takes the successor's name after the plan was made.
        engine.run_by_hand("web-1.next", "debug").unwrap();
        world.run(plan).await;
        let states = engine.states();
        assert_eq!(states["web-1.next"], ContainerState::Running, "{states:?}");
        assert_eq!(states["web-1"], ContainerState::Running, "{states:?}");
    });
}

/// The same with a name that Docker does not allow.
async fn odd(older_network: bool) -> World {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    let name = "a b".to_owned();
    world.environment.name.clone_from(&name);
    let spec = &mut world.instance_mut("web-1").container;
    spec.owner.environment.clone_from(&name);
    spec.network = Network::Environment { name: network_name(&name), links: Vec::new() };
    if older_network {
        let labels: BTreeMap<String, String> = [(LABEL_ENVIRONMENT.to_owned(), name)].into();
        world.engines[0]
            .create_network("maestro-a_b", &labels.clone().into(), false)
            .await
            .expect("the network");
    }
    world
}

async fn networks(world: &World) -> Vec<String> {
    let mut names: Vec<String> = world.engines[0].networks().await.expect("networks").into_keys().collect();
    names.sort();
    names
}

#[test]
fn a_network_of_an_older_release_is_used() {
    block_on(async {
        let mut world = odd(true).await;
        let plan = planned(&world, PLAIN).await;
        assert!(world.run(plan).await.failures().is_empty());
        assert_eq!(networks(&world).await, ["maestro-a_b"]);
        let description = world.engines[0].inspect("web-1").await.unwrap().unwrap().description;
        assert_eq!(description.network_mode, "maestro-a_b");
        assert!(planned(&world, PRUNE).await.steps.is_empty());
        // A replacement stays on it.
        world.instance_mut("web-1").container.env.insert("A".into(), Some("1".into()));
        let plan = planned(&world, PLAIN).await;
        assert!(world.run(plan).await.failures().is_empty());
        assert!(planned(&world, PRUNE).await.steps.is_empty());
        assert_eq!(networks(&world).await, ["maestro-a_b"]);
        let observed = described(&world).await;
        let clean = tidy::plan_clean(&world.environment, &observed, &world.all(), false);
        assert!(clean.steps.is_empty(), "it runs: {clean:?}");
    });
}

#[test]
fn a_network_that_another_environment_shares_by_name_is_not_used() {
    block_on(async {
        let world = odd(false).await;
        let others: BTreeMap<String, String> = [(LABEL_ENVIRONMENT.to_owned(), "a/b".to_owned())].into();
        world.engines[0].create_network("maestro-a_b", &others.clone().into(), false).await.unwrap();
        let plan = planned(&world, PLAIN).await;
        assert!(world.run(plan).await.failures().is_empty());
        assert_eq!(networks(&world).await, ["maestro-a_b", "maestro-a_b-c8687a08aa5d"]);
        let observed = described(&world).await;
        let stopping = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
        world.run(stop::plan(&world.environment, &observed, &world.all(), stopping)).await;
        let observed = described(&world).await;
        world.run(tidy::plan_clean(&world.environment, &observed, &world.all(), false)).await;
        assert_eq!(networks(&world).await, ["maestro-a_b"]);
    });
}

#[test]
fn an_unmanaged_network_holds_what_would_be_made_on_it() {
    block_on(async {
        for labels in [None, Some("other")] {
            let mut world = World::new(1);
            world.service("web", &[0], &[]);
            let labels: BTreeMap<String, String> =
                labels.map(|of| (LABEL_ENVIRONMENT.to_owned(), of.to_owned())).into_iter().collect();
            world.engines[0].create_network("maestro-world", &labels.clone().into(), false).await.unwrap();
            let plan = planned(&world, PLAIN).await;
            assert!(plan.steps.is_empty() && plan.has_unmanaged(), "{plan:?}");
            assert!(matches!(plan.blocked[0].reason, BlockedReason::UnmanagedNetwork { .. }));
            // With --adopt it is used as it is, and what runs on it is left alone afterwards.
            let adopting = planned(&world, ApplyOptions { adopt: true, ..PLAIN }).await;
            assert!(world.run(adopting).await.failures().is_empty());
            assert!(planned(&world, PRUNE).await.blocked.is_empty());
            let observed = described(&world).await;
            let all = world.all();
            let plan = restart::plan(&world.environment, &observed, &all, RestartOptions::default());
            assert!(plan.steps.is_empty() && plan.has_unmanaged(), "not stopped for nothing: {plan:?}");
            let stopping = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
            world.run(stop::plan(&world.environment, &observed, &all, stopping)).await;
            let observed = described(&world).await;
            world.run(tidy::plan_clean(&world.environment, &observed, &all, false)).await;
            assert_eq!(networks(&world).await, ["maestro-world"]);
            assert!(world.engines[0].states().is_empty());
        }
    });
}

#[test]
fn a_network_stays_while_an_unmanaged_container_is_connected() {
    block_on(async {
        let world = shop().await;
        let engine = &world.engines[0];
        engine.add_foreign("guest", "app", ContainerState::Exited);
        let network = "maestro-world".to_owned();
        let membership = Membership { network, ..Membership::default() };
        engine.rejoin("guest", &membership).await.unwrap();
        engine.stop("web-1", Duration::ZERO).await.unwrap();
        let clean =
            || async { tidy::plan_clean(&world.environment, &described(&world).await, &world.all(), false) };
        let plan = clean().await;
        let stays = Note::NetworkStays { network: "maestro-world".into(), container: "guest".into() };
        assert_eq!(plan.remarks[0].note, stays);
        assert!(world.run(plan).await.failures().is_empty());
        assert_eq!(networks(&world).await, ["maestro-world"]);
        engine.take_away("guest");
        assert!(world.run(clean().await).await.failures().is_empty());
        assert!(networks(&world).await.is_empty());
    });
}

#[test]
fn a_network_that_somebody_replaced_is_not_removed() {
    block_on(async {
        let world = shop().await;
        let engine = &world.engines[0];
        engine.stop("web-1", Duration::ZERO).await.unwrap();
        let observed = described(&world).await;
        let plan = tidy::plan_clean(&world.environment, &observed, &world.all(), false);
        engine.remove_network("maestro-world").await.unwrap();
        engine
            .create_network("maestro-world", &maestro_core::model::network::NetworkOptions::default(), false)
            .await
            .unwrap();
        let outcome = world.run(plan).await;
        assert_eq!(outcome.failures().len(), 1, "{:?}", outcome.failures());
        assert_eq!(networks(&world).await, ["maestro-world"]);
    });
}
