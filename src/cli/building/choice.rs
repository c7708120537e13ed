//! Which engine builds an image for which ships.

use std::collections::{BTreeMap, BTreeSet};

use super::look::Looked;
use crate::cli::builders::Builders;
use maestro_core::observed::carriable::CarrySource;
use maestro_run::operations::builds::BuildState;

/// Lets one ship of each kind of machine build an image, one that has it as it is to be if there is one; or the engine that
/// `build.on` names for all, unless a ship of the same kind has the image. The others get it from there. Keeps only what the
/// chosen engines have. `is_forced` if it is built though it is there.
pub(in crate::cli) fn choose(builders: &Builders, looked: &mut Vec<Looked<'_>>, is_forced: bool) {
    let machines: BTreeMap<String, String> = looked
        .iter()
        .filter(|one| one.is_builder)
        .map(|one| (one.image().to_owned(), one.machine.clone()))
        .collect();
    // What is built once: an image for a kind of machine.
    let key = |one: &Looked<'_>| {
        let machine = if machines.contains_key(one.image()) { String::new() } else { one.machine.clone() };
        (one.image().to_owned(), machine)
    };
    let is_built = |one: &&Looked<'_>| {
        let is_unchanged = matches!(one.state, Ok(BuildState::Unchanged));
        is_unchanged
            && machines
                .get(one.image())
                .is_none_or(|machine| !is_forced && (machine.is_empty() || *machine == one.machine))
    };
    let is_builder = |one: &&Looked<'_>| one.is_builder;
    let answers = |one: &&Looked<'_>| one.state.is_ok();
    let best = looked.iter().filter(|one| is_builder(one) && is_built(one));
    let best = best.chain(looked.iter().filter(is_built)).chain(looked.iter().filter(is_builder));
    let best = best.chain(looked.iter().filter(answers)).chain(looked.iter());
    let mut chosen: BTreeMap<(String, String), CarrySource> = BTreeMap::new();
    for one in best {
        chosen.entry(key(one)).or_insert_with(|| one.at.clone());
    }
    for one in looked.iter() {
        let builder = &chosen[&key(one)];
        if let CarrySource::Ship { id, .. } = one.at
            && *builder != one.at
        {
            builders.note(one.image(), id, builder);
        }
    }
    let chosen: BTreeSet<(String, CarrySource)> =
        chosen.into_iter().map(|((image, _), at)| (image, at)).collect();
    looked.retain(|one| chosen.contains(&(one.image().to_owned(), one.at.clone())));
}
