//! What is known of ships beside their containers.

use std::time::{Duration, SystemTime};

use futures_util::future::join_all;

use super::fleet::Fleet;
use maestro_core::observed::{
    ShipState,
    ship_facts::{ClockSkew, ShipFacts},
};
use maestro_engine::{Engine, host::Host, observe::unknown};

impl Fleet {
    /// Asks the engines that answered about themselves and their machines, all at the same time; by [`ShipId`]. One that does
    /// not answer any more is unreachable from now on.
    ///
    /// [`ShipId`]: maestro_core::model::ShipId
    pub async fn ship_facts(&mut self) -> Vec<Option<ShipFacts>> {
        let ships = self.engines.iter().zip(&self.hosts).zip(&mut self.observed.ships);
        join_all(ships.map(|((engine, host), state)| async move {
            let (Some(engine), Some(host), ShipState::Answering(_)) = (engine, host, &*state) else {
                return None;
            };
            match facts(&**engine, &**host).await {
                Ok(facts) => Some(facts),
                Err(error) => {
                    *state = unknown(error);
                    None
                }
            }
        }))
        .await
    }
}

async fn facts(engine: &dyn Engine, host: &dyn Host) -> Result<ShipFacts, maestro_engine::EngineError> {
    let asked = SystemTime::now();
    let info = engine.info().await?;
    let answered = SystemTime::now();
    let room = host.room(&info).await.ok().flatten();
    let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Ok(ShipFacts {
        clock: info.time.map(|said| ClockSkew::of(since(asked), since(said), since(answered))),
        version: info.version,
        platform: info.platform,
        processors: info.processors,
        memory: info.memory,
        disk: room.map(|room| (room.free, room.total)),
    })
}
