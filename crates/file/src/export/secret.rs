//! Values that look secret: the file that is written reads them from variables.

use std::collections::BTreeSet;

use maestro_core::value::secret::{hidden_words, hides, without_secrets};

use super::yaml::Value;

/// Stands before the name of a variable until the words of the format take its place.
const MARK: char = '\u{e000}';

/// The variable in place of a value that looks secret. Its name is that of the value, behind the name of whom it belongs to.
pub(super) fn variable(owner: &str, name: &str, value: &str) -> Option<Value> {
    (hides(name, value) || without_secrets(value) != value).then(|| marked(owner, name))
}

/// A value, or the variable in its place.
pub(super) fn value(owner: &str, name: &str, value: &str) -> Value {
    variable(owner, name, value).unwrap_or_else(|| Value::text(value))
}

/// The words of a command, with a variable for each that looks secret.
pub(super) fn words<'w>(owner: &str, key: &str, words: impl Iterator<Item = &'w String> + Clone) -> Value {
    let shown = hidden_words(words.clone().map(String::as_str));
    let word = |(at, (word, shown)): (usize, (&String, String))| {
        if shown == *word { Value::text(word) } else { marked(owner, &format!("{key}_{at}")) }
    };
    Value::List(words.zip(shown).enumerate().map(word).collect())
}

fn marked(owner: &str, name: &str) -> Value {
    Value::Plain(format!("\"{MARK}{{{}}}\"", variable_name(owner, name)))
}

/// The name of the variable in place of a value.
pub(super) fn variable_name(owner: &str, name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    match owner {
        "" => name.chars().map(letter).collect(),
        _ => format!("{owner}_{name}").to_uppercase().chars().map(letter).collect(),
    }
}

/// The text with the variables in the words of its format, as `written` has them, and their names.
pub(super) fn with_variables(text: &str, written: impl Fn(&str) -> String) -> (String, BTreeSet<String>) {
    let mut parts = text.split(MARK);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    let mut names = BTreeSet::new();
    for part in parts {
        match part.strip_prefix('{').and_then(|part| part.split_once('}')) {
            Some((name, rest)) => {
                whole.push_str(&written(name));
                whole.push_str(rest);
                names.insert(name.to_owned());
            }
            // It stands in the file itself.
            None => {
                whole.push(MARK);
                whole.push_str(part);
            }
        }
    }
    (whole, names)
}
