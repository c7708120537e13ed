//! Secrets inside one scalar, comment or template: words of a command, lines of a header, JSON in a text.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::value::secret::names::has_secret_word;

/// `NAME=value`, `"NAME": "value"`, `Name: value`, `--name value`: the name first, then its value in one of the others. A
/// quote in a quoted value is doubled, as in YAML, or written `'\''`, as in a shell.
static PAIRS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r#"([A-Za-z0-9_.-]+)["']?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|''|'\\'')*)'|([^\s=~"',;&)\]}{](?:[^\s"',;&)\]}]|["'][A-Za-z0-9])*))"#,
        r#"([A-Za-z0-9_.-]+)(?:["']\s*:\s*|\s*:\s+)(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|''|'\\'')*)'|([^\s"'{\[,}:/`][^"',}`\n]*))"#,
        // JSON in a text in quotes.
        r#"([A-Za-z0-9_.-]+)\\["']\s*:\s*\\["']((?:[^"'\\]|\\[^"'])*)"#,
        // A list or mapping, in a text whose quote is not closed: its end is not looked for.
        r#"([A-Za-z0-9_.-]+)["']?\s*:\s*([\[{])"#,
        r#"(--?[A-Za-z0-9_.-]+)\s+(?:"([^"]*)"|'((?:[^']|''|'\\'')*)'|([^\s"',\]}-][^\s"',\]}]*))"#,
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
    named(text, super::walk::is_secret_key)
}

/// Whether a text in quotes has the key of a secret in it whose own quote it does not close.
pub(super) fn has_open_quote(text: &str) -> bool {
    static OPENING: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"([A-Za-z0-9_.-]+)["']?\s*[:=]\s*(["'])"#).expect("a fixed pattern"));
    static LAST_KEY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"([A-Za-z0-9_.-]+)["']?[ \t]*[:=][ \t]*$"#).expect("a fixed pattern"));
    let Some(quote) = text.chars().next().filter(|_| text.contains([':', '='])) else { return false };
    let inside = &text[..text.len() - 1];
    let opens = |found: regex::Captures<'_>| {
        let Some(opening) = found.get(2) else { return false };
        super::walk::is_secret_key(&found[1])
            && !opening.as_str().starts_with(quote)
            && !inside[opening.end()..].contains(opening.as_str())
    };
    // The quote that ends it may be the one that the value behind the key begins with.
    let ends_in_key = |found: regex::Captures<'_>| super::walk::is_secret_key(&found[1]);
    has_name(text, super::walk::is_secret_key)
        && (OPENING.captures_iter(inside).any(opens) || LAST_KEY.captures(inside).is_some_and(ends_in_key))
}

/// Whether any name in a text may be one that `is_secret`. The patterns are made only for texts that have one, and
/// most have none.
fn has_name(text: &str, is_secret: fn(&str) -> bool) -> bool {
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '-'));
    runs.filter(|run| !run.is_empty()).any(|run| {
        // An option may begin within a word.
        let options = run.match_indices('-').map(|(at, _)| run[at..].trim_start_matches('-'));
        has_secret_word(run) || is_secret(run) || options.into_iter().any(is_secret)
    })
}

/// The secrets in a text, by names that are a secret's.
pub(super) fn named(text: &str, is_secret: fn(&str) -> bool) -> Vec<Range<usize>> {
    // Most texts are a word or two without any of these.
    if !text.contains(['=', ':', '-']) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if has_name(text, is_secret) {
        found.extend(pairs(text, is_secret));
        found.extend(options(text, is_secret));
    }
    if text.contains("-u") || text.contains("--user") {
        found.extend(USER.captures_iter(text).filter_map(|found| Some(found.get(1)?.range())));
    }
    found
}

fn pairs(text: &str, is_secret: fn(&str) -> bool) -> impl Iterator<Item = Range<usize>> {
    let pairs = PAIRS.iter().flat_map(|pattern| pattern.captures_iter(text));
    pairs.filter(move |found| is_secret(found[1].trim_start_matches('-'))).filter_map(|found| {
        let value = (2..found.len()).find_map(|group| found.get(group))?;
        let opens = matches!(value.as_str(), "[" | "{");
        let line_end = text[value.end()..].find('\n').map_or(text.len(), |end| value.end() + end);
        Some(value.start()..if opens { line_end } else { value.end() })
    })
}

/// What follows the name of a secret in the option of an option: `label=name:HERE`. Not so the tag of an image and the port
/// of a host: `image=auth:1.2`.
fn options(text: &str, is_secret: fn(&str) -> bool) -> impl Iterator<Item = Range<usize>> {
    static OPTIONS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"=([A-Za-z0-9_.-]+(?::[^\s"',;&)\]}:/]+)+)"#).expect("a fixed pattern")
    });
    let is_version = |value: &str| value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let options = OPTIONS.captures_iter(text).filter_map(|found| found.get(1));
    options.filter_map(move |option| {
        let mut parts = option.as_str().split(':').scan(option.start(), |at, part| {
            *at += part.len() + 1;
            Some((*at, part))
        });
        let value = parts.find(|(_, part)| is_secret(part))?.0..option.end();
        (value.start < value.end && !is_version(&text[value.clone()])).then_some(value)
    })
}

/// Calls in templates of what is no function there: the name, then its arguments.
static CALLS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[^.\w])([A-Za-z_]\w*)\s*\(([^()]*)\)?").expect("a fixed pattern"));

/// What templates may call.
const FUNCTIONS: [&str; 15] = [
    "range",
    "dict",
    "list",
    "cycler",
    "joiner",
    "namespace",
    "lipsum",
    "debug",
    "super",
    "caller",
    "loop",
    "include",
    "set",
    "in",
    "not",
];

/// The texts that templates hand to functions that there are not: nobody knows what they are.
pub(super) fn arguments(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (begin, _) in text.match_indices("{{").chain(text.match_indices("{%")) {
        let template = &text[begin..super::template::template_end(text, begin)];
        if template.contains("macro ") {
            continue;
        }
        let mut at = 0;
        while let Some(call) = CALLS.captures_at(template, at) {
            // A call may stand among the arguments of another.
            at = call.get(1).map_or(template.len(), |name| name.end());
            let is_filter = template[..call.get(1).map_or(0, |name| name.start())].trim_end().ends_with('|');
            let is_macro = || text.contains(&format!("macro {}", &call[1])) || text.contains("import ");
            if is_filter || FUNCTIONS.contains(&&call[1]) || is_macro() {
                continue;
            }
            let Some(given) = call.get(2) else { continue };
            let start = begin + given.start();
            if given.as_str().contains("\\\"") {
                found.push(start..begin + given.end());
                continue;
            }
            found.extend(quoted(given.as_str()).into_iter().map(|text| start + text.start..start + text.end));
        }
    }
    found
}

/// The texts in quotes that stand in a template, without the quotes.
pub(super) fn quoted(text: &str) -> Vec<Range<usize>> {
    QUOTED
        .captures_iter(text)
        .filter_map(|found| Some(found.get(1).or_else(|| found.get(2))?.range()))
        .collect()
}
