//! What runs that were killed have left, and how it is removed without removing what another run has made meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Fate, Holder, Me, TAKEOVER, TRIES,
    holder::{LABEL_LEASE, LABEL_NONCE},
    volume_name,
};
use crate::engine::{Engine, EngineError, Volume, volume::make_or_tell};

/// How many dead runs may have died over each other's remains, one after the other.
const DEEPEST: usize = 32;

/// What came of the removal of what a holder has left.
pub(super) enum Buried {
    /// It is gone, by us if true.
    Gone(bool),
    /// Another run is about to remove it.
    Busy(Box<(Holder, Volume)>),
    /// A volume of that name is not ours.
    Stranger(String),
}

/// Makes a volume for this run, or tells whose it is.
pub(super) async fn make(me: &Me, engine: &dyn Engine, name: &str) -> Result<Volume, EngineError> {
    let labels = me.holder.labels();
    let mut tries = 1;
    loop {
        match make_or_tell(engine, name, &labels).await {
            // If it was done, its answer now is the same.
            Err(EngineError::NoAnswer(_)) if tries < TRIES => tries += 1,
            // That this try did not arrive says nothing of the one before it.
            Err(EngineError::Unreachable(words)) if tries > 1 => return Err(EngineError::NoAnswer(words)),
            answer => return answer,
        }
    }
}

/// Removes the volume that a holder has left. Of several runs that try, the one alone does it that has made the volume
/// named after the holder's nonce; if that one died over it, the same is done about what it has left, first.
pub(super) async fn bury(
    me: &Me,
    engine: &dyn Engine,
    name: &str,
    holder: &Holder,
) -> Result<Buried, EngineError> {
    let (mut name, mut nonce) = (name.to_owned(), holder.nonce.clone());
    for depth in 0..DEEPEST {
        let takeover = format!("{TAKEOVER}{nonce}");
        let seen = make(me, engine, &takeover).await?;
        let Some(taker) = Holder::from_labels(&seen.labels) else { return Ok(Buried::Stranger(takeover)) };
        if taker.nonce == me.holder.nonce {
            // It may have been removed before, and the name be another run's by now.
            let left = engine.volume(&name).await?.and_then(|volume| Holder::from_labels(&volume.labels));
            let is_there = left.is_some_and(|left| left.nonce == nonce);
            if is_there {
                engine.remove_volume(&name).await?;
            }
            engine.remove_volume(&takeover).await?;
            return Ok(Buried::Gone(is_there && depth == 0));
        }
        if me.fate(&taker) != Fate::Gone {
            return Ok(Buried::Busy(Box::new((taker, seen))));
        }
        (name, nonce) = (takeover, taker.nonce);
    }
    Err(EngineError::Refused("the volumes of its lease stand for each other in a ring".to_owned()))
}

/// All volumes of the lease on an engine.
pub(super) async fn all(me: &Me, engine: &dyn Engine) -> Result<Vec<Volume>, EngineError> {
    let labels = [(LABEL_LEASE, volume_name(&me.holder.environment)), (LABEL_NONCE, String::new())];
    let labels: BTreeMap<String, String> = labels.map(|(label, value)| (label.to_owned(), value)).into();
    engine.volumes(&labels).await
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

/// Whether a run that is known to be gone has left something on an engine (a `GET`).
///
/// # Errors
/// If the engine does not answer.
pub async fn leftovers(me: &Me, engine: &dyn Engine) -> Result<bool, EngineError> {
    let volumes = all(me, engine).await?;
    let mut holders = volumes.iter().filter_map(|volume| Holder::from_labels(&volume.labels));
    Ok(holders.any(|holder| me.fate(&holder) == Fate::Gone) || !pointless(&volumes).is_empty())
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
