//! Environment variables of a container, part of which many containers share.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap as _};

type Map = IndexMap<String, Option<String>>;

/// Variables that many containers share.
#[derive(Debug, Clone)]
pub struct SharedVariables(Arc<Map>);

impl From<Variables> for SharedVariables {
    fn from(variables: Variables) -> Self {
        Self(Arc::new(variables.into_iter().collect()))
    }
}

/// Environment variables in the order in which they were set; a value of none passes the bare name.
///
/// All instances of a service are told the same about their peers. That part is held once: an environment of `n`
/// instances needs memory for `n` instances, not for `n` instances times their peers.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    /// The container's own. They win over shared ones.
    own: Map,
    /// Shared by many containers. Later ones win over earlier ones.
    shared: Vec<Arc<Map>>,
}

impl Variables {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All, each name once: own variables first, then shared ones.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Option<String>)> {
        let shared = self.shared.iter().enumerate().flat_map(move |(at, shared)| {
            let is_hidden = move |name: &str| {
                self.own.contains_key(name)
                    || self.shared[at + 1..].iter().any(|later| later.contains_key(name))
            };
            shared.iter().filter(move |(name, _)| !is_hidden(name))
        });
        self.own.iter().chain(shared)
    }

    /// The names, in the order of [`Self::iter`].
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.iter().map(|(name, _)| name)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.shared.is_empty() { self.own.len() } else { self.iter().count() }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.shared.iter().all(|shared| shared.is_empty())
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Option<String>> {
        self.own.get(name).or_else(|| self.shared.iter().rev().find_map(|shared| shared.get(name)))
    }

    /// Whether a variable of that name is set.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a variable; tells the value that it had.
    pub fn insert(&mut self, name: String, value: Option<String>) -> Option<Option<String>> {
        let before = self.get(&name).cloned();
        self.own.insert(name, value);
        before
    }

    /// Sets a variable unless it is set already.
    pub fn insert_missing(&mut self, name: String, value: Option<String>) {
        if !self.contains_key(&name) {
            self.own.insert(name, value);
        }
    }

    /// Sets all of `variables` without a copy of them.
    pub fn share(&mut self, SharedVariables(variables): &SharedVariables) {
        self.own.retain(|name, _| !variables.contains_key(name));
        self.shared.push(Arc::clone(variables));
    }

    /// Keeps those variables alone.
    pub fn retain(&mut self, is_kept: impl Fn(&str, &Option<String>) -> bool) {
        *self = std::mem::take(self).into_iter().filter(|(name, value)| is_kept(name, value)).collect();
    }

    /// Sorts them by name.
    pub fn sort_keys(&mut self) {
        *self = std::mem::take(self).into_iter().collect();
        self.own.sort_keys();
    }
}

impl std::ops::Index<&str> for Variables {
    type Output = Option<String>;

    /// Panics if there is no variable of that name.
    fn index(&self, name: &str) -> &Self::Output {
        self.get(name).expect("a variable of that name")
    }
}

/// The order does not count.
impl PartialEq for Variables {
    fn eq(&self, other: &Self) -> bool {
        let is_same = self.shared.len() == other.shared.len()
            && self.shared.iter().zip(&other.shared).all(|(a, b)| Arc::ptr_eq(a, b))
            && self.own == other.own;
        is_same
            || self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl Eq for Variables {}

impl IntoIterator for Variables {
    type Item = (String, Option<String>);
    type IntoIter = indexmap::map::IntoIter<String, Option<String>>;

    fn into_iter(self) -> Self::IntoIter {
        if self.shared.is_empty() {
            return self.own.into_iter();
        }
        let all: Map = self.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        all.into_iter()
    }
}

impl<'a> IntoIterator for &'a Variables {
    type Item = (&'a String, &'a Option<String>);
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl FromIterator<(String, Option<String>)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, Option<String>)>>(variables: I) -> Self {
        Self { own: variables.into_iter().collect(), shared: Vec::new() }
    }
}

impl<const N: usize> From<[(String, Option<String>); N]> for Variables {
    fn from(variables: [(String, Option<String>); N]) -> Self {
        variables.into_iter().collect()
    }
}

impl Extend<(String, Option<String>)> for Variables {
    fn extend<I: IntoIterator<Item = (String, Option<String>)>>(&mut self, variables: I) {
        self.own.extend(variables);
    }
}

impl Serialize for Variables {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Variables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|own| Self { own, shared: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, Option<String>) {
        (name.to_owned(), Some(value.to_owned()))
    }

    fn told(variables: &Variables) -> String {
        let each =
            variables.iter().map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("-")));
        each.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn shared_variables_replace_those_before_them_and_yield_to_those_after_them() {
        let mut variables = Variables::from([pair("A", "1"), pair("B", "1")]);
        variables.share(&Variables::from([pair("B", "2"), pair("C", "2")]).into());
        variables.share(&Variables::from([pair("C", "3"), pair("D", "3")]).into());
        assert_eq!(told(&variables), "A=1 B=2 C=3 D=3");
        assert_eq!(variables.insert("D".into(), None), Some(Some("3".into())));
        variables.insert_missing("C".into(), None);
        variables.insert_missing("E".into(), Some("4".into()));
        assert_eq!(told(&variables), "A=1 D=- E=4 B=2 C=3");
        assert_eq!((variables.len(), variables.get("B")), (5, Some(&Some("2".into()))));
        variables.retain(|name, _| name != "B");
        assert_eq!(told(&variables), "A=1 D=- E=4 C=3");
    }

    #[test]
    fn what_is_shared_makes_no_difference() {
        let shared = SharedVariables::from(Variables::from([pair("B", "2")]));
        let mut one = Variables::from([pair("A", "1")]);
        one.share(&shared);
        let other = Variables::from([pair("B", "2"), pair("A", "1")]);
        assert_eq!(one, other);
        assert_ne!(one, Variables::from([pair("A", "1"), pair("C", "2")]));
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(text, r#"{"A":"1","B":"2"}"#);
        assert_eq!(serde_json::from_str::<Variables>(&text).unwrap(), one);
    }
}
