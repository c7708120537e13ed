//! Calls that came to the engine in memory, and what goes wrong with them.

use std::time::Duration;

/// A call, as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The method's name: `containers`, `create`, `start` …
    pub method: &'static str,
    /// What it was about: a container's, image's or network's name.
    pub about: String,
    /// When, since the engine was made.
    pub at: Duration,
}

impl Call {
    /// Whether it could have changed anything.
    #[must_use]
    pub fn changes(&self) -> bool {
        !matches!(
            self.method,
            "identity"
                | "containers"
                | "images"
                | "networks"
                | "inspect"
                | "image_defaults"
                | "info"
                | "remote_image"
                | "image_bytes"
                | "logs"
                | "exec_exit_code"
                | "attach"
                | "exit_within"
                | "volume"
                | "volumes"
                | "clock"
                | "addresses"
                | "path"
                | "read_archive"
                | "volume_sizes"
                | "past"
                | "follow"
                | "usage"
                | "processes"
                | "document"
                | "image"
                | "happenings"
                | "stored_image"
                | "image_layers"
                | "image_store"
                | "save_image"
                | "role"
                | "services"
                | "service"
                | "tasks"
                | "nodes"
                | "swarm_networks"
                | "configs"
                | "swarm_logs"
        )
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InjectedFault {
    /// The engine refuses, with these words, and does nothing.
    Refused(String),
    /// The request does not arrive.
    Unreachable,
    /// It is done, but the answer is lost.
    AnswerLost,
    /// It is not done, and no answer comes.
    RequestLost,
}
