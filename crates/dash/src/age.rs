//! Ages in few letters.

/// `3 h` of an engine's `up 3 hours`; empty if it says nothing.
pub(crate) fn short(words: &str) -> String {
    let words = words.strip_prefix("up ").unwrap_or(words);
    let words = words.strip_suffix(" ago").unwrap_or(words);
    let words = words.strip_prefix("about ").unwrap_or(words);
    if words.starts_with("less than a second") {
        return "0 s".to_owned();
    }
    let Some((number, unit)) = words.split_once(' ') else { return String::new() };
    let number = if matches!(number, "a" | "an") { "1" } else { number };
    let unit = match unit.trim_end_matches('s') {
        "second" => "s",
        "minute" => "min",
        "hour" => "h",
        "day" => "d",
        "week" => "wk",
        "month" => "mo",
        "year" => "y",
        other => other,
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        for (words, expected) in [
            ("up 3 hours", "3 h"),
            ("5 minutes ago", "5 min"),
            ("up about an hour", "1 h"),
            ("about a minute ago", "1 min"),
            ("up less than a second", "0 s"),
            ("2 weeks ago", "2 wk"),
            ("", ""),
        ] {
            assert_eq!(short(words), expected, "{words}");
        }
    }
}
