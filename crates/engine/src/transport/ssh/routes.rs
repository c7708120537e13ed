//! What is known of the ways through a login.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use tokio::sync::{Mutex, OnceCell, Semaphore};

/// Sessions on one connection: servers allow ten, unless they are told otherwise.
pub(super) const SESSIONS: usize = 8;
/// How many connections to ports there can be at once where each takes a session; the other sessions are the engine's.
pub const PORTS_AT_ONCE: usize = SESSIONS - 2;

/// How connections to ports are opened through a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortRoute {
    /// The server forwards them.
    Forwarded,
    /// The server forwards none, but Docker's own command there passes them on: [`PORTS_AT_ONCE`] at a time.
    DockerCommand,
    /// Not at all; the server's words.
    None(String),
}

/// What is known of ports that a login's machine reaches.
pub(super) struct Ports {
    pub(super) route: OnceCell<PortRoute>,
    /// Sockets of ours that lead to other addresses, by host and port.
    pub(super) sockets: Mutex<HashMap<(String, u16), PathBuf>>,
    pub(super) permits: Arc<Semaphore>,
}

impl Default for Ports {
    fn default() -> Self {
        let permits = Arc::new(Semaphore::new(PORTS_AT_ONCE));
        Self { route: OnceCell::new(), sockets: Mutex::default(), permits }
    }
}
