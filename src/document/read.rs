//! Reading sections: mappings with known keys, texts, numbers, lists, each with its place, and a problem where the text
//! has something else.

use std::time::Duration;

use super::{
    keys::{Key, Support},
    scalar::{Value, python_text},
    yaml::{Kind, NodeId, Yaml},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, nearest},
    source::{Span, Spanned},
};

/// Reads values out of a parsed file and keeps the problems.
pub(super) struct Reader<'a> {
    pub yaml: &'a Yaml,
    pub diagnostics: &'a mut Diagnostics,
}

/// The entries of a section, by key.
pub(super) struct Fields {
    entries: Vec<Field>,
    pub span: Span,
}

/// One key and its value.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub key: Spanned<String>,
    pub value: NodeId,
}

impl Fields {
    /// The field of that key; one without a value (`image:` and nothing behind it) counts as not written.
    pub(super) fn get(&self, reader: &Reader<'_>, key: &str) -> Option<&Field> {
        self.entries.iter().find(|field| field.key.value == key && !reader.is_null(field.value))
    }

    /// The place of a key, even if it has no value.
    pub(super) fn place(&self, key: &str) -> Option<Span> {
        self.entries.iter().find(|field| field.key.value == key).map(|field| field.key.span)
    }
}

impl Reader<'_> {
    pub(super) fn is_null(&self, node: NodeId) -> bool {
        matches!(self.yaml.kind(node), Kind::Scalar(_)) && self.yaml.value(node) == Value::Null
    }

    /// Where a value is to be pointed at.
    pub(super) fn span(&self, node: NodeId) -> Span {
        self.yaml.span(node)
    }

    /// What a value is, in the words of YAML's users.
    fn kind_name(&self, node: NodeId) -> &'static str {
        match self.yaml.kind(node) {
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
            Kind::Bad => "something unreadable",
            Kind::Scalar(_) => match self.yaml.value(node) {
                Value::Null => "nothing",
                Value::Bool(_) => "true or false",
                Value::Int(_) | Value::Float(_) => "a number",
                Value::Text(_) => "text",
            },
        }
    }

    pub(super) fn wrong_type(&mut self, node: NodeId, what: &str, wanted: &str, example: &str) {
        if matches!(self.yaml.kind(node), Kind::Bad) {
            // What could not be read was told already.
            return;
        }
        let found = self.kind_name(node);
        self.diagnostics.push(
            Diagnostic::error("wrong-type", format!("{what} must be {wanted}, but here is {found}"))
                .at(self.span(node), format!("this is {found}"))
                .help(format!("write it as `{example}`")),
        );
    }

    /// The entries of a mapping, whatever their keys.
    pub(super) fn mapping(&mut self, node: NodeId, what: &str, example: &str) -> Option<Vec<Field>> {
        if self.is_null(node) {
            return Some(Vec::new());
        }
        if !matches!(self.yaml.kind(node), Kind::Mapping(_)) {
            self.wrong_type(node, what, "a mapping", example);
            return None;
        }
        let entries = self.yaml.entries(node);
        let mut fields = Vec::with_capacity(entries.len());
        for entry in entries {
            let span = self.span(entry.key);
            if let Kind::Scalar(_) = self.yaml.kind(entry.key) {
                let key = Spanned::new(python_text(&self.yaml.value(entry.key)), span);
                fields.push(Field { key, value: entry.value });
            }
        }
        Some(fields)
    }

    /// The entries of a section whose keys are known; unknown ones are told, with the nearest that there is.
    pub(super) fn section(
        &mut self,
        node: NodeId,
        what: &str,
        known: &[&[Key]],
        example: &str,
    ) -> Option<Fields> {
        let entries = self.mapping(node, what, example)?;
        for field in &entries {
            self.check_key(field, what, known, &entries);
        }
        Some(Fields { entries, span: self.span(node) })
    }

    fn check_key(&mut self, field: &Field, what: &str, known: &[&[Key]], siblings: &[Field]) {
        let name = &field.key.value;
        let span = field.key.span;
        let diagnostic = match known.iter().copied().flatten().find(|key| key.name == name) {
            Some(key) => match key.support {
                Support::Carried => return,
                Support::NotYet => Diagnostic::error(
                    "not-yet",
                    format!("`{name}` is not carried by this version of Maestro"),
                )
                .at(span, "known from MaestroNG, but not carried yet")
                .note(key.about)
                .help("leave it out, or stay with MaestroNG 0.8.3 for this file until a later version"),
                Support::Unused => Diagnostic::warning(
                    "unused-key",
                    format!("`{name}` is read, but has no effect in this version"),
                )
                .at(span, "has no effect yet")
                .note(key.about),
                Support::Obsolete => {
                    Diagnostic::warning("obsolete-key", format!("`{name}` has no effect on today's engines"))
                        .at(span, "has no effect")
                        .note(key.about)
                        .help("leave it out")
                }
            },
            None => {
                let free = known.iter().copied().flatten().map(|key| key.name);
                let free = free.filter(|key| siblings.iter().all(|field| field.key.value != *key));
                let text = format!("{what} has no key `{name}`");
                let diagnostic = Diagnostic::error("unknown-key", text).at(span, "unknown key");
                match nearest(name, free) {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                    None => diagnostic.help(format!("it knows: {}", list_keys(known))),
                }
            }
        };
        self.diagnostics.push(diagnostic);
    }

    /// A single value as text, the way that Python would print it: `true` is `True`, `1.50` is `1.5`.
    pub(super) fn text(&mut self, node: NodeId, what: &str, example: &str) -> Option<Spanned<String>> {
        match self.yaml.kind(node) {
            Kind::Scalar(_) if !self.is_null(node) => {
                Some(Spanned::new(python_text(&self.yaml.value(node)), self.span(node)))
            }
            _ => {
                self.wrong_type(node, what, "text", example);
                None
            }
        }
    }

    /// A single value exactly as it is written, for what only looks like a number: versions, for example.
    pub(super) fn raw_text(&mut self, node: NodeId, what: &str, example: &str) -> Option<Spanned<String>> {
        match self.yaml.kind(node) {
            Kind::Scalar(scalar) if !self.is_null(node) => {
                Some(Spanned::new(scalar.text.clone(), self.span(node)))
            }
            _ => {
                self.wrong_type(node, what, "text", example);
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, node: NodeId, what: &str) -> Option<bool> {
        if let Kind::Scalar(_) = self.yaml.kind(node)
            && let Value::Bool(value) = self.yaml.value(node)
        {
            return Some(value);
        }
        self.wrong_type(node, what, "true or false", "true");
        None
    }

    /// A whole number within bounds; text that is a number counts, as in `MaestroNG`.
    pub(super) fn integer(&mut self, node: NodeId, what: &str, bounds: (i64, i64)) -> Option<Spanned<i64>> {
        let value = match self.yaml.kind(node) {
            Kind::Scalar(_) => match self.yaml.value(node) {
                Value::Int(value) => i64::try_from(value).ok(),
                Value::Text(text) => text.trim().parse().ok(),
                Value::Float(value) if value.fract() == 0.0 => format!("{value:.0}").parse().ok(),
                _ => None,
            },
            _ => None,
        };
        let Some(value) = value else {
            self.wrong_type(node, what, "a whole number", &bounds.0.max(1).to_string());
            return None;
        };
        let span = self.span(node);
        if value < bounds.0 || value > bounds.1 {
            let (least, most) = bounds;
            let wanted =
                if most == i64::MAX { format!("at least {least}") } else { format!("{least} to {most}") };
            self.diagnostics.push(
                Diagnostic::error("out-of-range", format!("{what} must be {wanted}"))
                    .at(span, format!("{value} is out of range")),
            );
            return None;
        }
        Some(Spanned::new(value, span))
    }

    /// A time in seconds, whole or not.
    pub(super) fn seconds(&mut self, node: NodeId, what: &str) -> Option<Duration> {
        let value = match self.yaml.kind(node) {
            Kind::Scalar(_) => match self.yaml.value(node) {
                Value::Int(value) => format!("{value}").parse::<f64>().ok(),
                Value::Float(value) => Some(value),
                Value::Text(text) => text.trim().parse().ok(),
                _ => None,
            },
            _ => None,
        };
        let Some(value) = value else {
            self.wrong_type(node, what, "a number of seconds", "30");
            return None;
        };
        match Duration::try_from_secs_f64(value) {
            Ok(duration) if duration <= Duration::from_secs(7 * 24 * 3600) => Some(duration),
            _ => {
                let span = self.span(node);
                self.diagnostics.push(
                    Diagnostic::error("out-of-range", format!("{what} must be between 0 s and a week"))
                        .at(span, "out of range")
                        .help("write a number of seconds, for example `30`"),
                );
                None
            }
        }
    }

    /// The items of a list; a single value counts as a list of one, so that `requires: db` is not five letters.
    pub(super) fn items(&mut self, node: NodeId, what: &str, example: &str) -> Vec<NodeId> {
        match self.yaml.kind(node) {
            Kind::Sequence(items) => items.clone(),
            Kind::Scalar(_) if self.is_null(node) => Vec::new(),
            Kind::Scalar(_) => vec![node],
            Kind::Mapping(_) | Kind::Bad => {
                self.wrong_type(node, what, "a list", example);
                Vec::new()
            }
        }
    }

    /// The items of a list as texts.
    pub(super) fn texts(&mut self, node: NodeId, what: &str, example: &str) -> Vec<Spanned<String>> {
        let items = self.items(node, what, example);
        let item = format!("each item of {what}");
        items.into_iter().filter_map(|node| self.text(node, &item, example)).collect()
    }
}

fn list_keys(known: &[&[Key]]) -> String {
    known.iter().copied().flatten().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", ")
}
