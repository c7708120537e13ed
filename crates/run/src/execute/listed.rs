//! Waiting until an engine's list of containers shows what was answered: Docker 26.1 answers a stop some milliseconds
//! before its list stops saying that the container runs. The next command would believe the list.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::Run;
use maestro_core::model::ShipId;
use maestro_engine::Engine;

/// How long a list is waited for at most.
const LONGEST: Duration = Duration::from_secs(2);
/// The pause before it is asked for again.
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until no list says of these containers, which were stopped, that they run. One that somebody has started again
/// does run.
pub(super) async fn until_listed(run: &Run, stopped: BTreeMap<ShipId, BTreeSet<String>>) {
    let waits = stopped.into_iter().filter_map(|(ship, ids)| {
        let engine = run.engines[ship.0].as_deref()?;
        Some(until(engine, ids))
    });
    join_all(waits).await;
}

async fn until(engine: &dyn Engine, mut stopped: BTreeSet<String>) {
    let end = Instant::now() + LONGEST;
    while Instant::now() < end {
        // What cannot be asked is not waited for: the steps are told as they ended.
        let Ok(list) = engine.containers().await else { return };
        let up: BTreeSet<String> =
            list.into_iter().filter(|one| one.state.is_up()).map(|one| one.id).collect();
        stopped.retain(|id| up.contains(id));
        let mut late = BTreeSet::new();
        for id in stopped {
            let seen = engine.inspect(&id).await;
            if seen.is_ok_and(|seen| seen.is_some_and(|seen| !seen.state.is_up())) {
                late.insert(id);
            }
        }
        if late.is_empty() {
            return;
        }
        stopped = late;
        sleep(PAUSE).await;
    }
}
