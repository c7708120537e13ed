//! What the engines have recorded of an environment, put together: one after the other, what each revision changed.

mod keys;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

use super::{
    RevisionStore, revision_stores,
    rollback::{Missing, is_at, missing, numbers},
};
use crate::{
    model::{Environment, ShipId},
    observed::{
        Observed,
        revision::{Author, Record, Recorded},
    },
};

/// One revision, as all engines tell of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Its number.
    pub number: u64,
    /// Who brought the environment there.
    pub author: Author,
    /// Whether it is what that author found, before the first command that recorded.
    pub is_found: bool,
    /// When, by the clock of that ship's engine, which it may only be compared with.
    pub created: Option<(ShipId, SystemTime)>,
    /// Whether this is what runs, container by container, as far as ships answer.
    pub runs: bool,
    /// What is missing for the way back to it; nothing if there is a way.
    pub missing: Vec<Missing>,
    /// What is different from the one before; all of it where that is not recorded any more.
    pub changes: Vec<RevisionChange>,
}

/// What a revision changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionChange {
    /// The ship's name.
    pub ship: String,
    /// The instance's name.
    pub instance: String,
    /// Its image before; none if it was not there.
    pub before: Option<Image>,
    /// Its image since; none if it was not there any more.
    pub after: Option<Image>,
    /// Whether it was made from another configuration, its image aside.
    pub reconfigured: bool,
    /// The keys of the file in which it was made otherwise, its image aside.
    pub keys: Vec<String>,
    /// Those of the keys that are variables about other instances, each with its service.
    pub peers: BTreeMap<String, String>,
}

/// An image that an instance was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its reference.
    pub name: String,
    /// The engine's id of it.
    pub id: String,
}

/// All revisions, newest first.
#[must_use]
pub fn history(environment: &Environment, observed: &Observed) -> Vec<Revision> {
    let observed = &observed.by_label(environment);
    let revision_stores = revision_stores(environment, observed);
    let numbers = numbers(environment, observed);
    let before = |at: usize| at.checked_sub(1).map(|at| numbers[at]);
    let all = numbers.iter().enumerate().rev();
    all.map(|(at, &number)| {
        let own =
            |store: &RevisionStore<'_>| store.records.iter().find(|record| record.number == number).cloned();
        let records: Vec<(ShipId, Record)> =
            revision_stores.iter().filter_map(|store| Some((store.ship, own(store)?))).collect();
        let created = records.iter().find_map(|(ship, record)| Some((*ship, record.created?)));
        let changes = revision_stores.iter().flat_map(|store| {
            let earlier = before(at).and_then(|number| store.at(number));
            changes(listed(earlier), listed(store.at(number)))
        });
        let (author, is_found) = match records.into_iter().next() {
            Some((_, record)) => (record.author, record.is_found),
            None => (Author::default(), false),
        };
        Revision {
            number,
            author,
            is_found,
            created,
            runs: is_at(environment, observed, number),
            missing: missing(environment, observed, number),
            changes: changes.collect(),
        }
    })
    .collect()
}

fn listed(record: Option<&Record>) -> &[Recorded] {
    record.and_then(|record| record.instances.as_deref()).unwrap_or_default()
}

fn changes(before: &[Recorded], after: &[Recorded]) -> Vec<RevisionChange> {
    let names: BTreeSet<&str> = before.iter().chain(after).map(|one| one.spec.name.as_str()).collect();
    let each = names.into_iter().filter_map(|name| {
        let of = |list: &'_ [Recorded]| list.iter().find(|one| one.spec.name == name).cloned();
        let (old, new) = (of(before), of(after));
        let services = old.as_ref().and_then(|old| old.service.as_ref());
        let services = services.zip(new.as_ref().and_then(|new| new.service.as_ref()));
        let (reconfigured, keys, peers) = match (&old, &new) {
            _ if let Some((old, new)) = services => {
                let keys = keys::changed_of_service(old, new);
                (!keys.is_empty(), keys, BTreeMap::new())
            }
            (Some(old), Some(new)) if plain(old) != plain(new) => {
                let keys = keys::changed(&old.spec, &new.spec);
                let peers = keys::of_peers(&old.spec, &new.spec, &keys);
                (true, keys, peers)
            }
            _ => (false, Vec::new(), BTreeMap::new()),
        };
        let image = |one: &Recorded| Image { name: one.spec.image.clone(), id: one.image_id.clone() };
        let ship = new.as_ref().or(old.as_ref()).map(|one| one.ship.clone())?;
        let change = RevisionChange {
            ship,
            instance: name.to_owned(),
            before: old.as_ref().map(image),
            after: new.as_ref().map(image),
            reconfigured,
            keys,
            peers,
        };
        (change.before != change.after || reconfigured).then_some(change)
    });
    each.collect()
}

/// The hash of all but the image, and of what the image's name is told as.
fn plain(one: &Recorded) -> String {
    let mut spec = one.spec.clone();
    spec.image.clear();
    spec.env.retain(|name, _| !matches!(name, "DOCKER_IMAGE" | "DOCKER_TAG"));
    spec.hash().to_owned()
}
