//! `http` checks.

use std::time::Duration;

use super::{
    CheckKind, DEFAULT_LONG_WAIT, keys, max_wait, missing, pattern,
    requests_options::{self, Files},
};
use crate::document::{
    read::{Fields, Reader},
    yaml::NodeId,
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    source::{Span, Spanned},
    value::check::{HttpOptions, Pattern},
};

/// Methods that have a meaning to every server; others are sent as they are.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// An `http` check as it is written.
#[derive(Debug, Clone)]
pub struct HttpSection {
    /// Name of one of the instance's ports, or a number.
    pub port: Spanned<String>,
    /// Whom to ask, if not the ship.
    pub host: Option<String>,
    /// Begins with `/`.
    pub path: String,
    /// `http` or `https`.
    pub scheme: String,
    /// In capitals.
    pub method: String,
    /// What the body must have in it.
    pub pattern: Option<Pattern>,
    /// Budget of time.
    pub max_wait: Duration,
    /// What else the request carries.
    pub options: HttpOptions,
    /// Files that `requests_options` names.
    pub files: Files,
}

pub(super) fn read(reader: &mut Reader<'_>, node: NodeId, kind: Span) -> Option<CheckKind> {
    let fields = reader.section(node, "an http check", &[keys::HTTP_CHECK], "{type: http, port: http}");
    // All that is wrong with it is told before any of it ends the reading.
    let max_wait = max_wait(reader, &fields);
    let port = match fields.get(reader, "port").cloned() {
        Some(field) => reader.text(field.value, "`port`", "port: http"),
        None => {
            let help = "add `port:` and the name of one of the instance's `ports`, or a number";
            missing(reader, &fields, kind, "port", help);
            None
        }
    };
    let host = host(reader, &fields);
    let scheme = scheme(reader, &fields);
    let method = method(reader, &fields);
    let path = text(reader, &fields, "path", "/health")
        .map(|path| path.map_or_else(|| "/".to_owned(), |path| path.value));
    let pattern = match fields.get(reader, "match_regex").cloned() {
        Some(field) => pattern::read(reader, field.value).map(Some),
        None => Some(None),
    };
    let (options, files) = requests_options::read(reader, &fields);
    // What cannot be read was told. The rest is kept, so that a port that does not exist is told at once.
    let path = path.unwrap_or_default();
    Some(CheckKind::Http(Box::new(HttpSection {
        port: port?,
        host: host.flatten(),
        path: if path.starts_with('/') { path } else { format!("/{path}") },
        scheme: scheme.unwrap_or_default(),
        method: method.unwrap_or_default(),
        pattern: pattern.flatten(),
        max_wait: max_wait.flatten().unwrap_or(DEFAULT_LONG_WAIT),
        options,
        files,
    })))
}

/// A text that may be left out; nothing at all if it cannot be read.
#[expect(clippy::option_option, reason = "not said, and said but not readable, are two things")]
fn text(
    reader: &mut Reader<'_>,
    fields: &Fields,
    key: &str,
    example: &str,
) -> Option<Option<Spanned<String>>> {
    match fields.get(reader, key).cloned() {
        Some(field) => reader.text(field.value, &format!("`{key}`"), &format!("{key}: {example}")).map(Some),
        None => Some(None),
    }
}

#[expect(clippy::option_option, reason = "not said, and said but not readable, are two things")]
fn host(reader: &mut Reader<'_>, fields: &Fields) -> Option<Option<String>> {
    let Some(host) = text(reader, fields, "host", "10.0.0.5")? else { return Some(None) };
    let bare = host.value.trim_start_matches('[').trim_end_matches(']');
    let is_address = bare.parse::<std::net::IpAddr>().is_ok();
    let fits = |c: char| c.is_alphanumeric() || "-._".contains(c);
    if is_address || (!bare.is_empty() && bare.chars().all(fits)) {
        return Some(Some(bare.to_owned()));
    }
    let text = format!("`{}` is neither a host name nor an address", host.value);
    reader.diagnostics.push(
        Diagnostic::error("bad-address", text).at(host.span, "expected a name or an address alone").help(
            "write it without `http://`, port and path: these have the keys `scheme`, `port` and `path`",
        ),
    );
    None
}

fn scheme(reader: &mut Reader<'_>, fields: &Fields) -> Option<String> {
    let Some(scheme) = text(reader, fields, "scheme", "https")? else { return Some("http".to_owned()) };
    let lower = scheme.value.to_lowercase();
    if ["http", "https"].contains(&lower.as_str()) {
        return Some(lower);
    }
    let text = format!("an http check cannot speak `{}`", scheme.value);
    let diagnostic = Diagnostic::error("bad-check", text).at(scheme.span, "unknown scheme");
    reader.diagnostics.push(diagnostic.help(
        match scheme.value.trim().to_lowercase().trim_end_matches("://") {
            plain @ ("http" | "https") => Help::from(format!("write `{plain}`")).fix(scheme.span, plain),
            _ => "write `http` or `https`".into(),
        },
    ));
    None
}

fn method(reader: &mut Reader<'_>, fields: &Fields) -> Option<String> {
    let Some(method) = text(reader, fields, "method", "HEAD")? else { return Some("GET".to_owned()) };
    let upper = method.value.to_uppercase();
    if METHODS.contains(&upper.as_str()) {
        return Some(upper);
    }
    let near = nearest(&upper, METHODS);
    let is_token = !upper.is_empty()
        && upper.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
    // `PURGE` and its like are nobody's mistake.
    if near.is_none() && is_token {
        return Some(upper);
    }
    let text = format!("there is no HTTP method `{}`", method.value);
    let diagnostic = Diagnostic::error("bad-check", text).at(method.span, "unknown method");
    reader.diagnostics.push(match near {
        Some(near) => diagnostic.help(Help::did_you_mean(method.span, &method.value, near)),
        None => diagnostic.help(format!("the methods are {}", METHODS.join(", "))),
    });
    None
}
