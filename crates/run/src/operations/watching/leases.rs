//! Who else changes the environment.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::future::join_all;

use crate::lease::{Holder, Liveness, Owner, holders, volumes};
use maestro_core::model::{Environment, ShipId};
use maestro_engine::Engine;

/// How long an engine may take to tell. One that does not tell gives no lease either.
const PATIENCE: Duration = Duration::from_secs(5);

/// Another run that holds the lease, or may hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherRun {
    /// The ship whose engine lists its lease.
    pub ship: ShipId,
    /// Who runs it.
    pub holder: Holder,
    /// Whether its process runs on this machine; other machines cannot be asked.
    pub is_running_here: bool,
    /// When it took the lease, by the clock of that engine.
    pub since: Option<SystemTime>,
}

/// Another run that holds the lease, or may hold it. A run that is gone holds nothing up, and those of this process are no
/// others.
pub async fn other_run(
    me: &Owner,
    environment: &Environment,
    engines: &[Option<Arc<dyn Engine>>],
) -> Option<OtherRun> {
    let asked = engines.iter().enumerate().filter_map(|(at, engine)| {
        let engine = engine.clone()?;
        Some(async move {
            let volumes = tokio::time::timeout(PATIENCE, volumes(&*engine, &environment.name)).await;
            let volumes = volumes.ok()?.ok()?;
            let mut holders = holders(me, &volumes).into_iter();
            let is_other = |holder: &Holder| !holder.is_of_process(&me.holder);
            let (holder, fate, since) =
                holders.find(|(holder, fate, _)| *fate != Liveness::Gone && is_other(holder))?;
            Some(OtherRun { ship: ShipId(at), holder, is_running_here: fate == Liveness::Running, since })
        })
    });
    join_all(asked).await.into_iter().flatten().next()
}
