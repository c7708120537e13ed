//! What is told of several ships alike: texts that differ in nothing but what names a ship.

use indexmap::IndexMap;

use maestro_core::model::{Environment, Ship, ShipId};

/// What stands for a name that was taken out.
const GAP: &str = "\0";

/// What names a ship in a sentence: its engine, its address, its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ShipWords(Vec<String>);

impl ShipWords {
    pub(crate) fn of(ship: &Ship) -> Self {
        let mut words = vec![ship.endpoint.to_string(), ship.address.clone(), ship.name.clone()];
        words.retain(|word| !word.is_empty());
        // An engine's address has the ship's own in it.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Self(words)
    }

    /// The text without these names: the same for all ships of which the same is told.
    pub(crate) fn taken_out_of(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, word| without(&text, word))
    }
}

/// The text without a name, wherever it stands as a whole word.
fn without(text: &str, name: &str) -> String {
    if name.is_empty() {
        return text.to_owned();
    }
    let belongs = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let (mut result, mut end) = (String::with_capacity(text.len()), 0);
    for (at, _) in text.match_indices(name) {
        let behind = at + name.len();
        if !text[..at].ends_with(belongs) && !text[behind..].starts_with(belongs) {
            result += &text[end..at];
            result += GAP;
            end = behind;
        }
    }
    result + &text[end..]
}

/// What is told of ships, in groups whose texts differ in nothing but what names a ship; in the order of the first of each.
pub(crate) fn groups<T>(
    environment: &Environment,
    told: impl IntoIterator<Item = T>,
    text: impl Fn(&T) -> (ShipId, &str),
) -> Vec<Vec<T>> {
    let mut groups: IndexMap<String, Vec<T>> = IndexMap::new();
    for one in told {
        let (ship, text) = text(&one);
        let key = ShipWords::of(environment.ship(ship)).taken_out_of(text);
        groups.entry(key).or_default().push(one);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_out_where_it_stands_alone() {
        assert_eq!(without("a: ship a has a-1, and a", "a"), "\0: ship \0 has a-1, and \0");
        assert_eq!(without("aa a", "a"), "aa \0");
        assert_eq!(without("ab", ""), "ab");
    }

    #[test]
    fn what_is_told_of_two_ships_alike_is_one_text() {
        let words = |all: [&str; 3]| ShipWords(all.map(str::to_owned).to_vec());
        let one = words(["tcp://10.0.0.1:2375", "10.0.0.1", "one"]);
        let two = words(["tcp://10.0.0.2:2375", "10.0.0.2", "two"]);
        assert_eq!(
            one.taken_out_of("ship one: nothing listens on tcp://10.0.0.1:2375"),
            two.taken_out_of("ship two: nothing listens on tcp://10.0.0.2:2375")
        );
    }
}
