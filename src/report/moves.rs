//! Instances that move from one ship to another, in words and for programs.

use serde_json::{Value, json};

use super::text::harmless;
use crate::{
    model::Environment,
    plan::{Plan, Remark, moves::Move},
};

/// A sentence for each instance that moves.
#[must_use]
pub fn remarks(plan: &Plan, environment: &Environment) -> Vec<Remark> {
    let each = plan.moves.iter().map(|one| {
        let Move { instance, from, data, .. } = one;
        let from = harmless(&environment.ship(*from).name).into_owned();
        let to = harmless(&environment.ship(environment.instance(*instance).ship).name).into_owned();
        let stays = match &data[..] {
            [] => String::new(),
            data => {
                let data: Vec<_> = data.iter().map(|one| harmless(one)).collect();
                format!("; what stays on ship {from} and is not copied: {}", data.join(", "))
            }
        };
        Remark { instance: *instance, text: format!("moves from ship {from} to ship {to}{stays}") }
    });
    each.collect()
}

/// The same for programs.
#[must_use]
pub fn json(plan: &Plan, environment: &Environment) -> Vec<Value> {
    let each = plan.moves.iter().map(|one| {
        let instance = environment.instance(one.instance);
        json!({
            "instance": instance.name,
            "from": environment.ship(one.from).name,
            "to": environment.ship(instance.ship).name,
            "container_id": one.container,
            "data": one.data,
        })
    });
    each.collect()
}
