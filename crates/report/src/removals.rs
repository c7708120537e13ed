//! What a plan removes for good.

use super::labels::{count, size};
use maestro_core::{
    model::Environment,
    plan::{
        Plan, Step,
        action::{Action, ContainerAction, VolumeAction},
        reason::{Reason, Requested},
    },
};

/// What a plan removes for good, each in a few words. Names are untrusted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Removals {
    /// Volumes, with their data.
    pub data: Vec<String>,
    /// Containers that the file does not declare.
    pub orphans: Vec<String>,
}

/// Lists what a plan removes for good and was not named one by one.
#[must_use]
pub fn removals(plan: &Plan, environment: &Environment) -> Removals {
    let mut removals = Removals::default();
    for Step { ship, action, reason, .. } in &plan.steps {
        let ship = &environment.ship(*ship).name;
        match action {
            Action::Volume(VolumeAction::RemoveNamed { name, .. }) => {
                removals.data.push(format!("volume {name} on {ship}"));
            }
            Action::Volume(VolumeAction::Remove { left }) => {
                let (instance, path) = (&left.instance, &left.path);
                removals.data.push(format!("volume of {instance} at {path} on {ship}"));
            }
            Action::Container(ContainerAction::Remove { container, .. }) => {
                if let Reason::Orphan { requested: Requested::Prune | Requested::Orphans, .. } = reason {
                    removals.orphans.push(format!("container {container} on {ship}, an orphan"));
                }
            }
            // What a compensation removes is a copy.
            Action::Container(_)
            | Action::Service(_)
            | Action::Image(_)
            | Action::Network(_)
            | Action::Volume(
                VolumeAction::Create { .. }
                | VolumeAction::RemoveLeftover { .. }
                | VolumeAction::Copy { .. }
                | VolumeAction::DiscardCopy { .. }
                | VolumeAction::TakeCopy { .. }
                | VolumeAction::Reuse { .. }
                | VolumeAction::Keep { .. },
            )
            | Action::Record(_)
            | Action::Wait(_) => {}
        }
    }
    removals
}

/// Says how much room the removal of images has made on a ship.
#[must_use]
pub fn freed(ship: &str, bytes: u64) -> String {
    format!("images: {} freed on ship {ship}", size(bytes))
}

/// Says how much room the removal of so many images would make.
#[must_use]
pub fn to_free(images: usize, bytes: u64) -> String {
    format!(
        "{} would be removed, which frees {} at most: other images may share layers",
        count(images, "image"),
        size(bytes)
    )
}
