//! `operations::each` asks engines about many things at once: no more of a ship than it has connections.

use std::sync::Arc;

use futures_util::{
    future::join_all,
    stream::{self, StreamExt as _},
};

use tokio::sync::Semaphore;

use super::logs::connections;
use maestro_core::model::ShipId;
use maestro_engine::Engine;

/// How many things a ship is asked about at once.
const AT_ONCE: usize = 16;
/// How many things all ships are asked about at once: each takes a connection, and a process may have few files open.
const IN_ALL: usize = 64;

/// Asks the engine of each thing's ship about it. The answers are in the order of the things; none for a ship without an
/// engine. A ship that does not answer hardly holds others up. `engines` are by [`ShipId`].
pub async fn ask_each<'a, T, A, F>(
    engines: &'a [Option<Arc<dyn Engine>>],
    things: impl IntoIterator<Item = (ShipId, T)>,
    ask: impl Fn(&'a dyn Engine, T) -> F,
) -> Vec<Option<A>>
where
    F: Future<Output = A>,
{
    let mut answers = Vec::new();
    let mut of_ships: Vec<Vec<(usize, T)>> = engines.iter().map(|_| Vec::new()).collect();
    for (number, (ship, thing)) in things.into_iter().enumerate() {
        answers.push(None);
        of_ships[ship.0].push((number, thing));
    }
    let (ask, turns) = (&ask, &Semaphore::new(IN_ALL));
    let ships = engines.iter().zip(of_ships).filter_map(|(engine, things)| {
        let engine = engine.as_deref().filter(|_| !things.is_empty())?;
        Some(async move {
            let limit = connections(engine).await.unwrap_or(AT_ONCE).min(AT_ONCE);
            let asked = things.into_iter().map(|(number, thing)| {
                let answer = ask(engine, thing);
                async move {
                    // It fails only if the semaphore is closed, which nobody does.
                    let _turn = turns.acquire().await;
                    (number, answer.await)
                }
            });
            stream::iter(asked).buffer_unordered(limit).collect::<Vec<_>>().await
        })
    });
    for (number, answer) in join_all(ships).await.into_iter().flatten() {
        answers[number] = Some(answer);
    }
    answers
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use maestro_fake::Fake;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_more_are_asked_of_a_ship_than_it_has_connections() {
        let few = Fake::new("few");
        few.limit_lines(4);
        let engines: Vec<Option<Arc<dyn Engine>>> =
            vec![Some(Arc::new(few)), Some(Arc::new(Fake::new("many"))), None];
        let (now, most) = ([0, 0].map(AtomicUsize::new), [0, 0].map(AtomicUsize::new));
        let things = (0..90).map(|number| (ShipId(number % 3), number));
        let told = ask_each(&engines, things, |_, number| {
            let (now, most) = (&now[number % 3], &most[number % 3]);
            async move {
                let under_way = now.fetch_add(1, Ordering::Relaxed) + 1;
                most.fetch_max(under_way, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(1)).await;
                now.fetch_sub(1, Ordering::Relaxed);
                number
            }
        })
        .await;
        let expected: Vec<_> = (0..90).map(|number| (number % 3 != 2).then_some(number)).collect();
        assert_eq!(told, expected);
        assert_eq!(most.map(|most| most.load(Ordering::Relaxed)), [2, AT_ONCE]);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_asked_of_all_ships_than_files_can_be_open() {
        let engines: Vec<Option<Arc<dyn Engine>>> = (0..9)
            .map(|number| -> Option<Arc<dyn Engine>> { Some(Arc::new(Fake::new(&number.to_string()))) })
            .collect();
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let things = (0..180).map(|number| (ShipId(number % 9), number));
        let told = ask_each(&engines, things, |_, _| async {
            most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            now.fetch_sub(1, Ordering::Relaxed);
        })
        .await;
        assert_eq!((told.len(), most.load(Ordering::Relaxed)), (180, IN_ALL));
    }
}
