//! A container's own variables, which get an index when one is looked for.

use std::{
    mem,
    sync::{Arc, OnceLock},
};

use indexmap::IndexMap;

pub(super) type Map = IndexMap<String, Option<String>>;

/// Variables in an order. Those that were read are one text until something is looked for by its name: an engine tells
/// millions of them with many ships, most of which are only compared with those of the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Own {
    index: OnceLock<Map>,
    /// Nothing counts of it once there is an index.
    read: Read,
}

/// Variables as they were read, one behind the other in one text. A name may come several times; the last value counts.
#[derive(Debug, Clone, Default)]
struct Read {
    text: String,
    ends: Vec<Ends>,
}

/// Where a name ends in the text, and the value behind it if there is one.
#[derive(Debug, Clone, Copy)]
struct Ends {
    name: usize,
    value: Option<usize>,
}

impl Read {
    fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let mut start = 0;
        self.ends.iter().map(move |Ends { name, value }| {
            let told = (&self.text[start..*name], value.map(|value| &self.text[*name..value]));
            start = value.unwrap_or(*name);
            told
        })
    }

    fn index(&self) -> Map {
        self.iter().map(|(name, value)| (name.to_owned(), value.map(str::to_owned))).collect()
    }
}

impl Own {
    /// Adds a variable that was read behind all others.
    pub(super) fn add_read(&mut self, name: &str, value: Option<&str>) {
        if self.index.get().is_some() {
            let (name, value) = (name.to_owned(), value.map(str::to_owned));
            return self.change(|index| drop(index.insert(name, value)));
        }
        let Read { text, ends } = &mut self.read;
        text.push_str(name);
        let name = text.len();
        text.push_str(value.unwrap_or_default());
        ends.push(Ends { name, value: value.map(|_| text.len()) });
    }

    /// All of them, by name.
    pub(super) fn index(&self) -> &Map {
        self.index.get_or_init(|| self.read.index())
    }

    /// Changes them.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Map) -> T) -> T {
        let mut index = mem::take(self).into_index();
        let told = change(&mut index);
        *self = index.into();
        told
    }

    /// All of them, by name.
    pub(super) fn into_index(self) -> Map {
        let Self { index, read } = self;
        index.into_inner().unwrap_or_else(|| read.index())
    }

    /// Leaves all of `shared` out if they stand here in their order and with their values. False if they do not.
    pub(super) fn leave_out(&mut self, shared: &[Arc<Map>]) -> bool {
        if self.index.get().is_some() {
            return false;
        }
        let mut awaited = shared.iter().flat_map(|shared| shared.iter()).map(as_text).peekable();
        let rest = self.read.iter().filter(|read| awaited.next_if_eq(read).is_none());
        let rest: Map = rest.map(|(name, value)| (name.to_owned(), value.map(str::to_owned))).collect();
        // What is read twice may have another value there.
        let is_told_again = |name: &String| shared.iter().any(|shared| shared.contains_key(name));
        let has_all = awaited.next().is_none() && !rest.keys().any(is_told_again);
        if has_all {
            *self = rest.into();
        }
        has_all
    }
}

fn as_text<'a>((name, value): (&'a String, &'a Option<String>)) -> (&'a str, Option<&'a str>) {
    (name, value.as_deref())
}

impl From<Map> for Own {
    fn from(index: Map) -> Self {
        Self { index: index.into(), read: Read::default() }
    }
}
