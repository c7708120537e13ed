//! What a saved plan changes, in which order: the plan without verifications. Which containers are verified depends on
//! how long they have run, and with that change the numbers of all steps and the barriers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::json::{is_verification, items};

/// The plan without verifications, its steps and barriers numbered anew. Gates that only stand for many steps are replaced
/// by these steps; what is left are barriers that tolerate failures.
pub(super) fn changing(plan: &Value) -> Value {
    let graph = Graph::of(plan);
    let steps: Vec<Value> = items(plan, "steps")
        .filter(|step| !is_verification(step))
        .map(|step| graph.with_waits(step, &graph.steps))
        .collect();
    let barriers: Vec<Value> = items(plan, "barriers")
        .filter(|barrier| number(barrier).is_some_and(|id| graph.barriers.contains_key(&id)))
        .map(|barrier| {
            let mut barrier = graph.with_waits(barrier, &graph.barriers);
            set(&mut barrier, "counts", |counts| renumbered(counts, &graph.barriers));
            barrier
        })
        .collect();
    let mut changing = plan.clone();
    set(&mut changing, "steps", |_| json!(steps));
    set(&mut changing, "barriers", |_| json!(barriers));
    if let Some(compensations) = changing.get_mut("compensations").and_then(Value::as_array_mut) {
        for compensation in compensations {
            set(compensation, "of", |of| {
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
    /// New numbers of barriers that tolerate failures, by old ones.
    barriers: BTreeMap<u64, u64>,
    verifications: BTreeSet<u64>,
    /// What the other barriers stand for, by their numbers.
    sums: BTreeMap<u64, &'a Value>,
}

impl<'a> Graph<'a> {
    fn of(plan: &'a Value) -> Self {
        let (verifying, changing): (Vec<_>, Vec<_>) =
            items(plan, "steps").partition(|step| is_verification(step));
        let (sums, tolerant): (Vec<_>, Vec<_>) =
            items(plan, "barriers").partition(|barrier| barrier.get("tolerates").is_none_or(Value::is_null));
        let numbered = |things: Vec<&Value>| (things.into_iter().filter_map(number)).zip(0..).collect();
        Self {
            steps: numbered(changing),
            barriers: numbered(tolerant),
            verifications: verifying.into_iter().filter_map(number).collect(),
            sums: sums.into_iter().filter_map(|barrier| Some((number(barrier)?, barrier))).collect(),
        }
    }

    /// A step or a barrier with its new number, and with what it waits for as steps and barriers that are left.
    fn with_waits(&self, thing: &Value, numbers: &BTreeMap<u64, u64>) -> Value {
        let (mut waits, mut seen) = (BTreeSet::new(), BTreeSet::new());
        self.collect(thing, &mut waits, &mut seen);
        let mut thing = thing.clone();
        set(&mut thing, "id", |id| renumbered(id, numbers));
        set(&mut thing, "after", |_| json!(waits));
        thing
    }

    /// Adds what a step or a barrier waits for. What cannot be understood is kept as it is.
    fn collect(&self, thing: &Value, waits: &mut BTreeSet<String>, seen: &mut BTreeSet<u64>) {
        for wait in items(thing, "after") {
            let of = |key: &str| wait.get(key).and_then(Value::as_u64);
            let new = match (of("step"), of("barrier")) {
                (Some(step), _) if self.verifications.contains(&step) => continue,
                (Some(step), _) => self.steps.get(&step).map(|new| format!("step {new}")),
                (None, Some(barrier)) => match self.sums.get(&barrier) {
                    Some(sum) => {
                        if seen.insert(barrier) {
                            self.collect(sum, waits, seen);
                        }
                        continue;
                    }
                    None => self.barriers.get(&barrier).map(|new| format!("barrier {new}")),
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

    /// `db` is verified or not; `web` starts after it, behind a barrier and directly, and after `cache`.
    fn plan(is_verified: bool) -> Value {
        let step =
            |id: u64, action: &str, after: Value| json!({ "id": id, "action": action, "after": after });
        if !is_verified {
            return json!({
                "steps": [step(0, "start", json!([])), step(1, "start", json!([{ "step": 0 }, { "barrier": 0 }]))],
                "barriers": [{ "id": 0, "after": [], "tolerates": 1, "counts": 0 }],
                "compensations": [{ "id": 0, "of": [1] }],
            });
        }
        json!({
            "steps": [
                step(0, "verify", json!([])),
                step(1, "start", json!([])),
                step(2, "start", json!([{ "barrier": 0 }, { "step": 0 }, { "barrier": 1 }])),
            ],
            "barriers": [
                { "id": 0, "after": [{ "step": 0 }, { "step": 1 }], "tolerates": null, "counts": null },
                { "id": 1, "after": [{ "step": 0 }], "tolerates": 1, "counts": 1 },
            ],
            "compensations": [{ "id": 0, "of": [2] }],
        })
    }

    #[test]
    fn a_verification_makes_no_difference_and_another_order_does() {
        assert_eq!(changing(&plan(true)), changing(&plan(false)));
        let edits: [fn(&mut Value); 4] = [
            |plan| plan["steps"][2]["after"] = json!([{ "step": 0 }, { "barrier": 1 }]),
            |plan| plan["barriers"][1]["tolerates"] = json!(2),
            |plan| plan["compensations"][0]["of"] = json!([1]),
            |plan| plan["barriers"][0]["tolerates"] = json!("any"),
        ];
        for edit in edits {
            let mut other = plan(true);
            edit(&mut other);
            assert_ne!(changing(&other), changing(&plan(false)), "{other}");
        }
    }

    #[test]
    fn barriers_in_a_circle_and_what_is_no_plan_end() {
        let mut plan = plan(true);
        plan["barriers"][0]["after"] = json!([{ "barrier": 0 }, { "barrier": 7 }, "x", { "step": -1 }]);
        assert!(changing(&plan)["steps"][1]["after"].to_string().contains("barrier"));
        for odd in [
            json!(null),
            json!([]),
            json!({ "steps": 3, "barriers": [1], "compensations": [{ "of": 1 }, 2] }),
        ] {
            changing(&odd);
        }
    }
}
