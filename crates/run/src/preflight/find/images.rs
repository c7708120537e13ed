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
    let mut found = other_platforms(scene);
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

/// Images that are carried to ships of another platform.
fn other_platforms(scene: &FindingContext<'_>) -> Vec<Finding> {
    let carried = scene.plan.steps.iter().filter_map(|step| match &step.action {
        Action::Image(ImageAction::Carry { image, .. }) => Some((step.ship, image)),
        Action::Image(ImageAction::Pull { .. } | ImageAction::Remove { .. })
        | Action::Container(_)
        | Action::Service(_)
        | Action::Network(_)
        | Action::Volume(_)
        | Action::Record(_)
        | Action::Wait(_) => None,
    });
    let wrong = carried.filter_map(|(ship, image)| {
        let found = scene.observed.carriable.get(&(ship, image.clone()))?;
        let instances = users(scene, ship, image);
        let first = scene.environment.instance(*instances.first()?);
        // A platform that the file names may be one that the ship emulates.
        let wanted = first.container.platform().unwrap_or(&found.ship_platform);
        let is_known = !found.platform.is_empty() && !wanted.is_empty();
        let is_right = wanted == found.platform || wanted.starts_with(&format!("{}/", found.platform));
        let span = first.written.get("image").copied().unwrap_or(first.span);
        let fact = Fact::OtherPlatform {
            image: image.clone(),
            has: found.platform.clone(),
            needs: wanted.to_owned(),
        };
        let error =
            Finding { weight: Weight::Error, ship, instances: instances.clone(), fact, span: Some(span) };
        (is_known && !is_right).then_some(error)
    });
    wrong.collect()
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
    let fetches = |action: &Action| matches!(action, Action::Image(ImageAction::Pull { image: fetched, .. } | ImageAction::Carry { image: fetched, .. }) if fetched == image);
    let steps = scene.plan.steps.iter().filter(|step| step.ship == ship && fetches(&step.action));
    steps.filter_map(|step| step.instance).collect()
}
