//! What engines remember of the timing of runs, and the pictures that the guide shows of one.

use std::{fs, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use maestro_core::{
    model::Ship,
    timeline::{
        RunOutcome, Timeline,
        record::{KEPT, RecordedRun, runs},
    },
};
use maestro_engine::{connect::Connection, host::UnknownMachine};
use maestro_fake::{Fake, InjectedFault};
use maestro_report::timeline;
use maestro_run::{
    operations::{ChangeRequest, Operation, Progress, fleet::Connect},
    store::LabelStore,
};

use crate::{
    apply::block_on,
    takeovers::{Machines, asked, seconds},
    world::World,
};

async fn remembered(world: &World) -> Vec<RecordedRun> {
    let mut parts = Vec::new();
    for engine in &world.engines {
        parts.extend(LabelStore::on(engine).runs("world").await.expect("an answer"));
    }
    runs(parts)
}

fn names(engine: &Fake) -> Vec<String> {
    engine.volume_names().into_iter().filter(|name| name.starts_with("maestro-run-")).collect()
}

fn web_and_db() -> World {
    let mut world = World::new(2);
    world.service("db", &[0], &[]);
    world.service("web", &[0, 1], &["db"]);
    world
}

#[tokio::test(start_paused = true)]
async fn a_run_that_changes_something_is_remembered_by_the_engines_it_changed() {
    let (world, machines) = (web_and_db(), Machines::default());
    let applied = machines.run(1, &world, "apply").await;
    assert_eq!(applied.summary.failed, 0, "{:?}", applied.events);
    let found = remembered(&world).await;
    assert_eq!(found.len(), 1);
    let mut told = Timeline::clone(&applied.timeline);
    told.steps.sort_by_key(|step| (step.from, step.step));
    assert_eq!(found[0].timeline, told);
    assert!(found[0].ended.is_some());
    for (engine, ship) in world.engines.iter().zip(["ship-0", "ship-1"]) {
        let own = LabelStore::on(engine).runs("world").await.unwrap().remove(0).timeline;
        assert!(!own.steps.is_empty() && own.steps.iter().all(|step| step.ship == ship));
    }
    // What is as it should be is looked at, and nothing is written.
    let again = machines.run(2, &world, "apply").await;
    assert_eq!(again.timeline.run.outcome, RunOutcome::Done);
    assert_eq!(remembered(&world).await.len(), 1);
    machines.run(3, &world, "stop").await;
    let commands: Vec<_> =
        remembered(&world).await.into_iter().map(|run| run.timeline.steps[0].action.clone()).collect();
    assert_eq!(commands, ["stop", "create-network"]);
}

#[tokio::test(start_paused = true)]
async fn a_dependant_waits_for_what_it_requires() {
    let (world, machines) = (web_and_db(), Machines::default());
    world.engines[0].slow("start", seconds(3));
    let timeline = machines.run(1, &world, "apply").await.timeline;
    let of = |instance: &str, action: &str| {
        let step = timeline
            .steps
            .iter()
            .find(|step| step.instance.as_deref() == Some(instance) && step.action == action);
        step.unwrap_or_else(|| panic!("{action} of {instance}: {timeline:?}"))
    };
    let (ready, start) = (of("db-1", "ready"), of("web-2", "start"));
    assert_eq!(start.waited_for, Some(ready.step));
    assert!(start.from >= ready.to && ready.is_critical);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_fails_is_remembered_too() {
    let (world, machines) = (web_and_db(), Machines::default());
    world.engines[0].fail_next("start", "db-1", InjectedFault::Refused("no".to_owned()));
    let failed = machines.run(1, &world, "apply").await;
    assert_eq!(failed.summary.failed, 1);
    let found = remembered(&world).await;
    assert_eq!(found[0].timeline.run.outcome, RunOutcome::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_interrupted_is_remembered_too() {
    let (world, machines) = (web_and_db(), Machines::default());
    world.engines[0].slow("start", seconds(5));
    let me = machines.process(1);
    let (mut operation, _told) = Operation::<std::convert::Infallible>::spawn(asked(&world, &me, "apply"));
    tokio::select! {
        biased;
        _ = operation.outcome() => panic!("it takes longer"),
        () = tokio::time::sleep(seconds(2)) => {}
    }
    operation.interrupt();
    operation.outcome().await;
    let found = remembered(&world).await;
    assert_eq!(found[0].timeline.run.outcome, RunOutcome::Interrupted);
}

#[tokio::test(start_paused = true)]
async fn an_engine_keeps_the_last_twenty() {
    let (world, machines) = (web_and_db(), Machines::default());
    for number in 1..=14 {
        machines.run(number * 2, &world, "apply").await;
        tokio::time::sleep(seconds(1)).await;
        machines.run(number * 2 + 1, &world, "stop").await;
        tokio::time::sleep(seconds(1)).await;
    }
    for engine in &world.engines {
        assert_eq!(names(engine).len(), KEPT);
    }
    assert_eq!(remembered(&world).await.len(), KEPT);
}

/// Whoever writes labels of a run's volume removes nothing by it, and is not believed.
#[tokio::test(start_paused = true)]
async fn a_volume_of_somebody_else_stays() {
    let (world, machines) = (web_and_db(), Machines::default());
    machines.run(1, &world, "apply").await;
    let engine = &world.engines[0];
    let labels = LabelStore::on(engine).entry(&names(engine)[0]).await.unwrap().unwrap().labels;
    LabelStore::on(engine).put("somebody-elses", &labels).await.unwrap();
    for number in 2..=30 {
        machines.run(number, &world, if number % 2 == 0 { "stop" } else { "apply" }).await;
    }
    assert!(engine.volume_names().contains(&"somebody-elses".to_owned()));
    assert!(remembered(&world).await.iter().all(|run| run.timeline.steps.len() < 30));
}

/// An engine that does not keep the timing of a run changes nothing of the run.
#[tokio::test(start_paused = true)]
async fn a_run_whose_timing_is_not_kept_has_ended_well() {
    let (world, machines) = (web_and_db(), Machines::default());
    world.engines[0].fail_next("create_volume", "maestro-run-world-nonce1", InjectedFault::Unreachable);
    let applied = machines.run(1, &world, "apply").await;
    assert_eq!((applied.summary.failed, applied.summary.unreachable), (0, 0));
    assert!(names(&world.engines[0]).is_empty() && names(&world.engines[1]).len() == 1);
}

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures/timeline.svg");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide/pictures.md");
const BEGIN: &str = "<!-- shown by tests/scenarios/timelines.rs -->\n```console\n$ maestro timeline\n";

const SHIPS: [&str; 2] = ["alpha", "beta"];

/// The ways to ships with names that people give.
struct NamedShips(Vec<Fake>);

#[async_trait]
impl Connect for NamedShips {
    async fn connect(&self, ship: &Ship) -> Connection {
        let number = SHIPS.iter().position(|name| *name == ship.name).expect("a ship");
        let engine = self.0[number].clone();
        Connection { engine: Arc::new(engine), host: Arc::new(UnknownMachine), remark: None }
    }
}

/// The run that the guide shows: a database, an API that needs it, and what stands before that.
async fn shown() -> Arc<Timeline> {
    let mut world = World::new(2);
    "shop".clone_into(&mut world.environment.name);
    world.service("db", &[0], &[]);
    world.service("cache", &[1], &[]);
    world.service("api", &[0, 1], &["db", "cache"]);
    world.service("web", &[0, 1], &["api"]);
    for engine in &world.engines {
        engine.slow("start", Duration::from_millis(700));
        engine.slow("create", Duration::from_millis(300));
    }
    world.engines[1].slow("start", Duration::from_millis(1_900));
    for (ship, name) in world.environment.ships.iter_mut().zip(SHIPS) {
        name.clone_into(&mut ship.name);
    }
    let me = Machines::default().process(1);
    let routes = Arc::new(NamedShips(world.engines.clone()));
    let asked = ChangeRequest::<std::convert::Infallible> { routes, ..asked(&world, &me, "apply") };
    let (mut operation, mut told) = Operation::spawn(asked);
    operation.outcome().await;
    let mut found = None;
    while let Some(progress) = told.recv().await {
        if let Progress::Timed(timeline) = progress {
            found = Some(timeline);
        }
    }
    let mut timeline = Timeline::clone(&found.expect("each run is timed"));
    "maestro apply".clone_into(&mut timeline.run.command);
    "ann@box".clone_into(&mut timeline.run.by);
    Arc::new(timeline)
}

#[test]
fn the_guide_shows_what_is_drawn() {
    let timeline = block_on(shown());
    let svg = timeline::svg(&timeline);
    let text = timeline::text(&timeline, Some(80), false);
    let page = fs::read_to_string(PAGE).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("the page has a block for it");
    let (block, after) = rest.split_once("```").expect("an end of the block");
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::create_dir_all(Path::new(PICTURE).parent().expect("a folder")).expect("a folder");
        fs::write(PICTURE, &svg).expect("the picture can be written");
        fs::write(PAGE, format!("{before}{BEGIN}{text}```{after}")).expect("the page can be written");
    } else {
        assert_eq!(block, text, "MAESTRO_UPDATE_DOCS=1 writes the page");
        assert_eq!(
            fs::read_to_string(PICTURE).unwrap_or_default(),
            svg,
            "MAESTRO_UPDATE_DOCS=1 writes the picture"
        );
    }
}
