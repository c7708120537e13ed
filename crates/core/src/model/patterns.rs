//! Filters by key and pattern: `ship=node*,type=network`.

use globset::{Glob, GlobMatcher};

/// What is wanted of a list. Of one key any value may match, and all keys have to.
#[derive(Debug, Clone)]
pub struct Patterns<K> {
    wanted: Vec<(K, GlobMatcher)>,
}

/// The keys of a filter, as they are typed.
pub type Keys<K> = [(&'static str, K)];

impl<K: Copy + Eq> Patterns<K> {
    /// Reads `KEY=PATTERN`, several with commas between them.
    ///
    /// # Errors
    ///
    /// A part without a key, another key, or a value that is no pattern, with the keys that there are.
    pub fn parse(text: &str, keys: &Keys<K>) -> Result<Self, String> {
        let mut wanted = Vec::new();
        for part in text.split(',') {
            let Some((key, value)) = part.split_once('=') else {
                return Err(format!("expected {}, with a name or pattern behind it", alternatives(keys)));
            };
            let (key, value) = (key.trim(), value.trim());
            let Some((_, known)) = keys.iter().find(|(word, _)| *word == key) else {
                return Err(format!("there is no filter `{key}`; there are {}", alternatives(keys)));
            };
            let glob =
                Glob::new(value).map_err(|error| format!("`{value}` is not a pattern: {}", error.kind()))?;
            wanted.push((*known, glob.compile_matcher()));
        }
        Ok(Self { wanted })
    }

    /// All of them as one.
    #[must_use]
    pub fn merged<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self
    where
        K: 'a,
    {
        Self { wanted: all.into_iter().flat_map(|one| one.wanted.iter().cloned()).collect() }
    }

    /// The first pattern of a key that matches none of its words.
    #[must_use]
    pub fn unknown(&self, key: K, words: &[&str]) -> Option<&str> {
        let of_key = self.wanted.iter().filter(|(other, _)| *other == key);
        let mut unknown = of_key.filter(|(_, pattern)| !words.iter().any(|word| pattern.is_match(word)));
        unknown.next().map(|(_, pattern)| pattern.glob().glob())
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn keeps_all(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Whether a thing is wanted. `has` says whether one of the values that the thing has of a key matches.
    pub fn keeps(&self, mut has: impl FnMut(K, &GlobMatcher) -> bool) -> bool {
        let mut keys: Vec<K> = Vec::new();
        for (key, _) in &self.wanted {
            if !keys.contains(key) {
                keys.push(*key);
            }
        }
        keys.into_iter()
            .all(|key| self.wanted.iter().any(|(other, pattern)| *other == key && has(key, pattern)))
    }
}

/// `` `ship=`, `service=` or `type=` ``.
fn alternatives<K>(keys: &Keys<K>) -> String {
    let words: Vec<String> = keys.iter().map(|(word, _)| format!("`{word}=`")).collect();
    match &words[..] {
        [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        words => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [(&str, u8); 3] = [("ship", 0), ("service", 1), ("name", 2)];

    fn keeps(filters: &[&str], ship: &str, names: &[&str]) -> bool {
        let filters: Vec<Patterns<u8>> =
            filters.iter().map(|text| Patterns::parse(text, &KEYS).unwrap()).collect();
        Patterns::merged(&filters).keeps(|key, pattern| match key {
            0 => pattern.is_match(ship),
            _ => names.iter().any(|name| pattern.is_match(name)),
        })
    }

    #[test]
    fn values_of_one_key_add_up_and_keys_exclude() {
        assert!(keeps(&[], "a", &[]));
        assert!(keeps(&["ship=b,ship=a"], "a", &[]) && keeps(&["ship=b", "ship=a"], "a", &[]));
        assert!(keeps(&["ship=a,name=web-*"], "a", &["db", "web-1"]));
        assert!(!keeps(&["ship=a,name=web-*"], "b", &["web-1"]) && !keeps(&["name=web-*"], "a", &["db"]));
    }

    #[test]
    fn a_word_that_nothing_can_be_is_found() {
        let filter = Patterns::parse("name=us*,name=used,ship=x", &KEYS).unwrap();
        assert_eq!(filter.unknown(2, &["unused", "use"]), Some("used"));
        assert_eq!(filter.unknown(2, &["used"]), None);
    }

    #[test]
    fn what_cannot_be_followed_is_told_with_what_can() {
        let told = |text: &str| Patterns::parse(text, &KEYS).unwrap_err();
        assert_eq!(told("web"), "expected `ship=`, `service=` or `name=`, with a name or pattern behind it");
        assert_eq!(told("host=a"), "there is no filter `host`; there are `ship=`, `service=` or `name=`");
        assert!(told("ship=[").starts_with("`[` is not a pattern: "));
    }
}
