//! The container through which the files of a volume are read and written. It is created, never started, and removed. One
//! that a killed run has left is removed by the next command about volumes on its ship.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::Arc,
};

use super::fault;
use crate::lease::{Holder, Liveness, Owner};
use maestro_core::{fault::ArchiveFault, model::container::volume_name, observed::Container};
use maestro_engine::{Carrier, CarrierMount, Engine};

/// The path at which the volume is mounted; names in its archives begin with its last part.
pub(super) const PATH: &str = "/maestro-volume";
/// What the labels of a carrier begin with: those of its run's lease follow.
const LABELS: &str = "maestro.carrier.";
/// What the labels of a lease begin with.
const OF_LEASE: &str = "maestro.";

/// A carrier that was created.
pub(super) struct Created {
    engine: Arc<dyn Engine>,
    /// Its id.
    pub(super) id: String,
}

impl Created {
    /// Creates a carrier for a volume or directory, which exist, of any image that the engine has.
    pub(super) async fn new(
        engine: &Arc<dyn Engine>,
        me: &Owner,
        mount: CarrierMount,
    ) -> Result<Self, ArchiveFault> {
        let images = engine.images().await.map_err(fault)?;
        let image = images.into_values().min().ok_or(ArchiveFault::NoImage)?;
        let purpose = volume_name("carrier", &me.holder.environment);
        let name = format!("{purpose}-{:016x}", RandomState::new().build_hasher().finish());
        let carrier = Carrier { name, image, mount, path: PATH.to_owned(), labels: labels(&me.holder) };
        let id = engine.create_carrier(&carrier).await.map_err(fault)?;
        Ok(Self { engine: Arc::clone(engine), id })
    }

    /// Removes it. One that cannot be removed now is removed later.
    pub(super) async fn remove(self) {
        self.engine.remove_carrier(&self.id).await.ok();
    }
}

fn labels(holder: &Holder) -> BTreeMap<String, String> {
    let renamed = |(name, value): (String, String)| {
        (format!("{LABELS}{}", name.strip_prefix(OF_LEASE).unwrap_or(&name)), value)
    };
    holder.labels().into_iter().map(renamed).collect()
}

/// Whose carrier a container is; none if it is no carrier.
fn holder(container: &Container) -> Option<Holder> {
    let renamed = |(name, value): (&String, &String)| {
        Some((format!("{OF_LEASE}{}", name.strip_prefix(LABELS)?), value.clone()))
    };
    Holder::from_labels(&container.labels.iter().filter_map(renamed).collect())
}

/// Whether a container is a carrier of some run.
#[must_use]
pub fn is_carrier(container: &Container) -> bool {
    holder(container).is_some()
}

/// Removes the carriers that runs of the environment have left which were killed on this machine.
pub async fn remove_left(engine: &dyn Engine, me: &Owner, containers: impl Iterator<Item = &Container>) {
    for container in containers {
        let Some(of) = holder(container) else { continue };
        if of.environment == me.holder.environment && me.fate(&of) == Liveness::Gone {
            engine.remove_carrier(&container.id).await.ok();
        }
    }
}
