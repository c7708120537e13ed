//! Builds the tree from the parser's events.

mod aliases;
mod duplicates;
mod keys;
mod look_alikes;
mod report;

use super::words;
use super::{Dialect, MAX_DEPTH, MAX_MERGED, MAX_NODES, MergeTag, Node, NodeId, NodeKind, Yaml, YamlEntry};
use crate::document::scalar::Scalar;
use crate::document::template::Rendered;
use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};
use maestro_core::diagnostic::{Diagnostic, Diagnostics};
use maestro_core::source::Span;
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};

/// Reads one document.
pub(super) struct Builder<'a> {
    dialect: Dialect,
    rendered: &'a Rendered,
    diagnostics: &'a mut Diagnostics,
    nodes: Vec<Node>,
    /// How large each node is once its aliases are followed; same order as `nodes`.
    sizes: Vec<Size>,
    expanded: HashMap<NodeId, Vec<YamlEntry>>,
    anchors: HashMap<usize, NodeId>,
    /// The names of all anchors so far, and where they are.
    anchor_names: HashMap<String, Range<usize>>,
    unknown_aliases: Vec<(String, Range<usize>)>,
    open: Vec<Frame>,
    root: Option<NodeId>,
    documents: usize,
    merge_budget: usize,
    /// The last scalar, for the words of a syntax error.
    last_scalar: Range<usize>,
    /// Where the last value ended.
    last_end: usize,
    wholes: Vec<(NodeId, Span)>,
    merge_tags: HashMap<NodeId, MergeTag>,
    /// Changes with which the text could be read further.
    repairs: Vec<(Range<usize>, String)>,
    /// Whether it was said already that aliases make the file too large.
    told_of_size: bool,
    /// Whether characters that only look like YAML's were told: what belongs to what is not known then.
    look_alikes: bool,
}

/// A mapping or a list that is not closed yet.
struct Frame {
    id: NodeId,
    range: Range<usize>,
    is_mapping: bool,
    flow: bool,
    /// Items of a list; keys and values of a mapping in turn.
    children: Vec<NodeId>,
}

#[derive(Clone, Copy)]
struct Size {
    depth: usize,
    nodes: usize,
}

const LEAF: Size = Size { depth: 0, nodes: 1 };

