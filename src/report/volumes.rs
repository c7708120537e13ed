//! What becomes of volumes, in words and for programs.

use serde_json::{Value, json};

use super::text::harmless;
use crate::{
    model::Environment,
    plan::{
        Plan, Remark, Step,
        action::{Action, LeftBehind},
        volumes::{Fate, VolumeFate},
    },
};

/// So many volumes are named.
const SHOWN: usize = 10;

/// A sentence for each anonymous volume of the containers that a plan replaces.
#[must_use]
pub fn remarks(plan: &Plan) -> Vec<Remark> {
    plan.volumes.iter().map(|one| Remark { instance: one.instance, text: sentence(one) }).collect()
}

/// Which anonymous volumes stay behind of containers that a plan removes, if no other sentence tells it.
#[must_use]
pub fn left_behind(plan: &Plan, invocation: &str) -> Option<String> {
    let is_removed = |left: &LeftBehind| {
        let removed = |step: &Step| matches!(&step.action, Action::RemoveVolume { left: one } if one.volume == left.volume);
        plan.steps.iter().any(removed) || plan.volumes.iter().any(|one| one.volume == left.volume)
    };
    let leaves = plan.steps.iter().filter(|step| step.rescue.is_none()).flat_map(|step| match &step.action {
        Action::Remove { leaves, .. } => &leaves[..],
        _ => &[],
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

/// The plan with what becomes of data among its remarks, as of a run that shows no plan.
#[must_use]
pub fn remarked(mut plan: Plan, environment: &Environment) -> Plan {
    let remarks = [remarks(&plan), super::moves::remarks(&plan, environment)].concat();
    plan.remarks.extend(remarks);
    plan
}

fn sentence(VolumeFate { volume, path, fate, .. }: &VolumeFate) -> String {
    let (volume, path) = (harmless(volume), harmless(path));
    let left = |why: &str| {
        format!("volume {volume}, mounted at {path}, stays behind: {why}; `clean --volumes` removes it")
    };
    match fate {
        Fate::Carried => format!("the new container takes over volume {volume} at {path}"),
        Fate::CarriedIfDeclared => format!(
            "the new container takes over volume {volume} at {path} if its image still has a volume there"
        ),
        Fate::Renewed => left("--renew-anonymous-volumes was given"),
        Fate::Covered(source) => left(&format!("the file mounts {} there", harmless(source))),
        Fate::Undeclared => left("neither the file nor the image has a volume there any more"),
    }
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
