//! The keys of an instance, which may stand on its service as well.

use std::time::Duration;

use super::{
    checks::{self, CheckSection},
    keys, ports,
    read::{Field, Fields, Reader},
    scalar::{Value, python_text},
    volumes::{self, VolumeSection},
    yaml::{Kind, NodeId},
};
use crate::{
    diagnostic::{Diagnostic, nearest},
    source::{Span, Spanned},
    value::{Port, RestartPolicy, Ulimit},
};

/// What an instance, or a service for its instances, says. What is not said is none or empty.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `ship`
    pub ship: Option<Spanned<String>>,
    /// `image`
    pub image: Option<Spanned<String>>,
    /// `command`, or `cmd`
    pub command: Option<Spanned<Vec<String>>>,
    /// `ports`
    pub ports: Vec<Spanned<Port>>,
    /// `volumes`
    pub volumes: Vec<VolumeSection>,
    /// `container_volumes`
    pub container_volumes: Vec<Spanned<String>>,
    /// `volumes_from`
    pub volumes_from: Vec<Spanned<String>>,
    /// `env`; a value of none passes the bare name.
    pub env: Vec<(Spanned<String>, Option<String>)>,
    /// `envfile`
    pub envfile: Vec<Spanned<String>>,
    /// `links`: `(instance, alias)`
    pub links: Vec<(Spanned<String>, Spanned<String>)>,
    /// `requires`
    pub requires: Vec<Spanned<String>>,
    /// `wants_info`
    pub wants_info: Vec<Spanned<String>>,
    /// `lifecycle`, state `running`
    pub running: Vec<CheckSection>,
    /// `privileged`
    pub privileged: Option<bool>,
    /// `cap_add`
    pub cap_add: Option<Vec<String>>,
    /// `cap_drop`
    pub cap_drop: Option<Vec<String>>,
    /// `extra_hosts`
    pub extra_hosts: Vec<(Spanned<String>, HostAddress)>,
    /// `stop_timeout`
    pub stop_timeout: Option<Duration>,
    /// `limits.cpu`
    pub cpu: Option<i64>,
    /// `limits.memory`, in bytes
    pub memory: Option<i64>,
    /// `limits.swap`, in bytes
    pub swap: Option<i64>,
    /// `log_driver`
    pub log_driver: Option<String>,
    /// `log_opt`
    pub log_opt: Vec<(String, String)>,
    /// `net`
    pub net: Option<Spanned<String>>,
    /// `restart`
    pub restart: Option<RestartPolicy>,
    /// `dns`
    pub dns: Option<Vec<String>>,
    /// `security_opt`
    pub security_opt: Option<Vec<String>>,
    /// `ulimits`
    pub ulimits: Option<Vec<Ulimit>>,
    /// `username`
    pub username: Option<String>,
    /// `labels`
    pub labels: Vec<(String, String)>,
    /// `workdir`
    pub workdir: Option<String>,
}

/// An address in `extra_hosts`.
#[derive(Debug, Clone)]
pub enum HostAddress {
    /// As it is written.
    Address(String),
    /// The address of that ship.
    Ship(Spanned<String>),
}

/// Reads the keys of an instance.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields) -> Settings {
    let mut settings = Settings::default();
    identity(reader, fields, &mut settings);
    relations(reader, fields, &mut settings);
    host(reader, fields, &mut settings);
    limits(reader, fields, &mut settings);
    settings
}

fn text(reader: &mut Reader<'_>, fields: &Fields, key: &str, example: &str) -> Option<Spanned<String>> {
    let field = fields.get(reader, key)?.clone();
    reader.text(field.value, &format!("`{key}`"), example)
}

fn texts(reader: &mut Reader<'_>, fields: &Fields, key: &str, example: &str) -> Option<Vec<Spanned<String>>> {
    let field = fields.get(reader, key)?.clone();
    Some(reader.texts(field.value, &format!("`{key}`"), example))
}

fn plain(texts: Option<Vec<Spanned<String>>>) -> Option<Vec<String>> {
    texts.map(|texts| texts.into_iter().map(|text| text.value).collect())
}

