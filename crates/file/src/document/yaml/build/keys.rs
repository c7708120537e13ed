//! Keys of mappings: what merges bring in, and what must not be there twice.

use super::Builder;
use crate::document::scalar::{Scalar, Value, python_text};
use crate::document::yaml::{MAX_MERGED, NodeId, NodeKind, YamlEntry};
use maestro_core::diagnostic::Diagnostic;
use std::collections::HashMap;

/// Keys of a mapping that are compared with one another; of more, a table is made.
const MOST_COMPARED: usize = 16;

impl Builder<'_> {
    /// The entries of a mapping, kept in the tree where they differ from the pairs.
    pub(super) fn all_entries(&mut self, id: NodeId, pairs: &[(NodeId, NodeId)]) -> Vec<YamlEntry> {
        let (own, merges) = self.own_entries(pairs);
        if merges.is_empty() {
            let entries: Vec<_> = own.into_iter().map(|(_, entry)| entry).collect();
            if entries.len() != pairs.len() {
                self.expanded.insert(id, entries.clone());
            }
            return entries;
        }
        let mut position: HashMap<String, usize> = HashMap::new();
        let mut entries: Vec<YamlEntry> = Vec::new();
        let mut set = |name: String, entry: YamlEntry| {
            let at = *position.entry(name).or_insert(entries.len());
            match entries.get_mut(at) {
                Some(place) => *place = entry,
                None => entries.push(entry),
            }
        };
        // Whoever comes later wins, so the sources go in backwards and the mapping's own keys last.
        let mut sources = Vec::new();
        for merge in merges {
            sources.extend(self.merge_sources(merge).into_iter().rev());
        }
        for source in sources {
            for (name, entry) in self.source_entries(source) {
                set(name, entry);
            }
        }
        for (name, entry) in own {
            set(name, entry);
        }
        self.expanded.insert(id, entries.clone());
        entries
    }

    /// The mapping's own keys, and the values of its `<<`. Reports what cannot be a key and keys that come twice.
    pub(super) fn own_entries(
        &mut self,
        pairs: &[(NodeId, NodeId)],
    ) -> (Vec<(String, YamlEntry)>, Vec<NodeId>) {
        // Few keys are compared one by one, which takes no memory.
        let mut places: Option<HashMap<String, usize>> = (pairs.len() > MOST_COMPARED).then(HashMap::new);
        let mut own: Vec<(String, YamlEntry)> = Vec::with_capacity(pairs.len());
        let mut merges = Vec::new();
        for &(key, value) in pairs {
            if self.is_merge_key(key) {
                merges.push(value);
                continue;
            }
            let Some(name) = self.key_name(key) else {
                self.report_bad_key(key);
                continue;
            };
            let earlier = match &mut places {
                Some(places) => match places.get(&name) {
                    None => {
                        places.insert(name.clone(), own.len());
                        None
                    }
                    earlier => earlier.copied(),
                },
                None => own.iter().position(|(known, _)| *known == name),
            };
            if let Some(earlier) = earlier.map(|at| own[at].1) {
                self.report_duplicate((earlier.key, earlier.value), (key, value));
                continue;
            }
            own.push((name, YamlEntry { key, value }));
        }
        (own, merges)
    }

    fn is_merge_key(&self, key: NodeId) -> bool {
        matches!(&self.nodes[key.index()].kind, NodeKind::Scalar(Scalar { text, plain: true, tag: None }) if text == "<<")
    }

    /// What makes two keys the same: `yes` and `true` are, as they are for `PyYAML`; so are `80` and `"80"`, which no
    /// reader could tell apart.
    fn key_name(&self, key: NodeId) -> Option<String> {
        match &self.resolved(key).kind {
            NodeKind::Scalar(scalar) => Some(match scalar.value() {
                Value::Text(text) => text,
                value => python_text(&value),
            }),
            _ => None,
        }
    }

    fn report_bad_key(&mut self, key: NodeId) {
        let what = match self.resolved(key).kind {
            NodeKind::Mapping(_) => "a mapping",
            NodeKind::Sequence(_) => "a list",
            _ => return,
        };
        let span = self.nodes[key.index()].span;
        let problem = Diagnostic::error("unhashable-key", format!("{what} cannot be a key"))
            .at(span, "used as a key here")
            .help("a key is a name or a number; if this is meant as text, put it in quotes");
        self.diagnostics.push(problem);
    }

    /// The mappings that a `<<` names, in their order.
    fn merge_sources(&mut self, merge: NodeId) -> Vec<NodeId> {
        let candidates = match &self.resolved(merge).kind {
            NodeKind::Sequence(items) => items.clone(),
            _ => vec![merge],
        };
        let mut sources = Vec::new();
        for candidate in candidates {
            match self.resolved(candidate).kind {
                NodeKind::Mapping(_) => sources.push(candidate),
                NodeKind::Bad => {}
                _ => {
                    let span = self.nodes[candidate.index()].span;
                    let problem = Diagnostic::error(
                        "merge-not-a-mapping",
                        "only mappings can be merged with `<<`",
                    )
                    .at(span, "this is no mapping")
                    .help("name a mapping with an alias, `<<: *name`, or several, `<<: [*first, *second]`");
                    self.diagnostics.push(problem);
                }
            }
        }
        sources
    }

    /// The entries that merging `source` brings in, as far as the budget goes.
    fn source_entries(&mut self, source: NodeId) -> Vec<(String, YamlEntry)> {
        let target = self.nodes[source.index()].link.unwrap_or(source);
        let entries: Vec<YamlEntry> = match (self.expanded.get(&target), &self.nodes[target.index()].kind) {
            (Some(entries), _) => entries.clone(),
            (None, NodeKind::Mapping(pairs)) => {
                pairs.iter().map(|&(key, value)| YamlEntry { key, value }).collect()
            }
            (None, _) => Vec::new(),
        };
        let Some(left) = self.merge_budget.checked_sub(entries.len() + 1) else {
            if std::mem::take(&mut self.merge_budget) > 0 {
                let problem =
                    Diagnostic::error("merge-bomb", "the merges (`<<`) of this file bring in too many keys")
                        .at(self.nodes[source.index()].span, "this one is too much")
                        .note(format!("all merges of a file together may bring in {MAX_MERGED} keys"));
                self.diagnostics.push(problem.help("merge smaller mappings, or write out what you need"));
            }
            return Vec::new();
        };
        self.merge_budget = left;
        entries.into_iter().filter_map(|entry| Some((self.key_name(entry.key)?, entry))).collect()
    }
}
