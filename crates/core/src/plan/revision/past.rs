//! Images of revisions that are not kept any more: later records remember them, so that they can be removed.

use std::collections::BTreeSet;

use super::RevisionStore;
use crate::{
    observed::revision::KEPT,
    plan::{
        Step,
        action::{Action, RecordAction},
    },
};

/// How many of the oldest records are forgotten when so many are written.
pub(super) fn forgotten(store: &RevisionStore<'_>, more: usize) -> usize {
    store.records.len().saturating_sub(KEPT - more.min(KEPT))
}

/// The step that writes a record, with the images of the records that are forgotten then and were before, as far as the
/// engine has them and no kept record tells of them.
pub(super) fn with_past_images(store: &RevisionStore<'_>, more: usize, mut step: Step) -> Step {
    let Action::Record(RecordAction::Write { record }) = &mut step.action else { return step };
    let (old, kept) = store.records.split_at(forgotten(store, more).min(store.records.len()));
    let of = |record: &crate::observed::revision::Record| -> Vec<String> {
        record.instances.iter().flatten().map(|one| one.image_id.clone()).collect()
    };
    let needed: BTreeSet<String> = kept.iter().flat_map(of).chain(of(record)).collect();
    let before = store.records.last().into_iter().flat_map(|record| record.past_images.clone());
    let is_there = |id: &String| {
        let images = store.holdings.images.as_ref();
        images.is_none_or(|images| images.values().any(|there| there == id))
    };
    let past: BTreeSet<String> = old.iter().flat_map(of).chain(before).collect();
    record.past_images =
        past.into_iter().filter(|id| !id.is_empty() && !needed.contains(id) && is_there(id)).collect();
    step
}
