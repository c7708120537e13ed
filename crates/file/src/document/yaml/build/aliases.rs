//! Aliases, what they make of the size of a file, and tags.

use super::{Builder, LEAF, short_tag, words};
use crate::document::scalar::Scalar;
use crate::document::yaml::{MAX_DEPTH, MAX_EXPANDED, MergeTag, NodeId, NodeKind};
use granit_parser::Tag;
use maestro_core::diagnostic::Diagnostic;
use std::ops::Range;

impl Builder<'_> {
    /// Keeps account of how large the node is with all aliases followed, and refuses it where it is too large.
    pub(super) fn measure(&mut self, id: NodeId, children: &[NodeId]) {
        let mut size = LEAF;
        for child in children {
            let child = self.sizes[child.index()];
            size.depth = size.depth.max(child.depth + 1);
            size.nodes = size.nodes.saturating_add(child.nodes);
        }
        let problem = if size.depth > MAX_DEPTH {
            words::too_deep().note("aliases are followed: what they stand for lies here too")
        } else if size.nodes > MAX_EXPANDED {
            Diagnostic::error("alias-bomb", "this is far too large once its aliases are replaced by what they stand for")
                .note(format!("it would have more than {MAX_EXPANDED} values; a few lines can do that when aliases of aliases are repeated"))
                .help("write out what you need instead of repeating aliases in lists")
        } else {
            self.sizes[id.index()] = size;
            return;
        };
        let worst =
            children.iter().copied().max_by_key(|child| self.sizes[child.index()].nodes).unwrap_or(id);
        // What follows is made of the same aliases: it would say the same again and again.
        if !std::mem::replace(&mut self.told_of_size, true) {
            let span = self.nodes[worst.index()].span;
            self.diagnostics.push(problem.at(span, ""));
        }
        self.expanded.remove(&id);
        self.nodes[id.index()].kind = NodeKind::Bad;
    }

    pub(super) fn alias(&mut self, anchor: usize, range: Range<usize>) {
        let target = self.anchors.get(&anchor).copied();
        let recursive = self.open.iter().find(|frame| Some(frame.id) == target);
        let id = if let Some(frame) = recursive {
            let name = &self.rendered.text()[range.clone()];
            let outer = self.anchor_names.get(&name[1..]).unwrap_or(&frame.range).clone();
            let outer = self.rendered.span(words::visible(self.rendered.text(), outer));
            let problem =
                Diagnostic::error("recursive-alias", format!("`{name}` stands inside of what it stands for"))
                    .also(outer, "what begins here has not ended yet")
                    .note("replacing the alias would never come to an end")
                    .help("move the part that you want to repeat out, and put the anchor (`&…`) there");
            self.report(problem, range.clone());
            self.add(NodeKind::Bad, range)
        } else {
            let id = self.add(NodeKind::Bad, range);
            if let Some(target) = target {
                self.nodes[id.index()].link = Some(target);
                self.sizes[id.index()] = self.sizes[target.index()];
            }
            id
        };
        self.place(id);
    }

    pub(super) fn report_unknown_aliases(&mut self) {
        for (name, range) in std::mem::take(&mut self.unknown_aliases) {
            let mut problem =
                Diagnostic::error("unknown-alias", format!("there is no anchor `&{name}` above this alias"));
            let near =
                self.anchor_names.keys().filter(|known| strsim::damerau_levenshtein(known, &name) <= 2).min();
            if let Some(later) = self.anchor_names.get(&name) {
                problem = problem
                    .also(self.rendered.span(later.clone()), "the anchor comes only here")
                    .help("an anchor must stand above the aliases that use it: move it up");
            } else if let Some(near) = near {
                problem = problem.help(format!("did you mean `*{near}`?"));
            } else {
                if name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
                    problem =
                        problem.help(format!("put `&{name}` in front of the value that it should stand for"));
                }
                problem = problem.help(format!("if it is text and no alias, put it in quotes: `'*{name}'`"));
            }
            self.report(problem, range);
        }
    }

    pub(super) fn check_scalar_tag(
        &mut self,
        scalar: Scalar,
        range: &Range<usize>,
        tagged: Range<usize>,
    ) -> NodeKind {
        let tag = scalar.tag.as_deref().unwrap_or("!");
        if !["!", "!!str", "!!int", "!!float", "!!bool", "!!null"].contains(&tag) {
            self.report(words::unknown_tag(&self.rendered.text()[tagged.clone()], self.dialect), tagged);
            return NodeKind::Bad;
        }
        if !scalar.fits_its_tag() {
            let message = format!("`{}` is not what its tag `{tag}` says", scalar.text);
            let problem = Diagnostic::error("bad-tag", message).help("remove the tag, or correct the value");
            self.report(problem, range.clone());
            return NodeKind::Bad;
        }
        NodeKind::Scalar(scalar)
    }

    /// What the tag says about the values of earlier files.
    pub(super) fn merge_tag(tag: Option<&Tag>) -> Option<MergeTag> {
        tag.and_then(|tag| MergeTag::of(&short_tag(tag)))
    }

    /// Looks at the tag of a list or a mapping, which is the next node.
    pub(super) fn tagged_collection(&mut self, tag: Option<&Tag>, expected: &str, tagged: Range<usize>) {
        if let Some(merge_tag) = Self::merge_tag(tag) {
            self.merge_tags.insert(self.next_id(), merge_tag);
        } else if tag.map(short_tag).is_some_and(|tag| tag != expected && tag != "!") {
            self.report(words::unknown_tag(&self.rendered.text()[tagged.clone()], self.dialect), tagged);
        }
    }
}
