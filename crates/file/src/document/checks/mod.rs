//! `lifecycle`: states, each with a list of checks.

mod command;
mod http;
mod pattern;
mod requests_options;

use std::time::Duration;

use super::{
    convert, keys,
    read::{Field, Fields, Reader},
    yaml::{NodeId, NodeKind, YamlEntry},
};
pub use http::HttpSection;
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    source::{Span, Spanned},
    value::check::{EnvFrom, Tries},
};
pub use requests_options::Files;

/// Time for a check that does not say how long it may take.
const DEFAULT_WAIT: Duration = Duration::from_secs(180);

/// Time for an `http` and a `docker` check that does not say how long it may take.
const DEFAULT_LONG_WAIT: Duration = Duration::from_secs(300);

/// Every type of check.
const TYPES: [&str; 6] = ["tcp", "http", "exec", "rexec", "docker", "sleep"];

/// The checks of each state, as they are written.
#[derive(Debug, Clone, Default)]
pub struct LifecycleSection {
    /// `pre-start`
    pub pre_start: Vec<CheckSection>,
    /// `running`
    pub running: Vec<CheckSection>,
    /// `pre-stop`
    pub pre_stop: Vec<CheckSection>,
    /// `stopped`
    pub stopped: Vec<CheckSection>,
}

/// A check as it is written.
#[derive(Debug, Clone)]
pub struct CheckSection {
    /// Its type, where it is written.
    pub kind: Span,
    /// What it does.
    pub how: CheckKind,
}

/// What a check does.
#[derive(Debug, Clone)]
pub enum CheckKind {
    /// `{type: tcp, port: NAME}`
    Tcp {
        /// Name of one of the instance's ports.
        port: Spanned<String>,
        /// Budget of time.
        max_wait: Duration,
    },
    /// `{type: http, port: NAME}`
    Http(Box<HttpSection>),
    /// `{type: exec, command: WORDS}`
    Exec {
        /// Its words.
        command: Vec<String>,
        /// `envfrom`
        env_from: EnvFrom,
        /// How long it is tried.
        tries: Tries,
    },
    /// `{type: rexec, command: WORDS}`
    Rexec {
        /// Its words.
        command: Vec<String>,
        /// How long it is tried.
        tries: Tries,
    },
    /// `{type: docker}`
    Docker {
        /// Budget of time.
        max_wait: Duration,
    },
    /// `{type: sleep, wait: SECONDS}`
    Sleep {
        /// The time.
        wait: Duration,
    },
}

/// Reads `lifecycle`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> LifecycleSection {
    let example = "lifecycle: {running: [{type: tcp, port: http}]}";
    let states = reader.section(field.value, "`lifecycle`", &[keys::LIFECYCLE], example);
    let mut checks = |name| state(reader, &states, name);
    let section = LifecycleSection {
        pre_start: checks("pre-start"),
        running: checks("running"),
        pre_stop: checks("pre-stop"),
        stopped: checks("stopped"),
    };
    // The checks of states that there are not, so that their mistakes are told at once.
    let is_state =
        |entry: &YamlEntry| keys::LIFECYCLE.iter().any(|key| key.name == reader.written(entry.key));
    let others = reader.yaml.entries(field.value).into_iter().filter(|entry| !is_state(entry));
    for entry in others.collect::<Vec<_>>() {
        if let NodeKind::Sequence(items) = reader.yaml.kind(entry.value) {
            for item in items.clone() {
                check(reader, item);
            }
        }
    }
    section
}

fn state(reader: &mut Reader<'_>, states: &Fields, name: &str) -> Vec<CheckSection> {
    let Some(field) = states.get(reader, name).cloned() else { return Vec::new() };
    if let NodeKind::Sequence(items) = reader.yaml.kind(field.value) {
        return items.clone().into_iter().filter_map(|node| check(reader, node)).collect();
    }
    let example = format!("{name}: [{{type: tcp, port: http}}]");
    reader.wrong_type(field.value, &format!("`{name}`"), "a list of checks", &example);
    Vec::new()
}

