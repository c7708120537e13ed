//! What fails is told once, what stands behind it is not started, and the rest goes on.

use std::time::Duration;

use maestro_core::{
    event::{Blocked, Event, FailureKind, Remark},
    model::container::{Network, Port, Protocol},
    observed::ContainerState,
    plan::{
        BlockedReason,
        action::ActionKind,
        start::{self, StartOptions},
        stop::{self, StopMethod, StopOptions},
    },
};
use maestro_fake::{Behaviour, InjectedFault};
use maestro_report::message::FailureText;

use crate::world::{Outcome, World};

const STOP: StopOptions = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };

async fn start(world: &World, options: StartOptions) -> Outcome {
    let plan = start::plan(&world.environment, &world.observe().await, &world.all(), options);
    world.run(plan).await
}

fn failure(outcome: &Outcome) -> &FailureText {
    match outcome.failure_texts()[..] {
        [failure] => failure,
        ref other => panic!("one failure expected, not {other:?}"),
    }
}

/// `db` ← `web` ← `edge`, and `other`, which has nothing to do with them.
fn chain() -> World {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0], &["db"]);
    world.service("edge", &[0], &["web"]);
    world.service("other", &[0], &[]);
    world
}

#[tokio::test(start_paused = true)]
async fn a_container_that_dies_right_after_its_start_holds_its_dependants() {
    let mut world = chain();
    world.instance_mut("web-1").container.image = "broken".to_owned();
    world.engines[0].add_image("broken");
    let log = (1..=20).map(|n| format!("line {n}")).collect();
    let dies = Some((Duration::from_millis(50), 3));
    world.engines[0].behave("broken", Behaviour { dies, log, ..Behaviour::default() });
    let outcome = start(&world, StartOptions::default()).await;
    let failure = failure(&outcome);
    assert_eq!((failure.kind, failure.exit_code), (FailureKind::Failed, Some(3)));
    assert_eq!(failure.log.len(), 10);
    assert_eq!(failure.log[9], "line 20");
    assert_eq!(outcome.held(), ["edge-1"]);
    let states = world.engines[0].states();
    assert_eq!(states["web-1"], ContainerState::Exited);
    assert_eq!(states["edge-1"], ContainerState::Created);
    assert_eq!(states["other-1"], ContainerState::Running);
}

#[tokio::test(start_paused = true)]
async fn detached_a_container_without_checks_is_not_watched() {
    let mut world = chain();
    world.instance_mut("web-1").container.image = "broken".to_owned();
    world.engines[0].add_image("broken");
    let dies = Some((Duration::from_millis(50), 3));
    world.engines[0].behave("broken", Behaviour { dies, ..Behaviour::default() });
    let options = StartOptions { detach: true, ..StartOptions::default() };
    let plan = start::plan(&world.environment, &world.observe().await, &world.all(), options);
    assert!(plan.steps.iter().all(|step| step.action.kind() != ActionKind::Ready));
    let outcome = world.run(plan).await;
    assert!(outcome.failure_texts().is_empty(), "{:?}", outcome.failure_texts());
    assert_eq!(world.engines[0].states()["edge-1"], ContainerState::Running);
}

