//! `requests_options` of an `http` check: what `MaestroNG` handed to Python's `requests`.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Number, Value as Json};

use super::keys;
use crate::document::{
    read::{Field, Fields, Reader},
    scalar::{Value, python_text},
    settings::pairs,
    yaml::{NodeId, NodeKind},
};
use maestro_core::{
    diagnostic::Diagnostic,
    source::Spanned,
    value::check::{HttpBody, HttpOptions, ProxyFor},
};

/// How many values JSON may have: aliases could make of a small file a body without end.
const MOST_VALUES: usize = 10_000;

/// Files that are named for TLS, as they are written.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// `verify`, if it is a path.
    pub authorities: Option<Spanned<String>>,
    /// `cert`: the certificate, and its key where that is a file of its own.
    pub identity: Vec<Spanned<String>>,
}

pub(super) fn read(reader: &mut Reader<'_>, check: &Fields) -> (HttpOptions, Files) {
    let (mut options, mut files) = (HttpOptions::default(), Files::default());
    let Some(field) = check.get(reader, "requests_options").cloned() else { return (options, files) };
    let what = "`requests_options`";
    let example = "requests_options: {verify: false}";
    let fields = reader.section(field.value, what, &[keys::HTTP_OPTIONS], example);
    trust(reader, &fields, &mut options, &mut files);
    if let Some(field) = fields.get(reader, "headers").cloned() {
        options.headers = headers(reader, &field);
    }
    if let Some(field) = fields.get(reader, "cookies").cloned() {
        let cookies = pairs(reader, &field, "`cookies`", "cookies: {session: abc}");
        let line =
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        if is_header(reader, &field, "Cookie", &line) {
            options.headers.push(("Cookie".to_owned(), line));
        }
    }
    if let Some(field) = fields.get(reader, "auth").cloned() {
        let both = reader.texts(field.value, "`auth`", "auth: [user, password]");
        match <[Spanned<String>; 2]>::try_from(both) {
            Ok([user, password]) => options.auth = Some((user.value, password.value)),
            Err(_) => {
                reader.wrong_type(
                    field.value,
                    "`auth`",
                    "a list of two: user and password",
                    "auth: [user, password]",
                );
            }
        }
    }
    if let Some(field) = fields.get(reader, "timeout").cloned() {
        options.timeout = timeout(reader, &field);
    }
    if let Some(field) = fields.get(reader, "allow_redirects").cloned() {
        options.redirects = reader.boolean(field.value, "`allow_redirects`").unwrap_or(true);
    }
    if let Some(field) = fields.get(reader, "params").cloned() {
        options.params = many(reader, &field, "`params`", "params: {verbose: 1}");
    }
    if let Some(field) = fields.get(reader, "proxies").cloned() {
        options.proxies = proxies(reader, &field);
    }
    options.body = body(reader, &fields);
    (options, files)
}

/// Whom is trusted, and what is shown to them.
fn trust(reader: &mut Reader<'_>, fields: &Fields, options: &mut HttpOptions, files: &mut Files) {
    if let Some(field) = fields.get(reader, "verify").cloned() {
        match reader.yaml.kind(field.value) {
            NodeKind::Scalar(_) => match reader.yaml.value(field.value) {
                Value::Bool(verify) => options.verify = verify,
                Value::Text(path) => {
                    files.authorities = Some(Spanned::new(path, reader.span(field.value)));
                }
                _ => reader.wrong_type(field.value, "`verify`", "true, false or a path", "verify: false"),
            },
            _ => reader.wrong_type(field.value, "`verify`", "true, false or a path", "verify: false"),
        }
    }
    if let Some(field) = fields.get(reader, "cert").cloned() {
        let example = "cert: [client.pem, client-key.pem]";
        files.identity = reader.texts(field.value, "`cert`", example);
        if files.identity.len() > 2 {
            files.identity.clear();
            reader.wrong_type(field.value, "`cert`", "a path, or two of them", example);
        }
    }
}

fn headers(reader: &mut Reader<'_>, field: &Field) -> Vec<(String, String)> {
    let headers = pairs(reader, field, "`headers`", "headers: {Accept: text/plain}");
    headers.into_iter().filter(|(name, value)| is_header(reader, field, name, value)).collect()
}

fn is_header(reader: &mut Reader<'_>, field: &Field, name: &str, value: &str) -> bool {
    if HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok() {
        return true;
    }
    // Its value may be secret.
    let text = format!("`{name}` and its value cannot be sent as a line of the header");
    reader.diagnostics.push(Diagnostic::error("bad-header", text).at(field.key.span, "one of these").help(
        "a name has letters, digits and `-`; a value has no line ends and no other control characters",
    ));
    false
}

