//! Looks for images that a ship lacks on the other engines that are known: the ships of the file and this machine's own.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::fleet::{Connect, Fleet};
use crate::carry::KnownLayers;
use maestro_core::{
    model::{
        Environment, Instance, ShipId,
        container::{MountKind, tagged_image},
        registry::{ImageOrigin, PullFault},
    },
    observed::{
        ShipState,
        carriable::{Carriable, CarrySource},
    },
    value::image_source::ImageSource,
};
use maestro_engine::{Engine, StoredImage, pull::PullError};

/// How long an engine may take to say whether it has an image: another one may have it.
const PATIENCE: Duration = Duration::from_secs(3);

/// An image that a ship needs.
struct Wanted {
    ship: ShipId,
    image: String,
    source: ImageSource,
    /// The engine that built it.
    builder: Option<CarrySource>,
}

impl Wanted {
    /// Whether the image may come from that engine: what an engine built comes from that engine alone.
    fn may_come_from(&self, from: &CarrySource) -> bool {
        self.builder.as_ref().is_none_or(|builder| builder == from)
    }

    /// Whether the image takes the place of another one of that name.
    fn takes_place(&self) -> bool {
        self.builder.is_some() || self.source == ImageSource::Carry
    }
}

/// An engine that may have images.
struct Place {
    from: CarrySource,
    engine: Arc<dyn Engine>,
}

impl Fleet {
    /// Looks for the images that ships lack on other engines, as far as the ships' images were asked for.
    ///
    /// Of an image that is always carried the engine counts that has it: this machine's first, then the ships in their
    /// order. A ship that has another one of that name counts as one that has it already, so that its containers are
    /// replaced.
    pub(super) async fn look_for_images(&mut self, environment: &Environment, routes: &dyn Connect) {
        self.observed.carriable.clear();
        let wanted = self.wanted(environment, routes);
        if wanted.is_empty() {
            return;
        }
        let places = self.image_places(environment, routes, &wanted).await;
        let is_on =
            |place: &Place, ship: ShipId| matches!(place.from, CarrySource::Ship { id, .. } if id == ship);
        if wanted.iter().all(|one| places.iter().all(|place| is_on(place, one.ship))) {
            return;
        }
        let mut images: BTreeMap<&str, Vec<(&Place, StoredImage)>> = BTreeMap::new();
        for Wanted { image, .. } in &wanted {
            if images.contains_key(image.as_str()) {
                continue;
            }
            let asked = places.iter().map(|place| async move {
                let stored = timeout(PATIENCE, place.engine.stored_image(&tagged_image(image))).await;
                let stored = stored.ok()?.ok()??;
                stored.has_layers().then_some((place, stored))
            });
            images.insert(image, join_all(asked).await.into_iter().flatten().collect());
        }
        let mut found = Vec::new();
        for one in &wanted {
            let others = images.get(one.image.as_str()).into_iter().flatten();
            let others: Vec<&(&Place, StoredImage)> = others.collect();
            if let Some(mut carriable) = self.carriable(one, &others).await {
                let from = others.iter().find(|(place, _)| place.from == carriable.from);
                if let Some((place, image)) = from
                    && one.source == ImageSource::Auto
                    && image.origin() == ImageOrigin::Untold
                {
                    let is_unknown = is_in_no_registry(environment, routes, place, &one.image).await;
                    carriable.is_unknown_to_registries = is_unknown;
                }
                found.push((one, carriable));
            }
        }
        for (wanted, carriable) in found {
            self.add(wanted, carriable);
        }
        for place in places {
            self.sources.insert(place.from, place.engine);
        }
    }

    /// Takes in what was found.
    fn add(&mut self, wanted: &Wanted, carriable: Carriable) {
        let Wanted { ship, image, .. } = wanted;
        if let ShipState::Answering(holdings) = &mut self.observed.ships[ship.0]
            && let Some(images) = &mut holdings.images
            && let Some(id) = images.get_mut(&tagged_image(image))
            && wanted.takes_place()
        {
            id.clone_from(&carriable.id);
        }
        self.observed.carriable.insert((*ship, image.clone()), carriable);
    }

    /// The images that ships lack, those that are always carried, and those that another engine built.
    fn wanted(&self, environment: &Environment, routes: &dyn Connect) -> Vec<Wanted> {
        let mut wanted: BTreeMap<(ShipId, &str), ImageSource> = BTreeMap::new();
        for instance in &environment.instances {
            let Some(holdings) = self.observed.holdings(instance.ship) else { continue };
            let source = instance.image_source;
            let is_wanted = |image: &&str| match source {
                ImageSource::Registry => false,
                ImageSource::Carry => !image.contains('@'),
                ImageSource::Auto => {
                    let lacks = instance.is_pulled() && !image.contains('@') && !holdings.has_image(image);
                    lacks || routes.builder(image, instance.ship).is_some()
                }
            };
            for image in images_of(instance).filter(is_wanted).filter(|_| holdings.images.is_some()) {
                let known = wanted.entry((instance.ship, image)).or_insert(source);
                if source == ImageSource::Carry {
                    *known = source;
                }
            }
        }
        self.spread(environment, &mut wanted);
        let each = wanted.into_iter();
        each.map(|((ship, image), source)| Wanted {
            ship,
            image: image.to_owned(),
            source,
            builder: routes.builder(image, ship),
        })
        .collect()
    }

