//! Operations as tasks of their own.

use std::convert::Infallible;

use maestro::{
    event::Event,
    flow::{Change, Operation, Outcome, Progress},
};
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
    let change: Change<Infallible> = asked(&world, &Machines::default().process(1), "apply");
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
