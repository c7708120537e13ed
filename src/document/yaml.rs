//! YAML as a tree in which every node knows the place where the user wrote it.
//!
//! The tree is an arena. An alias is a link to the node that it names, never a copy, and merge keys (`<<`) are
//! expanded once, while the tree is built. What a reader of the tree may rely on: no path through it, aliases
//! followed, is longer than [`MAX_DEPTH`], and walking all paths visits at most [`MAX_EXPANDED`] nodes; so readers
//! may recurse without counting.

mod build;
mod words;

pub use super::scalar::{Scalar, Value};
use super::template::Rendered;
use crate::diagnostic::Diagnostics;
use crate::source::Span;
use std::collections::HashMap;

/// How deep mappings and lists may lie in each other, aliases followed.
pub const MAX_DEPTH: usize = 64;
/// Nodes that a file may have as it is written.
pub const MAX_NODES: usize = 500_000;
/// Nodes that a file may have if each alias were replaced by what it stands for.
pub const MAX_EXPANDED: usize = 2_000_000;
/// Keys that all merges of a file may bring in, added up.
pub const MAX_MERGED: usize = 500_000;

/// Names one node of a [`Yaml`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(u32);

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<NodeId>),
    /// Keys and values as they are written, merge keys included; see [`Yaml::entries`].
    Mapping(Vec<(NodeId, NodeId)>),
    /// Something that is wrong and was reported: nothing more need be said about it.
    Bad,
}

/// One key of a mapping, and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The key; always a scalar.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

#[derive(Debug)]
struct Node {
    kind: Kind,
    /// The node that an alias stands for; itself never an alias.
    link: Option<NodeId>,
    span: Span,
    /// What a template's expression wrote, for a scalar that one wrote.
    note: Option<String>,
}

/// A document as a tree.
#[derive(Debug)]
pub struct Yaml {
    nodes: Vec<Node>,
    root: NodeId,
    /// The entries of mappings whose pairs are not simply their entries.
    expanded: HashMap<NodeId, Vec<Entry>>,
}

/// Reads a document. `None` if it cannot be read to its end; all problems are in `diagnostics`.
///
/// A tree is also returned after errors that leave the rest of the file readable, such as a key that is written
/// twice: what is wrong is [`Kind::Bad`] in it, or left out.
#[must_use]
pub fn parse(rendered: &Rendered, diagnostics: &mut Diagnostics) -> Option<Yaml> {
    build::Builder::new(rendered, diagnostics).run()
}

impl Yaml {
    /// The outermost node. In an empty file it is an empty scalar.
    #[must_use]
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Whether there is nothing in the file but comments.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.kind(self.root), Kind::Scalar(Scalar { text, plain: true, tag: None }) if text.is_empty())
    }

    /// What the node is, or for an alias what it stands for.
    #[must_use]
    pub fn kind(&self, id: NodeId) -> &Kind {
        let node = &self.nodes[id.index()];
        match node.link {
            Some(target) => &self.nodes[target.index()].kind,
            None => &node.kind,
        }
    }

    /// The node itself, or for an alias the node that it stands for: the same for all its aliases.
    #[must_use]
    pub fn target(&self, id: NodeId) -> NodeId {
        self.nodes[id.index()].link.unwrap_or(id)
    }

    /// Where the node is written: an alias where it says `*name`, a block of lines at its first key or item, and an
    /// empty value at its key.
    #[must_use]
    pub fn span(&self, id: NodeId) -> Span {
        self.nodes[id.index()].span
    }

    /// The entries of a mapping, merge keys expanded: its own keys win over merged ones, the first of several merged
    /// mappings over the later ones. Keys are scalars, and each appears once. Anything but a mapping has no entries.
    #[must_use]
    pub fn entries(&self, id: NodeId) -> Vec<Entry> {
        if let Some(entries) = self.expanded.get(&self.target(id)) {
            return entries.clone();
        }
        match self.kind(id) {
            Kind::Mapping(pairs) => pairs.iter().map(|&(key, value)| Entry { key, value }).collect(),
            _ => Vec::new(),
        }
    }

    /// What a scalar means to PyYAML; null for everything else.
    #[must_use]
    pub fn value(&self, id: NodeId) -> Value {
        match self.kind(id) {
            Kind::Scalar(scalar) => scalar.value(),
            _ => Value::Null,
        }
    }

    /// Says what the template wrote, if an expression of a template wrote this scalar: the place of the node then
    /// shows the expression only, and a diagnostic about it wants this note.
    #[must_use]
    pub fn template_note(&self, id: NodeId) -> Option<&str> {
        self.nodes[self.target(id).index()].note.as_deref()
    }
}

impl NodeId {
    fn index(self) -> usize {
        self.0 as usize
    }
}
