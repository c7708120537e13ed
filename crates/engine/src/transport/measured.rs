//! Connections whose answers have an end, so that no engine exhausts our memory, whichever code collects its answer.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{open_files::Opened, stream::Stream};

/// How many bytes all engines together may answer to one command: 100,000 containers, each listed four times and
/// inspected twice, stay below it. Logs, output of commands and progress of pulls do not count.
const PER_COMMAND: u64 = 4 * 1024 * 1024 * 1024;

/// How many connections to all engines may lie idle: each keeps some 30 kB of buffers.
const IDLE: usize = 1024;

/// What is left of the bytes that engines may answer. Clones share it.
#[derive(Debug, Clone)]
pub struct Allowance {
    total: u64,
    left: Arc<AtomicU64>,
    engines: usize,
}

impl Allowance {
    /// So many bytes.
    #[must_use]
    pub fn of(total: u64) -> Self {
        Self { total, left: Arc::new(AtomicU64::new(total)), engines: 1 }
    }

    /// The same, which so many engines share.
    #[must_use]
    pub fn among(self, engines: usize) -> Self {
        Self { engines, ..self }
    }

    /// How many connections to each engine may lie idle.
    pub(crate) fn idle_each(&self) -> usize {
        (IDLE / self.engines.max(1)).max(1)
    }

    /// Takes so many bytes; false if there are not so many left.
    fn take(&self, bytes: u64) -> bool {
        let rest = |left: u64| left.checked_sub(bytes);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).is_ok()
    }
}

impl Default for Allowance {
    /// What one command gets.
    fn default() -> Self {
        Self::of(PER_COMMAND)
    }
}

/// How long answers may be.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Bytes of a single answer.
    pub(crate) answer: u64,
    /// Bytes of all answers.
    pub(crate) allowance: Allowance,
}

/// The engine's answer is longer than any that makes sense.
#[derive(Debug, thiserror::Error)]
#[error("{self:?}")]
pub(crate) enum TooLong {
    /// This answer has more than so many bytes.
    Answer(u64),
    /// All answers to this command have more than so many bytes.
    All(u64),
}

/// A connection that breaks when an answer gets too long. In HTTP/1.1 all bytes that come after we last wrote belong to
/// one answer.
pub(crate) struct Measured {
    stream: Box<dyn Stream>,
    limits: Option<Limits>,
    answered: u64,
    /// It counts as open as long as this is kept.
    _opened: Opened,
}

impl Measured {
    pub(super) fn new(stream: Box<dyn Stream>, limits: Option<Limits>, opened: Opened) -> Self {
        Self { stream, limits, answered: 0, _opened: opened }
    }

    /// Counts bytes that came.
    fn count(&mut self, read: usize) -> Result<(), TooLong> {
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        self.answered = self.answered.saturating_add(read);
        match &self.limits {
            Some(limits) if self.answered > limits.answer => Err(TooLong::Answer(limits.answer)),
            Some(limits) if !limits.allowance.take(read) => Err(TooLong::All(limits.allowance.total)),
            Some(_) | None => Ok(()),
        }
    }
}

impl Connection for Measured {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Measured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        match self.count(buffer.filled().len() - before) {
            Ok(()) => result,
            Err(error) => Poll::Ready(Err(io::Error::other(error))),
        }
    }
}

impl AsyncWrite for Measured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.answered = 0;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_engines_there_are_the_fewer_connections_lie_idle() {
        let idle = [0, 1, 10, 500, 5_000].map(|engines| Allowance::default().among(engines).idle_each());
        assert_eq!(idle, [1024, 1024, 102, 2, 1]);
    }
}
