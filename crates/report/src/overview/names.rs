//! Names of what a plan changes.

use indexmap::{IndexMap, IndexSet};

use crate::{id::short_id, text::harmless};
use maestro_core::{model::Environment, observed::left_behind::LeftBehind, plan::changes::ChangeTarget};

/// So many numbered names in a row are written as their first and last.
const RANGE: usize = 3;
/// More names than these are not read one by one.
const READABLE: usize = 24;

/// The name of a thing, harmless.
pub(crate) fn of_target(target: ChangeTarget<'_>, environment: &Environment) -> String {
    match target {
        ChangeTarget::Instance(id) => harmless(&environment.instance(id).name).into_owned(),
        ChangeTarget::Container { name, .. } => harmless(name).into_owned(),
        ChangeTarget::Network { name, .. } => format!("network {}", harmless(name)),
        ChangeTarget::NamedVolume { name, .. } => format!("volume {}", volume(name)),
        ChangeTarget::StoredFile { name, .. } => format!("stored file {}", harmless(name)),
        ChangeTarget::Volume { left: LeftBehind { volume: name, instance, path, .. }, .. } => {
            format!("volume {} ({}, {})", volume(name), harmless(instance), harmless(path))
        }
        ChangeTarget::Image { name, .. } if name.starts_with("sha256:") => {
            format!("image {}", short_id(name))
        }
        ChangeTarget::Image { name, .. } => format!("image {}", harmless(name)),
        ChangeTarget::Revision { number, .. } => format!("revision {number}"),
        ChangeTarget::Ship(ship) => format!("ship {}", harmless(&environment.ship(ship).name)),
    }
}

/// The name of a volume; of an anonymous one its first digits.
pub(super) fn volume(name: &str) -> String {
    let is_anonymous = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_anonymous { short_id(name) } else { harmless(name).into_owned() }
}

/// Names without repetitions; numbered ones in a row as `web-1–web-10`. If that is still more than can be read, numbered
/// ones are counted: `475 of web-1–web-500`.
pub(crate) fn names(all: impl Iterator<Item = String>) -> Vec<String> {
    let unique: IndexSet<String> = all.collect();
    let unique: Vec<String> = unique.into_iter().collect();
    let follows = |one: &String, next: &String| match (numbered(one), numbered(next)) {
        (Some((stem, number)), Some((other, next))) => stem == other && number.checked_add(1) == Some(next),
        (None, _) | (_, None) => false,
    };
    let runs = unique.chunk_by(follows);
    let names = runs.flat_map(|run| match run {
        [first, .., last] if run.len() >= RANGE => vec![format!("{first}–{last}")],
        short => short.to_vec(),
    });
    let names: Vec<String> = names.collect();
    if names.len() > READABLE { counted(&unique) } else { names }
}

/// The numbered names of each stem as one, with their number.
fn counted(unique: &[String]) -> Vec<String> {
    let mut stems: IndexMap<&str, Vec<u64>> = IndexMap::new();
    for name in unique {
        match numbered(name) {
            Some((stem, number)) => stems.entry(stem).or_default().push(number),
            None => drop(stems.entry(name).or_default()),
        }
    }
    let words = stems.into_iter().flat_map(|(stem, mut numbers)| {
        numbers.sort_unstable();
        match numbers[..] {
            [] => vec![stem.to_owned()],
            [first, .., last] if numbers.len() >= RANGE => {
                let is_whole = last - first + 1 == numbers.len() as u64;
                let of = if is_whole { String::new() } else { format!("{} of ", numbers.len()) };
                vec![format!("{of}{stem}{first}–{stem}{last}")]
            }
            ref few => few.iter().map(|number| format!("{stem}{number}")).collect(),
        }
    });
    words.collect()
}

/// A name's stem and number: `web-` and 12.
fn numbered(name: &str) -> Option<(&str, u64)> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &name[stem.len()..];
    // `web-01` is not followed by `web-2`.
    (!digits.starts_with('0')).then_some(())?;
    Some((stem, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_names_in_a_row_are_one_range() {
        let all = ["web-1", "web-2", "web-3", "db", "db", "api-9", "api-10", "web-5", "x-01", "x-02"];
        assert_eq!(
            names(all.into_iter().map(str::to_owned)),
            ["web-1–web-3", "db", "api-9", "api-10", "web-5", "x-01", "x-02"]
        );
    }

    #[test]
    fn very_many_names_are_counted() {
        let odd = (1..=99).step_by(2).map(|number| format!("web-{number}"));
        let all = (1..=9).map(|number| format!("api-{number}")).chain(["db".to_owned(), "x-1".to_owned()]);
        assert_eq!(names(odd.chain(all)), ["50 of web-1–web-99", "api-1–api-9", "db", "x-1"]);
    }
}
