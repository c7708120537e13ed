//! `env`: environment variables.

use crate::document::{
    read::{Field, Reader},
    scalar::{as_scalar, python_text},
    yaml::{NodeId, NodeKind},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    source::Spanned,
    value::secret::may_be_secret,
};

/// Environment variables; lists, nested or not, are joined with spaces, as in `MaestroNG`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<(Spanned<String>, Option<String>)> {
    if let NodeKind::Sequence(items) = reader.yaml.kind(field.value)
        && items.iter().all(|item| reader.is_scalar(*item))
    {
        return listed(reader, field);
    }
    let entries =
        reader.mapping(field.value, "`env`", "names to values", "env: {DEBUG: \"1\"}").unwrap_or_default();
    let mut variables = Vec::with_capacity(entries.len());
    for entry in entries {
        let value = if reader.is_null(entry.value) {
            None
        } else {
            let mut words = Vec::new();
            flatten(reader, entry.value, &entry.key.value, &mut words);
            Some(words.join(" "))
        };
        check_variable(reader, &entry.key);
        variables.push((entry.key, value));
    }
    variables
}

/// A list as Compose has it: `NAME=value`, or a name alone.
fn listed(reader: &mut Reader<'_>, field: &Field) -> Vec<(Spanned<String>, Option<String>)> {
    let texts = reader.texts(field.value, "`env`", "env: [DEBUG=1]");
    let mut variables: Vec<(Spanned<String>, Option<String>)> = Vec::with_capacity(texts.len());
    for text in texts {
        let (name, value) = match text.value.split_once('=') {
            Some((name, value)) if !name.is_empty() => (name.to_owned(), Some(value.to_owned())),
            Some(_) | None => (text.value, None),
        };
        let name = Spanned::new(name, text.span);
        check_variable(reader, &name);
        // As in Compose, the last item counts.
        variables.retain(|(known, _)| known.value != name.value);
        variables.push((name, value));
    }
    variables
}

/// A name that containers would not see as it is written.
fn check_variable(reader: &mut Reader<'_>, name: &Spanned<String>) {
    let (label, help) = if name.value.is_empty() {
        ("there is no name", Help::from("write `NAME: value`"))
    } else if let Some((before, after)) = name.value.split_once('=') {
        // What follows may be a secret, and so is not told.
        let help = match (before, after) {
            ("", other) | (other, "") if !other.is_empty() => {
                Help::from("leave the `=` out").replace(name.span, as_scalar(other))
            }
            _ => Help::from(format!("write `{before}` as the name: its value stands after the `:`"))
                .replace(name.span, as_scalar(before)),
        };
        ("a name ends at its first `=`", help)
    } else if name.value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let joined: Vec<&str> = name.value.split(|c: char| c.is_whitespace() || c.is_control()).collect();
        let joined = joined.join("_");
        let help = Help::from(format!("write for example `{joined}`")).replace(name.span, joined);
        ("a name has no space in it", help)
    } else {
        return;
    };
    let shown = name.value.split('=').next().unwrap_or_default();
    let text = format!("`{shown}` cannot be the name of a variable");
    let text =
        if shown.len() < name.value.len() { "a variable's name cannot contain `=`".to_owned() } else { text };
    reader.diagnostics.push(Diagnostic::error("bad-variable", text).at(name.span, label).help(help));
}

/// Whether this can be a part of a variable's name.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// To YAML they are letters: they would be a part of the value.
fn warn_of_curly_quotes(reader: &mut Reader<'_>, node: NodeId) {
    let NodeKind::Scalar(scalar) = reader.yaml.kind(node) else { return };
    let quotes = ['“', '”', '„', '‘', '’'];
    if scalar.plain && scalar.text.starts_with(quotes) && scalar.text.ends_with(quotes) {
        let place = reader.span(node);
        reader.diagnostics.push(
            Diagnostic::warning("curly-quotes", "these quotes are letters to YAML, a part of the value")
                .at(place, "in curly quotes")
                .help("write straight quotes, `\"`; around the curly ones if they are meant")
                .replace(place, serde_json::Value::from(scalar.text.trim_matches(quotes)).to_string()),
        );
    }
}

fn flatten(reader: &mut Reader<'_>, node: NodeId, variable: &str, words: &mut Vec<String>) {
    match reader.yaml.kind(node) {
        NodeKind::Sequence(items) => {
            for item in items.clone() {
                flatten(reader, item, variable, words);
            }
        }
        NodeKind::Scalar(_) => {
            if may_be_secret(variable) {
                reader.warn_of_secret_number(node);
            } else {
                reader.warn_of_number(node);
            }
            warn_of_curly_quotes(reader, node);
            words.push(python_text(&reader.yaml.value(node)));
        }
        NodeKind::Mapping(_) | NodeKind::Bad => {
            let what = format!("the variable `{variable}`");
            let first = reader.yaml.entries(node).first().map(|entry| reader.written(entry.key).to_owned());
            let inner = first.unwrap_or_default().to_uppercase();
            let is_upper = !variable.chars().any(|c| c.is_ascii_lowercase());
            let example = format!("{variable}: \"text\"");
            if is_name(&inner) && is_upper && reader.is_mapping(node) {
                let text = format!("{what} must be text, a number or a list of these");
                reader.diagnostics.push(
                    Diagnostic::error("wrong-type", text).at(reader.span(node), "this is a mapping").help(format!(
                        "write a variable for each of its entries, the first as `{variable}_{inner}`, or all of it as text, \
                         `{example}`"
                    )),
                );
                return;
            }
            reader.wrong_type(node, &what, "text, a number or a list of these", &example);
        }
    }
}
