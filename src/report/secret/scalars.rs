//! Secrets inside one scalar, comment or template: words of a command, lines of a header, JSON in a text.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

/// `NAME=value`, `"NAME": "value"`, `Name: value`, `--name value`: the name first, then its value in one of the others.
static PAIRS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r#"([A-Za-z0-9_.-]+)["']?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s=~"',;&)\]}{][^\s"',;&)\]}]*))"#,
        r#"([A-Za-z0-9_.-]+)(?:["']\s*:\s*|\s*:\s+)(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'{\[,}:/`][^"',}`\n]*))"#,
        // A list or mapping, in a text whose quote is not closed: its end is not looked for.
        r#"([A-Za-z0-9_.-]+)["']?\s*:\s*([\[{])"#,
        r#"(--?[A-Za-z0-9_.-]+)\s+(?:"([^"]*)"|'([^']*)'|([^\s"',\]}-][^\s"',\]}]*))"#,
    ]
    .iter()
    .map(|pattern| Regex::new(pattern).expect("a fixed pattern"))
    .collect()
});

/// `-u user:password`
static USER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|\s)(?:-u|--user)[\s=]*[^\s:"']+:([^\s"']+)"#).expect("a fixed pattern")
});

/// Texts in quotes.
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'"#).expect("a fixed pattern"));

/// The secrets in a text.
pub(super) fn secrets(text: &str) -> Vec<Range<usize>> {
    // Most texts are a word or two without any of these.
    if !text.contains(['=', ':', '-']) {
        return Vec::new();
    }
    let pairs = PAIRS.iter().flat_map(|pattern| pattern.captures_iter(text));
    let named = pairs
        .filter(|found| super::walk::is_secret_key(found[1].trim_start_matches('-')))
        .filter_map(|found| {
            let value = (2..found.len()).find_map(|group| found.get(group))?;
            let opens = matches!(value.as_str(), "[" | "{");
            let line_end = text[value.end()..].find('\n').map_or(text.len(), |end| value.end() + end);
            Some(value.start()..if opens { line_end } else { value.end() })
        });
    let users = USER.captures_iter(text).filter_map(|found| Some(found.get(1)?.range()));
    named.chain(users).collect()
}

/// The texts in quotes that stand in a template, without the quotes.
pub(super) fn quoted(text: &str) -> Vec<Range<usize>> {
    QUOTED
        .captures_iter(text)
        .filter_map(|found| Some(found.get(1).or_else(|| found.get(2))?.range()))
        .collect()
}
