//! Reading sections: mappings with known keys, texts, numbers, lists, each with its place, and a problem where the text
//! has something else.

mod fields;
mod known;
mod stranded;

use std::{collections::HashSet, time::Duration};

use super::{
    convert,
    keys::Key,
    scalar::{Value, python_text},
    schema::Schema,
    synonyms,
    yaml::{NodeId, NodeKind, Yaml},
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help},
    source::{Span, Spanned},
};

pub(super) use super::field::Field;
pub(super) use fields::Fields;
pub(super) use known::about_support;
pub(super) use stranded::Stranded;

/// Sections of names and values, which people write as a list too.
const MERGED: [&str; 8] = ["ports", "env", "links", "labels", "volumes", "extra_hosts", "ulimits", "log_opt"];

/// Keys whose values are numbers of seconds.
const TIMES: [&str; 5] = ["stop_timeout", "timeout", "max_wait", "delay", "wait"];

/// Reads values out of a parsed file and keeps the problems.
pub(super) struct Reader<'a> {
    pub yaml: &'a Yaml,
    pub diagnostics: &'a mut Diagnostics,
    /// The file's schema.
    pub schema: Schema,
    /// The lists of keys that were told, each by its first key.
    listed: Vec<&'static str>,
    /// Places of keys that were told: nothing more is to be said about them.
    told: HashSet<Span>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(yaml: &'a Yaml, diagnostics: &'a mut Diagnostics) -> Self {
        Self { yaml, diagnostics, schema: Schema::of(yaml), listed: Vec::new(), told: HashSet::new() }
    }
}

