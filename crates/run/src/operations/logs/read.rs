//! Reads the log of one container.

use std::{collections::VecDeque, sync::Arc};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::mpsc::UnboundedSender;

use super::{cursor::LogCursor, merge::Lines, request::LogUpdate};
use maestro_engine::{Engine, EngineError, LogLine, LogOptions};

/// Reads the log of one container, once.
pub(super) struct LogReader {
    engine: Arc<dyn Engine>,
    /// The number of its source.
    source: usize,
    container: String,
    options: LogOptions,
    cursor: LogCursor,
    state: State,
    /// Who is told that it has ended; none if the reader tells why itself.
    ends: Option<UnboundedSender<Ended>>,
}

/// How far a reader is.
enum State {
    /// The engine has not been asked yet.
    Unasked,
    /// The engine answers.
    Open(BoxStream<'static, Result<LogLine, EngineError>>),
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
            ends: None,
        }
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
                State::Unasked => match self.open().await {
                    Ok(lines) => self.state = State::Open(lines),
                    Err(error) => return self.end(Some(error), false),
                },
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