/// What it is and runs.
fn identity(reader: &mut Reader<'_>, fields: &Fields, settings: &mut Settings) {
    settings.ship = text(reader, fields, "ship", "local");
    settings.image = text(reader, fields, "image", "nginx:1.27");
    if let Some(image) = &settings.image
        && (image.value.trim() != image.value
            || image.value.is_empty()
            || image.value.contains(char::is_whitespace))
    {
        reader.diagnostics.push(
            Diagnostic::error("bad-image", format!("`{}` is not an image reference", image.value))
                .at(image.span, "an image reference has no spaces")
                .help("write `name`, `name:tag` or `registry/name:tag`"),
        );
    }
    settings.command = ["command", "cmd"].iter().find_map(|key| command(reader, fields, key));
    settings.username = text(reader, fields, "username", "nobody").map(|text| text.value);
    settings.workdir = text(reader, fields, "workdir", "/app").map(|text| text.value);
    if let Some(field) = fields.get(reader, "env").cloned() {
        settings.env = variables(reader, &field);
    }
    settings.envfile = texts(reader, fields, "envfile", "web.env").unwrap_or_default();
    settings.labels = labels(reader, fields);
}

fn command(reader: &mut Reader<'_>, fields: &Fields, key: &str) -> Option<Spanned<Vec<String>>> {
    let field = fields.get(reader, key)?.clone();
    let what = format!("`{key}`");
    let span = reader.span(field.value);
    if let Kind::Sequence(_) = reader.yaml.kind(field.value) {
        let words = reader.texts(field.value, &what, "[serve, --port, \"80\"]");
        return Some(Spanned::new(words.into_iter().map(|word| word.value).collect(), span));
    }
    let line = reader.text(field.value, &what, "serve --port 80")?;
    match shlex::split(&line.value) {
        Some(words) => Some(Spanned::new(words, span)),
        None => {
            reader.diagnostics.push(
                Diagnostic::error("bad-command", "the command has a quote that is not closed")
                    .at(line.span, "split into words as a shell does")
                    .help("close the quote, or write the command as a list: `[serve, --port, \"80\"]`"),
            );
            None
        }
    }
}

/// Environment variables; lists, nested or not, are joined with spaces, as in `MaestroNG`.
fn variables(reader: &mut Reader<'_>, field: &Field) -> Vec<(Spanned<String>, Option<String>)> {
    let entries = reader.mapping(field.value, "`env`", "{DEBUG: \"1\"}").unwrap_or_default();
    let mut variables = Vec::with_capacity(entries.len());
    for entry in entries {
        let value = if reader.is_null(entry.value) {
            None
        } else {
            let mut words = Vec::new();
            flatten(reader, entry.value, &entry.key.value, &mut words);
            Some(words.join(" "))
        };
        variables.push((entry.key, value));
    }
    variables
}

fn flatten(reader: &mut Reader<'_>, node: NodeId, variable: &str, words: &mut Vec<String>) {
    match reader.yaml.kind(node) {
        Kind::Sequence(items) => {
            for item in items.clone() {
                flatten(reader, item, variable, words);
            }
        }
        Kind::Scalar(_) => words.push(python_text(&reader.yaml.value(node))),
        Kind::Mapping(_) | Kind::Bad => {
            let what = format!("the variable `{variable}`");
            reader.wrong_type(node, &what, "text, a number or a list of these", "\"…\"");
        }
    }
}

fn labels(reader: &mut Reader<'_>, fields: &Fields) -> Vec<(String, String)> {
    let Some(field) = fields.get(reader, "labels").cloned() else { return Vec::new() };
    if let Kind::Sequence(_) = reader.yaml.kind(field.value) {
        let names = reader.texts(field.value, "`labels`", "[traefik.enable]");
        return names
            .into_iter()
            .map(|name| match name.value.split_once('=') {
                Some((name, value)) => (name.to_owned(), value.to_owned()),
                None => (name.value, String::new()),
            })
            .collect();
    }
    pairs(reader, &field, "`labels`", "{team: shop}")
}

/// A mapping of texts to texts; nothing counts as an empty text.
fn pairs(reader: &mut Reader<'_>, field: &Field, what: &str, example: &str) -> Vec<(String, String)> {
    let entries = reader.mapping(field.value, what, example).unwrap_or_default();
    let mut pairs = Vec::with_capacity(entries.len());
    for entry in entries {
        let value = if reader.is_null(entry.value) {
            Some(String::new())
        } else {
            reader.text(entry.value, &format!("`{}`", entry.key.value), "text").map(|text| text.value)
        };
        pairs.extend(value.map(|value| (entry.key.value, value)));
    }
    pairs
}

