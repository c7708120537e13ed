//! From YAML to values, with variables filled in. Keys are taken as they are written.

use super::{
    element::{Content, Element, Member, Members},
    interpolation::{Lookup, Unset, interpolate},
    scalar, words,
};
use crate::document::yaml::{NodeId, NodeKind, Yaml};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::Span,
};

/// Values that a file may have, each alias counted as what it stands for.
const MOST_VALUES: usize = 500_000;

/// Reads all values of a file, whose text is `text`.
pub(super) fn read(yaml: &Yaml, text: &str, lookup: Lookup<'_>, diagnostics: &mut Diagnostics) -> Element {
    let mut reader = ValueReader { yaml, text, lookup, diagnostics, left: MOST_VALUES };
    let root = yaml.root();
    reader.element(root)
}

struct ValueReader<'a> {
    yaml: &'a Yaml,
    text: &'a str,
    lookup: Lookup<'a>,
    diagnostics: &'a mut Diagnostics,
    /// How many values may still be read.
    left: usize,
}

impl ValueReader<'_> {
    fn element(&mut self, node: NodeId) -> Element {
        let span = self.yaml.span(node);
        let nothing = Element::new(span, Content::Null);
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            let diagnostic =
                Diagnostic::error("too-many-nodes", format!("the file has more than {MOST_VALUES} values"));
            self.diagnostics.push(diagnostic.note("an alias counts as what it stands for").at(span, ""));
            return nothing;
        }
        match self.yaml.kind(node) {
            NodeKind::Bad => nothing,
            NodeKind::Scalar(scalar) => match scalar::content(scalar) {
                Content::Text(text) => Element::text(span, self.filled_in(text, node)),
                content => Element::new(span, content),
            },
            NodeKind::Sequence(items) => {
                // An item that is reset is none.
                let kept: Vec<NodeId> = items.iter().copied().filter(|&item| !self.is_reset(item)).collect();
                let items = kept.into_iter().map(|item| self.element(item)).collect();
                Element::new(span, Content::List(items))
            }
            NodeKind::Mapping(_) => {
                let mut members = Members::new();
                for entry in self.yaml.entries(node) {
                    let NodeKind::Scalar(key) = self.yaml.kind(entry.key) else { continue };
                    if matches!(self.yaml.kind(entry.value), NodeKind::Bad) {
                        continue;
                    }
                    let member = Member {
                        key: self.yaml.span(entry.key),
                        tag: self.yaml.merge_tag(entry.value),
                        value: self.element(entry.value),
                    };
                    members.insert(key.text.clone(), member);
                }
                Element::new(span, Content::Mapping(members))
            }
        }
    }

    fn is_reset(&self, node: NodeId) -> bool {
        self.yaml.merge_tag(node) == Some(crate::document::yaml::MergeTag::Reset)
    }

    /// Fills in the variables of a text.
    fn filled_in(&mut self, text: String, node: NodeId) -> String {
        if !text.contains('$') {
            return text;
        }
        match interpolate(&text, self.lookup) {
            Ok(done) => {
                for unset in &done.unset {
                    let place = self.place(&text, unset, node);
                    self.diagnostics.push_cause(words::unset(&unset.name, place));
                }
                done.text
            }
            Err(fault) => {
                let place = self.place_of(&text, fault.range.clone(), node);
                let written = text.get(fault.range).unwrap_or_default();
                self.diagnostics.push(words::cannot_be_filled_in(&fault.kind, written, place));
                text
            }
        }
    }

    fn place(&self, text: &str, unset: &Unset, node: NodeId) -> Span {
        self.place_of(text, unset.range.clone(), node)
    }

    /// Where a part of a text stands in the file. Escapes and folded lines move it, so it is looked for; the whole text if
    /// it is not found.
    fn place_of(&self, text: &str, range: std::ops::Range<usize>, node: NodeId) -> Span {
        let span = self.yaml.span(self.yaml.target(node));
        let Some(expression) = text.get(range.clone()) else { return span };
        let before = text[..range.start].matches(expression).count();
        let written = self.text.get(span.start..span.end).unwrap_or_default();
        match written.match_indices(expression).nth(before) {
            Some((at, _)) => Span::new(span.file, span.start + at..span.start + at + expression.len()),
            None => span,
        }
    }
}