fn check(reader: &mut Reader<'_>, node: NodeId) -> Option<CheckSection> {
    if reader.is_null(node) {
        reader.wrong_type(node, "a check", "a mapping of keys to values", "{type: tcp, port: http}");
        return None;
    }
    let kind = convert::text(reader.yaml, node);
    let example = kind.and_then(|kind| example(&kind)).unwrap_or("{type: tcp, port: http}");
    let entries = reader.mapping(node, "a check", "keys to values", example)?;
    let kind = entries.iter().find(|entry| entry.key.value == "type" && !reader.is_null(entry.value));
    let Some(kind) = kind else {
        let near = |entry: &&Field| nearest(&entry.key.value, ["type"]).is_some();
        let place = entries.iter().find(near).or(entries.first());
        let span = place.map_or(reader.span(node), |entry| entry.key.span);
        reader.diagnostics.push(
            Diagnostic::error("missing-key", "a check needs `type`")
                .at(span, "no `type` in this check")
                .help(format!("add `type:` and one of {}", TYPES.join(", "))),
        );
        return None;
    };
    let kind = reader.text(kind.value, "`type`", "type: tcp")?;
    let how = match kind.value.as_str() {
        "tcp" => tcp(reader, node, kind.span),
        "http" => http::read(reader, node, kind.span),
        "exec" => command::exec(reader, node, kind.span),
        "rexec" => command::rexec(reader, node, kind.span),
        "docker" => docker(reader, node),
        "sleep" => sleep(reader, node, kind.span),
        other => {
            unknown_type(reader, other, kind.span);
            None
        }
    };
    Some(CheckSection { kind: kind.span, how: how? })
}

/// A check of that type.
pub(super) fn example(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "tcp" => "{type: tcp, port: http}",
        "http" => "{type: http, port: http, path: /}",
        "exec" => "{type: exec, command: [\"true\"]}",
        "rexec" => "{type: rexec, command: [\"true\"]}",
        "docker" => "{type: docker}",
        "sleep" => "{type: sleep, wait: 5}",
        _ => return None,
    })
}

fn unknown_type(reader: &mut Reader<'_>, name: &str, span: Span) {
    let diagnostic = Diagnostic::error("unknown-check", format!("there is no check of type `{name}`"))
        .at(span, "unknown type");
    reader.diagnostics.push(match nearest(name, TYPES) {
        Some(near) => diagnostic.help(Help::did_you_mean(span, name, near)),
        None => diagnostic.help(format!("the types are {}", TYPES.join(", "))),
    });
}

fn tcp(reader: &mut Reader<'_>, node: NodeId, kind: Span) -> Option<CheckKind> {
    let fields = reader.section(node, "a tcp check", &[keys::TCP_CHECK], "{type: tcp, port: http}");
    // What cannot be read was told. The rest is kept, so that a port that does not exist is told at once.
    let max_wait = max_wait(reader, &fields).flatten().unwrap_or(DEFAULT_WAIT);
    let Some(port) = fields.get(reader, "port").cloned() else {
        let help = "add `port:` and the name of one of the instance's `ports`";
        missing(reader, &fields, kind, "port", help);
        return None;
    };
    Some(CheckKind::Tcp { port: reader.text(port.value, "`port`", "port: http")?, max_wait })
}

fn docker(reader: &mut Reader<'_>, node: NodeId) -> Option<CheckKind> {
    let fields = reader.section(node, "a docker check", &[keys::DOCKER_CHECK], "{type: docker}");
    Some(CheckKind::Docker { max_wait: max_wait(reader, &fields)?.unwrap_or(DEFAULT_LONG_WAIT) })
}

/// What is said about `max_wait`; nothing at all if it cannot be read.
#[expect(clippy::option_option, reason = "not said, and said but not readable, are two things")]
fn max_wait(reader: &mut Reader<'_>, fields: &Fields) -> Option<Option<Duration>> {
    match fields.get(reader, "max_wait").cloned() {
        Some(field) => reader.seconds(field.value, "max_wait", "300").map(Some),
        None => Some(None),
    }
}

fn sleep(reader: &mut Reader<'_>, node: NodeId, kind: Span) -> Option<CheckKind> {
    let fields = reader.section(node, "a sleep check", &[keys::SLEEP_CHECK], "{type: sleep, wait: 5}");
    let Some(wait) = fields.get(reader, "wait").cloned() else {
        missing(reader, &fields, kind, "wait", "add `wait:` and a number of seconds");
        return None;
    };
    Some(CheckKind::Sleep { wait: reader.seconds(wait.value, "wait", "5")? })
}

fn missing(reader: &mut Reader<'_>, fields: &Fields, kind: Span, key: &str, help: &str) {
    if fields.attempted(reader, key) {
        return;
    }
    let (span, label) = match fields.place(key) {
        Some(span) => (span, "nothing is written after it".to_owned()),
        None => (kind, format!("this type wants `{key}` beside it")),
    };
    let diagnostic = Diagnostic::error("missing-key", format!("this check needs `{key}`"));
    reader.diagnostics.push(diagnostic.at(span, label).help(help));
}
