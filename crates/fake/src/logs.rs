//! What the containers of the engine in memory have written.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{Fake, container::FakeContainer, heard::until_something_happens, state::Inside};
use maestro_core::observed::ContainerState;
use maestro_engine::{EngineError, LogLine, LogOptions};

/// A log that is being told.
struct Told {
    fake: Fake,
    /// The container's id.
    container: String,
    log: Arc<Mutex<Vec<LogLine>>>,
    options: LogOptions,
    /// How many of its lines have been looked at.
    next: usize,
    /// Which start of the container is followed: a log that is followed ends with it.
    starts: u64,
    /// How often all streams of logs had been broken when it began.
    broken: u64,
}

impl Fake {
    /// Lets a container write a line to standard output.
    ///
    /// # Panics
    /// If there is no such container.
    pub fn write(&self, container: &str, text: &str) {
        let time = self.time();
        let mut inside = self.inside();
        let kept = inside.find(container).expect("the container is there");
        kept.write(time, text);
        drop(inside);
        self.changed.notify_waiters();
    }

    /// Breaks all streams of logs, as a lost connection does.
    pub fn lose_logs(&self) {
        self.inside().logs_broken += 1;
        self.changed.notify_waiters();
    }

    /// What a container has written, and writes if it is followed.
    pub(super) fn log_of(
        &self,
        inside: &mut Inside,
        container: &str,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        let broken = inside.logs_broken;
        let kept = inside.find(container)?;
        let log = Arc::clone(&kept.log);
        let lines = lines_of(&log);
        // The last lines are taken first; what is too old or too late is left out of them.
        let next = options.tail.map_or(0, |tail| lines.len().saturating_sub(tail));
        drop(lines);
        let (container, starts) = (kept.shown.id.clone(), kept.starts);
        let told = Told { fake: self.clone(), container, log, options, next, starts, broken };
        let lines = stream::unfold(Some(told), |told| async move {
            let mut told = told?;
            match told.line().await? {
                Ok(line) => Some((Ok(line), Some(told))),
                Err(error) => Some((Err(error), None)),
            }
        });
        Ok(lines.boxed())
    }
}

fn lines_of(log: &Mutex<Vec<LogLine>>) -> MutexGuard<'_, Vec<LogLine>> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a line is of the time that is asked for.
fn is_wanted(options: LogOptions, line: &LogLine) -> bool {
    let is_old = options.since.is_some_and(|since| line.time.is_some_and(|time| time < since));
    let is_late = options.until.is_some_and(|until| line.time.is_some_and(|time| time > until));
    !is_old && !is_late
}

impl Told {
    /// The next line; none at the end.
    async fn line(&mut self) -> Option<Result<LogLine, EngineError>> {
        loop {
            let fake = self.fake.clone();
            let changed = fake.changed.notified();
            let next_turn = {
                let mut inside = fake.inside();
                inside.tick();
                if inside.logs_broken != self.broken {
                    return Some(Err(EngineError::Unreachable("connection reset".into())));
                }
                while let Some(line) = lines_of(&self.log).get(self.next).cloned() {
                    self.next += 1;
                    if is_wanted(self.options, &line) {
                        return Some(Ok(line));
                    }
                }
                if !self.options.follow || !self.goes_on(inside.find(&self.container).ok()?) {
                    return None;
                }
                inside.next_turn()
            };
            until_something_happens(next_turn, changed).await;
        }
    }

    /// Whether the container that is followed may still write.
    fn goes_on(&self, kept: &FakeContainer) -> bool {
        let is_alive = matches!(kept.shown.state, ContainerState::Running | ContainerState::Paused);
        is_alive && kept.starts == self.starts
    }
}

impl FakeContainer {
    /// Writes a line to standard output.
    pub(super) fn write(&mut self, time: SystemTime, text: &str) {
        let time = Timestamp::try_from(time).ok();
        let line = LogLine { time, stderr: false, text: text.to_owned(), goes_on: false };
        lines_of(&self.log).push(line);
    }
}

impl Inside {
    /// When something happens next by itself.
    pub(super) fn next_turn(&self) -> Option<Instant> {
        self.containers.values().filter_map(FakeContainer::next_turn).min()
    }
}
