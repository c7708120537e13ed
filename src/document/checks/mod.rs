//! `lifecycle`: states, each with a list of checks.

use std::time::Duration;

use super::{
    keys,
    read::{Field, Fields, Reader},
    yaml::{Kind, NodeId},
};
use crate::{
    diagnostic::{Diagnostic, nearest},
    source::{Span, Spanned},
};

/// Time for a check that does not say how long it may take.
const DEFAULT_WAIT: Duration = Duration::from_secs(180);

/// Every type of check of `MaestroNG`'s files.
const TYPES: [&str; 5] = ["tcp", "http", "exec", "rexec", "sleep"];

/// A check as it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckSection {
    /// `{type: tcp, port: NAME}`
    Tcp {
        /// Name of one of the instance's ports.
        port: Spanned<String>,
        /// Budget of time.
        max_wait: Duration,
    },
    /// `{type: sleep, wait: SECONDS}`
    Sleep {
        /// The time.
        wait: Duration,
    },
}

/// Reads `lifecycle`: the checks of the state `running`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<CheckSection> {
    let example = "lifecycle: {running: [{type: tcp, port: http}]}";
    let states = reader.section(field.value, "`lifecycle`", &[keys::LIFECYCLE], example);
    let Some(running) = states.get(reader, "running").cloned() else { return Vec::new() };
    if let Kind::Sequence(items) = reader.yaml.kind(running.value) {
        return items.clone().into_iter().filter_map(|node| check(reader, node)).collect();
    }
    let example = "running: [{type: tcp, port: http}]";
    reader.wrong_type(running.value, "`running`", "a list of checks", example);
    Vec::new()
}

fn check(reader: &mut Reader<'_>, node: NodeId) -> Option<CheckSection> {
    if reader.is_null(node) {
        reader.wrong_type(node, "a check", "a mapping of keys to values", "{type: tcp, port: http}");
        return None;
    }
    let entries = reader.mapping(node, "a check", "keys to values", "{type: tcp, port: http}")?;
    let kind = entries.iter().find(|entry| entry.key.value == "type" && !reader.is_null(entry.value));
    let Some(kind) = kind else {
        let near = |entry: &&Field| nearest(&entry.key.value, ["type"]).is_some();
        let place = entries.iter().find(near).or(entries.first());
        let span = place.map_or(reader.span(node), |entry| entry.key.span);
        reader.diagnostics.push(
            Diagnostic::error("missing-key", "a check needs `type`")
                .at(span, "no `type` in this check")
                .help("add `type: tcp` or `type: sleep`"),
        );
        return None;
    };
    let kind = reader.text(kind.value, "`type`", "type: tcp")?;
    match kind.value.as_str() {
        "tcp" => tcp(reader, node, kind.span),
        "sleep" => sleep(reader, node, kind.span),
        known if TYPES.contains(&known) => {
            reader.diagnostics.push(
                Diagnostic::error("not-yet", format!("this version cannot do `{known}` checks yet"))
                    .at(kind.span, "known from MaestroNG")
                    .help("use `tcp` or `sleep`, or stay with MaestroNG 0.8.3 for this file until a later version"),
            );
            None
        }
        other => {
            let diagnostic =
                Diagnostic::error("unknown-check", format!("there is no check of type `{other}`"))
                    .at(kind.span, "unknown type");
            reader.diagnostics.push(match nearest(other, TYPES) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(format!("the types are {}", TYPES.join(", "))),
            });
            None
        }
    }
}

fn tcp(reader: &mut Reader<'_>, node: NodeId, kind: Span) -> Option<CheckSection> {
    let fields = reader.section(node, "a tcp check", &[keys::TCP_CHECK], "{type: tcp, port: http}");
    let max_wait = match fields.get(reader, "max_wait").cloned() {
        Some(field) => reader.seconds(field.value, "max_wait", "300")?,
        None => DEFAULT_WAIT,
    };
    let Some(port) = fields.get(reader, "port").cloned() else {
        let help = "add `port:` and the name of one of the instance's `ports`";
        missing(reader, &fields, kind, "port", help);
        return None;
    };
    Some(CheckSection::Tcp { port: reader.text(port.value, "`port`", "port: http")?, max_wait })
}

fn sleep(reader: &mut Reader<'_>, node: NodeId, kind: Span) -> Option<CheckSection> {
    let fields = reader.section(node, "a sleep check", &[keys::SLEEP_CHECK], "{type: sleep, wait: 5}");
    let Some(wait) = fields.get(reader, "wait").cloned() else {
        missing(reader, &fields, kind, "wait", "add `wait:` and a number of seconds");
        return None;
    };
    Some(CheckSection::Sleep { wait: reader.seconds(wait.value, "wait", "5")? })
}

fn missing(reader: &mut Reader<'_>, fields: &Fields, kind: Span, key: &str, help: &str) {
    if fields.attempted(reader, key) {
        return;
    }
    let (span, label) = match fields.place(key) {
        Some(span) => (span, "nothing is written behind it".to_owned()),
        None => (kind, format!("this type wants `{key}` beside it")),
    };
    let diagnostic = Diagnostic::error("missing-key", format!("this check needs `{key}`"));
    reader.diagnostics.push(diagnostic.at(span, label).help(help));
}
