//! What the words of an engine's list of containers tell beyond a container's state.

use super::{Container, ContainerState};

/// How long a container has been up, by its engine's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Less than a second.
    New,
    /// Less than a minute.
    Young,
    /// A minute or longer, or not known.
    Settled,
}

impl Container {
    /// How long it has been up. One that its engine restarts is young: it may be up again when it is looked at.
    #[must_use]
    pub fn age(&self) -> Age {
        if self.state == ContainerState::Restarting {
            return Age::Young;
        }
        let Some(words) = self.status.strip_prefix("Up ") else { return Age::Settled };
        if words.starts_with("Less than a second") {
            return Age::New;
        }
        match words.split_once(' ') {
            Some((number, unit)) if unit.starts_with("second") && number.parse::<u8>().is_ok() => Age::Young,
            _ => Age::Settled,
        }
    }

    /// Whether its image's `HEALTHCHECK` finds that it does not work.
    #[must_use]
    pub fn is_unhealthy(&self) -> bool {
        self.state == ContainerState::Running && self.status.ends_with("(unhealthy)")
    }
}
