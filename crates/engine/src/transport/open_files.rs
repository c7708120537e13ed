//! How many connections this process may have open at once: each is an open file, and `ulimit -n` bounds those.

use std::sync::{Arc, LazyLock};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Open files that are none of an engine's connections: the terminal, files, pipes to `ssh`.
const OTHERS: u64 = 64;
/// So many engines may keep connections that lie idle without keeping another one waiting.
const ENGINES: usize = 512;
/// No command has more connections.
const MOST: u64 = 1 << 20;

/// The connections that this process may have. What is asked first of all raises the limit as far as the user may.
static OPEN_FILES: LazyLock<OpenFiles> = LazyLock::new(|| OpenFiles::of(raised()));

/// A connection that is open, or about to be.
pub(super) type Opened = Option<OwnedSemaphorePermit>;

struct OpenFiles {
    free: Arc<Semaphore>,
    connections: usize,
}

impl OpenFiles {
    fn of(limit: u64) -> Self {
        let connections = limit.min(MOST).saturating_sub(OTHERS).max(1);
        let connections = usize::try_from(connections).unwrap_or(1);
        Self { free: Arc::new(Semaphore::new(connections)), connections }
    }
}

/// Waits until a connection may be opened, which it may as long as the result is kept.
pub(super) async fn one() -> Opened {
    // It is never closed.
    Arc::clone(&OPEN_FILES.free).acquire_owned().await.ok()
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
        let many = OpenFiles::of(524_288);
        assert_eq!((many.free.available_permits(), many.connections / ENGINES), (524_224, 1023));
        assert_eq!(OpenFiles::of(10).free.available_permits(), 1);
    }
}
