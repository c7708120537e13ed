//! YAML as Go writes it.

mod style;

use serde_json::{Map, Value};
use style::{Style, style_of};

use crate::compose::element::printed_number;

/// Spaces of a level.
const INDENT: usize = 2;

/// Writes a value as a document.
pub(super) fn text(value: &Value) -> String {
    let mut writer = YamlWriter { text: String::new() };
    match value {
        Value::Object(members) if !members.is_empty() => writer.members(members, 0, false),
        value => {
            writer.scalar(value, 0);
            writer.text.push('\n');
        }
    }
    writer.text
}

struct YamlWriter {
    text: String,
}

impl YamlWriter {
    /// Writes a mapping in lines of its own. The first line is begun already behind a `-`.
    fn members(&mut self, members: &Map<String, Value>, indent: usize, mut is_begun: bool) {
        for (name, value) in members {
            if !is_begun {
                self.indent(indent);
            }
            is_begun = false;
            self.text.push_str(&key(name));
            self.text.push(':');
            self.behind_key(value, indent);
        }
    }

    fn behind_key(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                self.text.push('\n');
                self.members(members, indent + INDENT, false);
            }
            Value::Array(items) if !items.is_empty() => {
                self.text.push('\n');
                self.items(items, indent + INDENT, false);
            }
            value => {
                self.text.push(' ');
                self.scalar(value, indent + INDENT);
                self.end_line();
            }
        }
    }

    /// Writes a list in lines of its own.
    fn items(&mut self, items: &[Value], indent: usize, mut is_begun: bool) {
        for item in items {
            if !is_begun {
                self.indent(indent);
            }
            is_begun = false;
            self.text.push_str("- ");
            match item {
                Value::Object(members) if !members.is_empty() => self.members(members, indent + INDENT, true),
                Value::Array(items) if !items.is_empty() => self.items(items, indent + INDENT, true),
                item => {
                    self.scalar(item, indent + INDENT);
                    self.end_line();
                }
            }
        }
    }

    /// Writes a single value. Lines of a block are indented so far.
    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.text.push_str("null"),
            Value::Bool(value) => self.text.push_str(&value.to_string()),
            Value::Number(number) => {
                let float = number.as_f64().filter(|_| !number.is_i64() && !number.is_u64());
                self.text.push_str(&float.map_or_else(|| number.to_string(), printed_number));
            }
            Value::String(text) => match style_of(text) {
                Style::Block => self.block(text, indent),
                style => self.text.push_str(&in_line(text, style)),
            },
            Value::Array(_) => self.text.push_str("[]"),
            Value::Object(_) => self.text.push_str("{}"),
        }
    }

    /// Writes a text of several lines.
    fn block(&mut self, text: &str, indent: usize) {
        self.text.push('|');
        if text.starts_with([' ', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.text.push_str(&INDENT.to_string());
        }
        match text.strip_suffix('\n') {
            None => self.text.push('-'),
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => self.text.push('+'),
            Some(_) => {}
        }
        self.text.push('\n');
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.indent(indent);
            }
            self.text.push_str(line);
        }
    }

    fn indent(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn end_line(&mut self) {
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

fn key(name: &str) -> String {
    match style_of(name) {
        Style::Block => in_line(name, Style::Double),
        style => in_line(name, style),
    }
}

fn in_line(text: &str, style: Style) -> String {
    match style {
        Style::Plain => text.to_owned(),
        Style::Single => format!("'{}'", text.replace('\'', "''")),
        Style::Double | Style::Block => style::escaped(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_go_writes_them() {
        let value = json!({
            "a": {"b": [1, {"c": "x", "d": []}, [1, 2], {}], "e": null},
            "f": "line\nline\n", "g": "no end\nof line", "h": " space\nfirst", "i": "\n",
            "j": ["k\nl", "m\n\n"], "y": true, "n": 0.5, "o": "-", "p": "'", "q": "a: b", "r": "\u{7}",
        });
        let written = "a:\n  b:\n    - 1\n    - c: x\n      d: []\n    - - 1\n      - 2\n    - {}\n  e: null\n\
            f: |\n  line\n  line\ng: |-\n  no end\n  of line\nh: |2-\n   space\n  first\ni: |2+\n\n\
            j:\n  - |-\n    k\n    l\n  - |+\n    m\n\n\"y\": true\n\"n\": 0.5\no: '-'\np: ''''\nq: 'a: b'\nr: \"\\a\"\n";
        assert_eq!(text(&value), written);
    }
}
