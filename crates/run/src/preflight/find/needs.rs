//! What an engine would not do: settings that it does not know, and images that it has not and is not to pull.

use super::FindingContext;
use maestro_core::{
    event::{Fact, Finding, Weight},
    model::{
        ApiVersion, Instance, ShipId,
        container::{ContainerSpec, Mount, MountKind},
    },
    plan::action::{Action, ContainerAction},
    value::image_source::ImageSource,
};

/// Engines before this version ignore hardware addresses on networks beside the first one.
const ADDRESSES: ApiVersion = ApiVersion { major: 1, minor: 44 };

pub(super) fn findings(scene: &FindingContext<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for step in scene.plan.steps.iter().filter(|step| step.compensation.is_none()) {
        let Action::Container(ContainerAction::Create { spec, .. }) = &step.action else { continue };
        let Some(id) = step.instance else { continue };
        let instance = scene.environment.instance(id);
        let unknown = unknown(scene, step.ship, spec);
        let key = if instance.image_source == ImageSource::Carry { "image_source" } else { "pull_policy" };
        let missing = missing(scene, step.ship, instance).map(|fact| (key, fact));
        for (key, fact) in unknown.chain(missing) {
            // What several instances have is told once.
            match found.iter_mut().find(|known| known.ship == step.ship && known.fact == fact) {
                Some(known) => known.instances.push(id),
                None => found.push(Finding {
                    weight: Weight::Error,
                    ship: step.ship,
                    instances: vec![id],
                    span: Some(instance.written.get(key).copied().unwrap_or(instance.span)),
                    fact,
                }),
            }
        }
    }
    found
}

/// What the engine of a ship does not know, each with the key of the instance that has it.
fn unknown(
    scene: &FindingContext<'_>,
    ship: ShipId,
    spec: &ContainerSpec,
) -> impl Iterator<Item = (&'static str, Fact)> {
    let machine = scene.answers.machines.get(&ship).and_then(|machine| machine.as_ref().ok());
    let api = machine.and_then(|machine| machine.api);
    let mounts = spec.mounts.iter().filter_map(Mount::need).map(|need| ("volumes", need.key, need.since));
    let mut further = spec.networks().skip(1).filter_map(|network| spec.attachments.get(network));
    let has_address = further.any(|attachment| attachment.mac_address.is_some());
    let needs: Vec<_> = mounts.chain(has_address.then_some(("networks", "mac_address", ADDRESSES))).collect();
    needs.into_iter().filter_map(move |(place, key, needs)| {
        let has = api.filter(|api| *api < needs)?;
        Some((place, Fact::EngineTooOld { key, needs, has }))
    })
}

/// The images of an instance that are not on its ship, if they are not to be pulled.
fn missing(scene: &FindingContext<'_>, ship: ShipId, instance: &Instance) -> impl Iterator<Item = Fact> {
    let is_carried = instance.image_source == ImageSource::Carry;
    let holdings = scene
        .observed
        .holdings(ship)
        .filter(|holdings| (is_carried || !instance.is_pulled()) && holdings.images.is_some());
    let spec = &instance.container;
    let mounts = spec.mounts.iter().filter(|mount| mount.kind() == MountKind::Image);
    let images = std::iter::once(&spec.image).chain(mounts.map(|mount| &mount.source));
    let missing = images.filter(|image| holdings.is_some_and(|holdings| !holdings.has_image(image)));
    let missing =
        missing.filter(|image| !scene.observed.carriable.contains_key(&(ship, String::clone(image))));
    let fact = |image: &String| {
        if is_carried { Fact::ImageNowhere(image.clone()) } else { Fact::ImageNotThere(image.clone()) }
    };
    missing.map(fact).collect::<Vec<_>>().into_iter()
}
