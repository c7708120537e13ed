//! Names that an engine keeps though no container has them: of a creation that it refused, or that a killed run has left
//! under way. No list shows them. A successor and what is set aside take the next name instead.

use std::borrow::Cow;

use super::{Run, perform};
use maestro_core::{
    fault::StepFault,
    model::ShipId,
    plan::{
        StepId,
        action::{Action, ContainerAction, NetworkAction, WaitAction},
    },
};
use maestro_engine::{Engine, EngineError};

/// How many names are tried for one container.
const TRIES: usize = 20;

/// Asks for a change, of containers by the names that they really have. Tells with which names that was done.
pub(super) async fn ask<'a>(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    action: &'a Action,
) -> (Cow<'a, Action>, Result<Option<String>, EngineError>) {
    let ship = run.plan.step(id).ship;
    for _ in 0..TRIES {
        let actual = run.made.named(ship, action);
        let outcome = perform::ask(run, id, engine, &actual).await;
        let (Some(planned), Some(name), Err(EngineError::Conflict(fault))) =
            (given(action), given(&actual), &outcome)
        else {
            return (actual, outcome);
        };
        let is_passed_over = match engine.inspect(name).await {
            Ok(None) => true,
            // Another name than the planned one may be anybody's.
            Ok(Some(_)) => name != planned,
            Err(_) => false,
        };
        if !is_passed_over {
            return (actual, outcome);
        }
        let is_own = run.environment.instances.iter().any(|instance| instance.name == planned);
        if is_own {
            let kept = StepFault::NameKept { name: name.to_owned(), fault: Box::new(fault.clone()) };
            return (actual, Err(EngineError::Conflict(kept.into())));
        }
        let next = next(run, name);
        run.made.rename(ship, planned, next);
    }
    let actual = run.made.named(ship, action);
    let outcome = perform::ask(run, id, engine, &actual).await;
    (actual, outcome)
}

/// The name that an action gives to a container.
fn given(action: &Action) -> Option<&str> {
    match action {
        Action::Container(
            ContainerAction::Create { name, .. } | ContainerAction::Rename { to: name, .. },
        ) => Some(name),
        Action::Container(
            ContainerAction::Discard { .. }
            | ContainerAction::Start { .. }
            | ContainerAction::Stop { .. }
            | ContainerAction::Kill { .. }
            | ContainerAction::Remove { .. },
        )
        | Action::Image(_)
        | Action::Network(_)
        | Action::Volume(_)
        | Action::Record(_)
        | Action::Wait(_) => None,
    }
}

/// The name after that: `web-1.next`, `web-1.next-2`, `web-1.next-3`.
fn next(run: &Run, name: &str) -> String {
    let (stem, number) = match name.rsplit_once('-') {
        Some((stem, number)) if stem.contains('.') => (stem, number.parse().ok()),
        _ => (name, None),
    };
    let (stem, first) = number.map_or((name, 2), |number: u32| (stem, number.saturating_add(1)));
    let is_declared = |name: &String| run.environment.instances.iter().any(|one| one.name == *name);
    let mut names = (first..).map(|number| format!("{stem}-{number}"));
    names.find(|name| !is_declared(name)).unwrap_or_default()
}

impl super::Made {
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
                ContainerAction::Start { container } => rename(container),
                // These are done by ids.
                ContainerAction::Stop { .. }
                | ContainerAction::Kill { .. }
                | ContainerAction::Remove { .. } => {}
            },
            Action::Network(NetworkAction::Rejoin { container, .. })
            | Action::Wait(WaitAction::Ready { container, .. } | WaitAction::Check { container, .. }) => {
                rename(container);
            }
            Action::Network(NetworkAction::Create { .. } | NetworkAction::Remove { .. })
            | Action::Wait(WaitAction::Verify { .. } | WaitAction::Pause { .. })
            | Action::Image(_)
            | Action::Volume(_)
            | Action::Record(_) => {}
        }
        Cow::Owned(actual)
    }

    /// From now on what was planned under a name on a ship has that other one.
    fn rename(&self, ship: ShipId, planned: &str, actual: String) {
        self.names().insert((ship, planned.to_owned()), actual);
    }
}
