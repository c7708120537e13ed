//! Values that are known to be secret, and texts without them.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
    ops::Range,
    sync::{LazyLock, Mutex, PoisonError},
};

use regex::Regex;
use serde_json::Value;

use super::{masked, tokens};

/// Values shorter than this are in half of all texts.
const SHORTEST: usize = 4;
/// Values shorter than this are hidden only where they stand as a word of their own.
const SHORT: usize = 8;
/// Parts of values shorter than this are not looked for.
const PIECE: usize = 6;
/// How many values are looked for at a time.
const TOGETHER: usize = 1000;

/// Words of Maestro and of files that are values of secrets only in examples: hiding them would hide what is said.
const OPEN: [&str; 44] = [
    "true",
    "false",
    "null",
    "none",
    "auto",
    "default",
    "yes",
    "enabled",
    "disabled",
    "start",
    "stop",
    "pull",
    "create",
    "remove",
    "ready",
    "running",
    "exited",
    "created",
    "restart",
    "apply",
    "plan",
    "info",
    "warning",
    "error",
    "debug",
    "local",
    "localhost",
    "http",
    "https",
    "name",
    "image",
    "instance",
    "service",
    "ship",
    "state",
    "env",
    "command",
    "password",
    "secret",
    "token",
    "user",
    "username",
    "basic",
    "bearer",
];

/// Values that no output shows.
#[derive(Debug, Default)]
pub struct Known {
    /// The values, in each way in which outputs write them.
    values: BTreeSet<String>,
    /// Texts that are shown though they are the value of a secret as well: names that stand openly in the file.
    open: HashSet<String>,
    /// Made from `values` when a text is hidden first.
    patterns: Mutex<Option<Vec<Regex>>>,
}

impl Known {
    /// Values that are secret.
    #[must_use]
    pub fn new<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut known = Self::default();
        known.add(values);
        known
    }

    /// More of them.
    pub fn add<'v>(&mut self, values: impl IntoIterator<Item = &'v str>) {
        for value in values {
            self.add_one(value);
        }
        *self.patterns.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Texts that are shown in any case.
    pub fn leave_open<'v>(&mut self, texts: impl IntoIterator<Item = &'v str>) {
        self.open.extend(texts.into_iter().map(str::to_owned));
        *self.patterns.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The same, which also hides words that are parts of values: a message about what cannot be read may quote a part.
    #[must_use]
    pub fn with_parts(&self) -> Self {
        // The name of a variable is not its value.
        static VARIABLE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\$\{?[A-Z_][A-Z0-9_]*").expect("a fixed pattern"));
        // What is said where a variable is not set is for people to read.
        static MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(\$\{[A-Za-z_][A-Za-z0-9_]*):?\?[^{}]*\}").expect("a fixed pattern")
        });
        let parts = self.values.iter().flat_map(|value| {
            let value = MESSAGE.replace_all(value, "$1");
            let names: Vec<&str> = VARIABLE.find_iter(&value).map(|name| name.as_str()).collect();
            let parts = value.split(|c: char| !c.is_alphanumeric());
            let parts = parts.filter(|part| part.len() >= PIECE && is_worth_hiding(part));
            let parts = parts.filter(|part| !names.iter().any(|name| name.contains(part)));
            parts.map(str::to_owned).collect::<Vec<String>>()
        });
        Self {
            values: self.values.iter().cloned().chain(parts).collect(),
            open: self.open.clone(),
            patterns: Mutex::default(),
        }
    }

    fn add_one(&mut self, value: &str) {
        let whole = value.trim();
        // Of a text of several lines each line is secret: a message may quote one.
        let lines = whole.lines().map(str::trim).filter(|line| line.len() >= PIECE);
        for text in std::iter::once(whole).chain(lines) {
            if !is_worth_hiding(text) {
                continue;
            }
            self.values.insert(text.to_owned());
            // As JSON, as Rust's debug output, as a shell and as YAML write it.
            let escaped = text.replace('\\', "\\\\");
            for written in [
                escaped.replace('"', "\\\"").replace('\n', "\\n"),
                text.replace('\n', "\\n"),
                text.replace('\n', " "),
                text.replace("\\\"", "\"").replace("\\\\", "\\"),
                text.replace("''", "'"),
                // A message about an alias, an anchor or a tag names it without its sign.
                text.trim_start_matches(['*', '&', '!', '%', '@', '|', '>']).to_owned(),
                text.replace('\'', "'\\''"),
                text.replace('\'', "''"),
                text.replace('\'', "'\"'\"'"),
            ] {
                if written != text && is_worth_hiding(&written) {
                    self.values.insert(written);
                }
            }
        }
    }

    /// `text` with a mask in place of each value that is known to be secret, and of each that looks so in any text.
    #[must_use]
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut places = tokens(text);
        places.extend(self.places(text));
        if places.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(masked(text, places)) }
    }

    /// Where in `text` values stand that are known to be secret.
    #[must_use]
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        for pattern in patterns.get_or_insert_with(|| self.compiled()) {
            let mut at = 0;
            while let Some(found) = pattern.find_at(text, at) {
                if found.len() >= SHORT || is_word(text, found.start(), found.end()) {
                    places.push(found.range());
                }
                at = found.end();
            }
        }
        places
    }

    /// Hides secrets in all texts of a JSON value.
    pub fn hide_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(hidden) = self.hide(text) {
                    *text = hidden;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_json(item)),
            Value::Object(fields) => {
                // A value that a template wrote in the place of a key.
                if fields.keys().any(|key| key.len() >= SHORT && matches!(self.hide(key), Cow::Owned(_))) {
                    let own = std::mem::take(fields);
                    fields.extend(own.into_iter().map(|(key, field)| (self.hide(&key).into_owned(), field)));
                }
                fields.values_mut().for_each(|field| self.hide_json(field));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn compiled(&self) -> Vec<Regex> {
        let mut values: Vec<&String> =
            self.values.iter().filter(|value| !self.open.contains(*value)).collect();
        // Of two that begin at one place the longer one is hidden.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        let escaped: Vec<String> = values.into_iter().map(|value| regex::escape(value)).collect();
        let patterns = escaped.chunks(TOGETHER).filter_map(|chunk| {
            let mut builder = regex::RegexBuilder::new(&chunk.join("|"));
            builder.size_limit(1 << 30).build().ok()
        });
        patterns.collect()
    }
}

