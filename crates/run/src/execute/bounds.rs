//! How much may be under way at once.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Run;
use maestro_core::{model::ShipId, plan::action::Action};

/// How many changes one engine is asked for at once, if nothing else is said.
///
/// Measured on engines 20.10 and 28 with two cores, see `docs/performance.md`: fewer take longer, and with more the newer
/// one is slower at stopping.
pub const PER_ENGINE: usize = 8;

/// How many images one engine fetches at once beside them. Each is several downloads to an engine.
pub const PULLS_PER_ENGINE: usize = 4;

/// How long a stop counts among the changes under way. From then on its engine only waits for a program to end, which is
/// no work for it.
pub const STOP_COUNTS: Duration = Duration::from_millis(500);

/// The bounds on what is under way at once.
#[derive(Clone)]
pub(super) struct Bounds {
    total: Option<Arc<Semaphore>>,
    changes: Vec<Arc<Semaphore>>,
    /// Engines that calls which last would cut off, by number: their turns are held to the end.
    narrow: Vec<bool>,
    pulls: Vec<Arc<Semaphore>>,
}

impl Bounds {
    /// Those of a run.
    pub(super) async fn new(run: &Run) -> Self {
        let engines = run.same_engine.iter().max().map_or(0, |most| most + 1);
        let mut lines: Vec<Option<usize>> = vec![None; engines];
        for (engine, &number) in run.engines.iter().zip(&run.same_engine) {
            let Some(engine) = engine else { continue };
            let known = lines[number].into_iter().chain(engine.max_connections().await);
            lines[number] = known.min();
        }
        // Half of few lines is left for what only asks.
        let changes = |lines: &Option<usize>| lines.map_or(PER_ENGINE, |few| (few / 2).clamp(1, PER_ENGINE));
        let bound = |most| Arc::new(Semaphore::new(most));
        Self {
            total: run.concurrency.map(|limit| bound(limit.max(1))),
            changes: lines.iter().map(changes).map(bound).collect(),
            narrow: lines.iter().map(Option::is_some).collect(),
            // A pull may take minutes: it never keeps a start from its turn.
            pulls: (0..engines).map(|_| bound(PULLS_PER_ENGINE)).collect(),
        }
    }

    /// Waits for the turn of an action.
    pub(super) async fn turn(&self, run: &Run, ship: ShipId, action: &Action) -> Turn {
        let engine = run.same_engine[ship.0];
        let of_engine = match action {
            Action::Wait(_) => return Turn::default(),
            Action::Image(_) => &self.pulls[engine],
            Action::Container(_)
            | Action::Service(_)
            | Action::Network(_)
            | Action::Volume(_)
            | Action::Record(_) => &self.changes[engine],
        };
        // It fails only if the semaphore is closed, which nobody does.
        let acquired = async |semaphore: &Arc<Semaphore>| semaphore.clone().acquire_owned().await.ok();
        let total = match &self.total {
            Some(total) => acquired(total).await,
            None => None,
        };
        Turn { _total: total, engine: acquired(of_engine).await, to_the_end: self.narrow[engine] }
    }
}

/// Keeps others waiting while it is held.
#[derive(Default)]
pub(super) struct Turn {
    /// On all ships.
    _total: Option<OwnedSemaphorePermit>,
    /// On one engine.
    engine: Option<OwnedSemaphorePermit>,
    /// Whether that one is kept, however long it takes.
    to_the_end: bool,
}

impl Turn {
    /// Does something that after a while leaves its engine's turn to others. What the user has bounded stays so, and what
    /// the way to the engine bounds.
    pub(super) async fn counted_at_first<T>(mut self, doing: impl Future<Output = T>) -> T {
        let mut doing = std::pin::pin!(doing);
        if let Ok(done) = tokio::time::timeout(STOP_COUNTS, &mut doing).await {
            return done;
        }
        if !self.to_the_end {
            self.engine = None;
        }
        doing.await
    }
}
