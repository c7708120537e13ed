//! `config --fix-binds`: mounts of a project's own files become configs, which are copied into containers. Only the text
//! changes: comments and layout stay.

use std::{collections::BTreeSet, io};

use super::{
    template::Rendered,
    yaml::{Dialect, NodeId, NodeKind, Yaml, parse_as},
};
use maestro_core::{
    diagnostic::{Diagnostics, Edit, Scope},
    source::{Sources, Span},
};

/// Of a directory with more files no list of configs is made.
pub const MOST_FILES: usize = 50;

/// A file that takes the place of a mount, or is in a directory that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Its path below the mounted directory; empty if it is what is mounted.
    pub below: String,
    /// Whether it may be executed.
    pub is_executable: bool,
}

/// The files at a path as it is written.
pub type FindFiles<'a> = &'a dyn Fn(&str) -> io::Result<Vec<FoundFile>>;

/// Why a mount stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stays {
    /// It is not in the file that is changed, or a template, an alias or a merge key wrote it.
    NotWrittenHere,
    /// Variables stand in it.
    HasVariables,
    /// There is no file.
    NoFiles,
    /// There are so many.
    TooMany(usize),
    /// Its files cannot be listed.
    Unreadable(String),
    /// It is a mount of an instance, which would lose the configs of its service.
    HidesConfigs,
}

/// A mount that becomes configs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedMount {
    /// The changes of the text.
    pub edits: Vec<Edit>,
    /// The path as it is written.
    pub source: String,
    /// The names of the configs.
    pub configs: Vec<String>,
}

/// The section that has a mount, and the mount in it.
struct Place {
    holder: NodeId,
    service: NodeId,
    item: Item,
}

/// A mount as it is written.
enum Item {
    /// An item of a list.
    Listed(NodeId),
    /// An entry of a mapping of paths.
    Entry(NodeId, NodeId),
}

/// The changes that make configs of the mount at a place.
///
/// # Errors
/// Why it stays as it is.
pub fn carried(yaml: &Yaml, sources: &Sources, at: Span, find: FindFiles<'_>) -> Result<CarriedMount, Stays> {
    let place = place(yaml, at).ok_or(Stays::NotWrittenHere)?;
    let (source, target) = paths(yaml, &place.item).ok_or(Stays::NotWrittenHere)?;
    if [&source, &target].iter().any(|text| text.contains('$') || text.contains("{{")) {
        return Err(Stays::HasVariables);
    }
    let files = find(&source).map_err(|error| Stays::Unreadable(error.to_string()))?;
    match files.len() {
        0 => return Err(Stays::NoFiles),
        number if number > MOST_FILES => return Err(Stays::TooMany(number)),
        _ => {}
    }
    let own = yaml.value_of(place.holder, "configs");
    if place.holder != place.service && own.is_none() && yaml.value_of(place.service, "configs").is_some() {
        return Err(Stays::HidesConfigs);
    }
    let mut writer = Writer { yaml, sources, taken: names(yaml) };
    let (mut entries, mut uses, mut configs) = (Vec::new(), Vec::new(), Vec::new());
    for file in &files {
        let (path, target) = match file.below.as_str() {
            "" => (source.clone(), target.clone()),
            below => (
                format!("{}/{below}", source.trim_end_matches('/')),
                format!("{}/{below}", target.trim_end_matches('/')),
            ),
        };
        let name = writer.free_name(&path);
        let mode = if file.is_executable { ", mode: 0555" } else { "" };
        entries.push(format!("{name}: {{file: {}}}", quoted(&path)));
        uses.push(format!("{{source: {name}, target: {}{mode}}}", quoted(&target)));
        configs.push(name);
    }
    let mut edits = writer.uses(&place, own, &uses).ok_or(Stays::NotWrittenHere)?;
    edits.push(writer.entries(&entries).ok_or(Stays::NotWrittenHere)?);
    Ok(CarriedMount { edits, source, configs })
}

