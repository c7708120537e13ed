//! Deaths of containers, heard from the events of their engine: one connection for all containers of a run.
//!
//! An event is a hint. A stream may be late, or break without a word, and an event may be of an earlier life of its
//! container. So whoever waits looks at the container before anything is said about it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::StreamExt as _;
use tokio::{sync::Notify, task::JoinHandle};

use maestro_engine::{
    Engine,
    events::{ContainerEvent, Happened},
};

/// A death that was heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Death {
    /// Later ones have higher numbers.
    pub number: u64,
    /// The exit code.
    pub exit_code: i64,
}

/// How many deaths are kept, each by id and by name. Beyond that all are forgotten, for they are only hints.
const MOST: usize = 20_000;

/// What was heard.
#[derive(Default)]
struct DeathLog {
    /// Whether nothing more is heard.
    is_lost: bool,
    number: u64,
    /// The deaths of containers that were not started since, by id and by name.
    deaths: HashMap<String, Death>,
}

/// What was heard, and whoever waits for more. A `watch` channel wakes them in an order that differs from run to run, so
/// no simulation could be replayed.
#[derive(Default)]
struct Board {
    heard: Mutex<DeathLog>,
    changed: Notify,
}

/// Listens for deaths on one engine until it is dropped.
pub struct Deaths {
    board: Arc<Board>,
    listening: JoinHandle<()>,
}

impl Deaths {
    /// Begins to listen.
    #[must_use]
    pub fn on(engine: Arc<dyn Engine>) -> Self {
        let board = Arc::<Board>::default();
        Self { listening: tokio::spawn(listen(engine, Arc::clone(&board))), board }
    }

    /// Waits for a death of a container, by name or id, that has a higher number than `after`. None if nothing is heard
    /// any more.
    pub(super) async fn next(&self, container: &str, after: u64) -> Option<Death> {
        loop {
            let changed = self.board.changed.notified();
            {
                let heard = self.board.heard();
                let death = heard.deaths.get(container).copied().filter(|death| death.number > after);
                if heard.is_lost || death.is_some() {
                    return death.filter(|_| !heard.is_lost);
                }
            }
            changed.await;
        }
    }
}

impl Drop for Deaths {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Board {
    fn heard(&self) -> MutexGuard<'_, DeathLog> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn listen(engine: Arc<dyn Engine>, board: Arc<Board>) {
    if let Ok(mut events) = engine.follow().await {
        while let Some(Ok(event)) = events.next().await {
            let is_news = board.heard().hear(event);
            if is_news {
                board.changed.notify_waiters();
            }
        }
    }
    board.heard().is_lost = true;
    board.changed.notify_waiters();
}

impl DeathLog {
    /// Whether that is news.
    fn hear(&mut self, event: ContainerEvent) -> bool {
        match event.what {
            Happened::Died { exit_code } => {
                if self.deaths.len() >= 2 * MOST {
                    self.deaths.clear();
                }
                self.number += 1;
                let death = Death { number: self.number, exit_code };
                self.deaths.extend([(event.id, death), (event.name, death)]);
                true
            }
            Happened::Started => {
                self.deaths.remove(&event.id);
                self.deaths.remove(&event.name);
                false
            }
            Happened::Created
            | Happened::Signalled { .. }
            | Happened::Paused
            | Happened::Unpaused
            | Happened::Renamed
            | Happened::Removed => false,
        }
    }
}
