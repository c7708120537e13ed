//! Signals that ask the program to end: the first asks it to begin nothing new, the second to end at once.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT, SIGTERM and SIGHUP.
pub(super) struct Signals {
    streams: [(u8, Signal); 3],
}

impl Signals {
    /// From now on these signals do not end the program by themselves.
    pub(super) fn listen() -> io::Result<Self> {
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
