//! Giving a lease back: removing its volumes from an engine.

use std::collections::BTreeSet;

use super::{Owner, TRIES, leftover, volume_names};
use crate::store::LabelStore;
use maestro_engine::{Engine, EngineError, Volume};

/// What of a lease is removed from an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tidy {
    /// This run's lease. What says that killed runs may have something under way stays.
    Lease,
    /// The same, once there is a sign that this run may have left something under way too.
    LeaveSign,
    /// All that this run has made, and what nobody needs: whatever killed runs have begun is over.
    All,
}

/// Removes what this run has made on an engine. Whether the lease was this run's until then.
pub(super) async fn tidy(me: &Owner, engine: &dyn Engine, what: Tidy) -> Result<bool, EngineError> {
    let names = volume_names(&me.holder.environment);
    let mut were_ours = BTreeSet::new();
    let mut tries = 1;
    loop {
        let signed = match what {
            Tidy::LeaveSign => leftover::leave_sign(me, engine).await,
            Tidy::Lease | Tidy::All => Ok(()),
        };
        let tidied = match signed {
            Ok(()) => tidied(me, engine, &names, what, &mut were_ours).await,
            error => error,
        };
        match tidied {
            Ok(()) => return Ok(names.iter().all(|name| were_ours.contains(name))),
            Err(EngineError::ResponseLost(_) | EngineError::Unreachable(_)) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Adds the names of the volumes that were this run's to `were_ours`.
async fn tidied(
    me: &Owner,
    engine: &dyn Engine,
    lease: &[String],
    what: Tidy,
    were_ours: &mut BTreeSet<String>,
) -> Result<(), EngineError> {
    let volumes = leftover::all(me, engine).await?;
    let is_ours = |volume: &Volume| leftover::nonce(volume) == Some(&me.holder.nonce);
    let (ours, others): (Vec<Volume>, Vec<Volume>) = volumes.into_iter().partition(is_ours);
    were_ours.extend(ours.iter().map(|volume| volume.name.clone()));
    let names: Vec<&str> = match what {
        Tidy::Lease | Tidy::LeaveSign => {
            let own = ours.iter().filter(|volume| lease.contains(&volume.name));
            own.map(|volume| volume.name.as_str()).collect()
        }
        Tidy::All => {
            ours.iter().map(|volume| volume.name.as_str()).chain(leftover::pointless(&others)).collect()
        }
    };
    let store = LabelStore::on(engine);
    for name in names {
        store.remove(name).await?;
    }
    Ok(())
}
