//! Links that are tried from their consumers' side: what is found out, what is made for it, and that all of it goes again.

use std::{sync::Arc, time::Duration};

use maestro_core::{
    model::{
        InstanceId, ShipId,
        carried::FileContent,
        container::{Port, Protocol},
        link::{Link, LinkRoute},
    },
    observed::link_check::{ConnectFailure, LinkCheck, LinkFault, LinkOutcome, LinkProbeFault, LinkVerdict},
    plan::start::{self, StartOptions},
};
use maestro_engine::Engine;
use maestro_fake::{Fake, InjectedFault};
use maestro_run::operations::links::{LinkChecks, ProbeProgram};
use tokio::sync::watch;

use crate::world::{World, span};

const WEB: InstanceId = InstanceId(1);

/// `db-1` on the first ship, and `web-1` with a link to it: on the same ship, or on the second.
fn world(web_is_apart: bool) -> World {
    let mut world = World::new(2);
    world.service("db", &[0], &[]);
    world.service("web", &[usize::from(web_is_apart)], &[]);
    let port = Port {
        name: "sql".into(),
        container: 5432,
        host: 5432,
        count: 1,
        choice: 1,
        protocol: Protocol::Tcp,
        bind: None,
        ipv6: false,
    };
    world.environment.instances[0].ports = vec![port];
    let route = if web_is_apart {
        LinkRoute::Addresses(vec!["10.0.0.0".into()])
    } else {
        LinkRoute::PrivateAlias("net".into())
    };
    let link = Link { alias: "db".into(), targets: vec![InstanceId(0)], route, span: span() };
    world.environment.instances[WEB.0].links = vec![link];
    world
}

/// Makes the containers of both, running.
async fn running(world: &World) {
    let observed = world.observe().await;
    let plan = start::plan(&world.environment, &observed, &world.all(), StartOptions::default());
    assert!(world.run(plan).await.failures().is_empty());
    let db = &world.engines[0];
    db.hold_port("db-1", 5432);
    db.say_beside("db-1", "guest listening", &["5432"]);
}

/// What the program beside the consumer says of the link.
fn say(world: &World, lines: &[&str]) {
    let web = world.environment.instances[WEB.0].ship;
    world.engines[web.0].say_beside("web-1", "guest reach db 5432 --seconds 5", lines);
}

async fn check(world: &World, interrupted: bool) -> LinkCheck {
    let engine = |engine: &Fake| -> Option<Arc<dyn Engine>> { Some(Arc::new(engine.clone())) };
    let engines: Vec<Option<Arc<dyn Engine>>> = world.engines.iter().map(engine).collect();
    let observed = world.observe().await;
    let (_interrupt, interrupted) = watch::channel(interrupted);
    let program = |platform: &str| {
        let content = FileContent::from(b"program".to_vec());
        (platform == "linux/amd64").then(|| ProbeProgram { content, words: vec!["guest".into()] })
    };
    let checks = LinkChecks {
        environment: &world.environment,
        observed: &observed,
        engines: &engines,
        program: &program,
        patience: Duration::from_secs(5),
        interrupted,
    };
    let mut found = checks.run(&[WEB].into()).await;
    for engine in &world.engines {
        let left = engine.states();
        assert!(left.keys().all(|name| !name.contains(".run-")), "what was made is removed: {left:?}");
    }
    found.remove(&(WEB, 0)).expect("the link was tried")
}

/// How and why the only connection fails.
fn failure(check: &LinkCheck) -> (ConnectFailure, LinkFault) {
    let LinkCheck::Tried(tries) = check else { panic!("it was tried: {check:?}") };
    let [one] = tries.as_slice() else { panic!("one connection: {tries:?}") };
    let LinkOutcome::Fails { how, why } = &one.outcome else { panic!("it fails: {one:?}") };
    (*how, why.clone())
}

#[tokio::test(start_paused = true)]
async fn a_link_that_answers_is_good_and_its_target_is_not_asked() {
    let world = world(false);
    running(&world).await;
    say(&world, &["10.9.0.2 5432 answers"]);
    let found = check(&world, false).await;
    assert_eq!(found.verdict(), LinkVerdict::Good);
    let calls = world.engines[0].calls();
    assert_eq!(calls.iter().filter(|call| call.method == "copy_files").count(), 1, "{calls:?}");
    let touched = ["stop", "kill", "remove", "create_exec", "copy_files"];
    let of_web = calls.iter().filter(|call| call.about == "web-1" && touched.contains(&call.method));
    assert_eq!(of_web.count(), 0, "the consumer is never touched");
}

