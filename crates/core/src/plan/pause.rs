//! `pause` and `unpause`: the processes of running containers are frozen, and go on. No order is kept: nothing ends.

use std::collections::BTreeSet;

use super::{
    Plan,
    action::{Action, ContainerAction},
    builder::{Builder, NodeResult, Treatment},
    command::Command,
    reason::{Reason, UnchangedReason},
};
use crate::{
    model::{Environment, InstanceId, graph::Direction},
    observed::{Container, ContainerState, Observed},
};

/// Which of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseMethod {
    /// `pause`
    Pause,
    /// `unpause`
    Unpause,
}

/// Plans that the selected instances are paused, or go on.
#[must_use]
pub fn plan(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    method: PauseMethod,
) -> Plan {
    let command = match method {
        PauseMethod::Pause => Command::Pause,
        PauseMethod::Unpause => Command::Unpause,
    };
    let observed = observed.by_label(environment);
    let mut builder = Builder::new(command, environment, &observed, false);
    builder.walk(selected, Direction::DependantsFirst, false, |builder, id, _| {
        let container = match builder.treatment(id) {
            Treatment::Blocked(reason) => return builder.hold(id, reason),
            Treatment::Absent => {
                builder.unchanged(id, UnchangedReason::Absent, None);
                return NodeResult::default();
            }
            Treatment::Present(container) => container,
        };
        match unchanged(container, method) {
            Some(reason) => builder.unchanged(id, reason, None),
            None => {
                let action = action(container, method);
                let reason = match method {
                    PauseMethod::Pause => Reason::IsRunning,
                    PauseMethod::Unpause => Reason::IsPaused,
                };
                builder.step(id, action, reason, []);
            }
        }
        NodeResult::default()
    });
    builder.plan
}

/// Why a container needs nothing done.
fn unchanged(container: &Container, method: PauseMethod) -> Option<UnchangedReason> {
    match (&container.state, method) {
        (ContainerState::Running, PauseMethod::Pause) | (ContainerState::Paused, PauseMethod::Unpause) => {
            None
        }
        (ContainerState::Running, PauseMethod::Unpause) => Some(UnchangedReason::AlreadyRunning),
        (ContainerState::Paused, PauseMethod::Pause) => Some(UnchangedReason::Paused),
        (ContainerState::Restarting, _) => Some(UnchangedReason::Restarting),
        (
            ContainerState::Created
            | ContainerState::Exited
            | ContainerState::Removing
            | ContainerState::Dead
            | ContainerState::Other(_),
            _,
        ) => Some(UnchangedReason::AlreadyDown),
    }
}

fn action(container: &Container, method: PauseMethod) -> Action {
    let (container, id) = (container.name.clone(), container.id.clone());
    Action::Container(match method {
        PauseMethod::Pause => ContainerAction::Pause { container, id },
        PauseMethod::Unpause => ContainerAction::Unpause { container, id },
    })
}
