//! Asks engines how old images are whose `pull_policy` is an age.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use jiff::Timestamp;

use super::{fleet::Fleet, logs::now};
use maestro_core::{
    model::{Environment, ShipId, container::tagged_image},
    observed::ShipState,
};
use maestro_engine::{Engine, EngineError, observe::unknown};

impl Fleet {
    /// Notes how long ago engines named the images whose age counts, as far as the ships' images were asked for.
    pub(super) async fn look_at_ages(&mut self, environment: &Environment) {
        let ships = self.engines.iter().zip(&mut self.observed.ships).enumerate();
        join_all(ships.map(|(at, (engine, state))| async move {
            let (Some(engine), ShipState::Answering(holdings)) = (engine, &mut *state) else { return };
            if holdings.images.is_none() {
                return;
            }
            let mut images = aged(environment, ShipId(at));
            images.retain(|image| holdings.has_image(image));
            if images.is_empty() {
                return;
            }
            let now = now(&**engine).await;
            let ages = join_all(
                images.into_iter().map(|image| async move { Ok((image, age(&**engine, image, now).await?)) }),
            );
            let ages: Result<Vec<_>, EngineError> = ages.await.into_iter().collect();
            match ages {
                Ok(ages) => {
                    let known = ages.into_iter().filter_map(|(image, age)| Some((image.to_owned(), age?)));
                    holdings.image_ages = known.collect();
                }
                Err(error) => *state = unknown(error),
            }
        }))
        .await;
    }
}

/// The images of a ship whose age counts.
fn aged(environment: &Environment, ship: ShipId) -> BTreeSet<&str> {
    let instances = environment.instances.iter().filter(|instance| instance.ship == ship);
    let aged = instances.filter(|instance| instance.pull_policy.age().is_some());
    aged.map(|instance| instance.container.image.as_str()).filter(|image| !image.contains('@')).collect()
}

/// How long ago an engine gave an image its name; none if it does not know.
async fn age(engine: &dyn Engine, image: &str, now: Timestamp) -> Result<Option<Duration>, EngineError> {
    let facts = engine.image(&tagged_image(image)).await?;
    let tagged = facts.and_then(|facts| facts.tagged);
    // A name from the future is new.
    Ok(tagged.map(|tagged| Duration::try_from(now.duration_since(tagged)).unwrap_or_default()))
}
