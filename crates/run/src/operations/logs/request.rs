//! Which logs are wanted, and what of them.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use maestro_core::{fault::ShipFault, model::ShipId};
use maestro_engine::{Engine, EngineError, LogLine, LogOptions};

/// How many of an engine's connections are left to other calls, where their number has a limit.
const OTHER_CALLS: usize = 2;

/// Logs that are wanted.
pub struct LogsRequest {
    /// The environment whose labels the containers of its instances bear.
    pub environment: String,
    /// Whose logs.
    pub sources: Vec<LogSource>,
    /// The engines, by [`ShipId`]; none for ships that are not needed.
    pub engines: Vec<Option<Arc<dyn Engine>>>,
    /// What of the logs.
    pub range: LogRange,
}

/// Whose log is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSource {
    /// The ship of its container.
    pub ship: ShipId,
    /// The id of its container, if it has one now.
    pub container: Option<String>,
    /// The instance, whose next container is followed as well; none for an orphan.
    pub instance: Option<String>,
}

/// What of the logs is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogRange {
    /// What comes as well.
    pub follow: bool,
    /// So many lines of each container, from the end; none means all.
    pub tail: Option<usize>,
    /// Lines from then on.
    pub since: Option<Moment>,
    /// Lines before then; not if they are followed.
    pub until: Option<Moment>,
}

impl LogRange {
    /// Whether it depends on what time it is.
    pub(super) fn is_relative(&self) -> bool {
        [self.since, self.until].iter().any(|moment| matches!(moment, Some(Moment::Ago(_))))
    }
}

/// A moment on the clock of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// At this time.
    At(Timestamp),
    /// So long before now.
    Ago(Duration),
}

/// What a log tells.
#[derive(Debug, Clone, PartialEq)]
pub enum LogUpdate {
    /// A line, of the source of that number in the request.
    Line {
        /// The number of its source.
        source: usize,
        /// The line.
        line: LogLine,
    },
    /// A log is not told, or not to its end.
    Failed {
        /// The number of its source.
        source: usize,
        /// Whether something of it may have been told.
        has_begun: bool,
        /// Why.
        error: EngineError,
    },
    /// A ship takes no more connections: this log is not followed.
    NoConnection {
        /// The number of its source.
        source: usize,
        /// How many logs are followed there.
        limit: usize,
    },
    /// A ship no longer answers. Its logs go on when it does.
    Lost {
        /// The ship.
        ship: ShipId,
        /// Why.
        reason: ShipFault,
    },
    /// A ship answers again.
    Back {
        /// The ship.
        ship: ShipId,
    },
}

/// How many logs can be read at once, if that has a limit.
pub(in crate::operations) async fn connections(engine: &dyn Engine) -> Option<usize> {
    engine.max_connections().await.map(|limit| limit.saturating_sub(OTHER_CALLS).max(1))
}

/// What an engine is asked for whose clock says `now`.
pub(super) fn options(range: LogRange, now: Timestamp) -> LogOptions {
    let LogRange { follow, tail, since, until } = range;
    let at = |moment: Moment| match moment {
        Moment::At(time) => time,
        Moment::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
    };
    LogOptions { follow, tail, since: since.map(at), until: until.map(at) }
}

/// The time on an engine's clock, or on that of this machine if the engine does not say.
pub(in crate::operations) async fn now(engine: &dyn Engine) -> Timestamp {
    let clock = engine.clock().await.ok();
    clock.and_then(|time| Timestamp::try_from(time).ok()).unwrap_or_else(Timestamp::now)
}
