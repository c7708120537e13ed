//! Mistakes that are planted in the plans of fleets.

use std::collections::BTreeSet;

use maestro_core::{
    model::{Environment, InstanceId},
    plan::{Plan, Step, action::ActionKind, drift::Difference},
};

use crate::story::{keep, skip, stops};

/// Plants a mistake in a plan.
pub fn break_fleet(plan: &mut Plan, bug: Option<&str>, environment: &Environment) {
    match bug {
        // What moves does not wait for its successor.
        Some("early") => {
            let is_left =
                |step: &Step| step.instance.is_some_and(|id| environment.instance(id).ship != step.ship);
            for step in plan.steps.iter_mut().filter(|step| is_left(step) && stops(&step.action)) {
                step.after.clear();
            }
        }
        Some("both") => keep(plan, |a| a.kind() == ActionKind::Start, |action, _| !stops(action)),
        // What links lead to has another address: nothing is done for it.
        Some("stale") => {
            let of = |difference: &Difference| difference.field.starts_with("extra_hosts");
            let stale = plan.differing.iter().filter(|one| one.differences.iter().any(of));
            let stale: BTreeSet<InstanceId> = stale.map(|one| one.instance).collect();
            skip(plan, |step| step.instance.is_some_and(|id| stale.contains(&id)));
        }
        // What somebody has stopped stays so.
        Some("drifted") => {
            let creates = |step: &&Step| step.action.kind() == ActionKind::Create;
            let made: BTreeSet<_> = plan.steps.iter().filter(creates).map(|step| step.instance).collect();
            skip(plan, |step| step.action.kind() == ActionKind::Start && !made.contains(&step.instance));
        }
        // What should move stays where it is.
        Some("unmoved") => {
            let is_left =
                |step: &&Step| step.instance.is_some_and(|id| environment.instance(id).ship != step.ship);
            let moving: BTreeSet<_> = plan.steps.iter().filter(is_left).map(|step| step.instance).collect();
            skip(plan, |step| moving.contains(&step.instance));
        }
        // The container on the ship that an instance has left stays there.
        Some("orphaned") => skip(plan, |step| {
            step.action.word() == "remove"
                && step.instance.is_some_and(|id| environment.instance(id).ship != step.ship)
        }),
        _ => {}
    }
}
