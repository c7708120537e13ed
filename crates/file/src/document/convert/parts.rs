//! Texts of nodes, and texts of mappings.

use crate::document::yaml::{NodeId, NodeKind, Yaml};

/// A single value as it is written.
pub(in crate::document) fn text(yaml: &Yaml, node: NodeId) -> Option<String> {
    match yaml.kind(node) {
        NodeKind::Scalar(scalar) if !scalar.text.is_empty() => Some(scalar.text.clone()),
        NodeKind::Scalar(_) | NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => None,
    }
}

/// The items of a list, or a single value.
pub(super) fn texts(yaml: &Yaml, node: NodeId) -> Option<Vec<String>> {
    match yaml.kind(node) {
        NodeKind::Sequence(items) => items.iter().map(|&item| text(yaml, item)).collect(),
        NodeKind::Scalar(_) => text(yaml, node).map(|one| vec![one]),
        NodeKind::Mapping(_) | NodeKind::Bad => None,
    }
}

/// A mapping between braces.
pub(super) fn mapping(entries: impl IntoIterator<Item = (String, String)>) -> String {
    let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{{}}}", entries.join(", "))
}
