//! Commands that run in a container after each of its starts and before each of its stops.

use serde::Serialize;

use super::variables::Variables;

/// A command in a container.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Hook {
    /// Program and arguments.
    pub command: Vec<String>,
    /// User that it runs as; none is the container's.
    pub user: Option<String>,
    /// Whether it has all privileges.
    pub privileged: bool,
    /// Its working directory; none is the container's.
    pub working_dir: Option<String>,
    /// Variables beside those of the container; one without a value passes the bare name.
    pub environment: Variables,
}

/// The hooks of an instance. They are no part of its container, so another hook makes no other container.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Hooks {
    /// After each start.
    pub post_start: Vec<Hook>,
    /// Before each stop.
    pub pre_stop: Vec<Hook>,
}

impl Hook {
    /// The program that it runs.
    #[must_use]
    pub fn program(&self) -> &str {
        self.command.first().map_or("", String::as_str)
    }
}

impl Hooks {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.post_start.is_empty() && self.pre_stop.is_empty()
    }
}
