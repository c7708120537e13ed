//! Logs of several instances as one: what their containers have written in the order of time, and what they write. Whoever
//! follows an instance follows its restarts, its next container and its engine's return. A line that was told is not told
//! again, and none is left out that the engine kept.

mod cursor;
mod follow;
mod merge;
mod read;
mod request;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;
use tokio::{
    sync::mpsc::{self, UnboundedSender},
    task::JoinSet,
};

use follow::Follower;
use maestro_core::model::ShipId;
use maestro_engine::Engine;
use merge::{Lines, Merge};
use read::{LogReader, Turns};
use request::options;
pub use request::{LogRange, LogSource, LogUpdate, LogsRequest, Moment};
pub(super) use request::{connections, now};

/// Logs that are read.
pub struct MergedLogs {
    merge: Merge,
    /// What reads on each ship; it ends with this.
    _ships: JoinSet<()>,
}

impl MergedLogs {
    /// Begins to read. Runs tasks.
    #[must_use]
    pub fn read(request: LogsRequest) -> Self {
        let (sender, incoming) = mpsc::unbounded_channel();
        let merge = Merge::new(incoming, request.range.follow);
        let LogsRequest { environment, sources, engines, range } = request;
        let mut on_ships: BTreeMap<ShipId, Vec<(usize, LogSource)>> = BTreeMap::new();
        for (number, source) in sources.into_iter().enumerate() {
            on_ships.entry(source.ship).or_default().push((number, source));
        }
        // An instance may come to any of the ships that is looked at.
        let instances: BTreeMap<String, usize> = on_ships
            .values()
            .flatten()
            .filter_map(|(number, source)| Some((source.instance.clone()?, *number)))
            .collect();
        let turns = Turns::on_ships(engines.len());
        let mut ships = JoinSet::new();
        for ((at, engine), turns) in engines.into_iter().enumerate().zip(turns) {
            let ship = ShipId(at);
            let Some(engine) = engine else { continue };
            let sources = on_ships.remove(&ship).unwrap_or_default();
            let sender = sender.clone();
            if range.follow {
                let follower = Follower::new(engine, ship, environment.clone(), sender);
                ships.spawn(follower.run(sources, instances.clone(), range));
            } else if !sources.is_empty() {
                ships.spawn(read_once(engine, sources, range, (sender, turns)));
            }
        }
        Self { merge, _ships: ships }
    }

    /// The next of all, in the order of time; none when all has been told. May be given up and called again.
    pub async fn next(&mut self) -> Option<LogUpdate> {
        self.merge.next().await
    }
}

/// Reads the logs of a ship to their end. Where the ship takes so few connections, some are read after others.
async fn read_once(
    engine: Arc<dyn Engine>,
    sources: Vec<(usize, LogSource)>,
    range: LogRange,
    (sender, turns): (UnboundedSender<Lines>, Turns),
) {
    let options = options(range, if range.is_relative() { now(&*engine).await } else { Timestamp::now() });
    let at_once = connections(&*engine).await.unwrap_or(usize::MAX).min(sources.len().max(1));
    let mut queues: Vec<Vec<LogReader>> = (0..at_once).map(|_| Vec::new()).collect();
    let readers = sources.into_iter().filter_map(|(source, wanted)| {
        let container = wanted.container?;
        Some(LogReader::new(Arc::clone(&engine), source, container, options).in_turn(turns.clone()))
    });
    for (at, reader) in readers.enumerate() {
        queues[at % at_once].push(reader);
    }
    for queue in queues {
        // Whoever wanted them may be gone.
        let _ = sender.send(stream::iter(queue).flat_map(LogReader::lines).boxed());
    }
}