impl Reader<'_> {
    /// From here on an unknown key at one of these places is not told.
    pub(super) fn told_at(&mut self, places: impl IntoIterator<Item = Span>) {
        self.told.extend(places);
    }

    /// Whether a key at that place was told.
    pub(super) fn is_told(&self, place: Span) -> bool {
        self.told.contains(&place)
    }

    pub(super) fn is_scalar(&self, node: NodeId) -> bool {
        matches!(self.yaml.kind(node), NodeKind::Scalar(_))
    }

    /// Whether a list is written in lines of its own.
    pub(super) fn is_block_list(&self, node: NodeId) -> bool {
        let is_list = matches!(self.yaml.kind(node), NodeKind::Sequence(_));
        is_list && self.yaml.whole(node).is_some_and(|whole| whole != self.span(node))
    }

    pub(super) fn is_null(&self, node: NodeId) -> bool {
        matches!(self.yaml.kind(node), NodeKind::Scalar(_)) && self.yaml.value(node) == Value::Null
    }

    pub(super) fn is_mapping(&self, node: NodeId) -> bool {
        matches!(self.yaml.kind(node), NodeKind::Mapping(_))
    }

    /// Where a value is to be pointed at.
    pub(super) fn span(&self, node: NodeId) -> Span {
        self.yaml.span(node)
    }

    /// A single value exactly as it is written, to be quoted.
    pub(super) fn written(&self, node: NodeId) -> &str {
        match self.yaml.kind(node) {
            NodeKind::Scalar(scalar) => &scalar.text,
            _ => "",
        }
    }

    /// What a value is, in the words of YAML's users.
    fn found(&self, node: NodeId) -> String {
        let (what, first) = match self.yaml.kind(node) {
            NodeKind::Sequence(items) => ("list", items.first().copied()),
            NodeKind::Mapping(pairs) => ("mapping", pairs.first().map(|&(key, _)| key)),
            NodeKind::Bad => return String::new(),
            NodeKind::Scalar(scalar) => {
                return match self.yaml.value(node) {
                    Value::Null if scalar.text.is_empty() => "nothing is written here".to_owned(),
                    Value::Null => "this means nothing".to_owned(),
                    Value::Bool(value) => format!("YAML reads this as {value}"),
                    Value::Int(_) | Value::Float(_) => "this is a number".to_owned(),
                    Value::Text(_) if scalar.plain => "this is text".to_owned(),
                    Value::Text(_) => "this is text, being in quotes".to_owned(),
                };
            }
        };
        // A block of lines is pointed at by its first word.
        if first.is_some_and(|first| self.span(first) == self.span(node)) {
            format!("a {what} begins here")
        } else {
            format!("this is a {what}")
        }
    }

    /// Says what a value should be. `example` shows it with its key.
    pub(super) fn wrong_type(&mut self, node: NodeId, what: &str, wanted: &str, example: &str) {
        if matches!(self.yaml.kind(node), NodeKind::Bad) {
            // What could not be read was told already.
            return;
        }
        let diagnostic = Diagnostic::error("wrong-type", format!("{what} must be {wanted}"))
            .at(self.span(node), self.found(node));
        let key = example.split(':').next().unwrap_or_default();
        let whole = self.yaml.whole(node);
        let meant = convert::value(self.yaml, key, node).filter(|_| what.trim_matches('`') == key);
        let merged = || {
            convert::merged(self.yaml, node)
                .filter(|_| MERGED.contains(&key) && what.trim_matches('`') == key)
        };
        let meant = meant.or_else(merged);
        let help = match (meant, whole) {
            // A time with a unit is a number of seconds, whatever the unit is.
            (Some(value), Some(whole)) if TIMES.contains(&key) => {
                Help::from(format!("write `{key}: {value}`")).fix(whole, value)
            }
            (Some(value), Some(whole)) => Help::from(format!("write `{key}: {value}`")).replace(whole, value),
            (Some(value), None) => format!("write `{key}: {value}`").into(),
            (None, _) => self.plainer(node, key, wanted, example),
        };
        self.diagnostics.push(diagnostic.help(help));
    }

    /// What to write for a value whose meaning is plain: `"true"` for true.
    fn plainer(&self, node: NodeId, key: &str, wanted: &str, example: &str) -> Help {
        let written = self.written(node).trim().to_lowercase();
        let value = match written.as_str() {
            "true" | "yes" | "on" | "1" if wanted == "true or false" => "true",
            "false" | "no" | "off" | "0" if wanted == "true or false" => "false",
            number if key == "instances" && number.parse::<u16>().is_ok() => {
                let help = Help::from(format!("write `replicas: {number}`"));
                let entry = self.yaml.holder_of(node).map(|(_, key)| self.span(key));
                return match (entry, self.yaml.whole(node)) {
                    (Some(key), Some(whole)) => {
                        help.replace(Span::new(key.file, key.start..whole.end), format!("replicas: {number}"))
                    }
                    _ => help,
                };
            }
            _ => return format!("write for example `{example}`").into(),
        };
        Help::from(format!("write `{key}: {value}`")).fix(self.span(node), value)
    }

    /// The entries of a mapping of `of` (`names to ports`), whatever their keys.
    pub(super) fn mapping(
        &mut self,
        node: NodeId,
        what: &str,
        of: &str,
        example: &str,
    ) -> Option<Vec<Field>> {
        self.mapping_of_keys(node, what, of, example, &[])
    }

    /// The same; keys that are known are read as they are written: YAML takes `on` for true.
    fn mapping_of_keys(
        &mut self,
        node: NodeId,
        what: &str,
        of: &str,
        example: &str,
        known: &[&'static [Key]],
    ) -> Option<Vec<Field>> {
        if self.is_null(node) {
            return Some(Vec::new());
        }
        if !matches!(self.yaml.kind(node), NodeKind::Mapping(_)) {
            self.wrong_type(node, what, &format!("a mapping of {of}"), example);
            return None;
        }
        let entries = self.yaml.entries(node);
        let mut fields = Vec::with_capacity(entries.len());
        for entry in entries {
            let span = self.span(entry.key);
            if let NodeKind::Scalar(_) = self.yaml.kind(entry.key) {
                let written = self.written(entry.key);
                let is_known = known.iter().any(|keys| keys.iter().any(|key| key.name == written));
                let name = if is_known {
                    written.to_owned()
                } else {
                    self.warn_of_number(entry.key);
                    python_text(&self.yaml.value(entry.key))
                };
                fields.push(Field { key: Spanned::new(name, span), value: entry.value });
            }
        }
        Some(fields)
    }

    /// The entries of a section whose keys are known; unknown ones are told, with the nearest that there is.
    pub(super) fn section(
        &mut self,
        node: NodeId,
        what: &str,
        known: &[&'static [Key]],
        example: &str,
    ) -> Fields {
        let entries = if self.is_entry_without_colon(node, known) {
            None
        } else {
            self.mapping_of_keys(node, what, "keys to values", example, known)
        };
        let unreadable = entries.is_none();
        let mut entries = entries.unwrap_or_default();
        synonyms::rename(self.yaml, &mut entries, known, self.diagnostics);
        let stranded = self.tell_stranded(node, &entries, known, what);
        let mut meant: Vec<&'static str> = stranded.iter().map(|(home, _)| *home).collect();
        let mut renamed = Vec::new();
        for field in &entries {
            if self.told.contains(&field.key.span) {
                continue;
            }
            let Some(found) = self.check_key(field, what, known, (node, &entries)) else { continue };
            meant.push(found.key);
            if found.is_renamed && renamed.iter().all(|other: &Field| other.key.value != found.key) {
                let key = Spanned::new(found.key.to_owned(), field.key.span);
                renamed.push(Field { key, value: field.value });
            }
        }
        // What stands below a misspelt key is read as if it were spelt well.
        entries.extend(renamed);
        Fields { entries, span: self.span(node), meant, unreadable, stranded }
    }

    /// A single value as text, the way that Python would print it: `true` is `True`, `1.50` is `1.5`.
    pub(super) fn text(&mut self, node: NodeId, what: &str, example: &str) -> Option<Spanned<String>> {
        match self.yaml.kind(node) {
            NodeKind::Scalar(_) if !self.is_null(node) => {
                self.warn_of_number(node);
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
            NodeKind::Scalar(scalar) if !self.is_null(node) => {
                Some(Spanned::new(scalar.text.clone(), self.span(node)))
            }
            _ => {
                self.wrong_type(node, what, "text", example);
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, node: NodeId, what: &str) -> Option<bool> {
        if let NodeKind::Scalar(_) = self.yaml.kind(node)
            && let Value::Bool(value) = self.yaml.value(node)
        {
            return Some(value);
        }
        self.wrong_type(node, what, "true or false", &format!("{}: true", what.trim_matches('`')));
        None
    }

    /// A whole number within bounds; text that is a number counts, as in `MaestroNG`.
    pub(super) fn integer(
        &mut self,
        node: NodeId,
        what: &str,
        bounds: (i64, i64),
        example: &str,
    ) -> Option<Spanned<i64>> {
        let value = match self.yaml.value(node) {
            Value::Int(value) => Some(value),
            Value::Text(text) => text.trim().parse().ok(),
            Value::Float(value) if value.fract() == 0.0 => format!("{value:.0}").parse().ok(),
            _ => None,
        };
        let Some(value) = value else {
            self.wrong_type(node, what, "a whole number", example);
            return None;
        };
        self.warn_of_base(node);
        let span = self.span(node);
        let (least, most) = bounds;
        match i64::try_from(value) {
            Ok(value) if (least..=most).contains(&value) => Some(Spanned::new(value, span)),
            _ => {
                let wanted = if most == i64::MAX {
                    format!("{least} or more")
                } else {
                    format!("from {least} to {most}")
                };
                let label = if value < i128::from(least) { "too small" } else { "too large" };
                self.diagnostics.push(
                    Diagnostic::error("out-of-range", format!("{what} must be {wanted}"))
                        .at(span, label)
                        .help(format!("write for example `{example}`")),
                );
                None
            }
        }
    }

    /// A time in seconds, whole or not.
    pub(super) fn seconds(&mut self, node: NodeId, key: &str, example: &str) -> Option<Duration> {
        let value = match self.yaml.value(node) {
            Value::Int(value) => format!("{value}").parse::<f64>().ok(),
            Value::Float(value) => Some(value),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let what = format!("`{key}`");
        let help = format!("{key}: {example}");
        let Some(value) = value else {
            self.wrong_type(node, &what, "a number of seconds", &help);
            return None;
        };
        self.warn_of_base(node);
        match Duration::try_from_secs_f64(value) {
            Ok(duration) if duration <= Duration::from_secs(7 * 24 * 3600) => Some(duration),
            _ => {
                let label = if value < 0.0 { "less than nothing" } else { "more than a week" };
                let diagnostic =
                    Diagnostic::error("out-of-range", format!("{what} must be from 0 seconds to a week"));
                self.diagnostics
                    .push(diagnostic.at(self.span(node), label).help(format!("write for example `{help}`")));
                None
            }
        }
    }

    /// The items of a list; a single value counts as a list of one, so that `requires: db` is not five letters.
    pub(super) fn items(&mut self, node: NodeId, what: &str, example: &str) -> Vec<NodeId> {
        match self.yaml.kind(node) {
            NodeKind::Sequence(items) => items.clone(),
            NodeKind::Scalar(_) if self.is_null(node) => Vec::new(),
            NodeKind::Scalar(_) => vec![node],
            NodeKind::Mapping(_) | NodeKind::Bad => {
                self.wrong_type(node, what, "a list, or one item of it", example);
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