#[tokio::test(start_paused = true)]
async fn a_missing_image_is_told_once_and_holds_all_that_need_it() {
    let mut world = World::new(1);
    world.service("web", &[0, 0], &[]);
    world.instance_mut("web-1").container.image = "nowhere".to_owned();
    world.instance_mut("web-2").container.image = "nowhere".to_owned();
    let outcome = start(&world, StartOptions::default()).await;
    assert!(failure(&outcome).reason.contains("manifest unknown"));
    assert_eq!(outcome.held(), ["web-2"]);
    assert!(world.engines[0].states().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_image_that_goes_before_its_create_fails_what_needs_it_and_comes_with_the_next_run() {
    let mut world = chain();
    world.instance_mut("web-1").container.image = "fleeting".to_owned();
    world.engines[0].add_image("fleeting");
    let plan = start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    world.engines[0].lose_image("fleeting");
    let outcome = world.run(plan).await;
    let failure = failure(&outcome);
    assert!(failure.reason.contains("fleeting"), "{}", failure.reason);
    assert_eq!((failure.kind, outcome.held()), (FailureKind::Failed, vec!["edge-1"]));
    world.engines[0].allow_pull("fleeting");
    let again = start(&world, StartOptions::default()).await;
    assert!(again.failure_texts().is_empty(), "{:?}", again.failure_texts());
    assert_eq!(world.engines[0].states()["edge-1"], ContainerState::Running);
}

#[tokio::test(start_paused = true)]
async fn a_port_in_use_names_the_port_and_leaves_the_rest_alone() {
    let mut world = World::new(1);
    world.service("web", &[0, 0], &[]);
    let port = maestro_core::model::container::Port {
        name: "http".to_owned(),
        container: 80,
        host: 8080,
        count: 1,
        choice: 1,
        protocol: maestro_core::model::container::Protocol::Tcp,
        bind: None,
        ipv6: false,
    };
    for name in ["web-1", "web-2"] {
        world.instance_mut(name).container.ports = vec![port.clone()];
    }
    let outcome = start(&world, StartOptions::default()).await;
    let failure = failure(&outcome);
    assert!(failure.next.contains("--filter publish=8080"), "{}", failure.next);
    // One of the two has the port, and the other one is told so.
    let holders = ["web-1", "web-2"].map(|name| format!("; container {name} of environment world uses it"));
    assert!(holders.iter().any(|holder| failure.reason.ends_with(holder.as_str())), "{}", failure.reason);
    assert!(failure.state.contains("created and not running"), "{}", failure.state);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_into_and_a_done_step_counts_as_done() {
    for method in ["create_network", "create", "start"] {
        let world = chain();
        world.engines[0].fail_next(method, "", InjectedFault::AnswerLost);
        let outcome = start(&world, StartOptions::default()).await;
        assert_eq!(outcome.failures().len(), 0, "{method}");
        assert!(world.engines[0].states().values().all(ContainerState::is_up), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_is_unknown_never_success_nor_failure() {
    for method in ["create_network", "create", "start"] {
        let world = chain();
        world.engines[0].fail_next(method, "", InjectedFault::RequestLost);
        let outcome = start(&world, StartOptions::default()).await;
        assert_eq!(failure(&outcome).kind, FailureKind::Unknown, "{method}");
        assert_eq!((outcome.summary.unknown, outcome.summary.failed), (1, 0));
        // The next run carries on to the same end.
        assert_eq!(start(&world, StartOptions::default()).await.failures().len(), 0);
        assert!(world.engines[0].states().values().all(ContainerState::is_up), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_is_told_exactly_once() {
    for method in ["create_network", "create", "start"] {
        for fault in
            [InjectedFault::Refused("no".to_owned()), InjectedFault::Unreachable, InjectedFault::RequestLost]
        {
            let world = chain();
            world.engines[0].fail_next(method, "", fault);
            let plan = start::plan(
                &world.environment,
                &world.observe().await,
                &world.all(),
                StartOptions::default(),
            );
            let steps = plan.steps.len();
            let summary = world.run(plan).await.summary;
            let told =
                summary.done + summary.failed + summary.unreachable + summary.unknown + summary.not_started;
            assert_eq!(told, steps);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_ship_that_does_not_answer_holds_its_instances_and_their_dependants_only() {
    let mut world = World::new(2);
    world.service("db", &[0], &[]);
    world.service("web", &[1], &["db"]);
    world.service("other", &[1], &[]);
    world.engines[0].fail_next("containers", "", InjectedFault::Unreachable);
    let observed = world.observe().await;
    let plan = start::plan(&world.environment, &observed, &world.all(), StartOptions::default());
    assert!(matches!(plan.blocked[0].reason, BlockedReason::Unreachable { .. }));
    assert_eq!(plan.blocked[1].reason, BlockedReason::Behind { other: world.id("db-1") });
    let outcome = world.run(plan).await;
    assert_eq!(outcome.held(), ["db-1", "web-1"]);
    assert_eq!(outcome.summary.skipped, 1);
    assert_eq!(world.engines[1].states().into_keys().collect::<Vec<_>>(), ["other-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_not_ours_is_never_touched_unless_adopted() {
    for state in [ContainerState::Running, ContainerState::Exited] {
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        world.engines[0].add_foreign("web-1", "theirs", state.clone());
        let outcome = start(&world, StartOptions::default()).await;
        assert_eq!(outcome.summary.blocked_unmanaged, 1);
        let plan = stop::plan(&world.environment, &world.observe().await, &world.all(), STOP);
        assert_eq!(world.run(plan).await.summary.blocked_unmanaged, 1);
        assert_eq!(world.engines[0].states()["web-1"], state);
        assert!(world.engines[0].calls().iter().all(|call| !call.changes()), "nothing was changed");

        let outcome = start(&world, StartOptions { adopt: true, ..StartOptions::default() }).await;
        assert_eq!(outcome.failures().len(), 0);
        let observed = world.observe().await;
        let container =
            &observed.holdings(maestro_core::model::ShipId(0)).expect("it answers").containers["web-1"];
        assert!(container.belongs_to("world", "web-1") && container.state.is_up());
    }
}

#[tokio::test(start_paused = true)]
async fn observing_and_planning_change_nothing_and_list_once() {
    let world = chain();
    let observed = world.observe().await;
    let _ = start::plan(&world.environment, &observed, &world.all(), StartOptions::default());
    let calls = world.engines[0].calls();
    assert!(calls.iter().all(|call| !call.changes()));
    assert_eq!(calls.iter().filter(|call| call.method == "containers").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_an_interrupt_nothing_begins_and_what_is_under_way_is_drained() {
    let world = chain();
    world.engines[0].slow("start", Duration::from_secs(2));
    let plan = start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    let steps = plan.steps.len();
    let (interrupt, interrupted) = tokio::sync::watch::channel(false);
    let run = world.run_with(plan, None, interrupted);
    let (outcome, ()) = tokio::join!(run, async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        interrupt.send(true).expect("the run listens");
    });
    assert!(outcome.summary.interrupted);
    assert_eq!(outcome.failures().len(), 0);
    assert_eq!(outcome.summary.done + outcome.summary.not_started, steps);
    let states = world.engines[0].states();
    assert!(states["db-1"].is_up() && states["other-1"].is_up(), "what was under way is finished");
    assert_eq!(states["web-1"], ContainerState::Created);
    let interrupted = |event: &&Event| matches!(event, Event::Blocked { blocked: Blocked::Interrupted, .. });
    assert_eq!(outcome.events.iter().filter(interrupted).count(), 4);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_stopped_for_a_restart_before_its_image_is_there() {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    start(&world, StartOptions::default()).await;
    world.instance_mut("web-1").container.image = "nowhere".to_owned();
    let options = maestro_core::plan::restart::RestartOptions::default();
    let observed = world.observe().await;
    let plan = maestro_core::plan::restart::plan(&world.environment, &observed, &world.all(), options);
    let outcome = world.run(plan).await;
    assert!(failure(&outcome).reason.contains("manifest unknown"));
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Running);
}

#[tokio::test(start_paused = true)]
async fn only_what_runs_another_image_is_restarted() {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0, 0], &["db"]);
    world.instance_mut("web-2").container.image = "other".to_owned();
    world.engines[0].add_image("other");
    start(&world, StartOptions::default()).await;
    let options = maestro_core::plan::restart::RestartOptions { only_if_changed: true, ..Default::default() };
    let restart = async || {
        let observed = world.observe().await;
        let plan = maestro_core::plan::restart::plan(&world.environment, &observed, &world.all(), options);
        let unchanged = plan.unchanged.len();
        (world.run(plan).await, unchanged)
    };
    let (outcome, unchanged) = restart().await;
    assert_eq!((outcome.summary.done, unchanged), (0, 3));
    // The name is given to another image, as a pull does.
    world.engines[0].add_image("other");
    let (outcome, unchanged) = restart().await;
    assert!(outcome.at("stop", "web-2", true) < outcome.at("start", "web-2", false));
    assert_eq!(
        (outcome.at("stop", "db-1", false), outcome.at("stop", "web-1", false), unchanged),
        (None, None, 2)
    );
    let (outcome, unchanged) = restart().await;
    assert_eq!((outcome.summary.done, unchanged), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_fails_keeps_what_it_stands_on() {
    let world = chain();
    start(&world, StartOptions::default()).await;
    world.engines[0].fail_next("stop", "", InjectedFault::Refused("the disk is full".to_owned()));
    let plan = stop::plan(&world.environment, &world.observe().await, &world.some(&["db-1", "web-1"]), STOP);
    let outcome = world.run(plan).await;
    assert_eq!(failure(&outcome).kind, FailureKind::Failed);
    assert_eq!(outcome.held(), ["db-1"]);
    assert_eq!(world.engines[0].states()["db-1"], ContainerState::Running);
}

#[tokio::test(start_paused = true)]
async fn a_warning_of_the_engine_about_a_new_container_is_told() {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    world.service("db", &[0], &[]);
    let container = &mut world.instance_mut("web-1").container;
    container.network = Network::Mode { mode: "host".into(), links: Vec::new() };
    container.ports = vec![Port {
        name: "http".into(),
        container: 80,
        host: 80,
        count: 1,
        choice: 1,
        protocol: Protocol::Tcp,
        bind: None,
        ipv6: false,
    }];
    let outcome = start(&world, StartOptions::default()).await;
    let remarks = outcome.events.iter().filter_map(|event| match event {
        Event::Remark { subject, remark } => Some((subject.instance.as_deref(), remark.clone())),
        _ => None,
    });
    let warning = "Published ports are discarded when using host network mode".to_owned();
    assert_eq!(remarks.collect::<Vec<_>>(), [(Some("web-1"), Remark::EngineWarns(warning))]);
}

#[tokio::test(start_paused = true)]
async fn a_container_that_had_to_be_killed_is_told() {
    for (needs, killed) in [(3, false), (30, true)] {
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        start(&world, StartOptions::default()).await;
        world.engines[0]
            .behave("app", Behaviour { stops_after: Duration::from_secs(needs), ..Behaviour::default() });
        let plan = stop::plan(&world.environment, &world.observe().await, &world.all(), STOP);
        let outcome = world.run(plan).await;
        let remarks = outcome.events.iter().filter(|event| matches!(event, Event::Remark { .. })).count();
        assert_eq!((outcome.summary.done, remarks), (1, usize::from(killed)));
    }
}
