//! What becomes of volumes, in words and for programs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::text::harmless;
use maestro_core::{
    model::{Environment, ShipId},
    observed::left_behind::LeftBehind,
    plan::{
        Plan, PlanRemark, Step,
        action::{Action, ContainerAction, VolumeAction},
        reason::Note,
        volumes::VolumeFate,
    },
};

/// So many volumes are named.
const SHOWN: usize = 10;

/// A remark for each anonymous volume of the containers that a plan replaces.
#[must_use]
pub fn remarks(plan: &Plan) -> Vec<PlanRemark> {
    let note = |one: &VolumeFate| PlanRemark { instance: one.instance, note: Note::Volume(one.clone()) };
    plan.volumes.iter().map(note).collect()
}

/// Which anonymous volumes stay behind of containers that a plan removes, if no other sentence tells it.
#[must_use]
pub fn left_behind(plan: &Plan, invocation: &str) -> Option<String> {
    let is_removed = |left: &LeftBehind| {
        let removed = |step: &Step| {
            let Action::Volume(VolumeAction::Remove { left: one }) = &step.action else { return false };
            one.volume == left.volume
        };
        plan.steps.iter().any(removed) || plan.volumes.iter().any(|one| one.volume == left.volume)
    };
    let planned = plan.steps.iter().filter(|step| step.compensation.is_none());
    let leaves = planned.flat_map(|step| {
        let Action::Container(ContainerAction::Remove { leaves, .. }) = &step.action else { return &[][..] };
        &leaves[..]
    });
    let left: Vec<&LeftBehind> = leaves.filter(|left| !is_removed(left)).collect();
    let named: Vec<String> = left
        .iter()
        .take(SHOWN)
        .map(|left| format!("{} {}", harmless(&left.instance), harmless(&left.path)))
        .collect();
    let more = match left.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!left.is_empty()).then(|| {
        format!(
            "anonymous volumes of removed containers stay behind: {}{more}; `{invocation} clean --volumes` removes them",
            named.join(", ")
        )
    })
}

/// Which named volumes stay when their containers are removed; `with_volumes` says that `--volumes` was given.
#[must_use]
pub fn stay(
    volumes: &BTreeSet<(ShipId, String)>,
    environment: &Environment,
    invocation: &str,
    with_volumes: bool,
) -> Option<String> {
    let named = volumes.iter().take(SHOWN);
    let named = named.map(|(ship, name)| format!("{} @{}", harmless(name), environment.ship(*ship).name));
    let named = named.collect::<Vec<_>>().join(", ");
    let more = match volumes.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = if with_volumes {
        "`--volumes` removes those that the file declares below `volumes`, that bear this environment's label and that no \
         other container uses"
            .to_owned()
    } else {
        format!("`{invocation} down --volumes` removes those that the file declares, with their data")
    };
    (!volumes.is_empty()).then(|| format!("volumes stay with their data: {named}{more}; {what}"))
}

/// The same for programs.
#[must_use]
pub fn json(plan: &Plan, environment: &Environment) -> Vec<Value> {
    let each = plan.volumes.iter().map(|one| {
        let instance = environment.instance(one.instance);
        json!({
            "instance": instance.name,
            "ship": environment.ship(instance.ship).name,
            "volume": one.volume,
            "path": one.path,
            "fate": one.fate.word(),
        })
    });
    each.collect()
}
