//! Runs that cannot know whether a killed run's stops are over, and runs that end before their first step: what they
//! leave for the next run.

use std::{convert::Infallible, sync::Arc, time::Duration};

use maestro_core::{event::Fact, observed::ContainerState};
use maestro_engine::Containers as _;
use maestro_fake::{Behaviour, InjectedFault};
use maestro_run::{
    lease::{LeaseRefused, Owner, Released},
    operations::{ChangeRequest, Operation, Outcome, Progress},
};

use crate::{
    takeovers::{Machines, asked, change, seconds, signs, slow_to_stop},
    world::World,
};

/// The sign that the run of process 2 was killed.
const SIGN: &str = "maestro-takeover-nonce2";

/// Asks for a stop in a task of its own: the engine goes on with it when the run is killed.
fn stop_alone(world: &World, timeout: Duration) {
    let engine = world.engines[0].clone();
    tokio::spawn(async move { engine.stop("web-1", timeout).await });
}

/// Runs an `apply`, and interrupts it after that time.
async fn ended(world: &World, me: &Arc<Owner>, time: Duration) -> Outcome<Infallible> {
    let (mut operation, _told) = Operation::spawn(asked(world, me, "apply"));
    tokio::select! {
        biased;
        ended = operation.outcome() => return ended,
        () = tokio::time::sleep(time) => {}
    }
    operation.interrupt();
    operation.outcome().await
}

