//! `operations::stopped` waits until containers have stopped, over one connection for all of a ship.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};

use maestro_core::observed::ShipState;
use maestro_engine::{
    Engine,
    events::{ContainerEvent, Happened},
    observe::Question,
    subscription::{SubscriptionUpdate, subscribe},
};

/// Tells each container of these ids once it does not run any more, with the exit code of its last run if that is known. One
/// that its engine starts again goes on. An engine that does not answer is waited for.
pub fn until_stopped(
    engine: Arc<dyn Engine>,
    environment: &str,
    containers: BTreeSet<String>,
) -> impl Stream<Item = (String, Option<i64>)> + use<> {
    let waiting = Waiting {
        updates: subscribe(Arc::clone(&engine), environment, Question::default()),
        engine,
        left: containers,
        codes: BTreeMap::new(),
        stopped: VecDeque::new(),
    };
    stream::unfold(waiting, |mut waiting| async move {
        let stopped = waiting.next().await?;
        Some((stopped, waiting))
    })
}

struct Waiting {
    engine: Arc<dyn Engine>,
    updates: BoxStream<'static, SubscriptionUpdate>,
    /// Those that have not stopped.
    left: BTreeSet<String>,
    /// The exit codes of the last runs that were told.
    codes: BTreeMap<String, i64>,
    stopped: VecDeque<(String, Option<i64>)>,
}

impl Waiting {
    async fn next(&mut self) -> Option<(String, Option<i64>)> {
        loop {
            if let Some(stopped) = self.stopped.pop_front() {
                return Some(stopped);
            }
            if self.left.is_empty() {
                return None;
            }
            match self.updates.next().await? {
                SubscriptionUpdate::State(ShipState::Answering(holdings)) => {
                    let up = holdings.containers.values().filter(|container| container.state.is_up());
                    let up: BTreeSet<&str> = up.map(|container| container.id.as_str()).collect();
                    let down: Vec<String> =
                        self.left.iter().filter(|id| !up.contains(id.as_str())).cloned().collect();
                    for id in down {
                        self.look(id).await;
                    }
                }
                SubscriptionUpdate::State(ShipState::NotAsked | ShipState::Unreachable { .. }) => {}
                SubscriptionUpdate::Event(ContainerEvent { id, what, .. }) => match what {
                    Happened::Died { exit_code } if self.left.contains(&id) => {
                        self.codes.insert(id.clone(), exit_code);
                        self.look(id).await;
                    }
                    Happened::Removed if self.left.contains(&id) => self.look(id).await,
                    Happened::Died { .. }
                    | Happened::Removed
                    | Happened::Signalled { .. }
                    | Happened::Created
                    | Happened::Started
                    | Happened::Paused
                    | Happened::Unpaused
                    | Happened::Renamed => {}
                },
            }
        }
    }

    /// Looks whether a container still runs. What cannot be looked at is looked at when its engine answers again.
    async fn look(&mut self, id: String) {
        let code = match self.engine.inspect(&id).await {
            Ok(Some(seen)) if seen.state.is_up() => return,
            Ok(Some(seen)) => seen.exit_code.or_else(|| self.codes.get(&id).copied()),
            Ok(None) => self.codes.get(&id).copied(),
            Err(_) => return,
        };
        self.left.remove(&id);
        self.stopped.push_back((id, code));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use maestro_fake::{Behaviour, Fake};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_is_told_when_it_has_stopped_over_one_connection() {
        let fake = Fake::new("e");
        fake.add_image("app:latest");
        fake.behave(
            "app:latest",
            Behaviour { dies: Some((Duration::from_secs(5), 3)), ..Behaviour::default() },
        );
        let ids: BTreeSet<String> =
            (1..=9).map(|number| fake.run_by_hand(&format!("job-{number}"), "app:latest").unwrap()).collect();
        fake.pause("job-9");
        let engine: Arc<dyn Engine> = Arc::new(fake.clone());
        let mut stopped = Box::pin(until_stopped(engine, "e", ids.clone()));
        for _ in 0..8 {
            assert_eq!(stopped.next().await.unwrap().1, Some(3));
        }
        // A paused container has not stopped.
        let next = tokio::time::timeout(Duration::from_secs(30), stopped.next()).await;
        assert!(next.is_err(), "{next:?}");
        fake.unpause("job-9");
        assert_eq!(stopped.next().await.unwrap().1, Some(3));
        assert!(stopped.next().await.is_none());
        let follows = fake.calls().iter().filter(|call| call.method == "follow").count();
        assert_eq!(follows, 1);
    }
}
