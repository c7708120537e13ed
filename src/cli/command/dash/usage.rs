//! What the instances use that are in sight.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::shared::Dash;
use crate::cli::containers::Found;
use maestro_core::observed::usage::BETWEEN_COUNTS;
use maestro_dash::{DashMessage, UsageSample};
use maestro_engine::Containers;
use maestro_run::operations::{
    each::ask_each,
    stats::{Reading, Stats, StatsTarget},
};

/// How often is counted.
const TURN: Duration = Duration::from_secs(2);
/// In how many turns engines are asked once how often they have restarted a container.
const RESTARTS: usize = 5;

/// Counts what instances use as long as they are in sight.
pub(super) async fn count(dash: Arc<Dash>) {
    let mut wanted = dash.counted.subscribe();
    let mut counter = Counter { dash, stats: None };
    let mut turn = 0;
    loop {
        let names = wanted.borrow_and_update().clone();
        if names.is_empty() {
            if wanted.changed().await.is_err() {
                return;
            }
            turn = 0;
            continue;
        }
        let begun = Instant::now();
        counter.turn(&names, turn % RESTARTS == 0).await;
        // How much of a processor is used is known when a container was counted twice.
        let pause = if turn == 0 { BETWEEN_COUNTS } else { TURN };
        turn += 1;
        tokio::select! {
            () = sleep_until(begun + pause) => {}
            changed = wanted.changed() => {
                if changed.is_err() {
                    return;
                }
                turn = 0;
            }
        }
    }
}

/// Counts for one file.
struct Counter {
    dash: Arc<Dash>,
    /// The counts before, and the digest of the file that they are of.
    stats: Option<(String, Stats)>,
}

impl Counter {
    /// Counts each of these once that is up, and tells the dashboard.
    async fn turn(&mut self, names: &[String], asks_for_restarts: bool) {
        let (session, digest) = self.dash.source.session_with_digest();
        let (looked, found) = self.dash.containers(&session, names).await;
        let is_counted = |found: &Found| found.instance.is_some() && found.container.state.is_up();
        let found: Vec<Found> = found.into_iter().filter(is_counted).collect();
        let engines = &looked.fleet.engines;
        let (of, mut stats) =
            self.stats.take().unwrap_or_else(|| (digest.clone(), Stats::new(engines.clone())));
        if of != digest {
            stats = Stats::new(engines.clone());
        }
        let target = |found: &Found| StatsTarget { ship: found.ship, container: found.container.id.clone() };
        let targets: Vec<StatsTarget> = found.iter().map(target).collect();
        let readings = stats.read(&targets).await;
        self.stats = Some((digest, stats));
        let restarts = if asks_for_restarts {
            let asked = targets.iter().map(|target| (target.ship, target.container.as_str()));
            let told = ask_each(engines, asked, Containers::inspect).await;
            told.into_iter().map(|told| Some(told?.ok()??.restarts)).collect()
        } else {
            vec![None; targets.len()]
        };
        let samples = found.iter().zip(readings).zip(restarts).map(|((found, reading), restarts)| {
            let (cpu_percent, memory) = match reading {
                Reading::Counted { counted, cpu_percent } => {
                    (cpu_percent, Some((counted.memory, counted.memory_limit)))
                }
                Reading::Down | Reading::Failed(_) => (None, None),
            };
            UsageSample { name: found.name(&session), cpu_percent, memory, restarts }
        });
        self.dash.tell(DashMessage::Used(samples.collect())).await;
    }
}
