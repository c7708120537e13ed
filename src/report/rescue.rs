//! What a plan does only if steps fail, as text and as JSON.

use serde_json::{Value, json};

use super::{
    explain::barrier,
    plan::{numbers, waits_json},
    text::harmless,
};
use crate::{
    model::Environment,
    plan::{Plan, Rescue, Wait},
};

/// When it begins, and what it does; its steps follow.
pub(super) fn head(rescue: &Rescue, environment: &Environment) -> String {
    let when = match rescue.tolerates {
        0 => "any".to_owned(),
        most => format!("more than {most}"),
    };
    let of: Vec<Wait> = rescue.of.iter().copied().map(Wait::Step).collect();
    let what = barrier::compensation(rescue.kind, environment);
    format!("If {when} of {} fails, {}:\n", numbers(&of), harmless(&what))
}

/// What is done only if steps fail.
pub(super) fn rescues_json(plan: &Plan, environment: &Environment) -> Vec<Value> {
    let rescues = plan.rescues.iter().enumerate().map(|(at, rescue)| {
        let what = barrier::compensation(rescue.kind, environment);
        json!({ "id": at, "what": what, "of": rescue.of, "tolerates": rescue.tolerates })
    });
    rescues.collect()
}

/// What steps stand for together.
pub(super) fn gates_json(plan: &Plan, environment: &Environment) -> Vec<Value> {
    let gates = plan.gates.iter().enumerate().map(|(at, gate)| {
        // All may fail where no number says otherwise.
        let most = gate.tolerance.map(|tolerance| Some(tolerance.failures).filter(|most| *most < usize::MAX));
        json!({
            "id": at,
            "what": barrier::sentence(gate.kind, plan.command, environment),
            "after": waits_json(&gate.after),
            "tolerates": gate.tolerance.map(|_| most.flatten().map_or(json!("any"), |most| json!(most))),
            "counts": gate.tolerance.and_then(|tolerance| tolerance.counted),
        })
    });
    gates.collect()
}
