//! The user's side of a program: standard input and output, and the terminal while the program has it.

use std::{
    io::{self, IsTerminal as _, Read as _, Write as _},
    thread::{self, JoinHandle},
};

use crossterm::terminal;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::{self, Receiver},
    task::JoinSet,
};

use maestro_engine::{Chunk, WindowSize};
use maestro_run::operations::programs::{Console, DetachKeys};

/// How many bytes of input are read at once.
const READ: usize = 32 * 1024;
/// How many chunks wait for whoever is slow.
const WAITING: usize = 4;

/// Whether a program can have the user's terminal.
pub(super) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// The size of the user's terminal.
pub(super) fn size() -> Option<WindowSize> {
    let (columns, rows) = terminal::size().ok()?;
    (columns > 0 && rows > 0).then_some(WindowSize { columns, rows })
}

/// Standard input and output as a program has them. What it is dropped with, the terminal is as before.
pub(super) struct LocalConsole {
    raw: Option<RawMode>,
    writer: JoinHandle<io::Result<()>>,
    /// What follows the terminal's size; it ends with this.
    sizes: JoinSet<()>,
}

impl LocalConsole {
    /// Hands standard input and output over; the terminal too if `terminal`.
    pub(super) fn open(
        terminal: bool,
        input: bool,
        detach_keys: Option<DetachKeys>,
    ) -> io::Result<(Self, Console)> {
        // A read that begins before would wait for the end of a line.
        let raw = terminal.then(RawMode::enter).transpose()?;
        Self::having(raw, input.then(typed), detach_keys)
    }

    /// The same for a terminal whose input somebody reads already.
    pub(super) fn with_input(
        input: Receiver<Vec<u8>>,
        detach_keys: Option<DetachKeys>,
    ) -> io::Result<(Self, Console)> {
        Self::having(Some(RawMode::enter()?), Some(input), detach_keys)
    }

    fn having(
        raw: Option<RawMode>,
        input: Option<Receiver<Vec<u8>>>,
        detach_keys: Option<DetachKeys>,
    ) -> io::Result<(Self, Console)> {
        let terminal = raw.is_some();
        let (sizes, following) = if terminal { sizes()? } else { (mpsc::channel(1).1, JoinSet::new()) };
        let (output, chunks) = mpsc::channel(WAITING);
        // A terminal or a pipe may take output or not: a thread of its own waits for that, and signals are still taken.
        let writer = thread::spawn(move || write(chunks));
        let console = Console { input, sizes, output, detach_keys };
        Ok((Self { raw, writer, sizes: following }, console))
    }

    /// Waits until all output is written, and gives the terminal back.
    pub(super) async fn close(self) -> io::Result<()> {
        let Self { raw, writer, sizes } = self;
        drop(sizes);
        let written = tokio::task::spawn_blocking(|| writer.join()).await.map_err(io::Error::other)?;
        drop(raw);
        match written {
            Ok(written) => written,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// A terminal that hands each key over as it is typed. Dropped, it is as before: also at a panic.
pub(super) struct RawMode;

impl RawMode {
    pub(super) fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = terminal::disable_raw_mode();
    }
}

/// What is typed or piped in. A read cannot be given up: its thread ends with the program.
pub(super) fn typed() -> Receiver<Vec<u8>> {
    let (sender, typed) = mpsc::channel(WAITING);
    thread::spawn(move || {
        let mut buffer = vec![0; READ];
        let mut input = io::stdin().lock();
        loop {
            match input.read(&mut buffer) {
                Ok(0) => return,
                Ok(length) if sender.blocking_send(buffer[..length].to_vec()).is_err() => return,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    });
    typed
}

/// Writes what a program writes.
fn write(mut chunks: Receiver<Chunk>) -> io::Result<()> {
    while let Some(Chunk { stderr, bytes }) = chunks.blocking_recv() {
        if stderr {
            io::stderr().write_all(&bytes)?;
        } else {
            let mut out = io::stdout().lock();
            out.write_all(&bytes)?;
            out.flush()?;
        }
    }
    Ok(())
}

/// The sizes of the terminal as they change.
fn sizes() -> io::Result<(Receiver<WindowSize>, JoinSet<()>)> {
    let mut changes = signal(SignalKind::window_change())?;
    let (sender, sizes) = mpsc::channel(1);
    let mut task = JoinSet::new();
    task.spawn(async move {
        while changes.recv().await.is_some() {
            if let Some(size) = size()
                && sender.send(size).await.is_err()
            {
                return;
            }
        }
    });
    Ok((sizes, task))
}
