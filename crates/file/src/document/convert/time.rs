//! Times with units.

/// A number of seconds of `10 sec`, `1m`, `1m30s`, `500ms`.
pub(in crate::document) fn seconds(text: &str) -> Option<String> {
    let mut rest = text.trim();
    let mut total = 0.0;
    let mut below = "";
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().ok()?;
        rest = rest[end..].trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        // `1m30` has its last unit in mind.
        let unit = if end == 0 { below } else { &rest[..end] };
        let factor = match unit.to_ascii_lowercase().as_str() {
            "ms" | "msec" | "millisecond" | "milliseconds" => 0.001,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3600.0,
            _ => return None,
        };
        below = if factor >= 3600.0 {
            "m"
        } else if factor >= 60.0 {
            "s"
        } else {
            ""
        };
        total += number * factor;
        rest = rest[end..].trim_start();
    }
    (total > 0.0).then(|| format!("{total}"))
}
