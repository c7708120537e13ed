//! Images that no registry gives.

use super::FindingContext;
use crate::preflight::Offered;
use maestro_core::{
    event::{Fact, Finding, Weight},
    model::{
        InstanceId, ShipId,
        registry::{DOCKER_HUB, PullFault, registry_of},
    },
    plan::action::{Action, ContainerAction, ImageAction},
};

pub(super) fn findings(scene: &FindingContext<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for ((ship, image), offer) in &scene.answers.images {
        let fact = match &offer.outcome {
            Offered::Yes(_) => continue,
            Offered::No { fault, words } => Fact::Image {
                refusal: Box::new(offer.found.refusal(image, *fault)),
                words: words.clone(),
                is_certain: is_certain(scene, *ship, image, *fault),
            },
            Offered::Unknown(failure) => {
                Fact::ImageUnknown { image: image.clone(), failure: failure.clone() }
            }
        };
        let is_certain = matches!(fact, Fact::Image { is_certain: true, .. });
        let weight = if is_certain { Weight::Error } else { Weight::Warning };
        let instances = users(scene, *ship, image);
        let first = instances.first().map(|id| scene.environment.instance(*id));
        let span = first.map(|one| one.written.get("image").copied().unwrap_or(one.span));
        found.push(Finding { weight, ship: *ship, instances, fact, span });
    }
    found
}

/// Whether a fetch would fail as well. A registry that says less than it would give is known; what passes by itself is
/// tried again; and Docker Hub's images may come from elsewhere.
fn is_certain(scene: &FindingContext<'_>, ship: ShipId, image: &str, fault: PullFault) -> bool {
    let machine = scene.answers.machines.get(&ship).and_then(|machine| machine.as_ref().ok());
    let from_elsewhere =
        registry_of(image) == DOCKER_HUB && machine.is_none_or(|machine| machine.has_mirrors);
    let is_final = matches!(
        fault,
        PullFault::NoSuchImage
            | PullFault::NoLogin
            | PullFault::WrongLogin
            | PullFault::Unreachable
            | PullFault::Untrusted
            | PullFault::PlainHttp
    );
    is_final && !from_elsewhere
}

/// The instances that are made of an image there.
fn users(scene: &FindingContext<'_>, ship: ShipId, image: &str) -> Vec<InstanceId> {
    let makes = |action: &Action| matches!(action, Action::Container(ContainerAction::Create { spec, .. }) if spec.image == image);
    let steps = scene.plan.steps.iter().filter(|step| step.ship == ship && makes(&step.action));
    let users: Vec<InstanceId> = steps.filter_map(|step| step.instance).collect();
    if !users.is_empty() {
        return users;
    }
    let fetches = |action: &Action| matches!(action, Action::Image(ImageAction::Pull { image: fetched }) if fetched == image);
    let steps = scene.plan.steps.iter().filter(|step| step.ship == ship && fetches(&step.action));
    steps.filter_map(|step| step.instance).collect()
}