#[tokio::test(start_paused = true)]
async fn a_firewall_between_two_ships_is_told_from_a_target_that_does_not_listen() {
    let world = world(true);
    running(&world).await;
    for (word, how) in [
        ("silent", ConnectFailure::Silent),
        ("refuses", ConnectFailure::Refused),
        ("unreachable", ConnectFailure::NoRoute),
    ] {
        say(&world, &[&format!("10.0.0.0 5432 {word}")]);
        let firewall = LinkFault::Firewall { from: ShipId(1), to: ShipId(0) };
        assert_eq!(failure(&check(&world, false).await), (how, firewall), "{word}");
    }
    for (listeners, why) in [
        (&["80"][..], LinkFault::NotListening),
        (&["5432 loopback"][..], LinkFault::LoopbackOnly),
        (&["nonsense"][..], LinkFault::Unknown),
    ] {
        world.engines[0].say_beside("db-1", "guest listening", listeners);
        assert_eq!(failure(&check(&world, false).await), (ConnectFailure::NoRoute, why), "{listeners:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_closed_at_once_answers_if_the_target_listens() {
    let world = world(true);
    running(&world).await;
    say(&world, &["10.0.0.0 5432 closes"]);
    assert_eq!(check(&world, false).await.verdict(), LinkVerdict::Good);
    world.engines[0].say_beside("db-1", "guest listening", &[]);
    assert_eq!(failure(&check(&world, false).await), (ConnectFailure::Closed, LinkFault::NotListening));
}

#[tokio::test(start_paused = true)]
async fn a_target_or_a_consumer_that_is_down_is_told() {
    let world = world(true);
    running(&world).await;
    say(&world, &["10.0.0.0 5432 refuses"]);
    world.engines[0].ends_by_itself("db-1", 1);
    assert_eq!(failure(&check(&world, false).await), (ConnectFailure::Refused, LinkFault::TargetDown));
    say(&world, &["db unknown"]);
    assert_eq!(check(&world, false).await, LinkCheck::UnknownName);
    world.engines[1].ends_by_itself("web-1", 1);
    assert_eq!(check(&world, false).await, LinkCheck::ConsumerDown);
}

#[tokio::test(start_paused = true)]
async fn a_ship_that_is_lost_is_unreachable_and_not_a_broken_link() {
    let world = world(true);
    running(&world).await;
    say(&world, &["10.0.0.0 5432 silent"]);
    world.engines[0].fail_next("containers", "", InjectedFault::Unreachable);
    let found = check(&world, false).await;
    assert_eq!(failure(&found), (ConnectFailure::Silent, LinkFault::Unreachable(ShipId(0))));
    assert_eq!(found.verdict(), LinkVerdict::Unreachable);
    world.engines[1].fail_next("containers", "", InjectedFault::Unreachable);
    assert_eq!(check(&world, false).await, LinkCheck::Unreachable(ShipId(1)));
    world.engines[1].fail_next("start", "", InjectedFault::Unreachable);
    world.engines[1].fail_next("clock", "", InjectedFault::Unreachable);
    assert_eq!(check(&world, false).await, LinkCheck::Unreachable(ShipId(1)));
}

#[tokio::test(start_paused = true)]
async fn what_was_made_is_removed_whatever_happens() {
    let world = world(false);
    running(&world).await;
    // Nothing was told of it, so the program beside it runs on and says nothing.
    assert_eq!(check(&world, false).await, LinkCheck::NotTried(LinkProbeFault::Timeout));
    assert_eq!(check(&world, true).await, LinkCheck::NotTried(LinkProbeFault::Interrupted));
    say(&world, &["it sings"]);
    let garbled = LinkCheck::NotTried(LinkProbeFault::Garbled("it sings".into()));
    assert_eq!(check(&world, false).await, garbled);
    world.engines[0].fail_next("create", "", InjectedFault::AnswerLost);
    assert_eq!(check(&world, false).await.verdict(), LinkVerdict::Bad);
    world.engines[0].built_for("app", &["linux/riscv64"]);
    let program = LinkProbeFault::NoProgram("linux/riscv64".into());
    assert_eq!(check(&world, false).await, LinkCheck::NotTried(program));
}
