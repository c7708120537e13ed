//! What instances use, counted for all browsers while one looks.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};

use super::{shared::Ui, usage_history::UsageSample};
use crate::cli::{command::stats, containers::Looked, session::Session};
use maestro_core::observed::{ShipState, usage::BETWEEN_COUNTS};
use maestro_report::stats::{self as report, StatsRow, Usage};
use maestro_run::operations::stats::Stats;

/// How often is counted.
const TURN: Duration = Duration::from_secs(10);
/// Counting takes at most one part of the time in so many: it is a request for each container.
const SHARE: u32 = 5;
/// How often it is looked whether a browser looks.
const IDLE: Duration = Duration::from_secs(1);

/// Counts while a browser looks.
pub(super) async fn count(ui: Arc<Ui>) {
    let mut counter = Counter { ui, earlier: None };
    loop {
        if !counter.ui.is_watched() {
            sleep(IDLE).await;
            continue;
        }
        let begun = Instant::now();
        let pause = if counter.turn().await { TURN } else { BETWEEN_COUNTS };
        sleep_until(begun + pause.max(begun.elapsed() * SHARE)).await;
    }
}

/// Counts for one file.
struct Counter {
    ui: Arc<Ui>,
    /// The counts before, with the digest of the file that they are of, and which ships there were.
    earlier: Option<((String, Vec<bool>), Stats)>,
}

impl Counter {
    /// Counts each instance once that runs. False if nothing is told yet: how much of a processor is used is known after the
    /// second count.
    async fn turn(&mut self) -> bool {
        let (session, digest) = self.ui.source().session_with_digest();
        let fleet = self.ui.ways().fleet(&session).await;
        if fleet.observed.ships.iter().all(|ship| matches!(ship, ShipState::NotAsked)) {
            return false;
        }
        let instances = session.environment.instance_ids().collect();
        let looked = Looked { instances, orphans: Vec::new(), fleet };
        let engines = &looked.fleet.engines;
        let key = (digest, engines.iter().map(Option::is_some).collect());
        let earlier = self.earlier.take().filter(|(of, _)| *of == key);
        let is_first = earlier.is_none();
        let mut counted = earlier.map_or_else(|| Stats::new(engines.clone()), |(_, counts)| counts);
        let rows = stats::rows(&session, &looked, &mut counted).await;
        self.earlier = Some((key, counted));
        if is_first && !rows.is_empty() {
            return false;
        }
        self.keep(&session, &rows);
        true
    }

    fn keep(&self, session: &Session, rows: &[StatsRow]) {
        let document = session.hidden(report::json(&session.environment.name, rows));
        let samples = rows.iter().filter_map(|row| {
            let Usage { counted, cpu_percent } = row.usage.as_ref().ok()?;
            Some((row.name.clone(), UsageSample { cpu_percent: *cpu_percent, memory: counted.memory }))
        });
        self.ui.usage.add(samples, document);
    }
}
