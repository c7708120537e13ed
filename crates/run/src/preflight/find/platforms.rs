//! Images that are not built for the kind of machine that they are to run on.

use super::FindingContext;
use crate::preflight::Offered;
use maestro_core::{
    event::{Fact, Finding, Weight},
    model::ShipId,
    plan::action::{Action, ContainerAction},
    value::platform,
};

pub(super) fn findings(scene: &FindingContext<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for step in scene.plan.steps.iter().filter(|step| step.compensation.is_none()) {
        let Action::Container(ContainerAction::Create { spec, .. }) = &step.action else { continue };
        let Some(id) = step.instance else { continue };
        let Some(fact) = fact(scene, step.ship, &spec.image, spec.platform()) else { continue };
        // What several instances have is told once.
        if let Some(known) = found.iter_mut().find(|known| known.ship == step.ship && known.fact == fact) {
            known.instances.push(id);
            continue;
        }
        let instance = scene.environment.instance(id);
        let key = if spec.platform().is_some() { "platform" } else { "image" };
        found.push(Finding {
            weight: Weight::Error,
            ship: step.ship,
            instances: vec![id],
            span: Some(instance.written.get(key).copied().unwrap_or(instance.span)),
            fact,
        });
    }
    found
}

/// That an image does not run on a ship, if that is known: neither on its machine nor as the file asks for.
fn fact(scene: &FindingContext<'_>, ship: ShipId, image: &str, asked: Option<&str>) -> Option<Fact> {
    let machine = scene.answers.machines.get(&ship)?.as_ref().ok().map(|facts| facts.platform.as_str())?;
    let key = (ship, image.to_owned());
    let (has, is_there) = match scene.answers.images.get(&key).map(|offer| &offer.outcome) {
        Some(Offered::Yes(remote)) => (remote.platforms.clone(), false),
        Some(Offered::No { .. } | Offered::Unknown(_)) => return None,
        None => (vec![scene.answers.platforms.get(&key)?.clone()], true),
    };
    let runs = match asked {
        Some(asked) => platform::has(&has, asked),
        None => machine.is_empty() || has.iter().any(|has| platform::runs(machine, has)),
    };
    let (machine, asked) = (machine.to_owned(), asked.map(str::to_owned));
    (!runs && !has.is_empty()).then(|| Fact::ImagePlatform {
        image: image.to_owned(),
        has,
        machine,
        asked,
        is_there,
    })
}
