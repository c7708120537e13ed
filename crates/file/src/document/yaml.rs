//! YAML as a tree in which every node knows the place where the user wrote it.
//!
//! The tree is an arena. An alias is a link to the node that it names, never a copy, and merge keys (`<<`) are
//! expanded once, while the tree is built. What a reader of the tree may rely on: no path through it, aliases
//! followed, is longer than [`MAX_DEPTH`], and walking all paths visits at most [`MAX_EXPANDED`] nodes; so readers
//! may recurse without counting.

mod build;
mod merge;
mod repair;
mod words;

pub use super::scalar::{Scalar, Value};
use super::template::Rendered;
use maestro_core::diagnostic::Diagnostics;
use maestro_core::source::Span;
pub use merge::MergeRules;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// How deep mappings and lists may lie in each other, aliases followed.
pub const MAX_DEPTH: usize = 64;
/// Nodes that a file may have as it is written.
pub const MAX_NODES: usize = 2_000_000;
/// Nodes that a file may have if each alias were replaced by what it stands for.
pub const MAX_EXPANDED: usize = 4_000_000;
/// Slips of a file that are repaired, so that the rest of it can be read.
const MOST_REPAIRS: usize = 30;
/// Keys that all merges of a file may bring in, added up.
pub const MAX_MERGED: usize = 500_000;

/// Whose YAML a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A file of Maestro.
    Maestro,
    /// A Compose file: `${NAME}` is a variable.
    Compose,
}

/// What a tag of Compose says about a value when files are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeTag {
    /// `!reset`: the value of earlier files is removed.
    Reset,
    /// `!override`: the value replaces that of earlier files.
    Override,
}

impl MergeTag {
    /// The tag.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Reset => "!reset",
            Self::Override => "!override",
        }
    }

    fn of(tag: &str) -> Option<Self> {
        match tag {
            "!reset" => Some(Self::Reset),
            "!override" => Some(Self::Override),
            _ => None,
        }
    }
}

/// Names one node of a [`Yaml`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
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
pub struct YamlEntry {
    /// The key; always a scalar.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

#[derive(Debug)]
struct Node {
    kind: NodeKind,
    /// The node that an alias stands for; itself never an alias.
    link: Option<NodeId>,
    span: Span,
    /// The range of the rendered text, if an expression of a template wrote some of this scalar: `span` then shows the
    /// expression only.
    written: Option<Range<usize>>,
}

/// A document as a tree.
#[derive(Debug)]
pub struct Yaml {
    nodes: Vec<Node>,
    root: NodeId,
    /// The entries of mappings whose pairs are not simply their entries.
    expanded: HashMap<NodeId, Vec<YamlEntry>>,
    /// Mappings and lists that the file has as they are, from their first character to their last.
    wholes: Vec<(NodeId, Span)>,
    /// The values that have a tag of Compose.
    merge_tags: HashMap<NodeId, MergeTag>,
    /// Whether the text had to be changed to be read.
    is_repaired: bool,
}

/// Reads a document of Maestro, as [`parse_as`] does.
#[must_use]
pub fn parse(rendered: &Rendered, diagnostics: &mut Diagnostics) -> Option<Yaml> {
    parse_as(Dialect::Maestro, rendered, diagnostics)
}

/// Reads a document. `None` if it cannot be read to its end; all problems are in `diagnostics`.
///
/// A tree is also returned after errors that leave the rest of the file readable, such as a key that is written
/// twice: what is wrong is [`NodeKind::Bad`] in it, or left out.
#[must_use]
pub fn parse_as(dialect: Dialect, rendered: &Rendered, diagnostics: &mut Diagnostics) -> Option<Yaml> {
    let mut changed: Option<Arc<Rendered>> = None;
    let mut torn = Vec::new();
    for _ in 0..MOST_REPAIRS {
        let text = changed.as_deref().unwrap_or(rendered);
        let repairs = match build::Builder::new(dialect, text, diagnostics).run() {
            Ok(yaml) => {
                diagnostics.quiet_at(torn);
                return Some(Yaml { is_repaired: changed.is_some() || rendered.is_patched(), ..yaml });
            }
            Err(repairs) if repairs.is_empty() => return None,
            Err(repairs) => repairs,
        };
        torn.extend(repairs.iter().map(|(range, _)| text.span(words::line_range(text.text(), range.start))));
        let repaired = Arc::new(text.repaired(&repairs));
        if rendered.has_templates() {
            // Places of what templates wrote are those of the new text.
            diagnostics.hide(rendered.secrets_of_templates());
            diagnostics.rendered_from(repaired.clone());
        }
        changed = Some(repaired);
    }
    None
}

impl Yaml {
    /// Whether a mapping or a list is written between brackets.
    #[must_use]
    pub fn is_flow(&self, id: NodeId) -> bool {
        self.whole(id) == Some(self.span(id))
    }