/// A Compose file as a tree.
#[must_use]
pub fn tree_of_compose(name: &str, text: &str) -> Option<(Yaml, Sources)> {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    let rendered = Rendered::as_written(file, text.to_owned());
    let yaml = parse_as(Dialect::Compose, &rendered, &mut Diagnostics::default())?;
    Some((yaml, sources))
}

/// The names of the file's configs.
fn names(yaml: &Yaml) -> BTreeSet<String> {
    let configs = yaml.value_of(yaml.root(), "configs");
    let entries = configs.map(|configs| yaml.entries(configs)).unwrap_or_default();
    entries.into_iter().filter_map(|entry| text(yaml, entry.key)).collect()
}

fn text(yaml: &Yaml, node: NodeId) -> Option<String> {
    match yaml.kind(node) {
        NodeKind::Scalar(scalar) => Some(scalar.text.clone()),
        NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => None,
    }
}

/// The mount whose text has that place.
fn place(yaml: &Yaml, at: Span) -> Option<Place> {
    let services = yaml.value_of(yaml.root(), "services")?;
    for service in yaml.entries(services) {
        let service = service.value;
        let instances = yaml.value_of(service, "instances").map(|all| yaml.entries(all)).unwrap_or_default();
        let holders = std::iter::once(service).chain(instances.into_iter().map(|entry| entry.value));
        for holder in holders {
            let Some(volumes) = yaml.value_of(holder, "volumes") else { continue };
            if let Some(item) = item(yaml, volumes, at) {
                return Some(Place { holder, service, item });
            }
        }
    }
    None
}

fn item(yaml: &Yaml, volumes: NodeId, at: Span) -> Option<Item> {
    let has = |span: Option<Span>| {
        span.is_some_and(|span| span.file == at.file && span.start <= at.start && at.end <= span.end)
    };
    match yaml.kind(volumes) {
        NodeKind::Sequence(items) => {
            items.iter().copied().find(|item| has(yaml.whole(*item))).map(Item::Listed)
        }
        NodeKind::Mapping(pairs) => {
            let mut pairs = pairs.iter().copied();
            let found = pairs.find(|(key, value)| has(yaml.whole_entry(yaml.span(*key), *value)));
            found.map(|(key, value)| Item::Entry(key, value))
        }
        NodeKind::Scalar(_) | NodeKind::Bad => None,
    }
}

/// The path on this machine and the path inside of a mount.
fn paths(yaml: &Yaml, item: &Item) -> Option<(String, String)> {
    match *item {
        Item::Listed(item) => {
            let member = |key| yaml.value_of(item, key).and_then(|value| text(yaml, value));
            match text(yaml, item) {
                Some(short) => {
                    let mut parts = short.split(':');
                    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
                }
                None => Some((member("source")?, member("target")?)),
            }
        }
        Item::Entry(key, value) => {
            let target = yaml.value_of(value, "target").unwrap_or(value);
            Some((text(yaml, key)?, text(yaml, target)?))
        }
    }
}

/// A text as YAML has it, in quotes if it needs them.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.starts_with(['.', '/']) && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

struct Writer<'a> {
    yaml: &'a Yaml,
    sources: &'a Sources,
    taken: BTreeSet<String>,
}

