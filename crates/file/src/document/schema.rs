//! The schema of a file: how `volumes` are read, and which keys there are.

use super::yaml::{NodeId, NodeKind, Yaml, YamlEntry};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    source::Span,
};

/// The version of the file's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Schema {
    /// `volumes` read `container: host`; what a file without a header has.
    One,
    /// `volumes` read `host: container`.
    Two,
    /// As the second, with networks and volumes of the file's own, other files, and Compose's short forms of `ports` and
    /// `volumes`.
    Three,
}

impl Schema {
    /// The schema that a file says; what is wrong with its header is told where it is read.
    pub(super) fn of(yaml: &Yaml) -> Self {
        let written = header(yaml).map(|node| match yaml.kind(node) {
            NodeKind::Scalar(scalar) => scalar.text.trim_matches(['"', '\'']).to_owned(),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => String::new(),
        });
        match written.as_deref() {
            Some("2") => Self::Two,
            Some("3") => Self::Three,
            Some(_) | None => Self::One,
        }
    }

    /// Its number.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }

    /// How it reads `volumes`, as a note says it.
    #[must_use]
    pub const fn order(self) -> &'static str {
        match self {
            Self::One => {
                "a file without `__maestro: {schema: 3}` has schema 1: its `volumes` read `container: ship`"
            }
            Self::Two => "this file has schema 2: its `volumes` read `ship: container`",
            Self::Three => "this file has schema 3: its `volumes` read `ship: container`",
        }
    }

    /// What is to be said of a key that only schema 3 has. `without` is the way out without it.
    pub(super) fn needs_three(self, yaml: &Yaml, key: &str, span: Span, without: &str) -> Diagnostic {
        let text = format!("`{key}` needs schema 3");
        let number = self.number();
        let problem = Diagnostic::error("schema", text).at(span, format!("this file has schema {number}"));
        let help = match self {
            Self::One => with_schema_three(yaml, None, Help::from(at_the_top(yaml, None))),
            Self::Two | Self::Three => Help::from("write `__maestro: {schema: 3}` at the top"),
        };
        let place = header(yaml).filter(|_| self == Self::Two).map(|node| yaml.span(node));
        let problem = problem.help(match place {
            Some(place) => help.replace(place, "3"),
            None => help,
        });
        let is_meant = self == Self::One && is_written_for_three(yaml);
        if is_meant {
            return problem
                .note("with schema 3 `volumes` of instances read `ship: container`, as in this file");
        }
        if without.is_empty() { problem } else { problem.help(format!("or {without}")) }
    }
}

/// How to choose schema 3 in a file of schema 1. `except` is a volume, or all volumes of a section, that is written anew.
pub(super) fn at_the_top(yaml: &Yaml, except: Option<NodeId>) -> &'static str {
    if is_ship_first(yaml, except) {
        "write `__maestro: {schema: 3}` at the top"
    } else {
        "write `__maestro: {schema: 3}` at the top, and turn all `volumes` of the file into `ship: container`"
    }
}

/// The change that writes the header, if nothing else has to be turned around with it.
pub(super) fn with_schema_three(yaml: &Yaml, except: Option<NodeId>, help: Help) -> Help {
    let first = yaml.entries(yaml.root()).first().map(|entry| yaml.span(entry.key));
    let is_plain = header(yaml).is_none() && !yaml.is_flow(yaml.root()) && is_ship_first(yaml, except);
    match first.filter(|_| is_plain) {
        Some(first) => help.replace(Span { end: first.start, ..first }, "__maestro: {schema: 3}\n"),
        None => help,
    }
}

/// Whether a file without a header has volumes, and all of them read `ship: container`.
fn is_written_for_three(yaml: &Yaml) -> bool {
    header(yaml).is_none() && !volumes(yaml, None).is_empty() && is_ship_first(yaml, None)
}

/// Whether all volumes of services and instances read `ship: container`, or would with the new schema.
fn is_ship_first(yaml: &Yaml, except: Option<NodeId>) -> bool {
    volumes(yaml, except).iter().all(|entry| {
        let is_path =
            matches!(yaml.kind(entry.key), NodeKind::Scalar(scalar) if scalar.text.starts_with('/'));
        !is_path || yaml.value_of(entry.value, "target").is_some()
    })
}

/// The entries of `volumes` of services and instances, without one, or without one section.
fn volumes(yaml: &Yaml, except: Option<NodeId>) -> Vec<YamlEntry> {
    let values = |node: Option<NodeId>| {
        let entries = node.map(|node| yaml.entries(node)).unwrap_or_default();
        entries.into_iter().map(|entry| entry.value).collect::<Vec<_>>()
    };
    let services = values(yaml.value_of(yaml.root(), "services"));
    let instances = services.iter().flat_map(|&service| values(yaml.value_of(service, "instances")));
    let sections: Vec<NodeId> = services.iter().copied().chain(instances).collect();
    let volumes = sections.into_iter().filter_map(|section| yaml.value_of(section, "volumes"));
    let entries =
        volumes.filter(|volumes| Some(*volumes) != except).flat_map(|volumes| yaml.entries(volumes));
    entries.filter(|entry| Some(entry.value) != except).collect()
}

/// The value of `__maestro.schema`.
pub(super) fn header(yaml: &Yaml) -> Option<NodeId> {
    yaml.value_of(yaml.value_of(yaml.root(), "__maestro")?, "schema")
}