impl<'a> Builder<'a> {
    pub(super) fn new(dialect: Dialect, rendered: &'a Rendered, diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            dialect,
            rendered,
            diagnostics,
            nodes: Vec::new(),
            sizes: Vec::new(),
            expanded: HashMap::new(),
            anchors: HashMap::new(),
            anchor_names: HashMap::new(),
            unknown_aliases: Vec::new(),
            open: Vec::new(),
            root: None,
            documents: 0,
            merge_budget: MAX_MERGED,
            last_scalar: 0..0,
            last_end: 0,
            wholes: Vec::new(),
            merge_tags: HashMap::new(),
            repairs: Vec::new(),
            told_of_size: false,
            look_alikes: false,
        }
    }

    /// The tree; without one, the changes with which the text could be read further.
    pub(super) fn run(mut self) -> Result<Yaml, Vec<(Range<usize>, String)>> {
        let text = self.rendered.text();
        if let Some((at, character)) = words::control_character(text) {
            self.report(words::explain_control_character(text, at, character), at..at + character.len_utf8());
            return Err(Vec::new());
        }
        // Its own limits only keep the parser from working for nothing; ours count both kinds of nesting.
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            emit_comments: false,
            block_scalar_eof_without_line_feed: true, // as PyYAML
            block_nesting_limit: MAX_DEPTH + 1,
            flow_nesting_limit: MAX_DEPTH + 1,
        };
        let mut complete = true;
        for event in Parser::new_from_str_with_options(text, options) {
            let flow = match event {
                Ok((event, span)) => {
                    let tag = span.tag_span().and_then(|span| span.byte_range());
                    self.take(event, span.byte_range().unwrap_or(0..0), tag.unwrap_or(0..0))
                }
                // What a character that only looks like YAML's leads to is no mistake of its own.
                Err(_) if self.look_alikes && !self.repairs.is_empty() => ControlFlow::Break(false),
                Err(error) => {
                    self.syntax_error(&error);
                    ControlFlow::Break(false)
                }
            };
            if let ControlFlow::Break(usable) = flow {
                complete = usable;
                break;
            }
        }
        self.report_unknown_aliases();
        if !complete {
            // Keys that are written twice are told even in mappings that were never closed.
            for frame in std::mem::take(&mut self.open).iter().filter(|frame| frame.is_mapping) {
                self.own_entries(&pairs(&frame.children));
            }
            return Err(self.repairs);
        }
        if self.look_alikes {
            return Err(self.repairs);
        }
        let root = match self.root {
            Some(root) => root,
            None => self.add(empty_scalar(None), 0..0),
        };
        for node in &self.nodes {
            if let (Some(range), NodeKind::Scalar(scalar)) = (&node.written, &node.kind) {
                self.diagnostics.written_at(node.span, range.clone(), &scalar.text);
            }
        }
        Ok(Yaml {
            nodes: self.nodes,
            root,
            expanded: self.expanded,
            wholes: self.wholes,
            merge_tags: self.merge_tags,
            is_repaired: false,
        })
    }

    /// Takes one event. `Break` ends reading and says whether the tree so far can be used.
    fn take(&mut self, event: Event<'_>, range: Range<usize>, tagged: Range<usize>) -> ControlFlow<bool> {
        match event {
            Event::DocumentStart(..) => return self.begin_document(range),
            Event::Scalar(text, style, anchor, tag) => {
                let before = std::mem::replace(&mut self.last_scalar, range.clone());
                self.last_end = range.end.max(self.last_end);
                if range.is_empty() {
                    self.comment_for_value(before);
                }
                let merge_tag = Self::merge_tag(tag.as_deref());
                let scalar = Scalar {
                    text: if range.is_empty() { String::new() } else { text.into_owned() },
                    plain: style == ScalarStyle::Plain,
                    tag: tag.filter(|_| merge_tag.is_none()).map(|tag| short_tag(&tag)),
                };
                if scalar.plain {
                    self.tell_look_alikes(&range);
                }
                self.tell_nul(&scalar, &range);
                self.warn_of_value(&scalar, &range);
                let kind = self.check_scalar_tag(scalar, &range, tagged);
                let id = self.add(kind, range);
                self.merge_tags.extend(merge_tag.map(|tag| (id, tag)));
                self.name(anchor, id);
                self.place(id);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.tagged_collection(tag.as_deref(), "!!seq", tagged);
                return self.begin(false, style, anchor, range);
            }
            Event::MappingStart(style, anchor, tag) => {
                self.tagged_collection(tag.as_deref(), "!!map", tagged);
                return self.begin(true, style, anchor, range);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(range.end),
            Event::Anchor(_, name) => {
                self.anchor_names.insert(name.into_owned(), range);
            }
            Event::Alias(anchor) => self.alias(anchor, range),
            Event::UnresolvedAlias(name) => {
                self.unknown_aliases.push((name.into_owned(), range.clone()));
                let id = self.add(NodeKind::Bad, range);
                self.place(id);
            }
            _ => {}
        }
        if self.nodes.len() > MAX_NODES {
            let at = self.last_scalar.clone();
            let problem =
                Diagnostic::error("too-many-nodes", format!("the file has more than {MAX_NODES} values"));
            self.report(problem.help("split the environment into several files"), at);
            return ControlFlow::Break(false);
        }
        ControlFlow::Continue(())
    }

    fn begin_document(&mut self, range: Range<usize>) -> ControlFlow<bool> {
        self.documents += 1;
        if self.documents == 1 {
            return ControlFlow::Continue(());
        }
        let problem = Diagnostic::error("two-documents", "a second document begins here; a file holds one")
            .note("maestro would have to ignore one of them")
            .help("remove the `---`, or put what follows into a file of its own");
        let range = words::visible(self.rendered.text(), range);
        self.report(problem, range);
        ControlFlow::Break(true)
    }

    fn begin(
        &mut self,
        is_mapping: bool,
        style: StructureStyle,
        anchor: usize,
        range: Range<usize>,
    ) -> ControlFlow<bool> {
        if self.open.len() >= MAX_DEPTH {
            let range = words::visible(self.rendered.text(), range);
            self.report(words::too_deep(), range);
            return ControlFlow::Break(false);
        }
        let id = self.add(NodeKind::Bad, range.clone());
        self.name(anchor, id);
        self.place(id);
        let flow = style == StructureStyle::Flow;
        self.open.push(Frame { id, range, is_mapping, flow, children: Vec::new() });
        ControlFlow::Continue(())
    }

    fn end(&mut self, end: usize) {
        let Some(frame) = self.open.pop() else { return };
        let written = frame.range.start..end.max(frame.range.end);
        if frame.flow {
            self.last_end = self.last_end.max(end);
        }
        let whole = frame.range.start..if frame.flow { written.end } else { self.last_end };
        if !frame.children.is_empty() || frame.flow {
            self.keep_whole(frame.id, whole);
        }
        let span = match frame.children.first() {
            // The parser's end of a block lies behind the blank lines and comments that follow.
            Some(&first) if !frame.flow => self.nodes[first.index()].span,
            _ => self.rendered.span(written),
        };
        let (kind, children) = if frame.is_mapping {
            let pairs = pairs(&frame.children);
            if frame.flow {
                self.missing_spaces(&pairs, frame.range.start..end);
            }
            let entries = self.all_entries(frame.id, &pairs);
            let children = entries.iter().flat_map(|entry| [entry.key, entry.value]).collect();
            (NodeKind::Mapping(pairs), children)
        } else {
            (NodeKind::Sequence(frame.children.clone()), frame.children)
        };
        let node = &mut self.nodes[frame.id.index()];
        node.kind = kind;
        node.span = span;
        self.measure(frame.id, &children);
    }

    /// Remembers all of a mapping or a list, to be replaced as a whole.
    fn keep_whole(&mut self, id: NodeId, range: Range<usize>) {
        if !self.rendered.produced(range.clone()) {
            self.wholes.push((id, self.rendered.span(range)));
        }
    }

    /// `MODE: #prod`: what looks like the value is a comment. One of several words, or with a space, is meant as one.
    fn comment_for_value(&mut self, key: Range<usize>) {
        let text = self.rendered.text();
        let line = text[key.end..].lines().next().unwrap_or("");
        let Some(value) = line.strip_prefix(':').map(str::trim_start) else { return };
        let word = value.trim_end();
        if !word.starts_with('#') || word.len() < 2 || word.contains(char::is_whitespace) {
            return;
        }
        let start = key.end + line.len() - value.len();
        let range = start..start + word.len();
        let problem = Diagnostic::warning(
            "comment",
            format!("`{}` has no value: a `#` begins a comment", &text[key.clone()]),
        )
        .help("put it in quotes if it is the value; if it is a comment, write a space after the `#`");
        self.report(problem, range);
    }

    /// Remembers the node that an anchor names; the parser counts anchors from one.
    fn name(&mut self, anchor: usize, id: NodeId) {
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn resolved(&self, id: NodeId) -> &Node {
        let node = &self.nodes[id.index()];
        node.link.map_or(node, |target| &self.nodes[target.index()])
    }

    fn add(&mut self, kind: NodeKind, range: Range<usize>) -> NodeId {
        let is_written = matches!(kind, NodeKind::Scalar(_)) && self.rendered.produced(range.clone());
        let written = is_written.then(|| range.clone());
        let span = self.rendered.span(range);
        let id = self.next_id();
        self.nodes.push(Node { kind, link: None, span, written });
        self.sizes.push(LEAF);
        id
    }

    /// The node that is added next.
    fn next_id(&self) -> NodeId {
        NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX))
    }

    /// Puts a node where it belongs: into the innermost open collection. An empty value is seen at its key.
    fn place(&mut self, id: NodeId) {
        let empty = self.nodes[id.index()].span.start == self.nodes[id.index()].span.end;
        let Some(frame) = self.open.last_mut() else {
            self.root.get_or_insert(id);
            return;
        };
        if empty && let NodeKind::Scalar(_) = self.nodes[id.index()].kind {
            let key = frame.children.last().filter(|_| frame.is_mapping && frame.children.len() % 2 == 1);
            self.nodes[id.index()].span = match key {
                Some(key) => self.nodes[key.index()].span,
                None => self.rendered.span(words::visible(self.rendered.text(), self.last_scalar.clone())),
            };
        }
        frame.children.push(id);
    }
}

fn pairs(children: &[NodeId]) -> Vec<(NodeId, NodeId)> {
    children.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

fn empty_scalar(tag: Option<String>) -> NodeKind {
    NodeKind::Scalar(Scalar { text: String::new(), plain: true, tag })
}

/// A tag as people write it: `!!str`, `!mine`.
fn short_tag(tag: &Tag) -> String {
    match tag.core_suffix() {
        Some(name) => format!("!!{name}"),
        None if tag.handle().is_empty() => tag.suffix().to_owned(),
        None => format!("{}{}", tag.original_handle(), tag.suffix()),
    }
}
