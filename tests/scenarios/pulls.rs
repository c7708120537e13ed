//! Images are fetched once for all that need them on an engine, within bounds, and again after what passes.

use std::{collections::BTreeSet, time::Duration};

use maestro_core::{
    event::{BlockedKind, Event},
    model::registry::{Credential, PullFault, Registry, RegistryLogin, Retry, Secret},
    plan::{
        action::ActionKind,
        reason::UnchangedReason,
        start::{self, StartOptions},
        tidy::plan_pull,
    },
    value::pull::PullPolicy,
};
use maestro_engine::{Containers as _, observe::Question};
use maestro_report::message::{FailureText, Message};
use maestro_run::{execute::PULLS_PER_ENGINE, operations::fleet::Fleet};

use crate::{
    takeovers::Routes,
    world::{Outcome, World},
};

/// So many instances of `web`, each on one of these ships, whose image is not there.
fn fleet(mut world: World, ships: &[usize]) -> World {
    world.service("web", ships, &[]);
    for instance in &mut world.environment.instances {
        "r.example/web:1".clone_into(&mut instance.container.image);
    }
    for engine in &world.engines {
        engine.allow_pull("r.example/web:1");
        engine.slow("pull", Duration::from_secs(5));
    }
    world
}

async fn start(world: &World) -> Outcome {
    let observed = world.observe().await;
    world.run(start::plan(&world.environment, &observed, &world.all(), StartOptions::default())).await
}

async fn pull(world: &World) -> Outcome {
    let observed = world.observe().await;
    world.run(plan_pull(&world.environment, &observed, &world.all())).await
}

fn pulls(world: &World, ship: usize) -> usize {
    world.engines[ship].calls().iter().filter(|call| call.method == "pull").count()
}

fn failure(outcome: &Outcome) -> &FailureText {
    match outcome.failure_texts()[..] {
        [failure] => failure,
        ref other => panic!("one failure expected, not {other:?}"),
    }
}

fn retries(outcome: &Outcome) -> Vec<(u32, u32, u64)> {
    let retried = |event: &Event| match event {
        Event::StepRetried { attempt, attempts, milliseconds, .. } => {
            Some((*attempt, *attempts, *milliseconds))
        }
        _ => None,
    };
    outcome.events.iter().filter_map(retried).collect()
}

#[tokio::test(start_paused = true)]
async fn instances_of_one_image_share_a_fetch_on_each_ship() {
    let world = fleet(World::new(2), &[0, 0, 0, 1, 1]);
    assert_eq!(start(&world).await.failures().len(), 0);
    assert_eq!((pulls(&world, 0), pulls(&world, 1)), (1, 1));
    // What is there is not fetched again unless that is asked for.
    assert_eq!(start(&world).await.summary.done, 0);
    assert_eq!((pulls(&world, 0), pulls(&world, 1)), (1, 1));
    let outcome = pull(&world).await;
    assert_eq!((pulls(&world, 0), pulls(&world, 1)), (2, 2));
    let sharing = outcome.events.iter().filter_map(|event| match event {
        Event::Unchanged { reason, .. } => Some(*reason),
        _ => None,
    });
    let shares = |first| UnchangedReason::SharesPull(world.id(first));
    assert_eq!(sharing.collect::<Vec<_>>(), [shares("web-1"), shares("web-1"), shares("web-4")]);
}

