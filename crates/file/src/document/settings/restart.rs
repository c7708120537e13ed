//! `restart`: when the engine starts a container again by itself.

use crate::document::{
    keys,
    read::{Field, Reader},
    scalar::Value,
    yaml::{NodeId, NodeKind},
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest},
    source::{Span, Spanned},
    value::RestartPolicy,
};

const POLICIES: [&str; 4] = ["no", "always", "on-failure", "unless-stopped"];

/// Reads a policy: its name, `on-failure:5`, or `{name: on-failure, retries: 5}`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Option<RestartPolicy> {
    let span = reader.span(field.value);
    if let NodeKind::Mapping(_) = reader.yaml.kind(field.value) {
        let example = "restart: {name: on-failure, retries: 5}";
        let fields = reader.section(field.value, "`restart`", &[keys::RESTART], example);
        let retries =
            ["retries", "maximum_retry_count"].iter().find_map(|key| fields.get(reader, key).cloned());
        let retries = match retries {
            Some(field) => {
                let what = format!("`{}`", field.key.value);
                reader.integer(field.value, &what, (0, i64::from(u32::MAX)), "retries: 5")?.value
            }
            None => 0,
        };
        let name = match fields.get(reader, "name").cloned() {
            Some(field) => name(reader, field.value)?,
            None => Spanned::new("no".to_owned(), span),
        };
        return policy(
            reader.diagnostics,
            &name.value,
            name.span,
            u32::try_from(retries).unwrap_or(u32::MAX),
        );
    }
    let text = name(reader, field.value)?;
    short(reader.diagnostics, &Spanned::new(text.value, span))
}

/// Reads a policy in its short form: its name, or `on-failure:5`.
pub(crate) fn short(diagnostics: &mut Diagnostics, text: &Spanned<String>) -> Option<RestartPolicy> {
    let span = text.span;
    let (name, retries) = match text.value.split_once(':') {
        None => (text.value.as_str(), Some(0)),
        Some((name, retries)) => (name, retries.trim().parse().ok()),
    };
    let Some(retries) = retries else {
        diagnostics.push(
            Diagnostic::error("bad-restart", format!("`{}` is not a restart policy", text.value))
                .at(span, "expected a number after the `:`")
                .help(format!("write for example `restart: {name}:5`"))
                .replace(span, format!("{name}:5")),
        );
        return None;
    };
    policy(diagnostics, name, span, retries)
}

/// `no` is what a reader means, though YAML 1.1 reads it as false.
fn name(reader: &mut Reader<'_>, node: NodeId) -> Option<Spanned<String>> {
    if let NodeKind::Scalar(_) = reader.yaml.kind(node)
        && let Value::Bool(value) = reader.yaml.value(node)
    {
        let name = if value { reader.written(node).to_owned() } else { "no".to_owned() };
        return Some(Spanned::new(name, reader.span(node)));
    }
    reader.text(node, "`restart`", "restart: always")
}

fn policy(diagnostics: &mut Diagnostics, name: &str, span: Span, retries: u32) -> Option<RestartPolicy> {
    if retries > 0 && POLICIES.contains(&name) && name != "on-failure" {
        let text = format!("the restart policy `{name}` takes no number of retries");
        diagnostics.push(
            Diagnostic::error("bad-restart", text)
                .at(span, "only `on-failure` takes one")
                .help(format!("write `restart: {name}` or `restart: on-failure:{retries}`"))
                .replace(span, if name == "no" { "\"no\"" } else { name }),
        );
        return None;
    }
    if POLICIES.contains(&name) {
        return Some(RestartPolicy { name: name.to_owned(), retries });
    }
    let diagnostic = Diagnostic::error("bad-restart", format!("`{name}` is not a restart policy"))
        .at(span, "unknown policy");
    diagnostics.push(match nearest(name, POLICIES) {
        Some(near) => diagnostic.help(Help::did_you_mean(span, name, near)),
        None => diagnostic.help(format!("the policies are {}", POLICIES.join(", "))),
    });
    None
}
