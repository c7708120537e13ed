//! Operations as tasks of their own.

use std::{convert::Infallible, sync::Arc};

use maestro_core::{event::Event, source::Sources};
use maestro_fake::Behaviour;
use maestro_report::{
    explain::Context,
    layout::Layout,
    message::message,
    run_state::{RowState, RunState},
};
use maestro_run::operations::{ChangeRequest, Operation, Outcome, Progress};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    takeovers::{Machines, asked, seconds},
    world::World,
};

/// What may be given to any task of any runtime.
fn is_owned<T: Send + 'static>(_: &T) {}

async fn finished(mut progress: UnboundedReceiver<Progress>) -> usize {
    let mut finished = 0;
    while let Some(progress) = progress.recv().await {
        finished += usize::from(
            matches!(progress, Progress::Event(event) if matches!(*event, Event::Finished { .. })),
        );
    }
    finished
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_a_task_whose_progress_all_subscribers_get() {
    let mut world = World::new(1);
    world.service("web", &[0; 3], &[]);
    let change: ChangeRequest<Infallible> = asked(&world, &Machines::default().process(1), "apply");
    is_owned(&change);
    let (mut operation, first) = Operation::spawn(change);
    is_owned(&operation);
    let second = operation.subscribe();
    let ended = tokio::spawn(async move {
        let outcome = operation.outcome().await;
        // Who asks after the end hears nothing.
        assert_eq!(finished(operation.subscribe()).await, 0);
        outcome
    });
    let (first, second, ended) = tokio::join!(finished(first), finished(second), ended);
    assert_eq!((first, second), (1, 1));
    let Ok(Outcome::Carried { summary, .. }) = ended else { panic!("it is carried out") };
    assert_eq!(summary.failed, 0);
}

#[tokio::test(start_paused = true)]
async fn the_state_of_a_run_is_made_from_its_progress_alone() {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0; 2], &["db"]);
    let dies = Some((seconds(1) / 10, 3));
    world.engines[0].add_image("broken");
    world.engines[0].behave("broken", Behaviour { dies, ..Behaviour::default() });
    "broken".clone_into(&mut world.instance_mut("web-2").container.image);
    let change: ChangeRequest<Infallible> = asked(&world, &Machines::default().process(1), "apply");
    let (mut operation, mut progress) = Operation::spawn(change);
    let mut planned = None;
    let mut state = RunState::new(Layout::default());
    while let Some(progress) = progress.recv().await {
        match progress {
            Progress::Planned { plan, environment, .. } => {
                let environment = environment.unwrap_or_else(|| Arc::new(world.environment.clone()));
                let instances: Vec<_> = environment.instance_ids().collect();
                state = RunState::new(Layout::new(&environment, &instances, &plan));
                planned = Some((plan, environment));
            }
            Progress::Event(event) => {
                let (plan, environment) = planned.as_ref().expect("the plan comes first");
                let (invocation, typed) = ("maestro", "maestro apply");
                let sources = Sources::default();
                let context = Context { environment, plan, sources: &sources, invocation, typed };
                state.apply(&message(Event::clone(&event), &context));
            }
            Progress::Looked
            | Progress::Lease(_)
            | Progress::Preflight
            | Progress::Found { .. }
            | Progress::Outdated
            | Progress::Timed(_)
            | Progress::Releasing => {}
        }
    }
    let Outcome::Carried { summary, .. } = operation.outcome().await else { panic!("it is carried out") };
    assert_eq!(summary.failed, 1);
    let rows = (0..state.len()).map(|row| (state.subject(row).instance.clone(), state.kind(row)));
    let named = |name: &str, kind| (Some(name.to_owned()), kind);
    let expected =
        [named("db-1", RowState::Done), named("web-1", RowState::Done), named("web-2", RowState::Failed)];
    assert_eq!(rows.collect::<Vec<_>>(), expected);
    assert_eq!((state.told.failures.len(), state.told.end.is_some()), (1, true));
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_dropped_asks_for_nothing_more() {
    let mut world = World::new(1);
    world.service("web", &[0; 3], &[]);
    world.engines[0].slow("create", seconds(1));
    let (operation, progress) =
        Operation::spawn(asked::<Infallible>(&world, &Machines::default().process(1), "apply"));
    tokio::time::sleep(seconds(1) / 2).await;
    drop(operation);
    assert_eq!(finished(progress).await, 0);
    let calls = world.engines[0].calls().len();
    tokio::time::sleep(seconds(60)).await;
    assert_eq!(world.engines[0].calls().len(), calls);
}
