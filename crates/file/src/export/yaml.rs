//! YAML as people write it: blocks down to the keys of a service, short values in one line.

use crate::document::scalar::as_scalar;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// As it is to be written.
    Plain(String),
    /// A list in one line.
    List(Vec<Value>),
    /// A mapping in one line.
    Flow(Vec<(String, Value)>),
}

impl Value {
    pub(super) fn plain(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }

    /// A text, in quotes if YAML would read something else.
    pub(super) fn text(text: &str) -> Self {
        Self::Plain(without_templates(&as_scalar(text)))
    }

    /// A text in quotes.
    pub(super) fn quoted(text: &str) -> Self {
        Self::Plain(without_templates(&serde_json::Value::from(text).to_string()))
    }

    pub(super) fn texts<'t>(texts: impl IntoIterator<Item = &'t String>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::text(text)).collect())
    }

    pub(super) fn flow<'k>(entries: impl IntoIterator<Item = (&'k str, Self)>) -> Self {
        Self::Flow(entries.into_iter().map(|(key, value)| (as_scalar(key), value)).collect())
    }

    /// In one line.
    fn in_line(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::in_line).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Flow(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{key}: {}", value.in_line())).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}

/// Keeps Jinja from reading what only looks like a tag of it. The text stands in quotes.
fn without_templates(scalar: &str) -> String {
    if ["{{", "{%", "{#"].iter().any(|tag| scalar.contains(tag)) {
        format!("{{% raw %}}{scalar}{{% endraw %}}")
    } else {
        scalar.to_owned()
    }
}

/// A mapping, a line for each key.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
enum Line {
    Entry(String, Value),
    Block(String, Block),
    Comment(String),
}

/// A mapping or list that is longer goes over several lines.
const WIDTH: usize = 100;

impl Block {
    pub(super) fn add(&mut self, key: &str, value: Value) {
        self.lines.push(Line::Entry(as_scalar(key), value));
    }

    pub(super) fn add_block(&mut self, key: &str, block: Block) {
        self.lines.push(Line::Block(as_scalar(key), block));
    }

    pub(super) fn comment(&mut self, text: String) {
        self.lines.push(Line::Comment(text));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The text of a file.
    pub(super) fn text(&self) -> String {
        let mut lines = Vec::new();
        self.write(&mut lines, 0);
        lines.into_iter().map(|line| line + "\n").collect()
    }

    fn write(&self, lines: &mut Vec<String>, indentation: usize) {
        let margin = " ".repeat(indentation);
        for line in &self.lines {
            match line {
                Line::Comment(comment) => {
                    // Jinja reads comments too.
                    let comment = ["{", "%", "#"].iter().fold(comment.clone(), |comment, mark| {
                        comment.replace(&format!("{{{mark}"), &format!("{{ {mark}"))
                    });
                    lines.extend(comment.lines().map(|line| format!("{margin}# {line}")));
                }
                Line::Entry(key, value) => write_entry(lines, indentation, key, value),
                Line::Block(key, block) if block.lines.is_empty() => {
                    lines.push(format!("{margin}{key}: {{}}"));
                }
                Line::Block(key, block) => {
                    lines.push(format!("{margin}{key}:"));
                    block.write(lines, indentation + 2);
                }
            }
        }
    }
}

/// Adds a list of texts, if there are any.
pub(super) fn add_list(block: &mut Block, key: &str, texts: &[String]) {
    if !texts.is_empty() {
        block.add(key, Value::texts(texts));
    }
}

fn write_entry(lines: &mut Vec<String>, indentation: usize, key: &str, value: &Value) {
    let margin = " ".repeat(indentation);
    let short = format!("{margin}{key}: {}", value.in_line());
    match value {
        Value::Flow(entries) if short.len() > WIDTH && !entries.is_empty() => {
            lines.push(format!("{margin}{key}:"));
            for (key, value) in entries {
                write_entry(lines, indentation + 2, key, value);
            }
        }
        Value::List(items) if short.len() > WIDTH && !items.is_empty() => {
            lines.push(format!("{margin}{key}:"));
            lines.extend(items.iter().map(|item| format!("{margin}  - {}", item.in_line())));
        }
        Value::Plain(_) | Value::List(_) | Value::Flow(_) => lines.push(short),
    }
}
