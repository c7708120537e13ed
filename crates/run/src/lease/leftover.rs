//! What runs that were killed have left, and how it is removed without removing what another run has made meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use super::{
    Holder, Liveness, Owner, TAKEOVER, TRIES, family,
    holder::{self, LABEL_LEASE, LABEL_NONCE, LABEL_PATIENCE},
    volume_names,
};
use crate::store::LabelStore;
use maestro_core::{fault::LeaseFault, model::container::LABEL_ENVIRONMENT};
use maestro_engine::{Engine, EngineError, Volume};

/// How many dead runs may have died over each other's remains, one after the other.
const DEEPEST: usize = 32;

/// What the nonce of a sign ends with that a run leaves about itself.
const OF_SIGN: &str = "unknown";

/// What came of the removal of what a holder has left.
pub(super) enum StaleRemoval {
    /// It is gone, by us if true.
    Gone(bool),
    /// Another run is about to remove it.
    Busy(Box<(Holder, Volume)>),
    /// A volume of that name is not ours.
    Unmanaged(String),
}

/// Makes a volume for this run, or tells whose it is.
pub(super) async fn make(me: &Owner, engine: &dyn Engine, name: &str) -> Result<Volume, EngineError> {
    make_with(engine, name, &me.holder.labels()).await
}

async fn make_with(
    engine: &dyn Engine,
    name: &str,
    labels: &BTreeMap<String, String>,
) -> Result<Volume, EngineError> {
    let mut tries = 1;
    loop {
        match LabelStore::on(engine).put(name, labels).await {
            // If it was done, its answer now is the same.
            Err(EngineError::ResponseLost(_)) if tries < TRIES => tries += 1,
            // That this try did not arrive says nothing of the one before it.
            Err(EngineError::Unreachable(fault)) if tries > 1 => {
                return Err(EngineError::ResponseLost(fault));
            }
            answer => return answer,
        }
    }
}

/// Removes the volume that a holder has left. Of several runs that try, the one alone does it that has made the volume
/// named after the holder's nonce; if that one died over it, the same is done about what it has left, first.
///
/// The volume named after the holder of the lease itself stays: it says that what that holder began may be under way.
pub(super) async fn remove_stale(
    me: &Owner,
    engine: &dyn Engine,
    name: &str,
    holder: &Holder,
) -> Result<StaleRemoval, EngineError> {
    let store = LabelStore::on(engine);
    let (mut name, mut nonce) = (name.to_owned(), holder.nonce.clone());
    for depth in 0..DEEPEST {
        let takeover = format!("{TAKEOVER}{nonce}");
        let mut labels = me.holder.labels();
        let stop_timeout = me.holder.stop_timeout.max(holder.stop_timeout).as_secs();
        labels.insert(LABEL_PATIENCE.to_owned(), stop_timeout.to_string());
        let seen = make_with(engine, &takeover, &labels).await?;
        let Some(taker) = Holder::from_labels(&seen.labels) else {
            return Ok(StaleRemoval::Unmanaged(takeover));
        };
        if taker.nonce == me.holder.nonce {
            // It may have been removed before, and the name be another run's by now.
            let left = store.entry(&name).await?.and_then(|volume| Holder::from_labels(&volume.labels));
            let is_there = left.is_some_and(|left| left.nonce == nonce);
            if is_there {
                store.remove(&name).await?;
            }
            let is_sign = is_there && depth == 0;
            if !is_sign {
                store.remove(&takeover).await?;
            }
            return Ok(StaleRemoval::Gone(is_sign));
        }
        if me.fate(&taker) != Liveness::Gone {
            return Ok(StaleRemoval::Busy(Box::new((taker, seen))));
        }
        (name, nonce) = (takeover, taker.nonce);
    }
    Err(EngineError::Refused(LeaseFault::Ring.into()))
}

/// Leaves a sign that a run which gives its lease back may have left something under way: a volume as of a run that has
/// replaced it, in the name of nobody who will ever ask for a lease. The next run that is settled removes it.
pub(super) async fn leave_sign(me: &Owner, engine: &dyn Engine) -> Result<(), EngineError> {
    let Holder { nonce, .. } = &me.holder;
    let mut labels = me.holder.labels();
    labels.insert(LABEL_NONCE.to_owned(), format!("{nonce}{OF_SIGN}"));
    make_with(engine, &format!("{TAKEOVER}{nonce}"), &labels).await.map(drop)
}

