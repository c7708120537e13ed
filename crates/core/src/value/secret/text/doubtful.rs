//! Lines in which nobody can tell where a value ends: a quote above was left open, or one stands where none can.
//!
//! There all that follows the key of a secret is hidden, to the end of its line and in the lines that are indented further
//! or begin nothing new.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::walk::{is_secret_key, is_stray};

/// A key, be it in quotes, and what separates it from its value.
static KEYS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"([A-Za-z0-9_.-]+)["'\\]*[ \t]*[:=]["'\\ \t]*"#).expect("a fixed pattern"));

/// The secrets in the lines that these places touch.
pub(super) fn secrets(text: &str, places: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut done = 0;
    for place in places {
        let start = text[..place.start].rfind('\n').map_or(0, |end| end + 1);
        let mut at = start.max(done);
        while at < place.end.max(start + 1).min(text.len()) {
            let line = line_at(text, at);
            let value = KEYS.captures_iter(line).find(|key| is_secret_key(&key[1]));
            let value = value.and_then(|key| key.get(0)).map(|key| at + key.end());
            let below = value.map_or(at + line.len(), |_| end_of_block(text, at));
            found.extend(value.map(|value| value..below));
            at = below;
        }
        done = done.max(at);
    }
    found
}

/// The line that begins there, with its end.
fn line_at(text: &str, at: usize) -> &str {
    text[at..].split_inclusive('\n').next().unwrap_or_default()
}

/// Where the lines end that belong to the line that begins there: they are indented further, or begin nothing new.
pub(super) fn end_of_block(text: &str, at: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut lines = text[at..].split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let below =
        lines.take_while(|line| line.trim().is_empty() || indent(line) > indent(first) || is_stray(line));
    at + first.len() + below.map(str::len).sum::<usize>()
}
