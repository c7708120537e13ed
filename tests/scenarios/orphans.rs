//! Containers of the environment that the file does not declare, and what commands do about them by name.

use std::{collections::BTreeSet, time::Duration};

use maestro_core::{
    model::ShipId,
    observed::{ContainerState, Observed},
    plan::{
        Plan,
        apply::{self, ApplyOptions},
        orphan_scope::OrphanScope,
        orphans,
        stop::{self, StopMethod, StopOptions},
        tidy::{CleanOptions, plan_clean_with},
    },
};
use maestro_engine::Containers as _;

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

fn stop(world: &World, observed: &Observed, name: &str, how: StopMethod) -> Plan {
    let mut named = orphans::list(&world.environment, observed);
    named.retain(|orphan| orphan.container == name);
    let options = StopOptions { how, adopt: false, ignore_dependencies: false };
    stop::plan_with(&world.environment, observed, &BTreeSet::new(), &named, options)
}

fn running(world: &World) -> Vec<String> {
    let states = world.engines.iter().flat_map(maestro_fake::Fake::states);
    states.filter(|(_, state)| *state == ContainerState::Running).map(|(name, _)| name).collect()
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
        for (how, word) in [(StopMethod::Stop, "stop"), (StopMethod::Kill, "kill")] {
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
        if let maestro_core::observed::ShipState::Answering(holdings) = &mut observed.ships[1] {
            for container in holdings.containers.values_mut() {
                container.id.push('x');
            }
        }
        let options = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
        let plan = stop::plan_with(&world.environment, &observed, &BTreeSet::new(), &named, options);
        assert!(plan.steps.is_empty());
    });
}

async fn pruned(world: &World, names: &[&str]) -> Plan {
    let options = ApplyOptions { prune: true, ..ApplyOptions::PLAIN };
    let observed = described(world).await;
    let (selected, names) = (BTreeSet::new(), names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
    apply::plan_pruning(&world.environment, &observed, &selected, options, &OrphanScope::named(&names))
}

fn containers(world: &World) -> Vec<String> {
    let states = world.engines.iter().flat_map(maestro_fake::Fake::states);
    states.map(|(name, _)| name).collect()
}

#[test]
fn only_orphans_that_are_named_are_pruned() {
    block_on(async {
        let cases: [(&[&str], &[&str]); 4] = [
            (&["old-2"], &["web-1", "old-1"]),
            (&["web"], &["web-1", "old-1", "old-2"]),
            // Those of a service that the file does not declare any more.
            (&["old"], &["web-1"]),
            (&[], &["web-1"]),
        ];
        for (names, left) in cases {
            let world = world().await;
            let plan = pruned(&world, names).await;
            let stay = plan.orphans.iter().filter(|orphan| !orphan.removed).count();
            assert_eq!(stay, left.len() - 1, "{names:?}");
            let outcome = world.run(plan).await;
            assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
            assert_eq!((running(&world), containers(&world)), (owned(left), owned(left)), "{names:?}");
        }
    });
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn an_orphan_that_was_not_named_is_not_stopped_though_it_uses_one_that_is_removed() {
    block_on(async {
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        let web = world.environment.clone();
        world.service("old", &[0, 0], &[]);
        world.instance_mut("old-2").container.volumes_from = vec!["old-1".to_owned()];
        assert!(world.run(planned(&world, ApplyOptions::default()).await).await.failures().is_empty());
        world.environment = web;
        assert!(world.run(pruned(&world, &["old-1"]).await).await.failures().is_empty());
        assert_eq!(containers(&world), ["old-2", "web-1"]);
        assert_eq!(running(&world), ["old-2", "web-1"]);
    });
}

#[test]
fn a_file_without_instances_has_nothing_but_orphans() {
    block_on(async {
        let mut world = world().await;
        world.environment.services.clear();
        world.environment.instances.clear();
        let observed = described(&world).await;
        assert_eq!(names(&world, &observed), ["web-1", "old-1", "old-2"]);
        let plan = stop(&world, &observed, "web-1", StopMethod::Stop);
        assert!(world.run(plan).await.failures().is_empty());
        assert_eq!(running(&world), ["old-1", "old-2"]);
        assert!(world.run(pruned(&world, &[]).await).await.failures().is_empty());
        assert!(containers(&world).is_empty());
    });
}

#[test]
fn a_stopped_orphan_is_cleaned_by_name_and_its_network_with_the_last_one() {
    block_on(async {
        let world = world().await;
        world.engines[1].stop("old-1", Duration::ZERO).await.expect("it runs");
        let clean = |observed: &Observed, names: &[&str]| {
            let orphans = orphans::named(&world.environment, observed, &owned(names));
            let options = CleanOptions { orphans: &orphans, ..CleanOptions::default() };
            plan_clean_with(&world.environment, observed, &BTreeSet::new(), options)
        };
        let observed = world.observe().await;
        let plan = clean(&observed, &["old-1", "old-2"]);
        assert_eq!(plan.steps.len(), 1, "what runs is left alone: {plan:?}");
        assert!(world.run(plan).await.failures().is_empty());
        assert_eq!(containers(&world), ["web-1", "old-2"]);
        world.engines[1].stop("old-2", Duration::ZERO).await.expect("it runs");
        let plan = clean(&world.observe().await, &["old"]);
        let words: Vec<&str> = plan.steps.iter().map(|step| step.action.word()).collect();
        assert_eq!(words, ["remove", "remove-network"]);
        assert!(world.run(plan).await.failures().is_empty());
        assert_eq!(containers(&world), ["web-1"]);
    });
}
