//! Follows the logs of a ship's containers, those that come as well.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use futures_util::{future::OptionFuture, stream::StreamExt as _};
use jiff::Timestamp;
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    time::{Instant, sleep_until},
};

use super::{
    cursor::LogCursor,
    merge::{Lines, tell},
    read::{Ended, LogReader},
    request::{LogRange, LogSource, LogUpdate, connections, now, options},
};
use maestro_core::{
    fault::ShipFault,
    model::{
        ShipId,
        container::{LABEL_ENVIRONMENT, LABEL_INSTANCE},
    },
    observed::{
        Container, ContainerState, Holdings, ShipState,
        event::{ContainerEvent, Happened},
    },
};
use maestro_engine::{
    Engine, EngineError, LogOptions,
    observe::Question,
    subscription::{SubscriptionUpdate, subscribe},
};

/// The pause before a log that broke is asked for again, though its engine answers.
const PAUSE: Duration = Duration::from_secs(1);

/// Follows the logs of a ship.
pub(super) struct Follower {
    engine: Arc<dyn Engine>,
    ship: ShipId,
    environment: String,
    /// The source of each container that is wanted by its id.
    containers: BTreeMap<String, usize>,
    /// The source of each instance that is wanted, whatever its container.
    instances: BTreeMap<String, usize>,
    /// What of a log is asked for, of containers that were there at the beginning.
    options: LogOptions,
    /// Where a log begins of which no line was wanted.
    floor: Option<Timestamp>,
    /// How many logs can be followed at once, if that has a limit.
    limit: Option<usize>,
    /// The logs that are known, by the container's id.
    logs: HashMap<String, Log>,
    /// Whether the ship has been looked at.
    is_seen: bool,
    /// Whether the ship is known not to answer.
    is_lost: bool,
    /// When logs that broke are asked for again.
    retry: Option<Instant>,
    lines: UnboundedSender<Lines>,
    ends: UnboundedSender<Ended>,
    ended: UnboundedReceiver<Ended>,
}

/// The log of a container.
struct Log {
    source: usize,
    /// Whether it is asked for as it was wanted at the beginning.
    is_first: bool,
    state: LogState,
    /// How far it was read, unless it is being read.
    cursor: LogCursor,
}

/// How it stands with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LogState {
    /// It is read.
    Open {
        /// Whether its container has been started or has ended since: it is asked for once more.
        again: bool,
    },
    /// It was read to its end.
    AtEnd,
    /// It broke.
    Broken,
    /// Its engine does not give it.
    Refused,
}