/// How long a stop by the maker of a lease's volume, or by whoever it replaced, may take.
pub(super) fn stop_timeout(volume: &Volume) -> Duration {
    holder::stop_timeout(&volume.labels)
}

/// All volumes of the lease on an engine: those of this environment, and what another one has under one of their names.
pub(super) async fn all(me: &Owner, engine: &dyn Engine) -> Result<Vec<Volume>, EngineError> {
    let names = volume_names(&me.holder.environment);
    let mut found = of_family(engine, &me.holder.environment).await?;
    found.retain(|volume| is_of(volume, &me.holder.environment) || names.contains(&volume.name));
    Ok(found)
}

/// All volumes of an environment's lease on an engine (a `GET`).
///
/// # Errors
/// If the engine does not answer.
pub async fn volumes(engine: &dyn Engine, environment: &str) -> Result<Vec<Volume>, EngineError> {
    let mut found = of_family(engine, environment).await?;
    found.retain(|volume| is_of(volume, environment));
    Ok(found)
}

fn is_of(volume: &Volume, environment: &str) -> bool {
    volume.labels.get(LABEL_ENVIRONMENT).is_some_and(|of| of == environment)
}

/// The same with those of other environments whose leases are found by the same word.
async fn of_family(engine: &dyn Engine, environment: &str) -> Result<Vec<Volume>, EngineError> {
    let labels = [(LABEL_LEASE, family(environment)), (LABEL_NONCE, String::new())];
    let labels: BTreeMap<String, String> = labels.map(|(label, value)| (label.to_owned(), value)).into();
    LabelStore::on(engine).entries(&labels).await
}

/// The names of volumes by which somebody may remove what is not there any more. Nonces never come again, so nobody
/// needs them, and everybody may remove them.
pub(super) fn pointless(volumes: &[Volume]) -> Vec<&str> {
    let mut left: Vec<&Volume> = volumes.iter().collect();
    let mut names = Vec::new();
    loop {
        let nonces: BTreeSet<&str> = left.iter().filter_map(|volume| nonce(volume)).collect();
        let is_pointless = |volume: &&Volume| {
            volume.name.strip_prefix(TAKEOVER).is_some_and(|nonce| !nonces.contains(nonce))
        };
        let (found, rest): (Vec<&Volume>, Vec<&Volume>) = left.into_iter().partition(is_pointless);
        if found.is_empty() {
            return names;
        }
        names.extend(found.into_iter().map(|volume| volume.name.as_str()));
        left = rest;
    }
}

pub(super) fn nonce(volume: &Volume) -> Option<&str> {
    volume.labels.get(LABEL_NONCE).map(String::as_str)
}

/// Whether the holder with that nonce holds an environment's lease on an engine (a `GET`): a lease may be removed under a
/// run, as by `docker volume prune`.
///
/// # Errors
/// If the engine does not answer.
pub async fn is_held(engine: &dyn Engine, environment: &str, by: &str) -> Result<bool, EngineError> {
    for name in volume_names(environment) {
        if LabelStore::on(engine).entry(&name).await?.is_none_or(|volume| nonce(&volume) != Some(by)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Who is on the volumes of a lease, each once: a holder, or one that takes the place of a dead one; with what is known
/// of it, and when its volume was made, by its engine's clock.
#[must_use]
pub fn holders(me: &Owner, volumes: &[Volume]) -> Vec<(Holder, Liveness, Option<SystemTime>)> {
    let mut known = BTreeSet::new();
    let each = volumes.iter().filter_map(|volume| {
        let holder = Holder::from_labels(&volume.labels)?;
        let fate = me.fate(&holder);
        known.insert(holder.nonce.clone()).then_some((holder, fate, volume.created))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(name: &str, nonce: &str) -> Volume {
        let labels = BTreeMap::from([(LABEL_NONCE.to_owned(), nonce.to_owned())]);
        Volume { name: name.to_owned(), labels, created: None }
    }

    #[test]
    fn a_takeover_is_pointless_when_nothing_is_left_to_take_over() {
        let lease = volume("maestro-lease-shop", "a");
        let of_a = volume("maestro-takeover-a", "b");
        let of_b = volume("maestro-takeover-b", "c");
        assert_eq!(pointless(&[lease, of_a.clone(), of_b.clone()]), [""; 0]);
        assert_eq!(pointless(&[of_b, of_a]), ["maestro-takeover-a", "maestro-takeover-b"]);
    }
}
