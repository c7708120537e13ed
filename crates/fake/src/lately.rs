//! What the engine in memory remembers.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use maestro_engine::events::PastEvent;

/// How many events an engine remembers, of all kinds and of all environments.
pub(super) const REMEMBERED: usize = 256;

/// What the engine remembers.
#[derive(Default)]
pub(super) struct Lately {
    /// Its last events, with the time of each; none for one that is not asked for.
    pub(super) events: VecDeque<(Instant, Option<PastEvent>)>,
    /// How often it was restarted: what was under way then never ends.
    pub(super) lives: usize,
    /// How long its list of containers shows what a container was before it ended.
    pub(super) list_lag: Duration,
    /// Whether its list shows containers whose creation is under way.
    pub(super) lists_creations: bool,
    /// Ids of containers whose start is under way.
    pub(super) starting: Vec<String>,
}

impl Lately {
    /// Remembers an event that happens now.
    pub(super) fn remember(&mut self, event: Option<PastEvent>) {
        if self.events.len() == REMEMBERED {
            self.events.pop_front();
        }
        self.events.push_back((Instant::now(), event));
    }
}
