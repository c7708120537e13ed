//! What went wrong with an image that is carried from one engine to another.

use super::{archive, engine};
use maestro_core::fault::{ArchiveFault, CarryFault};

/// Why an image was not carried, as a clause.
pub(super) fn sentence(fault: &CarryFault, image: &str, from: &str, to: &str) -> String {
    match fault {
        CarryFault::Gone => format!("{from} does not have image {image} any more"),
        CarryFault::Read(ArchiveFault::CutOff) => {
            format!("{from} stopped sending image {image} before its end; its engine's log says why")
        }
        CarryFault::Read(fault) => {
            format!("image {image} could not be read on {from}: {}", archive::sentence(fault))
        }
        CarryFault::Load(fault) => {
            format!("ship {to} did not load image {image}: {}", engine::sentence(fault))
        }
        CarryFault::NoRoom(fault) => {
            format!("the disk of ship {to} has no room for image {image}: {}", engine::sentence(fault))
        }
        CarryFault::Differs { sent, loaded: Some(loaded) } => {
            format!("ship {to} has {loaded} in place of image {image}, {sent}, which {from} sent")
        }
        CarryFault::Differs { sent, loaded: None } => {
            format!("ship {to} does not have image {image}, {sent}, after {from} sent it")
        }
    }
}

/// What to do about it.
pub(super) fn next(fault: &CarryFault, to: &str) -> String {
    match fault {
        CarryFault::Gone => "build or load the image again".to_owned(),
        CarryFault::NoRoom(_) => {
            format!("make room on ship {to} (`docker image prune` removes unused images)")
        }
        CarryFault::Read(_) | CarryFault::Load(_) | CarryFault::Differs { .. } => "fix the cause".to_owned(),
    }
}
