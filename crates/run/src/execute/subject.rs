//! What an event about a step is about.

use super::Run;
use maestro_core::{
    event::Subject,
    model::variables::Variables,
    plan::{StepId, action::ActionKind},
};

/// What a step is done to, and what it does.
pub(super) fn about(run: &Run, id: StepId) -> (Subject, ActionKind) {
    let step = run.plan.step(id);
    let subject = match step.instance {
        // A step of a move may be on the ship that its instance leaves.
        Some(instance) => Subject {
            ship: run.environment.ship(step.ship).name.clone(),
            ..Subject::of(&run.environment, instance)
        },
        None => Subject {
            // A container that the file does not declare has nothing but its name.
            instance: step.action.ends().map(|(name, _)| name.to_owned()),
            service: None,
            ship: run.environment.ship(step.ship).name.clone(),
        },
    };
    (subject, step.action.kind())
}

pub(super) fn env_of(run: &Run, id: StepId) -> Option<&Variables> {
    let instance = run.plan.step(id).instance?;
    Some(&run.environment.instance(instance).container.env)
}