#[tokio::test(start_paused = true)]
async fn two_ships_that_are_one_engine_share_a_fetch() {
    let world = fleet(World::on_one_engine(2), &[0, 1, 0, 1]);
    assert_eq!(start(&world).await.failures().len(), 0);
    assert_eq!(pulls(&world, 0), 1);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_some_fetches_are_under_way_on_an_engine() {
    for ships in [1, 2] {
        let mut world = World::on_one_engine(ships);
        for number in 0..12 {
            world.service(&format!("web{number}"), &[number % ships], &[]);
            let image = format!("web{number}");
            world.instance_mut(&format!("web{number}-1")).container.image.clone_from(&image);
            world.engines[0].allow_pull(&image);
        }
        world.engines[0].slow("pull", Duration::from_secs(5));
        let outcome = pull(&world).await;
        assert_eq!(outcome.summary.done, 12);
        assert_eq!(world.engines[0].most_pulls(), PULLS_PER_ENGINE, "on {ships} ships");
        // Three times four, each five seconds.
        assert_eq!(outcome.summary.milliseconds, 15_000);
    }
}

#[tokio::test(start_paused = true)]
async fn fetches_never_keep_a_start_from_its_turn() {
    let mut world = World::new(1);
    for number in 0..8 {
        let name = format!("web{number}");
        world.service(&name, &[0], &[]);
        world.instance_mut(&format!("{name}-1")).container.image.clone_from(&name);
        world.engines[0].allow_pull(&name);
    }
    world.service("app", &[0], &[]);
    world.engines[0].slow("pull", Duration::from_secs(60));
    let outcome = start(&world).await;
    assert_eq!(outcome.failures().len(), 0);
    assert!(outcome.at("ready", "app-1", true) < outcome.at("pull", "web0-1", true));
}

#[tokio::test(start_paused = true)]
async fn what_has_changed_is_told() {
    let world = fleet(World::new(1), &[0]);
    let told = |outcome: Outcome| {
        outcome.messages.into_iter().find_map(|message| match message {
            Message::StepDone { action: ActionKind::Pull, outcome, .. } => outcome,
            _ => None,
        })
    };
    let pulled = told(pull(&world).await).unwrap_or_default();
    assert!(pulled.starts_with("pulled"), "{pulled}");
    assert_eq!(told(pull(&world).await).as_deref(), Some("up to date"));
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_tried_again_after_a_longer_pause_each_time() {
    let world = fleet(World::new(1), &[0, 0]);
    world.engines[0].fail_pull(PullFault::Unreachable, "connection refused");
    world.engines[0].fail_pull(PullFault::Broken { status: Some(503) }, "503");
    let outcome = start(&world).await;
    assert_eq!(outcome.failures().len(), 0);
    assert_eq!(retries(&outcome), [(2, 3, 1000), (3, 3, 2000)]);
    assert_eq!(pulls(&world, 0), 3);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_fails_in_the_end() {
    let world = fleet(World::new(1), &[0]);
    for _ in 0..3 {
        world.engines[0].fail_pull(PullFault::Stalled, "no progress for 30 s");
    }
    let outcome = start(&world).await;
    assert_eq!((pulls(&world, 0), retries(&outcome).len()), (3, 2));
    assert!(failure(&outcome).reason.contains("(3 tries)"), "{}", failure(&outcome).reason);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_get_better_is_tried_once() {
    let faults = [
        PullFault::NoSuchImage,
        PullFault::WrongLogin,
        PullFault::NoLogin,
        PullFault::DiskFull,
        PullFault::TooMany,
    ];
    for fault in faults {
        let world = fleet(World::new(1), &[0]);
        world.engines[0].fail_pull(fault, "no");
        assert_eq!(start(&world).await.failures().len(), 1);
        assert_eq!(pulls(&world, 0), 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_file_says_what_is_tried_again() {
    for (when, tries) in [(None, 5), (Some(vec![]), 1), (Some(vec![503]), 5), (Some(vec![502]), 1)] {
        let mut world = fleet(World::new(1), &[0]);
        world.environment.registries.push(Registry {
            name: "r.example".into(),
            address: "r.example".into(),
            login: None,
            retry: Retry { attempts: 5, when: when.map(BTreeSet::from_iter) },
        });
        for _ in 0..9 {
            world.engines[0].fail_pull(PullFault::Broken { status: Some(503) }, "503");
        }
        start(&world).await;
        assert_eq!(pulls(&world, 0), tries);
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_the_wait_for_the_next_try() {
    let world = fleet(World::new(1), &[0, 0]);
    for _ in 0..3 {
        world.engines[0].fail_pull(PullFault::Unreachable, "connection refused");
    }
    let observed = world.observe().await;
    let plan = plan_pull(&world.environment, &observed, &world.all());
    let (interrupt, interrupted) = tokio::sync::watch::channel(false);
    let run = world.run_with(plan, None, interrupted);
    let (outcome, ()) = tokio::join!(run, async {
        tokio::time::sleep(Duration::from_millis(5500)).await;
        interrupt.send(true).expect("the run listens");
    });
    assert_eq!(pulls(&world, 0), 1);
    let cancelled = outcome.messages.iter().find_map(|message| match message {
        Message::Blocked { kind: BlockedKind::Interrupted, reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    assert_eq!(cancelled, Some("interrupted before the next try to pull its image"));
    assert_eq!((outcome.summary.cancelled, outcome.failures().len()), (1, 0));
}

/// Every kind of fault in words, without a login and with one of the file.
#[tokio::test(start_paused = true)]
async fn each_fault_has_its_own_words() {
    let faults = [
        PullFault::NoSuchImage,
        PullFault::NoLogin,
        PullFault::WrongLogin,
        PullFault::TooMany,
        PullFault::Broken { status: Some(503) },
        PullFault::Broken { status: None },
        PullFault::Unreachable,
        PullFault::Untrusted,
        PullFault::PlainHttp,
        PullFault::Stalled,
        PullFault::DiskFull,
        PullFault::WrongPlatform,
        PullFault::Other,
    ];
    let mut told = Vec::new();
    for fault in faults {
        for with_login in [false, true] {
            let mut world = fleet(World::new(1), &[0]);
            let proof = Credential::Password(Secret::new("c4nary-pa55word"));
            let login = RegistryLogin { username: "deploy".into(), proof, email: None };
            world.environment.registries.push(Registry {
                name: "shop".into(),
                address: "r.example".into(),
                login: with_login.then_some(login),
                retry: Retry { attempts: 1, when: None },
            });
            world.engines[0].fail_pull(fault, "WORDS");
            let outcome = pull(&world).await;
            let FailureText { reason: cause, state: holds, next, .. } = failure(&outcome);
            let text = format!("cause: {cause}\nnow: {holds}\nnext: {next}\n");
            let before = told.last() != Some(&text);
            if before {
                told.push(text);
            }
        }
    }
    let told = told.join("\n");
    assert!(!told.contains("c4nary"), "{told}");
    insta::assert_snapshot!(told);
}

/// Starts a new container in place of the one that is there, as commands do: with what engines say of images.
async fn start_anew(world: &World) -> usize {
    let before = pulls(world, 0);
    world.engines[0].stop("web-1", Duration::ZERO).await.ok();
    world.engines[0].remove("web-1").await.ok();
    let question = Question { images: true, networks: true, ..Question::default() };
    let ships = world.environment.ship_ids().collect();
    let routes = Routes(world.engines.clone());
    let fleet = Fleet::connect_and_observe_on(&world.environment, &routes, &ships, question).await;
    let plan = start::plan(&world.environment, &fleet.observed, &world.all(), StartOptions::default());
    assert_eq!(world.run(plan).await.failures().len(), 0);
    pulls(world, 0) - before
}

#[tokio::test(start_paused = true)]
async fn an_image_is_fetched_again_once_its_age_says_so() {
    let mut world = fleet(World::new(1), &[0]);
    world.instance_mut("web-1").pull_policy = PullPolicy::from_word("every_12h").unwrap();
    assert_eq!(start_anew(&world).await, 1, "it is missing");
    assert_eq!(start_anew(&world).await, 0, "it is new");
    tokio::time::advance(Duration::from_secs(11 * 3600)).await;
    assert_eq!(start_anew(&world).await, 0, "it is not old yet");
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(start_anew(&world).await, 1, "it is old");
    assert_eq!(start_anew(&world).await, 0, "it is new again, though the registry had no other one");
}

#[tokio::test(start_paused = true)]
async fn an_image_of_unknown_age_is_fetched_and_without_a_policy_nobody_asks() {
    let mut world = fleet(World::new(1), &[0]);
    world.engines[0].add_image("r.example/web:1");
    assert_eq!(start_anew(&world).await, 0);
    assert!(world.engines[0].calls().iter().all(|call| call.method != "image" && call.method != "tag_image"));
    world.instance_mut("web-1").pull_policy = PullPolicy::from_word("daily").unwrap();
    assert_eq!(start_anew(&world).await, 1);
}
