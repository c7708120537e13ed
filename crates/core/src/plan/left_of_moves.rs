//! What moves of volumes have left on ships: volumes that are kept, and copies that were taken.

use crate::{
    model::Environment,
    observed::{
        Container, ContainerState, Holdings,
        copy_mark::{CopyMark, KeptVolume},
        mounts::Source,
    },
};

/// Whether a volume of a container is only kept, because the instance has moved to another ship with a copy of it.
pub(super) fn has_moved_away(environment: &Environment, here: &Holdings, container: &Container) -> bool {
    let Some(volumes) = &here.volumes else { return false };
    named_volumes(container).any(|name| KeptVolume::among(volumes, &environment.name, name).is_some())
}

/// Whether a container was started with a copy of an interrupted move, and may have written to it.
pub(super) fn has_taken_copy(environment: &Environment, there: &Holdings, container: &Container) -> bool {
    let Some(volumes) = there.volumes.as_ref().filter(|_| container.state != ContainerState::Created) else {
        return false;
    };
    named_volumes(container).any(|name| CopyMark::among(volumes, &environment.name, name).is_some())
}

fn named_volumes(container: &Container) -> impl Iterator<Item = &String> {
    container.mounts.iter().filter_map(|mounted| match &mounted.source {
        Source::Volume(name) => Some(name),
        Source::Path(_) | Source::Other(_) => None,
    })
}
