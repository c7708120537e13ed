//! `audit`: who is told of what was done.

use std::time::Duration;

use super::{
    keys,
    read::{Field, Fields, Reader},
    scalar::{Value, python_text},
    yaml::{NodeId, NodeKind},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    source::Span,
    value::audit::{Auditor, BadText, Channel, Level, NAMES, SlackAddress, expand},
};

/// Every type of auditor, `HipChat`'s apart.
const TYPES: [&str; 4] = ["log", "slack", "http", "exec"];
const EXAMPLE: &str = "audit: [{type: log, file: maestro.log}]";
/// Where Slack takes messages in.
const SLACK: &str = "https://slack.com/api/chat.postMessage";
/// Time that a webhook has if the file does not say.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(3);

/// Reads `audit`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<Auditor> {
    if let NodeKind::Sequence(items) = reader.yaml.kind(field.value) {
        let numbered = (1..).zip(items.clone());
        return numbered.filter_map(|(number, node)| auditor(reader, number, node)).collect();
    }
    reader.wrong_type(field.value, "`audit`", "a list of auditors", EXAMPLE);
    Vec::new()
}

fn auditor(reader: &mut Reader<'_>, number: usize, node: NodeId) -> Option<Auditor> {
    let item = "- {type: log, file: maestro.log}";
    if reader.is_null(node) {
        reader.wrong_type(node, "an auditor", "a mapping of keys to values", item);
        return None;
    }
    let entries = reader.mapping(node, "an auditor", "keys to values", item)?;
    let kind = entries.iter().find(|entry| entry.key.value == "type" && !reader.is_null(entry.value));
    let Some(kind) = kind else {
        let span = entries.first().map_or(reader.span(node), |entry| entry.key.span);
        reader.diagnostics.push(
            Diagnostic::error("missing-key", "an auditor needs `type`")
                .at(span, "no `type` in this auditor")
                .help(format!("add `type:` and one of {}", TYPES.join(", "))),
        );
        return None;
    };
    let kind = reader.text(kind.value, "`type`", "type: log")?;
    let (what, own): (&str, &'static [keys::Key]) = match kind.value.as_str() {
        "log" => ("a log auditor", keys::AUDIT_LOG),
        "slack" => ("a slack auditor", keys::AUDIT_SLACK),
        "http" => ("an http auditor", keys::AUDIT_HTTP),
        "exec" => ("an exec auditor", keys::AUDIT_EXEC),
        "hipchat" => {
            reader.diagnostics.push(
                Diagnostic::warning("obsolete-auditor", "HipChat is gone, so nothing is sent there")
                    .at(kind.span, "its service ended in 2019")
                    .help("use `slack` or `http` in its place, or leave it out"),
            );
            return None;
        }
        other => {
            unknown_type(reader, other, kind.span);
            return None;
        }
    };
    let fields = reader.section(node, what, &[keys::AUDIT, own], item);
    let level = level(reader, &fields)?;
    let ignore_errors = match fields.get(reader, "ignore_errors").cloned() {
        Some(field) => reader.boolean(field.value, "`ignore_errors`")?,
        None => false,
    };
    let mut section = Section { reader, fields, kind: kind.span };
    let channel = match kind.value.as_str() {
        "log" => Channel::Log { file: section.needed("file", "file: maestro.log")? },
        "slack" => section.slack()?,
        "http" => section.webhook()?,
        _ => section.script()?,
    };
    Some(Auditor { number, channel, level, ignore_errors })
}

fn unknown_type(reader: &mut Reader<'_>, written: &str, span: Span) {
    let diagnostic = Diagnostic::error("unknown-auditor", format!("there is no auditor of type `{written}`"))
        .at(span, "unknown type");
    let help = match (written, nearest(written, TYPES)) {
        ("webhook", _) => Help::from("write `http`: that sends requests here").replace(span, "http"),
        ("script", _) => Help::from("write `exec`: that runs a program here").replace(span, "exec"),
        ("file", _) => Help::from("write `log`: that writes a file here").replace(span, "log"),
        (_, Some(near)) => Help::did_you_mean(span, written, near),
        (_, None) => Help::from(format!("the types are {}", TYPES.join(", "))),
    };
    reader.diagnostics.push(diagnostic.help(help));
}

