//! Who else changes the environment.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;

use crate::lease::{Holder, Liveness, Owner, holders, volumes};
use maestro_core::model::{Environment, ShipId};
use maestro_engine::Engine;

/// How long an engine may take to tell. One that does not tell gives no lease either.
const PATIENCE: Duration = Duration::from_secs(5);

/// Another run that holds the lease, or may hold it, and the ship that says so. A run that is gone holds nothing up.
pub(super) async fn other_run(
    me: &Owner,
    environment: &Environment,
    engines: &[Option<Arc<dyn Engine>>],
) -> Option<(ShipId, Holder)> {
    let asked = engines.iter().enumerate().filter_map(|(at, engine)| {
        let engine = engine.clone()?;
        Some(async move {
            let volumes = tokio::time::timeout(PATIENCE, volumes(&*engine, &environment.name)).await;
            let volumes = volumes.ok()?.ok()?;
            let mut holders = holders(me, &volumes).into_iter();
            let (holder, ..) = holders.find(|(_, fate, _)| *fate != Liveness::Gone)?;
            Some((ShipId(at), holder))
        })
    });
    join_all(asked).await.into_iter().flatten().next()
}
