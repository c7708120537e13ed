//! What a plan does only if steps fail, as text and as JSON.

use serde_json::{Value, json};

use super::{
    plan::{numbers, waits_json},
    text::harmless,
};
use crate::plan::{Plan, Rescue, Wait};

/// When it begins, and what it does; its steps follow.
pub(super) fn head(rescue: &Rescue) -> String {
    let when = match rescue.tolerates {
        0 => "any".to_owned(),
        most => format!("more than {most}"),
    };
    let of: Vec<Wait> = rescue.of.iter().copied().map(Wait::Step).collect();
    format!("If {when} of {} fails, {}:\n", numbers(&of), harmless(&rescue.what))
}

/// What is done only if steps fail.
pub(super) fn rescues_json(plan: &Plan) -> Vec<Value> {
    let rescues = plan.rescues.iter().enumerate().map(|(at, rescue)| {
        json!({ "id": at, "what": rescue.what, "of": rescue.of, "tolerates": rescue.tolerates })
    });
    rescues.collect()
}

/// What steps stand for together.
pub(super) fn gates_json(plan: &Plan) -> Vec<Value> {
    let gates = plan.gates.iter().enumerate().map(|(at, gate)| {
        // All may fail where no number says otherwise.
        let most = gate.tolerance.map(|tolerance| Some(tolerance.failures).filter(|most| *most < usize::MAX));
        json!({
            "id": at,
            "what": gate.what,
            "after": waits_json(&gate.after),
            "tolerates": gate.tolerance.map(|_| most.flatten().map_or(json!("any"), |most| json!(most))),
            "counts": gate.tolerance.and_then(|tolerance| tolerance.counted),
        })
    });
    gates.collect()
}
