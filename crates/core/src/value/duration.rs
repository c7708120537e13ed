//! Times with units, as Compose files have them: `1m30s`, `1.5h`, `2d`.

/// Units and their nanoseconds.
const UNITS: [(&str, f64); 9] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
    ("d", 86_400e9),
    ("w", 604_800e9),
];

/// The nanoseconds of a time; none if it is none, or too long to count.
#[must_use]
pub fn nanoseconds(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let (_, nanoseconds) = UNITS.iter().find(|(unit, _)| *unit == &rest[..end])?;
        total += number * nanoseconds;
        rest = &rest[end..];
    }
    format!("{:.0}", sign * total).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units_and_fractions() {
        for (text, milliseconds) in
            [("1m30s", 90_000), ("1w2d", 777_600_000), ("1.5h", 5_400_000), ("-100ms", -100)]
        {
            assert_eq!(nanoseconds(text), Some(milliseconds * 1_000_000), "{text}");
        }
        assert_eq!(nanoseconds("0"), Some(0));
        for text in ["", "s", "90", "1 s", "1x", "1..5s", "99999999999999999w"] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
    }
}
