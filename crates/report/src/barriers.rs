//! What a plan does only if steps fail, as text and as JSON.

use serde_json::{Value, json};

use super::{
    explain::barrier,
    text::harmless,
    waits::{numbers, waits_json},
};
use maestro_core::{
    model::Environment,
    plan::{Compensation, Plan, Wait},
};

/// When it begins, and what it does; its steps follow.
pub(super) fn head(compensation: &Compensation, environment: &Environment) -> String {
    let when = match compensation.tolerates {
        0 => "any".to_owned(),
        most => format!("more than {most}"),
    };
    let of: Vec<Wait> = compensation.of.iter().copied().map(Wait::Step).collect();
    let what = barrier::compensation(compensation.kind, environment);
    format!("if {when} of {} fails, {}:", numbers(&of), harmless(&what))
}

/// What is done only if steps fail.
pub(super) fn compensations_json(plan: &Plan, environment: &Environment) -> Vec<Value> {
    let compensations = plan.compensations.iter().enumerate().map(|(at, compensation)| {
        let what = barrier::compensation(compensation.kind, environment);
        json!({ "id": at, "what": what, "of": compensation.of, "tolerates": compensation.tolerates })
    });
    compensations.collect()
}

/// What steps stand for together.
pub(super) fn barriers_json(plan: &Plan, environment: &Environment) -> Vec<Value> {
    let barriers = plan.barriers.iter().enumerate().map(|(at, barrier)| {
        // All may fail where no number says otherwise.
        let most =
            barrier.tolerance.map(|tolerance| Some(tolerance.failures).filter(|most| *most < usize::MAX));
        json!({
            "id": at,
            "what": barrier::sentence(barrier.kind, plan.command, environment),
            "after": waits_json(&barrier.after),
            "tolerates": barrier.tolerance.map(|_| most.flatten().map_or(json!("any"), |most| json!(most))),
            "counts": barrier.tolerance.and_then(|tolerance| tolerance.counted),
        })
    });
    barriers.collect()
}