impl Writer<'_> {
    /// A name for the config of a file, which no other has.
    fn free_name(&mut self, path: &str) -> String {
        let path = path.trim_start_matches(['.', '/']);
        let allowed = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
        let name: String = path.chars().map(allowed).collect();
        let name =
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("file-{name}") };
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !self.taken.contains(name));
        let free = free.unwrap_or(name);
        self.taken.insert(free.clone());
        free
    }

    /// Takes the mount out, and lists the configs in its section.
    fn uses(&self, place: &Place, own: Option<NodeId>, uses: &[String]) -> Option<Vec<Edit>> {
        let yaml = self.yaml;
        let (key, volumes) = self.entry(place.holder, "volumes")?;
        let (count, removed) = match (yaml.kind(volumes), &place.item) {
            (NodeKind::Sequence(items), Item::Listed(item)) => (items.len(), yaml.whole(*item)?),
            (NodeKind::Mapping(pairs), Item::Entry(key, value)) => {
                (pairs.len(), yaml.whole_entry(yaml.span(*key), *value)?)
            }
            _ => return None,
        };
        let list = format!("configs: [{}]", uses.join(", "));
        let whole = yaml.whole_entry(yaml.span(key), volumes)?;
        let first = match own {
            Some(own) => match yaml.kind(own) {
                NodeKind::Sequence(items) => Some(*items.first()?),
                NodeKind::Scalar(_) | NodeKind::Mapping(_) | NodeKind::Bad => return None,
            },
            None => None,
        };
        Some(match (first, count) {
            (None, 1) => vec![edit(whole, list, Scope::Text)],
            (None, _) => {
                vec![self.before(yaml.span(key), &[list], ""), self.without(removed)]
            }
            (Some(first), 1) => {
                vec![self.before(yaml.span(first), uses, "- "), self.without(whole)]
            }
            (Some(first), _) => {
                vec![self.before(yaml.span(first), uses, "- "), self.without(removed)]
            }
        })
    }

    /// Takes an entry or an item out. A comment behind it stays, on a line of its own.
    fn without(&self, span: Span) -> Edit {
        let text = &self.sources.file(span.file).text;
        let rest = text[span.end..].split('\n').next().unwrap_or_default();
        let before = &text[..span.start];
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        let dash = before[line..].find('-').filter(|at| before[line + at..].trim_end() == "-");
        let range = match (dash, rest.trim_start().starts_with('#')) {
            (None, false) => return edit(span, String::new(), Scope::Entry),
            (Some(_), false) => line..(span.end + rest.len() + 1).min(text.len()),
            (dash, true) => {
                let start = dash.map_or(span.start, |at| line + at);
                start..span.end + (rest.len() - rest.trim_start().len())
            }
        };
        edit(Span::new(span.file, range), String::new(), Scope::Text)
    }

    /// Adds configs to those of the file.
    fn entries(&self, entries: &[String]) -> Option<Edit> {
        let yaml = self.yaml;
        if let Some((_, configs)) = self.entry(yaml.root(), "configs") {
            let NodeKind::Mapping(pairs) = yaml.kind(configs) else { return None };
            let (first, _) = pairs.first()?;
            return Some(self.before(yaml.span(*first), entries, ""));
        }
        let (services, _) = self.entry(yaml.root(), "services")?;
        if yaml.is_flow(yaml.root()) {
            let list = format!("configs: {{{}}}", entries.join(", "));
            return Some(self.before(yaml.span(services), &[list], ""));
        }
        let lines: Vec<String> = entries.iter().map(|entry| format!("  {entry}\n")).collect();
        let at = yaml.span(services);
        Some(edit(
            Span::new(at.file, at.start..at.start),
            format!("configs:\n{}", lines.concat()),
            Scope::Text,
        ))
    }

    /// A key of a mapping that is written there, and its value.
    fn entry(&self, mapping: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        let NodeKind::Mapping(pairs) = self.yaml.kind(mapping) else { return None };
        pairs.iter().copied().find(|(name, _)| text(self.yaml, *name).as_deref() == Some(key))
    }

    /// Puts things before the first one of a mapping or a list: on lines of their own, or with commas between brackets.
    fn before(&self, first: Span, things: &[String], mark: &str) -> Edit {
        let text = &self.sources.file(first.file).text[..first.start];
        let line = &text[text.rfind('\n').map_or(0, |newline| newline + 1)..];
        let is_block = line.trim_start_matches(' ').trim_end() == mark.trim_end();
        let indentation = " ".repeat(line.len() - line.trim_start_matches(' ').len());
        let each = things.iter().map(|thing| {
            if is_block { format!("{thing}\n{indentation}{mark}") } else { format!("{thing}, ") }
        });
        edit(Span::new(first.file, first.start..first.start), each.collect(), Scope::Text)
    }
}

