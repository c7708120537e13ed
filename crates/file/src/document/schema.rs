//! The schema of a file: how `volumes` are read, and which keys there are.

use super::yaml::{NodeId, NodeKind, Yaml};
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
                "a file without `__maestro: {schema: 2}` has schema 1: its `volumes` read `container: ship`"
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
            Self::One => Help::from(
                "write `__maestro: {schema: 3}` at the top, and turn all `volumes` of the file into `ship: container`",
            ),
            Self::Two | Self::Three => Help::from("write `__maestro: {schema: 3}` at the top"),
        };
        let place = header(yaml).filter(|_| self == Self::Two).map(|node| yaml.span(node));
        let problem = problem.help(match place {
            Some(place) => help.replace(place, "3"),
            None => help,
        });
        if without.is_empty() { problem } else { problem.help(format!("or {without}")) }
    }
}

/// The value of `__maestro.schema`.
pub(super) fn header(yaml: &Yaml) -> Option<NodeId> {
    yaml.value_of(yaml.value_of(yaml.root(), "__maestro")?, "schema")
}
