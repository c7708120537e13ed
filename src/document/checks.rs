//! `lifecycle`: states, each with a list of checks.

use std::time::Duration;

use super::{
    keys,
    read::{Field, Reader},
    yaml::{Kind, NodeId},
};
use crate::{
    diagnostic::{Diagnostic, nearest},
    source::{Span, Spanned},
};

/// Time for a check that does not say how long it may take.
const DEFAULT_WAIT: Duration = Duration::from_secs(300);

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
    let example = "{running: [{type: tcp, port: http}]}";
    let Some(states) = reader.section(field.value, "`lifecycle`", &[keys::LIFECYCLE], example) else {
        return Vec::new();
    };
    let Some(running) = states.get(reader, "running").cloned() else { return Vec::new() };
    if let Kind::Sequence(items) = reader.yaml.kind(running.value) {
        return items.clone().into_iter().filter_map(|node| check(reader, node)).collect();
    }
    reader.wrong_type(running.value, "`running`", "a list of checks", "[{type: tcp, port: http}]");
    Vec::new()
}

fn check(reader: &mut Reader<'_>, node: NodeId) -> Option<CheckSection> {
    let entries = reader.mapping(node, "a check", "{type: tcp, port: http}")?;
    let span = reader.span(node);
    let Some(kind) = entries.iter().find(|entry| entry.key.value == "type") else {
        missing(reader, span, "type", "tcp");
        return None;
    };
    let kind = reader.text(kind.value, "`type`", "tcp")?;
    match kind.value.as_str() {
        "tcp" => tcp(reader, node, span),
        "sleep" => sleep(reader, node, span),
        known if TYPES.contains(&known) => {
            reader.diagnostics.push(
                Diagnostic::error(
                    "not-yet",
                    format!("checks of type `{known}` are not carried by this version"),
                )
                .at(kind.span, "known from MaestroNG, but not carried yet")
                .help("use `tcp` or `sleep`"),
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

fn tcp(reader: &mut Reader<'_>, node: NodeId, span: Span) -> Option<CheckSection> {
    let fields = reader.section(node, "a tcp check", &[keys::TCP_CHECK], "{type: tcp, port: http}")?;
    let max_wait = match fields.get(reader, "max_wait").cloned() {
        Some(field) => reader.seconds(field.value, "`max_wait`")?,
        None => DEFAULT_WAIT,
    };
    let Some(port) = fields.get(reader, "port").cloned() else {
        missing(reader, span, "port", "http");
        return None;
    };
    Some(CheckSection::Tcp { port: reader.text(port.value, "`port`", "http")?, max_wait })
}

fn sleep(reader: &mut Reader<'_>, node: NodeId, span: Span) -> Option<CheckSection> {
    let fields = reader.section(node, "a sleep check", &[keys::SLEEP_CHECK], "{type: sleep, wait: 5}")?;
    let Some(wait) = fields.get(reader, "wait").cloned() else {
        missing(reader, span, "wait", "5");
        return None;
    };
    Some(CheckSection::Sleep { wait: reader.seconds(wait.value, "`wait`")? })
}

fn missing(reader: &mut Reader<'_>, span: Span, key: &str, example: &str) {
    reader.diagnostics.push(
        Diagnostic::error("missing-key", format!("a check needs `{key}`"))
            .at(span, format!("`{key}` is missing here"))
            .help(format!("add `{key}: {example}`")),
    );
}