/// Whom it reaches and waits for.
fn relations(reader: &mut Reader<'_>, fields: &Fields, settings: &mut Settings) {
    settings.requires = texts(reader, fields, "requires", "[db]").unwrap_or_default();
    settings.wants_info = texts(reader, fields, "wants_info", "[db]").unwrap_or_default();
    settings.volumes_from = texts(reader, fields, "volumes_from", "[data-1]").unwrap_or_default();
    if let Some(field) = fields.get(reader, "links").cloned() {
        let entries = reader.mapping(field.value, "`links`", "{db-1: db}").unwrap_or_default();
        for entry in entries {
            if let Some(alias) = reader.text(entry.value, "a link's alias", "db") {
                settings.links.push((entry.key, alias));
            }
        }
    }
    if let Some(field) = fields.get(reader, "extra_hosts").cloned() {
        settings.extra_hosts = extra_hosts(reader, &field);
    }
    if let Some(field) = fields.get(reader, "lifecycle").cloned() {
        settings.running = checks::read(reader, &field);
    }
}

fn extra_hosts(reader: &mut Reader<'_>, field: &Field) -> Vec<(Spanned<String>, HostAddress)> {
    let entries = reader.mapping(field.value, "`extra_hosts`", "{db: 10.0.0.1}").unwrap_or_default();
    let mut hosts = Vec::with_capacity(entries.len());
    for entry in entries {
        let address = if let Kind::Mapping(_) = reader.yaml.kind(entry.value) {
            let what = "an extra host";
            let fields = reader.section(entry.value, what, &[keys::EXTRA_HOST], "{ship: web1}");
            fields.and_then(|fields| text(reader, &fields, "ship", "web1")).map(HostAddress::Ship)
        } else {
            let text = reader.raw_text(entry.value, "an extra host", "10.0.0.1");
            text.map(|text| HostAddress::Address(text.value))
        };
        hosts.extend(address.map(|address| (entry.key, address)));
    }
    hosts
}

/// How it is connected to its ship.
fn host(reader: &mut Reader<'_>, fields: &Fields, settings: &mut Settings) {
    if let Some(field) = fields.get(reader, "ports").cloned() {
        settings.ports = ports::read(reader, &field);
    }
    if let Some(field) = fields.get(reader, "volumes").cloned() {
        settings.volumes = volumes::read(reader, &field);
    }
    settings.container_volumes =
        texts(reader, fields, "container_volumes", "[/var/lib/data]").unwrap_or_default();
    settings.net = text(reader, fields, "net", "host");
    settings.dns = plain(texts(reader, fields, "dns", "[10.0.0.53]"));
    settings.cap_add = plain(texts(reader, fields, "cap_add", "[NET_ADMIN]"));
    settings.cap_drop = plain(texts(reader, fields, "cap_drop", "[MKNOD]"));
    settings.security_opt = plain(texts(reader, fields, "security_opt", "[no-new-privileges]"));
    settings.privileged = match fields.get(reader, "privileged").cloned() {
        Some(field) => reader.boolean(field.value, "`privileged`"),
        None => None,
    };
    settings.log_driver = text(reader, fields, "log_driver", "json-file").map(|text| text.value);
    if let Some(field) = fields.get(reader, "log_opt").cloned() {
        settings.log_opt = pairs(reader, &field, "`log_opt`", "{max-size: 10m}");
    }
}

/// What it may use, and how it is stopped and started again.
fn limits(reader: &mut Reader<'_>, fields: &Fields, settings: &mut Settings) {
    if let Some(field) = fields.get(reader, "stop_timeout").cloned() {
        settings.stop_timeout = reader.seconds(field.value, "`stop_timeout`");
    }
    if let Some(field) = fields.get(reader, "restart").cloned() {
        settings.restart = restart(reader, &field);
    }
    if let Some(field) = fields.get(reader, "ulimits").cloned() {
        settings.ulimits = Some(ulimits(reader, &field));
    }
    let Some(field) = fields.get(reader, "limits").cloned() else { return };
    let example = "{memory: 512m, cpu: 2}";
    let Some(limits) = reader.section(field.value, "`limits`", &[keys::LIMITS], example) else { return };
    if let Some(field) = limits.get(reader, "cpu").cloned() {
        settings.cpu = reader.integer(field.value, "`cpu`", (0, i64::MAX)).map(|number| number.value);
    }
    for (key, limit) in [("memory", &mut settings.memory), ("swap", &mut settings.swap)] {
        if let Some(field) = limits.get(reader, key).cloned() {
            *limit = bytes(reader, &field, key);
        }
    }
}

