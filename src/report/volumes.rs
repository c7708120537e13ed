//! What becomes of volumes, in words and for programs.

use serde_json::{Value, json};

use super::text::harmless;
use crate::{
    model::Environment,
    plan::{
        Plan, Remark,
        volumes::{Fate, VolumeFate},
    },
};

/// A sentence for each anonymous volume of the containers that a plan replaces.
#[must_use]
pub fn remarks(plan: &Plan) -> Vec<Remark> {
    plan.volumes.iter().map(|one| Remark { instance: one.instance, text: sentence(one) }).collect()
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
        format!("volume {volume}, mounted at {path}, stays behind: {why}; `docker volume rm` removes it")
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
