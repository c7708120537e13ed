//! Instances that move from one ship to another, in words and for programs.

use serde_json::{Value, json};

use maestro_core::{
    model::Environment,
    plan::{Plan, PlanRemark, moves::Move, reason::Note},
};

/// A remark for each instance that moves.
#[must_use]
pub fn remarks(plan: &Plan, environment: &Environment) -> Vec<PlanRemark> {
    let each = plan.moves.iter().map(|one| {
        let Move { instance, from, data, .. } = one;
        let from = environment.ship(*from).name.clone();
        let to = environment.ship(environment.instance(*instance).ship).name.clone();
        PlanRemark { instance: *instance, note: Note::Moves { from, to, data: data.clone() } }
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
