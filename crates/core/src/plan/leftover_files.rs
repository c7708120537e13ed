//! What is left of copied files when a run was killed after it removed a container, or somebody else removed it: its
//! volumes of files, and records of its reloads.

use std::collections::BTreeSet;

use super::{
    Step,
    action::{Action, VolumeAction},
    builder::Builder,
    reason::Reason,
    volumes::has,
};
use crate::observed::{Container, Holdings, kept_files::ReloadRecord, mounts::Source};

/// Plans the removal of volumes of files and records whose containers do not exist.
pub(super) fn remove(builder: &mut Builder<'_>) {
    // Two ships may be one engine.
    let mut planned = BTreeSet::new();
    for ship in builder.environment.ship_ids() {
        let Some(holdings) = builder.holdings(ship) else { continue };
        for name in leftovers(holdings) {
            if !planned.insert(name.clone()) {
                continue;
            }
            let environment = builder.environment.name.clone();
            builder.add(Step {
                ship,
                instance: None,
                action: Action::Volume(VolumeAction::RemoveLeftover { name, environment }),
                reason: Reason::ContainerGone,
                after: Vec::new(),
                compensation: None,
            });
        }
    }
}

fn leftovers(holdings: &Holdings) -> BTreeSet<String> {
    let containers = || holdings.containers.values();
    let is_gone = |record: &&ReloadRecord| containers().all(|container| container.id != record.container);
    let records = holdings.files.records.iter().filter(is_gone).map(ReloadRecord::volume);
    // On a Swarm they are configs and secrets, which a rollback needs too.
    let recorded = holdings.revisions.iter().flatten().flat_map(|record| record.instances.iter().flatten());
    let stored = recorded.filter_map(|one| one.service.as_ref()).flat_map(|service| service.stored());
    let needed: BTreeSet<&str> = stored.map(|(_, name)| name).collect();
    let is_unused = |volume: &&String| {
        let stored = |container: &Container| {
            let mut mounts = container.mounts.iter();
            mounts.any(|mount| matches!(&mount.source, Source::Other(name) if name == *volume))
        };
        !needed.contains(volume.as_str())
            && !containers().any(|container| has(container, volume) || stored(container))
    };
    records.chain(holdings.files.volumes.iter().filter(is_unused).cloned()).collect()
}
