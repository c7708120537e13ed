//! What a saved plan changes, in which order: the plan without verifications. Which containers are verified depends on
//! how long they have run, and with that change the numbers of all steps and the gates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{is_verification, items};

/// The plan without verifications, its steps and gates numbered anew. Gates that only stand for many steps are replaced
/// by these steps; what is left are gates that tolerate failures.
pub(super) fn changing(plan: &Value) -> Value {
    let graph = Graph::of(plan);
    let steps: Vec<Value> = items(plan, "steps")
        .filter(|step| !is_verification(step))
        .map(|step| graph.with_waits(step, &graph.steps))
        .collect();
    let gates: Vec<Value> = items(plan, "gates")
        .filter(|gate| number(gate).is_some_and(|id| graph.gates.contains_key(&id)))
        .map(|gate| {
            let mut gate = graph.with_waits(gate, &graph.gates);
            set(&mut gate, "counts", |counts| renumbered(counts, &graph.gates));
            gate
        })
        .collect();
    let mut changing = plan.clone();
    set(&mut changing, "steps", |_| json!(steps));
    set(&mut changing, "gates", |_| json!(gates));
    if let Some(rescues) = changing.get_mut("rescues").and_then(Value::as_array_mut) {
        for rescue in rescues {
            set(rescue, "of", |of| {
                of.as_array().into_iter().flatten().map(|step| renumbered(step, &graph.steps)).collect()
            });
        }
    }
    changing
}

/// What waits for what in a plan.
struct Graph<'a> {
    /// New numbers of steps by old ones; verifications have none.
    steps: BTreeMap<u64, u64>,
    /// New numbers of gates that tolerate failures, by old ones.
    gates: BTreeMap<u64, u64>,
    verifications: BTreeSet<u64>,
    /// What the other gates stand for, by their numbers.
    sums: BTreeMap<u64, &'a Value>,
}

impl<'a> Graph<'a> {
    fn of(plan: &'a Value) -> Self {
        let (verifying, changing): (Vec<_>, Vec<_>) =
            items(plan, "steps").partition(|step| is_verification(step));
        let (sums, tolerant): (Vec<_>, Vec<_>) =
            items(plan, "gates").partition(|gate| gate.get("tolerates").is_none_or(Value::is_null));
        let numbered = |things: Vec<&Value>| (things.into_iter().filter_map(number)).zip(0..).collect();
        Self {
            steps: numbered(changing),
            gates: numbered(tolerant),
            verifications: verifying.into_iter().filter_map(number).collect(),
            sums: sums.into_iter().filter_map(|gate| Some((number(gate)?, gate))).collect(),
        }
    }

    /// A step or a gate with its new number, and with what it waits for as steps and gates that are left.
    fn with_waits(&self, thing: &Value, numbers: &BTreeMap<u64, u64>) -> Value {
        let (mut waits, mut seen) = (BTreeSet::new(), BTreeSet::new());
        self.collect(thing, &mut waits, &mut seen);
        let mut thing = thing.clone();
        set(&mut thing, "id", |id| renumbered(id, numbers));
        set(&mut thing, "after", |_| json!(waits));
        thing
    }

    /// Adds what a step or a gate waits for. What cannot be understood is kept as it is.
    fn collect(&self, thing: &Value, waits: &mut BTreeSet<String>, seen: &mut BTreeSet<u64>) {
        for wait in items(thing, "after") {
            let of = |key: &str| wait.get(key).and_then(Value::as_u64);
            let new = match (of("step"), of("gate")) {
                (Some(step), _) if self.verifications.contains(&step) => continue,
                (Some(step), _) => self.steps.get(&step).map(|new| format!("step {new}")),
                (None, Some(gate)) => match self.sums.get(&gate) {
                    Some(sum) => {
                        if seen.insert(gate) {
                            self.collect(sum, waits, seen);
                        }
                        continue;
                    }
                    None => self.gates.get(&gate).map(|new| format!("gate {new}")),
                },
                (None, None) => None,
            };
            waits.insert(new.unwrap_or_else(|| wait.to_string()));
        }
    }
}

fn number(thing: &Value) -> Option<u64> {
    thing.get("id")?.as_u64()
}

/// The new number of something; what has none is kept as it is.
fn renumbered(number: &Value, numbers: &BTreeMap<u64, u64>) -> Value {
    number.as_u64().and_then(|number| numbers.get(&number)).map_or_else(|| number.clone(), |new| json!(new))
}

/// Changes a key that is there.
fn set(value: &mut Value, key: &str, change: impl FnOnce(&Value) -> Value) {
    if let Some(value) = value.get_mut(key) {
        *value = change(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `db` is verified or not; `web` starts after it, behind a gate and directly, and after `cache`.
    fn plan(is_verified: bool) -> Value {
        let step =
            |id: u64, action: &str, after: Value| json!({ "id": id, "action": action, "after": after });
        if !is_verified {
            return json!({
                "steps": [step(0, "start", json!([])), step(1, "start", json!([{ "step": 0 }, { "gate": 0 }]))],
                "gates": [{ "id": 0, "after": [], "tolerates": 1, "counts": 0 }],
                "rescues": [{ "id": 0, "of": [1] }],
            });
        }
        json!({
            "steps": [
                step(0, "verify", json!([])),
                step(1, "start", json!([])),
                step(2, "start", json!([{ "gate": 0 }, { "step": 0 }, { "gate": 1 }])),
            ],
            "gates": [
                { "id": 0, "after": [{ "step": 0 }, { "step": 1 }], "tolerates": null, "counts": null },
                { "id": 1, "after": [{ "step": 0 }], "tolerates": 1, "counts": 1 },
            ],
            "rescues": [{ "id": 0, "of": [2] }],
        })
    }

    #[test]
    fn a_verification_makes_no_difference_and_another_order_does() {
        assert_eq!(changing(&plan(true)), changing(&plan(false)));
        let edits: [fn(&mut Value); 4] = [
            |plan| plan["steps"][2]["after"] = json!([{ "step": 0 }, { "gate": 1 }]),
            |plan| plan["gates"][1]["tolerates"] = json!(2),
            |plan| plan["rescues"][0]["of"] = json!([1]),
            |plan| plan["gates"][0]["tolerates"] = json!("any"),
        ];
        for edit in edits {
            let mut other = plan(true);
            edit(&mut other);
            assert_ne!(changing(&other), changing(&plan(false)), "{other}");
        }
    }

    #[test]
    fn gates_in_a_circle_and_what_is_no_plan_end() {
        let mut plan = plan(true);
        plan["gates"][0]["after"] = json!([{ "gate": 0 }, { "gate": 7 }, "x", { "step": -1 }]);
        assert!(changing(&plan)["steps"][1]["after"].to_string().contains("gate"));
        for odd in [json!(null), json!([]), json!({ "steps": 3, "gates": [1], "rescues": [{ "of": 1 }, 2] })]
        {
            changing(&odd);
        }
    }
}