fn edit(span: Span, replacement: String, scope: Scope) -> Edit {
    Edit { span, replacement, scope }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::document::{Loaded, load};
    use maestro_core::diagnostic::replaced;

    /// The text without the mount that is written as `mount`.
    fn fixed(text: &str, mount: &str) -> Result<String, Stays> {
        let Loaded { sources, yaml, .. } =
            load("maestro.yaml", text.as_bytes().to_vec(), std::path::Path::new("/"), &BTreeMap::new());
        let yaml = yaml.expect("YAML");
        let start = text.find(mount).expect("the mount");
        let at = Span::new(yaml.span(yaml.root()).file, start..start + mount.len());
        let find = |path: &str| {
            let file = |below: &str, is_executable| FoundFile { below: below.to_owned(), is_executable };
            Ok(match path {
                "./a.conf" => vec![file("", false)],
                "./site" => vec![file("index.html", false), file("bin/start me.sh", true)],
                _ => Vec::new(),
            })
        };
        let CarriedMount { edits, .. } = carried(&yaml, &sources, at, &find)?;
        let exact: Vec<Edit> = edits.iter().map(|edit| edit.exact(&sources)).collect();
        let ranges: Vec<_> =
            exact.iter().map(|edit| (edit.span.start..edit.span.end, edit.replacement.as_str())).collect();
        Ok(replaced(text, &ranges))
    }

    #[test]
    fn a_mount_becomes_a_config() {
        let text = "# kept\nservices:\n  web:\n    image: a  # kept\n    volumes:\n      - ./a.conf:/etc/a.conf:ro\n";
        let expected = "# kept\nconfigs:\n  a.conf: {file: ./a.conf}\nservices:\n  web:\n    image: a  # kept\n    \
                        configs: [{source: a.conf, target: /etc/a.conf}]\n";
        assert_eq!(fixed(text, "./a.conf:/etc/a.conf:ro").unwrap(), expected);
        let flow = "services: {web: {image: a, volumes: [data:/data, './a.conf:/etc/a.conf']}}\n";
        let expected = "configs:\n  a.conf: {file: ./a.conf}\nservices: {web: {image: a, \
                        configs: [{source: a.conf, target: /etc/a.conf}], volumes: [data:/data]}}\n";
        assert_eq!(fixed(flow, "'./a.conf:/etc/a.conf'").unwrap(), expected);
    }

    #[test]
    fn each_file_of_a_directory_becomes_a_config() {
        let text = "configs:\n  site-index.html: {content: x}  # kept\nservices:\n  web:\n    configs:\n      - site-index.html\n    \
                    volumes:\n      - data:/data\n      # kept\n      - {type: bind, source: ./site, target: /srv}\n";
        let expected = "configs:\n  site-index.html-2: {file: ./site/index.html}\n  site-bin-start-me.sh: \
                        {file: './site/bin/start me.sh'}\n  site-index.html: {content: x}  # kept\nservices:\n  web:\n    \
                        configs:\n      - {source: site-index.html-2, target: /srv/index.html}\n      - {source: \
                        site-bin-start-me.sh, target: '/srv/bin/start me.sh', mode: 0555}\n      - site-index.html\n    \
                        volumes:\n      - data:/data\n      # kept\n";
        assert_eq!(fixed(text, "./site, target").unwrap(), expected);
    }

    #[test]
    fn what_cannot_become_a_config_stays() {
        let with = |mount: &str| format!("services:\n  web:\n    volumes: [\"{mount}\"]\n");
        assert_eq!(fixed(&with("./none:/a"), "./none").unwrap_err(), Stays::NoFiles);
        assert_eq!(fixed(&with("${X}/a:/a"), "${X}/a").unwrap_err(), Stays::HasVariables);
        let instance = "services:\n  web:\n    configs: [x]\n    instances:\n      web-1:\n        volumes: [\"./a.conf:/a\"]\n";
        assert_eq!(fixed(instance, "./a.conf").unwrap_err(), Stays::HidesConfigs);
    }
}
