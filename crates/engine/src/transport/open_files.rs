//! How many connections this process may have open at once: each is an open file, and `ulimit -n` bounds those.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use maestro_core::fault::ConnectionFault;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Open files that are none of an engine's connections: the terminal, files, pipes to `ssh`.
const OTHERS: u64 = 64;
/// So many engines may keep connections that lie idle without keeping another one waiting.
const ENGINES: usize = 512;
/// No command has more connections.
const MOST: u64 = 1 << 20;

/// The connections that this process may have. What is asked first of all raises the limit as far as the user may.
static OPEN_FILES: LazyLock<OpenFiles> = LazyLock::new(|| OpenFiles::of(raised()));

/// A connection may be open as long as this is kept.
pub(super) struct Opened {
    _one: Option<OwnedSemaphorePermit>,
    _lasting: Option<OwnedSemaphorePermit>,
}

struct OpenFiles {
    free: Arc<Semaphore>,
    /// Those of them whose answers may have no end.
    lasting: Arc<Semaphore>,
    connections: usize,
    /// All files that may be open.
    limit: u64,
}

impl OpenFiles {
    fn of(limit: u64) -> Self {
        let connections = limit.min(MOST).saturating_sub(OTHERS).max(1);
        let connections = usize::try_from(connections).unwrap_or(1);
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { free: semaphore(connections), lasting: semaphore(connections / 2), connections, limit }
    }
}

/// Waits until a connection may be opened.
pub(super) async fn one() -> Opened {
    // It is never closed.
    Opened { _one: Arc::clone(&OPEN_FILES.free).acquire_owned().await.ok(), _lasting: None }
}

/// The same for a connection whose answer may have no end. There are few of these: otherwise those that follow engines'
/// events would leave none for anything else.
///
/// # Errors
/// If none ends within that time.
pub(super) async fn lasting(within: Duration) -> Result<Opened, ConnectionFault> {
    let lasting = timeout(within, Arc::clone(&OPEN_FILES.lasting).acquire_owned()).await;
    let lasting = lasting.map_err(|_| ConnectionFault::TooManyFiles { limit: OPEN_FILES.limit })?;
    Ok(Opened { _lasting: lasting.ok(), ..one().await })
}

/// How many connections to one engine may lie idle.
pub(super) fn idle_each() -> usize {
    OPEN_FILES.connections / ENGINES
}

/// The limit, raised to what the user may have. Many systems begin with 256 or 1024.
fn raised() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: maximum, maximum };
    let limit = if setrlimit(Resource::Nofile, wanted).is_ok() { maximum } else { current };
    limit.unwrap_or(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_open_files_are_few_connections_and_none_is_idle() {
        let few = OpenFiles::of(256);
        assert_eq!((few.free.available_permits(), few.connections / ENGINES), (192, 0));
        assert_eq!(few.lasting.available_permits(), 96);
        let many = OpenFiles::of(524_288);
        assert_eq!((many.free.available_permits(), many.connections / ENGINES), (524_224, 1023));
        assert_eq!(OpenFiles::of(10).free.available_permits(), 1);
    }
}
