//! Environment variables of a container, part of which many containers share.

mod own;

use std::{borrow::Cow, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap as _,
};

use own::{Map, Own};

/// A variable: its name and its value.
pub type VariableRef<'a> = (&'a String, &'a Option<String>);

/// Variables that many containers share.
#[derive(Debug, Clone)]
pub struct SharedVariables(Shared);

/// Maps of which no two have a name in common.
type Shared = Arc<[Arc<Map>]>;

impl SharedVariables {
    /// All of `parts`. Of two that set the same name, the later wins. Only those that lose names are copied.
    #[must_use]
    pub fn joined<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut maps: Vec<Arc<Map>> = Vec::new();
        for map in parts.into_iter().flat_map(|Self(maps)| maps.iter()) {
            for earlier in &mut maps {
                if map.keys().any(|name| earlier.contains_key(name)) {
                    Arc::make_mut(earlier).retain(|name, _| !map.contains_key(name));
                }
            }
            maps.push(Arc::clone(map));
        }
        Self(maps.into())
    }
}

impl From<Variables> for SharedVariables {
    fn from(variables: Variables) -> Self {
        Self([Arc::new(variables.into_iter().collect())].into())
    }
}

/// Environment variables in the order in which they were set; a value of none passes the bare name.
///
/// All instances of a service are told the same about their peers. That part is held once: an environment of `n`
/// instances needs memory for `n` instances, not for `n` instances times their peers.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    /// The container's own. They win over shared ones.
    own: Own,
    /// How many of its own hide a shared one.
    hiding: usize,
    /// Shared by many containers.
    shared: Shared,
}

impl Variables {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable that was read. Many that are read cost little until one is looked for by its name; of two with the
    /// same name the later counts.
    pub fn add_read(&mut self, name: &str, value: Option<&str>) {
        if self.shared.is_empty() {
            self.own.add_read(name, value);
        } else {
            self.insert(name.to_owned(), value.map(str::to_owned));
        }
    }

    /// All, each name once: own variables first, then shared ones.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Option<String>)> {
        let is_shown = |name: &str| self.hiding == 0 || !self.own.index().contains_key(name);
        let shared = self.shared.iter().flat_map(|shared| shared.iter());
        self.own.index().iter().chain(shared.filter(move |(name, _)| is_shown(name)))
    }

    /// The names, in the order of [`Self::iter`].
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.iter().map(|(name, _)| name)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.own.index().len() + self.shared.iter().map(|shared| shared.len()).sum::<usize>() - self.hiding
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.index().is_empty() && self.shared.iter().all(|shared| shared.is_empty())
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Option<String>> {
        self.own.index().get(name).or_else(|| self.shared(name))
    }

    fn shared(&self, name: &str) -> Option<&Option<String>> {
        self.shared.iter().find_map(|shared| shared.get(name))
    }

    /// Whether a variable of that name is set.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a variable; tells the value that it had.
    pub fn insert(&mut self, name: String, value: Option<String>) -> Option<Option<String>> {
        let shared = self.shared(&name).cloned();
        let own = self.own.change(|own| own.insert(name, value));
        if own.is_none() && shared.is_some() {
            self.hiding += 1;
        }
        own.or(shared)
    }

    /// Sets a variable unless it is set already.
    pub fn insert_missing(&mut self, name: String, value: Option<String>) {
        if !self.contains_key(&name) {
            self.own.change(|own| own.insert(name, value));
        }
    }

    /// Sets all of `variables` without a copy of them.
    pub fn share(&mut self, variables: &SharedVariables) {
        let SharedVariables(added) = variables;
        self.own.change(|own| own.retain(|name, _| !added.iter().any(|shared| shared.contains_key(name))));
        self.shared = if self.shared.is_empty() {
            Arc::clone(added)
        } else {
            SharedVariables::joined([&SharedVariables(Arc::clone(&self.shared)), variables]).0
        };
        self.hiding = self.own.index().keys().filter(|name| self.shared(name).is_some()).count();
    }

    /// Holds what both have alike, and others of `other` share, once. Which variables there are stays the same.
    pub fn share_with(&mut self, other: &Self) {
        if !self.shared.is_empty() || other.shared.is_empty() {
            return;
        }
        if !self.own.leave_out(&other.shared) {
            let own = self.own.index();
            let is_alike = |(name, value): VariableRef<'_>| own.get(name) == Some(value);
            if !other.shared.iter().all(|shared| shared.iter().all(is_alike)) {
                return;
            }
            self.own.change(|own| {
                own.retain(|name, _| !other.shared.iter().any(|shared| shared.contains_key(name)));
                own.shrink_to_fit();
            });
        }
        self.shared = Arc::clone(&other.shared);
    }

    /// The variables of both beside those that they hold in common; all of both if they hold none.
    pub fn beside_common<'a>(
        &'a self,
        other: &'a Self,
    ) -> (impl Iterator<Item = VariableRef<'a>>, impl Iterator<Item = VariableRef<'a>>) {
        let is_common = Arc::ptr_eq(&self.shared, &other.shared) && self.hiding + other.hiding == 0;
        let kept = move |variables: &'a Self| {
            let count = if is_common { variables.own.index().len() } else { variables.len() };
            variables.iter().take(count)
        };
        (kept(self), kept(other))
    }

    /// Keeps those variables alone.
    pub fn retain(&mut self, is_kept: impl Fn(&str, &Option<String>) -> bool) {
        *self = std::mem::take(self).into_iter().filter(|(name, value)| is_kept(name, value)).collect();
    }

    /// Sorts them by name.
    pub fn sort_keys(&mut self) {
        *self = std::mem::take(self).into_iter().collect();
        self.own.change(Map::sort_keys);
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
        let is_same = Arc::ptr_eq(&self.shared, &other.shared) && self.own.index() == other.own.index();
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
            return self.own.into_index().into_iter();
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
        Self { own: variables.into_iter().collect::<Map>().into(), ..Self::default() }
    }
}

