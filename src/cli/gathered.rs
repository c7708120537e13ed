//! Lines on standard output that come fast, from several places.

use std::{
    io::{self, Write as _},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    sync::mpsc::{self, Sender},
    time::timeout,
};

use super::error::Problem;

/// How many bytes of lines are written at once at most.
const CHUNK: usize = 32 * 1024;
/// How long lines are gathered into one chunk: to write each of 100,000 a second by itself takes more time than all else.
const GATHERED: Duration = Duration::from_millis(5);
/// How many chunks wait for a reader that is slow. Then whoever writes waits.
const CHUNKS: usize = 4;

/// Text that is gathered and written in chunks. A terminal or a pipe may take a chunk or not: a thread of its own waits for
/// that, and signals are heeded.
pub(super) struct GatheredText {
    /// Lines that are not written yet.
    pub text: String,
    sender: Sender<String>,
    writer: JoinHandle<io::Result<()>>,
}

impl GatheredText {
    pub(super) fn new() -> Self {
        let (sender, mut chunks) = mpsc::channel::<String>(CHUNKS);
        let writer = thread::spawn(move || {
            let mut out = io::stdout();
            while let Some(chunk) = chunks.blocking_recv() {
                out.write_all(chunk.as_bytes())?;
                out.flush()?;
            }
            Ok(())
        });
        Self { text: String::new(), sender, writer }
    }

    /// What `coming` tells next. Meanwhile writes what was gathered, if it is much or nothing comes soon. None if nothing comes
    /// any more, or nobody reads.
    pub(super) async fn next<T>(&mut self, mut coming: impl AsyncFnMut() -> Option<T>) -> Option<T> {
        if self.text.len() >= CHUNK && !self.flush().await {
            return None;
        }
        if let Ok(next) = timeout(GATHERED, coming()).await {
            return next;
        }
        if self.flush().await { coming().await } else { None }
    }

    /// Waits until all is written.
    pub(super) async fn end(mut self) -> Result<(), Problem> {
        self.flush().await;
        drop(self.sender);
        let written = tokio::task::spawn_blocking(|| self.writer.join()).await.map_err(io::Error::other)?;
        match written {
            Ok(written) => Ok(written?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Hands over what is not written yet. False if nobody takes it any more.
    async fn flush(&mut self) -> bool {
        self.text.is_empty() || self.sender.send(std::mem::take(&mut self.text)).await.is_ok()
    }
}
