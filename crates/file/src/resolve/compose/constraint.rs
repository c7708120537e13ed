//! `deploy.placement.constraints`: conditions on the ship, or the node, that a container may run on.

use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    model::Ship,
    source::Spanned,
};

use crate::document::scalar::as_scalar;

/// A condition on ships.
pub(super) struct Constraint<'a> {
    subject: Subject<'a>,
    value: &'a str,
    is_equal: bool,
}

/// What a constraint looks at.
enum Subject<'a> {
    /// `node.hostname`: the ship's name.
    Name,
    /// `node.labels.NAME`: a label of the ship.
    Label(&'a str),
}

/// What a Swarm knows of its nodes beside labels.
const ATTRIBUTES: [&str; 6] =
    ["node.id", "node.hostname", "node.ip", "node.role", "node.platform.os", "node.platform.arch"];
/// What labels of nodes and of engines begin with.
const LABELS: [&str; 2] = ["node.labels.", "engine.labels."];

impl<'a> Constraint<'a> {
    /// None if it looks at what only a Swarm has, or is none.
    pub(super) fn parse(written: &'a str) -> Option<Self> {
        let (subject, value, is_equal) = parts(written)?;
        let subject = match subject {
            "node.hostname" => Subject::Name,
            other => Subject::Label(other.strip_prefix("node.labels.")?),
        };
        Some(Self { subject, value, is_equal })
    }

    pub(super) fn allows(&self, ship: &Ship) -> bool {
        let found = match self.subject {
            Subject::Name => Some(ship.name.as_str()),
            Subject::Label(name) => ship.labels.get(name).map(String::as_str),
        };
        (found == Some(self.value)) == self.is_equal
    }
}

/// What it looks at, the value, and whether it must be that.
fn parts(written: &str) -> Option<(&str, &str, bool)> {
    let (subject, value, is_equal) = match (written.split_once("=="), written.split_once("!=")) {
        (Some((subject, value)), _) => (subject, value, true),
        (None, Some((subject, value))) => (subject, value, false),
        (None, None) => return None,
    };
    Some((subject.trim(), value.trim(), is_equal))
}

/// A constraint that no Swarm takes and no ship can meet, if this is one.
pub(super) fn malformed(written: &Spanned<&str>) -> Option<Diagnostic> {
    let problem = |label: &str, help: Help| {
        let text = format!("`{}` is not a constraint", written.value);
        Some(Diagnostic::error("bad-constraint", text).at(written.span, label.to_owned()).help(help))
    };
    let Some((subject, ..)) = parts(written.value) else {
        let help = match written.value.split_once('=') {
            Some((subject, value)) => {
                let meant = format!("{} == {}", subject.trim(), value.trim());
                Help::from(format!("write `{meant}`")).replace(written.span, as_scalar(&meant))
            }
            None => Help::from("write for example `node.labels.disk == ssd`"),
        };
        return problem("neither `==` nor `!=`", help);
    };
    let is_label = |start: &str| subject.len() > start.len() && subject.starts_with(start);
    if ATTRIBUTES.contains(&subject) || LABELS.into_iter().any(is_label) {
        return None;
    }
    let help = match nearest(subject, ATTRIBUTES) {
        Some(near) => {
            let meant = written.value.replacen(subject, near, 1);
            Help::from(format!("did you mean `{near}`?")).replace(written.span, as_scalar(&meant))
        }
        None => {
            let known: Vec<String> = ATTRIBUTES.iter().map(|known| format!("`{known}`")).collect();
            format!("write `node.labels.NAME`, or one of {}", known.join(", ")).into()
        }
    };
    problem("nodes do not have this", help)
}