    /// The outermost node. In an empty file it is an empty scalar.
    #[must_use]
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Whether there is nothing in the file but comments.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.kind(self.root), NodeKind::Scalar(Scalar { text, plain: true, tag: None }) if text.is_empty())
    }

    /// What the node is, or for an alias what it stands for.
    #[must_use]
    pub fn kind(&self, id: NodeId) -> &NodeKind {
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

    /// Whether the text had to be changed to be read: what the file says is not sure then.
    #[must_use]
    pub fn is_repaired(&self) -> bool {
        self.is_repaired
    }

    /// The whole text of a node, to be replaced: a block from its first key to its last value. None where a template
    /// wrote some of it.
    #[must_use]
    pub fn whole(&self, id: NodeId) -> Option<Span> {
        whole_node(&self.nodes, &self.wholes, id)
    }

    /// The whole text of an entry, from its key to the end of its value. None where a template wrote some of the value.
    #[must_use]
    pub fn whole_entry(&self, key: Span, value: NodeId) -> Option<Span> {
        whole_entry(key, self.whole(value)?)
    }

    /// The entries of a mapping, merge keys expanded: its own keys win over merged ones, the first of several merged
    /// mappings over the later ones. Keys are scalars, and each appears once. Anything but a mapping has no entries.
    #[must_use]
    pub fn entries(&self, id: NodeId) -> Vec<YamlEntry> {
        if let Some(entries) = self.expanded.get(&self.target(id)) {
            return entries.clone();
        }
        match self.kind(id) {
            NodeKind::Mapping(pairs) => pairs.iter().map(|&(key, value)| YamlEntry { key, value }).collect(),
            _ => Vec::new(),
        }
    }

    /// What a mapping has under a key.
    #[must_use]
    pub fn value_of(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        let is_it = |node: NodeId| matches!(self.kind(node), NodeKind::Scalar(scalar) if scalar.text == key);
        self.entries(mapping).into_iter().find(|entry| is_it(entry.key)).map(|entry| entry.value)
    }

    /// The mapping in which a value stands, and its key there.
    #[must_use]
    pub fn holder_of(&self, value: NodeId) -> Option<(NodeId, NodeId)> {
        self.nodes.iter().enumerate().find_map(|(at, node)| {
            let NodeKind::Mapping(pairs) = &node.kind else { return None };
            let (key, _) = pairs.iter().find(|(_, other)| *other == value)?;
            Some((NodeId(u32::try_from(at).ok()?), *key))
        })
    }

    /// The keys of all mappings behind which nothing is written.
    #[must_use]
    pub fn keys_without_a_value(&self) -> Vec<NodeId> {
        let pairs = self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Mapping(pairs) => Some(pairs),
            NodeKind::Scalar(_) | NodeKind::Sequence(_) | NodeKind::Bad => None,
        });
        let is_empty = |id: NodeId| {
            let node = &self.nodes[id.index()];
            node.link.is_none()
                && matches!(&node.kind, NodeKind::Scalar(Scalar { text, plain: true, tag: None }) if text.is_empty())
        };
        pairs.flatten().filter(|&&(_, value)| is_empty(value)).map(|&(key, _)| key).collect()
    }

    /// All values that have a tag of Compose, in the order of the file.
    #[must_use]
    pub fn merge_tags(&self) -> Vec<(NodeId, MergeTag)> {
        let mut all: Vec<_> = self.merge_tags.iter().map(|(&id, &tag)| (id, tag)).collect();
        all.sort_unstable_by_key(|&(id, _)| id);
        all
    }

    /// The tag of Compose that the value has, or for an alias the value that it stands for.
    #[must_use]
    pub fn merge_tag(&self, id: NodeId) -> Option<MergeTag> {
        self.merge_tags.get(&self.target(id)).copied()
    }

    /// Whether an expression of a template wrote some of this scalar.
    #[must_use]
    pub fn is_from_template(&self, id: NodeId) -> bool {
        self.nodes[self.target(id).index()].written.is_some()
    }

    /// The nodes that aliases stand for, each with its alias, in the order of the nodes.
    #[must_use]
    pub fn aliases(&self) -> Vec<(NodeId, NodeId)> {
        let links = self.nodes.iter().enumerate().filter_map(|(at, node)| Some((node.link?, at)));
        let mut links: Vec<_> =
            links.map(|(target, at)| (target, NodeId(at.try_into().unwrap_or(u32::MAX)))).collect();
        links.sort_unstable();
        links
    }

    /// Whether one of `aliases` that is outside of a node stands for the node or for a part of it.
    #[must_use]
    pub fn used_elsewhere(&self, id: NodeId, aliases: &[(NodeId, NodeId)]) -> bool {
        // A node is added before its parts, and all of these before what follows it.
        let mut last = id;
        while let Some(next) = match &self.nodes[last.index()].kind {
            NodeKind::Sequence(items) => items.last().copied(),
            NodeKind::Mapping(pairs) => pairs.last().map(|&(_, value)| value),
            NodeKind::Scalar(_) | NodeKind::Bad => None,
        } {
            last = next;
        }
        let first = aliases.partition_point(|&(target, _)| target < id);
        let inside = aliases[first..].iter().take_while(|&&(target, _)| target <= last);
        inside.into_iter().any(|&(_, alias)| !(id..=last).contains(&alias))
    }

    /// What a scalar means to `PyYAML`; null for everything else.
    #[must_use]
    pub fn value(&self, id: NodeId) -> Value {
        match self.kind(id) {
            NodeKind::Scalar(scalar) => scalar.value(),
            _ => Value::Null,
        }
    }
}

