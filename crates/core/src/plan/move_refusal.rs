//! Why an instance must not be started on the ship that it is placed on: another one may have its container or its data.

use super::{BlockedReason, builder::Builder, moves::Predecessor, volume_move};
use crate::{
    fault::ShipFault,
    model::{
        InstanceId, ShipId,
        container::{ContainerSpec, Mount, MountKind},
    },
    observed::{Container, ContainerState, mounts::path_may_hold_data},
};

/// Why an instance may not be started on the ship that the file names: its data would stay on another one, or that may
/// be so and cannot be known, or a move has taken its volumes elsewhere.
pub(super) fn data(
    builder: &Builder<'_>,
    id: InstanceId,
    old: Option<&Container>,
    moved: Option<Predecessor<'_>>,
) -> Option<BlockedReason> {
    data_elsewhere(builder, id, old, moved).or_else(|| volume_move::moved_away(builder, id, old))
}

fn data_elsewhere(
    builder: &Builder<'_>,
    id: InstanceId,
    old: Option<&Container>,
    moved: Option<Predecessor<'_>>,
) -> Option<BlockedReason> {
    if let Some(moved) = moved {
        let data = moved.data();
        return (!data.is_empty()).then_some(BlockedReason::Moved { from: moved.ship, data });
    }
    // What was made here before is here; only what was never started may be of a move.
    if old.is_some_and(|old| old.state != ContainerState::Created)
        || !may_keep_data(&builder.environment.instance(id).container)
    {
        return None;
    }
    let (ship, reason) = silent_ship(builder, id)?;
    Some(BlockedReason::Elsewhere { ship, reason: reason.clone() })
}

/// Why an instance that was found on another ship must not be started here: that ship stopped answering, so that its
/// container cannot be stopped there first.
pub(super) fn left_running(builder: &Builder<'_>, id: InstanceId) -> Option<BlockedReason> {
    let instance = builder.environment.instance(id);
    let seen = [&builder.observed.last_seen, &builder.environment.found];
    let ship = seen.into_iter().find_map(|seen| seen.get(&instance.name).copied())?;
    let (_, reason) = builder.silent.iter().find(|(silent, _)| *silent == ship && ship != instance.ship)?;
    Some(BlockedReason::RunsElsewhere { ship, reason: (*reason).clone() })
}

/// Another ship that does not answer, so that the instance's old container may be there, and why.
pub(super) fn silent_ship<'a>(builder: &Builder<'a>, id: InstanceId) -> Option<(ShipId, &'a ShipFault)> {
    let own = builder.environment.instance(id).ship;
    builder.silent.iter().copied().find(|(ship, _)| *ship != own)
}

/// Whether the file lets a container write to something that stays on its ship.
fn may_keep_data(spec: &ContainerSpec) -> bool {
    let is_data = |mount: &Mount| match mount.kind() {
        MountKind::Bind => path_may_hold_data(&mount.source),
        MountKind::Volume => true,
        MountKind::Image => false,
    };
    !spec.volumes.is_empty() || spec.mounts.iter().any(|mount| !mount.has("ro") && is_data(mount))
}