    /// What is carried to an engine for one instance takes the place of the image that others have there, whichever ship
    /// they name.
    fn spread<'a>(
        &self,
        environment: &'a Environment,
        wanted: &mut BTreeMap<(ShipId, &'a str), ImageSource>,
    ) {
        let engines = self.same_engine();
        let carried = wanted.iter().filter(|(_, source)| **source == ImageSource::Carry);
        let carried: BTreeSet<(usize, &str)> =
            carried.map(|((ship, image), _)| (engines[ship.0], *image)).collect();
        for instance in &environment.instances {
            let Some(holdings) = self.observed.holdings(instance.ship) else { continue };
            let is_carried = |image: &&str| carried.contains(&(engines[instance.ship.0], *image));
            for image in images_of(instance).filter(is_carried).filter(|_| holdings.images.is_some()) {
                wanted.insert((instance.ship, image), ImageSource::Carry);
            }
        }
    }

    /// The engines that may have such images, this machine's first, each once. Ships of which nothing was asked are only
    /// asked for images that are always carried, and for those that they built.
    async fn image_places(
        &self,
        environment: &Environment,
        routes: &dyn Connect,
        wanted: &[Wanted],
    ) -> Vec<Place> {
        let is_carried = wanted.iter().any(|one| one.source == ImageSource::Carry);
        let ships = environment.ship_ids().map(|id| async move {
            let from = CarrySource::Ship { id, name: environment.ship(id).name.clone() };
            let is_builder = wanted.iter().any(|one| one.builder.as_ref() == Some(&from));
            let engine = match (self.observed.ship(id), &self.engines[id.0]) {
                (ShipState::Answering(holdings), Some(engine)) => {
                    let is_of_use =
                        holdings.images.is_none() || wanted.iter().any(|one| holdings.has_image(&one.image));
                    is_of_use.then(|| Arc::clone(engine))?
                }
                (ShipState::NotAsked, _) if is_carried || is_builder => {
                    routes.connect(environment.ship(id)).await.engine
                }
                (ShipState::NotAsked | ShipState::Answering(_) | ShipState::Unreachable { .. }, _) => {
                    return None;
                }
            };
            Some(Place { from, engine })
        });
        let ships: Vec<Place> = join_all(ships).await.into_iter().flatten().collect();
        let own = self.own_place(routes, wanted).await;
        own.into_iter().chain(ships).collect()
    }

    /// This machine's own engine, if it has such an image and is none of the ships, or built one before
    /// it was known to be one.
    async fn own_place(&self, routes: &dyn Connect, wanted: &[Wanted]) -> Option<Place> {
        let engine = routes.this_machine().await?;
        let images = timeout(PATIENCE, engine.images()).await.ok()?.ok()?;
        wanted.iter().find(|one| images.contains_key(&tagged_image(&one.image)))?;
        let identity = timeout(PATIENCE, engine.identity()).await.ok()?.ok()?;
        let ships = self.engines.iter().zip(&self.observed.ships).map(|(engine, state)| async {
            let ShipState::Answering(holdings) = state else { return None };
            match &holdings.engine_id {
                Some(identity) => Some(identity.clone()),
                None => timeout(PATIENCE, engine.as_ref()?.identity()).await.ok()?.ok(),
            }
        });
        let is_ship = join_all(ships).await.into_iter().flatten().any(|ship| ship == identity);
        let is_builder = wanted.iter().any(|one| one.builder == Some(CarrySource::ThisMachine));
        (!is_ship || is_builder).then_some(Place { from: CarrySource::ThisMachine, engine })
    }

    /// What an image takes that a ship lacks; none if no other engine has it, or the ship has the same.
    async fn carriable(&self, wanted: &Wanted, others: &[&(&Place, StoredImage)]) -> Option<Carriable> {
        let is_own = |place: &Place| {
            let CarrySource::Ship { id, .. } = &place.from else { return false };
            self.same_engine()[id.0] == self.same_engine()[wanted.ship.0]
        };
        let own = others.iter().find(|(place, _)| is_own(place)).map(|(_, image)| image);
        let (place, image) =
            others.iter().find(|(place, _)| !is_own(place) && wanted.may_come_from(&place.from))?;
        if own.is_some_and(|own| own.is_same(image)) {
            return None;
        }
        let target = self.engines[wanted.ship.0].as_ref()?;
        let asked = async { tokio::try_join!(target.image_store(), target.image_layers()) };
        let (store, layers) = timeout(PATIENCE, asked).await.ok()?.ok()?;
        Some(Carriable {
            from: place.from.clone(),
            id: image.id.clone(),
            size: image.size,
            missing: KnownLayers::of(image, &store, &layers).missing_bytes(image),
            takes_place: wanted.takes_place(),
            is_unknown_to_registries: image.origin() == ImageOrigin::Local,
            platform: image.platform.word(),
            ship_platform: store.platform.word(),
        })
    }
}

/// Whether an image is in no registry that the engine can reach which has it. Only a registry tells that of an image in
/// containerd's store. One that wants another login may have it.
async fn is_in_no_registry(
    environment: &Environment,
    routes: &dyn Connect,
    place: &Place,
    image: &str,
) -> bool {
    let login = match routes.credentials() {
        Some(credentials) => credentials.find(environment, image).await.login,
        None => None,
    };
    match timeout(PATIENCE, place.engine.remote_image(&tagged_image(image), login.as_ref())).await {
        Ok(Err(PullError::Registry { fault, .. })) => {
            matches!(fault, PullFault::NoSuchImage | PullFault::Unreachable)
        }
        Ok(Ok(_) | Err(PullError::Engine(_))) | Err(_) => false,
    }
}

/// The images that an instance needs: its own and those that it mounts.
fn images_of(instance: &Instance) -> impl Iterator<Item = &str> {
    let mounts = instance.container.mounts.iter().filter(|mount| mount.kind() == MountKind::Image);
    std::iter::once(instance.container.image.as_str()).chain(mounts.map(|mount| mount.source.as_str()))
}