impl Follower {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        ship: ShipId,
        environment: String,
        lines: UnboundedSender<Lines>,
    ) -> Self {
        let (ends, ended) = mpsc::unbounded_channel();
        Self {
            engine,
            ship,
            environment,
            containers: BTreeMap::new(),
            instances: BTreeMap::new(),
            options: LogOptions::default(),
            floor: None,
            limit: None,
            logs: HashMap::new(),
            is_seen: false,
            is_lost: false,
            retry: None,
            lines,
            ends,
            ended,
        }
    }

    /// Follows until nobody wants it any more.
    pub(super) async fn run(
        mut self,
        sources: Vec<(usize, LogSource)>,
        instances: BTreeMap<String, usize>,
        range: LogRange,
    ) {
        self.containers = sources
            .iter()
            .filter_map(|(number, source)| Some((source.container.clone()?, *number)))
            .collect();
        self.instances = instances;
        self.limit = connections(&*self.engine).await;
        let mut updates = subscribe(Arc::clone(&self.engine), &self.environment, Question::default());
        while !self.lines.is_closed() {
            tokio::select! {
                biased;
                Some(ended) = self.ended.recv() => self.ended(ended),
                update = updates.next() => match update {
                    Some(SubscriptionUpdate::State(state)) => self.state(&state, range).await,
                    Some(SubscriptionUpdate::Event(event)) => self.event(&event).await,
                    None => return,
                },
                Some(()) = OptionFuture::from(self.retry.map(sleep_until)) => self.read_broken(),
            }
        }
    }

    /// What is asked for, of a ship that was reached.
    async fn begin(&mut self, range: LogRange) {
        // An engine looks at itself to tell its time.
        let is_needed = range.is_relative() || range.tail.is_some();
        let now = if is_needed { now(&*self.engine).await } else { Timestamp::now() };
        self.options = options(range, now);
        self.floor = range.tail.map(|_| now);
    }

    /// The ship was looked at: all logs are read that are not.
    async fn state(&mut self, state: &ShipState, range: LogRange) {
        match state {
            ShipState::Answering(holdings) => {
                if !self.is_seen {
                    self.begin(range).await;
                }
                if std::mem::take(&mut self.is_lost) {
                    tell(&self.lines, LogUpdate::Back { ship: self.ship });
                }
                self.look(holdings);
                self.is_seen = true;
            }
            ShipState::Unreachable { reason } => self.lost(reason),
            ShipState::NotAsked => {}
        }
    }

    fn lost(&mut self, reason: &ShipFault) {
        if !std::mem::replace(&mut self.is_lost, true) {
            tell(&self.lines, LogUpdate::Lost { ship: self.ship, reason: reason.clone() });
        }
    }

    fn look(&mut self, holdings: &Holdings) {
        let is_there = |id: &str| holdings.containers.values().any(|container| container.id == id);
        self.logs.retain(|id, log| matches!(log.state, LogState::Open { .. }) || is_there(id));
        // In an order of their own, so that what does not find a connection is always the same.
        let containers: BTreeMap<&str, &Container> =
            holdings.containers.iter().map(|(name, container)| (name.as_str(), container)).collect();
        for container in containers.into_values() {
            let known = self.logs.contains_key(&container.id) || self.containers.contains_key(&container.id);
            let Some(source) = self.source(&container.id, &container.labels) else { continue };
            // An instance's container that never ran is no news, nor is one that it had before.
            let may_have_lines = container.state != ContainerState::Created;
            if known || container.state.is_up() || (self.is_seen && may_have_lines) {
                self.read(&container.id, source);
            }
        }
    }

    /// Whose log it is, if it is wanted.
    fn source(&self, id: &str, labels: &BTreeMap<String, String>) -> Option<usize> {
        if let Some(source) = self.containers.get(id) {
            return Some(*source);
        }
        let is_ours = labels.get(LABEL_ENVIRONMENT).is_some_and(|of| *of == self.environment);
        let instance = labels.get(LABEL_INSTANCE).filter(|_| is_ours)?;
        self.instances.get(instance).copied()
    }

    async fn event(&mut self, event: &ContainerEvent) {
        match event.what {
            Happened::Started | Happened::Died { .. } => {}
            Happened::Removed => {
                self.logs.retain(|id, log| *id != event.id || matches!(log.state, LogState::Open { .. }));
                return;
            }
            Happened::Created
            | Happened::Signalled { .. }
            | Happened::Paused
            | Happened::Unpaused
            | Happened::Renamed => return,
        }
        let known = self.logs.get(&event.id).map(|log| log.source);
        let source = match known.or_else(|| self.containers.get(&event.id).copied()) {
            Some(source) => source,
            None if event.environment.as_ref() != Some(&self.environment) => return,
            // One that went meanwhile has no log any more.
            None => match self.engine.inspect(&event.id).await {
                Ok(Some(inspected)) => match self.source(&event.id, &inspected.description.labels) {
                    Some(source) => source,
                    None => return,
                },
                Ok(None) | Err(_) => return,
            },
        };
        self.read(&event.id, source);
    }

    /// Reads a container's log from where it was read, unless it is being read.
    fn read(&mut self, id: &str, source: usize) {
        let is_first = !self.is_seen;
        let open = self.logs.values().filter(|log| matches!(log.state, LogState::Open { .. })).count();
        let log = self.logs.entry(id.to_owned()).or_insert_with(|| Log {
            source,
            is_first,
            state: LogState::Broken,
            cursor: LogCursor::default(),
        });
        match &mut log.state {
            LogState::Open { again } => {
                *again = true;
                return;
            }
            LogState::Refused => return,
            LogState::AtEnd | LogState::Broken => {}
        }
        if let Some(limit) = self.limit.filter(|limit| open >= *limit) {
            log.state = LogState::Refused;
            return tell(&self.lines, LogUpdate::NoConnection { source, limit });
        }
        log.state = LogState::Open { again: false };
        let cursor = std::mem::take(&mut log.cursor);
        let options = LogOptions {
            tail: self.options.tail.filter(|_| log.is_first),
            since: cursor.since().max(self.options.since),
            ..self.options
        };
        let reader = LogReader::new(Arc::clone(&self.engine), source, id.to_owned(), options);
        let reader = reader.resumed(cursor, self.ends.clone());
        // Whoever wanted it may be gone.
        let _ = self.lines.send(reader.lines());
    }

    /// A log was read to its end, or broke.
    fn ended(&mut self, ended: Ended) {
        let Ended { container, cursor, was_open, error } = ended;
        let Some(log) = self.logs.get_mut(&container) else { return };
        let (source, again) = (log.source, log.state == LogState::Open { again: true });
        log.cursor = cursor;
        if was_open && std::mem::take(&mut log.is_first) && !log.cursor.has_read() {
            log.cursor = LogCursor::from(self.floor);
        }
        match error {
            None => log.state = LogState::AtEnd,
            // It is gone, or is being removed.
            Some(EngineError::NotFound(_) | EngineError::Conflict(_)) => {
                self.logs.remove(&container);
                return;
            }
            Some(EngineError::Unreachable(_) | EngineError::ResponseLost(_)) => {
                log.state = LogState::Broken;
                self.retry.get_or_insert(Instant::now() + PAUSE);
                return;
            }
            Some(error @ EngineError::Refused(_)) => {
                log.state = LogState::Refused;
                let has_begun = log.cursor.has_read();
                return tell(&self.lines, LogUpdate::Failed { source, has_begun, error });
            }
        }
        if again {
            self.read(&container, source);
        }
    }

    /// Reads the logs that broke. Those of a ship that does not answer are read when it does.
    fn read_broken(&mut self) {
        self.retry = None;
        if self.is_lost {
            return;
        }
        let broken = self.logs.iter().filter(|(_, log)| log.state == LogState::Broken);
        let broken: Vec<(String, usize)> = broken.map(|(id, log)| (id.clone(), log.source)).collect();
        for (id, source) in broken {
            self.read(&id, source);
        }
    }
}
