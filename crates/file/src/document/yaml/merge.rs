//! Two files as one: the entries of a later one over those of an earlier one.

use super::{MergeTag, Node, NodeId, NodeKind, Yaml, YamlEntry};
use crate::document::scalar::{Scalar, Value};
use maestro_core::source::Span;

/// How the values of two files become one.
pub trait MergeRules {
    /// Whether the lists of that key are joined; otherwise the later one counts.
    fn appends(&self, key: &str) -> bool;

    /// Called for each key that both files have: the keys above it, and its places.
    fn meets(&mut self, path: &[String], earlier: Span, later: Span);
}

impl Yaml {
    /// This file with a later one over it. Mappings are merged by their keys; a key of the later one without a value says
    /// nothing. `!reset` removes what this file has under a key, `!override` replaces it. Places stay those of the files.
    #[must_use]
    pub fn merged(mut self, later: Self, rules: &mut dyn MergeRules) -> Self {
        let offset = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let moved = |id: NodeId| NodeId(id.0.saturating_add(offset));
        let later_root = moved(later.root);
        self.nodes.extend(later.nodes.into_iter().map(|node| Node {
            kind: match node.kind {
                NodeKind::Sequence(items) => NodeKind::Sequence(items.into_iter().map(moved).collect()),
                NodeKind::Mapping(pairs) => NodeKind::Mapping(
                    pairs.into_iter().map(|(key, value)| (moved(key), moved(value))).collect(),
                ),
                kind @ (NodeKind::Scalar(_) | NodeKind::Bad) => kind,
            },
            link: node.link.map(moved),
            ..node
        }));
        let entry = |entry: YamlEntry| YamlEntry { key: moved(entry.key), value: moved(entry.value) };
        let expanded = later.expanded.into_iter();
        self.expanded
            .extend(expanded.map(|(id, entries)| (moved(id), entries.into_iter().map(entry).collect())));
        self.wholes.extend(later.wholes.into_iter().map(|(id, span)| (moved(id), span)));
        self.merge_tags.extend(later.merge_tags.into_iter().map(|(id, tag)| (moved(id), tag)));
        self.is_repaired |= later.is_repaired;
        let mut path = Vec::new();
        self.root = self.join(self.root, later_root, &mut path, rules);
        self
    }

    fn join(
        &mut self,
        base: NodeId,
        later: NodeId,
        path: &mut Vec<String>,
        rules: &mut dyn MergeRules,
    ) -> NodeId {
        let key = path.last().cloned().unwrap_or_default();
        match (self.kind(base), self.kind(later)) {
            (NodeKind::Mapping(_), NodeKind::Mapping(_)) => {
                let (base_entries, later_entries) = (self.entries(base), self.entries(later));
                let mut pairs: Vec<(NodeId, NodeId)> =
                    base_entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
                for entry in later_entries {
                    self.put(&mut pairs, entry, path, rules);
                }
                self.add(NodeKind::Mapping(pairs), self.span(base))
            }
            (NodeKind::Sequence(items), NodeKind::Sequence(more)) if rules.appends(&key) => {
                let (mut items, more) = (items.clone(), more.clone());
                let is_known = |items: &[NodeId], new: NodeId| {
                    items.iter().any(|&item| self.text(item).is_some() && self.text(item) == self.text(new))
                };
                for item in more {
                    if !is_known(&items, item) {
                        items.push(item);
                    }
                }
                self.add(NodeKind::Sequence(items), self.span(base))
            }
            (_, NodeKind::Scalar(_)) if self.value(later) == Value::Null => base,
            _ => later,
        }
    }

    /// Puts an entry of the later file among those of the earlier one.
    fn put(
        &mut self,
        pairs: &mut Vec<(NodeId, NodeId)>,
        entry: YamlEntry,
        path: &mut Vec<String>,
        rules: &mut dyn MergeRules,
    ) {
        let Some(name) = self.text(entry.key).map(str::to_owned) else { return };
        let at = pairs.iter().position(|&(key, _)| self.text(key) == Some(&name));
        let tag = self.merge_tag(entry.value);
        if tag == Some(MergeTag::Reset) {
            at.map(|at| pairs.remove(at));
            return;
        }
        let Some(at) = at else {
            pairs.push((entry.key, self.without_resets(entry.value)));
            return;
        };
        let (key, value) = pairs[at];
        if tag == Some(MergeTag::Override) {
            pairs[at] = (entry.key, self.without_resets(entry.value));
            return;
        }
        rules.meets(path, self.span(key), self.span(entry.key));
        path.push(name);
        let joined = self.join(value, entry.value, path, rules);
        path.pop();
        // What is the later one's is told at its key.
        pairs[at] = (if joined == entry.value { entry.key } else { key }, joined);
    }

    /// A value of the later file without the entries that remove something.
    fn without_resets(&mut self, id: NodeId) -> NodeId {
        if self.merge_tags.is_empty() || !matches!(self.kind(id), NodeKind::Mapping(_)) {
            return id;
        }
        let entries = self.entries(id);
        let kept = entries.iter().filter(|entry| self.merge_tag(entry.value) != Some(MergeTag::Reset));
        let kept: Vec<YamlEntry> = kept.copied().collect();
        let pairs: Vec<_> = kept.iter().map(|entry| (entry.key, self.without_resets(entry.value))).collect();
        let is_same =
            kept.len() == entries.len() && pairs.iter().zip(&kept).all(|(pair, old)| pair.1 == old.value);
        if is_same { id } else { self.add(NodeKind::Mapping(pairs), self.span(id)) }
    }

    fn text(&self, id: NodeId) -> Option<&str> {
        match self.kind(id) {
            NodeKind::Scalar(Scalar { text, .. }) => Some(text),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => None,
        }
    }

    fn add(&mut self, kind: NodeKind, span: Span) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node { kind, link: None, span, written: None });
        id
    }
}
