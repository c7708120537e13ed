//! Reads the log of one container.

use std::{collections::VecDeque, ops::RangeInclusive, pin::Pin, sync::Arc};

use futures_util::{
    future::OptionFuture,
    stream::{self, BoxStream, Peekable, StreamExt as _},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc::UnboundedSender};

use super::{cursor::LogCursor, merge::Lines, request::LogUpdate};
use maestro_engine::{Engine, EngineError, LogLine, LogOptions};

/// How many logs of a ship are asked for at once: fewer if there are many ships, since each connection is kept for the next.
const ON_A_SHIP: RangeInclusive<usize> = 2..=8;
/// How many logs of all ships are asked for at once: each takes a connection and its buffers.
const ON_ALL_SHIPS: usize = 256;

/// Limits how many logs are asked for at once. One counts until its first line is there: one that was read to its end by then
/// leaves its connection to the next.
#[derive(Clone)]
pub(super) struct Turns {
    all: Arc<Semaphore>,
    ship: Arc<Semaphore>,
}

impl Turns {
    /// The turns on each of so many ships.
    pub(super) fn on_ships(ships: usize) -> impl Iterator<Item = Self> {
        let all = Arc::new(Semaphore::new(ON_ALL_SHIPS));
        let of_each = (ON_ALL_SHIPS / ships.max(1)).clamp(*ON_A_SHIP.start(), *ON_A_SHIP.end());
        (0..ships).map(move |_| Self { all: Arc::clone(&all), ship: Arc::new(Semaphore::new(of_each)) })
    }

    /// Waits for a turn, which lasts as long as what is returned. They fail only if they are closed, which nobody does.
    async fn next(&self) -> [Option<OwnedSemaphorePermit>; 2] {
        // That of the ship first: one that does not answer keeps few others waiting.
        let ship = Arc::clone(&self.ship).acquire_owned().await;
        [ship.ok(), Arc::clone(&self.all).acquire_owned().await.ok()]
    }
}

/// Reads the log of one container, once.
pub(super) struct LogReader {
    engine: Arc<dyn Engine>,
    /// The number of its source.
    source: usize,
    container: String,
    options: LogOptions,
    cursor: LogCursor,
    state: State,
    /// When it may ask; none if it need not wait.
    turns: Option<Turns>,
    /// Who is told that it has ended; none if the reader tells why itself.
    ends: Option<UnboundedSender<Ended>>,
}

/// How far a reader is.
enum State {
    /// The engine has not been asked yet.
    Unasked,
    /// The engine answers.
    Open(Peekable<BoxStream<'static, Result<LogLine, EngineError>>>),
    /// All was told.
    Ended,
}

/// A log has come to its end, or broke.
pub(super) struct Ended {
    /// The container.
    pub container: String,
    /// How far it was read.
    pub cursor: LogCursor,
    /// Whether the engine gave it at all.
    pub was_open: bool,
    /// Why it broke, if it did.
    pub error: Option<EngineError>,
}

impl LogReader {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        source: usize,
        container: String,
        options: LogOptions,
    ) -> Self {
        Self {
            engine,
            source,
            container,
            options,
            cursor: LogCursor::default(),
            state: State::Unasked,
            turns: None,
            ends: None,
        }
    }

    /// The same, which waits for its turn.
    pub(super) fn in_turn(self, turns: Turns) -> Self {
        Self { turns: Some(turns), ..self }
    }

    /// The same, from where it was read before; `ends` is told how it ended.
    pub(super) fn resumed(self, mut cursor: LogCursor, ends: UnboundedSender<Ended>) -> Self {
        cursor.resume();
        Self { cursor, ends: Some(ends), ..self }
    }

    /// Its lines, and what went wrong unless somebody else is told that.
    pub(super) fn lines(self) -> Lines {
        stream::unfold(self, |mut reader| async move {
            let update = reader.next().await?;
            Some((update, reader))
        })
        .boxed()
    }

    async fn next(&mut self) -> Option<LogUpdate> {
        loop {
            match &mut self.state {
                State::Unasked => {
                    let _turn = OptionFuture::from(self.turns.as_ref().map(Turns::next)).await;
                    let mut lines = match self.open().await {
                        Ok(lines) => lines.peekable(),
                        Err(error) => return self.end(Some(error), false),
                    };
                    // Who waits for no turn may wait for a line for ever, and then is given up and asked again.
                    if self.turns.is_some() {
                        Pin::new(&mut lines).peek().await;
                    }
                    self.state = State::Open(lines);
                }
                State::Open(lines) => match lines.next().await {
                    Some(Ok(line)) if self.cursor.take(&line) => {
                        return Some(LogUpdate::Line { source: self.source, line });
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return self.end(Some(error), true),
                    None => return self.end(None, true),
                },
                State::Ended => return None,
            }
        }
    }

    /// Asks for the log. Engines take the last lines first and leave out then what is too late, so they are asked for all
    /// lines before a moment, of which the last are kept.
    async fn open(&mut self) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        let (Some(tail), Some(_)) = (self.options.tail, self.options.until) else {
            return self.engine.logs(&self.container, self.options).await;
        };
        let mut lines = self.engine.logs(&self.container, LogOptions { tail: None, ..self.options }).await?;
        let mut last = VecDeque::new();
        while let Some(line) = lines.next().await {
            let is_over = line.is_err();
            last.push_back(line);
            if last.len() > tail && !is_over {
                last.pop_front();
            }
        }
        Ok(stream::iter(last).boxed())
    }

    fn end(&mut self, error: Option<EngineError>, was_open: bool) -> Option<LogUpdate> {
        self.state = State::Ended;
        match &self.ends {
            Some(ends) => {
                let (container, cursor) = (self.container.clone(), std::mem::take(&mut self.cursor));
                // Whoever wanted it may be gone.
                let _ = ends.send(Ended { container, cursor, was_open, error });
                None
            }
            None => Some(LogUpdate::Failed { source: self.source, has_begun: was_open, error: error? }),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn few_logs_are_asked_for_at_once() {
        let taken = |ships: usize| {
            let all: Vec<Turns> = Turns::on_ships(ships).collect();
            let turns = all.iter().flat_map(|ship| (0..10).filter_map(|_| ship.next().now_or_never()));
            turns.collect::<Vec<_>>().len()
        };
        assert_eq!([1, 10, 128, 500].map(taken), [8, 80, 256, 256]);
        let ships: Vec<Turns> = Turns::on_ships(500).collect();
        let first = [ships[0].next().now_or_never(), ships[0].next().now_or_never()];
        assert!(first.iter().all(Option::is_some) && ships[0].next().now_or_never().is_none());
        drop(first);
        assert!(ships[0].next().now_or_never().is_some());
    }
}
