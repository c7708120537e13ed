//! Signals that ask the program to end: the first asks it to begin nothing new, the second to end at once.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether somebody takes care that the program ends in good order.
static CARED_FOR: AtomicBool = AtomicBool::new(false);

/// Waits for a signal that nobody takes care of. Without this a signal would end the program on the spot, and what it
/// has in the background, an SSH connection and its folder, would stay for a while.
pub(super) async fn uncared_for() -> io::Result<u8> {
    let mut signals = Signals::listen()?;
    loop {
        let number = signals.next().await;
        if !CARED_FOR.load(Ordering::Relaxed) {
            return Ok(number);
        }
    }
}

/// SIGINT, SIGTERM and SIGHUP.
pub(super) struct Signals {
    streams: [(u8, Signal); 3],
}

impl Signals {
    /// From now on it is up to the caller to end the program.
    pub(super) fn take() -> io::Result<Self> {
        let signals = Self::listen()?;
        CARED_FOR.store(true, Ordering::Relaxed);
        Ok(signals)
    }

    fn listen() -> io::Result<Self> {
        let listen = |number: u8, kind| Ok::<_, io::Error>((number, signal(kind)?));
        Ok(Self {
            streams: [
                listen(2, SignalKind::interrupt())?,
                listen(15, SignalKind::terminate())?,
                listen(1, SignalKind::hangup())?,
            ],
        })
    }

    /// The number of the next one.
    pub(super) async fn next(&mut self) -> u8 {
        let [first, second, third] = &mut self.streams;
        tokio::select! {
            _ = first.1.recv() => first.0,
            _ = second.1.recv() => second.0,
            _ = third.1.recv() => third.0,
        }
    }
}
