//! Lists in which an item replaces an earlier one with the same key.

use std::collections::HashMap;

use super::{
    element::{Content, Element},
    form::ItemKey,
};
use maestro_core::source::Span;

/// Keeps the last of the items with the same key, at the place of the first. Returns where the others are written that say
/// something else, each with the one that takes its place.
pub(super) fn unique(items: &mut Vec<Element>, key: ItemKey) -> Vec<(Span, Span)> {
    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut lost = Vec::new();
    let mut kept: Vec<Element> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let Some(name) = name_of(&item, key) else {
            kept.push(item);
            continue;
        };
        match positions.get(&name) {
            Some(&at) => {
                // What another file replaces is meant.
                if kept[at].span.file == item.span.file && !kept[at].is_like(&item) {
                    lost.push((kept[at].span, item.span));
                }
                kept[at] = item;
            }
            None => {
                positions.insert(name, kept.len());
                kept.push(item);
            }
        }
    }
    *items = kept;
    lost
}

/// What makes an item the same as another; none if nothing does.
fn name_of(item: &Element, key: ItemKey) -> Option<String> {
    let printed = |name: &str| item.get(name).and_then(|value| value.content.printed());
    match key {
        ItemKey::Name => {
            let text = item.content.printed()?;
            Some(text.split_once('=').map_or(text.as_str(), |(name, _)| name).to_owned())
        }
        ItemKey::Of(name) => printed(name),
        ItemKey::Target(directory) => {
            printed("target").or_else(|| printed("source").map(|source| format!("{directory}/{source}")))
        }
        ItemKey::Port => {
            let or = |name: &str, other: &str| printed(name).unwrap_or_else(|| other.to_owned());
            let Content::Mapping(_) = item.content else { return None };
            Some(format!(
                "{} {} {} {}",
                or("host_ip", "0.0.0.0"),
                or("published", ""),
                or("target", ""),
                or("protocol", "tcp")
            ))
        }
    }
}