fn level(reader: &mut Reader<'_>, fields: &Fields) -> Option<Level> {
    let Some(field) = fields.get(reader, "level").cloned() else { return Some(Level::Info) };
    let word = reader.text(field.value, "`level`", "level: info")?;
    match word.value.as_str() {
        "info" => Some(Level::Info),
        "debug" => Some(Level::Debug),
        other => {
            reader.diagnostics.push(
                Diagnostic::error("bad-level", format!("there is no level `{other}`"))
                    .at(word.span, "unknown level")
                    .help(
                        "write `info`, which tells of commands, or `debug`, which tells of each step as well",
                    ),
            );
            None
        }
    }
}

/// The keys of one auditor.
struct Section<'r, 'd> {
    reader: &'r mut Reader<'d>,
    fields: Fields,
    kind: Span,
}

impl Section<'_, '_> {
    fn field(&self, key: &str) -> Option<Field> {
        self.fields.get(self.reader, key).cloned()
    }

    /// A text that may be left out; none as well after a problem with it, which was told.
    fn text(&mut self, key: &str, example: &str) -> Option<String> {
        let field = self.field(key)?;
        self.reader.text(field.value, &format!("`{key}`"), example).map(|text| text.value)
    }

    /// A text that has to be there.
    fn needed(&mut self, key: &str, example: &str) -> Option<String> {
        let text = self.text(key, example).filter(|text| !text.is_empty());
        let is_told = self.field(key).is_some_and(|field| !self.reader.written(field.value).is_empty());
        if text.is_none()
            && !is_told
            && !(self.field(key).is_none() && self.fields.attempted(self.reader, key))
        {
            self.missing(key, &format!("add `{example}`"));
        }
        text
    }

    fn missing(&mut self, key: &str, help: &str) {
        let (span, label) = match self.fields.place(key) {
            Some(span) => (span, "nothing is written after it".to_owned()),
            None => (self.kind, format!("this type wants `{key}` beside it")),
        };
        let diagnostic = Diagnostic::error("missing-key", format!("this auditor needs `{key}`"));
        self.reader.diagnostics.push(diagnostic.at(span, label).help(help));
    }

    /// An address of the web.
    fn address(&mut self, key: &str, example: &str) -> Option<String> {
        let address = self.needed(key, example)?;
        if address.starts_with("http://") || address.starts_with("https://") {
            return Some(address);
        }
        let field = self.field(key)?;
        self.reader.diagnostics.push(
            Diagnostic::error("bad-address", format!("`{key}` is not an address of the web"))
                .at(self.reader.span(field.value), "it has to begin with `https://` or `http://`")
                .help(format!("write for example `{example}`")),
        );
        None
    }

    fn slack(&mut self) -> Option<Channel> {
        let name = self.text("name", "name: maestro").unwrap_or_else(|| "maestro".to_owned());
        let icon = self.text("icon", "icon: https://example.com/icon.png");
        let hook = "webhook: https://hooks.slack.com/services/…";
        let to = if self.field("webhook").is_some() {
            SlackAddress::Webhook(self.address("webhook", hook)?)
        } else {
            let channel = self.needed("channel", "channel: \"#deployments\"");
            let token = self.needed("token", "token: \"{{ env.SLACK_TOKEN }}\"");
            let url = match self.field("url") {
                Some(_) => self.address("url", &format!("url: {SLACK}"))?,
                None => SLACK.to_owned(),
            };
            SlackAddress::Channel { channel: channel?, token: token?, url }
        };
        Some(Channel::Slack { to, name, icon })
    }

    fn webhook(&mut self) -> Option<Channel> {
        let endpoint = self.address("endpoint", "endpoint: https://example.com/deployments");
        let method = match self.text("method", "method: POST").map(|method| method.to_uppercase()).as_deref()
        {
            None | Some("POST") => Some("POST"),
            Some("GET") => Some("GET"),
            Some(other) => {
                let span = self.field("method").map_or(self.kind, |field| self.reader.span(field.value));
                self.reader.diagnostics.push(
                    Diagnostic::error("bad-method", format!("a webhook cannot be asked with `{other}`"))
                        .at(span, "neither GET nor POST")
                        .help("write `method: POST` or `method: GET`")
                        .replace(span, "POST"),
                );
                None
            }
        };
        let headers = self.headers();
        let payload = match self.field("payload") {
            Some(field) => self.payload(field.value),
            None => Some(serde_json::Value::Null),
        };
        let timeout = match self.field("timeout") {
            Some(field) => self.reader.seconds(field.value, "timeout", "3"),
            None => Some(WEBHOOK_TIMEOUT),
        };
        let (endpoint, method, headers) = (endpoint?, method?, headers?);
        Some(Channel::Webhook { endpoint, method, headers, payload: payload?, timeout: timeout? })
    }