/// Whether a value is looked for in texts: not what is in half of them, and no number such as a port.
fn is_worth_hiding(value: &str) -> bool {
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    value.len() >= if is_number { 6 } else { SHORTEST }
        && !OPEN.contains(&value.to_ascii_lowercase().as_str())
}

/// Whether what stands there is no part of a longer word.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !is_part(text[..start].chars().next_back()) && !is_part(text[end..].chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_are_hidden_as_words_and_as_they_are_written() {
        let known = Known::new([
            "hunter2",
            "tok\"REAL\\SECRET",
            "it's a secret",
            "a line of it\nanother line",
            "8080",
            "start",
        ]);
        for (text, shown) in [
            ("no user:hunter2@db", "no user:***@db"),
            ("hunter22 and hunter2", "hunter22 and ***"),
            ("{\"a\":\"tok\\\"REAL\\\\SECRET\"}", "{\"a\":\"***\"}"),
            ("'it'\\''s a secret'", "'***'"),
            ("x a line of it y", "x *** y"),
            ("start on port 8080", "start on port 8080"),
            ("ghp_abcdef was refused", "*** was refused"),
            ("unauthorized: authentication required", "unauthorized: authentication required"),
        ] {
            assert_eq!(known.hide(text), shown);
        }
    }

    #[test]
    fn what_stands_openly_elsewhere_is_shown() {
        let mut known = Known::new(["postgres"]);
        known.leave_open(["postgres"]);
        assert_eq!(known.hide("image postgres:16"), "image postgres:16");
    }

    #[test]
    fn names_of_variables_are_no_parts_of_values() {
        let known = Known::new(["admin:${HASHED_PASSWORD:?database without HASHED_PASSWORD} oneTwoThree"])
            .with_parts();
        let told = "`HASHED_PASSWORD` must be set for the database, not oneTwoThree";
        assert_eq!(known.hide(told), "`HASHED_PASSWORD` must be set for the database, not ***");
    }
}
