//! Images that others are built from: each is built before on the same engine.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Builds, PlannedBuild, look::Looked};
use maestro_core::model::{
    Environment, InstanceId, ShipId,
    image_build::{BuildContextSource, ImageBuild, SharedBuild},
};
use maestro_run::operations::builds::BuildState;

/// The builds of these instances with the ships that need them, and the builds whose images are contexts of them: each
/// behind those that it needs.
pub(super) fn wanted(
    environment: &Environment,
    instances: &BTreeSet<InstanceId>,
) -> Vec<(SharedBuild, BTreeSet<ShipId>)> {
    let mut services: BTreeMap<_, BTreeSet<ShipId>> = BTreeMap::new();
    for &id in instances {
        let instance = environment.instance(id);
        services.entry(instance.service).or_default().insert(instance.ship);
    }
    let mut wanted = Vec::new();
    for (service, ships) in services {
        if let Some(build) = &environment.service(service).build {
            add(&mut wanted, build, ships);
        }
    }
    wanted
}

fn add(wanted: &mut Vec<(SharedBuild, BTreeSet<ShipId>)>, build: &SharedBuild, ships: BTreeSet<ShipId>) {
    // Services may share an image.
    if let Some((_, known)) = wanted.iter_mut().find(|(known, _)| known == build) {
        known.extend(ships);
        return;
    }
    for other in images(build) {
        add(wanted, other, BTreeSet::new());
    }
    wanted.push((Arc::clone(build), ships));
}

/// The builds whose images are contexts of this one.
fn images(build: &ImageBuild) -> impl Iterator<Item = &SharedBuild> {
    build.buildkit.contexts.values().filter_map(|context| match &context.value {
        BuildContextSource::Image(other) => Some(other),
        BuildContextSource::Directory(_) | BuildContextSource::Remote(_) => None,
    })
}

impl PlannedBuild {
    /// The builds whose images are contexts of this one.
    pub(super) fn images(&self) -> impl Iterator<Item = &SharedBuild> {
        images(&self.request.build)
    }
}

impl Builds {
    /// Adds the images that are built before, on the engines that build those which need them, and sorts all: each comes
    /// behind those that it needs.
    pub(in crate::cli) async fn add_prerequisites<'a>(&'a self, looked: &mut Vec<Looked<'a>>) {
        let mut at = 0;
        while let Some(one) = looked.get(at) {
            at += 1;
            if !self.is_due(one) {
                continue;
            }
            let (place, engine) = (one.at.clone(), Arc::clone(&one.engine));
            let needed = self.planned.iter().filter(|planned| {
                let is_needed = one.planned.images().any(|other| *other == planned.request.build);
                let is_known =
                    |known: &Looked<'_>| std::ptr::eq(known.planned, *planned) && known.at == place;
                is_needed && !looked.iter().any(is_known)
            });
            for planned in needed.collect::<Vec<_>>() {
                let other = Looked::of(planned, place.clone(), Arc::clone(&engine)).await;
                if self.is_due(&other) {
                    looked.push(other);
                }
            }
        }
        let position =
            |one: &Looked<'_>| self.planned.iter().position(|planned| std::ptr::eq(planned, one.planned));
        looked.sort_by_key(position);
    }

    /// Whether there is something to build.
    fn is_due(&self, one: &Looked<'_>) -> bool {
        self.is_forced() || !matches!(one.state, Ok(BuildState::Unchanged))
    }
}
