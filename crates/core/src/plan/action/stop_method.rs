//! How instances are brought down.

use std::time::Duration;

use super::{Action, ContainerAction};
use crate::{observed::Container, value::hook::Hook};

/// How instances are brought down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMethod {
    /// Asked to end, killed after their timeout.
    Stop,
    /// Killed at once.
    Kill,
}

impl StopMethod {
    /// The action that brings a container down. The container's name may differ from its instance's.
    pub(in crate::plan) fn action(self, container: &Container, timeout: Duration, hooks: &[Hook]) -> Action {
        let (container, id) = (container.name.clone(), container.id.clone());
        Action::Container(match self {
            Self::Stop => ContainerAction::Stop { hooks: hooks.to_vec(), container, id, timeout },
            Self::Kill => ContainerAction::Kill { container, id },
        })
    }
}