/// A number of bytes, with `k`, `m` or `g` behind it for powers of 1024.
fn bytes(reader: &mut Reader<'_>, field: &Field, key: &str) -> Option<i64> {
    let text = reader.text(field.value, &format!("`{key}`"), "512m")?;
    let (digits, factor) = match text.value.to_ascii_lowercase().chars().last() {
        Some('k') => (&text.value[..text.value.len() - 1], 1 << 10),
        Some('m') => (&text.value[..text.value.len() - 1], 1 << 20),
        Some('g') => (&text.value[..text.value.len() - 1], 1 << 30),
        _ => (text.value.as_str(), 1_i64),
    };
    let bytes = digits.parse::<i64>().ok().and_then(|number| number.checked_mul(factor));
    if bytes.is_none() || (bytes < Some(0) && key != "swap") {
        reader.diagnostics.push(
            Diagnostic::error("bad-size", format!("`{}` is not a number of bytes", text.value))
                .at(text.span, "expected a number, or a number with `k`, `m` or `g`")
                .help(format!("write for example `{key}: 512m`")),
        );
        return None;
    }
    bytes
}

const POLICIES: [&str; 4] = ["no", "always", "on-failure", "unless-stopped"];

fn restart(reader: &mut Reader<'_>, field: &Field) -> Option<RestartPolicy> {
    let span = reader.span(field.value);
    if let Kind::Mapping(_) = reader.yaml.kind(field.value) {
        let fields =
            reader.section(field.value, "`restart`", &[keys::RESTART], "{name: on-failure, retries: 5}")?;
        let retries = match fields.get(reader, "retries").cloned() {
            Some(field) => reader.integer(field.value, "`retries`", (0, i64::from(u32::MAX)))?.value,
            None => 0,
        };
        let name = fields.get(reader, "name").cloned().map(|field| policy_name(reader, field.value));
        let name = name.unwrap_or_else(|| Some(Spanned::new("no".to_owned(), span)))?;
        return policy(reader, &name.value, name.span, u32::try_from(retries).unwrap_or(u32::MAX));
    }
    let text = policy_name(reader, field.value)?;
    let (name, retries) = match text.value.split_once(':') {
        None => (text.value.as_str(), Some(0)),
        Some((name, retries)) => (name, retries.trim().parse().ok()),
    };
    let Some(retries) = retries else {
        reader.diagnostics.push(
            Diagnostic::error("bad-restart", format!("`{}` is not a restart policy", text.value))
                .at(span, "expected a number behind the colon")
                .help("write for example `restart: on-failure:5`"),
        );
        return None;
    };
    policy(reader, name, span, retries)
}

/// `no` is what a reader means, though YAML 1.1 reads it as false.
fn policy_name(reader: &mut Reader<'_>, node: NodeId) -> Option<Spanned<String>> {
    if let Kind::Scalar(_) = reader.yaml.kind(node)
        && reader.yaml.value(node) == Value::Bool(false)
    {
        return Some(Spanned::new("no".to_owned(), reader.span(node)));
    }
    reader.text(node, "`restart`", "always")
}

fn policy(reader: &mut Reader<'_>, name: &str, span: Span, retries: u32) -> Option<RestartPolicy> {
    if POLICIES.contains(&name) {
        return Some(RestartPolicy { name: name.to_owned(), retries });
    }
    let diagnostic = Diagnostic::error("bad-restart", format!("`{name}` is not a restart policy"))
        .at(span, "unknown policy");
    reader.diagnostics.push(match nearest(name, POLICIES) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("the policies are {}", POLICIES.join(", "))),
    });
    None
}

fn ulimits(reader: &mut Reader<'_>, field: &Field) -> Vec<Ulimit> {
    let entries = reader.mapping(field.value, "`ulimits`", "{nofile: 1024}").unwrap_or_default();
    let mut ulimits = Vec::with_capacity(entries.len());
    let bounds = (-1, i64::MAX);
    for entry in entries {
        let what = format!("the ulimit `{}`", entry.key.value);
        let (soft, hard) = if let Kind::Mapping(_) = reader.yaml.kind(entry.value) {
            let Some(fields) =
                reader.section(entry.value, &what, &[keys::ULIMIT], "{soft: 1024, hard: 2048}")
            else {
                continue;
            };
            let mut side = |key: &str| {
                let field = fields.get(reader, key)?.clone();
                reader.integer(field.value, &format!("`{key}`"), bounds).map(|number| number.value)
            };
            let (soft, hard) = (side("soft"), side("hard"));
            // An engine takes a side that is not given for 0, which nobody wants; the other side is meant.
            (soft.or(hard), hard.or(soft))
        } else {
            let both = reader.integer(entry.value, &what, bounds).map(|number| number.value);
            (both, both)
        };
        if let (Some(soft), Some(hard)) = (soft, hard) {
            ulimits.push(Ulimit { name: entry.key.value, soft, hard });
        }
    }
    ulimits
}
