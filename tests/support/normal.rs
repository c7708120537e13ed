//! Texts without what differs from run to run.

use std::sync::LazyLock;

use regex::Regex;

/// What differs, and what stands for it. Where columns follow, the stand-in is as wide.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\b[0-9a-f]{64}\b", "ID"),
        (r"\b[0-9a-f]{12}\b", "0123456789ab"),
        (r"(container |:|\()[0-9a-f]{7}\b", "${1}0123456"),
        (r"(\bin |\()[0-9]+\.[0-9]+ s\b", "${1}0.1 s"),
        (r"(within [0-9.]+ s) \([0-9]+ (try|tries)\)", "$1 (7 tries)"),
        (r"\b(up|Up) (less than a second|[0-9]+ seconds?|about a minute)", "$1 1 second"),
        (r"(?i)(less than a second|[0-9]+ seconds?|about a minute) ago", "1 second ago"),
        (r#""milliseconds":[0-9]+"#, r#""milliseconds":1"#),
    ]
    .map(|(pattern, stand_in)| (Regex::new(pattern).unwrap(), stand_in))
    .into()
});

/// The text with stand-ins.
pub fn text(text: &str) -> String {
    RULES
        .iter()
        .fold(text.to_owned(), |text, (pattern, stand_in)| pattern.replace_all(&text, *stand_in).into_owned())
}