/// The whole text of a node: a block from its first key to its last value. None where a template wrote some of it.
fn whole_node(nodes: &[Node], wholes: &[(NodeId, Span)], id: NodeId) -> Option<Span> {
    let node = &nodes[id.index()];
    match &node.kind {
        _ if node.link.is_some() => Some(node.span),
        NodeKind::Scalar(_) => node.written.is_none().then_some(node.span),
        NodeKind::Sequence(_) | NodeKind::Mapping(_) => {
            wholes.iter().find(|(whole, _)| *whole == id).map(|&(_, span)| span)
        }
        NodeKind::Bad => None,
    }
}

/// From the key to the end of the value's whole text.
fn whole_entry(key: Span, value: Span) -> Option<Span> {
    (value.file == key.file && value.end >= key.end).then_some(Span { end: value.end, ..key })
}

impl NodeId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::source::Sources;
    use proptest::prelude::*;

    fn read(text: &str) -> (Option<Yaml>, Diagnostics, Sources) {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let mut diagnostics = Diagnostics::default();
        let yaml = parse(&Rendered::as_written(file, text.to_owned()), &mut diagnostics);
        (yaml, diagnostics, sources)
    }

    fn good(text: &str) -> (Yaml, Sources) {
        let (yaml, diagnostics, sources) = read(text);
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        (yaml.unwrap(), sources)
    }

    fn get(yaml: &Yaml, from: NodeId, name: &str) -> NodeId {
        let is_name =
            |entry: &YamlEntry| matches!(yaml.kind(entry.key), NodeKind::Scalar(key) if key.text == name);
        yaml.entries(from).into_iter().find(is_name).map(|entry| entry.value).unwrap()
    }

    fn codes(text: &str) -> Vec<&'static str> {
        read(text).1.sorted().iter().map(|problem| problem.code).collect()
    }

    /// The tree written out in one line, aliases and merges followed.
    fn outline(yaml: &Yaml, id: NodeId) -> String {
        match yaml.kind(id) {
            NodeKind::Scalar(scalar) => scalar.text.clone(),
            NodeKind::Bad => "!".into(),
            NodeKind::Sequence(items) => {
                format!("[{}]", items.iter().map(|&item| outline(yaml, item)).collect::<Vec<_>>().join(" "))
            }
            NodeKind::Mapping(_) => {
                let entries = yaml.entries(id);
                let entries =
                    entries.iter().map(|e| format!("{}:{}", outline(yaml, e.key), outline(yaml, e.value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn outlined(text: &str) -> String {
        let (yaml, _) = good(text);
        outline(&yaml, yaml.root())
    }

    /// Found by the fuzzer `compose`: the repaired text is shorter than the file.
    #[test]
    fn keys_that_are_written_twice_in_a_repaired_text_are_told() {
        let text = "name: shop\nships:\n  node1: {ip: 192.168.10.2, socket_path: /var/run/docker.sock}\nservices:\n  web:\n    image: shop-winclude:\n  - no_suvices:\n  web:\n    iagem: nginx:1.27\n       ports: {http: \"ock}\nservices:\n  web:\n    image: shop-web:1\n    instances:\n      web7-1:\n        ship: node1\n        ports: {http:80:18080\"}";
        let file = maestro_core::source::Sources::default().add("compose.yaml", text);
        let mut diagnostics = Diagnostics::default();
        let _ = parse_as(Dialect::Compose, &Rendered::as_written(file, text.to_owned()), &mut diagnostics);
        assert!(diagnostics.has_errors());
    }

    #[test]
    fn merges_yield_to_own_keys_and_to_earlier_sources() {
        assert_eq!(outlined("a: &a {x: 1, y: 1}\nb: {x: 2, <<: *a}\n"), "{a:{x:1 y:1} b:{x:2 y:1}}");
        assert_eq!(
            outlined("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n"),
            "{a:{x:1} b:{x:2 y:2} c:{x:1 y:2}}"
        );
        assert_eq!(
            outlined("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\n"),
            "{a:{x:1} b:{x:1 y:2} c:{x:1 y:2}}"
        );
        assert_eq!(outlined("'<<': 1\n"), "{<<:1}");
    }

    #[test]
    fn tags_of_compose_are_kept() {
        let text = "a: !reset null\nb: !override [1]\nc: &c !override {d: 1}\ne: *c\nf: 1\n";
        let file = Sources::default().add("a.yaml", text);
        let rendered = Rendered::as_written(file, text.to_owned());
        let mut diagnostics = Diagnostics::default();
        let yaml = parse_as(Dialect::Compose, &rendered, &mut diagnostics).unwrap();
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let tags = ["a", "b", "c", "e", "f"].map(|name| yaml.merge_tag(get(&yaml, yaml.root(), name)));
        let replaced = Some(MergeTag::Override);
        assert_eq!(tags, [Some(MergeTag::Reset), replaced, replaced, replaced, None]);
        assert_eq!(yaml.value(get(&yaml, yaml.root(), "a")), Value::Null);
        assert_eq!(yaml.merge_tags().len(), 3);
    }

    #[test]
    fn an_alias_is_the_same_node_at_another_place() {
        let (yaml, sources) = good("a: &x [1]\nb: *x\n");
        let (a, b) = (get(&yaml, yaml.root(), "a"), get(&yaml, yaml.root(), "b"));
        assert_eq!((yaml.target(b), yaml.kind(b)), (a, yaml.kind(a)));
        assert_eq!((sources.text(yaml.span(a)), sources.text(yaml.span(b))), ("[1]", "*x"));
    }

    #[test]
    fn blocks_and_empty_values_have_a_place_to_point_at() {
        let (yaml, sources) = good("web:\n  image: nginx\n\n# the end\ndb:\nlist:\n  - one\n  -\n");
        let place = |name| sources.text(yaml.span(get(&yaml, yaml.root(), name))).to_owned();
        assert_eq!((place("web"), place("db"), place("list")), ("image".into(), "db".into(), "one".into()));
        let NodeKind::Sequence(items) = yaml.kind(get(&yaml, yaml.root(), "list")) else { panic!() };
        assert_eq!(sources.text(yaml.span(items[1])), "-");
        assert_eq!(yaml.value(items[1]), Value::Null);
    }

    #[test]
    fn an_empty_file_is_known_as_one() {
        for text in ["", "# only this\n", "---\n", "\n\n"] {
            assert!(good(text).0.is_empty(), "{text:?}");
        }
        assert!(!good("~").0.is_empty());
        assert!(!good("{}").0.is_empty());
    }

    #[test]
    fn windows_line_ends_do_not_matter() {
        assert_eq!(outlined("a: 1\r\nb:\r\n  - x\r\n"), "{a:1 b:[x]}");
    }

    #[test]
    fn what_is_wrong_is_left_out_and_the_rest_stays() {
        let (yaml, _, _) = read("a: 1\na: 2\n? [x]\n: 3\nb: *nope\nc: &c {d: *c}\n");
        let yaml = yaml.unwrap();
        assert_eq!(outline(&yaml, yaml.root()), "{a:1 b:! c:{d:!}}");
    }

    #[test]
    fn bombs_are_errors_and_cost_nothing() {
        let merges = (1..40).fold("a0: &a0 {k: 1}\n".to_owned(), |text, i| {
            text + &format!("a{i}: &a{i} {{<<: [*a{0}, *a{0}], k{i}: 1}}\n", i - 1)
        });
        assert!(codes(&merges).is_empty(), "merging the same again and again adds nothing");
        let wide = (0..2000).map(|i| format!("k{i}: 1")).collect::<Vec<_>>().join(", ");
        let many = "  - <<: *a\n".repeat(1000);
        assert_eq!(codes(&format!("a: &a {{{wide}}}\nb:\n{many}")), ["merge-bomb"]);
        let lists = (1..10).fold("a0: &a0 [x]\n".to_owned(), |text, i| {
            text + &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(","))
        });
        assert_eq!(codes(&lists), ["alias-bomb"]);
        let chain = (1..5000).fold("a0: &a0 {k: 1}\n".to_owned(), |text, i| {
            text + &format!("a{i}: &a{i} {{k: *a{}}}\n", i - 1)
        });
        assert_eq!(codes(&chain), ["too-deep"]);
    }

    #[test]
    fn depth_is_limited_for_every_kind_of_nesting() {
        assert_eq!(codes(&"[".repeat(10_000)), ["too-deep"]);
        assert_eq!(codes(&"- ".repeat(10_000)), ["too-deep"]);
        let blocks = (0..100).map(|i| format!("{}a:", " ".repeat(i))).collect::<Vec<_>>().join("\n");
        assert_eq!(codes(&blocks), ["too-deep"]);
        let allowed = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(codes(&allowed).is_empty());
    }

    #[test]
    fn tabs_are_fine_where_yaml_allows_them() {
        for text in ["a: |\n  x\n  \ty\n", "a: 'x\n\ty'\n", "a:\t1\n", "a: [1,\t2]\n", "a: 1\t# b\n"] {
            assert!(codes(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn what_was_found_by_chance_stays_mended() {
        // What a repair wrote in place of a character of several bytes has the place of that character.
        check("a: |~#é");
        // A mapping of one entry in a list has no bracket of its own; its first character may be of several bytes.
        check("[é~: ---\n><<: \n    ]: @\n  \t'\t\n\t>\"!!int *a?'%b\\:}");
    }

    const FRAGMENTS: &str = "(a|b|: |:|- |\n|\n  |\n    |\t|\\[|\\]|\\{|\\}|,|'|\"|&a |\\*a|<<: |!!int |#| |\\||>|\\?|---\n|é|\\\\|%|@|\r\n|~){0,40}";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        #[test]
        fn any_text_is_read_or_complained_about(text in FRAGMENTS) {
            check(&text);
        }

        #[test]
        fn any_characters_are_read_or_complained_about(text: String) {
            check(&text);
        }

        #[test]
        fn scalars_know_where_they_are_written(keys in prop::collection::btree_set("[a-z]{1,8}", 1..6), indent in 0..4_usize) {
            let indent = " ".repeat(indent);
            let lines: Vec<_> = keys.iter().map(|key| format!("{indent}{key}: v{key} # é\n\n")).collect();
            let text = lines.concat();
            let (yaml, sources) = good(&text);
            for (entry, key) in yaml.entries(yaml.root()).iter().zip(&keys) {
                prop_assert_eq!(sources.text(yaml.span(entry.key)), key);
                prop_assert_eq!(sources.text(yaml.span(entry.value)), format!("v{key}"));
            }
        }
    }

    #[test]
    fn a_wide_space_at_the_beginning_of_a_wrong_line_is_no_blank() {
        check("\n\n\n0\t# name:hi:\n  \t\t\r\t\t\t\r\t\t\t,\u{a0}RIMA1:`");
    }

    /// Whatever the text is: a tree or an error, and all places lie in the file.
    fn check(text: &str) {
        let (yaml, diagnostics, sources) = read(text);
        let inside = |span: Span| assert_eq!(sources.clamp(span), span, "{text:?}");
        for problem in diagnostics.sorted() {
            problem.primary.iter().chain(&problem.secondary).for_each(|label| inside(label.span));
        }
        match yaml {
            None => assert!(diagnostics.has_errors(), "{text:?}"),
            Some(yaml) => {
                yaml.nodes.iter().for_each(|node| inside(node.span));
                let _ = outline(&yaml, yaml.root());
            }
        }
    }
}