    fn headers(&mut self) -> Option<Vec<(String, String)>> {
        let Some(field) = self.field("headers") else { return Some(Vec::new()) };
        let example = "headers: {X-Token: \"{{ env.TOKEN }}\"}";
        let entries = self.reader.mapping(field.value, "`headers`", "names to texts", example)?;
        let mut headers = Vec::new();
        for entry in entries {
            let value = self.reader.text(entry.value, "a header", example)?;
            let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if entry.key.value.is_empty() || !entry.key.value.chars().all(is_token) {
                self.reader.diagnostics.push(
                    Diagnostic::error("bad-header", "this cannot be the name of a header")
                        .at(entry.key.span, "letters, digits and `-` can")
                        .help(format!("write for example `{example}`")),
                );
                return None;
            }
            if value.value.chars().any(char::is_control) {
                self.reader.diagnostics.push(
                    Diagnostic::error("bad-header", "a header is one line")
                        .at(value.span, "this has a line break or another control character in it")
                        .help("take it out; a `>-` in place of a `|` makes one line of several"),
                );
                return None;
            }
            headers.push((entry.key.value, value.value));
        }
        Some(headers)
    }

    /// A body: any YAML, whose texts are expanded when it is sent.
    fn payload(&mut self, node: NodeId) -> Option<serde_json::Value> {
        use serde_json::Value as Json;
        match self.reader.yaml.kind(node) {
            NodeKind::Scalar(_) => Some(match self.reader.yaml.value(node) {
                Value::Null => Json::Null,
                Value::Bool(value) => Json::Bool(value),
                Value::Int(value) => {
                    i64::try_from(value).map_or_else(|_| Json::String(value.to_string()), Json::from)
                }
                Value::Float(value) => serde_json::Number::from_f64(value)
                    .map_or_else(|| Json::String(python_text(&Value::Float(value))), Json::Number),
                Value::Text(text) => {
                    self.check_names(&text, node)?;
                    Json::String(text)
                }
            }),
            NodeKind::Sequence(items) => {
                let items: Vec<Option<Json>> =
                    items.clone().into_iter().map(|item| self.payload(item)).collect();
                items.into_iter().collect::<Option<Vec<Json>>>().map(Json::Array)
            }
            NodeKind::Mapping(_) => {
                let entries = self.reader.mapping(
                    node,
                    "`payload`",
                    "keys to values",
                    "payload: {text: \"{message}\"}",
                )?;
                let pairs: Vec<Option<(String, Json)>> = entries
                    .into_iter()
                    .map(|entry| Some((entry.key.value, self.payload(entry.value)?)))
                    .collect();
                pairs.into_iter().collect::<Option<serde_json::Map<String, Json>>>().map(Json::Object)
            }
            NodeKind::Bad => None,
        }
    }

    /// Whether a text can be expanded; a problem if not.
    fn check_names(&mut self, text: &str, node: NodeId) -> Option<()> {
        let known = |name: &str| NAMES.contains(&name).then(String::new);
        let (text, help) = match expand(text, known) {
            Ok(_) => return Some(()),
            Err(BadText::Unknown(name)) => (
                format!("nothing is called `{{{name}}}` here"),
                match nearest(&name, NAMES) {
                    Some(near) => format!("did you mean `{{{near}}}`?"),
                    None => format!("there are {}", NAMES.map(|name| format!("`{{{name}}}`")).join(", ")),
                },
            ),
            Err(BadText::Brace) => (
                "a brace stands alone".to_owned(),
                "close it; a brace that is to be sent is written `{{ '{{' }}` or `{{ '}}' }}`".to_owned(),
            ),
        };
        let diagnostic =
            Diagnostic::error("bad-placeholder", text).at(self.reader.span(node), "in this text");
        self.reader.diagnostics.push(diagnostic.help(help));
        None
    }

    fn script(&mut self) -> Option<Channel> {
        let script = self.needed("script", "script: ./deployed.sh");
        let args = match self.field("args") {
            Some(field) => {
                let text = self.reader.text(field.value, "`args`", "args: \"{action} {who}\"")?;
                self.check_names(&text.value, field.value)?;
                text.value
            }
            None => String::new(),
        };
        Some(Channel::Script { script: script?, args })
    }
}
