//! Names that an engine keeps though no container has them: of a creation that it refused, or that a killed run has left
//! under way. No list shows them. A successor and what is set aside take the next name instead.

use std::borrow::Cow;

use super::Run;
use maestro_core::{
    model::ShipId,
    plan::action::{Action, ContainerAction, NetworkAction, WaitAction},
};

/// How many names are tried for one container.
pub(super) const TRIES: usize = 20;

/// The name that an action gives to a container.
pub(super) fn given(action: &Action) -> Option<&str> {
    match action {
        Action::Container(
            ContainerAction::Create { name, .. } | ContainerAction::Rename { to: name, .. },
        ) => Some(name),
        Action::Container(
            ContainerAction::Copy { .. }
            | ContainerAction::Reload { .. }
            | ContainerAction::Discard { .. }
            | ContainerAction::Start { .. }
            | ContainerAction::Stop { .. }
            | ContainerAction::Kill { .. }
            | ContainerAction::Pause { .. }
            | ContainerAction::Unpause { .. }
            | ContainerAction::Remove { .. },
        )
        | Action::Service(_)
        | Action::Image(_)
        | Action::Network(_)
        | Action::Volume(_)
        | Action::Record(_)
        | Action::Wait(_) => None,
    }
}

/// The name after that: `web-1.next`, `web-1.next-2`, `web-1.next-3`.
pub(super) fn next(run: &Run, name: &str) -> String {
    let (stem, number) = match name.rsplit_once('-') {
        Some((stem, number)) if stem.contains('.') => (stem, number.parse().ok()),
        _ => (name, None),
    };
    let (stem, first) = number.map_or((name, 2), |number: u32| (stem, number.saturating_add(1)));
    let is_declared =
        |name: &String| run.environment.instances.iter().any(|one| one.container_name() == *name);
    let mut names = (first..).map(|number| format!("{stem}-{number}"));
    names.find(|name| !is_declared(name)).unwrap_or_default()
}

impl super::CreatedContainers {
    /// An action with the names that its containers really have on a ship.
    pub(super) fn named<'a>(&self, ship: ShipId, action: &'a Action) -> Cow<'a, Action> {
        let names = self.names();
        if names.is_empty() {
            return Cow::Borrowed(action);
        }
        let mut actual = action.clone();
        let rename = |name: &mut String| {
            if let Some(other) = names.get(&(ship, name.clone())) {
                name.clone_from(other);
            }
        };
        match &mut actual {
            Action::Container(action) => match action {
                ContainerAction::Create { name, .. } => rename(name),
                ContainerAction::Rename { container, to, .. } => {
                    [container, to].into_iter().for_each(rename);
                }
                ContainerAction::Discard { names, .. } => names.iter_mut().for_each(rename),
                ContainerAction::Copy { container, .. } | ContainerAction::Start { container, .. } => {
                    rename(container);
                }
                // These are done by ids.
                ContainerAction::Reload { .. }
                | ContainerAction::Stop { .. }
                | ContainerAction::Kill { .. }
                | ContainerAction::Pause { .. }
                | ContainerAction::Unpause { .. }
                | ContainerAction::Remove { .. } => {}
            },
            Action::Network(NetworkAction::Rejoin { container, .. })
            | Action::Wait(WaitAction::Ready { container, .. } | WaitAction::Check { container, .. }) => {
                rename(container);
            }
            Action::Network(NetworkAction::Create { .. } | NetworkAction::Remove { .. })
            | Action::Wait(WaitAction::Verify { .. } | WaitAction::Pause { .. })
            | Action::Service(_)
            | Action::Image(_)
            | Action::Volume(_)
            | Action::Record(_) => {}
        }
        Cow::Owned(actual)
    }

    /// From now on what was planned under a name on a ship has that other one.
    pub(super) fn rename(&self, ship: ShipId, planned: &str, actual: String) {
        self.names().insert((ship, planned.to_owned()), actual);
    }
}
