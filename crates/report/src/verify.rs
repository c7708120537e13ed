//! Which verifications a plan shows.

use std::collections::BTreeSet;

use maestro_core::plan::{Plan, StepId, Wait};

/// The steps that verify what is left alone and that nothing waits for: that it is left alone says all of them.
pub(super) fn silent(plan: &Plan) -> BTreeSet<usize> {
    let steps = || plan.steps.iter().enumerate();
    let verifications = steps().filter(|(_, step)| step.is_verification());
    let mut silent: BTreeSet<usize> = verifications.map(|(at, _)| at).collect();
    let waits = plan.barriers.iter().flat_map(|barrier| &barrier.after);
    let waits =
        waits.chain(steps().filter(|(_, step)| !step.is_verification()).flat_map(|(_, step)| &step.after));
    for wait in waits {
        if let Wait::Step(StepId(at)) = wait {
            silent.remove(at);
        }
    }
    silent
}
