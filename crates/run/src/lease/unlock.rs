//! Taking a lease away from a run that cannot give it back.

use std::collections::BTreeSet;

use super::{
    Holder, Liveness, Owner,
    leftover::{self, StaleRemoval, remove_stale},
    tidy::{Tidy, tidy},
};
use maestro_engine::{Engine, EngineError};

/// What came of it on one engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlocked {
    /// The lease of this holder is removed.
    Removed(Holder),
    /// There is no lease.
    Free,
    /// The lease is another's.
    Other(Holder),
    /// The holder's process is on this machine and runs: nothing was done.
    Running(Holder),
    /// This run is removing it, or has died over that on another machine.
    Busy(Holder),
    /// A volume of this name is there that no run has made.
    Unmanaged(String),
}

/// Removes what the holder of that nonce has on an engine, whatever is known of it, unless it is known to run.
///
/// # Errors
/// If the engine does not answer, or refuses.
pub async fn unlock(me: &Owner, engine: &dyn Engine, nonce: &str) -> Result<Unlocked, EngineError> {
    let volumes = leftover::all(me, engine).await?;
    let pointless: BTreeSet<String> = leftover::pointless(&volumes).into_iter().map(str::to_owned).collect();
    let mut others = Vec::new();
    let mut removed = None;
    for volume in volumes {
        let Some(holder) = Holder::from_labels(&volume.labels) else { continue };
        if holder.nonce != nonce {
            // One that stands for a dead holder whose lease is gone keeps nobody from anything.
            let is_own = holder.environment == me.holder.environment;
            if is_own && !pointless.contains(&volume.name) {
                others.push(holder);
            }
            continue;
        }
        if me.fate(&holder) == Liveness::Running {
            return Ok(Unlocked::Running(holder));
        }
        match remove_stale(me, engine, &volume.name, &holder).await? {
            StaleRemoval::Gone(_) => removed = Some(holder),
            StaleRemoval::Busy(seen) => return Ok(Unlocked::Busy(seen.0)),
            StaleRemoval::Unmanaged(name) => return Ok(Unlocked::Unmanaged(name)),
        }
    }
    if let Some(holder) = removed {
        // What it began may be under way: the next run has to know.
        tidy(me, engine, Tidy::Lease).await?;
        return Ok(Unlocked::Removed(holder));
    }
    Ok(others.into_iter().next().map_or(Unlocked::Free, Unlocked::Other))
}
