//! Plain data as YAML that steers no terminal.

use std::fmt::Write;

use serde_json::Value;

use super::text::is_harmful;

/// What stands before a character that is to be escaped. It is none itself, and is written as [`ESCAPED_MARK`].
const MARK: char = '\u{FFFF}';
/// How the mark is written, which makes the string that it is in a quoted one.
const ESCAPED_MARK: &str = "\\uFFFF";

/// `value` as YAML. Characters that could steer a terminal or hide there are escapes: the same text to whoever reads it.
///
/// # Errors
/// If it has no form in YAML, which JSON always has.
pub fn text(value: &Value) -> Result<String, serde_saphyr::ser::Error> {
    let written = serde_saphyr::to_string(&marked(value))?;
    Ok(written.replace(ESCAPED_MARK, "\\"))
}

/// The same with marks in all its strings, behind each the rest of an escape in double quotes.
fn marked(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(marked_text(text)),
        Value::Array(items) => items.iter().map(marked).collect(),
        Value::Object(pairs) => {
            pairs.iter().map(|(name, value)| (marked_text(name), marked(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The writer escapes what is ASCII, and leaves most of the rest as it is.
fn marked_text(text: &str) -> String {
    // Where somebody has written what marks are written as, it must not be taken for one.
    let is_like_a_mark = text.contains(ESCAPED_MARK);
    let mut marked = String::with_capacity(text.len());
    for c in text.chars() {
        // Writing into a string cannot fail.
        let _ = match c {
            '\\' if is_like_a_mark => write!(marked, "{MARK}x5C"),
            c if c != MARK && (c.is_ascii() || !is_harmful(c)) => write!(marked, "{c}"),
            c if u32::from(c) <= 0xFFFF => write!(marked, "{MARK}u{:04X}", u32::from(c)),
            c => write!(marked, "{MARK}U{:08X}", u32::from(c)),
        };
    }
    marked
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use maestro_file::document::{
        self,
        yaml::{NodeId, NodeKind, Yaml},
    };

    /// What a reader of YAML makes of it; whether a word is a number or a text is not looked at.
    fn read(written: &str) -> Value {
        let bytes = written.as_bytes().to_vec();
        let loaded = document::load("config.yaml", bytes, Path::new("."), &BTreeMap::new());
        let yaml = loaded.yaml.unwrap_or_else(|| panic!("{:?}\n{written}", loaded.diagnostics));
        value(&yaml, yaml.root())
    }

    fn value(yaml: &Yaml, node: NodeId) -> Value {
        match yaml.kind(node) {
            NodeKind::Scalar(scalar) => json!(scalar.text),
            NodeKind::Sequence(items) => items.iter().map(|&item| value(yaml, item)).collect(),
            NodeKind::Mapping(pairs) => {
                let text = |key| value(yaml, key).as_str().unwrap_or_default().to_owned();
                pairs.iter().map(|&(key, item)| (text(key), value(yaml, item))).collect()
            }
            NodeKind::Bad => panic!("it was read without a mistake"),
        }
    }

    #[test]
    fn what_changes_the_direction_of_writing_is_escaped() {
        let value =
            json!({"a": "b\u{2066}c", "d\u{202e}": ["\u{e0041}", "plain", "\u{ffff}", "\\uFFFFu2066"]});
        let written = text(&value).unwrap();
        insta::assert_snapshot!(written, @r#"
        a: "b\u2066c"
        "d\u202E":
        - "\U000E0041"
        - plain
        - "\uFFFF"
        - "\x5CuFFFFu2066"
        "#);
        assert_eq!(read(&written), value);
    }

    proptest! {
        #[test]
        fn what_is_read_back_is_the_same_and_nothing_of_it_is_harmful(
            texts in prop::collection::vec("([a-z: \\\\]|\\\\uFFFF|[\u{2060}-\u{206f}\u{fff0}-\u{ffff}\u{e0040}-\u{e0050}]|\\PC|\n){0,12}", 1..4)
        ) {
            // It is read as a file is, whose templates begin so.
            let texts: Vec<String> = texts.iter().map(|text| text.replace('{', "")).collect();
            let value = json!({"list": texts, texts[0].as_str(): texts[0]});
            let written = text(&value).unwrap();
            prop_assert!(!written.contains(|c| c != '\n' && is_harmful(c)), "{written:?}");
            // Of a text that is nothing but line breaks the writer's block says less than it should.
            if !texts.iter().any(|text| text.contains('\n')) {
                prop_assert_eq!(read(&written), value);
            }
        }
    }
}
