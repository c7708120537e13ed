//! Commands that run in containers after their start and before their stop.

use maestro_core::{
    event::{Cause, Event},
    fault::HookFault,
    observed::ContainerState,
    plan::{
        apply::ApplyOptions,
        stop::{self, StopMethod, StopOptions},
    },
    value::hook::{Hook, Hooks},
};

use crate::{
    apply::{block_on, planned},
    world::{Outcome, World},
};

fn hook(command: &[&str]) -> Hook {
    Hook { command: command.iter().map(|word| (*word).to_owned()).collect(), ..Hook::default() }
}

/// Gives an instance a hook after its start and one before its stop.
fn give(world: &mut World, post_start: &[&str], pre_stop: &[&str]) {
    world.instance_mut("web-1").hooks =
        Hooks { post_start: vec![hook(post_start)], pre_stop: vec![hook(pre_stop)] };
}

fn web() -> World {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    give(&mut world, &["exit", "0"], &["exit", "0"]);
    world
}

async fn apply(world: &World) -> Outcome {
    world.run(planned(world, ApplyOptions::PLAIN).await).await
}

async fn bring_down(world: &World, how: StopMethod) -> Outcome {
    let options = StopOptions { how, adopt: false, ignore_dependencies: false };
    world.run(stop::plan(&world.environment, &world.observe().await, &world.all(), options)).await
}

/// The calls that start, stop and run commands, in their order.
fn calls(world: &World) -> Vec<&'static str> {
    let calls = world.engines[0].calls().into_iter().map(|call| call.method);
    calls.filter(|method| ["start", "exec", "stop", "kill"].contains(method)).collect()
}

fn failed(outcome: &Outcome) -> HookFault {
    let failures = outcome.failures();
    let hooks = failures.iter().filter_map(|event| match event {
        Event::StepFailed { failure, .. } => match &failure.cause {
            Cause::HookFailed(fault) => Some(fault.clone()),
            _ => None,
        },
        _ => None,
    });
    let hooks: Vec<HookFault> = hooks.collect();
    let [fault] = &hooks[..] else { panic!("{failures:?}") };
    fault.clone()
}

#[test]
fn hooks_run_after_a_start_and_before_a_stop() {
    block_on(async {
        let world = web();
        assert!(apply(&world).await.failures().is_empty());
        assert_eq!(calls(&world), ["start", "exec"]);
        assert!(bring_down(&world, StopMethod::Stop).await.failures().is_empty());
        assert_eq!(calls(&world), ["start", "exec", "exec", "stop"]);
        // What was not changed has run its hooks; another hook makes no other container.
        assert!(apply(&world).await.failures().is_empty());
        let mut world = world;
        give(&mut world, &["exit", "3"], &["exit", "3"]);
        assert!(!planned(&world, ApplyOptions::PLAIN).await.changes());
        assert!(bring_down(&world, StopMethod::Kill).await.failures().is_empty());
        assert_eq!(calls(&world).last(), Some(&"kill"));
    });
}

#[test]
fn a_start_whose_hook_fails_fails_and_holds_up_its_dependants() {
    block_on(async {
        let mut world = web();
        world.service("front", &[0], &["web"]);
        give(&mut world, &["exit", "3"], &["exit", "0"]);
        let outcome = apply(&world).await;
        let fault = failed(&outcome);
        assert_eq!((fault.key, fault.program.as_str(), fault.exit_code), ("post_start", "exit", 3));
        let states = world.engines[0].states();
        assert_eq!(states["web-1"], ContainerState::Running);
        assert_ne!(states.get("front-1"), Some(&ContainerState::Running));
    });
}

#[test]
fn a_successor_whose_hook_fails_is_rolled_back() {
    block_on(async {
        let mut world = web();
        assert!(apply(&world).await.failures().is_empty());
        let before = world.engines[0].peek(|all| all.map(|one| one.id.clone()).collect::<Vec<_>>());
        give(&mut world, &["exit", "3"], &["exit", "0"]);
        world.instance_mut("web-1").container.labels.insert("team".to_owned(), "shop".to_owned());
        assert_eq!(failed(&apply(&world).await).key, "post_start");
        let after = world.engines[0].peek(|all| all.map(|one| one.id.clone()).collect::<Vec<_>>());
        assert_eq!(after, before, "the old container is back");
    });
}

#[test]
fn what_a_hook_before_a_stop_refuses_is_not_stopped() {
    block_on(async {
        let mut world = web();
        assert!(apply(&world).await.failures().is_empty());
        give(&mut world, &["exit", "0"], &["exit", "4"]);
        let fault = failed(&bring_down(&world, StopMethod::Stop).await);
        assert_eq!((fault.key, fault.exit_code), ("pre_stop", 4));
        assert_eq!(world.engines[0].states()["web-1"], ContainerState::Running);
        assert!(!calls(&world).contains(&"stop"));
    });
}
