//! Files of containers and volumes, copied through the engines' archive calls. No program runs for it on a ship, and no
//! image is needed but any that the ship has. Archives are streamed: memory does not grow with them.

pub mod backup;
pub mod carrier;
pub mod copy;
mod digest;
pub mod format;
mod late_size;
mod pack;
pub(crate) mod pipe;
pub mod restore;
mod rewrite;
pub mod rules;
pub(crate) mod scan;
mod sides;
pub mod still;
#[cfg(test)]
mod tests;
pub mod transfer;
#[cfg(test)]
mod transfer_tests;
mod unpack;
#[cfg(test)]
mod use_tests;

pub use scan::TarScan;

use maestro_core::fault::ArchiveFault;
use maestro_engine::EngineError;

/// What an engine's error means to a copy.
#[expect(clippy::needless_pass_by_value, reason = "it maps the errors of results")]
fn fault(error: EngineError) -> ArchiveFault {
    ArchiveFault::Engine(error.fault().clone())
}

/// How far a copy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyAmount {
    /// Bytes that were copied.
    pub bytes: u64,
    /// Bytes that there are, where that is known.
    pub total: Option<u64>,
}

/// What is told of a copy while it goes on.
pub type TellAmount<'a> = dyn Fn(CopyAmount) + Send + Sync + 'a;
