//! Programs in containers that share another's network: what they say of it, told beforehand.

use super::{Fake, container::FakeContainer, state::Inside};
use maestro_core::value::setting::OF_CONTAINER;

impl Fake {
    /// Lets a program that shares the network of a container of this name, and whose command begins with these words,
    /// write these lines and end.
    pub fn say_beside(&self, container: &str, words: &str, lines: &[&str]) {
        let lines = lines.iter().map(|&line| line.to_owned()).collect();
        self.inside().sayings.push((container.to_owned(), words.to_owned(), lines));
    }
}

impl Inside {
    /// What a container's program writes, if that was told.
    pub(super) fn said(&self, kept: &FakeContainer) -> Option<Vec<String>> {
        let shared = kept.description.network_mode.strip_prefix(OF_CONTAINER)?;
        let mut others = self.containers.values();
        let other = others.find(|other| other.shown.id == shared || other.shown.name == shared)?;
        let words = kept.description.command.join(" ");
        let is_it = |(container, begin, _): &&(String, String, Vec<String>)| {
            *container == other.shown.name && words.starts_with(begin.as_str())
        };
        self.sayings.iter().rev().find(is_it).map(|(_, _, lines)| lines.clone())
    }
}