fn timeout(reader: &mut Reader<'_>, field: &Field) -> Option<(Duration, Duration)> {
    if let NodeKind::Sequence(items) = reader.yaml.kind(field.value)
        && let [connect, answer] = items[..]
    {
        let example = "[3, 10]";
        return Some((
            reader.seconds(connect, "timeout", example)?,
            reader.seconds(answer, "timeout", example)?,
        ));
    }
    let all = reader.seconds(field.value, "timeout", "10")?;
    Some((all, all))
}

fn proxies(reader: &mut Reader<'_>, field: &Field) -> Vec<(ProxyFor, String)> {
    let example = "proxies: {http: \"http://10.0.0.1:3128\"}";
    let entries = reader.mapping(field.value, "`proxies`", "`http`, `https` or `all` to addresses", example);
    let mut proxies = Vec::new();
    for entry in entries.unwrap_or_default() {
        let whom = match entry.key.value.as_str() {
            "http" => ProxyFor::Http,
            "https" => ProxyFor::Https,
            "all" => ProxyFor::All,
            other => {
                let text = format!("requests of a check cannot be told apart by `{other}`");
                let problem = Diagnostic::error("bad-proxy", text).at(entry.key.span, "unknown");
                reader.diagnostics.push(problem.help("write `http`, `https` or `all`"));
                continue;
            }
        };
        // In `requests` no proxy is one as well.
        if reader.is_null(entry.value) {
            continue;
        }
        let Some(address) = reader.text(entry.value, "a proxy", example) else { continue };
        let url =
            if address.value.contains("://") { address.value } else { format!("http://{}", address.value) };
        let is_known = url.parse::<http::Uri>().is_ok_and(|uri| {
            uri.host().is_some_and(|host| !host.is_empty())
                && matches!(uri.scheme_str(), Some("http" | "https"))
        });
        if is_known {
            proxies.push((whom, url));
        } else {
            // Its address may have a password in it.
            let problem =
                Diagnostic::error("bad-proxy", "this is not the address of a proxy that checks can use");
            reader.diagnostics.push(
                problem.at(address.span, "expected `http://HOST:PORT` or `https://HOST:PORT`").help(
                    "for SOCKS use an `exec` check: `command: curl -fsS --proxy socks5h://HOST:PORT URL`",
                ),
            );
        }
    }
    proxies
}

/// A mapping whose values may be lists, which repeat their name.
fn many(reader: &mut Reader<'_>, field: &Field, what: &str, example: &str) -> Vec<(String, String)> {
    let entries = reader.mapping(field.value, what, "names to values", example).unwrap_or_default();
    let mut pairs = Vec::new();
    for entry in entries {
        let name = &entry.key.value;
        let values = reader.texts(entry.value, &format!("`{name}`"), &format!("{name}: text"));
        pairs.extend(values.into_iter().map(|value| (name.clone(), value.value)));
    }
    pairs
}

fn body(reader: &mut Reader<'_>, fields: &Fields) -> Option<HttpBody> {
    if let Some(field) = fields.get(reader, "data").cloned() {
        if let NodeKind::Mapping(_) = reader.yaml.kind(field.value) {
            return Some(HttpBody::Form(many(reader, &field, "`data`", "data: {name: value}")));
        }
        let text = reader.text(field.value, "`data`", "data: ping")?;
        return Some(HttpBody::Text(text.value));
    }
    let field = fields.get(reader, "json")?.clone();
    let mut left = MOST_VALUES;
    match json(reader, field.value, &mut left) {
        Some(json) => Some(HttpBody::Json(json.to_string())),
        None => {
            reader.diagnostics.push(
                Diagnostic::error("too-large", format!("`json` has more than {MOST_VALUES} values"))
                    .at(field.key.span, "too much to send with a check")
                    .help("send less, or check with `exec` and a command that sends it"),
            );
            None
        }
    }
}

fn json(reader: &Reader<'_>, node: NodeId, left: &mut usize) -> Option<Json> {
    *left = left.checked_sub(1)?;
    Some(match reader.yaml.kind(node) {
        NodeKind::Sequence(items) => {
            Json::Array(items.iter().map(|&item| json(reader, item, left)).collect::<Option<_>>()?)
        }
        NodeKind::Mapping(_) => {
            let mut fields = Map::new();
            for entry in reader.yaml.entries(node) {
                fields.insert(python_text(&reader.yaml.value(entry.key)), json(reader, entry.value, left)?);
            }
            Json::Object(fields)
        }
        NodeKind::Scalar(_) | NodeKind::Bad => match reader.yaml.value(node) {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(value),
            Value::Int(value) => {
                i64::try_from(value).map_or_else(|_| Json::String(value.to_string()), Json::from)
            }
            Value::Float(value) => Number::from_f64(value).map_or(Json::Null, Json::Number),
            Value::Text(text) => Json::String(text),
        },
    })
}
