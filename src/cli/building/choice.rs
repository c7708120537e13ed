//! Which ship builds an image for which others.

use std::collections::{BTreeMap, BTreeSet};

use super::work::Looked;
use crate::cli::builders::Builders;
use maestro_core::model::ShipId;
use maestro_run::operations::builds::BuildState;

/// Lets one ship of each kind of machine build an image, one that has it as it is to be if there is one: the others get it
/// from there. Keeps only what the chosen ships have.
pub(in crate::cli) fn choose(builders: &Builders, looked: &mut Vec<Looked<'_>>) {
    let mut chosen: BTreeMap<(String, String), ShipId> = BTreeMap::new();
    let is_built = |looked: &&Looked<'_>| matches!(looked.state, Ok(BuildState::Unchanged));
    let answers = |looked: &&Looked<'_>| looked.state.is_ok();
    let best = looked.iter().filter(is_built).chain(looked.iter().filter(answers)).chain(looked.iter());
    for one in best {
        chosen.entry(key(one)).or_insert(one.ship);
    }
    for one in looked.iter() {
        let builder = chosen[&key(one)];
        if builder != one.ship {
            builders.note(one.image(), one.ship, builder);
        }
    }
    let chosen: BTreeSet<(String, ShipId)> =
        chosen.into_iter().map(|((image, _), ship)| (image, ship)).collect();
    looked.retain(|one| chosen.contains(&(one.image().to_owned(), one.ship)));
}

/// What is built once: an image for a kind of machine.
fn key(looked: &Looked<'_>) -> (String, String) {
    (looked.image().to_owned(), looked.machine.clone())
}