#[tokio::test(start_paused = true)]
async fn a_program_that_outlives_its_kill_holds_its_ship_until_it_has_ended() {
    let (world, machines) = slow_to_stop().await;
    let (stops_after, outlives_kill) = (seconds(3600), seconds(60));
    world.engines[0].behave("app", Behaviour { stops_after, outlives_kill, ..Behaviour::default() });
    stop_alone(&world, seconds(10));
    assert!(!machines.killed(2, &world, "stop", seconds(1)).await);
    let next = machines.run(3, &world, "apply").await;
    assert_eq!((next.settling.len(), next.summary.skipped), (1, 1), "{:?}", next.events);
    assert_eq!(next.released, [Released::Free]);
    assert_eq!(signs(&world.engines[0]), [SIGN]);
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Running);
    // Its engine sees it end.
    tokio::time::sleep(seconds(60)).await;
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Exited);
    let further = machines.run(4, &world, "apply").await;
    assert_eq!((further.summary.failed, further.summary.skipped), (0, 0), "{:?}", further.events);
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Running);
    assert_eq!(signs(&world.engines[0]), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_sign_of_a_killed_run_stays_while_its_engine_does_not_tell_its_events() {
    let (world, machines) = slow_to_stop().await;
    assert!(!machines.killed(2, &world, "stop", seconds(1)).await);
    world.engines[0].fail_next("past", "", InjectedFault::Unreachable);
    let next = machines.run(3, &world, "apply").await;
    assert_eq!((next.summary.skipped, &next.released[..]), (1, &[Released::Free][..]));
    assert_eq!(signs(&world.engines[0]), [SIGN]);
    let further = machines.run(4, &world, "apply").await;
    assert_eq!((further.settling.len(), further.summary.skipped), (1, 0));
    assert_eq!(signs(&world.engines[0]), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_sign_of_a_killed_run_stays_when_the_wait_for_its_stops_is_interrupted() {
    let (world, machines) = slow_to_stop().await;
    assert!(!machines.killed(2, &world, "stop", seconds(1)).await);
    let ended = ended(&world, &machines.process(3), seconds(2)).await;
    assert!(matches!(ended, Outcome::Refused(LeaseRefused::Interrupted)));
    machines.dies(3);
    assert_eq!(signs(&world.engines[0]), [SIGN]);
    let further = machines.run(4, &world, "apply").await;
    assert_eq!((further.settling.len(), further.summary.skipped), (1, 0));
    assert_eq!(signs(&world.engines[0]), [""; 0]);
}

/// Its stop timeout may be longer than that of any container that the next run knows.
#[tokio::test(start_paused = true)]
async fn a_killed_runs_stop_is_waited_for_as_long_as_its_own_lease_says() {
    let (world, machines) = slow_to_stop().await;
    world.engines[0].behave("app", Behaviour { stops_after: seconds(60), ..Behaviour::default() });
    stop_alone(&world, seconds(100));
    let mut me = machines.process(2);
    Arc::get_mut(&mut me).expect("nobody else has it").holder.stop_timeout = seconds(100);
    let killed = tokio::time::timeout(seconds(1), change(&world, &me, "stop")).await;
    assert!(killed.is_err(), "it waits for the stop");
    machines.dies(2);
    let next = machines.run(3, &world, "apply").await;
    assert_eq!((next.settling.len(), next.summary.failed, next.summary.unknown), (1, 0, 0));
    // Nothing is left that could stop it later.
    tokio::time::sleep(seconds(120)).await;
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Running);
}

/// What has begun before the lease is lost comes to its end; what would follow it does not begin.
#[tokio::test(start_paused = true)]
async fn nothing_begins_once_a_step_has_found_the_lease_gone() {
    let machines = Machines::default();
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    assert_eq!(machines.run(1, &world, "apply").await.summary.failed, 0);
    world.instance_mut("web-1").container.env.insert("VERSION".to_owned(), Some("2".to_owned()));
    world.service("other", &[0], &[]);
    "slow".clone_into(&mut world.instance_mut("other-1").container.image);
    let engine = world.engines[0].clone();
    engine.add_image("slow");
    engine.behave("app", Behaviour { creates_after: seconds(5), ..Behaviour::default() });
    engine.behave("slow", Behaviour { creates_after: seconds(9), ..Behaviour::default() });
    let vanishing = async {
        tokio::time::sleep(seconds(3)).await;
        engine.lose_volume("maestro-lease-world");
    };
    let (changed, ()) = tokio::join!(machines.run(2, &world, "apply"), vanishing);
    assert!(changed.summary.lease_lost, "{:?}", changed.events);
    let states = engine.states();
    assert_eq!(
        (&states["web-1"], &states["other-1"]),
        (&ContainerState::Running, &ContainerState::Created),
        "{states:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_that_the_preflight_refuses() {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    "nowhere".clone_into(&mut world.instance_mut("web-1").container.image);
    let me = Machines::default().process(1);
    let request = ChangeRequest::<Infallible> { has_preflight: true, ..asked(&world, &me, "apply") };
    let (mut operation, mut told) = Operation::spawn(request);
    match operation.outcome().await {
        Outcome::Unsafe { released, .. } => {
            assert_eq!((released.len(), &released[0].1), (1, &Released::Free));
        }
        Outcome::Carried { summary, .. } => panic!("it was carried out: {summary:?}"),
        Outcome::Stopped { .. } | Outcome::Refused(_) => panic!("nobody else has the lease"),
    }
    let mut found = Vec::new();
    while let Some(progress) = told.recv().await {
        if let Progress::Found { verdict, .. } = progress {
            assert!(verdict.is_refused);
            found.extend(verdict.findings.iter().map(|finding| finding.fact.clone()));
        }
    }
    assert!(matches!(&found[..], [Fact::Image { is_certain: true, .. }]), "{found:?}");
    let engine = &world.engines[0];
    assert!(engine.states().is_empty() && signs(engine).is_empty());
}

/// The lease is held through the first ship, which does not answer when it is asked again.
#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_leaves_a_sign_though_another_ship_of_its_engine_does_not_answer() {
    let mut world = World::on_one_engine(2);
    world.service("web", &[1], &[]);
    world.service("other", &[0], &[]);
    let engine = world.engines[0].clone();
    engine.slow("create_volume", seconds(1));
    engine.fail_next("create", "web-1", InjectedFault::RequestLost);
    let failing = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        engine.fail_next("containers", "", InjectedFault::Unreachable);
    };
    let machines = Machines::default();
    let (changed, ()) = tokio::join!(machines.run(2, &world, "apply"), failing);
    let summary = &changed.summary;
    assert_eq!((summary.skipped, summary.unknown), (1, 1), "{:?}", changed.events);
    assert_eq!(changed.released, [Released::Free]);
    assert_eq!(signs(&engine), [SIGN]);
}