impl<const N: usize> From<[(String, Option<String>); N]> for Variables {
    fn from(variables: [(String, Option<String>); N]) -> Self {
        variables.into_iter().collect()
    }
}

impl Extend<(String, Option<String>)> for Variables {
    fn extend<I: IntoIterator<Item = (String, Option<String>)>>(&mut self, variables: I) {
        for (name, value) in variables {
            self.insert(name, value);
        }
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
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Variables;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Variables, A::Error> {
                let mut variables = Variables::new();
                while let Some((name, value)) =
                    map.next_entry::<BorrowedText<'_>, Option<BorrowedText<'_>>>()?
                {
                    variables.add_read(&name.0, value.as_ref().map(|value| &*value.0));
                }
                Ok(variables)
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

/// A text that is not copied where it stands in what is read as it is.
#[derive(Deserialize)]
pub struct BorrowedText<'a>(#[serde(borrow)] pub Cow<'a, str>);

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

    #[test]
    fn what_is_alike_is_held_once_and_stays_the_same() {
        let of = |pairs: &[(&str, &str)]| -> Variables {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect()
        };
        let mut declared = of(&[("OWN", "1")]);
        declared.share(&SharedVariables::from(of(&[("PEER_1", "a"), ("PEER_2", "b")])));
        let all = of(&[("OWN", "1"), ("PEER_1", "a"), ("PEER_2", "b"), ("PATH", "/bin")]);
        let mut seen = all.clone();
        seen.share_with(&declared);
        assert_eq!((&seen, seen.own.index().len(), seen.len()), (&all, 2, 4));
        let beside = |(one, other): (_, _)| {
            let names =
                |all: &mut dyn Iterator<Item = VariableRef<'_>>| all.map(|(name, _)| name.clone()).collect();
            let (mut one, mut other) = (one, other);
            (names(&mut one), names(&mut other))
        };
        let (own, of_declared): (Vec<String>, Vec<String>) = beside(seen.beside_common(&declared));
        assert_eq!((own.join(" "), of_declared.join(" ")), ("OWN PATH".into(), "OWN".into()));
        // The same of variables that were read, in this order or another.
        let read = |pairs: &[(&str, &str)]| {
            let mut variables = Variables::new();
            for (name, value) in pairs {
                variables.add_read(name, Some(value));
            }
            variables.share_with(&declared);
            (variables.own.index().len(), variables.len(), told(&variables))
        };
        let seen_in_order =
            read(&[("OWN", "1"), ("PEER_1", "a"), ("PEER_2", "b"), ("PATH", "/bin"), ("PATH", "/usr")]);
        assert_eq!(seen_in_order, (2, 4, "OWN=1 PATH=/usr PEER_1=a PEER_2=b".to_owned()));
        let seen_in_another = read(&[("PEER_2", "b"), ("OWN", "1"), ("PEER_1", "a")]);
        assert_eq!(seen_in_another, (1, 3, "OWN=1 PEER_1=a PEER_2=b".to_owned()));
        // The last one counts.
        let seen_twice = read(&[("OWN", "1"), ("PEER_1", "a"), ("PEER_2", "b"), ("PEER_1", "x")]);
        assert_eq!(seen_twice, (3, 3, "OWN=1 PEER_1=x PEER_2=b".to_owned()));
        // Another value is no common one.
        let mut other = of(&[("OWN", "1"), ("PEER_1", "x"), ("PEER_2", "b")]);
        other.share_with(&declared);
        assert_eq!((other.own.index().len(), other.get("PEER_1")), (3, Some(&Some("x".to_owned()))));
        assert_eq!(other.beside_common(&declared).0.count(), 3);
    }
}
