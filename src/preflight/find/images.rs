//! Images that no registry gives.

use super::{Finding, FindingContext, Severity};
use crate::{
    engine::refusal::Refusal,
    model::{
        InstanceId, ShipId,
        registry::{DOCKER_HUB, Fault, registry_of},
    },
    plan::action::Action,
    preflight::{Offer, Offered},
};

pub(super) fn findings(scene: &FindingContext<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for ((ship, image), offer) in &scene.answers.images {
        let (why, next, severity) = match &offer.outcome {
            Offered::Yes => continue,
            Offered::No { fault, words } => {
                let Offer { found, .. } = offer;
                let refusal = Refusal { image, found, fault: *fault };
                let name = scene.ship(*ship);
                let why = format!("{}: {words}", refusal.cause(name));
                (why, refusal.next(name), weight(scene, *ship, image, *fault))
            }
            Offered::Unknown(reason) => {
                let next = "go on: the fetch will tell".to_owned();
                (format!("{} could not be asked: {reason}", registry_of(image)), next, Severity::Warning)
            }
        };
        let what = match severity {
            Severity::Error => format!("image {image} cannot be fetched on ship {}", scene.ship(*ship)),
            _ => {
                format!("it is not known whether image {image} can be fetched on ship {}", scene.ship(*ship))
            }
        };
        let instances = users(scene, *ship, image);
        let first = instances.first().map(|id| scene.environment.instance(*id));
        let span = first.map(|one| one.written.get("image").copied().unwrap_or(one.span));
        found.push(Finding { severity, code: "image", ship: *ship, instances, what, why, next, span });
    }
    found
}

/// Whether a fetch would fail as well. A registry that says less than it would give is known; what passes by itself is
/// tried again; and Docker Hub's images may come from elsewhere.
fn weight(scene: &FindingContext<'_>, ship: ShipId, image: &str, fault: Fault) -> Severity {
    let machine = scene.answers.machines.get(&ship).and_then(|machine| machine.as_ref().ok());
    let from_elsewhere =
        registry_of(image) == DOCKER_HUB && machine.is_none_or(|machine| machine.has_mirrors);
    let is_certain = matches!(
        fault,
        Fault::NoSuchImage
            | Fault::NoLogin
            | Fault::WrongLogin
            | Fault::Unreachable
            | Fault::Untrusted
            | Fault::PlainHttp
    );
    if is_certain && !from_elsewhere { Severity::Error } else { Severity::Warning }
}

/// The instances that are made of an image there.
fn users(scene: &FindingContext<'_>, ship: ShipId, image: &str) -> Vec<InstanceId> {
    let makes = |action: &Action| matches!(action, Action::Create { spec, .. } if spec.image == image);
    let steps = scene.plan.steps.iter().filter(|step| step.ship == ship && makes(&step.action));
    let users: Vec<InstanceId> = steps.filter_map(|step| step.instance).collect();
    if !users.is_empty() {
        return users;
    }
    let fetches = |action: &Action| matches!(action, Action::Pull { image: fetched } if fetched == image);
    let steps = scene.plan.steps.iter().filter(|step| step.ship == ship && fetches(&step.action));
    steps.filter_map(|step| step.instance).collect()
}
