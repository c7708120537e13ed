//! What stands in the way of a volume that is copied from one ship to another, and what went wrong with the copy.

use super::archive;
use crate::{copying, labels::count};
use maestro_core::{fault::VolumeCopyFault, model::Environment, plan::VolumeRefusal};

/// Why a volume may not be copied, or its copy not be used, as a clause. `ship` is the one that the file names.
#[must_use]
pub fn sentence(refusal: &VolumeRefusal, environment: &Environment, ship: &str) -> String {
    match refusal {
        VolumeRefusal::Exists { volume } => {
            format!("ship {ship} has a volume {volume} already, which is not overwritten")
        }
        VolumeRefusal::InUse { volume, containers, ship } => format!(
            "volume {volume} on ship {} is used by {}: {}",
            environment.ship(*ship).name,
            if containers.len() == 1 { "a running container" } else { "running containers" },
            containers.join(", ")
        ),
        VolumeRefusal::Incomplete { volume, ship } => format!(
            "volume {volume} on ship {} is incomplete: a restore of it did not end",
            environment.ship(*ship).name
        ),
        VolumeRefusal::CopyNotTaken { volume, from } => format!(
            "volume {volume} on ship {ship} is an incomplete copy of the one on ship {from}: a move was interrupted"
        ),
        VolumeRefusal::Kept { volume, to } => format!(
            "volume {volume} on ship {ship} has old data: the instance moved to ship {to} with a copy of it"
        ),
    }
}

/// What to type about it.
#[must_use]
pub fn next(
    refusal: &VolumeRefusal,
    environment: &Environment,
    invocation: &str,
    ship: &str,
    instance: &str,
) -> String {
    match refusal {
        VolumeRefusal::Exists { volume } => format!(
            "`{invocation} volume rm --ship {ship} {volume}` removes it with its data, then run `{invocation} volume \
             move {instance}` again"
        ),
        VolumeRefusal::InUse { containers, .. } => {
            format!("stop {}, then run `{invocation} volume move {instance}` again", containers.join(", "))
        }
        VolumeRefusal::Incomplete { volume, ship } => format!(
            "`{invocation} volume restore --ship {} {volume} FILE` restores it",
            environment.ship(*ship).name
        ),
        VolumeRefusal::CopyNotTaken { volume, .. } => format!(
            "`{invocation} volume move {instance}` copies it again; `{invocation} volume rm --ship {ship} {volume}` \
             removes the copy, and the instance would start empty"
        ),
        VolumeRefusal::Kept { to, .. } => format!(
            "write `ship: {to}` again, then `{invocation} apply {instance}` starts it there with the newer data; \
             `{invocation} apply --move {instance}` starts it on ship {ship} with the old data"
        ),
    }
}

/// Why a volume was not copied, as a clause.
pub(super) fn fault(fault: &VolumeCopyFault, volume: &str, from: &str, to: &str) -> String {
    match fault {
        VolumeCopyFault::Read(fault) => {
            format!("volume {volume} could not be read on ship {from}: {}", archive::sentence(fault))
        }
        VolumeCopyFault::Write(fault) => {
            format!("volume {volume} could not be copied to ship {to}: {}", archive::sentence(fault))
        }
        VolumeCopyFault::Exists => {
            format!("ship {to} has a volume {volume} already, which is not overwritten")
        }
        VolumeCopyFault::Differs { read, copied } => {
            let amount = |(files, bytes): (u64, u64)| {
                let files = count(usize::try_from(files).unwrap_or(usize::MAX), "file");
                format!("{files}, {}", copying::amount(bytes))
            };
            format!(
                "the copy of volume {volume} on ship {to} differs from what ship {from} sent: {} instead of {}",
                amount(*copied),
                amount(*read)
            )
        }
    }
}
